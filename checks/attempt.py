"""One finding, or one place that somebody named: ask for candidates, prove them, and say how sure we are.

A candidate is given only when it is proven and sure enough. One that is proven and not quite sure is put aside, and
others are asked for that are none of those that fell; after a few rounds nothing is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from checks.change import Change
from checks.finding import Finding, Suggestion
from checks.harm import harm_in
from checks.patched import patched
from checks.plan import Site, site_at, sites_of
from checks.prove import Inspect, Proof, proof_of, suggestion_of
from checks.sure import NOT_SURE, Sureness, sureness_of
from kb.source import Edit
from models.confidence import MAYBE, SURE
from models.edit import Patch, patch_of, smallest
from models.infill.fim import COMMENTS
from models.mask.model import Hole
from models.model import NEVER, Model, Sampling, Stop
from models.patch import Candidate, Proposals, Proposer, Provenance, Task, Tried

if TYPE_CHECKING:
    from kb.graph.code import Code

ROUNDS = 3  # of asking for other candidates, where what there is is not sure enough
PROOFS = 4  # per hole and round: each runs the checks again
RECORDED = 40  # candidates that a record tells of


@dataclass(frozen=True)
class Proving:
    """What proofs stand on: how a change is inspected, and what was found on it as it is.

    `code` gives the graph of head; `tests` runs what the user asked for on a patched change: whether it passed.
    """

    inspect: Inspect
    before: Counter[str]
    code: Callable[[], Code | None] = lambda: None
    salience: Callable[[str, str], float | None] = lambda path, symbol: None  # 0..1, of a symbol of a file
    tests: Callable[[Change], bool] | None = None


@dataclass(frozen=True)
class Seat:
    """Who writes: a loaded model, until when, from which seed, and how candidates are found."""

    model: Model
    stop: Stop = NEVER
    seed: int = 0
    propose: Proposer | None = None  # models.propose.propose where there is none
    failures: tuple[str, ...] = ()  # lines of patches that people refused
    instruction: str = ""  # what the user asks for


@dataclass(frozen=True)
class Fix:
    """A proven patch of one file, with how it came to be."""

    patch: Patch
    proof: Proof
    sureness: Sureness
    provenance: Provenance
    note: str = ""  # what was changed, for people

    @property
    def suggestion(self) -> Suggestion:
        """Return it as people are shown it."""
        return replace(suggestion_of(self.patch, self.proof, self.provenance.model), provenance=self.provenance)


@dataclass(frozen=True)
class Attempt:
    """What came of one finding or place: a fix, or why there is none, and all that was tried."""

    fix: Fix | None
    tried: tuple[Tried, ...] = ()
    why: str = ""


def attempt(change: Change, finding: Finding, proving: Proving, seat: Seat, *, anywhere: bool = False) -> Attempt:
    """Return a fix of a finding, in its own file only unless `anywhere`; raises ModelError where the model fails."""
    sites = [one for one in sites_of(change, finding) if anywhere or one.source.path == finding.path]
    if not sites:
        return Attempt(None, why="no place could be opened for it")
    return _Desk(change, finding, proving, seat).first(sites)


def attempt_at(change: Change, path: str, line: int, proving: Proving, seat: Seat) -> Attempt:
    """Return a fix of a place that a person named; raises KeyError, CorruptObject, ModelError."""
    site = site_at(change, path, line)
    if site is None:
        return Attempt(None, why="nothing there can be opened")
    return _Desk(change, None, proving, seat).first([site])


@dataclass(frozen=True)
class _Proven:
    """A candidate that a proof holds of."""

    candidate: Candidate
    patch: Patch
    proof: Proof
    sureness: Sureness = NOT_SURE


@dataclass
class _Log:
    """What has been tried at one hole so far, and at those before it."""

    tried: list[Tried] = field(default_factory=list)
    avoid: set[bytes] = field(default_factory=set)
    doubted: list[Candidate] = field(default_factory=list)  # proven and not sure enough: rivals of all that come later
    tokens: int = 0
    notes: list[str] = field(default_factory=list)
    constraints: tuple[str, ...] = ()

    def heard(self, proposals: Proposals) -> None:
        """Take note of what was proposed."""
        self.tokens += proposals.tokens
        self.notes += [note for note in proposals.notes if note not in self.notes]
        self.constraints = proposals.constraints
        self.tried += proposals.fallen

    def fell(self, candidate: Candidate, why: str) -> None:
        """Take note that a candidate is not to be proposed again, and why."""
        self.tried.append(_tried(candidate, why))
        self.avoid.add(candidate.text)


@dataclass(frozen=True)
class _Desk:
    """Everything that one attempt works with."""

    change: Change
    finding: Finding | None
    proving: Proving
    seat: Seat

    def first(self, sites: Sequence[Site]) -> Attempt:
        """Return the first fix that any hole of any site gives."""
        log = _Log()
        for site in sites:
            for hole in site.holes:
                fix = self._fix(site, hole, log)
                if fix is not None:
                    return Attempt(fix, tuple(log.tried))
        why = "nothing that was proposed could be proven and is sure enough" if log.tried else "nothing was proposed"
        return Attempt(None, tuple(log.tried), why)

    def _fix(self, site: Site, hole: Hole, log: _Log) -> Fix | None:
        began = self.seat.stop.clock()
        for number in range(ROUNDS):
            task = self._task(site, hole, number, log)
            proposals = self._propose(task)
            log.heard(proposals)
            fresh = [one for one in proposals.candidates if one.text not in log.avoid]
            found = self._surest(site, fresh, task, log)
            if found is None:
                return None
            harm = self._harm(site, found.patch)  # asked last: what is harmful is a rival all the same
            if found.sureness.confidence >= SURE and not harm:
                ms = round((self.seat.stop.clock() - began) * 1000)
                record = self._record(site, found, log, task, ms)
                return Fix(found.patch, found.proof, found.sureness, record, found.candidate.note)
            log.fell(found.candidate, harm or f"not sure enough: {found.sureness.confidence:.2f}")
            log.doubted.append(found.candidate)
            if found.sureness.confidence < MAYBE:
                return None
        return None

    def _surest(self, site: Site, fresh: Sequence[Candidate], task: Task, log: _Log) -> _Proven | None:
        """Return the first candidate that is proven, weighed against all others that are not shown to be wrong."""
        left, best = list(fresh), None
        for _ in range(PROOFS):
            rival = next((one for one in left if best is None or one.ground <= best.candidate.ground), None)
            if rival is None:
                break
            left.remove(rival)
            proven = self._proven(site, rival, log)
            if best is not None:
                if proven is not None:
                    break  # another would do as well: what is known of both is all that there is to know
            elif proven is None:
                continue
            else:
                best = proven
            best = replace(best, sureness=self._sureness(best, (*left, *log.doubted), task))
            if best.sureness.confidence >= SURE:
                break
        return best

    def _sureness(self, proven: _Proven, rivals: Sequence[Candidate], task: Task) -> Sureness:
        return sureness_of(
            proven.candidate,
            rivals,
            proven.patch,
            proven.proof,
            is_asked=self.finding is None and bool(self.seat.instruction),
            code=task.code,
            failures=self.seat.failures,
        )

    def _propose(self, task: Task) -> Proposals:
        propose = self.seat.propose or _propose
        return propose(task, self.seat.model, self.seat.stop)

    def _task(self, site: Site, hole: Hole, number: int, log: _Log) -> Task:
        return Task(
            source=site.source,
            language=site.language,
            hole=hole,
            code=self.proving.code(),
            wrong=site.wrong,
            instruction=self.seat.instruction,
            avoid=frozenset(log.avoid),
            sampling=Sampling(seed=self.seat.seed + number),
            salience=partial(self.proving.salience, site.source.path, hole.symbol),
            grounded=self.finding is not None and self.proving.tests is None,
        )

    def _proven(self, site: Site, candidate: Candidate, log: _Log) -> _Proven | None:
        """Return a candidate with its proof; one that is not proven goes on the log with why."""
        self.seat.stop.check()
        edit = smallest(site.source, Edit(candidate.hole.span, candidate.text))
        patch = patch_of(site.source, (edit,))
        if patch is None:
            log.fell(candidate, "it changes nothing")
            return None
        proof = self._proof(site, patch)
        if not proof.holds:
            log.fell(candidate, proof.why)
            return None
        return _Proven(candidate, patch, proof)

    def _harm(self, site: Site, patch: Patch) -> str:
        """Return why a patch is not to be shown; what a person asks for in words is theirs to judge."""
        if self.seat.instruction:
            return ""
        span = site.source.span_of_lines(patch.line, patch.end_line)
        before, after = _words(site.source.data[span.start : span.end]), _words(patch.replacement)
        said = "\n".join(_words(hole.text) for hole in site.holes)
        mark = _words(COMMENTS.get(site.language, (b"#", b""))[0]).strip()
        return harm_in(before, after, said=said, slug=self.finding.slug if self.finding else "", comment=mark)

    def _proof(self, site: Site, patch: Patch) -> Proof:
        proving = self.proving
        proof = proof_of(self.change, site.source, patch, self.finding, proving.before, proving.inspect)
        if not proof.holds or proving.tests is None:
            return proof
        if proving.tests(patched(self.change, patch)):
            return replace(proof, steps={**proof.steps, "tests": True})
        return replace(proof, why="the tests fail with it")

    def _record(self, site: Site, found: _Proven, log: _Log, task: Task, ms: int) -> Provenance:
        candidate, sureness = found.candidate, found.sureness
        info, sampling = self.seat.model.info, task.sampling
        sampler = {"temperature": sampling.temperature, "top_k": sampling.top_k, "top_p": sampling.top_p}
        span = candidate.hole.span
        return Provenance(
            plan=f"{candidate.hole.kind} at {site.words}" + (f": {candidate.note}" if candidate.note else ""),
            spans=((span.start, span.end),),
            model=info.name,
            sha256=info.sha256,
            quantisation=info.quantisation,
            sampler={**sampler, "min_p": sampling.min_p},
            seed=sampling.seed,
            constraints=log.constraints,
            tried=(*log.tried[-RECORDED:], _tried(candidate, "")),
            risk=round(1 - sureness.confidence, 4),
            tokens=log.tokens,
            ms=ms,
            notes=tuple(log.notes),
        )


def _propose(task: Task, model: Model, stop: Stop) -> Proposals:
    from models.propose import propose  # where it is used: it brings numpy

    return propose(task, model, stop)


def _words(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _tried(candidate: Candidate, why: str) -> Tried:
    return Tried(candidate.text.decode("utf-8", "replace"), candidate.origin.value, round(candidate.score, 4), why)
