"""How many masks are replaced at which step."""

from __future__ import annotations

import math
from enum import StrEnum


class Schedule(StrEnum):
    """How fast masks go. LINEAR: evenly; COSINE: few at first; SQRT: many at first."""

    LINEAR = "linear"
    COSINE = "cosine"
    SQRT = "sqrt"


def unmasked_after(schedule: Schedule, masks: int, step: int, steps: int) -> int:
    """Return how many of `masks` are gone after `step` of `steps`, rounded down.

    With x = step / steps: masks * x, masks * (1 - cos(pi x / 2)), or masks * sqrt(x). Raises ValueError unless
    0 <= step <= steps and steps > 0.
    """
    if not 0 <= step <= steps or steps < 1:
        raise ValueError(f"step {step} of {steps}")
    match schedule:
        case Schedule.LINEAR:
            return masks * step // steps
        case Schedule.SQRT:
            return math.isqrt(masks * masks * step // steps)
        case Schedule.COSINE:
            # At x = 2/3 the exact value is a half, which floating point may put just below.
            return math.floor(masks * (1.0 - math.cos(math.pi * step / (2 * steps))) + 1e-9)


def counts_of(schedule: Schedule, masks: int, steps: int) -> tuple[int, ...]:
    """Return how many masks each step replaces: at least one, all of them together.

    There are `steps` steps, or as many as there are masks if that is fewer. Where a schedule would leave a step idle,
    it replaces one and a later step fewer.
    """
    steps = min(steps, masks)
    counts: list[int] = []
    done = 0
    for step in range(1, steps + 1):
        wanted = unmasked_after(schedule, masks, step, steps)
        after = min(max(wanted, done + 1), masks - (steps - step))
        counts.append(after - done)
        done = after
    return tuple(counts)
