"""A new test that runs code and can only fail if that code raises.

What it finds.
A test function added by the change that calls something and never looks at the outcome: no assert, no
`expect`, no `raises`, no mock assertion, no snapshot, no helper that does one of these. Python (pytest,
unittest), JavaScript and TypeScript (jest, vitest, mocha, node:test, tap, ava).

Why it matters.
It raises the coverage figure and guards nothing: the code may return anything at all.

When it stays silent.
When the name, the docstring or a comment says that not raising is the point (smoke, does not raise,
can be imported, regression of an issue); for decorated tests other than with pytest marks, type tests,
benchmarks, tests that call helpers of the test suite, tests that use a fixture or `done` callback that
may check for them.

How to fix.
Assert on what the call returns or changes; if not raising is the point, say so in the test's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.finding import Confidence, Evidence, Finding, Severity, Side
from checks.knowledge import Knowledge
from checks.static.changed_lines import source_of
from checks.static.tests_in import Case, below, called_name, is_test_file, tests_in
from kb.diff import FileDiff
from kb.source import Source
from kb.syntax.parse import Node, text_of
from kb.syntax.symbols import definitions
from kb.view import shown

SLUG = "test-asserts-nothing"
RULES = (
    Rule(
        SLUG,
        Severity.INFO,
        Confidence.LOW,
        finds="Finds a new test that runs code and looks at no outcome.",
        why="It raises the coverage figure and guards nothing.",
        fix="Assert on what the call returns or changes, or name the test for what it does.",
        silent=True,
    ),
)

_PYTHON = "tests/test_cart.py"
_SCRIPT = "src/cart.test.js"
EXAMPLES = (
    Example(
        "a pytest function that only calls",
        after={_PYTHON: "from shop import Cart\n\n\ndef test_discount():\n    cart = Cart()\n    cart.discount(10)\n"},
        fires=((SLUG, _PYTHON, 4),),
    ),
    Example(
        "a test case that only calls",
        after={
            _SCRIPT: "import { Cart } from './cart'\n\nit('adds up the prices', () => {\n  new Cart().total()\n})\n"
        },
        fires=((SLUG, _SCRIPT, 3),),
    ),
    Example(
        "it asserts, directly or through a helper of the file",
        after={
            _PYTHON: "from shop import Cart\n\n\ndef same(a, b):\n    assert a == b\n\n\ndef test_discount():\n"
            "    same(Cart().discount(10), 90)\n\n\ndef test_total():\n    assert Cart().total() == 0\n",
            _SCRIPT: "it('adds', () => {\n  expect(total()).toBe(3)\n})\nit('ends', (t) => {\n  t.equal(total())\n})\n",
        },
    ),
    Example(
        "not raising is the point",
        after={_PYTHON: "from shop import Cart\n\n\ndef test_empty_cart_does_not_raise():\n    Cart().discount(10)\n"},
    ),
    Example(
        "a mock, a fixture or a context manager may look",
        after={
            _PYTHON: "import pytest\n\nfrom shop import Cart\n\n\ndef test_discount(cart):\n    cart.discount(10)\n\n\n"
            "def test_bad():\n    with pytest.raises(ValueError):\n        Cart().discount(-1)\n",
        },
    ),
    Example(
        "the test stood there before",
        before={_PYTHON: "from shop import Cart\n\n\ndef test_discount():\n    Cart().discount(10)\n"},
        after={_PYTHON: "from shop import Cart\n\n\ndef test_discount():\n    Cart().discount(20)\n"},
    ),
)

_LOOKS = re.compile(
    r"assert|expect|check|verif|rais|warn|fail|should|must|ensure|valid|compar|equal|match|snapshot|approx|golden"
    r"|diff\b|same|contain|includes|throw|reject|resolve|done\b|plan\(|stub|spy|mock|output|_run|run_|runner|round_?trip"
    r"|\breturn\b|super\(|_callback|conform|\bfind_|exec\(|eval\(|doctest|execFile|spawn|\bexit|skip|abort|wait_?for|until|match_snapshot|\bt\.|capsys|caplog|benchmark|cy\.|page\.|screen\.|tsd|reveal",
    re.IGNORECASE,
)
_NOT_RAISING_IS_THE_POINT = re.compile(
    r"no_|not_|n't|never|without|smoke|runs?(?:_|\b)|works?|import|\bcan\b|_can_|able|accept|allow|support|ok\b|crash|hang"
    r"|leak|deadlock|warn|except|error|noop|no.op|idempot|twice|multiple|repr|docs?\b|example|deprecat|compil|build|start"
    r"|load|clos|typ(?:e|ing)|mypy|bench|regress|issue|gh_?\d|bug|\d{3,}|safe|succe|pass|handle|ignore|permit|valid|trivial"
    r"|coverage|cover_|exercise|sanity|basic|simple|call",
    re.IGNORECASE,
)
_PLAIN_MARK = re.compile(r"pytest\.mark\.(?:parametrize|asyncio|anyio|trio|slow|unit|integration|django_db)\b")
_FROM_THE_SUITE = re.compile(
    r"^[ \t]*from[ \t]+(?:\.|\S*(?:test|helper|util|common|support|fixture))\S*[ \t]+import\s+(\([^)]*\)|[^()\n]+)"
    r"|^import\s+([^'\"]{1,500}?)\s+from\s+['\"][^'\"]*(?:test|helper|util|common|support|fixture)[^'\"]*['\"]",
    re.MULTILINE | re.IGNORECASE,
)
_COMMENT_KINDS = ("comment", "string")


def covers(path: str) -> bool:
    """Return whether this is a file whose tests can be read."""
    return is_test_file(path)


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return one finding for each new test that looks at no outcome."""
    files = (file for file in change.files if covers(file.path) and file.added)
    return Report(tuple(finding for file in files for finding in _findings(change, file)))


