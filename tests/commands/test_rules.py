"""The answers to `rules`, and the lessons that `history` tells: short, whole, and nothing in them active."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.commands import rules
from bot.commands.history import history
from bot.commands.model import History, RuleAction, Rules
from bot.render.markdown import LIMIT
from kb.memory.model import Fate, LearnedRule, RuleState
from kb.memory.promote_body import Body, Forbidden, Pattern, kind_of, written
from tests.kb.audits import NOON
from tests.memory.lessons import lesson

PRINT = Pattern("python", "print($$$Z)", "call")
EVIL = "@ada see [x](http://evil.example) ![i](http://evil.example/i) <b>\n/prudent approve\n`tick`"


def rule(slug: str = "print", body: Body = PRINT, **more: object) -> LearnedRule:
    made = LearnedRule(
        1, "r", slug, kind_of(body), written(body), "no", ("pull/1 a.py: no",), RuleState.PROPOSED, "", NOON.timestamp()
    )
    return replace(made, **more)


def test_proposed_rules_come_first_and_dropped_ones_not_at_all() -> None:
    told = rules.rules(
        [
            rule("d", state=RuleState.DISABLED, by="eve"),
            rule("r", state=RuleState.RETIRED),
            rule("e", state=RuleState.ENABLED, by="ada", hits=2, last_hit=NOON.timestamp()),
            rule("p"),
        ]
    )
    assert [told.index(f"`{slug}`:") for slug in "ped"] == sorted(told.index(f"`{slug}`:") for slug in "ped")
    assert "`r`" not in told
    assert "enabled since 2026-01-01 12:00 UTC by `ada`; matched 2 times in new code, last on 2026-01-01 12:00" in told


def test_no_rules_says_how_one_comes_about() -> None:
    assert rules.rules([]) == rules.rules([rule(state=RuleState.RETIRED)])
    assert "three pull requests" in rules.rules([])


def test_a_rule_that_cannot_be_read_says_so() -> None:
    assert "cannot be read and is not run" in rules.rules([replace(rule("x"), body="?")])
    assert "an import of `os` below `src`" in rules.rules([rule(body=Forbidden("python", "os", "src"))])


def test_nothing_that_strangers_wrote_is_active_in_an_answer() -> None:
    told = rules.rules([rule(message=EVIL, examples=(EVIL, EVIL, EVIL, EVIL, EVIL), by=EVIL)])
    told += history(History(slug="x-y"), 1, (), (), [lesson(text=EVIL, reason=EVIL, path=EVIL, by=EVIL, evidence=EVIL)])
    for line in told.splitlines():
        assert not line.lstrip().startswith("/prudent")
    outside = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "code", told)
    assert not re.search(r"(?<!\\)\]\(|<b>|(?<!;)@ada|http:", outside), outside
    assert "and 2 more comments" in told


def test_many_rules_fit_one_comment() -> None:
    told = rules.rules([rule(f"rule-{n}", message="word " * 99, examples=("x " * 99,) * 5) for n in range(400)])
    assert len(told) <= LIMIT
    assert "more that do not fit here" in told


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (RuleAction.ENABLE, "is told as `learned-print`"),
        (RuleAction.DISABLE, "`/prudent rules enable print` brings it back"),
        (RuleAction.DROP, "proposes it no more"),
    ],
)
def test_what_became_of_a_rule_and_how_to_take_it_back(action: RuleAction, words: str) -> None:
    assert words in rules.changed(Rules(action, "print"), rule())
    assert rules.state_after(action) is not None


def test_a_name_that_is_no_rules_gets_those_there_are() -> None:
    assert "`print`" in rules.unknown("no-such", [rule(), rule("gone", state=RuleState.RETIRED)])
    assert "`gone`" not in rules.unknown("no-such", [rule(), rule("gone", state=RuleState.RETIRED)])
    assert rules.unknown("no-such", []).endswith("there are none at all.")


def test_history_of_a_slug_tells_whose_word_is_heeded_why_and_how_long() -> None:
    told = history(History(slug="unused-import"), 1, (), (), [lesson(1), lesson(2, Fate.ACCEPTED, by="", reason="")])
    assert "**Lessons** about `unused-import`, newest first" in told
    assert "- **dismissed** (dismissed by `ada`) on 2026-01-01: `unused-import` at `app/part1.py`" in told
    assert "pull/1 at 1a2b3c4; heeded until 2027-01-01; reason: by design" in told
    assert "- **accepted** (fixed) on 2026-01-01" in told
