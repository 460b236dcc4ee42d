"""A test that ran before the change does not run after it.

What it finds.
A test that ran at base and is now skipped, marked as to-do or expected to fail without a reason, in
Python (pytest, unittest) and in JavaScript and TypeScript (jest, vitest, mocha, node:test, tap and
their like); and an `.only` left in, which silences every other test of its file.

Why it matters.
The suite stays green while what the test guarded is free to break. An `.only` is nearly always a
left-over from debugging.

When it stays silent.
When the skip hangs on a condition (a platform, a version, a missing module); when its reason, or a
comment beside it, links an issue; when the test is new, was renamed, or was skipped at base; in files
that are test data. A skip whose reason is given in words, there or in the commit message, is info.

How to fix.
Repair the test, or remove it if it guards nothing; failing that, give a reason that links an issue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.finding import Confidence, Evidence, Finding, Severity, Side
from checks.knowledge import Knowledge
from checks.static.changed_lines import changed_lines, source_of
from checks.static.tests_in import Case, Mute, is_test_file, tests_in
from kb.diff import FileDiff
from kb.source import Source
from kb.view import shown

SLUG = "skipped-test-added"
RULES = (
    Rule(
        SLUG,
        Severity.WARN,
        Confidence.HIGH,
        finds="Finds a test that ran at base and is skipped at head, and an `.only` that silences the other tests.",
        why="The suite stays green while what the test guarded is free to break.",
        fix="Repair the test or remove it; failing that, give a reason that links an issue.",
    ),
)

_RAN = "import sys\n\nimport pytest\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n"
_PYTHON = "tests/test_prices.py"
_SCRIPT = "src/prices.test.ts"
_IT = "import { total } from './prices'\n\nit('adds', () => {\n  expect(total([1, 2])).toBe(3)\n})\n"


def _marked(mark: str) -> str:
    return _RAN.replace("def test", f"{mark}\ndef test")


EXAMPLES = (
    Example(
        "a test that ran is skipped",
        before={_PYTHON: _RAN},
        after={_PYTHON: _marked("@pytest.mark.skip")},
        fires=((SLUG, _PYTHON, 6),),
    ),
    Example(
        "a test case is turned off with an `x`",
        before={_SCRIPT: _IT},
        after={_SCRIPT: _IT.replace("it(", "xit(")},
        fires=((SLUG, _SCRIPT, 3),),
    ),
    Example(
        "an `.only` is left in",
        before={_SCRIPT: _IT},
        after={_SCRIPT: _IT.replace("it(", "it.only(")},
        fires=((SLUG, _SCRIPT, 3),),
    ),
    Example(
        "the skip hangs on a condition",
        before={_PYTHON: _RAN, _SCRIPT: _IT},
        after={
            _PYTHON: _marked('@pytest.mark.skipif(sys.platform == "win32", reason="no fork")'),
            _SCRIPT: _IT.replace("it(", "it.skipIf(process.platform === 'win32')("),
        },
    ),
    Example(
        "the reason links an issue",
        before={_PYTHON: _RAN, _SCRIPT: _IT},
        after={
            _PYTHON: _marked('@pytest.mark.skip(reason="rounds wrongly, see #41")'),
            _SCRIPT: _IT.replace("it(", "// https://example.org/issues/41\nit.skip("),
        },
    ),
    Example("the test is new", after={_PYTHON: _marked("@pytest.mark.skip")}),
    Example(
        "the test was skipped before",
        before={_PYTHON: _marked("@pytest.mark.skip")},
        after={_PYTHON: _marked("@pytest.mark.skip()")},
    ),
    Example(
        "test data that only looks like a test",
        before={"tests/fixtures/prices.test.ts": _IT},
        after={"tests/fixtures/prices.test.ts": _IT.replace("it(", "it.only(")},
    ),
)

_LINK = re.compile(r"#\d+|https?://|\bgh-\d+|\b[A-Z][A-Z0-9]+-\d+\b|\bissues?\b|\bbug\b", re.IGNORECASE)
_WORDS = re.compile(r"[^\W\d_]{2,}")
_MARK = re.compile(
    r"skip|todo|only|xfail|xit|xtest|xdescribe|xcontext|xspecify|\bf(?:it|describe|context)\b", re.IGNORECASE
)
_TOLD = re.compile(r"\b(?:skip|disabl|xfail|quarantin|mut|turn(?:s|ed|ing)? off)\w*", re.IGNORECASE)
_NAMED_AS_TEST = re.compile(r"[._-](?:test|tests|spec|e2e|cy)\.[cm]?[jt]sx?$|(?:^|/)__tests__/")


def covers(path: str) -> bool:
    """Return whether this is a file whose tests can be read."""
    return is_test_file(path)


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return one finding for each mark in the change that keeps tests from running that ran at base."""
    files = (file for file in change.files if covers(file.path) and file.added)
    return Report(tuple(finding for file in files for finding in _findings(change, file)))


