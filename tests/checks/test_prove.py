"""A fix is shown only when proven: it applies, parses, keeps to its place, mends its finding and breaks nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from checks.change import Change
from checks.finding import Disposition, Finding, Suggestion
from checks.prove import MAX_PROVEN, key_of, with_suggestions
from kb.errors import NotChecked
from kb.source import Edit, Source, Span
from tests.checks.planted import change_adding, finding

TEXT = "def f(a):\n    eval(a)\n    return a\n"
PATH = "a.py"


def evals(change: Change) -> list[Finding]:
    """Report every `eval` in every file of the change, and every `bad` as something else."""
    found = []
    for file in change.files:
        source = change.source(file.path)
        for number in range(1, source.line_count + 1):
            text = source.line(number)
            for word in ("eval", "bad"):
                if word in text:
                    found.append(finding(word, file.path, number, text=text, symbol="f"))
    return found


def replacing(text: str, old: str, new: str) -> tuple[Edit, ...]:
    start = text.index(old)
    return (Edit(Span(start, start + len(old)), new.encode()),)


def suggested(
    edits: tuple[Edit, ...], text: str = TEXT, inspect: Callable[[Change], list[Finding]] = evals
) -> Suggestion | None:
    change = change_adding({PATH: text})
    first, *others = evals(change)
    with_fix = finding("eval", PATH, first.line, text=first.text, symbol="f", edits=edits, fix_origin="test")
    (mended, *_) = with_suggestions(change, [with_fix, *others], inspect, Counter(map(key_of, [first, *others])))
    return mended.suggestion


def test_a_fix_that_mends_its_finding_is_safe() -> None:
    suggestion = suggested(replacing(TEXT, "eval(a)", "int(a)"))
    assert suggestion == Suggestion(
        line=2,
        end_line=2,
        replacement="    int(a)\n",
        disposition=Disposition.SAFE,
        origin="test",
        proof={"applies": True, "parses": True, "only_its_range": True, "finding_gone": True, "none_new": True},
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("eval(a)", "int(a"),  # does not parse
        ("eval(a)", "eval(b)"),  # the finding is still there, in other words
        ("eval(a)", "bad(a)"),  # brings another finding
        ("    eval(a)", "  int(a)"),  # moves the line to another depth
        ("    eval(a)\n", "    int(a)\r\n"),  # other line ends than the file's... in a file of plain ones
        ("eval(a)", "eval(a)"),  # changes nothing
    ],
)
def test_a_fix_that_fails_any_part_of_the_proof_is_no_suggestion(old: str, new: str) -> None:
    text = TEXT.replace("\n", "\r\n") if "\r" in new else TEXT
    if "\r" in new:
        old, new = "    eval(a)\r\n", "    int(a)\n"
    assert suggested(replacing(text, old, new), text) is None


def test_edits_that_overlap_or_lie_outside_the_file_are_no_suggestion() -> None:
    edit = replacing(TEXT, "eval(a)", "int(a)")[0]
    assert suggested((edit, edit)) is None
    assert suggested((Edit(Span(0, 10_000), b""),)) is None


def test_two_equal_findings_in_one_definition_are_mended_one_by_one() -> None:
    text = "def f(a):\n    eval(a)\n    eval(a)\n"
    suggestion = suggested(replacing(text, "eval(a)", "int(a)"), text)
    assert suggestion is not None
    assert suggestion.line == 2


def test_a_line_deleted_is_an_empty_replacement() -> None:
    text = "def f(a):\n    eval(a)\n    return a\n"
    suggestion = suggested(replacing(text, "    eval(a)\n", ""), text)
    assert suggestion is not None
    assert (suggestion.line, suggestion.end_line, suggestion.replacement) == (2, 2, "")


def test_the_last_line_without_line_end_keeps_none() -> None:
    text = "def f(a):\n    eval(a)"
    suggestion = suggested(replacing(text, "eval(a)", "int(a)"), text)
    assert suggestion is not None
    assert suggestion.replacement == "    int(a)"


def test_a_check_that_does_not_finish_proves_nothing() -> None:
    def unfinished(change: Change) -> list[Finding]:
        raise NotChecked("planted")

    assert suggested(replacing(TEXT, "eval(a)", "int(a)"), TEXT, unfinished) is None


def test_proving_stops_at_its_time_and_at_its_number() -> None:
    text = "".join(f"eval({n})\n" for n in range(MAX_PROVEN + 3))
    change = change_adding({PATH: text})

    def fixed(found: Finding) -> Finding:
        source = Source(PATH, text.encode())
        span = source.span_of_lines(found.line, found.line)
        edits = (Edit(Span(span.start, span.start + 4), b"int"),)
        return finding("eval", PATH, found.line, text=found.text, symbol="f", edits=edits, fix_origin="test")

    findings = [fixed(found) for found in evals(change)]
    before = Counter(map(key_of, findings))
    mended = with_suggestions(change, findings, evals, before)
    assert sum(f.suggestion is not None for f in mended) == MAX_PROVEN
    late = with_suggestions(change, findings, evals, before, seconds=0)
    assert [f.suggestion for f in late] == [None] * len(findings)
