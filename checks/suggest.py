"""From a finding to a patch that a model wrote: which findings of a review are tried, and what is made of the answer.

    finding -> sites -> hole -> task -> candidates -> proof -> confidence -> fix        (checks.attempt)

A missing model is a note, never an error: the findings stand without a suggestion.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from checks.attempt import Attempt, Fix, Proving, Seat, attempt
from checks.change import Change
from checks.finding import Confidence, Finding, Severity
from checks.plan import sites_of
from checks.prove import key_of
from models.choose.kinds import WAYS
from models.errors import Cancelled, ModelError, OutOfTime
from models.model import Model, Stop

if TYPE_CHECKING:
    from models.patch import Proposer, Tried

MOST = 5  # findings of one review that a model is asked about


@dataclass(frozen=True)
class Writer:
    """What writes patches, and how long it may take over one review.

    `open` loads the model when the first finding wants it; raises ModelError where there is none.
    """

    open: Callable[[], Model]
    seed: int = 0
    seconds: float = 30.0
    most: int = MOST
    propose: Proposer | None = None  # models.propose.propose where there is none
    failures: Callable[[], Sequence[tuple[str, str]]] = tuple  # (slug, lines) of patches that people refused
    fell: Callable[[str, Sequence[Tried]], None] = lambda slug, tried: None  # is told what was tried in vain


def with_patches(
    change: Change,
    findings: Sequence[Finding],
    proving: Proving,
    writer: Writer,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[list[Finding], list[str]]:
    """Return the findings, those with a suggestion that could be patched in their own file, and notes for people.

    A model that is missing or fails is a note, and nothing else changes; failing at one finding, it is asked about the
    others all the same. The model is closed whatever happens.
    """
    end = clock() + writer.seconds  # each look for a place parses a file
    here = (one for one in findings if is_wanted(one) and clock() < end and _site_here(change, one))
    wanted = list(islice(here, writer.most))
    if not wanted:
        return list(findings), []
    made: dict[int, Fix] = {}
    notes: dict[str, None] = {}
    try:
        with closing(writer.open()) as model:
            stop = Stop(clock() + writer.seconds, clock=clock)  # fetching the model, the first time, does not count
            refused = writer.failures()
            seat = Seat(model, stop, writer.seed, writer.propose)
            for finding in wanted:
                failures = tuple(text for slug, text in refused if slug == finding.slug)
                tried, why = _tried(change, finding, proving, replace(seat, failures=failures))
                notes |= dict.fromkeys([why] if why else [])
                if tried.fix is not None:
                    made[id(finding)] = tried.fix
                else:
                    writer.fell(finding.slug, tried.tried)
    except OutOfTime:
        pass  # what is made is made
    except ModelError as reason:
        notes[f"no patches by a model: {reason}"] = None
    return [_with(one, made) for one in findings], list(notes)


def _tried(change: Change, finding: Finding, proving: Proving, seat: Seat) -> tuple[Attempt, str]:
    """Return what came of a finding, and why a model failed at it; raises OutOfTime and Cancelled, which end all."""
    try:
        return attempt(change, finding, proving, seat), ""
    except (OutOfTime, Cancelled):
        raise
    except ModelError as reason:
        return Attempt(None), f"no patches by a model: {reason}"
    except Exception as error:  # the writer: a patch is extra, and a bug in making one must not cost the review
        return Attempt(None), f"no patch for {finding.slug} by a model: {type(error).__name__}"


def is_wanted(finding: Finding) -> bool:
    """Return whether a patch of a finding is looked for in a review: it is posted, sure, and has none yet."""
    sure = finding.confidence is not Confidence.LOW and finding.severity is not Severity.INFO
    return sure and not finding.silent and finding.suggestion is None


def _site_here(change: Change, finding: Finding) -> bool:
    return finding.slug in WAYS and any(site.source.path == finding.path for site in sites_of(change, finding))


def _with(finding: Finding, made: Mapping[int, Fix]) -> Finding:
    fix = made.get(id(finding))
    if fix is None or any(_is_better(other, fix, finding) for other in made.values()):
        return finding
    return replace(finding, suggestion=fix.suggestion)


def _is_better(other: Fix, fix: Fix, finding: Finding) -> bool:
    """Return whether the patch of another finding mends this one on the way, and more: it got at the cause."""
    return other is not fix and key_of(finding) in other.proof.mends and fix.proof.mends < other.proof.mends
