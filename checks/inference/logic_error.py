"""Code that does something else than it is there for, found by a model that reads the change.

What it finds.
A wrong condition, a value mixed up with another, a case that is not handled, a resource that is not given back, an
order that lets two runs meddle with each other, a caller that the change breaks without any signature telling.

Why it matters.
No rule knows what a program is for. This is what people look for when they review, and what tools miss.

When it stays silent.
When the code that is quoted does not stand in head at one place, or not near the change; when a name is said to be
undefined, unused, never called or missing and the graph does not bear it out; when another check says it already; when
a second reading refutes it with code of the repository. Without an input or a state that shows the defect it is
recorded, not posted. A model alone never blocks.

How to fix.
Run the input that is named through the quoted lines. If it does what is said, mend it and add that input as a test.
"""

from __future__ import annotations

from collections.abc import Mapping

from checks.check import Example, Rule
from checks.finding import Confidence, Severity
from checks.inference.claims import Named, Says
from checks.inference.reading import Told, Traits, is_code, told

SLUG = "logic-error"
RULES = (
    Rule(
        SLUG,
        Severity.WARN,
        Confidence.MEDIUM,
        finds="Finds changed code that gives a wrong result, fails, or leaves something open for an input it can meet.",
        why="No rule knows what a program is for; this is what people look for in a review.",
        fix="Run the input that is named through the quoted lines, mend them, and keep the input as a test.",
    ),
)
KINDS = (
    "wrong-condition",
    "wrong-value",
    "unhandled-case",
    "wrong-order",
    "resource-left-open",
    "race",
    "wrong-call",
    "caller-broken",
)
TASK = """\
Look for defects of correctness that this change brings: a condition that is wrong or turned round, a value or variable
mixed up with another, a boundary missed by one, a case of the input that is not handled, an error that is swallowed or
raised where it must not be, a resource that is not given back, work done in the wrong order or twice, a race, a caller
or an override that the change breaks.
Do not report style, naming, missing comments, missing tests, performance, or what might be wrong somewhere else."""
TRAITS = Traits()

_BEFORE = "def page(rows, number, size):\n    start = number * size\n    return rows[start : start + size]\n"
_AFTER = "def page(rows, number, size):\n    start = number * size\n    return rows[start : start + size - 1]\n"
_CALLED = "def load(path, parse):\n    with open(path) as file:\n        return parse(file.read())\n"
_CALLS = "from shop.files import load\n\n\ndef rates(path):\n    return load(path, int)\n"
EXAMPLES = (
    Example(
        "the last row of every page is lost",
        before={"shop/pages.py": _BEFORE},
        after={"shop/pages.py": _AFTER},
        fires=((SLUG, "shop/pages.py", 3),),
    ),
    Example(
        "a function is said to be undefined that another file defines",
        before={"shop/files.py": _CALLED, "shop/rates.py": ""},
        after={"shop/files.py": _CALLED, "shop/rates.py": _CALLS},
    ),
    Example(
        "the line that is quoted stands nowhere",
        before={"shop/pages.py": _BEFORE},
        after={"shop/pages.py": _BEFORE.replace("rows[start", "list(rows)[start")},
    ),
)
TOLD: Mapping[str, Told] = {
    EXAMPLES[0].name: Told(
        [
            told(
                "shop/pages.py",
                "    return rows[start : start + size - 1]",
                "wrong-value",
                "The slice ends one row early, so the last row of every page is lost.",
                "page([1, 2, 3, 4], 0, 2) gives [1] and not [1, 2]",
            )
        ]
    ),
    EXAMPLES[1].name: Told(
        [
            told(
                "shop/rates.py",
                "return load(path, int)",
                "wrong-call",
                "The call fails: there is no such function.",
                'rates("rates.txt")',
                names=[Named("load", Says.UNDEFINED)],
            )
        ]
    ),
    EXAMPLES[2].name: Told(
        [told("shop/pages.py", "return rows[start:-1]", "wrong-value", "The last row is lost.", "page([1], 0, 1)")]
    ),
}


def covers(path: str) -> bool:
    """Return whether a file at this path holds a program."""
    return is_code(path)
