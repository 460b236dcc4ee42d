"""One defect, one finding: what another check says already is not said again, and passes do not repeat each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from checks.dedupe import subject_of
from checks.finding import Finding, Side
from checks.inference.model import Dropped

ALIKE = 0.3  # share of words that two messages about one line have in common, from which on they are of one kind
_WORDS = re.compile(r"[A-Za-z_]\w{3,}")
_COMMON = frozenset(
    {"this", "that", "with", "from", "when", "which", "will", "does", "then", "than", "they", "have", "into", "shown"}
    | {"also", "code", "line", "value", "input", "gives", "returns", "call", "called", "because", "only"}
)


def without_repeated(
    found: Sequence[Finding], others: Iterable[Finding], security: frozenset[str]
) -> tuple[list[Finding], list[Dropped]]:
    """Return what no other check says, each defect once, and what was left out with the slug that says it.

    `others` are the other checks' findings, `security` the slugs that are of security. Two findings on the same lines
    are of one defect if both are of security, if one names what the other is about, or if they share many words.
    """
    known = [other for other in others if other.side is Side.RIGHT]
    kept: list[Finding] = []
    dropped: list[Dropped] = []
    for finding in sorted(found, key=lambda one: (one.silent, *one.order)):
        twin = next((one for one in (*known, *kept) if is_repeated(finding, one, security)), None)
        if twin is None:
            kept.append(finding)
            continue
        dropped.append(Dropped(finding.slug, f"duplicate of {twin.slug}", finding.message, finding.text))
        if twin in kept and twin.slug != finding.slug:
            also = tuple(sorted({*twin.also, finding.slug}))
            kept[kept.index(twin)] = replace(twin, also=also)
    return kept, dropped


def is_repeated(finding: Finding, other: Finding, security: frozenset[str]) -> bool:
    """Return whether two findings are about one defect."""
    if finding.path != other.path or finding.line > other.end_line or other.line > finding.end_line:
        return False
    if finding.slug == other.slug:
        return True
    if finding.slug in security and other.slug in security:
        return True
    subject = subject_of(other)
    if subject and re.search(rf"(?<![\w$]){re.escape(subject)}(?![\w$])", finding.message):
        return True
    one, two = words_in(finding.message), words_in(other.message)
    return bool(one and two) and len(one & two) / min(len(one), len(two)) >= ALIKE and len(one & two) > 1


def words_in(text: str) -> frozenset[str]:
    """Return the words of a message that say what it is about."""
    return frozenset(word.lower() for word in _WORDS.findall(text)) - _COMMON
