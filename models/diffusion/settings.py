"""What can be chosen about denoising, what comes out of it, and what it is run on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from models.diffusion.order import Order
from models.diffusion.schedule import Schedule
from models.model import Sampling

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from models.model import Logits


class Denoiser(Protocol):
    """A masked diffusion model: it says what may stand at each place of whole sequences; nothing is remembered."""

    @property
    def mask(self) -> int:
        """Return the mask token."""
        ...

    @property
    def begin(self) -> int | None:
        """Return the token that every sequence starts with."""
        ...

    @property
    def end(self) -> int | None:
        """Return the token that ends a sequence."""
        ...

    @property
    def window(self) -> int:
        """Return how many tokens a sequence may have."""
        ...

    @property
    def banned(self) -> NDArray[np.int64]:
        """Return the tokens that are no text, which are never written: control tokens, the mask itself."""
        ...

    def logits(self, canvas: NDArray[np.int32], places: Sequence[int]) -> Logits:
        """Return fresh logits (B, n, V) of what stands at the given places of the sequences (B, L); B is 1 or 2.

        Row j of sequence b speaks of `canvas[b, places[j]]`: a model's shift is undone. Raises ModelError.
        """
        ...


@dataclass(frozen=True)
class Settings:
    """How masks are replaced; docs/diffusion.md says what each does.

    The default order, blocks and threshold are those that the measurements of others favour for code: as sure as 0.9
    goes at once, in blocks of 8 from left to right, so that constraints see a growing beginning.
    """

    schedule: Schedule = Schedule.LINEAR
    order: Order = Order.CONFIDENCE
    steps: int | None = None  # for the whole hole; None: as many as there are masks
    threshold: float | None = 0.9  # probability from which on a token is written at once; None: the schedule decides
    block: int | None = 8  # masks that are open at once, from the left; None: all
    guidance: float = 0.0  # weight of classifier-free guidance; above 0 each step costs two sequences
    sampling: Sampling = field(default_factory=lambda: Sampling(temperature=0.0))
    remasks: int = 64  # violations after which a canvas is given up
    lengths: int = 4  # how many lengths are tried to the end

    def __post_init__(self) -> None:
        """Raise ValueError for numbers that mean nothing."""
        for name in ("steps", "block"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} is {value}: at least 1")
        if self.threshold is not None and not 0 < self.threshold <= 1:
            raise ValueError(f"threshold is {self.threshold}: a probability above 0")
        if self.guidance < 0 or self.remasks < 0 or self.lengths < 1:
            raise ValueError("guidance and remasks are at least 0, lengths at least 1")


@dataclass(frozen=True)
class Rule:
    """What the tokens of a hole must satisfy; asked while they grow.

    Attributes:
        prefix: How many tokens, from the first on, may begin something that is allowed; all of them if they may.
        whole: Whether tokens of which all may begin something are allowed as they are.
        best: The likeliest token of logits (V,) that may follow tokens, None where none may.
    """

    prefix: Callable[[Sequence[int]], int]
    whole: Callable[[Sequence[int]], bool]
    best: Callable[[Sequence[int], Logits], int | None]


@dataclass(frozen=True)
class Filling:
    """Tokens for every mask of a canvas.

    Attributes:
        tokens: From left to right.
        certainty: The mean probability that tokens had when they were written, 0..1.
        nats: The sum of their log-probabilities then: the log-likelihood of the hole in the order of writing.
        steps: How often the model was asked.
        remasked: How often a violation opened places again.
        decoded: Tokens that the model read, over all steps and sequences.
    """

    tokens: tuple[int, ...]
    certainty: float
    nats: float
    steps: int
    remasked: int
    decoded: int
