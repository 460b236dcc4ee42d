"""One text being written: what its next token is, given the logits, and when it ends.

A text goes through up to three stretches: free reasoning up to a delimiter (if the model reasons), the forced bytes
between the prompt's end and the hole, and the hole's own text. Only the last is kept.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from models.infill.draw import tries
from models.infill.ending import begins, leaves_at
from models.infill.lookup import Lookup
from models.infill.masks import BOUNDARY, Gates
from models.infill.rules import Ended, Rules, is_repeating
from models.infill.thoughts import Thoughts

if TYPE_CHECKING:
    from models.infill.draw import Adjust
    from models.infill.soft import Weigh
    from models.infill.stats import Meter
    from models.model import Logits, Sampling

_TRIES = 16  # tokens drawn and asked about before masks are computed


class Pen:
    """Writes one text. `take` is given logits and returns the tokens that are to be appended."""

    def __init__(
        self,
        rules: Rules,
        sampling: Sampling,
        gates: Gates,
        *,
        meter: Meter,
        lookup: Lookup | None,
        adjust: Weigh | None,
    ) -> None:
        self._rules, self._sampling, self._meter = rules, sampling, meter
        self.gates: Gates | None = gates
        self._lookup, self._adjust = lookup, adjust
        self._thoughts = Thoughts(rules, sampling) if rules.reasoning is not None else None
        self._queue: list[int] = []
        self._draft: tuple[int, ...] = ()
        self._written: list[int] = []  # tokens after the reasoning
        self._text = b""
        self.tokens = 0
        self.ended: Ended | None = None
        self.surplus = 0  # appended tokens of the last call that turned out wrong and have to be forgotten
        self._foresee()

    @property
    def drafted(self) -> int:
        """Return how many of the tokens to append are guessed."""
        return len(self._draft)

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what was dropped on the way."""
        return () if self.gates is None else tuple(self.gates.notes)

    @property
    def text(self) -> bytes:
        """Return what was written into the hole."""
        left = self._left(self._own) if self.ended is Ended.LEFT else None
        return self._own[:left]

    @property
    def marks(self) -> tuple[int, ...]:
        """Return the offsets into `text` at which tokens end."""
        at, found = -len(self._rules.forced), []
        for token in self._written:
            at += len(self._rules.piece(token))
            found.append(at)
        size = len(self.text)
        return tuple(one for one in found if 0 < one < size)

    def take(self, rows: Logits) -> tuple[int, ...]:
        """Return the tokens to append, () at the end; `rows` (1 + n, V) are the logits before and after a draft of n.

        Of the draft's tokens the last `surplus` turned out wrong.
        """
        draft, kept, fresh, before = self._draft, 0, [], len(self._written)
        for row in rows[: len(draft) + 1]:
            token = self._next(row)
            if token is None:
                break
            if kept < len(draft) and token == draft[kept] and not self.ended:
                kept += 1
                continue
            fresh.append(token)
            break
        self.surplus = len(draft) - kept
        self._meter.count("kept", kept)
        if self._lookup is not None:
            self._lookup.judged(len(draft), kept)
        while fresh and self._queue and self._thoughts is None and not self.ended:
            fresh.append(self._unqueued())
        if self.ended or not fresh:
            return ()
        self._draft = self._guess(len(self._written) - before)
        return (*fresh, *self._draft)

    def _next(self, row: Logits) -> int | None:
        """Return the next token and move on by it; None where the text has ended."""
        if self._thoughts is not None:
            return self._thought(self._thoughts, row)
        if self._queue:
            return self._unqueued()
        self._meter.begin()
        held = self._is_held and not self._is_boundary
        if (token := self._chosen(row)) is not None:
            self._write(token)
        if held:
            self._meter.end()
        return token

    def _unqueued(self) -> int:
        token = self._queue.pop(0)
        self._write(token, is_forced=True)
        return token

    def _thought(self, thoughts: Thoughts, row: Logits) -> int:
        """Return the next token of the reasoning, which no grammar holds."""
        token = thoughts.next(row)
        self.tokens += 1
        self._meter.count("tokens")
        if thoughts.is_over:
            self._thoughts = None
        return token

    def _chosen(self, row: Logits) -> int | None:
        """Return the token that the model draws and the gates admit; None, with `ended` set, where there is none."""
        adjust: Adjust | None = None
        if self._adjust is not None and self._has_begun:
            adjust = self._adjust.at(self._text, self._rules.piece, self._meter)
        may_end = self._has_begun and (self.gates is None or self.gates.is_accepting)
        for token in islice(tries(row, self._sampling, len(self._written), adjust), _TRIES):
            if token in self._rules.ends:
                if may_end:
                    return self._end(Ended.END)
                continue
            piece = self._rules.piece(token)
            if not piece:
                continue  # a control token says nothing
            if self._admits(token):
                return token
            if may_end and (begins(self._text, piece, self._rules.suffix) or self._left(self._own + piece) is not None):
                return self._end(Ended.SUFFIX)
        return self._rescued(row)

    def _admits(self, token: int) -> bool:
        if self.gates is None:
            return True
        with self._meter.working():
            return self.gates.admits(token)

    def _rescued(self, row: Logits) -> int | None:
        """Return the likeliest token that may stand, where none of those that were drawn may."""
        found = None
        if self.gates is not None:
            with self._meter.working():
                found = self.gates.likeliest(row)
        if found is None:
            return self._end(Ended.STUCK)
        return self._end(Ended.END) if found in self._rules.ends else found

    def _write(self, token: int, *, is_forced: bool = False) -> None:
        self._written.append(token)
        self._text += self._rules.piece(token)
        self.tokens += 1
        self._meter.count("tokens")
        self._meter.count("forced", int(is_forced))
        if self.gates is not None and not is_forced:
            with self._meter.working():
                self.gates.take((token,))
            if self._is_boundary and self._has_begun:
                self.gates = None
        if not self._queue:
            self._foresee()
        if not self._queue:
            self._look_for_an_end()

    def _foresee(self) -> None:
        """Queue the tokens that have to come next."""
        if self.gates is not None:
            with self._meter.working():
                self._queue = list(self.gates.forced())[: max(0, self._rules.room - len(self._written))]
                self.gates.take(self._queue)

    def _look_for_an_end(self) -> None:
        own = len(self._text) - len(self._rules.forced)
        if own < 0:
            return
        if self.gates is not None and self.gates.is_stopped:
            self.ended = Ended.WHOLE
        elif self._has_left():
            self.ended = Ended.LEFT
        elif len(self._written) >= self._rules.room:
            self.ended = Ended.FULL
        elif is_repeating(self._written):
            self.ended = Ended.REPEATED

    def _guess(self, last: int) -> tuple[int, ...]:
        """Return what is likely to follow on the last tokens, cut to what the gates admit."""
        if self._lookup is None or self._thoughts is not None:
            return ()
        self._lookup.follow(self._written, last)
        guess = self._lookup.guess(self._rules.room - len(self._written) - 1)
        if self.gates is not None and guess:
            guess = guess[: self.gates.admitted(guess)]
        self._meter.count("drafted", len(guess))
        return guess

    @property
    def _own(self) -> bytes:
        return self._text[len(self._rules.forced) :]

    @property
    def _has_begun(self) -> bool:
        return len(self._text) >= len(self._rules.forced)

    @property
    def _is_held(self) -> bool:
        return self.gates is not None and bool(self.gates.matchers)

    @property
    def _is_boundary(self) -> bool:
        return self.gates is not None and self.gates.names == [BOUNDARY]

    def _end(self, why: Ended) -> int | None:
        self.ended = why
        return None

    def _has_left(self) -> bool:
        """Return whether the text has left the hole by its last token; most tokens need no look at the whole text.

        A grammar may allow one statement more than the hole holds; what leaves it then has to be whole by the tree.
        """
        piece = self._rules.piece(self._written[-1])
        before = self._text[: len(self._text) - len(piece)].rstrip(b" \t")
        if not before.endswith(b"\n") and not any(byte in b")]}\n" for byte in piece):
            return False
        left = self._left(self._own)
        return left is not None and (not self._is_held or self._rules.whole(self._own[:left]))

    def _left(self, own: bytes) -> int | None:
        return leaves_at(own, self._rules.hole, self._rules.language)
