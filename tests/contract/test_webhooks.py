"""Webhook payloads against GitHub's schema: the published examples pass, forged ones with a fault do not."""

from __future__ import annotations

import pytest

from tests.contract.payloads import example, examples, pull_comment
from tests.world.contract import check_webhook

# Published before the fields that the schema asks for: (event, action, which one of the event's examples).
OLDER = {
    ("check_run", "created", 0),
    ("check_run", "rerequested", 7),
    ("check_run", "rerequested", 8),
    ("check_suite", "completed", 0),
    ("installation", "deleted", 0),
    ("installation_repositories", "added", 0),
    ("issue_comment", "created", 0),
    ("ping", None, 0),
    ("pull_request", "opened", 0),
    ("pull_request_review", "submitted", 0),
    ("pull_request_review_comment", "created", 0),
    ("pull_request_review_thread", "resolved", 0),
    ("push", None, 0),
}


def test_githubs_examples_pass_but_for_the_oldest() -> None:
    refused = {
        (event, payload.get("action"), number)
        for event, payloads in examples().items()
        for number, payload in enumerate(payloads)
        if check_webhook(event, payload)
    }
    assert refused == OLDER


def test_a_comment_on_a_pull_request_passes() -> None:
    assert check_webhook("issue_comment", pull_comment()) == []


def test_an_unknown_field_is_a_violation() -> None:
    payload = example("pull_request", "synchronize") | {"installations": {"id": 1}}
    (said,) = check_webhook("pull_request", payload)
    assert "'installations' was unexpected" in said


@pytest.mark.parametrize("field", ["number", "before", "after", "repository", "sender", "pull_request"])
def test_a_missing_field_is_a_violation(field: str) -> None:
    payload = example("pull_request", "synchronize")
    del payload[field]
    assert check_webhook("pull_request", payload) == [
        f"pull_request$synchronize: value: '{field}' is a required property"
    ]


def test_a_wrong_type_is_named_with_its_place() -> None:
    payload = example("pull_request", "opened")
    payload["pull_request"]["head"]["sha"] = 3
    assert any(
        ".pull_request.head.sha: 3 is not of type 'string'" in said for said in check_webhook("pull_request", payload)
    )


def test_an_upper_case_review_state_is_a_violation() -> None:
    payload = example("pull_request_review", "submitted")
    payload["review"]["state"] = "COMMENTED"
    assert check_webhook("pull_request_review", payload)


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("pull_request", {"action": "sneezed"}),
        ("pull_request", {}),
        ("pull_request", []),
        ("pull_request", None),
        ("issues", {"action": "opened"}),  # not subscribed to
        ("", {"action": "opened"}),
    ],
)
def test_an_unknown_event_or_action_is_a_violation(event: str, payload: object) -> None:
    (said,) = check_webhook(event, payload)
    assert "GitHub has no such event" in said
