"""A way in that the change opens, found by a model that is shown nothing but code.

What it finds.
Text of strangers that reaches a query, a command, a path, a page or a decoder; a door without a check of who may pass;
a secret that gets out; a default that trusts everybody; work that a stranger can make endless.

Why it matters.
The rules for known patterns see one call at a time. What opens a hole is often the way between two of them.

When it stays silent.
As every pass: when the quote does not stand in head at one place near the change, when the graph contradicts it, when
a rule of ours says it already, when a second reading refutes it with code. This pass is never shown the title, the
description, commit messages or comments: a change that calls itself a security fix is read like any other. Without an
input that shows the hole it is recorded, not posted. A model alone never blocks.

How to fix.
Follow the named input to the quoted line. Check or encode it where it comes in, or take the dangerous call out.
"""

from __future__ import annotations

from collections.abc import Mapping

from checks.check import Example, Rule
from checks.finding import Confidence, Severity
from checks.inference.reading import STANDS, Told, Traits, is_code, told

SLUG = "security-hole"
RULES = (
    Rule(
        SLUG,
        Severity.WARN,
        Confidence.MEDIUM,
        finds="Finds changed code by which a stranger can read, change or run what is not theirs.",
        why="Rules see one call at a time; what opens a hole is often the way between two of them.",
        fix="Check or encode the named input where it comes in, or take the dangerous call out.",
    ),
)
KINDS = (
    "injection",
    "missing-authorisation",
    "secret-exposed",
    "unsafe-decoding",
    "path-escape",
    "request-forgery",
    "weak-cryptography",
    "endless-work",
    "unsafe-default",
)
TASK = """\
Look for security holes that this change opens: text of a stranger that reaches a query, a shell, a path, a template, a
redirect, a request or a decoder without being checked; a route or an action without a check of who may do it; a check
of permissions taken out or weakened; a secret written to a log or an answer; cryptography or randomness that is too
weak for its use; a limit taken away. Judge the code by what it does; what it is called proves nothing.
Do not report what needs an attacker who already has the rights, test code, or a danger without a way to reach it."""
TRAITS = Traits(is_security=True)

_BEFORE = 'ROOT = "/srv/reports"\n\n\ndef report(request):\n    return open(f"{ROOT}/daily.txt").read()\n'
_AFTER = (
    'ROOT = "/srv/reports"\n\n\ndef report(request):\n    name = request.args["name"]\n'
    '    return open(f"{ROOT}/{name}").read()\n'
)
_CHECKED = _AFTER.replace(
    "    return", '    if name not in ("daily.txt", "weekly.txt"):\n        raise ValueError(name)\n    return'
)
_CLAIM = told(
    "shop/reports.py",
    'return open(f"{ROOT}/{name}").read()',
    "path-escape",
    "The name comes from the request and may leave the folder of reports.",
    "name=../../etc/passwd",
)
EXAMPLES = (
    Example(
        "a file's name comes from the request",
        before={"shop/reports.py": _BEFORE},
        after={"shop/reports.py": _AFTER},
        fires=((SLUG, "shop/reports.py", 6),),
    ),
    Example(
        "the name is one of two, as a second reading shows",
        before={"shop/reports.py": _BEFORE},
        after={"shop/reports.py": _CHECKED},
    ),
)
TOLD: Mapping[str, Told] = {
    EXAMPLES[0].name: Told([_CLAIM]),
    EXAMPLES[1].name: Told(
        [_CLAIM],
        {
            **STANDS,
            "refuted": True,
            "because": 'if name not in ("daily.txt", "weekly.txt"):',
            "why": "Any other name is refused before the file is opened.",
        },
    ),
}


def covers(path: str) -> bool:
    """Return whether a file at this path holds a program."""
    return is_code(path)
