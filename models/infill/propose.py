"""The model as a proposer: what it writes into a hole."""

from __future__ import annotations

from models.constraints.model import Intensity
from models.infill.cascade import Mode, infill_with
from models.model import NEVER, Model, Stop
from models.patch import Proposals, Task


def infill(task: Task, model: Model, stop: Stop = NEVER) -> Proposals:
    """Return what a model writes into a hole: freely, and under the task's constraints where that fails.

    Preferences take part from the intensity on that has the time for them. Raises ModelError where the model cannot
    work at all.
    """
    soft = task.constraints is not None and task.constraints.intensity in (Intensity.FULL, Intensity.EXHAUSTIVE)
    return infill_with(task, model, Mode.SOFT if soft else Mode.CASCADE, stop)
