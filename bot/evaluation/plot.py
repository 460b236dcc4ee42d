"""A measurement as a picture. Without matplotlib there is none, and the report says so in a line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.evaluation.arms import Arm
from bot.evaluation.figures import arm_figures, kind_figures, thresholds
from bot.evaluation.journal import Row
from bot.evaluation.statistics import wilson

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MISSING = "No plot: matplotlib is not installed (`pip install 'prudent[eval]'`)."
Draw = Callable[["Axes"], None]


def plotted(path: Path, draw: Draw) -> str:
    """Draw into a PNG and return the Markdown that shows it; a line that says why where matplotlib is missing."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure  # not pyplot: that keeps figures and looks for a screen
    except ImportError:
        return MISSING
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    draw(figure.add_subplot())
    figure.savefig(path, dpi=110, metadata={"Software": None})  # no version in it: equal rows, equal picture
    return f"![{path.stem}]({path.name})"


def infill_plot(rows: Sequence[Row], *, seed: int) -> Draw:
    """Return what draws pass@1 of each arm with its interval."""
    found = [one for arm in Arm if (one := arm_figures(rows, arm, seed=seed)) is not None]

    def draw(axes: Axes) -> None:
        points = [100 * one.passes[1].point for one in found]
        below = [100 * (one.passes[1].point - one.passes[1].low) for one in found]
        above = [100 * (one.passes[1].high - one.passes[1].point) for one in found]
        axes.errorbar(range(len(found)), points, yerr=[below, above], fmt="o", capsize=4, color="black")
        axes.set_xticks(range(len(found)), [one.arm.value for one in found])
        axes.set_ylabel("pass@1, %")
        axes.set_ylim(0, 100)
        axes.grid(axis="y", alpha=0.3)

    return draw


def rank_plot(rows: Sequence[Row]) -> Draw:
    """Return what draws, by kind, how often what was there before is preferred to the mutation."""
    found = kind_figures(rows)

    def draw(axes: Axes) -> None:
        rates = [wilson(one.preferred, one.count) for one in found]
        points = [100 * rate.point for rate in rates]
        below = [100 * (rate.point - rate.low) for rate in rates]
        above = [100 * (rate.high - rate.point) for rate in rates]
        axes.errorbar(points, range(len(found)), xerr=[below, above], fmt="o", capsize=3, color="black")
        axes.set_yticks(range(len(found)), [f"{one.kind} ({one.count})" for one in found])
        axes.invert_yaxis()
        axes.axvline(50, linestyle=":", color="grey")
        axes.set_xlim(0, 100)
        axes.set_xlabel("what was there before is preferred, %")

    return draw


def margin_plot(rows: Sequence[Row]) -> Draw:
    """Return what draws, over the margin, what would be proposed on mutants and at unchanged places."""
    found = thresholds(rows, [step / 4 for step in range(0, 41)])

    def draw(axes: Axes) -> None:
        margins = [one.margin for one in found]
        axes.plot(margins, [100 * one.right / one.mutants for one in found], label="mutants: as it was before")
        axes.plot(margins, [100 * one.wrong / one.mutants for one in found], label="mutants: something else")
        axes.plot(margins, [100 * one.false_rate.point for one in found], label="unchanged places: anything")
        axes.axhline(1, linestyle=":", color="grey")
        axes.set_xlabel("margin, nats")
        axes.set_ylabel("proposed, %")
        axes.set_ylim(0, 100)
        axes.legend(frameon=False)

    return draw
