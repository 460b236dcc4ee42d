"""How much likelier a file becomes by what is written into a hole: the order of candidates, and nothing more.

For a file P + H + S (before the hole, the hole, after it) and a text h for the hole

    score(h) = log p(h + s | p) - log p(H + s | p)        natural logarithms: nats

where p is the end of P that fits the window and s the beginning of S up to the end of a line. All splices end at the
same byte, so texts of different length are compared fairly: a shorter text has fewer factors, and the suffix after it
has to be explained all the same. p + h + s is tokenised in one piece, because a cut at the hole would take tokens
apart that a file never has apart; what the tokens of all splices have in common at the front is read once.

A score says which of several texts a model would rather have read. It never says that something is wrong: on real bug
fixes a small model prefers the fixed text no more often than a coin does (docs/evaluation.md).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from kb.source import Source
from models.errors import ModelError
from models.mask.model import Hole
from models.model import NEVER, Branches, Model, Stop

_BYTES_PER_TOKEN = 8  # more than code ever has on average: bounds what is tokenised of a large file
_AT_ONCE = 8  # branches in one batch
_SPARE = 8  # tokens of the context that are left free


@dataclass(frozen=True)
class Reach:
    """How much of the file is read around the hole, in tokens of the model's own.

    Where there are more than `shortlist` texts, all are read as far as `glance` tokens after the hole, and only the
    best so many to the end.
    """

    before: int = 512
    after: int = 48
    glance: int = 12
    shortlist: int | None = None
    at_once: int = _AT_ONCE


REACH = Reach()


@dataclass(frozen=True)
class Ranked:
    """A text for a hole with its score in nats, and how many tokens were read to tell.

    `whole` is False for a text that was only glanced at: its score is of fewer tokens.
    """

    text: bytes
    score: float
    tokens: int
    whole: bool = True


@dataclass(frozen=True)
class Ranking:
    """Texts for one hole, the likeliest first, ties by text; the text that stands there is not among them.

    Those that were only glanced at come last.
    """

    rows: tuple[Ranked, ...]
    tokens: int  # read in all, what is shared counted once

    @property
    def over_original(self) -> float:
        """Return by how many nats the first is likelier than what stands there; minus infinity where there is none."""
        return self.rows[0].score if self.rows else float("-inf")

    @property
    def over_second(self) -> float:
        """Return by how many nats the first is likelier than the second; infinity where there is no second."""
        return self.rows[0].score - self.rows[1].score if len(self.rows) > 1 else float("inf")

    @property
    def margin(self) -> float:
        """Return the smaller of both: how far the first stands out from everything else that could be there."""
        return min(self.over_original, self.over_second)


def ranking_of(
    model: Model, source: Source, hole: Hole, texts: Sequence[bytes], *, stop: Stop = NEVER, reach: Reach = REACH
) -> Ranking:
    """Return different texts in the order of their scores; raises what `Model.branches` does."""
    different = sorted(set(texts) - {hole.text})
    if not different:
        return Ranking((), 0)
    all_texts = [hole.text, *different]
    glancing = reach.shortlist is not None and len(different) > reach.shortlist
    shared, tails, short = _tails_of(model, source, hole, all_texts, reach, glancing)
    reader = _Reader(model, shared, max(map(len, tails)), reach.at_once, stop)
    with reader:
        first = reader.sums(short if glancing else tails)
        rows = [
            Ranked(text, total - first[0], len(tail), whole=not glancing)
            for text, total, tail in zip(different, first[1:], (short if glancing else tails)[1:], strict=True)
        ]
        if glancing:
            best = sorted(range(len(rows)), key=lambda at: (-rows[at].score, rows[at].text))[: reach.shortlist]
            again = reader.sums([tails[0], *(tails[at + 1] for at in best)])
            for at, total in zip(best, again[1:], strict=True):
                rows[at] = Ranked(different[at], total - again[0], rows[at].tokens + len(tails[at + 1]))
    ordered = sorted(rows, key=lambda row: (not row.whole, -row.score, row.text))
    return Ranking(tuple(ordered), len(shared) + reader.tokens)


def scores_of(
    model: Model, source: Source, hole: Hole, texts: Sequence[bytes], *, stop: Stop = NEVER, reach: Reach = REACH
) -> list[float]:
    """Return the score of each text in nats, 0 for what stands there; raises what `Model.branches` does."""
    whole = replace(reach, shortlist=None)
    ranked = {row.text: row.score for row in ranking_of(model, source, hole, texts, stop=stop, reach=whole).rows}
    return [ranked.get(text, 0.0) for text in texts]


_Tails = list[tuple[int, ...]]


def _tails_of(
    model: Model, source: Source, hole: Hole, texts: Sequence[bytes], reach: Reach, glancing: bool
) -> tuple[tuple[int, ...], _Tails, _Tails]:
    """Return the tokens that all splices have in common at the front, and those of each that follow, whole and short.

    Never nothing in common: a file that differs from its first byte is read as if it followed on a line's end.
    """
    limit = min(reach.after, model.info.context // 4)
    after = _after(model, source.data[hole.span.end :], limit)
    near = _after(model, after, min(reach.glance, limit)) if glancing else after
    longest = max(len(model.tokens_of(text)) for text in texts) + len(model.tokens_of(after))
    room = max(0, model.info.context - longest - _SPARE)
    before = _before(model, source.data[: hole.span.start], min(reach.before, room))
    whole = [model.tokens_of(before + text + after) for text in texts]
    short = [model.tokens_of(before + text + near) for text in texts] if glancing else whole
    length = _common([*whole, *short])
    begin = () if model.info.begin is None else (model.info.begin,)
    shared = begin + whole[0][:length] or model.tokens_of(b"\n")
    return shared, [one[length:] for one in whole], [one[length:] for one in short]


def _common(splices: Sequence[tuple[int, ...]]) -> int:
    """Return how many tokens all have in common at the front."""
    low, high = min(splices), max(splices)  # whatever lies between two tuples shares what these two share
    return next((i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), min(len(low), len(high)))


def _before(model: Model, text: bytes, limit: int) -> bytes:
    """Return the end of what is before a hole: at most `limit` tokens, from the start of a line where one starts."""
    near = text[-limit * _BYTES_PER_TOKEN :] if limit else b""
    tokens = model.tokens_of(near)
    if len(tokens) > limit:
        near = near[len(near) - len(model.bytes_of(tokens[len(tokens) - limit :])) :]
    if len(near) == len(text):
        return near
    line = near.find(b"\n") + 1
    return near[line:] if line else near.lstrip(bytes(range(0x80, 0xC0)))  # not from inside a character


def _after(model: Model, text: bytes, limit: int) -> bytes:
    """Return the beginning of what is after a hole: whole lines of at most `limit` tokens, or part of the first."""
    near = text[: limit * _BYTES_PER_TOKEN]
    tokens = model.tokens_of(near)
    if len(tokens) > limit:
        near = near[: len(model.bytes_of(tokens[:limit]))]
    if len(near) == len(text):
        return near
    line = near.rfind(b"\n") + 1
    return near[:line] if line else near


@dataclass
class _Reader:
    """Log-likelihoods of tails after one prompt, which is read once where the model can take tokens back."""

    model: Model
    prompt: tuple[int, ...]
    room: int
    at_once: int
    stop: Stop
    tokens: int = 0
    _open: ExitStack = field(default_factory=ExitStack)
    _branches: Branches | None = None

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def sums(self, tails: Sequence[tuple[int, ...]]) -> list[float]:
        """Return the log-likelihood of each tail after the prompt, in nats."""
        sums = [0.0] * len(tails)
        todo = sorted((at for at, tail in enumerate(tails) if tail), key=lambda at: (len(tails[at]), at))
        for start in range(0, len(todo), self.at_once):
            self.stop.check()
            chunk = dict(enumerate(todo[start : start + self.at_once]))
            branches = self._ready()
            found = branches.logprobs({branch: tails[at] for branch, at in chunk.items()})
            for branch, at in chunk.items():
                sums[at] = float(found[branch].sum())
                if not math.isfinite(sums[at]):
                    raise ModelError(f"{self.model.info.name} gives numbers that are none: its file is damaged")
                self.tokens += len(tails[at])
                if self.model.info.can_forget:
                    branches.rollback(branch, len(tails[at]))
        return sums

    def _ready(self) -> Branches:
        """Return branches that stand at the end of the prompt."""
        if self._branches is None or not self.model.info.can_forget:
            self._open.close()
            opened = self.model.branches(self.prompt, self.at_once, room=max(1, self.room), stop=self.stop)
            self._branches = self._open.enter_context(opened)
        return self._branches
