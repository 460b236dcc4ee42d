"""How many masks a hole gets: the length that it had, then powers of two, the surest first."""

from __future__ import annotations

from collections.abc import Sequence

from models.diffusion.canvas import Layout
from models.diffusion.denoise import look
from models.diffusion.order import log_softmax
from models.diffusion.settings import Denoiser, Settings
from models.model import NEVER, Stop


def lengths_of(old: int, longest: int) -> tuple[int, ...]:
    """Return the lengths that are worth a look: the old one, then 1, 2, 4, 8, ... up to `longest`."""
    lengths = [old] if 0 < old <= longest else []
    power = 1
    while power <= longest:
        lengths += [power] if power not in lengths else []
        power *= 2
    return tuple(lengths)


def surest_lengths(
    denoiser: Denoiser, layout: Layout, lengths: Sequence[int], settings: Settings, *, stop: Stop = NEVER
) -> tuple[int, ...]:
    """Return the lengths in the order in which to try them, at most `settings.lengths`.

    The first stays first: it is the old one. The others are shown to the model once, all masked, and come by the mean
    probability of the likeliest tokens, the surest first, the shorter one of equals. Raises ModelError.
    """
    if len(lengths) <= 1 or settings.lengths == 1:
        return tuple(lengths[:1])
    certainty = {}
    for length in lengths[1:]:
        stop.check()
        certainty[length] = first_certainty(denoiser, layout, length, settings.guidance)
    others = sorted(certainty, key=lambda length: (-certainty[length], length))
    return (lengths[0], *others[: settings.lengths - 1])


def first_certainty(denoiser: Denoiser, layout: Layout, length: int, weight: float) -> float:
    """Return the mean probability of the likeliest token of each place of a hole that is all masks."""
    import numpy as np

    canvas = layout.canvas(length, denoiser.mask)
    places = range(canvas.start, canvas.start + length)
    rows = look(denoiser, np.array(canvas.tokens, dtype=np.int32), (canvas.start, length), places, weight)
    return float(np.exp(log_softmax(rows).max(axis=-1)).mean())
