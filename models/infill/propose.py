"""The model as a proposer: what it writes into a hole."""

from __future__ import annotations

from dataclasses import replace

from models.constraints.model import Compiled, Intensity
from models.infill.cascade import Mode, infill_with
from models.model import NEVER, Model, Stop
from models.patch import Proposals, Task

_SOFT = (Intensity.FULL, Intensity.EXHAUSTIVE)  # have the time for preferences


def infill(task: Task, model: Model, stop: Stop = NEVER) -> Proposals:
    """Return what a model writes into a hole: freely, and under constraints where that fails.

    A task without constraints gets those of the code around the hole, as much of them as the place matters. Raises
    ModelError where the model cannot work at all.
    """
    held = task if task.constraints is not None else replace(task, constraints=_around(task))
    soft = held.constraints is not None and held.constraints.intensity in _SOFT
    found = infill_with(held, model, Mode.SOFT if soft else Mode.CASCADE, stop)
    notes = held.constraints.notes if held.constraints is not None and found.constraints else ()
    return replace(found, notes=tuple(dict.fromkeys((*found.notes, *notes))))


def _around(task: Task) -> Compiled:
    from models.constraints.compile import compiled
    from models.constraints.extract import extract
    from models.constraints.intensity import intensity_of

    score = task.salience()
    intensity = Intensity.FULL_HARD if score is None else intensity_of(score, task.hole.scale)
    return compiled(extract(task.source, task.language, task.hole, task.code), intensity)
