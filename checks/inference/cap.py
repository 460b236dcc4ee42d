"""How much may be said of a claim: its severity and confidence follow from its evidence, in code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from checks.check import Rule
from checks.finding import Confidence, Evidence, Finding, Severity
from checks.inference.claims import LONGEST_INPUT, LONGEST_WHY, Claim
from checks.inference.ground import Place
from checks.inference.guard import said

LONGEST_QUOTED = 200  # characters of a line that stands as evidence
_NOTHING = re.compile(
    r"\W*(?:n/?a|none|unknown|any(?:\s+(?:input|value|call))?|not\s+(?:applicable|known)|see\s+above|various|nothing|-)?\W*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Grounded:
    """A claim with its place, and what bears it out. `is_doubted`: a second reading denied it and showed no code."""

    claim: Claim
    place: Place
    evidence: tuple[Evidence, ...] = ()
    is_doubted: bool = False


def is_concrete(text: str) -> bool:
    """Return whether a text names an input or a state, and does not merely say that there is one."""
    return _NOTHING.fullmatch(text) is None and len(re.findall(r"\w", text)) >= 2


def finding_of(grounded: Grounded, rule: Rule) -> Finding:
    """Return what is said of a claim.

    Without a concrete input it is a remark, recorded and not posted. A model alone never blocks, and is never surer
    than its rule; what a second reading doubts is the least sure.
    """
    claim, place = grounded.claim, grounded.place
    is_shown = is_concrete(claim.input)
    severity = worse_of(rule.severity, Severity.WARN) if is_shown else Severity.INFO
    confidence = max(rule.confidence, claim.confidence, key=lambda one: one.rank)
    if grounded.is_doubted or not is_shown:
        confidence = Confidence.LOW
    return Finding(
        check=rule.slug,
        slug=rule.slug,
        severity=severity,
        confidence=confidence,
        path=place.path,
        line=place.line,
        end_line=place.end_line,
        message=message_of(claim, is_shown=is_shown),
        text=place.text,
        symbol=place.symbol,
        evidence=(*evidence_of(grounded), *grounded.evidence),
        silent=rule.silent or not is_shown,
    )


def worse_of(one: Severity, cap: Severity) -> Severity:
    """Return a severity, at worst `cap`."""
    return max(one, cap, key=lambda severity: severity.rank)


def message_of(claim: Claim, *, is_shown: bool) -> str:
    """Return the claim as one harmless sentence or two: why it fails, and for which input."""
    why = said(claim.why, LONGEST_WHY).rstrip()
    why = why if why.endswith((".", "!", "?")) else f"{why}."
    return f"{why} Shown by: {said(claim.input, LONGEST_INPUT)}" if is_shown else why


def evidence_of(grounded: Grounded) -> Sequence[Evidence]:
    """Return the quoted lines, and what of the change they hang on where they lie apart from it."""
    place = grounded.place
    lines = place.text.split("\n")
    shown = [
        Evidence("quote", place.path, place.line + at, line[:LONGEST_QUOTED])
        for at, line in enumerate(lines)
        if line.strip()
    ][:3]
    near = place.neighbour
    if near is not None:
        shown.append(Evidence("related", near.path, near.line, f"changed: {near.qualified}"))
    return shown