def _findings(change: Change, file: FileDiff) -> Iterator[Finding]:
    head, base = source_of(change, file, Side.RIGHT), source_of(change, file, Side.LEFT)
    if head is None:
        return
    new = [case for case in tests_in(head) if _is_candidate(case) and case.line in file.added]
    if not new:
        return
    known = {case.name for case in tests_in(base)} if base is not None else set()
    own = {definition.name for definition in definitions(head)}
    own |= {name for match in _FROM_THE_SUITE.finditer(head.text) for name in re.findall(r"\w+", match[1] or match[2])}
    for case in new:
        if case.name not in known and _looks_at_nothing(head, case, own):
            yield _finding(head, case)


def _is_candidate(case: Case) -> bool:
    if case.is_group or case.mute is not None or _NOT_RAISING_IS_THE_POINT.search(case.name):
        return False
    return all(_PLAIN_MARK.match(decorator) for decorator in case.decorators)


def _looks_at_nothing(head: Source, case: Case, own: set[str]) -> bool:
    """Return whether a test calls something and neither it nor what it may lean on looks at an outcome."""
    text = text_of(case.node)
    body = case.node.child_by_field_name("body") or case.node.child_by_field_name("arguments") or case.node
    calls = {called_name(node) for node in below(body) if node.type in ("call", "call_expression")}
    if not calls - {""} or _LOOKS.search(text) or _parameters(case.node):
        return False
    if any(_NOT_RAISING_IS_THE_POINT.search(text_of(node)) for node in below(case.node) if node.type in _COMMENT_KINDS):
        return False
    return not any(name.startswith(("self.", "this.", "cls.")) or name.partition(".")[0] in own for name in calls)


def _parameters(node: Node) -> bool:
    """Return whether the test takes anything beside `self`: a fixture, a context or a callback may look for it."""
    for inner in below(node):
        parameters = inner.child_by_field_name("parameters") or inner.child_by_field_name("parameter")
        if parameters is not None:
            names = [text_of(child) for child in parameters.named_children] or [text_of(parameters).strip("() ")]
            return any(name not in ("self", "cls", "") for name in names)
    return False


def _finding(head: Source, case: Case) -> Finding:
    rule = RULES[0]
    return Finding(
        SLUG,
        SLUG,
        rule.severity,
        rule.confidence,
        head.path,
        case.line,
        case.line,
        message=shown(f"`{case.name}` calls code and looks at no outcome: it fails only if that code raises."),
        text=case.name,
        symbol=case.name,
        evidence=(Evidence("quote", head.path, case.line, shown(head.line(case.line).strip()[:200])),),
        silent=rule.silent,
    )
