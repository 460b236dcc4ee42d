"""Free reasoning before an answer: no grammar holds until the delimiter."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from models.infill.draw import tries
from models.infill.rules import Rules

if TYPE_CHECKING:
    from models.model import Logits, Sampling

_TRIES = 16  # tokens drawn before the delimiter is written for the model


class Thoughts:
    """The reasoning of one text, up to its delimiter, which is written for a model that does not come to an end."""

    def __init__(self, rules: Rules, sampling: Sampling) -> None:
        self._rules, self._sampling = rules, sampling
        self._text, self._tokens = b"", 0
        self._queue: list[int] = []
        self.is_over = False

    def next(self, row: Logits) -> int:
        """Return the next token; `row` are the logits (V,)."""
        if not self._queue:
            token = self._drawn(row)
            if token is None or self._tokens >= self._most:
                self._queue = list(self._rules.close)
            else:
                return self._thought(token)
        token = self._queue.pop(0)
        self.is_over = not self._queue
        return token

    @property
    def _most(self) -> int:
        return 0 if self._rules.reasoning is None else self._rules.reasoning.most

    def _drawn(self, row: Logits) -> int | None:
        reasoning = self._rules.reasoning
        for token in islice(tries(row, self._sampling, -1 - self._tokens), _TRIES):
            closes = reasoning is not None and token == reasoning.close_token
            if closes or (token not in self._rules.ends and self._rules.piece(token)):
                return token
        return None

    def _thought(self, token: int) -> int:
        reasoning = self._rules.reasoning
        self._tokens += 1
        self._text += self._rules.piece(token)
        closes = reasoning is None or token == reasoning.close_token or self._text.endswith(reasoning.close)
        self.is_over = closes
        return token
