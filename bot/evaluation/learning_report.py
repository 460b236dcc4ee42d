"""What memory changed, as Markdown and as curves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bot.evaluation.journal import Row
from bot.evaluation.linted import UNKNOWN, UNWANTED, WANTED, Remark
from bot.evaluation.plot import Draw
from bot.evaluation.replay import Arm, Step
from bot.evaluation.report import table_of
from bot.evaluation.statistics import wilson
from bot.evaluation.stream import Kind

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TURNS = ("first", "second", "without memory")
_WORDS = {
    Kind.NOISE: "noise, dismissed every time",
    Kind.DEFECT: "a name that nothing binds",
    Kind.BACK: "a fix taken back",
    Kind.CLEAN: "clean",
}


def memory_report(
    rows: Sequence[Row], remarks: Sequence[Remark], steps: Mapping[Arm, Sequence[Step]], settings: Mapping[str, str]
) -> str:
    """Return the report: the stream that was reviewed twice, and the history that was replayed."""
    parts = [
        "# Memory",
        ", ".join(f"{name} {value}" for name, value in settings.items() if name not in ("measurement", "head")),
        "## One stream, reviewed twice",
        "Every pull request holds one planted thing. *Told*: posted. *Quiet*: held back, or recorded and not posted."
        " *Cites*: what is told, or held back, names an earlier verdict. *Evidence*: the finding"
        " names the commit that mended it before. *Else*: other findings, none of which was planted.",
    ]
    head = ["stream", "planted", "turn", "pull requests", "told", "quiet", "cites", "evidence", "else"]
    parts.append(table_of(head, list(_turn_rows(rows))))
    parts += ["## A history, replayed", _replay_words(remarks, settings)]
    head = ["what takes part", "unwanted held back", "95 %", "wanted lost", "95 %"]
    parts.append(table_of(head, [_arm_row(arm, steps[arm]) for arm in Arm if steps[arm]]))
    return "\n\n".join(parts) + "\n"


def _turn_rows(rows: Sequence[Row]) -> list[list[str]]:
    found = []
    for stream in dict.fromkeys(row["stream"] for row in rows if "turn" in row):
        for kind in Kind:
            for turn in TURNS:
                mine = [
                    row
                    for row in rows
                    if row.get("turn") == turn and row["kind"] == kind.value and row["stream"] == stream
                ]
                if mine:
                    found.append([stream, _WORDS[kind], turn, str(len(mine)), *_counts(mine)])
    return found


def _counts(rows: Sequence[Row]) -> list[str]:
    quiet = sum(not row["told"] and (row["held"] or row["silent"]) for row in rows)
    counted = [
        sum(row["told"] for row in rows),
        quiet,
        sum(row["cites"] for row in rows),
        sum(r["proof"] for r in rows),
    ]
    return [*map(str, counted), str(sum(len(row["other"]) for row in rows))]


def _replay_words(remarks: Sequence[Remark], settings: Mapping[str, str]) -> str:
    fates = Counter(one.fate for one in remarks)
    rules = {fate: len({one.slug for one in remarks if one.fate == fate}) for fate in (WANTED, UNWANTED)}
    mixed = {one.slug for one in remarks if one.fate == WANTED} & {one.slug for one in remarks if one.fate == UNWANTED}
    return (
        f"{settings['commits']} commits as pull requests, in the order of time; ruff with all its rules says"
        f" {len(remarks):,} things of them that it did not say of their parents. By the project's own configuration and"
        f" its `noqa` comments {fates[WANTED]:,} of them are wanted ({rules[WANTED]} rules), {fates[UNWANTED]:,}"
        f" unwanted ({rules[UNWANTED]} rules, {len(mixed)} of them both), {fates[UNKNOWN]:,} neither, and left out."
        f" Memory begins empty and sees none of that: people answer {float(settings['answered']):.0%} of what is shown"
        f" to them, {float(settings['mistaken']):.0%} of that the wrong way round."
    )


def _arm_row(arm: Arm, steps: Sequence[Step]) -> list[str]:
    last = steps[-1]
    return [arm.value, *_share(last.held_unwanted, last.unwanted), *_share(last.held_wanted, last.wanted)]


def _share(hits: int, total: int) -> list[str]:
    if not total:
        return ["0 of 0", "-"]
    rate = wilson(hits, total)
    return [f"{hits:,} of {total:,} ({rate.point:.1%})", f"{rate.low:.1%} to {rate.high:.1%}"]


def replay_plot(steps: Mapping[Arm, Sequence[Step]]) -> Draw:
    """Return what draws, over the pull requests, what was said without memory and what with it."""

    def draw(axes: Axes) -> None:
        both = steps[Arm.BOTH]
        at = range(1, len(both) + 1)
        axes.plot(
            at, [one.unwanted for one in both], color="grey", linestyle=":", label="unwanted, said without memory"
        )
        axes.plot(at, [one.unwanted - one.held_unwanted for one in both], color="black", label="unwanted, said")
        axes.plot(
            at, [one.wanted for one in both], color="tab:green", linestyle=":", label="wanted, said without memory"
        )
        axes.plot(at, [one.wanted - one.held_wanted for one in both], color="tab:green", label="wanted, said")
        axes.set_xlabel("pull requests")
        axes.set_ylabel("remarks so far")
        axes.set_ylim(bottom=0)
        axes.legend(frameon=False)

    return draw


def turns_plot(rows: Sequence[Row]) -> Draw:
    """Return what draws how much noise the made-up shop was told, pull request by pull request."""

    def draw(axes: Axes) -> None:
        for turn in TURNS:
            noise = [row for row in rows if row.get("turn") == turn and row["kind"] == Kind.NOISE.value]
            told = [sum(row["told"] for row in noise[: end + 1]) for end in range(len(noise))]
            axes.plot(range(1, len(told) + 1), told, marker="o", label=turn)
        axes.set_xlabel("pull requests with noise")
        axes.set_ylabel("told so far")
        axes.legend(frameon=False)

    return draw
