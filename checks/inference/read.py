"""Reads a change with a model: context, passes, claims, grounding, a second reading, findings. The order is here.

A pass that was not answered is not checked, whatever the others bring; a claim that nobody read again is not said.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from checks.change import Change
from checks.check import Unseen
from checks.context.assemble import windows
from checks.context.model import Context, unseen_of
from checks.finding import Finding
from checks.inference.asking import Asking, ended
from checks.inference.cap import Grounded, finding_of
from checks.inference.claims import Claim, claims_in
from checks.inference.enrich import Added, Material, additions, effect_of, for_security
from checks.inference.fence import Fence, fence_of
from checks.inference.ground import Ground
from checks.inference.guard import lines_in
from checks.inference.held import Sieve, dropped
from checks.inference.merge import without_repeated
from checks.inference.model import Dropped, Enrichment, Read, Reader, Report, Role, Triage
from checks.inference.passes import READINGS
from checks.inference.prompt import ADDED_SHARE, Frame
from checks.inference.reading import Reading
from checks.inference.security import security_slugs
from checks.inference.triage import triage_ask, triaged, unapproved, unsure
from checks.inference.verify import shown_for, verify_ask
from checks.knowledge import Knowledge
from checks.verdict import CheckRun, CheckStatus
from kb.graph.code import Code
from models.chat.errors import BadRequest, NoReader
from models.errors import ModelError

LEAST_CODE = 300  # tokens of code; a model that can be shown less reads nothing
MOST_VERIFIED = 10  # claims of one change that are read again; the worst first
NOT_VERIFIED, REFUTED, TOO_MANY = "not verified", "refuted", "too many claims"

Task = TypeVar("Task")
Done = TypeVar("Done")


def read_change(
    change: Change,
    findings: Sequence[Finding],
    knowledge: Knowledge,
    code: Code | None,
    score: Callable[[str, str], float | None] | None,
    reader: Reader,
    clock: Callable[[], float] = time.monotonic,
) -> Read:
    """Return what a model says of a change and can be held against its code, and how each pass ended.

    `findings` are the other checks', with fingerprints; `code` is the graph of head, `score(path, symbol)` how much a
    place matters. Errors of models become runs that did not end well; nothing of them is raised.
    """
    began = clock()
    asking = Asking(reader, change.repository, change.subject, clock)
    try:
        return _Session(change, findings, knowledge, code, score, reader, asking, clock).read(began)
    finally:
        asking.close()


@dataclass
class _Pass:
    """One pass on its way: what it should see, what it did not, what it claims."""

    reading: Reading
    covered: tuple[str, ...]
    status: CheckStatus = CheckStatus.OK
    reason: str = ""
    missed: set[str] = field(default_factory=set)
    claims: list[Claim] = field(default_factory=list)
    seconds: float = 0.0

    def fail(self, error: ModelError, missed: Iterable[str]) -> None:
        """Take note of a question that was not answered; the first reason stays."""
        status, reason = ended(error)
        if self.status is CheckStatus.OK or (self.status is CheckStatus.SKIPPED and status is not CheckStatus.SKIPPED):
            self.status, self.reason = status, reason
        if not isinstance(error, NoReader):
            self.missed |= set(missed)

    @property
    def run(self) -> CheckRun:
        """Return how it ended."""
        ms = round(self.seconds * 1000)
        return CheckRun(self.reading.SLUG, self.status, ms, self.reason, tuple(sorted(self.missed)))


@dataclass
class _Session:
    change: Change
    findings: Sequence[Finding]
    knowledge: Knowledge
    code: Code | None
    score: Callable[[str, str], float | None] | None
    reader: Reader
    asking: Asking
    clock: Callable[[], float]
    dropped: list[Dropped] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.fence: Fence = fence_of(self.reader.salt, self.change.head_id, self.reader.seed)
        self.ground = Ground(self.change, self.code)

    def read(self, began: float) -> Read:
        """Return what reading the change brought."""
        passes = self._passes()
        wanted = [one for one in passes if one.covered]
        contexts: tuple[Context, ...] = ()
        added: tuple[Added, ...] = ()
        if wanted:
            try:
                frame = self._frame()
                contexts = self._contexts(frame)
                added = self._added(frame)
                self._find(frame, contexts, added, wanted)
            except ModelError as error:
                for one in wanted:
                    one.fail(error, one.covered)
        claims = [claim for one in wanted for claim in one.claims]
        grounded = self._verified(self._grounded(wanted), wanted)
        found, repeated = without_repeated(self._said(grounded), self.findings, security_slugs())
        self.dropped += repeated
        triage = self._triaged() if any(one.status is CheckStatus.OK for one in wanted) else ()
        report = Report(
            claims=len(claims),
            dropped=tuple(self.dropped),
            triaged=triage,
            effects=self._effects(added, claims, grounded),
            context_tokens=sum(context.tokens for context in contexts),
            windows=len(contexts),
            ms=round((self.clock() - began) * 1000),
        )
        return Read(
            findings=tuple(sorted(found, key=lambda one: one.order)),
            runs=tuple(one.run for one in passes),
            unseen=(*self._unseen(contexts, wanted), *unapproved(self.findings, triage)),
            report=self.asking.counted(report),
        )

    def _passes(self) -> list[_Pass]:
        """Return the passes that are asked for, those with nothing to read as skipped."""
        chosen = []
        for reading in READINGS:
            if self.reader.passes and reading.SLUG not in self.reader.passes:
                continue
            settings = self.knowledge.settings
            covered = tuple(
                file.path
                for file in self.change.files
                if reading.covers(file.path) and not settings.is_disabled(reading.SLUG, file.path)
            )
            one = _Pass(reading, covered)
            if reading.TRAITS.sees_statements and not any(s.text.strip() for s in self.change.statements):
                one.covered, one.status, one.reason = (), CheckStatus.SKIPPED, "nothing is said of the change"
            elif not covered:
                one.status, one.reason = CheckStatus.SKIPPED, "no changed file for it"
            chosen.append(one)
        return chosen

    def _frame(self) -> Frame:
        """Return what questions have in common; raises ModelError where nobody can be asked."""
        chat = self.asking.chat(Role.FIND)
        frame = Frame(self.change, self.fence, min(self.reader.tokens, chat.context), chat.tokens)
        if frame.budget.code_tokens < LEAST_CODE:
            raise BadRequest(f"{frame.tokens} tokens are too few to read code in")
        return frame

    def _contexts(self, frame: Frame) -> tuple[Context, ...]:
        clean = _shown
        return windows(self.change, self.code, self.score, frame.count, frame.budget, clean=clean)

    def _added(self, frame: Frame) -> tuple[Added, ...]:
        slugs = [reading.SLUG for reading in READINGS]
        room = int(frame.tokens * ADDED_SHARE)
        return additions(self._material, self.reader.enrich, slugs, frame.count, room)

    @property
    def _material(self) -> Material:
        return Material(self.change, self.findings, self.knowledge, self.knowledge.memory())

    def _find(self, frame: Frame, contexts: Sequence[Context], added: Sequence[Added], wanted: list[_Pass]) -> None:
        """Put each pass's question about each context; a pass ends at the first that is not answered."""
        safe = for_security(added, self._material)
        left = [context for context in contexts if context.pieces]
        for number, context in enumerate(left):
            later = {path for one in left[number:] for path in one.paths}

            def ask(one: _Pass, context: Context = context, later: set[str] = later) -> None:
                if one.status is CheckStatus.OK:
                    self._ask(frame, context, safe if one.reading.TRAITS.is_security else added, one, later)

            self._each(ask, wanted)

    def _ask(self, frame: Frame, context: Context, added: Sequence[Added], one: _Pass, later: set[str]) -> None:
        began, reading = self.clock(), one.reading
        own = [addition for addition in added if addition.slug in ("", reading.SLUG)]
        try:
            question = frame.ask(reading, context, own)
            if question is None:
                raise BadRequest(f"{frame.tokens} tokens leave no room for an answer")
            reply = self.asking.ask(Role.FIND, question)
            one.claims += claims_in(reply.data, reading.SLUG)
        except ModelError as error:
            one.fail(error, later & set(one.covered))
        one.seconds += self.clock() - began

    def _grounded(self, wanted: Sequence[_Pass]) -> list[Grounded]:
        """Return the claims that hold against the code, each once; windows overlap, and so do their claims."""
        sieve = Sieve(self.ground, self.change.statements)
        kept: dict[tuple[str, str, int, int], Grounded] = {}
        for one in wanted:
            for claim in one.claims:
                held = sieve.held(one.reading, claim)
                if isinstance(held, Dropped):
                    self.dropped.append(held)
                    continue
                key = (claim.slug, held.place.path, held.place.line, held.place.end_line)
                if kept.setdefault(key, held) is not held:
                    self.dropped.append(dropped(claim, f"duplicate of {claim.slug}"))
        return list(kept.values())

    def _verified(self, grounded: list[Grounded], wanted: Sequence[_Pass]) -> list[Grounded]:
        """Return the claims that a second reading did not refute."""
        rules = {one.reading.SLUG: one for one in wanted}
        order = sorted(
            grounded,
            key=lambda one: (
                finding_of(one, rules[one.claim.slug].reading.RULES[0]).severity.rank,
                one.claim.confidence.rank,
                one.claim.slug,
                one.place.path,
                one.place.line,
            ),
        )
        self.dropped += [dropped(one.claim, TOO_MANY) for one in order[MOST_VERIFIED:]]
        read = self._each(lambda one: self._read_again(one, rules[one.claim.slug]), order[:MOST_VERIFIED])
        kept = []
        for one in read:
            if isinstance(one, Grounded):
                kept.append(one)
            else:
                self.dropped.append(one)
        return kept

    def _read_again(self, one: Grounded, of: _Pass) -> Grounded | Dropped:
        began = self.clock()
        shown = shown_for(self.ground, one.place)
        try:
            answer = self.asking.ask(Role.VERIFY, verify_ask(self.ground, self.fence, one.claim, one.place, shown)).data
        except ModelError as error:
            of.fail(
                BadRequest(f"no second reading: {error}") if isinstance(error, NoReader) else error, [one.place.path]
            )
            return dropped(one.claim, NOT_VERIFIED)
        finally:
            of.seconds += self.clock() - began
        if not answer["refuted"]:
            return one
        if self.ground.is_quoted(answer["because"], shown.paths):
            return dropped(one.claim, REFUTED)
        return Grounded(one.claim, one.place, one.evidence, is_doubted=True)

    def _said(self, grounded: Sequence[Grounded]) -> list[Finding]:
        rules = {reading.SLUG: reading.RULES[0] for reading in READINGS}
        settings = self.knowledge.settings
        said = [finding_of(one, rules[one.claim.slug]) for one in grounded]
        return [one for one in said if not settings.is_disabled(one.slug, one.path)]

    def _triaged(self) -> tuple[Triage, ...]:
        """Return what a model would do with unsure findings; nothing where it is not asked, or does not answer."""
        asked = unsure(self.findings)
        if Enrichment.FINDINGS not in self.reader.enrich or not asked:
            return ()
        try:
            reply = self.asking.ask(Role.TRIAGE, triage_ask(self.ground, self.fence, asked))
        except ModelError:
            return ()  # the findings stand as they are
        return triaged(self.ground, asked, dict(reply.data))

    def _unseen(self, contexts: Sequence[Context], wanted: Sequence[_Pass]) -> list[Unseen]:
        covered = {path for one in wanted for path in one.covered}
        return [one for one in unseen_of(contexts) if one.path in covered]

    def _effects(self, added: Sequence[Added], claims: Sequence[Claim], grounded: Sequence[Grounded]) -> dict[str, str]:
        cited = Counter(label for claim in claims for label in claim.cites)
        said = Counter(label for one in grounded for label in one.claim.cites)
        found = {}
        for kind in Enrichment:
            if kind in self.reader.enrich and added:
                tokens = sum(len(one.text) // 4 for one in added if one.kind is kind)
                found[kind.value] = effect_of(kind, added, tokens, cited[kind.value], said[kind.value])
        return found

    def _each(self, work: Callable[[Task], Done], tasks: Sequence[Task]) -> list[Done]:
        """Return what each task gives, in order; several at once where the reader allows it."""
        if self.reader.jobs <= 1 or len(tasks) < 2:
            return [work(task) for task in tasks]
        with ThreadPoolExecutor(self.reader.jobs) as pool:
            return list(pool.map(work, tasks))


def _shown(text: str) -> str:
    return "\n".join(lines_in(text))
