"""Answers that were given before, by a digest of what was asked.

What is kept is not believed: it is held to the schema again when it is read.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from typing import Any, Protocol

from models.chat.errors import BadAnswer
from models.chat.model import Ask, Reply, Usage
from models.chat.schema import answer_in

_FORMAT = "1"  # of what is kept


class Cache(Protocol):
    """Keeps values by key; kb.cache.Cache is one. Losing a value is no error."""

    def get(self, key: str) -> bytes | None:
        """Return what was kept under a key, None if nothing is."""
        ...

    def put(self, key: str, value: bytes) -> None:
        """Keep a value."""
        ...


@dataclass(frozen=True)
class Answers:
    """The answers that a cache keeps; without one, none."""

    cache: Cache | None = None

    def of(self, name: str, ask: Ask) -> Reply | None:
        """Return the answer that the model of this name gave to a question, if it still satisfies the schema."""
        found = self.cache.get(key_of(name, ask)) if self.cache is not None else None
        if found is None:
            return None
        try:
            data = answer_in(found, ask.schema)
        except BadAnswer:
            return None
        provider, _, model = name.partition("/")
        return Reply(data, Usage(), provider, model, ms=0, attempts=0, is_cached=True)

    def keep(self, name: str, ask: Ask, reply: Reply) -> None:
        """Keep an answer."""
        if self.cache is not None:
            self.cache.put(key_of(name, ask), json.dumps(reply.data).encode())


def key_of(name: str, ask: Ask) -> str:
    """Return under which key an answer is kept: a digest of the model's name and all of the question."""
    asked: dict[str, Any] = {one.name: getattr(ask, one.name) for one in fields(ask)}
    said = json.dumps([_FORMAT, name, {**asked, "schema": dict(ask.schema)}])
    return "chat " + hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
