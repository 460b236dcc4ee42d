"""Fixed is what was looked for and is not there; what was not looked for is left standing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.audit import audit_of
from bot.posting.gone import fixed_by
from checks.verdict import CheckStatus, Coverage, PathNote, Silenced, Verdict
from tests.posting.reviews import DEFECTS, verdict_of
from tests.posting.standings import BASE, HEAD
from tests.posting.test_sameness import identity, standing

STOOD = replace(standing(identity(path="a.py")), check="odd", base=BASE, head=HEAD)
CLEAR = verdict_of([])


def is_fixed(verdict: Verdict, *, renamed: dict[str, str] | None = None, landed: bool = True) -> bool:
    return fixed_by(audit_of(verdict), lambda *_: landed, renamed or {})(STOOD)


def test_a_finding_is_fixed_where_its_check_ran_and_saw_its_file() -> None:
    assert is_fixed(CLEAR)


@pytest.mark.parametrize(
    "verdict",
    [
        verdict_of([], broken=True),
        replace(CLEAR, checks=()),
        replace(CLEAR, checks=(replace(CLEAR.checks[0], status=CheckStatus.TIMED_OUT),)),
        replace(CLEAR, coverage=Coverage((), (PathNote("a.py", "too large"),))),
        replace(CLEAR, coverage=Coverage((), (), (PathNote("a.py", "ignored", True),))),
        replace(CLEAR, coverage=Coverage(("b.py",), (PathNote("c.py", "too large"),))),  # it may have been renamed
        replace(CLEAR, findings=(replace(DEFECTS[0], fingerprint=STOOD.identity.fingerprint),)),
        replace(CLEAR, silent=(replace(DEFECTS[0], fingerprint=STOOD.identity.fingerprint),)),
        replace(CLEAR, silenced=(Silenced(replace(DEFECTS[0], fingerprint=STOOD.identity.fingerprint), "no"),)),
    ],
)
def test_what_was_not_looked_for_or_is_there_is_not_fixed(verdict: Verdict) -> None:
    assert not is_fixed(verdict)


def test_a_renamed_file_is_looked_for_under_its_new_name() -> None:
    other_base = replace(CLEAR, base="9" * 40, coverage=Coverage(("new.py",)))
    assert is_fixed(other_base, renamed={"a.py": "new.py"}, landed=False)
    assert not is_fixed(other_base, landed=False)


def test_on_another_base_a_finding_may_have_been_merged() -> None:
    other = replace(CLEAR, base="9" * 40)
    assert not is_fixed(other, landed=True)
    assert is_fixed(other, landed=False)
