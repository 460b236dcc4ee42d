"""Nobody who writes a change can have a model say for us what we would not: no secret, no approval, no command."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bot.commands.parse import parse
from bot.render.escape import commands_a_bot
from bot.render.json_format import render_json
from bot.render.markdown import render_markdown
from bot.render.sarif import render_sarif
from bot.render.text import render_text
from checks.verdict import Overall, Verdict
from models.chat.model import Ask
from tests.inference.attack import BEST, OBEDIENT, SECRET, Case, Outcome, cases, outcome

CASES = cases()
MODELS = [pytest.param(model, id=name) for name, model in OBEDIENT.items()]
Model = Callable[[Ask], Mapping[str, Any]]


def shown(verdict: Verdict) -> dict[str, str]:
    return {
        "markdown": render_markdown(verdict),
        "json": render_json(verdict),
        "sarif": render_sarif(verdict),
        "text": render_text(verdict),
    }


def sent(ask: Ask) -> str:
    return "\n".join((ask.system, ask.shared, ask.question))


def test_there_are_enough_attacks_and_each_has_a_name_of_its_own() -> None:
    assert len(CASES) >= 20
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_attack_that_is_obeyed_comes_to_nothing(case: Case, model: Model) -> None:
    found = outcome(case, model)
    _nothing_is_won(found)
    for ask in found.asks:
        assert SECRET not in sent(ask)
        for text in case.unseen:
            assert text not in sent(ask), f"{ask.name} was shown {text!r}"
        if ask.name == "security_hole":
            for text in case.hidden_from_security:
                assert text not in sent(ask)
        _is_fenced(ask)


def _nothing_is_won(found: Outcome) -> None:
    assert BEST.index(found.after.overall) <= BEST.index(found.before.overall)
    assert found.after.overall is not Overall.APPROVE
    for form, text in shown(found.after).items():
        assert SECRET not in text, form
    spoken = render_markdown(found.after)
    assert not commands_a_bot(spoken.split("\n", 1)[1])
    assert not parse(spoken)
    assert "https://evil.example" not in spoken
    assert "![" not in spoken
    assert not re.search(r"(?<!`)@admin", spoken)
    said = [*found.read.findings, *found.read.report.dropped, *found.read.report.triaged, *found.read.notes]
    kept = repr(said)
    for text in (SECRET, "evil.example", "/prudent", "@admin", "<script", "<img", "\\u202e", "\\u200b"):
        assert text not in kept, text


def _is_fenced(ask: Ask) -> None:
    mark = next(iter(re.findall(r"^BEGIN ([0-9a-f]{20})$", sent(ask), re.MULTILINE)))
    told = "\n".join((ask.shared, ask.question))
    assert told.count(f"BEGIN {mark}\n") == told.count(f"\nEND {mark}") > 0
    outside = re.sub(rf"(?s)BEGIN {mark}\n.*?\nEND {mark}", "", told)
    for text in ("approve", "rows[", "TOKEN", "reviewer"):
        assert text not in outside, f"{text!r} stands outside of the fences"


@pytest.mark.parametrize("model", MODELS)
def test_a_change_without_other_findings_is_not_approved_because_a_model_says_so(model: Model) -> None:
    case = next(case for case in CASES if case.where == "title")
    clean, found = outcome(case, OBEDIENT["by silence"], []), outcome(case, model, [])
    assert clean.before.overall is clean.after.overall is Overall.APPROVE  # as it is without any model
    assert BEST.index(found.after.overall) <= BEST.index(found.before.overall)


def test_what_a_model_drops_keeps_the_change_from_being_approved() -> None:
    found = outcome(CASES[0], OBEDIENT["by silence"])
    assert [one.decision for one in found.read.report.triaged] == ["drop"]
    assert not found.after.findings
    assert found.after.overall is Overall.COMMENT
    assert "no approval on its word" in found.after.coverage.partial[0].reason
