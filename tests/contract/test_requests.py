"""Requests that GitHub takes pass the gate; every kind of wrong one is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.world.contract import check_request

REPO = "/repos/acme/widgets"
SHA = "0123456789abcdef0123456789abcdef01234567"
REVIEW: dict[str, Any] = {
    "commit_id": SHA,
    "body": "said once",
    "comments": [
        {"path": "a.py", "body": "here", "line": 3, "side": "RIGHT"},
        {"path": "b.py", "body": "there", "start_line": 2, "start_side": "LEFT", "line": 3, "side": "LEFT"},
    ],
}
NOTE: dict[str, Any] = {"path": "a.py", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}
OUTPUT: dict[str, Any] = {"title": "t", "summary": "s", "annotations": [NOTE]}
DONE: dict[str, Any] = {"conclusion": "neutral", "completed_at": "2026-11-20T13:00:00Z", "output": OUTPUT}
NEW_CHECK: dict[str, Any] = {"name": "prudent", "head_sha": SHA, "status": "in_progress", "external_id": "rv:1"}


def a_review(**changes: Any) -> list[str]:
    return check_request("POST", f"{REPO}/pulls/5/reviews", {}, REVIEW | changes)


def an_inline_comment(**changes: Any) -> list[str]:
    return a_review(comments=[REVIEW["comments"][0] | changes])


def a_check(**changes: Any) -> list[str]:
    return check_request("PATCH", f"{REPO}/check-runs/9", {}, DONE | changes)


def an_annotation(**changes: Any) -> list[str]:
    return a_check(output=OUTPUT | {"annotations": [NOTE | changes]})


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("GET", "/app", {}, None),
        ("POST", "/app/installations/3/access_tokens", {}, None),
        (
            "POST",
            "/app/installations/3/access_tokens",
            {},
            {"repository_ids": [1], "permissions": {"contents": "read"}},
        ),
        ("GET", "/app/hook/deliveries", {"per_page": "100", "cursor": "v1_3"}, None),
        ("POST", "/app/hook/deliveries/12/attempts", {}, None),
        ("POST", "/app-manifests/abc/conversions", {}, None),
        ("GET", f"{REPO}/pulls", {"state": "open", "sort": "created", "direction": "desc", "per_page": "100"}, None),
        ("GET", f"{REPO}/pulls/5", {}, None),
        ("GET", f"{REPO}/pulls/5/files", {"page": "2", "per_page": "100"}, None),
        ("GET", f"{REPO}/commits/{SHA}/pulls", {}, None),
        ("GET", f"{REPO}/commits/{SHA}/check-runs", {"check_name": "prudent", "filter": "all"}, None),
        ("GET", f"{REPO}/compare/release/1.x...topic/y", {}, None),
        ("GET", f"{REPO}/compare/release%2F1.x...topic", {}, None),
        ("GET", f"{REPO}/contents/src/deep/a%20b.py", {"ref": SHA}, None),
        ("GET", f"{REPO}/collaborators/alice/permission", {}, None),
        ("POST", f"{REPO}/pulls/5/reviews", {}, REVIEW),
        ("POST", f"{REPO}/pulls/5/reviews/8/events", {}, {"event": "COMMENT", "body": "done"}),
        ("PUT", f"{REPO}/pulls/5/reviews/8", {}, {"body": "edited"}),
        ("DELETE", f"{REPO}/pulls/5/reviews/8", {}, None),
        ("PUT", f"{REPO}/pulls/5/reviews/8/dismissals", {}, {"message": "fixed", "event": "DISMISS"}),
        ("POST", f"{REPO}/pulls/5/comments", {}, {"body": "an answer", "in_reply_to": 3}),
        ("POST", f"{REPO}/pulls/5/comments", {}, {"body": "b", "commit_id": SHA, "path": "a", "subject_type": "file"}),
        ("PATCH", f"{REPO}/pulls/comments/3", {}, {"body": "edited"}),
        ("POST", f"{REPO}/pulls/comments/3/reactions", {}, {"content": "eyes"}),
        ("GET", f"{REPO}/issues/5/comments", {"since": "2026-11-20T13:00:00Z"}, None),
        ("POST", f"{REPO}/issues/5/comments", {}, {"body": "hello"}),
        ("PATCH", f"{REPO}/issues/comments/3", {}, {"body": "edited"}),
        ("POST", f"{REPO}/check-runs", {}, NEW_CHECK | {"started_at": "2026-11-20T13:00:00Z"}),
        ("PATCH", f"{REPO}/check-runs/9", {}, DONE),
    ],
)
def test_what_github_takes_passes(method: str, path: str, query: dict[str, str], body: object) -> None:
    assert check_request(method, path, query, body) == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/graphql"),
        ("PUT", f"{REPO}/pulls/5"),
        ("GET", f"{REPO}/pull/5"),
        ("GET", f"{REPO}/pulls/5/reviews/"),
        ("GET", f"{REPO}/pulls/5/files/more"),
        ("POST", f"{REPO}/pulls/5/comments/3/replies"),  # not for Apps
        ("PUT", f"{REPO}/pulls/5/merge"),  # not ours to do
    ],
)
def test_an_unknown_operation_is_a_violation(method: str, path: str) -> None:
    (said,) = check_request(method, path, {}, None)
    assert said.startswith(f"{method} {path}: GitHub has no such operation")


@pytest.mark.parametrize(
    ("checked", "part"),
    [
        (lambda: a_review(event="DRAFT"), "is not one of ['APPROVE', 'REQUEST_CHANGES', 'COMMENT']"),
        (lambda: a_review(event="COMMENT", body=""), "COMMENT needs a body"),
        (lambda: a_review(bodi="x"), "'bodi' was unexpected"),
        (lambda: a_review(commit_id="main"), "commit_id is not a full commit id"),
        (lambda: a_review(body="x" * 65_537), "65537 characters"),
        (
            lambda: an_inline_comment(lin=3),
            ".comments[0]: Additional properties are not allowed ('lin' was unexpected)",
        ),
        (lambda: an_inline_comment(line="3"), "is not of type 'integer'"),
        (lambda: an_inline_comment(line=0), "counted from 1"),
        (lambda: an_inline_comment(line=True), "is not of type 'integer'"),
        (lambda: an_inline_comment(side="MIDDLE"), "side is 'MIDDLE'"),
        (lambda: an_inline_comment(start_line=3), "start_line 3 must precede line 3"),
        (lambda: an_inline_comment(start_line=4), "start_line 4 must precede line 3"),
        (lambda: an_inline_comment(start_side="RIGHT"), "start_side without start_line"),
        (lambda: an_inline_comment(position=3), "position is deprecated"),
        (lambda: an_inline_comment(body=" \n"), "body is blank"),
        (lambda: an_inline_comment(body="x" * 65_537), "comments[0]: body has 65537 characters"),
        (lambda: an_inline_comment(path="/a.py"), "relative"),
        (lambda: a_review(comments=[{"body": "no path", "line": 3, "side": "RIGHT"}]), "'path' is a required property"),
        (lambda: a_review(comments=[{"path": "a", "body": "no line"}]), "line is missing"),
        (lambda: a_check(status="completed", conclusion=None), "completed needs a conclusion"),
        (lambda: a_check(status="in_progress"), "conclusion neutral with status in_progress"),
        (lambda: a_check(conclusion="fine"), "'fine' is not one of"),
        (lambda: a_check(conclusion="stale"), "only GitHub sets stale"),
        (lambda: a_check(completed_at="20 Nov 2026"), "not a 'date-time'"),
        (lambda: a_check(completed_at="2026-11-20T13:00:00.123456Z"), "completed_at is not"),
        (lambda: a_check(output=OUTPUT | {"summary": "x" * 65_536}), "is too long"),
        (lambda: a_check(output=OUTPUT | {"annotations": [NOTE] * 51}), "is too long"),
        (lambda: a_check(output={"title": "t"}), "'summary' is a required property"),
        (lambda: a_check(actions=[{"label": "l", "description": "d", "identifier": "i"}] * 4), "is too long"),
        (lambda: a_check(actions=[{"label": "x" * 21, "description": "d", "identifier": "i"}]), "is too long"),
        (lambda: a_check(actions=[{"label": "l", "description": "d", "id": "i"}]), "'id' was unexpected"),
        (lambda: an_annotation(level="notice"), "'level' was unexpected"),
        (lambda: an_annotation(end_line=0), "lines 1 to 0"),
        (lambda: an_annotation(end_line=2, start_column=1), "columns only"),
        (lambda: an_annotation(title="x" * 256), "title is over 255"),
        (lambda: an_annotation(message="é" * 32_769), "message is over 64 KB"),
        (lambda: an_annotation(annotation_level="error"), "'error' is not one of"),
        (lambda: check_request("PATCH", f"{REPO}/check-runs/nine", {}, DONE), "parameter 'check_run_id'"),
        (lambda: check_request("POST", f"{REPO}/check-runs", {}, {"head_sha": SHA}), "'name' is a required property"),
        (lambda: check_request("POST", f"{REPO}/check-runs", {}, NEW_CHECK | {"head_sha": "main"}), "head_sha is not"),
        (lambda: check_request("POST", f"{REPO}/check-runs", {}, None), "the body is missing"),
        (lambda: check_request("POST", f"{REPO}/issues/5/comments", {}, {"body": ""}), "body is blank"),
        (lambda: check_request("POST", f"{REPO}/issues/5/comments", {}, {"body": ["x"]}), "is not of type 'string'"),
        (lambda: check_request("POST", f"{REPO}/issues/5/comments", {}, [1]), "is not of type 'object'"),
        (
            lambda: check_request("POST", f"{REPO}/pulls/5/comments", {}, {"body": "no place"}),
            "under any of the given schemas",
        ),
        (lambda: check_request("POST", f"{REPO}/pulls/comments/3/reactions", {}, {"content": "+2"}), "is not one of"),
        (lambda: check_request("PUT", f"{REPO}/pulls/5/reviews/8/dismissals", {}, {"message": ""}), "message is blank"),
        (lambda: check_request("GET", f"{REPO}/pulls", {"state": "opened"}, None), "parameter 'state'"),
        (lambda: check_request("GET", f"{REPO}/pulls", {"stat": "open"}, None), "unknown query parameter 'stat'"),
        (lambda: check_request("GET", f"{REPO}/pulls", {"per_page": "101"}, None), "per_page=101: from 1 to 100"),
        (lambda: check_request("GET", f"{REPO}/pulls", {"page": "0"}, None), "page=0: from 1"),
        (lambda: check_request("GET", f"{REPO}/pulls", {"page": "two"}, None), "parameter 'page'"),
        (lambda: check_request("GET", f"{REPO}/issues/5/comments", {"since": "yesterday"}, None), "since is not"),
        (lambda: check_request("GET", f"{REPO}/pulls/5", {}, {"a": 1}), "a body is sent where none is taken"),
        (
            lambda: check_request(
                "POST", "/app/installations/3/access_tokens", {}, {"permissions": {"content": "read"}}
            ),
            "'content' was unexpected",
        ),
        (
            lambda: check_request("POST", "/app/installations/3/access_tokens", {}, {"repository_ids": [*range(501)]}),
            "repository_ids names over 500",
        ),
    ],
)
def test_a_planted_violation_is_named(checked: Callable[[], list[str]], part: str) -> None:
    said = checked()
    assert any(part in text for text in said), said


def test_the_changes_that_plant_violations_start_from_nothing_wrong() -> None:
    assert [a_review(), an_inline_comment(), a_check(), an_annotation()] == [[], [], [], []]
