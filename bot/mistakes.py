"""From a verdict to the mistakes of our own models in it: what the next review of the repository is told of."""

from __future__ import annotations

from datetime import datetime

from bot.render.scrub import scrubbed
from checks.finding import Finding
from checks.inference.enrich import NOTHING
from checks.inference.model import Enrichment
from checks.inference.report import Dropped
from checks.verdict import Verdict
from kb.memory.mistakes import mistake_of
from kb.memory.model import Mistake, MistakeKind

# Patches that were tried and fell at their proof, and claims that were wrong. What was merely not the best, nobody
# read again, or somebody else had said, is no mistake.
_DISPROVEN = ("the finding is still there", "it brings ", "the tests fail with it")
_WRONG = ("refuted", "quote not in head", "name exists", "name is used", "name is called", "call fits its signature")
MOST = 50  # of one review


def mistakes_in(verdict: Verdict, now: datetime) -> tuple[Mistake, ...]:
    """Return what models got wrong in a review: patches that failed their proof, claims that were refuted."""
    clean, at = scrubbed(verdict), now.timestamp()
    example = f"{clean.subject} at {clean.head[:7]}"
    found = [
        mistake_of(clean.repository, MistakeKind.PATCH, slug, text, why, at=at, example=example)
        for finding in (*clean.findings, *clean.silent)
        for slug, text, why in _failed(finding)
    ]
    found += [
        mistake_of(clean.repository, MistakeKind.PATCH, one.slug, one.text, one.why, at=at, example=example)
        for one in clean.fallen
        if one.text.strip() and one.why.startswith(_DISPROVEN)
    ]
    for one in clean.reading.dropped if clean.reading else ():
        if _is_wrong(one):
            pattern = one.pattern or one.text
            found.append(
                mistake_of(clean.repository, MistakeKind.CLAIM, one.slug, pattern, one.reason, at=at, example=example)
            )
    return tuple(found[:MOST])


def was_told(verdict: Verdict) -> bool:
    """Return whether the passes of a review were given earlier mistakes as a checklist."""
    effects = verdict.reading.effects if verdict.reading else {}
    return effects.get(Enrichment.MISTAKES.value, NOTHING) != NOTHING


def _failed(finding: Finding) -> list[tuple[str, str, str]]:
    """Return slug, text and reason of each patch for a finding that was tried and is wrong."""
    provenance = finding.suggestion.provenance if finding.suggestion else None
    tried = provenance.tried if provenance else ()
    return [(finding.slug, one.text, one.why) for one in tried if one.text.strip() and one.why.startswith(_DISPROVEN)]


def _is_wrong(dropped: Dropped) -> bool:
    return dropped.reason.startswith(_WRONG) and bool((dropped.pattern or dropped.text).strip())
