"""The three measurements from their input to a report: infill, rank, repair. Each can be killed and gone on with."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.evaluation.arms import Arm, Bench, constrained, gold, is_solved, sampled
from bot.evaluation.journal import Journal, open_journal
from bot.evaluation.run import Item, Progress, run, settings_of
from bot.evaluation.sandbox import require
from bot.evaluation.tasks import Data, chosen
from kb.errors import UserError

if TYPE_CHECKING:
    from bot.evaluation.plot import Draw
    from bot.evaluation.sources import Function
    from models.model import Model

REPORT = "report.md"
_MANY = 1_000_000  # more mutants than any package gives


@dataclass(frozen=True)
class Draws:
    """How texts are drawn: `samples` of each line and arm, each the likeliest of some `candidates`."""

    samples: int = 1
    candidates: int = 1
    temperature: float = 0.2


@dataclass(frozen=True)
class Plan:
    """What every measurement takes: where results go, and how much is measured."""

    out: Path
    seed: int = 1
    limit: int | None = None
    resume: bool = False
    watch: Callable[[Progress], None] = lambda progress: None


def infill(model: Model, data: Data, arms: Sequence[Arm], draws: Draws, plan: Plan) -> Path:
    """Measure arms on single lines and return the report's path; raises UserError, ModelError.

    The references are tried first: a task that its own reference fails is no task for anybody.
    """
    require()
    whole = [task for task in data.tasks if task.hole is not None]
    tasks = chosen(whole, plan.limit, plan.seed)
    if not tasks:
        raise UserError(f"{data.name} has no line that is a whole statement")
    more = {"data": data.name, "data_sha256": data.sha256, "temperature": str(draws.temperature)}
    more["candidates"] = str(draws.candidates)
    settings = settings_of("infill", model.info, seed=plan.seed, **more)
    bench = Bench(model, plan.seed, constrained, draws.temperature, draws.candidates)
    with open_journal(plan.out, settings, resume=plan.resume) as journal:
        run([Item(f"gold {task.name}", partial(gold, task)) for task in tasks], journal, plan.watch)
        sound = [task for task in tasks if is_solved(journal[f"gold {task.name}"])]
        items = [
            Item(f"{arm} {number} {task.name}", partial(sampled, task, hole, arm, number, bench))
            for task in sound
            if (hole := task.hole) is not None
            for number in range(draws.samples)
            for arm in arms
        ]
        run(items, journal, plan.watch)
        return _infill_report(journal, settings, left_out=len(data.tasks) - len(whole), plan=plan)


def _infill_report(journal: Journal, settings: dict[str, str], *, left_out: int, plan: Plan) -> Path:
    from bot.evaluation.plot import infill_plot
    from bot.evaluation.report import infill_report

    text = infill_report(journal.rows, settings, left_out=left_out, seed=plan.seed)
    return written(plan.out, text, {"infill": infill_plot(journal.rows, seed=plan.seed)})


def rank(model: Model, sources: Sequence[Path], known: Sequence[Path], plan: Plan) -> Path:
    """Measure how mutants of functions are ranked and return the report's path; raises UserError, ModelError."""
    from bot.evaluation.mutants import mutants_in
    from bot.evaluation.plot import margin_plot, rank_plot
    from bot.evaluation.ranking import REACH, ranked
    from bot.evaluation.report import rank_report

    functions = _functions(sources, known)
    mutants = mutants_in(functions, seed=plan.seed, limit=plan.limit or _MANY)
    more = {**_about(sources, known, functions), "window": f"{REACH.before} tokens before, {REACH.after} after"}
    settings = settings_of("rank", model.info, seed=plan.seed, **more)
    with open_journal(plan.out, settings, resume=plan.resume) as journal:
        items = [Item(one.name, partial(ranked, one, model)) for one in mutants]
        run(items, journal, plan.watch)
        text = rank_report(journal.rows, settings, seed=plan.seed)
        return written(plan.out, text, {"rank": rank_plot(journal.rows), "margin": margin_plot(journal.rows)})


def repair(load: Callable[[], Model], sources: Sequence[Path], known: Sequence[Path], cache: Path, plan: Plan) -> Path:
    """Review slips in packages, look at the patches, and return the report's path; raises UserError, ModelError.

    Each review loads the model for itself, as any review does.
    """
    from bot.evaluation.mutants import mutants_in
    from bot.evaluation.repairing import by_package, repaired, yard_of
    from bot.evaluation.report import repair_report
    from bot.evaluation.slips import slips_in
    from checks.suggest import Writer

    functions = _functions(sources, known)
    mutants = mutants_in(functions, seed=plan.seed, limit=plan.limit or _MANY, changes=slips_in)
    with closing(load()) as model:
        info = model.info
    settings = settings_of("repair", info, seed=plan.seed, **_about(sources, known, functions))
    writer = Writer(load, seed=plan.seed)
    with open_journal(plan.out, settings, resume=plan.resume) as journal:
        for package, mine in by_package(mutants, sources):
            if all(one.name in journal for one in mine):
                continue
            folder = plan.out / "packages" / package.name
            folder.mkdir(parents=True, exist_ok=True)
            with yard_of(package, folder, cache, lambda: writer) as yard:
                items = [Item(one.name, partial(repaired, one, yard)) for one in mine]
                run(items, journal, plan.watch)
        return written(plan.out, repair_report(journal.rows, settings), {})


def _functions(sources: Sequence[Path], known: Sequence[Path]) -> list[Function]:
    from bot.evaluation.sources import functions_in

    found = functions_in(sources, known)
    if not found:
        raise UserError("there is no function that is not known already: give newer sources")
    return found


def _about(sources: Sequence[Path], known: Sequence[Path], functions: Sequence[Function]) -> dict[str, str]:
    digest = hashlib.sha256()
    for one in functions:
        digest.update(f"{one.path}\0{one.symbol}\0{one.start}\0".encode() + one.data[one.start : one.end])
    said = {"sources": ", ".join(path.name for path in sources), "functions": str(len(functions))}
    return {**said, "known": ", ".join(path.name for path in known) or "none", "functions_sha256": digest.hexdigest()}


def written(folder: Path, text: str, plots: dict[str, Draw]) -> Path:
    """Write the report with its pictures, in which nothing but the rows plays a part."""
    from bot.evaluation.plot import plotted

    pictures = list(dict.fromkeys(plotted(folder / f"{name}.png", draw) for name, draw in plots.items()))
    path = folder / REPORT
    try:
        path.write_text("\n".join([text, *pictures]) + ("\n" if pictures else ""), encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}") from error
    return path
