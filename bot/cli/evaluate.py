"""`prudent eval`: how well the local model and the memory do, measured on this machine, with a report."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from bot.cli.index_progress import IndexProgress
from kb.folders import cache_folder

if TYPE_CHECKING:
    from bot.evaluation.measure import Plan
    from models.model import Model

_F = TypeVar("_F", bound=Callable[..., None])
_PATH = click.Path(path_type=Path)


def _shared(function: _F) -> _F:
    """Add the options that every measurement has."""
    options = [
        click.option("--limit", type=click.IntRange(1), metavar="N", help="Measure at most so many."),
        click.option("--seed", type=int, default=1, show_default=True, help="What samples and draws depend on."),
        click.option("--model", metavar="NAME|PATH", help="Another model than the one in use."),
        click.option("--out", type=_PATH, required=True, metavar="DIR", help="Where results and the report go."),
        click.option("--resume", is_flag=True, help="Go on with what an earlier run left there."),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def _packages(function: _F) -> _F:
    """Add the options of measurements that take functions of packages."""
    sources = click.option(
        *("--sources", "sources"), type=_PATH, multiple=True, required=True, metavar="PATH", help=_SOURCES
    )
    known = click.option("--known", type=_PATH, multiple=True, metavar="PATH", help=_KNOWN)
    return sources(known(function))


_SOURCES = "A package: a folder, wheel or sdist. May be given several times."
_CANDIDATES = "Texts written for each sample, of which the likeliest file is taken."
_ANSWERED = "The share of what is shown that people answer."
_MISTAKEN = "The share of their answers that is the wrong way round."
_KNOWN = "An earlier release: functions that are in it are left out. May be given several times."


@click.group(name="eval")
def command() -> None:
    """Measure the local model: what it writes, what it ranks, what a review makes of it; and what memory is good for.

    Results are kept one by one: a run that is stopped goes on with --resume. Code that a model wrote runs only in a
    sandbox, which takes Linux.
    """


@command.command(short_help="Single lines written by the model, and tried.")
@click.option("--data", type=_PATH, help="The tasks (.jsonl.gz), given once; a copy is kept in the cache folder.")
@click.option("--arms", default="A,B,C,D,E,F", show_default=True, help="Which ways of filling a line are compared.")
@click.option("--samples", type=click.IntRange(1, 100), default=1, show_default=True, help="Texts of a line and arm.")
@click.option(
    *("--candidates", "candidates"), type=click.IntRange(1, 64), default=1, show_default=True, help=_CANDIDATES
)
@click.option("--temperature", type=click.FloatRange(0, 2), default=0.2, show_default=True, help="Of the draws.")
@_shared
def infill(
    data: Path | None,
    arms: str,
    samples: int,
    candidates: int,
    temperature: float,
    limit: int | None,
    seed: int,
    model: str | None,
    out: Path,
    resume: bool,
) -> None:
    """Fill in single lines of solved problems and run their tests.

    The data are HumanEval's single-line infilling tasks, which have to be given once, with their licence beside them.
    """
    from bot.evaluation.arms import arms_of
    from bot.evaluation.measure import Draws
    from bot.evaluation.measure import infill as measure
    from bot.evaluation.tasks import data_from

    wanted, tasks = arms_of(arms), data_from(data, cache_folder() / "evaluation")
    with _plan(out, seed, limit, resume) as plan, _model(model) as opened:
        click.echo(measure(opened, tasks, wanted, Draws(samples, candidates, temperature), plan))


@command.command(short_help="Mutants of functions, and how likelihood orders what could stand there.")
@_packages
@_shared
def rank(
    sources: Sequence[Path],
    known: Sequence[Path],
    limit: int | None,
    seed: int,
    model: str | None,
    out: Path,
    resume: bool,
) -> None:
    """Change one operator in functions of packages, and see what the model would rather read there."""
    from bot.evaluation.measure import rank as measure

    with _plan(out, seed, limit, resume) as plan, _model(model) as opened:
        click.echo(measure(opened, sources, known, plan))


@command.command(short_help="Slips in packages, reviewed and patched.")
@_packages
@_shared
def repair(
    sources: Sequence[Path],
    known: Sequence[Path],
    limit: int | None,
    seed: int,
    model: str | None,
    out: Path,
    resume: bool,
) -> None:
    """Break one thing in packages in such a way that a check speaks, review it, and look at the patches."""
    from bot.evaluation.measure import repair as measure
    from models.chosen import open_model

    with _plan(out, seed, limit, resume) as plan:
        click.echo(measure(partial(open_model, model, environ=os.environ), sources, known, cache_folder(), plan))


@command.command(short_help="What memory holds back and keeps: a stream reviewed twice, a history replayed.")
@click.option(
    "--repo", type=_PATH, required=True, metavar="DIR", help="The repository: of Python, and checked by ruff."
)
@click.option("--rev", default="HEAD", show_default=True, metavar="REV", help="Its newest commit that is looked at.")
@click.option("--answered", type=click.FloatRange(0, 1), default=0.5, show_default=True, help=_ANSWERED)
@click.option("--mistaken", type=click.FloatRange(0, 1), default=0.02, show_default=True, help=_MISTAKEN)
@click.option("--limit", type=click.IntRange(20), metavar="N", help="Commits that are replayed (default: 400).")
@click.option("--seed", type=int, default=1, show_default=True, help="What people answer depends on it.")
@click.option("--out", type=_PATH, required=True, metavar="DIR", help="Where results and the report go.")
@click.option("--resume", is_flag=True, help="Go on with what an earlier run left there.")
def memory(
    repo: Path, rev: str, answered: float, mistaken: float, limit: int | None, seed: int, out: Path, resume: bool
) -> None:
    """Review a stream of planted pull requests twice, and replay the history of a repository to an empty memory.

    The repository is only read. What its people want to hear is taken from its own configuration of ruff.
    """
    from bot.evaluation.learning import memory as measure
    from bot.evaluation.replay import People

    with _plan(out, seed, limit, resume) as plan:
        click.echo(measure(repo, rev, cache_folder(), plan, People(answered, mistaken, seed)))


@contextmanager
def _plan(out: Path, seed: int, limit: int | None, resume: bool) -> Iterator[Plan]:
    from bot.evaluation.measure import Plan
    from bot.evaluation.run import Progress

    with IndexProgress(sys.stderr) as shown:

        def watch(progress: Progress) -> None:
            shown("measuring", progress.done, progress.total)

        yield Plan(out, seed, limit, resume, watch)


@contextmanager
def _model(asked: str | None) -> Iterator[Model]:
    from models.chosen import open_model

    with closing(open_model(asked, environ=os.environ)) as model:
        yield model
