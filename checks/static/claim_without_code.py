"""The change's own text claims something that its diff does not contain.

What it finds.
A commit message that says tests or documentation were added while the diff touches none, that a named
function was fixed while nothing near that function changed, or that a name was removed while it still
stands and no line that holds it went away. Several commits are judged together, by what they add up to.

Why it matters.
Reviewers trust the message. A test that was never committed is the most common way to lose one.

When it stays silent.
When the sentence is a question, a plan, a negation or a quotation; for merges, reverts, releases,
dependency bumps and lists made by squashing; when any changed file could be the claimed thing (its path
or any added line looks like a test, its lines hold comments or prose); when a file was not readable.

How to fix.
Add what the message promises, or say in the message what the change really does.
"""

from __future__ import annotations

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.finding import Confidence, Finding, Severity, Side
from checks.knowledge import Knowledge
from checks.static.claim_support import is_supported
from checks.static.claims import Claim, ClaimKind, claims_in
from checks.static.whole_tree import TooLarge
from kb.diff import FileDiff
from kb.errors import CorruptObject
from kb.syntax.languages import language_of
from kb.view import shown

SLUG = "claim-without-code"
RULES = (
    Rule(
        SLUG,
        Severity.WARN,
        Confidence.MEDIUM,
        finds="Finds a commit message that claims tests, documentation, a fix or a removal the diff does not contain.",
        why="Reviewers trust the message; what it promises and the diff lacks was forgotten or never done.",
        fix="Add what the message promises, or say in the message what the change does.",
    ),
)

_CODE = "def total(prices):\n    return sum(prices)\n"
_CHANGED = "def total(prices):\n    return sum(price for price in prices if price)\n"
_USED = "from shop.prices import total\n\n\ndef bill(order):\n    return total(order.prices)\n"
EXAMPLES = (
    Example(
        "tests are claimed and none is there",
        before={"shop/prices.py": _CODE},
        after={"shop/prices.py": _CHANGED},
        statement="Skip missing prices\n\nAlso add regression tests for empty baskets.",
        fires=((SLUG, "shop/prices.py", 2),),
    ),
    Example(
        "a documentation update is claimed and none is there",
        before={"shop/prices.py": _CODE},
        after={"shop/prices.py": _CHANGED},
        statement="Skip missing prices and update the docs",
        fires=((SLUG, "shop/prices.py", 2),),
    ),
    Example(
        "a removal is claimed and the function still stands",
        before={"shop/prices.py": _CODE + "\n\ndef old_total(prices):\n    return 0\n"},
        after={"shop/prices.py": _CHANGED + "\n\ndef old_total(prices):\n    return 0\n"},
        statement="Remove `old_total()`",
        fires=((SLUG, "shop/prices.py", 2),),
    ),
    Example(
        "a test file came with it",
        before={"shop/prices.py": _CODE},
        after={"shop/prices.py": _CHANGED, "tests/test_prices.py": "def test_total():\n    assert total([]) == 0\n"},
        statement="Skip missing prices, add tests",
    ),
    Example(
        "tests are announced, not claimed",
        before={"shop/prices.py": _CODE},
        after={"shop/prices.py": _CHANGED},
        statement="Skip missing prices\n\nWill add tests in a follow-up. Add docs?\n\n> add tests\n\n- [ ] Added tests",
    ),
    Example(
        "no tests are claimed",
        before={"shop/prices.py": _CODE},
        after={"shop/prices.py": _CHANGED},
        statement="Skip missing prices without adding tests\n\nNo need to add tests. Nothing to remove or to document.",
    ),
    Example(
        "the name was removed where it was used",
        before={"shop/prices.py": _CODE, "shop/bill.py": _USED},
        after={"shop/prices.py": _CODE, "shop/bill.py": "def bill(order):\n    return sum(order.prices)\n"},
        statement="Remove `total` from bill\n\nFix bug in `bill()`. Update docs: none.",
    ),
)

_MESSAGES = {
    ClaimKind.TESTS: "{origin} says tests were added, but this change adds none.",
    ClaimKind.DOCS: "{origin} says the {name} was written or updated, but this change touches none of it.",
    ClaimKind.FIX: "{origin} says `{name}` was fixed, but nothing near it changed.",
    ClaimKind.REMOVAL: "{origin} says `{name}` was removed, but it still stands.",
}


def covers(path: str) -> bool:
    """Return True: any file can hold what a message claims."""
    return True


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return one finding for each claim of the change's statements that nothing in the diff bears out."""
    claims = [claim for claim in claims_in(change.statements) if claim.kind in _MESSAGES]
    anchor = _anchor(change) if claims else None
    if anchor is None:
        return Report()
    try:
        unsupported = [claim for claim in claims if not is_supported(change, claim)]
    except (CorruptObject, TooLarge):
        return Report()
    findings = {(claim.kind, claim.name): _finding(claim, *anchor) for claim in reversed(unsupported)}
    return Report(tuple(reversed(findings.values())))


def _anchor(change: Change) -> tuple[FileDiff, int, Side] | None:
    """Return the first changed line: of code if there is any, an added one if there is any."""
    files = sorted(change.files, key=lambda file: (language_of(file.path) is None, not file.added, file.path))
    for file in files:
        if file.added:
            return file, min(file.added), Side.RIGHT
        if file.removed:
            return file, min(file.removed), Side.LEFT
    return None


def _finding(claim: Claim, file: FileDiff, line: int, side: Side) -> Finding:
    return Finding(
        SLUG,
        SLUG,
        RULES[0].severity,
        RULES[0].confidence,
        file.path if side is Side.RIGHT else file.old_path,
        line,
        line,
        message=_MESSAGES[claim.kind].format(name=claim.name, origin=shown(claim.origin).capitalize()),
        text=f"{claim.kind} {claim.name}".strip(),
        side=side,
        evidence=(claim.evidence,),
    )
