"""The arms that are compared: ways of filling one line, each from the same prompt and the same seeds.

A leaves the model alone, B cuts its text to a whole statement, C holds it to the grammars from the first token. D
judges what B wrote and writes under grammars only where that fell. E draws again instead, as often as D would, so
that what constraints bring is told apart from what a second try brings. F is D with preferences among what is allowed.
"""

from __future__ import annotations

import ast
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.evaluation.journal import Row
from bot.evaluation.sandbox import Ending, try_out
from bot.evaluation.tasks import LANGUAGE, LineTask
from kb.errors import UserError
from models.constraints.model import Compiled, Intensity
from models.constraints.names import unbound_in
from models.errors import TooLong
from models.infill.cascade import Filled, Mode, Options, filled
from models.infill.stats import Stats
from models.mask.model import Hole
from models.model import Model, Sampling
from models.patch import Proposals, Task, Tried

SECONDS = 5.0  # for all calls of one test; the slowest reference needs less than one


class Arm(StrEnum):
    """One way of filling a line."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"

    @property
    def mode(self) -> Mode:
        """Return how the hole is filled."""
        return _MODES[self]

    @property
    def words(self) -> str:
        """Return what it does, for a table."""
        return _WORDS[self]


_MODES = dict(zip(Arm, Mode, strict=True))
_WORDS = {
    Arm.A: "free",
    Arm.B: "free, cut to a whole statement",
    Arm.C: "hard grammars from the first token",
    Arm.D: "B, judged; where it fell, hard grammars",
    Arm.E: "B, judged; where it fell, free again as often",
    Arm.F: "D, with preferences",
}


@dataclass(frozen=True)
class Bench:
    """What every sample shares. `constrain` makes the constraints on a hole.

    Of several `candidates` that are written for a sample, the one that makes the whole file likeliest is taken: that is
    how a model without FIM tokens heeds what comes after a hole.
    """

    model: Model
    seed: int
    constrain: Callable[[LineTask, Hole], Compiled | None]
    temperature: float = 0.2
    candidates: int = 1
    clock: Callable[[], float] = time.perf_counter


def arms_of(text: str) -> list[Arm]:
    """Return the arms of a list such as "A,B,D"; raises UserError for one that there is not."""
    names = list(dict.fromkeys(name.strip().upper() for name in text.split(",") if name.strip()))
    unknown = [name for name in names if name not in list(Arm)]
    if unknown or not names:
        said = ", ".join(unknown) or repr(text)
        raise UserError(f"no such arm: {said}; there are {', '.join(Arm)}")
    return [Arm(name) for name in names]


def constrained(task: LineTask, hole: Hole) -> Compiled | None:
    """Return the constraints that Prudent would put on a line, at the intensity that has time for preferences."""
    from models.constraints.compile import compiled
    from models.constraints.extract import extract

    return compiled(extract(task.source, LANGUAGE, hole, None), Intensity.FULL)


def sampled(task: LineTask, hole: Hole, arm: Arm, number: int, bench: Bench) -> Row:
    """Return one sample of one arm: what was written, what it cost, and how it did in the test.

    Of arms that judge, a text that fell is written down and not tried: nothing would have been proposed.
    """
    wanted = Task(
        source=task.source,
        language=LANGUAGE,
        hole=hole,
        constraints=bench.constrain(task, hole),
        sampling=Sampling(temperature=bench.temperature, seed=bench.seed + number),
        count=bench.candidates,
    )
    began = bench.clock()
    try:
        got = filled(wanted, bench.model, arm.mode, options=Options(rank=bench.candidates > 1))
    except TooLong as reason:  # of this line, for this model: the next one may fit
        got = Filled(Proposals(fallen=(Tried("", arm.mode.value, 0.0, str(reason)),)), Stats(), ())
    took = bench.clock() - began
    text = got.proposals.candidates[0].text if got.proposals.candidates else None
    return {
        "problem": task.problem,
        "task": task.name,
        "arm": arm.value,
        "sample": number,
        "texts": [one.decode("utf-8", "replace") for one in got.texts],
        "fell": [one.why for one in got.proposals.fallen],
        "seconds": round(took, 4),
        "tokens": got.stats.tokens,
        "chosen": got.stats.chosen,
        "masks": got.stats.masks,
        "over": got.stats.over,
        "us": [round(one) for one in got.stats.us],
        **judged(task, hole, text),
    }


def judged(task: LineTask, hole: Hole, text: bytes | None) -> Row:
    """Return how a text does: whether the program parses, all its names are bound, and its test passes."""
    if text is None:
        return {"text": None, "parses": False, "bound": False, "ending": "none", "detail": ""}
    program = task.filled(text)
    tried = try_out(program.decode("utf-8", "replace"), task.exam, seconds=SECONDS)
    return {
        "text": text.decode("utf-8", "replace"),
        "parses": _parses(program),
        "bound": not unbound_in(task.source, LANGUAGE, hole, text, None),
        "ending": tried.ending.value,
        "detail": tried.detail,
    }


def _parses(program: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd escapes that a model writes
        try:
            ast.parse(program)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def gold(task: LineTask) -> Row:
    """Return how the line that was taken out does in its own test: what no arm can be better than."""
    tried = try_out(task.filled(task.gold.strip().encode()).decode(), task.exam, seconds=SECONDS)
    return {"problem": task.problem, "task": task.name, "arm": "gold", "ending": tried.ending.value}


def is_solved(row: Row) -> bool:
    """Return whether a row's text passed its test."""
    return bool(row["ending"] == Ending.PASSED.value)


def by_task(rows: Sequence[Row], arm: str) -> dict[str, list[Row]]:
    """Return the rows of an arm by the name of their task, in the order of samples."""
    found: dict[str, list[Row]] = {}
    for row in sorted((row for row in rows if row["arm"] == arm), key=lambda row: (row["task"], row.get("sample", 0))):
        found.setdefault(row["task"], []).append(row)
    return found
