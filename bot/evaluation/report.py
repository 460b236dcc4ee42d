"""A measurement as Markdown: what was measured, on what, with which figures, and how sure they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from bot.evaluation.arms import Arm, is_solved
from bot.evaluation.figures import arm_figures, by_function, kind_figures, pairs_of, thresholds
from bot.evaluation.journal import Row
from bot.evaluation.statistics import RESAMPLES, Interval, wilson
from models.propose import UNASKED

_ENDINGS = ("passed", "wrong", "exception", "name", "syntax", "timeout", "memory", "died", "broken", "none")


def infill_report(rows: Sequence[Row], settings: Mapping[str, str], *, left_out: int, seed: int) -> str:
    """Return the report on single-line infilling; `left_out` counts lines that are no whole statement."""
    golds = [row for row in rows if row["arm"] == "gold"]
    solved = sum(map(is_solved, golds))
    figures = [one for arm in Arm if (one := arm_figures(rows, arm, seed=seed)) is not None]
    problems = len({row["problem"] for row in golds})
    parts = [
        "# Single-line infilling",
        f"{len(golds)} lines of {problems} problems, each one whole statement; {left_out} lines of the data are none "
        f"and were left out. The reference passes {solved} of {len(golds)} tests: more than that no arm could.",
        _settings(settings),
        "Shares are of all samples; a text that judgement let fall is no proposal and counts as not solved. Intervals "
        f"are 95 %, by a bootstrap that resamples problems ({RESAMPLES} resamples, seed {seed}).",
    ]
    ks = sorted({k for one in figures for k in one.passes})
    head = ["arm", "", "samples", *(f"pass@{k}" for k in ks), "proposed", "of those parse", "of those names bound"]
    table = [
        [
            one.arm.value,
            one.arm.words,
            str(one.samples),
            *(_percent(one.passes[k]) if k in one.passes else "" for k in ks),
            _share(one.proposed, one.samples),
            _share(one.parses, one.proposed),
            _share(one.bound, one.proposed),
        ]
        for one in figures
    ]
    parts += [table_of(head, table), "## What it costs"]
    head = ["arm", "tokens a sample", "s a sample", "constraints, us a token, p50", "p99", "masks a token"]
    table = [
        [
            one.arm.value,
            f"{one.tokens / one.samples:.1f}",
            f"{one.seconds / one.samples:.2f}",
            _or_dash(one.us_p50, ".0f"),
            _or_dash(one.us_p99, ".0f"),
            _or_dash(one.masks_per_token, ".2f"),
        ]
        for one in figures
    ]
    parts += [
        table_of(head, table),
        "Constraints are timed per token that was chosen under them. "
        "The first arm of a line reads the prompt, and the others find it read.",
        "## How it ended",
    ]
    endings = [name for name in _ENDINGS if any(name in one.endings for one in figures)]
    table = [[one.arm.value, *(str(one.endings.get(name, 0)) for name in endings)] for one in figures]
    parts += [table_of(["arm", *endings], table), *_pairs(rows, seed)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _pairs(rows: Sequence[Row], seed: int) -> list[str]:
    pairs = pairs_of(rows, seed=seed)
    if not pairs:
        return []
    head = ["", "samples", "only the first solves", "only the second", "difference", "p", "p, Holm"]
    table = [
        [
            f"{one.first} against {one.second}",
            str(one.both),
            str(one.only_first),
            str(one.only_second),
            _points(one.difference),
            f"{one.p:.3f}",
            f"{one.p_holm:.3f}",
        ]
        for one in pairs
    ]
    said = f"McNemar's exact test, two-sided, adjusted over {len(pairs)} comparisons; differences in points."
    return ["## Arm against arm", table_of(head, table), said]


def rank_report(rows: Sequence[Row], settings: Mapping[str, str], *, seed: int) -> str:
    """Return the report on ranking."""
    functions = len({row["function"] for row in rows})
    packages = Counter(str(row["package"]) for row in rows)
    parts = [
        "# Ranking",
        f"{len(rows)} mutants of {functions} functions of {len(packages)} packages, one operator each.",
        ", ".join(f"{name} {count}" for name, count in sorted(packages.items())) + ".",
        _settings(settings),
        "*Preferred*: what was there before is likelier than the mutation. *First*: it is listed, and likelier than "
        "every other alternative. *Best*: both. Intervals are Wilson's, 95 %.",
    ]
    head = ["kind", "mutants", "alternatives", "listed", "preferred", "first", "best"]
    table = [
        [
            one.kind,
            str(one.count),
            f"{one.alternatives:.1f}",
            _share(one.listed, one.count),
            _rate(one.preferred, one.count),
            _rate(one.first, one.count),
            _rate(one.best, one.count),
        ]
        for one in kind_figures(rows)
    ]
    together = [f"{name} {_percent(one)}" for name, one in by_function(rows, seed=seed).items()]
    parts += [
        table_of(head, table),
        f"All kinds, with intervals that resample whole functions ({RESAMPLES} resamples): {'; '.join(together)}.",
        "## By margin",
    ]
    head = ["margin, nats", "mutants: what was there before", "something else", "unchanged places: anything"]
    table = [
        [
            f"{one.margin:g}",
            _share(one.right, one.mutants),
            _share(one.wrong, one.mutants),
            f"{one.false} of {one.places}, {_percent(one.false_rate)}",
        ]
        for one in thresholds(rows)
    ]
    parts += [
        table_of(head, table),
        "What would be proposed if a text had to beat both what stands there and the next best by so much. Nothing is "
        "wrong at an unchanged place, so whatever is proposed there is a false proposal. Without a finding Prudent "
        "proposes nothing at all; this is what likelihood alone would do. Where a person asks about a place and "
        f"nothing is known to be wrong, a text has to be {UNASKED:g} nats likelier than what stands there.",
    ]
    return "\n\n".join(parts) + "\n"


def repair_report(rows: Sequence[Row], settings: Mapping[str, str]) -> str:
    """Return the report on repair."""
    kinds = sorted({str(row["kind"]) for row in rows})
    shown = [row for row in rows if row["became"] in ("original", "other", "wrong")]
    seen = [row for row in rows if row["became"] != "unseen"]
    parts = [
        "# Repair",
        f"{len(rows)} slips in {len({row['package'] for row in rows})} packages, each reviewed as a change. "
        f"{len(seen)} were found, {len(shown)} of those with a patch.",
        _settings(settings),
    ]
    head = ["slip", "made", "found", "patched", "as it was before", "otherwise", "wrong"]
    groups = [(kind, [row for row in rows if row["kind"] == kind]) for kind in kinds]
    table = []
    for kind, group in [*groups, ("all", list(rows))]:
        became = Counter(row["became"] for row in group)
        patched = became["original"] + became["other"] + became["wrong"]
        found = len(group) - became["unseen"]
        right = _rate(became["original"], patched) if patched else "-"
        table.append(
            [kind, str(len(group)), str(found), _share(patched, found), right]
            + [str(became[name]) for name in ("other", "wrong")]
        )
    parts += [table_of(head, table)]
    parts += ["*Wrong* is a patch that does not apply, does not parse, or uses a name that nothing binds."]
    origins = Counter(str(row["origin"]) for row in shown)
    if origins:
        parts += ["Written by: " + ", ".join(f"{name} {count}" for name, count in sorted(origins.items())) + "."]
    return "\n\n".join(parts) + "\n"


def _settings(settings: Mapping[str, str]) -> str:
    return table_of(["setting", ""], [[name, value] for name, value in settings.items()])


def table_of(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of Markdown."""
    lines = [list(head), ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _percent(one: Interval) -> str:
    return f"{100 * one.point:.1f} % ({100 * one.low:.1f} to {100 * one.high:.1f})"


def _points(one: Interval) -> str:
    return f"{100 * one.point:+.1f} ({100 * one.low:+.1f} to {100 * one.high:+.1f})"


def _rate(hits: int, total: int) -> str:
    return f"{hits}, {_percent(wilson(hits, total))}" if total else "-"


def _share(hits: int, total: int) -> str:
    return f"{hits} of {total} ({100 * hits / total:.1f} %)" if total else "-"


def _or_dash(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
