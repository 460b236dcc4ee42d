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

from collections.abc import Sequence
from dataclasses import dataclass

from kb.source import Source
from models.mask.model import Hole
from models.model import NEVER, Model, Stop

_BYTES_PER_TOKEN = 8  # more than code ever has on average: bounds what is tokenised of a large file
_MAX_BYTES = 64  # of one token in every vocabulary known here; a line longer than the window is cut between such
_AT_ONCE = 8  # branches in one batch


@dataclass(frozen=True)
class Reach:
    """How much of the file is read around the hole, in tokens of the model's own."""

    before: int = 512
    after: int = 48
    at_once: int = _AT_ONCE


REACH = Reach()


@dataclass(frozen=True)
class Ranked:
    """A text for a hole with its score in nats, and how many tokens were read to tell."""

    text: bytes
    score: float
    tokens: int


@dataclass(frozen=True)
class Ranking:
    """Texts for one hole, the likeliest first, ties by text; the text that stands there is not among them."""

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
    tails, shared = _tails_of(model, source, hole, [hole.text, *different], reach)
    sums = _sums(model, shared, tails, reach.at_once, stop) if different else [0.0]
    rows = [
        Ranked(text, total - sums[0], len(tail))
        for text, total, tail in zip(different, sums[1:], tails[1:], strict=True)
    ]
    read = len(shared) + sum(map(len, tails)) if different else 0
    return Ranking(tuple(sorted(rows, key=lambda row: (-row.score, row.text))), read)


def scores_of(
    model: Model, source: Source, hole: Hole, texts: Sequence[bytes], *, stop: Stop = NEVER, reach: Reach = REACH
) -> list[float]:
    """Return the score of each text in nats, 0 for what stands there; raises what `Model.branches` does."""
    ranked = {row.text: row.score for row in ranking_of(model, source, hole, texts, stop=stop, reach=reach).rows}
    return [ranked.get(text, 0.0) for text in texts]


def _tails_of(
    model: Model, source: Source, hole: Hole, texts: Sequence[bytes], reach: Reach
) -> tuple[list[tuple[int, ...]], tuple[int, ...]]:
    """Return the tokens of each splice that follow on what all have in common, and those in common."""
    after = _after(model, source.data[hole.span.end :], min(reach.after, model.info.context // 4))
    longest = max(len(model.tokens_of(text)) for text in texts) + len(model.tokens_of(after))
    room = max(0, model.info.context - longest - 8)
    before = _before(model, source.data[: hole.span.start], min(reach.before, room))
    splices = [model.tokens_of(before + text + after) for text in texts]
    length = _common(splices)
    shared = splices[0][:length]
    first = () if model.info.begin is None else (model.info.begin,)
    prompt = first + shared or model.tokens_of(b"\n")  # a file that differs from its first byte follows on a line's end
    return [splice[length:] for splice in splices], prompt


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


def _sums(
    model: Model, prompt: tuple[int, ...], tails: Sequence[tuple[int, ...]], at_once: int, stop: Stop
) -> list[float]:
    """Return the log-likelihood of each tail after the prompt."""
    sums = [0.0] * len(tails)
    todo = sorted((at for at, tail in enumerate(tails) if tail), key=lambda at: (len(tails[at]), at))
    if not model.info.can_forget:
        for at in range(0, len(todo), at_once):
            _read(model, prompt, tails, [todo[at : at + at_once]], sums, stop)
        return sums
    _read(model, prompt, tails, [todo[at : at + at_once] for at in range(0, len(todo), at_once)], sums, stop)
    return sums


def _read(
    model: Model,
    prompt: tuple[int, ...],
    tails: Sequence[tuple[int, ...]],
    chunks: Sequence[Sequence[int]],
    sums: list[float],
    stop: Stop,
) -> None:
    """Read the tails chunk by chunk over one reading of the prompt, each branch taken back before the next chunk."""
    room = max((len(tails[at]) for chunk in chunks for at in chunk), default=0)
    width = max(map(len, chunks), default=0)
    if not width:
        return
    with model.branches(prompt, width, room=room, stop=stop) as branches:
        for chunk in chunks:
            stop.check()
            found = branches.logprobs({branch: tails[at] for branch, at in enumerate(chunk)})
            for branch, at in enumerate(chunk):
                sums[at] = float(sum(found[branch].tolist()))
                if chunk is not chunks[-1]:
                    branches.rollback(branch, len(tails[at]))
