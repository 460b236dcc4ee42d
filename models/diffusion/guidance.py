"""Classifier-free guidance: away from what a model writes without having seen the code around the hole."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Logits = NDArray[np.float32]


def guided(conditional: Logits, unconditional: Logits, weight: float) -> Logits:
    """Return u + (weight + 1) (c - u): the conditional logits at weight 0, further from the unconditional above."""
    if weight == 0:
        return conditional
    return unconditional + (weight + 1.0) * (conditional - unconditional)


def pair_of(canvas: NDArray[np.int32], start: int, length: int, mask: int) -> NDArray[np.int32]:
    """Return two sequences (2, L): the canvas (L,), and the same with all masked that is not the hole."""
    import numpy as np

    blind = np.full_like(canvas, mask)
    blind[start : start + length] = canvas[start : start + length]
    return np.stack([canvas, blind])
