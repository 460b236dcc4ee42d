"""What stands at a masked place, how sure that is, and so which place comes first."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows = NDArray[np.float64]


class Order(StrEnum):
    """What "sure" means. CONFIDENCE: p of the token; MARGIN: p1 - p2; ENTROPY: the negative entropy of the place."""

    CONFIDENCE = "confidence"
    ENTROPY = "entropy"
    MARGIN = "margin"


def log_softmax(logits: NDArray[np.floating]) -> Rows:
    """Return natural log-probabilities (n, V) of logits (n, V); a logit of -inf stays -inf."""
    import numpy as np

    shifted = logits.astype(np.float64)
    shifted -= shifted.max(axis=-1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return shifted


def certainty_of(logp: Rows, tokens: Sequence[int], order: Order) -> NDArray[np.float64]:
    """Return how sure each place is (n,), larger is surer, from its log-probabilities (n, V) and token.

    Entropy enters with a minus sign, sum p log p: the place with the least entropy comes first.
    """
    import numpy as np

    match order:
        case Order.CONFIDENCE:
            return np.exp(logp[np.arange(len(tokens)), list(tokens)])
        case Order.MARGIN:
            two = np.exp(np.partition(logp, -2, axis=-1)[:, -2:])
            return np.asarray(two[:, 1] - two[:, 0], dtype=np.float64)
        case Order.ENTROPY:
            finite = np.where(np.isneginf(logp), 0.0, logp)
            return np.asarray((np.exp(logp) * finite).sum(axis=-1), dtype=np.float64)


def surest(certainty: NDArray[np.float64], count: int) -> tuple[int, ...]:
    """Return the indices of the `count` surest places, the surest first; equal ones from left to right."""
    import numpy as np

    return tuple(int(index) for index in np.argsort(-certainty, kind="stable")[:count])
