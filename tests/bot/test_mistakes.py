"""What of a verdict is a mistake of a model of ours, and what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.mistakes import MOST, mistakes_in
from checks.inference.report import Dropped, Report
from checks.verdict import Fallen
from kb.memory.model import MistakeKind
from models.patch import Tried
from tests.bot.verdicts import BAD, CLEAN, UNUSED, WRITTEN
from tests.kb.tokens import GITHUB

NOON = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
FIXED = replace(UNUSED, suggestion=WRITTEN)


def reading(*dropped: Dropped) -> Report:
    return Report(dropped=dropped)


def test_a_patch_that_brings_a_finding_is_a_mistake_and_the_one_that_was_shown_is_none() -> None:
    (found,) = mistakes_in(replace(CLEAN, findings=(FIXED,)), NOON)
    assert (found.kind, found.slug, found.pattern) == (MistakeKind.PATCH, "unused-import", "os")
    assert (found.why, found.times, found.at) == ("it brings undefined-name", 1, NOON.timestamp())
    assert (found.repository, found.example) == (CLEAN.repository, f"{CLEAN.subject} at {CLEAN.head[:7]}")


def test_a_patch_that_failed_is_a_mistake_also_where_no_other_was_shown() -> None:
    tried = (
        Fallen("unused-import", "import os as o", "the finding is still there"),
        Fallen("unused-import", "import sys", "it changes nothing"),
    )
    (found,) = mistakes_in(replace(CLEAN, fallen=tried), NOON)
    assert (found.kind, found.slug, found.pattern) == (MistakeKind.PATCH, "unused-import", "import os as o")
    leaky = Fallen("unused-import", f'KEY = "{GITHUB}"', "it brings secret-added")
    assert GITHUB not in repr(mistakes_in(replace(CLEAN, fallen=(leaky,)), NOON))


@pytest.mark.parametrize("why", ["it changes nothing", "", "another is surer", "the patched tree could not be checked"])
def test_a_patch_that_was_not_shown_to_be_wrong_is_no_mistake(why: str) -> None:
    assert WRITTEN.provenance
    provenance = replace(WRITTEN.provenance, tried=(Tried("os", "enumerated", 0.0, why),))
    finding = replace(UNUSED, suggestion=replace(WRITTEN, provenance=provenance))
    assert mistakes_in(replace(CLEAN, findings=(finding,)), NOON) == ()


@pytest.mark.parametrize(
    ("reason", "is_mistake"),
    [
        ("refuted", True),
        ("quote not in head", True),
        ("name exists", True),
        ("call fits its signature", True),
        ("duplicate of ruff-F821", False),
        ("not verified", False),
        ("too many claims", False),
        ("cannot be checked", False),
    ],
)
def test_a_claim_that_was_wrong_is_a_mistake_and_one_that_was_left_out_is_none(reason: str, is_mistake: bool) -> None:
    dropped = Dropped("logic-error", reason, "it divides by zero", "total / count")
    found = mistakes_in(replace(CLEAN, reading=reading(dropped)), NOON)
    assert [(one.kind, one.slug, one.pattern, one.why) for one in found] == (
        [(MistakeKind.CLAIM, "logic-error", "total / count", reason)] if is_mistake else []
    )


def test_a_secret_is_kept_in_no_mistake() -> None:
    dropped = Dropped("logic-error", "refuted", "", f"token = '{GITHUB}'")
    (found,) = mistakes_in(replace(CLEAN, reading=reading(dropped)), NOON)
    assert GITHUB not in repr(found)


def test_a_verdict_without_a_model_has_none_and_one_with_too_many_is_cut() -> None:
    assert mistakes_in(BAD, NOON) == ()
    many = [Dropped("logic-error", "refuted", "", f"line {at}") for at in range(2 * MOST)]
    assert len(mistakes_in(replace(CLEAN, reading=reading(*many)), NOON)) == MOST
