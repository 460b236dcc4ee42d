"""What a language model is to the rest of Prudent: tokens in, logits out, many continuations of one prompt at once.

Text is bytes: a token may end inside a character. Text of a repository is never read for special tokens: what looks
like a chat template's or a FIM marker's is tokenised as the plain characters that it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from models.errors import Cancelled, OutOfTime

if TYPE_CHECKING:
    import numpy as np
    from llguidance import LLTokenizer
    from numpy.typing import NDArray

    Logits = NDArray[np.float32]


@dataclass(frozen=True)
class FimTokens:
    """The token ids by which a model was trained to fill in a hole; `middle` is None where the order needs none."""

    prefix: int
    suffix: int
    middle: int | None
    suffix_first: bool = False  # SPM: suffix, prefix, middle


@dataclass(frozen=True)
class ModelInfo:
    """What is known about a model without running it."""

    name: str  # for people: "SmolLM2-135M-Instruct"
    sha256: str  # of the file; "" for a model without one
    architecture: str  # llama.cpp's name of it, "scripted" for the scripted model
    quantisation: str  # "Q4_1"
    parameters: int
    context: int  # tokens it was trained on at once
    vocabulary: int  # number of token ids
    begin: int | None = None  # the token every prompt starts with, None where code is better without
    ends: frozenset[int] = frozenset()  # tokens that end an answer
    fim: FimTokens | None = None
    mask: int | None = None  # the mask token of a diffusion model
    is_diffusion: bool = False
    can_forget: bool = True  # whether the last tokens can be taken back (recurrent models cannot)
    extra: Mapping[str, str] = field(default_factory=dict)  # other metadata of the file that a backend needs


@dataclass(frozen=True)
class Stop:
    """When to give up. Asked between two decodes, so that neither a deadline nor a cancellation waits for long."""

    deadline: float | None = None  # of `clock`, seconds
    cancelled: Callable[[], bool] = lambda: False
    clock: Callable[[], float] = time.monotonic

    def check(self) -> None:
        """Raise Cancelled or OutOfTime if it is time to."""
        if self.cancelled():
            raise Cancelled("cancelled")
        if self.deadline is not None and self.clock() >= self.deadline:
            raise OutOfTime("the time for it is up")


NEVER = Stop()


@dataclass(frozen=True)
class Sampling:
    """How the next token is drawn: equal settings, seed and logits draw equal tokens; temperature 0 the likeliest."""

    temperature: float = 0.6
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.0
    seed: int = 0


class Branches(Protocol):
    """Continuations of one prompt, which was read once; branch 0, 1, ... each with its own tail.

    Only the innermost open Branches of a model may be used.
    """

    @property
    def count(self) -> int:
        """Return how many branches there are."""
        ...

    def logits(self, branch: int) -> Logits:
        """Return a copy of the logits (V,) of what comes next on a branch."""
        ...

    def advance(self, tokens: Mapping[int, Sequence[int]]) -> dict[int, Logits]:
        """Append tokens to branches in one batch; returns per branch the logits (n, V) after each appended token.

        Raises TooLong when the context is full, Cancelled, OutOfTime.
        """
        ...

    def logprobs(self, tokens: Mapping[int, Sequence[int]]) -> dict[int, NDArray[np.float64]]:
        """Append tokens to branches; returns per branch the natural log-probability (n,) of each appended token."""
        ...

    def rollback(self, branch: int, count: int) -> None:
        """Forget the last `count` appended tokens of a branch; `logits` of it is then what it was before them."""
        ...


class Model(Protocol):
    """A loaded model. Any thread may call it; one call runs at a time."""

    @property
    def info(self) -> ModelInfo:
        """Return what is known about it."""
        ...

    def tokens_of(self, text: bytes) -> tuple[int, ...]:
        """Return the tokens of plain text: no begin token, and nothing in it is read as a special token."""
        ...

    def bytes_of(self, tokens: Sequence[int]) -> bytes:
        """Return the text of tokens; special tokens have none."""
        ...

    def branches(
        self, prompt: Sequence[int], count: int = 1, *, room: int, stop: Stop = NEVER
    ) -> AbstractContextManager[Branches]:
        """Read a prompt of at least one token once and branch it `count` times, with `room` tokens to come on each.

        Raises TooLong, OutOfMemory, Cancelled, OutOfTime.
        """
        ...

    def masks(self) -> LLTokenizer:
        """Return the llguidance tokenizer of this vocabulary, made once."""
        ...

    def close(self) -> None:
        """Free it; afterwards every call raises ModelError."""
        ...
