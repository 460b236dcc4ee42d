"""docs/commands.md shows every command with its answer; both are what the code reads and writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.commands import answers, rules
from bot.commands.config import config
from bot.commands.explain import explain, fix
from bot.commands.history import history_of
from bot.commands.model import Command, History, RuleAction, Rules
from bot.commands.parse import VERBS, parse
from bot.commands.reply import wont_fix
from bot.commands.rights import MOST
from bot.jobs.port import Job, JobState
from bot.workflow.command import WORKING
from checks.registry import slugs
from kb.memory.promote import Proposal, rule_of
from kb.memory.promote_alike import Remark
from kb.memory.promote_body import Pattern
from kb.outcomes.app import Note
from kb.outcomes.audit import Became, LoggedSuggestion
from kb.outcomes.store import OutcomeStore, open_store
from tests.kb.audits import NOON, ROOT, audit, dismissal, finding

PAGE = (ROOT / "docs" / "commands.md").read_text("utf-8")
SECTION = re.compile(r"^## (\w+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
SHOWN = re.compile(r"^```text\n(.*?)^```$.*?^````markdown\n(.*?)\n````$", re.MULTILINE | re.DOTALL)
HERE, SUBJECT = "github.com/ada/palette", "pull/12"
MARK, HEAD = "5f0c2d9e8b7a6151", "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"
PATTERN = Pattern("python", "print($$$Z)", "call", "src")
REMARKS = tuple(
    Remark(0, HERE, str(number), f"pull/{number}", "grace", 7, path, text, "print(1)", NOON.timestamp())
    for number, path, text in (
        (12, "src/app.py", "Please use the logger here, not print."),
        (9, "src/mix.py", "use the logger, not print"),
        (7, "src/hue.py", "print should be logger.debug"),
    )
)
SETTINGS = b"[review]\nmax_findings = 10\n\n[app]\ndrafts = true\n"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OutcomeStore]:
    with open_store(f"sqlite:///{tmp_path / 'outcomes.db'}") as opened:
        proven = LoggedSuggestion(3, 3, "    return color\n", "safe", "ruff", {"applies": True, "parses": True})
        told = finding(MARK, "src/app.py", end_line=3, suggestion=proven)
        first = audit(told, repository=HERE, subject=SUBJECT, head=HEAD)
        opened.log(first)
        opened.note(Note(HERE, SUBJECT, MARK, Became.LIKED, HEAD, "by grace", NOON), mark="1")
        assert opened.propose_rule(rule_of(Proposal(PATTERN, REMARKS)), NOON)
        yield opened


def answer_to(verb: str, command: Command, store: OutcomeStore) -> str:
    """Return what is answered in the small world that the page speaks of."""
    found = store.finding(HERE, MARK, subject=SUBJECT)
    past, held = found[0], dismissal(MARK, repository=HERE, path="src/app.py", by="grace", reason="the plugin sets it")
    last, standing = store.last_audit(HERE, SUBJECT), store.standing(HERE, SUBJECT)
    jobs = [Job("rv:1:12", "review", JobState.DONE)]
    return {
        "review": lambda: WORKING,
        "history": lambda: history_of(store, HERE, 12, command) if isinstance(command, History) else "",
        "explain": lambda: explain(past, store.outcomes(HERE, SUBJECT, MARK)),
        "dismiss": lambda: answers.dismissed(held),
        "undismiss": lambda: answers.undismissed(held),
        "fix": lambda: fix(past, head="b7c8d9e0f1a2", lines=None),
        "pause": lambda: answers.paused("grace"),
        "resume": lambda: answers.resumed(True),
        "status": lambda: answers.status(store.pull(HERE, 12), last, head=HEAD, jobs=jobs, standing=standing),
        "rules": lambda: rules.rules(store.rules(HERE)),
        "config": lambda: config(SETTINGS, HEAD, slugs()),
        "help": answers.help_text,
    }[verb]()


def test_every_command_has_its_section_in_the_models_order() -> None:
    assert [name for name, _ in SECTION.findall(PAGE) if name in VERBS] == list(VERBS)
    assert f"{MOST} commands an hour" in PAGE


@pytest.mark.parametrize("verb", VERBS)
def test_an_example_is_read_and_answered_as_shown(verb: str, store: OutcomeStore) -> None:
    shown = SHOWN.search(dict(SECTION.findall(PAGE))[verb])
    assert shown is not None
    (command,) = parse(shown[1])
    assert type(command) is VERBS[verb]
    assert answer_to(verb, command, store) == shown[2]


def test_the_answer_to_enabling_a_rule_is_as_shown(store: OutcomeStore) -> None:
    (rule,) = store.rules(HERE)
    asked = Rules(RuleAction.ENABLE, rule.slug)
    assert parse(f"/prudent rules enable {rule.slug}") == (asked,)
    assert f"````markdown\n{rules.changed(asked, rule)}\n````" in PAGE


def test_the_replies_that_are_named_are_understood() -> None:
    named = re.findall(r"^> (.*)$", PAGE, re.MULTILINE)
    assert len(named) >= 3
    for words in named:
        assert wont_fix(words)
