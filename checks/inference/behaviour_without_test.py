"""Behaviour that the change brings and that no test of the change would notice.

What it finds.
A new branch, a new result or a new failure of changed code that no test which came with the change runs into.

Why it matters.
What no test holds is broken by the next change without anybody being told.

When it stays silent.
When the code is test code; when the repository has no tests at all; when a test that the change adds or touches reaches
the code by the graph, in at most three calls; when the quote does not stand in head near the change; when a second
reading refutes it. It is recorded and not posted until a repository enables it: a wish for more tests is what people
dismiss most, and how often this one is right has not been measured.

How to fix.
Add a test with the input that is named.
"""

from __future__ import annotations

from collections.abc import Mapping

from checks.check import Example, Rule
from checks.finding import Confidence, Severity
from checks.inference.reading import Told, Traits, is_code, told
from checks.static.tests_in import is_test_file
from kb.graph.queries_find import is_test_path

SLUG = "behaviour-without-test"
RULES = (
    Rule(
        SLUG,
        Severity.INFO,
        Confidence.LOW,
        finds="Finds new or changed behaviour that no test of the change runs into.",
        why="What no test holds is broken by the next change without anybody being told.",
        fix="Add a test with the input that is named.",
        silent=True,
    ),
)
KINDS = ("new-behaviour", "changed-behaviour", "error-path")
TASK = """\
Look for behaviour that this change brings or alters and that no test shown to you would notice if it were wrong: a new
branch, a new result, a new failure. Quote the line that decides it and name the input that a test would use.
Do not report code that only moves, logging, types, configuration, or tests themselves. One claim for each behaviour."""
TRAITS = Traits(is_about_tests=True)

_BEFORE = "def total(prices):\n    return sum(prices)\n"
_AFTER = "def total(prices):\n    if not prices:\n        return None\n    return sum(prices)\n"
_TEST = "from shop.prices import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n"
_TESTED = _TEST + "\n\ndef test_nothing():\n    assert total([]) is None\n"
_CLAIM = told(
    "shop/prices.py",
    "        return None",
    "new-behaviour",
    "An empty list now gives None, and no test has one.",
    "total([])",
)
EXAMPLES = (
    Example(
        "an empty list gives something else, and no test has one",
        before={"shop/prices.py": _BEFORE, "tests/test_prices.py": _TEST},
        after={"shop/prices.py": _AFTER, "tests/test_prices.py": _TEST},
        fires=((SLUG, "shop/prices.py", 3),),
    ),
    Example(
        "a test that came with the change calls it",
        before={"shop/prices.py": _BEFORE, "tests/test_prices.py": _TEST},
        after={"shop/prices.py": _AFTER, "tests/test_prices.py": _TESTED},
    ),
    Example(
        "there are no tests in the repository",
        before={"shop/prices.py": _BEFORE},
        after={"shop/prices.py": _AFTER},
    ),
)
TOLD: Mapping[str, Told] = {example.name: Told([_CLAIM]) for example in EXAMPLES}


def covers(path: str) -> bool:
    """Return whether a file at this path holds a program and is no test."""
    return is_code(path) and not is_test_file(path) and not is_test_path(path)
