from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.parse import wont_fix


@pytest.mark.parametrize(
    "body",
    [
        "won't fix",
        "Won't fix.",
        "**Won\u2019t fix**",
        "wontfix",
        "wont-fix",
        "Will not fix, the plugin needs it",
        "We won't fix this: it is out of scope",
        "Sorry, won't fix",
        "not going to fix this one",
        "False positive",
        "false-positive, the name is set by a plugin",
        "This is a false positive.",
        "That's a false positive",
        "It's a false alarm",
        "False positives, both of them",
        "Not an issue here",
        "no, it's not an issue",
        "non-issue",
        "This is not a bug",
        "By design.",
        "This is by design, see docs",
        "it's by design \U0001f642",
        "Intended",
        "this is intended behaviour",
        "That was intentional",
        "Works as intended",
        "working as designed!",
        "> is not defined\n\nFalse positive",
        "Thanks! By design.\nThe plugin sets it.",
    ],
)
def test_this_says_that_it_will_not_be_fixed(body: str) -> None:
    assert wont_fix(body)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "Fixed",
        "will fix",
        "I will fix this",
        "not a false positive",
        "This is not a false positive",
        "this isn't a false positive",
        "not by design",
        "It is not intended",
        "I don't think this is a false positive",
        "Is this a false positive?",
        "by design?",
        "False positive? I do not see why",
        "False positive rate is too high",
        "Intended to fix this later",
        "This was intended to be removed",
        "won't fix unless somebody complains",
        "Won't fix if it is only a warning",
        "false positive... actually you are right",
        "by design. never mind, fixed in abc",
        "> won't fix",
        "> by design\n\nI disagree",
        "`won't fix`",
        "```\nwon't fix\n```",
        "<!-- won't fix -->",
        '"by design" is no answer',
        "The bot says it is by design",
        "You said won't fix",
        "wontfixit",
        "designed",
        "intentionally",
        "issue",
        "not an issuer",
        "By design, " + "because " * 60,
    ],
)
def test_this_does_not_say_so(body: str) -> None:
    assert not wont_fix(body)


@given(st.text(max_size=60))
def test_no_text_is_too_much_and_a_question_never_says_so(body: str) -> None:
    wont_fix(body)
    assert not wont_fix(f"by design {body}?")


@given(st.sampled_from(["won't fix", "false positive", "by design", "intended", "not an issue"]))
def test_what_is_quoted_does_not_say_so(words: str) -> None:
    assert wont_fix(words)
    assert not wont_fix(f"> {words}")
    assert not wont_fix(f"I would not say {words}")
