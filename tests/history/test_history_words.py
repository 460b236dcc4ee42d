"""What commits say: which of them mend a fault, which take another back, which leave behaviour alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.history.fixes import is_about_behaviour, is_fix, subject_of
from kb.history.reverts import Reverted, reverted_in

OID = "1a2b3c4d" * 5


@pytest.mark.parametrize(
    "message",
    [
        "Fix a division by zero in an empty basket",
        "fix(parser): keep the last byte (#12)",
        "bugfix: close the socket",
        "Fixed crash on empty input",
        "Avoid a deadlock when two workers stop at once",
        "CVE-2024-12345: refuse absolute paths",
        "Handle None in total()\n\nFixes #123",
        "Handle None in total()\n\nfixes: shop/shop#123",
        "Resolve regression of 2.1",
        "[core] fix off-by-one in paging",
    ],
)
def test_words_of_a_fix(message: str) -> None:
    assert is_fix(message)


@pytest.mark.parametrize(
    "message",
    [
        "",
        "Raise the rate",
        "Fix typo in README",
        "fix: typo",
        "fix(types): widen the argument",
        "fix(docs): link",
        "Fix flake8 warnings",
        "Fix some typings",
        "Fix tests on Windows",
        "fix lint",
        "fix",
        "Fix help text of --sparse",
        "Fix CI",
        "docs: fix example",
        "feat: fix the size of windows on request",
        "chore: bug template",
        "refactor: remove the bugs module",
        "Merge branch 'fix-crash'",
        'Revert "Fix a crash"',
        "Reverts 'Fix a crash'",
        'fix: revert "perf(deps): other cache (#7)"',
        "fixup! Fix a crash",
        "Add a crash reporter",
        "Prefix names",
        "Add paging\n\nSee also #12, which fixed nothing",
    ],
)
def test_words_of_something_else(message: str) -> None:
    assert not is_fix(message)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (f'Revert "Cache files"\n\nThis reverts commit {OID}.', Reverted(OID, "Cache files")),
        (f"Go back\n\nThis reverts commit {OID[:10]}, reversing changes.", Reverted(OID[:10], "")),
        ('Revert "Cache files" (#12)', Reverted("", "Cache files")),
        ("Reverts 'Cache files'", Reverted("", "Cache files")),
        ('fix: revert "perf(deps): other cache (#7)"', Reverted("", "perf(deps): other cache (#7)")),
        ('fix(load): Revert "Revert "Cache files""', None),
        ('Revert "Revert "Cache files""', None),
        (f'Reapply "Cache files"\n\nThis reverts commit {OID}.', None),
        ("Reland: cache files", None),
        ("Revert to the old parser for speed", None),
        ("Cache files", None),
    ],
)
def test_words_of_a_revert(message: str, expected: Reverted | None) -> None:
    assert reverted_in(message) == expected


@pytest.mark.parametrize("message", ["Raise the rate", "fix: crash", "feat(api): paging", "perf: cache sums"])
def test_what_may_change_behaviour(message: str) -> None:
    assert is_about_behaviour(message)


@pytest.mark.parametrize(
    "message", ["docs: rates", "refactor: split prices", "Rename total to sum", "Fix lint", "chore(deps): new numpy"]
)
def test_what_says_that_it_leaves_behaviour_alone(message: str) -> None:
    assert not is_about_behaviour(message)


@given(st.text())
def test_any_text_is_borne(message: str) -> None:
    assert "\n" not in subject_of(message)
    assert not (is_fix(message) and reverted_in(subject_of(message)))
