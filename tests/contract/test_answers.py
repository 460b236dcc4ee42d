"""The fake's own answers are held to GitHub's schema: a client that only knows the fake would be wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.payloads import example, examples
from tests.world.contract import check_response

REPO = "/repos/acme/widgets"
REFUSED = {"message": "Validation Failed", "documentation_url": "https://docs.github.com/rest", "status": "422"}


def comment(**changes: Any) -> dict[str, Any]:
    return {**example("issue_comment", "created")["comment"], **changes}


def review() -> dict[str, Any]:
    found = example("pull_request_review", "submitted")["review"]
    return {**found, "state": "COMMENTED", "body": "said once"}


def check_run(**changes: Any) -> dict[str, Any]:
    return {**example("check_run", "created")["check_run"], **changes}


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("GET", f"{REPO}/issues/5/comments", 200, [comment()]),
        ("POST", f"{REPO}/issues/5/comments", 201, comment()),
        ("GET", f"{REPO}/pulls/5/reviews", 200, [review()]),
        ("POST", f"{REPO}/pulls/5/reviews", 422, REFUSED | {"errors": ["line must be part of the diff"]}),
        ("GET", f"{REPO}/pulls/5", 200, "diff --git a/a b/a\n"),
        ("GET", f"{REPO}/compare/a...b", 200, "diff --git a/a b/a\n"),
        ("GET", f"{REPO}/pulls/5", 304, None),
        ("GET", f"{REPO}/pulls/5", 406, REFUSED),
        ("POST", f"{REPO}/check-runs", 403, {"message": "Resource not accessible by integration"}),
        ("POST", f"{REPO}/check-runs", 502, {"message": "Server Error"}),
        ("POST", "/app/hook/deliveries/3/attempts", 202, {}),
        ("POST", "/app/hook/deliveries/3/attempts", 202, None),
        ("DELETE", f"{REPO}/issues/comments/3", 204, None),
    ],
)
def test_an_answer_of_githubs_form_passes(method: str, path: str, status: int, body: object) -> None:
    assert check_response(method, path, status, body) == []


@pytest.mark.parametrize(
    ("checked", "part"),
    [
        (lambda: check_response("GET", f"{REPO}/issues/5/comments", 200, comment()), "is not of type 'array'"),
        (lambda: check_response("POST", f"{REPO}/issues/5/comments", 201, comment(id="3")), ".id: '3' is not of type"),
        (
            lambda: check_response("POST", f"{REPO}/issues/5/comments", 201, comment(created_at="now")),
            "not a 'date-time'",
        ),
        (
            lambda: check_response("POST", f"{REPO}/issues/5/comments", 200, comment()),
            "does not answer so; it answers 201",
        ),
        (
            lambda: check_response("POST", f"{REPO}/pulls/5/reviews", 201, review()),
            "does not answer so; it answers 200",
        ),
        (lambda: check_response("POST", f"{REPO}/issues/5/comments", 201, "text"), "is not of type 'object'"),
        (lambda: check_response("POST", f"{REPO}/check-runs", 201, check_run(status="started")), "is not one of"),
        (lambda: check_response("POST", f"{REPO}/check-runs", 403, {"error": "no"}), "an error's body has a message"),
        (lambda: check_response("GET", f"{REPO}/pulls/5", 304, {"number": 5}), "an answer without a body has one"),
        (lambda: check_response("GET", f"{REPO}/pulls/5", 200, {"number": 5}), "is a required property"),
        (lambda: check_response("GET", f"{REPO}/nothing", 200, {}), "GitHub has no such operation"),
    ],
)
def test_a_planted_violation_is_named(checked: Callable[[], list[str]], part: str) -> None:
    said = checked()
    assert any(part in text for text in said), said


def test_a_check_run_in_progress_has_no_conclusion_yet() -> None:
    said = check_response("POST", f"{REPO}/check-runs", 201, check_run(status="in_progress", conclusion=None))
    assert [text for text in said if "conclusion" in text] == []


def test_a_pull_request_of_a_deleted_fork_has_no_repository() -> None:
    pull = next(payload["pull_request"] for payload in examples()["pull_request"] if payload["action"] == "synchronize")
    pull["head"]["repo"] = None
    assert [text for text in check_response("GET", f"{REPO}/pulls/5", 200, pull) if ".head.repo" in text] == []
