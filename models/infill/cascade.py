"""The order of attempts at a hole: freely first, under constraints only where that failed.

A model under constraints writes worse than one without where it would have been right anyway: a grammar that lacks
one form of the language derails it. So the free texts are judged, and only if none of them stands are the grammars
switched on; if that fails, too, they are tried once more with other seeds. What failed is never told to the model:
a prompt with a failed attempt in it makes the next one worse.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial

from models.constraints.model import Compiled
from models.errors import TooLong, Unsatisfiable
from models.infill.decode import Page, Writing, Written, write
from models.infill.draw import derived
from models.infill.ending import cut_to_whole, is_whole
from models.infill.fim import opening_line
from models.infill.rules import Ended, Reasoning
from models.infill.stats import Stats
from models.infill.window import Window, window_of
from models.judge import why_not
from models.mask.model import Scale
from models.model import NEVER, Model, Stop
from models.patch import Candidate, Origin, Proposals, Task, Tried
from models.rank import scores_of


class Mode(StrEnum):
    """Ways of filling a hole that can be compared (arms A to F)."""

    UNCONSTRAINED = "unconstrained"  # A: as the model leaves it
    TRUNCATED = "truncated"  # B: A, cut to a whole node by the tree
    ALWAYS = "always"  # C: under the hard grammars from the first token
    CASCADE = "cascade"  # D: B, judged; where nothing stands, under the hard grammars, twice
    RESAMPLE = "resample"  # E: as D with as many texts, all of them free: what a second draw alone is worth
    SOFT = "soft"  # F: D, with preferences where it is constrained


_UNJUDGED = (Mode.UNCONSTRAINED, Mode.TRUNCATED, Mode.ALWAYS)
_ROOM = {Scale.EXPRESSION: (48, 128), Scale.STATEMENT: (96, 256), Scale.BLOCK: (192, 384), Scale.BODY: (320, 512)}
_SPARE = 160  # tokens at most for FIM tokens, forced bytes and drafts
_LEAST_WINDOW = 16
_WARMER = 0.2  # added to the temperature when texts under constraints are drawn once more


@dataclass(frozen=True)
class Options:
    """What does not depend on the hole."""

    window: int = 1024  # tokens of the file read around the hole, if the model's context holds as many
    at_once: int = 8  # texts in one batch
    rank: bool = True  # whether candidates get the likelihood of the whole splice, which is read once more for it
    reasoning: Reasoning | None = None
    draft: bool = False  # guess a text written alone from the old one: gains where eight tokens cost what one does


OPTIONS = Options()


@dataclass(frozen=True)
class Filled:
    """What came of a hole, with what it cost, and every text as it was finished, in the order written."""

    proposals: Proposals
    stats: Stats
    texts: tuple[bytes, ...]


def infill_with(task: Task, model: Model, mode: Mode, stop: Stop = NEVER, options: Options = OPTIONS) -> Proposals:
    """Return what a model proposes for a hole in one way of filling it; raises ModelError where it cannot work.

    Modes A to C judge nothing: all they wrote are candidates. What stands in the hole now is never shown to the model,
    only used to guess how long the text may be and, if that is asked for, what may come next.
    """
    return filled(task, model, mode, stop, options).proposals


def filled(
    task: Task,
    model: Model,
    mode: Mode,
    stop: Stop = NEVER,
    options: Options = OPTIONS,
    *,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> Filled:
    """Return `infill_with`'s proposals together with what they cost; `clock` gives nanoseconds."""
    attempt = _Attempt(task, model, mode, options, clock)
    for number in range(1 if mode in _UNJUDGED else 3):
        attempt.round(number, stop)
        if attempt.found:
            break
    return Filled(attempt.proposals(stop), attempt.stats, tuple(attempt.texts))


