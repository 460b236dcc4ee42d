"""A model that answers as it was told to, for tests and for trying things out: no weights, no network.

What it was told to say is checked against the schema like anybody's answer, so a script that is wrong is an error.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from models.chat.errors import BadAnswer, BadRequest, ChatError
from models.chat.model import Ask, Purpose, Reply, Usage
from models.chat.schema import answer_of
from models.model import NEVER, Stop

_BYTES = 3  # of a token, as it counts them


class ScriptedChat:
    """A Chat that answers by a function of the question, or one answer after the other.

    A ChatError in place of an answer is raised. `asks` and `purposes` are what it was asked, in order.
    """

    def __init__(
        self,
        answers: Callable[[Ask], Mapping[str, Any]] | Sequence[Mapping[str, Any] | ChatError],
        *,
        name: str = "scripted",
        context: int = 32_000,
    ) -> None:
        self._answers, self._name, self._context = answers, name, context
        self._lock = threading.Lock()
        self.asks: list[Ask] = []
        self.purposes: list[Purpose] = []
        self.is_closed = False

    @property
    def name(self) -> str:
        """Return the name that it was given."""
        return self._name

    @property
    def context(self) -> int:
        """Return how many tokens it says that it takes."""
        return self._context

    def tokens(self, text: str) -> int:
        """Return a third of the text's bytes, rounded up."""
        return -(-len(text.encode("utf-8", "surrogatepass")) // _BYTES)

    def ask(self, ask: Ask, purpose: Purpose, *, stop: Stop = NEVER) -> Reply:
        """Return the answer that the script has; raises the script's ChatError, BadAnswer where it ended, and Stop's.

        BadRequest where question and answer do not fit the context.
        """
        stop.check()
        with self._lock:
            at = len(self.asks)
            self.asks.append(ask)
            self.purposes.append(purpose)
        sent = sum(self.tokens(text) for text in (ask.system, ask.shared, ask.question))
        if sent + ask.most > self._context:
            raise BadRequest(f"{sent} + {ask.most} tokens do not fit the context of {self._context}")
        data = answer_of(self._answer(ask, at), ask.schema)
        usage = Usage(sent, self.tokens(json.dumps(data)))
        return Reply(data=data, usage=usage, provider="scripted", model=self._name, ms=0)

    def close(self) -> None:
        """Remember that it was closed."""
        self.is_closed = True

    def _answer(self, ask: Ask, at: int) -> Mapping[str, Any]:
        if callable(self._answers):
            return self._answers(ask)
        if at >= len(self._answers):
            raise BadAnswer("the script has ended")
        answer = self._answers[at]
        if isinstance(answer, ChatError):
            raise answer
        return answer
