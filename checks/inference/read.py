"""Reads a change with a model: context, passes, claims, grounding, a second reading, findings. The order is here.

A pass that was not answered is not checked, whatever the others bring; a claim that nobody read again is not said.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from checks.change import Change
from checks.check import Unseen
from checks.context.assemble import windows
from checks.context.model import Context, unseen_of
from checks.finding import Finding
from checks.inference.again import Again
from checks.inference.asking import Asking, each
from checks.inference.cap import Grounded, finding_of
from checks.inference.claims import Claim, claims_in
from checks.inference.deeply import Deepened, deepened
from checks.inference.enrich import Added, Material, additions, effects_of, for_security
from checks.inference.fence import Fence, fence_of
from checks.inference.ground import Ground
from checks.inference.guard import lines_in
from checks.inference.held import Sieve, dropped
from checks.inference.merge import without_repeated
from checks.inference.model import Dropped, Enrichment, Read, Reader, Report, Role, Triage
from checks.inference.passes import READINGS
from checks.inference.prompt import ADDED_SHARE, Frame
from checks.inference.repeated import Secrets
from checks.inference.security import security_slugs
from checks.inference.triage import fitting, triaged, unapproved, unsure
from checks.inference.under_way import Pass, crashed, passes_for
from checks.knowledge import Knowledge
from checks.verdict import CheckStatus
from kb.graph.code import Code
from models.chat.errors import BadRequest
from models.errors import ModelError

LEAST_CODE = 300  # tokens of code; a model that can be shown less reads nothing


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
    place matters. Whatever goes wrong becomes runs that did not end well; nothing is raised.
    """
    began = clock()
    asking = Asking(reader, change.repository, change.subject, clock)
    try:
        return _Session(change, findings, knowledge, code, score, reader, asking, clock).read(began)
    except Exception as error:  # as in the check runner: what crashes is not checked, and the review goes on
        passes = crashed(passes_for(change, knowledge.settings, reader), error)
        return Read(runs=tuple(one.run for one in passes), report=asking.counted(Report()))
    finally:
        asking.close()


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
        self.secrets = Secrets(self.change)

    def read(self, began: float) -> Read:
        """Return what reading the change brought."""
        passes = passes_for(self.change, self.knowledge.settings, self.reader)
        wanted = [one for one in passes if one.covered]
        shown = Deepened(())
        added: tuple[Added, ...] = ()
        if wanted:
            try:
                frame = self._frame()
                shown = self._contexts(frame)
                self.secrets = Secrets(self.change, tuple(sorted({p for one in shown.contexts for p in one.paths})))
                added = self._added(frame)
                self._find(frame, shown.contexts, added, wanted)
            except ModelError as error:
                for one in wanted:
                    one.fail(error, one.covered)
        claims = [claim for one in wanted for claim in one.claims]
        grounded = self._read_again(self._grounded(wanted), wanted)
        found, repeated = without_repeated(self._said(grounded), self.findings, security_slugs())
        self.dropped += repeated
        triage = self._triaged() if any(one.status is CheckStatus.OK for one in wanted) else ()
        report = self._report(shown, added, claims, grounded, triage, began)
        return Read(
            findings=tuple(sorted(found, key=lambda one: one.order)),
            runs=tuple(one.run for one in passes),
            unseen=(*self._unseen(shown, wanted), *unapproved(self.findings, triage)),
            notes=shown.notes,
            report=self.asking.counted(report),
        )

    def _report(
        self,
        shown: Deepened,
        added: Sequence[Added],
        claims: Sequence[Claim],
        grounded: Sequence[Grounded],
        triage: tuple[Triage, ...],
        began: float,
    ) -> Report:
        return Report(
            claims=len(claims),
            dropped=tuple(self.dropped),
            triaged=triage,
            effects=effects_of(self.reader.enrich, added, claims, [one.claim for one in grounded]),
            context_tokens=sum(context.tokens for context in shown.contexts),
            windows=len(shown.contexts),
            ms=round((self.clock() - began) * 1000),
        )

    def _frame(self) -> Frame:
        """Return what questions have in common; raises ModelError where nobody can be asked."""
        chat = self.asking.chat(Role.FIND)
        tokens = min(self.reader.tokens, chat.context)
        frame = Frame(self.change, self.fence, tokens, chat.tokens, self.reader.is_deep)
        if frame.budget.code_tokens < LEAST_CODE:
            raise BadRequest(f"{frame.tokens} tokens are too few to read code in")
        return frame

    def _contexts(self, frame: Frame) -> Deepened:
        """Return what the passes are shown of the code, with notes of a deep reading where one is wanted."""
        change, code, score = self.change, self.code, self.score
        contexts = windows(change, code, score, frame.count, frame.budget, clean=_shown)
        if not self.reader.is_deep:
            return Deepened(contexts)
        return deepened(
            change,
            code,
            score,
            contexts,
            frame.notes_tokens,
            reader=self.reader,
            asking=self.asking,
            fence=self.fence,
            clean=_shown,
            secrets=self.secrets,
        )

    def _added(self, frame: Frame) -> tuple[Added, ...]:
        slugs = [reading.SLUG for reading in READINGS]
        room = int(frame.tokens * ADDED_SHARE)
        return additions(self._material, self.reader.enrich, slugs, frame.count, room)

    @property
    def _material(self) -> Material:
        return Material(self.change, self.findings, self.knowledge, self.knowledge.memory())

    def _find(self, frame: Frame, contexts: Sequence[Context], added: Sequence[Added], wanted: list[Pass]) -> None:
        """Put each pass's question about each context; a pass ends at the first that is not answered."""
        safe = for_security(added, self._material)
        left = [context for context in contexts if context.pieces]
        for number, context in enumerate(left):
            later = {path for one in left[number:] for path in one.paths}

            def ask(one: Pass, context: Context = context, later: set[str] = later) -> None:
                if one.status is CheckStatus.OK and not context.paths.isdisjoint(one.covered):
                    self._ask(frame, context, safe if one.reading.TRAITS.is_security else added, one, later)

            each(ask, wanted, self.reader.jobs)

    def _ask(self, frame: Frame, context: Context, added: Sequence[Added], one: Pass, later: set[str]) -> None:
        began, reading = self.clock(), one.reading
        own = [addition for addition in added if addition.slug in ("", reading.SLUG)]
        try:
            question = frame.ask(reading, context, own)
            if question is None:
                raise BadRequest(f"{frame.tokens} tokens leave no room for an answer")
            reply = self.asking.ask(Role.FIND, question)
            one.claims += self.secrets.withheld(claims_in(reply.data, reading.SLUG))
        except ModelError as error:
            one.fail(error, later & set(one.covered))
        one.seconds += self.clock() - began

    def _grounded(self, wanted: Sequence[Pass]) -> list[Grounded]:
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

    def _read_again(self, grounded: Sequence[Grounded], wanted: Sequence[Pass]) -> list[Grounded]:
        """Return the claims that a second reading did not refute."""
        passes = {one.reading.SLUG: one for one in wanted}
        again = Again(self.ground, self.fence, self.asking, self.clock)
        chosen, too_many = again.chosen(grounded, passes)
        read = each(lambda one: again.read(one, passes[one.claim.slug]), chosen, self.reader.jobs)
        self.dropped += [*too_many, *(one for one in read if isinstance(one, Dropped))]
        return [one for one in read if isinstance(one, Grounded)]

    def _said(self, grounded: Sequence[Grounded]) -> list[Finding]:
        rules = {reading.SLUG: reading.RULES[0] for reading in READINGS}
        settings = self.knowledge.settings
        said = [finding_of(one, rules[one.claim.slug]) for one in grounded]
        return [one for one in said if not settings.is_disabled(one.slug, one.path)]

    def _triaged(self) -> tuple[Triage, ...]:
        """Return what a model would do with unsure findings; without an answer they stand as they are."""
        asked = unsure(self.findings)
        if Enrichment.FINDINGS not in self.reader.enrich or not asked:
            return ()
        try:
            asked, ask = fitting(self.ground, self.fence, asked, self.asking.chat(Role.TRIAGE))
            reply = self.asking.ask(Role.TRIAGE, ask)
        except ModelError:
            return ()
        return self.secrets.unsaid(triaged(self.ground, asked, reply.data))

    def _unseen(self, shown: Deepened, wanted: Sequence[Pass]) -> list[Unseen]:
        covered = {path for one in wanted for path in one.covered}
        return [one for one in (*unseen_of(shown.contexts), *shown.unseen) if one.path in covered]


def _shown(text: str) -> str:
    return "\n".join(lines_in(text))