@dataclass
class _Attempt:
    """One hole while it is being filled."""

    task: Task
    model: Model
    mode: Mode
    options: Options
    clock: Callable[[], int]
    found: dict[bytes, Candidate] = field(default_factory=dict)
    fallen: list[Tried] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    active: list[str] = field(default_factory=list)
    stats: Stats = field(default_factory=Stats)
    read: int = 0

    def round(self, number: int, stop: Stop) -> None:
        """Write `task.count` texts in one go, and sort them into candidates and fallen."""
        constraints = self._constraints(number)
        hard = constraints is not None
        warmer = _WARMER if number == 2 and self.task.sampling.temperature > 0 else 0.0
        sampling = replace(self.task.sampling, temperature=self.task.sampling.temperature + warmer)
        count = self.task.count if sampling.temperature > 0 else 1  # all would be the same
        seeds = [derived(self.task.sampling.seed, number, at) for at in range(count)]
        writing = replace(self._writing(), sampling=sampling, constraints=constraints)
        writing = replace(writing, use_soft=hard and self.mode is Mode.SOFT)
        for at in range(0, count, self.options.at_once):
            some = tuple(seeds[at : at + self.options.at_once])
            try:
                page = write(self.model, replace(writing, seeds=some), stop=stop, clock=self.clock)
            except Unsatisfiable as reason:
                self.notes.append(f"no constraints: {reason}")
                return
            self._sort(page, Origin.CONSTRAINED if hard else Origin.INFILLED)

    def _constraints(self, number: int) -> Compiled | None:
        constraints = self.task.constraints
        free = number == 0 and self.mode is not Mode.ALWAYS
        if constraints is None or free or self.mode in (Mode.RESAMPLE, Mode.UNCONSTRAINED, Mode.TRUNCATED):
            return None
        if not constraints.hard and not (constraints.soft and self.mode is Mode.SOFT):
            return None
        rows = [one.domain.value for one in constraints.hard]
        rows += [one.domain.value for one in constraints.soft if self.mode is Mode.SOFT]
        self.active = list(dict.fromkeys(rows))
        return constraints

    def _writing(self) -> Writing:
        task, info = self.task, self.model.info
        opening = opening_line(task.language, task.instruction)
        if task.instruction.strip() and not opening:
            self.notes.append(f"the instruction was left out: no comment line in {task.language}")
        least, most = _ROOM[task.hole.scale]
        room = min(most, max(least, 2 * len(self.model.tokens_of(task.hole.text)) + 16))
        thoughts = 0 if self.options.reasoning is None else self.options.reasoning.most + _SPARE
        limit = info.context - room - _SPARE - thoughts - len(self.model.tokens_of(opening))
        limit = min(self.options.window, limit)
        if limit < _LEAST_WINDOW:
            raise TooLong(f"the model's context of {info.context} tokens leaves no room around a hole of {room}")
        window: Window = window_of(task.source, task.hole, limit, self.model.tokens_of)
        self.notes += window.notes
        reasoning = self.options.reasoning
        return Writing(
            window,
            task.hole,
            task.language,
            (),
            room=room,
            opening=opening,
            draft=task.hole.text if self.options.draft else b"",
            reasoning=reasoning,
            whole=partial(is_whole, task.source, task.language, task.hole),
        )

    def _sort(self, page: Page, origin: Origin) -> None:
        self.stats += page.stats
        self.read += page.prompt_tokens
        self.notes += page.notes
        for written in page.texts:
            text = self._finished(written)
            self.texts.append(text)
            why = self._why_not(text, written)
            if why:
                self.fallen.append(Tried(text.decode("utf-8", "replace"), origin.value, 0.0, why))
            else:
                note = "written under constraints" if origin is Origin.CONSTRAINED else ""
                made = Candidate(self.task.hole, text, origin, 0.0, written.tokens, note, written.seed)
                self.found.setdefault(text, made)

    def _finished(self, written: Written) -> bytes:
        """Return a text with the file's line ends, cut to a whole node if the mode does that."""
        text = written.text
        data = self.task.source.data
        if b"\r\n" in data and data.count(b"\r\n") == data.count(b"\n"):
            text = text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        if self.mode is Mode.UNCONSTRAINED:
            return text
        text = text.strip()  # of what stands in a file, white space around it is the file's
        marks = written.marks if text == written.text else ()
        return cut_to_whole(self.task.source, self.task.language, self.task.hole, text, marks) or text

    def _why_not(self, text: bytes, written: Written) -> str:
        """Return why a text is no candidate; "" if it is one."""
        if not text.strip() and written.ended is Ended.STUCK:
            return "nothing may come next"
        if text.strip() and self.mode in _UNJUDGED:
            return ""
        return why_not(self.task, text, self.found)

    def proposals(self, stop: Stop) -> Proposals:
        """Return the candidates, the likeliest splice first, ties by text."""
        made = [self.found[text] for text in sorted(self.found)]
        if made and self.options.rank:
            scores = scores_of(self.model, self.task.source, self.task.hole, [one.text for one in made], stop=stop)
            made = [replace(one, score=score) for one, score in zip(made, scores, strict=True)]
        made.sort(key=lambda one: (-one.score, one.text))
        return Proposals(
            candidates=tuple(made),
            fallen=tuple(self.fallen),
            tokens=self.stats.tokens + self.read,
            constraints=tuple(self.active),
            notes=tuple(dict.fromkeys(self.notes)),
        )
