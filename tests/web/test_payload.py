"""Payloads are cut to events: the right one, with the right fields, and nothing else ever comes out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.model import Misread
from bot.commands.parse import parse
from bot.commands.reply import wont_fix
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
from bot.web.payload import KNOWN_EVENTS, LARGEST_BODY, LONGEST_COMMENT, MOST_REVERTED, BadDelivery, event_of
from tests.web.deliveries import (
    APP,
    BOT,
    HEAD,
    MERGE,
    OTHER,
    REPOSITORY,
    check,
    conversation,
    encoded,
    opened,
    payload,
    pull,
    push,
    reply,
)

REPO = Repo(99, 1296269, "acme", "widgets", "github.com")
ALICE = Actor(5, "alice")
RENOVATE = Actor(6, "renovate[bot]", is_bot=True)


def cut(name: str, data: Any) -> Event:
    body = data if isinstance(data, bytes) else encoded(data)
    return event_of(name, body, own_app_id=APP, host="github.com")


@pytest.mark.parametrize("action", ["opened", "reopened", "ready_for_review", "synchronize"])
def test_a_changed_pull_request(action: str) -> None:
    assert cut("pull_request", opened() | {"action": action}) == PullChanged(REPO, 12, HEAD, action, ALICE)


def test_an_edit_counts_only_where_the_base_changed() -> None:
    title = payload("edited", pull_request=pull(), changes={"title": {"from": "x"}})
    base = payload("edited", pull_request=pull(), changes={"base": {"ref": {"from": "old"}, "sha": {"from": OTHER}}})
    assert cut("pull_request", title) == Ignored("edited, but the base is the same")
    assert cut("pull_request", base) == PullChanged(REPO, 12, HEAD, "edited", ALICE)


def test_a_closed_pull_request_has_a_merge_commit_only_if_it_was_merged() -> None:
    merged = payload("closed", pull_request=pull(merged=True, merge_commit_sha=MERGE))
    closed = payload("closed", pull_request=pull())  # GitHub names its trial merge there
    assert cut("pull_request", merged) == PullClosed(REPO, 12, HEAD, True, MERGE, ALICE)
    assert cut("pull_request", closed) == PullClosed(REPO, 12, HEAD, False, None, ALICE)


@pytest.mark.parametrize("sender", [None, {"id": 10137, "login": "ghost", "type": "User"}])
def test_a_sender_that_is_gone_is_no_trouble(sender: dict[str, Any] | None) -> None:
    event = cut(
        "pull_request", opened(sender=sender) if sender else payload("opened", pull_request=pull(), sender=None)
    )
    assert isinstance(event, PullChanged)
    assert event.sender.login == "ghost"


def test_a_bot_that_opens_a_pull_request_is_said_to_be_one() -> None:
    assert cut("pull_request", opened(sender=BOT)) == PullChanged(REPO, 12, HEAD, "opened", RENOVATE)


@pytest.mark.parametrize("text", ["/prudent review", "Hello\r\n  /Prudent help\r\n", "> quoted\n\u00a0/prudent status"])
def test_a_comment_with_a_command_on_a_line(text: str) -> None:
    assert cut("issue_comment", conversation(text)) == Commented(REPO, 12, 31, text, ALICE, in_review=False)


@pytest.mark.parametrize("text", ["see /prudent review", "prudent review", "", None])
def test_other_comments_are_not_kept(text: str | None) -> None:
    assert cut("issue_comment", conversation(text)) == Ignored("a comment that does not speak to us")


def test_comments_of_bots_and_on_issues_are_ignored() -> None:
    on_issue = payload("created", issue={"number": 12}, comment={"id": 31, "body": "/prudent review"})
    assert cut("issue_comment", conversation("/prudent review", sender=BOT)) == Ignored("a bot's comment")
    assert cut("pull_request_review_comment", reply("won't fix", sender=BOT)) == Ignored("a bot's comment")
    assert cut("issue_comment", on_issue) == Ignored("a comment on an issue, not on a pull request")


def test_a_reply_in_a_thread_is_kept_for_it_may_say_wont_fix() -> None:
    expected = Commented(REPO, 12, 32, "won't fix", ALICE, in_review=True, reply_to=30)
    assert cut("pull_request_review_comment", reply("won't fix")) == expected


def test_the_first_comment_of_a_thread_is_kept_only_with_a_command() -> None:
    first = {"id": 32, "path": "a.py"}
    plain = payload("created", pull_request=pull(), comment={**first, "body": "won't fix"})
    asked = payload("created", pull_request=pull(), comment={**first, "body": "/prudent help", "in_reply_to_id": None})
    assert isinstance(cut("pull_request_review_comment", plain), Ignored)
    kept = cut("pull_request_review_comment", asked)
    assert kept == Commented(REPO, 12, 32, "/prudent help", ALICE, in_review=True, reply_to=None)


def test_a_long_reply_is_cut() -> None:
    event = cut("pull_request_review_comment", reply("intended " * 5_000))
    assert isinstance(event, Commented)
    assert len(event.body) == LONGEST_COMMENT


def test_a_command_at_the_end_of_a_long_comment_is_kept_and_one_in_code_is_not() -> None:
    text = "words\n" * 1_000 + "```\n/prudent pause\n```\n" + "words\n" * 1_000 + "/prudent review"
    event = cut("issue_comment", conversation(text))
    assert isinstance(event, Commented)
    assert event.body == "/prudent review"
    only_in_code = "words\n" * 1_000 + "```\n/prudent pause\n```\n"
    assert cut("issue_comment", conversation(only_in_code)) == Ignored("a comment that does not speak to us")


ORDERS = [
    "/prudent review",
    "  /Prudent help",
    "/prudent dismiss abcdef it is so",
    "\t/prudent fix",
    "/prudent nonsense",
]
NEARLY = ["/prudentish", "    /prudent pause", "> /prudent pause", "- /prudent status", "\u2028/prudent resume"]
HIDING = [
    "```",
    "~~~",
    "- ```",
    "  ```",
    "<pre>",
    "</pre>",
    "<!--",
    "-->",
    "/prudent explain <!-- x --> y",
    "<div>",
    "",
]
SAYING = ["won't fix", "intended", "?", "- item", "> quoted"]
LONG = [f"/prudent dismiss abcdef {'x' * 2_500}", "words " * 700, "> " + "quoted " * 600]
PARTS = st.one_of(*map(st.sampled_from, (ORDERS, NEARLY, HIDING, SAYING, LONG)))


@given(st.lists(PARTS, max_size=25), st.booleans())
def test_what_is_kept_says_the_same_as_the_whole_comment(parts: list[str], is_reply: bool) -> None:
    text = "\n".join(parts)
    event = cut(
        "pull_request_review_comment" if is_reply else "issue_comment", (reply if is_reply else conversation)(text)
    )
    kept = event.body if isinstance(event, Commented) else ""
    assert parse(kept) == parse(text)
    if is_reply:
        assert wont_fix(kept) == wont_fix(text) or parse(text)
    assert len(kept) <= 4 * 2_200


def test_a_secret_in_a_comment_is_not_kept_and_takes_nothing_hidden_with_it() -> None:
    token = "ghp_" + "aB3dE5gH7jK9mN1pQ3rS5tU7vW9xY1zA2bC4"
    text = f'My key is {token}.\npassword = "hunter2-Correct-9!<!--"\n/prudent pause\n-->\n/prudent review {token}'
    event = cut("issue_comment", conversation(text))
    assert isinstance(event, Commented)
    assert token not in event.body
    (misread,) = parse(event.body)
    assert isinstance(misread, Misread)
    said = cut("pull_request_review_comment", reply(f"Won't fix: {token} is a test's."))
    assert isinstance(said, Commented)
    assert token not in said.body
    assert wont_fix(said.body)


def test_nul_characters_are_taken_out_for_no_database_keeps_them() -> None:
    event = cut("issue_comment", conversation("/prudent review\0"))
    assert isinstance(event, Commented)
    assert event.body == "/prudent review"


@pytest.mark.parametrize(("action", "resolved"), [("resolved", True), ("unresolved", False)])
def test_a_settled_thread(action: str, resolved: bool) -> None:
    thread = {"node_id": "PRRT_1", "comments": [{"id": 30}, {"id": 32}]}
    data = payload(action, pull_request=pull(), thread=thread)
    assert cut("pull_request_review_thread", data) == ThreadSettled(REPO, 12, "PRRT_1", 30, resolved, ALICE)
    by_bot = data | {"sender": BOT}
    assert cut("pull_request_review_thread", by_bot) == Ignored("settled by a bot")
    empty = data | {"thread": {"node_id": "PRRT_1", "comments": []}}
    assert cut("pull_request_review_thread", empty) == Ignored("a thread without comments")


def test_check_runs_of_ours_alone() -> None:
    button = {"requested_action": {"identifier": "fix"}}
    assert cut("check_run", check("rerequested")) == ChecksRerequested(REPO, HEAD, "rv:1:12:abc", ALICE)
    assert cut("check_run", check("requested_action", **button)) == ButtonPressed(
        REPO, HEAD, "rv:1:12:abc", "fix", ALICE
    )
    assert cut("check_run", check("rerequested", app=APP + 1)) == Ignored("a check of another App")
    assert cut("check_run", check("requested_action", app=APP + 1, **button)) == Ignored("a check of another App")
    with pytest.raises(BadDelivery, match="requested_action"):
        cut("check_run", check("requested_action"))


def test_check_suites_of_ours_alone() -> None:
    suite = {"id": 8, "head_sha": HEAD, "app": {"id": APP}}
    other = suite | {"app": {"id": APP + 1}}
    assert cut("check_suite", payload("rerequested", check_suite=suite)) == ChecksRerequested(REPO, HEAD, "", ALICE)
    assert cut("check_suite", payload("rerequested", check_suite=other)) == Ignored("a check of another App")
    assert isinstance(cut("check_suite", payload("requested", check_suite=suite)), Ignored)


def test_a_push_is_read_for_what_it_reverts() -> None:
    data = push(f'Revert "x"\n\nThis reverts commit {MERGE}.', f"This reverts commit {OTHER}.\n", "Add", f"a {HEAD}")
    assert cut("push", data) == Pushed(REPO, HEAD, (MERGE, OTHER))
    twice = push(f"This reverts commit {MERGE}.", f"This reverts commit {MERGE}, reversing\nchanges made to {OTHER}.")
    assert cut("push", twice) == Pushed(REPO, HEAD, (MERGE,))


def test_only_so_many_reverts_are_kept() -> None:
    event = cut("push", push(*(f"This reverts commit {number:040x}." for number in range(MOST_REVERTED + 50))))
    assert isinstance(event, Pushed)
    assert len(event.reverted) == MOST_REVERTED


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (push("Add"), "a push that reverts nothing"),
        (push("This reverts commit abc1234."), "a push that reverts nothing"),
        (push(f"Not: This reverts commit {MERGE}."), "a push that reverts nothing"),
        (
            push(f"This reverts commit {MERGE}.", ref="refs/heads/topic"),
            "a push to another branch than the default one",
        ),
        (push(ref="refs/tags/main"), "a push to another branch than the default one"),
        (push(deleted=True, after="0" * 40), "a push to another branch than the default one"),
    ],
)
def test_other_pushes_are_ignored(data: dict[str, Any], reason: str) -> None:
    assert cut("push", data) == Ignored(reason)


def test_a_lost_installation() -> None:
    whole = {"installation": {"id": 99, "account": {"login": "acme"}}, "repositories": [{"id": 1}, {"id": 2}]}
    assert cut("installation", {"action": "deleted", **whole}) == InstallationGone(99)
    assert cut("installation", {"action": "suspend", **whole}) == InstallationGone(99)
    assert isinstance(cut("installation", {"action": "created", **whole}), Ignored)


def test_removed_repositories_never_mean_all_of_them() -> None:
    removed = {"action": "removed", "installation": {"id": 99}, "repositories_removed": [{"id": 3}, {"id": 4}]}
    assert cut("installation_repositories", removed) == InstallationGone(99, (3, 4))
    none = removed | {"repositories_removed": []}
    assert cut("installation_repositories", none) == Ignored("no repository was removed")


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("pull_request", payload("labeled", pull_request=pull()), "no use for this action of pull_request"),
        ("pull_request", payload(None, pull_request=pull()), "no use for this action of pull_request"),
        (
            "issue_comment",
            conversation("/prudent review") | {"action": "edited"},
            "no use for this action of issue_comment",
        ),
        ("push", push() | {"action": "strange"}, "no use for this action of push"),
        ("pull_request_review", payload("submitted"), "no use for the event pull_request_review"),
        ("star", {"action": "created"}, "an event that is not known"),
        (
            "pull_request",
            payload("opened", pull_request=pull(), installation=None),
            "sent for no installation of an App",
        ),
    ],
)
def test_what_is_of_no_use_is_ignored_with_a_reason(name: str, data: dict[str, Any], reason: str) -> None:
    assert cut(name, data) == Ignored(reason)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", -1),
        ("number", 2**63),
        ("number", "12"),
        ("head", {"sha": "main"}),
        ("head", {"sha": HEAD + "\n"}),
        ("head", {"sha": HEAD.upper()}),
        ("head", None),
    ],
)
def test_a_field_that_is_not_what_github_describes_is_refused(field: str, value: Any) -> None:
    with pytest.raises(BadDelivery, match="lacks what is needed"):
        cut("pull_request", payload("opened", pull_request=pull(**{field: value})))


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", "a b", "--upload-pack=x\n", "ä"])
def test_a_repository_name_that_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(BadDelivery):
        cut("pull_request", opened(repository=REPOSITORY | {"name": name}))
    with pytest.raises(BadDelivery):
        cut("pull_request", opened(repository=REPOSITORY | {"owner": {"login": name}}))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"action"',
        b"\xef\xbb\xbf{}",
        b'{"action": "\xff"}',
        b'{"action": "\\ud800"}',
        b'{"x": ' + b"[" * 500_000,
        b'{"x": ' + b'{"a":' * 500_000 + b"1" + b"}" * 500_000 + b"}",
        b'{"action": "opened"}',
    ],
)
def test_bodies_that_are_no_payload_are_refused_and_not_quoted(body: bytes) -> None:
    with pytest.raises(BadDelivery) as refused:
        cut("pull_request", body)
    assert len(str(refused.value)) < 200


def test_a_payload_over_githubs_own_limit_is_refused() -> None:
    with pytest.raises(BadDelivery, match="larger"):
        cut("pull_request", b" " * (LARGEST_BODY + 1))


def test_a_large_payload_is_cut() -> None:
    event = cut("pull_request", opened(padding=["x" * 1000] * 20_000))
    assert isinstance(event, PullChanged)


EVENTS = sorted(KNOWN_EVENTS)
WORDS = st.sampled_from(
    f"""action pull_request head sha number repository id owner login name installation sender comment body issue thread
    comments check_run app commits message opened created removed deleted rerequested repositories_removed ref after
    resolved {HEAD}""".split()
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=6),
    max_leaves=25,
)


@given(st.sampled_from(EVENTS) | st.text(), st.binary() | VALUES.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_give_an_event_or_a_bad_delivery(name: str, body: bytes) -> None:
    try:
        event = cut(name, body)
    except BadDelivery:
        return
    assert from_json(json.loads(json.dumps(to_json(event)))) == event


WHOLE = [
    ("pull_request", opened()),
    ("pull_request", payload("closed", pull_request=pull(merged=True))),
    ("issue_comment", conversation("/prudent review")),
    ("pull_request_review_comment", reply("no")),
    (
        "pull_request_review_thread",
        payload("resolved", pull_request=pull(), thread={"node_id": "T", "comments": [{"id": 1}]}),
    ),
    ("check_run", check("requested_action", requested_action={"identifier": "fix"})),
    ("push", push(f"This reverts commit {MERGE}.")),
    (
        "installation_repositories",
        {"action": "removed", "installation": {"id": 1}, "repositories_removed": [{"id": 3}]},
    ),
]


@given(st.sampled_from(WHOLE), st.data())
def test_a_payload_with_one_value_replaced_gives_an_event_or_a_bad_delivery(
    whole: tuple[str, dict[str, Any]], data: st.DataObject
) -> None:
    name, tree = whole[0], json.loads(json.dumps(whole[1]))
    node: Any = tree
    while isinstance(node, dict) and node:
        key = data.draw(st.sampled_from(sorted(node)))
        if not isinstance(node[key], dict) or data.draw(st.booleans()):
            node[key] = data.draw(VALUES)
            break
        node = node[key]
    body = json.dumps(tree).encode()
    try:
        event = cut(name, body)
    except BadDelivery:
        return
    assert from_json(json.loads(json.dumps(to_json(event)))) == event


@given(st.sampled_from(WHOLE), st.data())
def test_a_payload_cut_short_is_refused(whole: tuple[str, dict[str, Any]], data: st.DataObject) -> None:
    body = encoded(whole[1])
    with pytest.raises(BadDelivery):
        cut(whole[0], body[: data.draw(st.integers(0, len(body) - 1))])
