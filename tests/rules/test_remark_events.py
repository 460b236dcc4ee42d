"""Comments on code as GitHub delivers them: which become remarks, and what of them is kept."""

from __future__ import annotations

from typing import Any

import pytest

from bot.events import Actor, Commented, Event, Ignored, Remarked, Repo
from bot.web.payload import event_of
from bot.web.remark import LONGEST_REMARK, MOST_LINES, REVIEWERS
from tests.web.deliveries import APP, BOT, encoded, payload, pull

REPO = Repo(99, 1296269, "acme", "widgets", "github.com")
ALICE = Actor(5, "alice")
HUNK = "@@ -1,2 +1,4 @@ def f():\n a = 1\n-b = 2\n+b = 3\n+print(b)"


def commented(body: str | None = "use the logger", **more: Any) -> dict[str, Any]:
    made = {"id": 31, "path": "src/a.py", "diff_hunk": HUNK, "side": "RIGHT", "line": 3, "original_line": 3}
    return payload("created", pull_request=pull(), comment={**made, "body": body, **more})


def cut(data: dict[str, Any]) -> Event:
    return event_of("pull_request_review_comment", encoded(data), own_app_id=APP, host="github.com")


def code(**more: Any) -> str | None:
    event = cut(commented(**more))
    return event.code if isinstance(event, Remarked) else None


def test_a_comment_on_code_is_a_remark_with_its_line() -> None:
    assert cut(commented()) == Remarked(REPO, 12, 31, "use the logger", "src/a.py", "print(b)", ALICE)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"start_line": 2, "original_start_line": 2}, "b = 3\nprint(b)"),
        ({"start_line": 1, "original_start_line": 1}, "a = 1\nb = 3\nprint(b)"),
        ({"start_line": 2}, "b = 3\nprint(b)"),
        ({"line": None, "start_line": None}, "print(b)"),
        ({"original_line": 900, "original_start_line": 1}, "a = 1\nb = 3\nprint(b)"),
        ({"original_line": 1, "original_start_line": 9}, "print(b)"),
        ({"side": "LEFT"}, None),
        ({"side": None}, None),
        ({"diff_hunk": ""}, None),
        ({"diff_hunk": "@@ -1 +1 @@\n-x"}, None),
        ({"diff_hunk": "@@ -1 +1 @@\n+   "}, None),
        ({"diff_hunk": "@@ -1 +1 @@\n+" + "x" * 700}, None),
        ({"path": ""}, None),
        ({"path": "a" * 5_000}, None),
        ({"in_reply_to_id": 3}, None),
    ],
)
def test_the_code_is_what_the_comment_stands_on(more: dict[str, Any], expected: str | None) -> None:
    assert code(**more) == expected


def test_no_more_lines_are_kept_than_a_pattern_can_use() -> None:
    hunk = "@@ -0,0 +1,20 @@\n" + "\n".join(f"+x = {n}" for n in range(20))
    kept = code(diff_hunk=hunk, line=20, original_line=20, start_line=1, original_start_line=1)
    assert kept is not None
    assert kept.splitlines() == [f"x = {n}" for n in range(20 - MOST_LINES, 20)]


def test_secrets_are_not_kept_and_long_words_are_cut() -> None:
    token = "ghp_" + "a1B2" * 9
    event = cut(commented(f"use {token} " + "word " * 1_000, diff_hunk=f"@@ -1 +1 @@\n+key = '{token}'"))
    assert isinstance(event, Remarked)
    assert token not in event.body + event.code
    assert len(event.body) <= LONGEST_REMARK


def test_a_command_is_a_command_and_an_answer_an_answer() -> None:
    assert isinstance(cut(commented("/prudent help")), Commented)
    assert isinstance(cut(commented("won't fix", in_reply_to_id=3)), Commented)


def test_only_bots_that_review_are_listened_to() -> None:
    reviewer = BOT | {"login": sorted(REVIEWERS)[0]}
    assert cut(commented() | {"sender": BOT}) == Ignored("a bot's comment")
    heard = cut(commented() | {"sender": reviewer})
    assert isinstance(heard, Remarked)
    assert heard.sender.is_bot
    assert isinstance(cut(commented("/prudent dismiss abcdef x") | {"sender": reviewer}), Remarked), (
        "it commands nothing"
    )
    assert isinstance(cut(commented(in_reply_to_id=3) | {"sender": reviewer}), Ignored)
