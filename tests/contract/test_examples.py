"""GitHub's example payloads of every event that the App gets: each becomes the right event, or says why it does not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.events import (
    Actor,
    ButtonPressed,
    ChecksRerequested,
    Commented,
    Event,
    Ignored,
    InstallationGone,
    PullChanged,
    PullClosed,
    Pushed,
    Repo,
    ThreadSettled,
    from_json,
    to_json,
)
from bot.web.payload import event_of
from tests.contract.payloads import example, examples, pull_comment
from tests.world.contract import check_webhook

NO_USE = "no use for this action of {event}"
ON_AN_ISSUE = "a comment on an issue, not on a pull request"
SPEAKS_TO_OTHERS = "a comment that does not speak to us"
OTHER_BRANCH, NO_REVERT = "a push to another branch than the default one", "a push that reverts nothing"
# event -> action -> what its examples become: a type of event, a reason, or one of them for each example
EXPECTED: dict[str, dict[str | None, Any]] = {
    "check_run": {
        "created": NO_USE,
        "completed": NO_USE,
        "requested_action": ButtonPressed,
        "rerequested": ChecksRerequested,
    },
    "check_suite": {"completed": NO_USE, "requested": NO_USE, "rerequested": ChecksRerequested},
    "installation": {
        "created": NO_USE,
        "deleted": InstallationGone,
        "suspend": InstallationGone,
        "unsuspend": NO_USE,
        "new_permissions_accepted": NO_USE,
    },
    "installation_repositories": {"added": NO_USE, "removed": InstallationGone},
    "issue_comment": {"created": ON_AN_ISSUE, "deleted": NO_USE, "edited": NO_USE},
    "ping": {None: "no use for the event ping"},
    "pull_request": {
        "opened": PullChanged,
        "reopened": PullChanged,
        "ready_for_review": PullChanged,
        "synchronize": PullChanged,
        "closed": PullClosed,
        "assigned": NO_USE,
        "unassigned": NO_USE,
        "converted_to_draft": NO_USE,
        "labeled": NO_USE,
        "unlabeled": NO_USE,
        "locked": NO_USE,
        "unlocked": NO_USE,
        "review_requested": NO_USE,
        "review_request_removed": NO_USE,
    },
    "pull_request_review": {
        "submitted": "no use for the event pull_request_review",
        "dismissed": "no use for the event pull_request_review",
    },
    "pull_request_review_comment": {"created": SPEAKS_TO_OTHERS, "edited": NO_USE, "deleted": NO_USE},
    "pull_request_review_thread": {"resolved": ThreadSettled, "unresolved": ThreadSettled},
    "push": {None: [OTHER_BRANCH] * 4 + [NO_REVERT] * 2 + [OTHER_BRANCH]},
}


def read(event: str, payload: dict[str, Any], *, own_app: int | None = None) -> Event:
    """Return what a payload is cut to, as the App that its check is of; it must survive being stored."""
    run = payload.get("check_run") or payload.get("check_suite") or {}
    own = own_app if own_app is not None else run.get("app", {}).get("id", 1)
    found = event_of(event, json.dumps(payload).encode(), own_app_id=own, host="github.com")
    assert from_json(json.loads(json.dumps(to_json(found)))) == found
    return found


def test_the_table_has_every_event_and_action_that_there_is_an_example_of() -> None:
    there = {event: {payload.get("action") for payload in payloads} for event, payloads in examples().items()}
    assert there == {event: set(actions) for event, actions in EXPECTED.items()}


@pytest.mark.parametrize(("event", "action"), [(event, action) for event in EXPECTED for action in EXPECTED[event]])
def test_an_example_becomes_the_right_event_or_says_why_not(event: str, action: str | None) -> None:
    payloads = [payload for payload in examples()[event] if payload.get("action") == action]
    wanted = EXPECTED[event][action]
    for payload, one in zip(payloads, wanted if isinstance(wanted, list) else [wanted] * len(payloads), strict=True):
        payload.setdefault("installation", {"id": 7, "node_id": "x"})
        found = read(event, payload)
        if isinstance(one, str):
            assert found == Ignored(one.format(event=event))
        else:
            assert type(found) is one
            assert_same_place(found, payload)


def assert_same_place(event: Any, payload: dict[str, Any]) -> None:
    if isinstance(event, InstallationGone):
        assert event.installation == payload["installation"]["id"]
        return
    there = payload["repository"]
    owner, name = there["full_name"].split("/")
    assert event.repo == Repo(payload["installation"]["id"], there["id"], owner, name)
    if "number" in type(event).__struct_fields__:
        assert event.number == payload["pull_request"]["number"]


@pytest.mark.parametrize("event", ["pull_request", "pull_request_review_thread"])
def test_an_example_that_was_sent_to_no_app_is_ignored(event: str) -> None:
    sent_to_a_hook = [payload for payload in examples()[event] if "installation" not in payload]
    wanted = [p for p in sent_to_a_hook if not isinstance(EXPECTED[event][p["action"]], str)]
    assert wanted
    assert {read(event, payload) for payload in wanted} == {Ignored("sent for no installation of an App")}


def test_a_push_to_a_pull_request_names_its_new_head() -> None:
    payload = example("pull_request", "synchronize")
    assert read("pull_request", payload) == PullChanged(
        repo=Repo(1, 186853002, "Codertocat", "Hello-World"),
        number=2,
        head=payload["pull_request"]["head"]["sha"],
        action="synchronize",
        sender=Actor(21031067, "Codertocat"),
    )


def test_a_merged_pull_request_names_its_merge_commit_and_a_closed_one_does_not() -> None:
    payload = example("pull_request", "closed")
    commit = payload["pull_request"]["merge_commit_sha"]
    assert commit
    closed = read("pull_request", payload)
    payload["pull_request"] |= {"merged": True}
    merged = read("pull_request", payload)
    assert isinstance(closed, PullClosed)
    assert isinstance(merged, PullClosed)
    assert (closed.merged, closed.merge_commit) == (False, None)
    assert (merged.merged, merged.merge_commit) == (True, commit)


def test_a_new_base_is_a_change_and_a_new_title_is_none() -> None:
    payload = example("pull_request", "synchronize") | {"action": "edited"}
    payload["changes"] = {"base": {"ref": {"from": "old"}, "sha": {"from": "0" * 40}}}
    assert isinstance(read("pull_request", payload), PullChanged)
    payload["changes"] = {"title": {"from": "old"}}
    assert read("pull_request", payload) == Ignored("edited, but the base is the same")


def test_a_command_on_a_pull_request_is_a_comment_with_its_place() -> None:
    payload = pull_comment("thanks\n/prudent explain X")
    assert check_webhook("issue_comment", payload) == []
    assert read("issue_comment", payload) == Commented(
        repo=Repo(7, payload["repository"]["id"], "Codertocat", "Hello-World"),
        number=payload["issue"]["number"],
        comment=payload["comment"]["id"],
        body="thanks\n/prudent explain X",
        sender=Actor(21031067, "Codertocat"),
        in_review=False,
    )


def test_talk_on_a_pull_request_and_a_bots_command_are_ignored() -> None:
    assert read("issue_comment", pull_comment("looks good")) == Ignored(SPEAKS_TO_OTHERS)
    payload = pull_comment()
    payload["sender"] = payload["sender"] | {"type": "Bot", "login": "other[bot]"}
    assert read("issue_comment", payload) == Ignored("a bot's comment")


def test_an_answer_in_a_thread_is_a_comment_that_names_what_it_answers() -> None:
    payload = example("pull_request_review_comment", "created")
    payload["comment"] |= {"in_reply_to_id": 77, "body": "won't fix"}
    found = read("pull_request_review_comment", payload)
    assert isinstance(found, Commented)
    assert (found.in_review, found.reply_to, found.body) == (True, 77, "won't fix")


def test_a_settled_thread_names_its_first_comment() -> None:
    payload = example("pull_request_review_thread", "unresolved")
    found = read("pull_request_review_thread", payload)
    assert isinstance(found, ThreadSettled)
    assert (found.thread, found.comment) == (payload["thread"]["node_id"], payload["thread"]["comments"][0]["id"])
    assert not found.resolved


def test_a_button_names_its_run_and_what_was_pressed() -> None:
    payload = example("check_run", "requested_action")
    payload["check_run"]["external_id"] = "rv:1:2:abc"
    payload["requested_action"] = {"identifier": "fix"}
    found = read("check_run", payload)
    assert isinstance(found, ButtonPressed)
    assert (found.review, found.identifier, found.head) == ("rv:1:2:abc", "fix", payload["check_run"]["head_sha"])


@pytest.mark.parametrize(
    ("event", "action"),
    [("check_run", "requested_action"), ("check_run", "rerequested"), ("check_suite", "rerequested")],
)
def test_another_apps_checks_are_ignored(event: str, action: str) -> None:
    assert read(event, example(event, action), own_app=999_999) == Ignored("a check of another App")


def test_removed_repositories_are_named_and_an_uninstalled_app_names_none() -> None:
    assert read("installation_repositories", example("installation_repositories", "removed")) == InstallationGone(
        2, (1296269,)
    )
    assert read("installation", example("installation", "deleted")) == InstallationGone(2)


def test_a_revert_on_the_default_branch_is_a_push_that_names_what_it_reverts() -> None:
    payload = examples()["push"][4]
    commit = "ab" * 20
    payload["commits"][0]["message"] = f'Revert "x"\n\nThis reverts commit {commit}.'
    found = read("push", payload)
    assert isinstance(found, Pushed)
    assert (found.after, found.reverted) == (payload["after"], (commit,))