def _findings(change: Change, file: FileDiff) -> Iterator[Finding]:
    # Most changed test files hold no mark at all; parsing both sides of each costs far more than asking first.
    if not any(_MARK.search(text) for _, text in changed_lines(change, file, Side.RIGHT)):
        return
    head, base = source_of(change, file, Side.RIGHT), source_of(change, file, Side.LEFT)
    if head is None:
        return
    at_base = tests_in(base) if base is not None else ()
    ran = {case.name: case for case in at_base if case.mute is None}
    had_only = any(case.mute is not None and case.mute.only for case in at_base)
    new = [(case, case.mute) for case in tests_in(head) if case.mute is not None and case.mute.line in file.added]
    only = [(case, mute) for case, mute in new if mute.only]
    if only and not had_only and (ran or _NAMED_AS_TEST.search(file.path)):
        message = f"`{only[0][1].text}` is left in: the other tests of this file do not run."
        yield _finding(head, *only[0], message, Severity.WARN)
    stopped = [(case, mute) for case, mute in new if not mute.only and not case.is_group and case.name in ran]
    told = any(_TOLD.search(statement.text) for statement in change.statements)
    for severity in (Severity.WARN, Severity.INFO):
        marked = [(case, mute) for case, mute in stopped if _severity_of(head, mute, told) is severity]
        if marked:
            yield _skip(head, marked, [ran[case.name] for case, _ in marked], severity)


def _severity_of(head: Source, mute: Mute, told: bool) -> Severity | None:
    """Return warn for a skip without a reason, info for one with a reason in words, None for one with a link."""
    reason = f"{mute.reason} {_comments_beside(head, mute.line)}"
    if _LINK.search(reason):
        return None
    return Severity.INFO if told or len(_WORDS.findall(reason)) > 1 else Severity.WARN


def _skip(head: Source, marked: list[tuple[Case, Mute]], before: list[Case], severity: Severity) -> Finding:
    case, mute = marked[0]
    names = f"`{case.name}`" + (f" and {len(marked) - 1} more" if len(marked) > 1 else "")
    now = "allowed to fail" if "xfail" in mute.text else "skipped"
    why = "" if severity is Severity.INFO else ", without a reason"
    message = f"{names} ran before this change and {'are' if len(marked) > 1 else 'is'} {now} now{why}."
    evidence = tuple(Evidence("definition", head.path, old.line, shown(old.name)) for old in before[:3])
    return _finding(head, case, mute, message, severity, evidence)


def _finding(
    head: Source, case: Case, mute: Mute, message: str, severity: Severity, evidence: tuple[Evidence, ...] = ()
) -> Finding:
    quote = Evidence("quote", head.path, mute.line, shown(head.line(mute.line).strip()[:200]))
    return Finding(
        SLUG,
        SLUG,
        severity,
        RULES[0].confidence,
        head.path,
        mute.line,
        mute.line,
        message=shown(message),
        text=mute.text,
        symbol=case.name,
        evidence=(quote, *evidence),
    )


def _comments_beside(source: Source, line: int) -> str:
    """Return the comments on the line and right above it; a `#` or `//` within a string only makes us milder."""
    texts = [source.line(line), source.line(line + 1)]
    above = line - 1
    while re.match(r"\s*(?:#|//|\*|/\*)", source.line(above)):
        texts.append(source.line(above))
        above -= 1
    return " ".join(match[1] for text in texts if (match := re.search(r"(?:#|//|/\*|^\s*\*)(.*)", text)))
