"""Findings of a change, or a place in it, mended one by one: each patch is proven on top of those before it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from checks.attempt import Attempt, Proving, Seat, attempt, attempt_at
from checks.change import Change
from checks.finding import Finding, Suggestion
from checks.patched import patched
from checks.prove import Inspect, key_of, prove
from kb.errors import NotChecked
from kb.source import Source
from models.edit import Patch, patch_of
from models.errors import ModelError, OutOfTime
from models.model import Stop
from models.patch import Tried

if TYPE_CHECKING:
    from kb.graph.code import Code

SECONDS = 120.0  # that a model may take over one finding, proofs included


@dataclass(frozen=True)
class Mended:
    """A finding, or a place, with a proven patch. `source` is the file as the patch found it."""

    finding: Finding | None
    source: Source
    patch: Patch
    suggestion: Suggestion
    note: str = ""
    confidence: float | None = None  # None where a check's own fix is all that there is to do

    @property
    def risk(self) -> float | None:
        """Return one minus confidence; None for a check's own fix."""
        return None if self.confidence is None else round(1 - self.confidence, 4)


@dataclass(frozen=True)
class Left:
    """A finding, or a place (None), that nothing was proven for, and why."""

    finding: Finding | None
    why: str
    tried: tuple[Tried, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What came of it: the change with all patches on top, what is mended in which order, and what is left."""

    change: Change
    mended: tuple[Mended, ...] = ()
    left: tuple[Left, ...] = ()


@dataclass(frozen=True)
class Bench:
    """What mending works with.

    `seat` loads the model when it is first needed, and raises ModelError where there is none. `tests` runs what the
    user asked for on a patched change and returns whether it passed.
    """

    inspect: Inspect
    seat: Callable[[], Seat]
    code: Callable[[Change], Code | None] = lambda change: None
    tests: Callable[[Change], bool] | None = None
    seconds: float = SECONDS
    clock: Callable[[], float] = time.monotonic

    def proving(self, change: Change, found: Sequence[Finding]) -> Proving:
        """Return what a proof on a change stands on, given all that is found in it."""
        return Proving(self.inspect, Counter(map(key_of, found)), lambda: self.code(change), tests=self.tests)

    def timed_seat(self) -> Seat:
        """Return the seat with time for one finding."""
        return replace(self.seat(), stop=Stop(self.clock() + self.seconds, clock=self.clock))


def mend(change: Change, findings: Sequence[Finding], found: Sequence[Finding], bench: Bench) -> Outcome:
    """Return what could be mended of `findings`, the worst and surest first; `found` is all that checks find.

    A patch that no longer holds on top of the earlier ones is looked for anew there.
    """
    mended: list[Mended] = []
    left: list[Left] = []
    for number, wanted in enumerate(sorted(findings, key=lambda one: one.order)):
        now = next((one for one in found if key_of(one) == key_of(wanted)), None) if mended else wanted
        if now is None:
            left.append(Left(wanted, "an earlier patch has mended it"))
            continue
        one = _mended(change, replace(now, fingerprint=wanted.fingerprint), found, bench)
        if isinstance(one, Left):
            left.append(one)
            continue
        mended.append(one)
        change = patched(change, one.patch)
        if number + 1 < len(findings):
            found = bench.inspect(change)
    return Outcome(change, tuple(mended), tuple(left))


def mend_place(change: Change, path: str, line: int, found: Sequence[Finding], bench: Bench) -> Outcome:
    """Return what could be made of a line that a person named; raises KeyError and CorruptObject as views do."""
    try:
        answer = attempt_at(change, path, line, bench.proving(change, found), bench.timed_seat())
    except ModelError as reason:
        return Outcome(change, left=(_failed(None, reason, bench),))
    one = _of_model(change, None, answer)
    if isinstance(one, Left):
        return Outcome(change, left=(one,))
    return Outcome(patched(change, one.patch), mended=(one,))


def _failed(finding: Finding | None, reason: ModelError, bench: Bench) -> Left:
    late = isinstance(reason, OutOfTime)
    return Left(finding, f"nothing was proven in {bench.seconds:g} s" if late else str(reason))


def _mended(change: Change, finding: Finding, found: Sequence[Finding], bench: Bench) -> Mended | Left:
    proving = bench.proving(change, found)
    if (own := _own_fix(change, finding, proving)) is not None:
        return own
    try:
        answer = attempt(change, finding, proving, bench.timed_seat(), anywhere=True)
    except ModelError as reason:
        return _failed(finding, reason, bench)
    return _of_model(change, finding, answer)


def _own_fix(change: Change, finding: Finding, proving: Proving) -> Mended | None:
    """Return the check's own fix, if it has one that is proven."""
    if not finding.edits:
        return None
    suggestion = finding.suggestion or prove(change, finding, proving.before, proving.inspect)
    if suggestion is None:
        return None
    source = change.source(finding.path)
    patch = patch_of(source, finding.edits)
    if patch is None:
        return None
    if proving.tests is not None:
        if not proving.tests(patched(change, patch)):
            return None
        suggestion = replace(suggestion, proof={**suggestion.proof, "tests": True})
    return Mended(finding, source, patch, suggestion)


def _of_model(change: Change, finding: Finding | None, answer: Attempt) -> Mended | Left:
    if answer.fix is None:
        return Left(finding, answer.why, answer.tried)
    fix = answer.fix
    source = change.source(fix.patch.path)
    return Mended(finding, source, fix.patch, fix.suggestion, fix.note, fix.sureness.confidence)


def code_of(source: Callable[[Change], Code]) -> Callable[[Change], Code | None]:
    """Return what gives the graph of a change's head, None where it cannot be had."""

    def code(change: Change) -> Code | None:
        try:
            return source(change)
        except NotChecked:
            return None

    return code
