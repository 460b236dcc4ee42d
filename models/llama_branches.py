"""Continuations of one prompt on a context: each branch is a sequence that begins with what was read once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from models.errors import ModelError, TooLong
from models.llama_context import ROWS, Context, Fed
from models.llama_loaded import Loaded
from models.llama_vocabulary import check_tokens
from models.model import ModelInfo, Stop

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.model import Logits

T = TypeVar("T")


@dataclass
class _Tail:
    """What was appended to a branch: `read` of the tokens are in the cache, `row` follows the last if it is known."""

    tokens: list[int] = field(default_factory=list)
    read: int = 0
    row: Logits | None = None


class LlamaBranches:
    """Branches of a prompt that the context holds on its first sequence."""

    def __init__(self, loaded: Loaded, info: ModelInfo, context: Context, count: int, room: int, stop: Stop) -> None:
        self._loaded, self._info, self._context, self._room, self._stop = loaded, info, context, room, stop
        self._tails = [_Tail() for _ in range(count)]
        self._open = True

    @property
    def count(self) -> int:
        """Return how many branches there are."""
        return len(self._tails)

    def logits(self, branch: int) -> Logits:
        """Return a copy of the logits (V,) of what comes next on a branch."""
        tail = self._tail(branch)
        return self._call(lambda: self._row(branch, tail).copy())

    def advance(self, tokens: Mapping[int, Sequence[int]]) -> dict[int, Logits]:
        """Append tokens in one batch; returns per branch the logits (n, V). A TooLong comes before anything is read."""
        found = {branch: np.empty((len(more), self._info.vocabulary), np.float32) for branch, more in tokens.items()}

        def advanced() -> dict[int, Logits]:
            for branch, at, row in self._appended(tokens):
                found[branch][at] = row
            return found

        self._check_fits(tokens)
        return self._call(advanced)

    def logprobs(self, tokens: Mapping[int, Sequence[int]]) -> dict[int, NDArray[np.float64]]:
        """Append tokens in one batch; returns per branch the natural log-probability (n,) of each."""
        found = {branch: np.empty(len(more), np.float64) for branch, more in tokens.items()}

        def scored() -> dict[int, NDArray[np.float64]]:
            for branch, more in tokens.items():
                if more:
                    found[branch][0] = _logprob(self._row(branch, self._tails[branch]), more[0])
            for branch, at, row in self._appended(tokens):
                if at + 1 < len(tokens[branch]):
                    found[branch][at + 1] = _logprob(row, tokens[branch][at + 1])
            return found

        self._check_fits(tokens)
        return self._call(scored)

    def rollback(self, branch: int, count: int) -> None:
        """Forget the last `count` tokens of a branch; raises ModelError where it has fewer."""
        tail = self._tail(branch)
        if not 0 <= count <= len(tail.tokens):
            raise ModelError(f"branch {branch} has {len(tail.tokens)} tokens, not {count} to forget")
        if count:
            self._call(lambda: self._cut(branch, tail, len(tail.tokens) - count))

    def close(self) -> None:
        """Refuse every later call."""
        self._open = False

    def _call(self, function: Callable[[], T]) -> T:
        return self._loaded.call(lambda _: function(), self._stop)

    def _tail(self, branch: int) -> _Tail:
        if not self._open:
            raise ModelError("these branches were closed")
        if not 0 <= branch < len(self._tails):
            raise ModelError(f"there is no branch {branch}")
        return self._tails[branch]

    def _check_fits(self, tokens: Mapping[int, Sequence[int]]) -> None:
        for branch, more in tokens.items():
            check_tokens(more, self._info.vocabulary)
            if len(self._tail(branch).tokens) + len(more) > self._room:
                raise TooLong(f"branch {branch} has room for {self._room} tokens")

    def _row(self, branch: int, tail: _Tail) -> Logits:
        """Return the logits (V,) after a branch, reading its last token again if they are not known."""
        if not tail.tokens and self._context.row is not None:
            return self._context.row
        if tail.row is None:
            if tail.read == len(tail.tokens):
                self._cut_cache(branch, tail, tail.read - 1)
            list(self._appended({branch: ()}))
        if tail.row is None:
            raise ModelError("the logits after the prompt are not known: it was not read to its end")
        return tail.row

    def _cut(self, branch: int, tail: _Tail, length: int) -> None:
        del tail.tokens[length:]
        tail.row = None
        self._cut_cache(branch, tail, length)

    def _cut_cache(self, branch: int, tail: _Tail, length: int) -> None:
        """Forget what the cache holds of a branch beyond `length`; of a model that cannot, all of it, to read again."""
        if tail.read <= length:
            return
        if self._info.can_forget and self._context.forget(branch + 1, len(self._context.tokens) + length):
            tail.read = length
        else:
            self._context.lend(branch + 1)
            tail.read = 0

    def _appended(self, tokens: Mapping[int, Sequence[int]]) -> Iterator[tuple[int, int, Logits]]:
        """Read what is new on each branch, in batches; yields branch, index in `tokens`, and a view of the logits."""
        start, feed, places = len(self._context.tokens), list[Fed](), list[tuple[int, int]]()
        for branch, more in sorted(tokens.items()):
            tail = self._tails[branch]
            old = len(tail.tokens)
            for at, token in enumerate((*tail.tokens[tail.read :], *more), start=tail.read):
                last = at + 1 == old + len(more)
                feed.append(Fed(token, branch + 1, start + at, wanted=at >= old or last))
                places.append((branch, at - old))
        for first in range(0, len(feed), ROWS):
            part = feed[first : first + ROWS]
            self._stop.check()
            rows = iter(self._context.decode(part, self._stop))
            for fed, (branch, at) in zip(part, places[first : first + ROWS], strict=True):
                self._note(branch, fed, at)
                if not fed.wanted:
                    continue
                row = next(rows)
                tail = self._tails[branch]
                tail.row = row.copy() if at + 1 == len(tokens[branch]) else None
                if at >= 0:
                    yield branch, at, row

    def _note(self, branch: int, fed: Fed, at: int) -> None:
        tail = self._tails[branch]
        tail.read += 1
        if at >= 0:
            tail.tokens.append(fed.token)
            tail.row = None


def _logprob(row: Logits, token: int) -> float:
    """Return log p(token) of a softmax over the logits (V,), summed in double precision."""
    top = row.max()
    return float(row[token] - top) - float(np.log(np.exp(row - top).sum(dtype=np.float64)))
