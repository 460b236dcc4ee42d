"""A model that is borrowed: who borrows it may close it, and it stays open."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.model import NEVER, Branches, Model, ModelInfo, Stop

if TYPE_CHECKING:
    from llguidance import LLTokenizer


@dataclass(frozen=True)
class Lent:
    """A `Model` that does all that its owner's does, but for closing."""

    owners: Model

    @property
    def info(self) -> ModelInfo:
        """Return what is known about it."""
        return self.owners.info

    def tokens_of(self, text: bytes) -> tuple[int, ...]:
        """Return the tokens of plain text."""
        return self.owners.tokens_of(text)

    def bytes_of(self, tokens: Sequence[int]) -> bytes:
        """Return the text of tokens."""
        return self.owners.bytes_of(tokens)

    def branches(
        self, prompt: Sequence[int], count: int = 1, *, room: int, stop: Stop = NEVER
    ) -> AbstractContextManager[Branches]:
        """Read a prompt once and branch it."""
        return self.owners.branches(prompt, count, room=room, stop=stop)

    def masks(self) -> LLTokenizer:
        """Return the llguidance tokenizer of its vocabulary."""
        return self.owners.masks()

    def close(self) -> None:
        """Do nothing: it is the owner's to close."""
