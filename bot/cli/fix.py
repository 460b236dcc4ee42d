"""`prudent fix`: a proven patch for a finding or a place, shown, written to the working tree, or taken back."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.progress import Progress
from bot.cli.terminal import wants_colour, width_of
from kb.errors import UserError
from kb.view import shown

if TYPE_CHECKING:
    from bot.examine import Examined
    from bot.fixing.mend import Bench, Outcome
    from bot.fixing.target import Place
    from bot.sources import Sources
    from checks.attempt import Seat
    from checks.change import Change
    from checks.finding import Finding
    from kb.graph.code import Code
    from kb.repository import Repository

NOTHING = 1  # the exit code where no patch could be proven
_LONGEST = 500  # characters of an instruction


@dataclass(frozen=True)
class _Asked:
    """What the person wants, as typed and checked."""

    target: str | None
    everything: bool
    instruction: str
    run_tests: str | None
    seed: int
    model: str | None


@click.command(name="fix")
@click.argument("target", required=False, metavar="[FINDING | PATH:LINE]")
@click.option("--instruction", default="", metavar="TEXT", help="What is wanted, in one line.")
@click.option("--apply", "write", is_flag=True, help="Write the patch to the working tree.")
@click.option("--all", "everything", is_flag=True, help="Every finding, the worst first, in one transaction.")
@click.option("--undo", "back", is_flag=True, help="Take the last transaction back.")
@click.option("--run-tests", metavar="COMMAND", help="Show only patches with which this ends well, in a sandbox.")
@click.option("--repo", type=click.Path(path_type=Path), default=Path(), help="The repository (default: here).")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)
@click.option("--model", metavar="NAME", help="The model that writes patches; none: checks' own fixes alone.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(
    target: str | None,
    instruction: str,
    write: bool,
    everything: bool,
    back: bool,
    run_tests: str | None,
    repo: Path,
    seed: int,
    model: str | None,
    form: str,
) -> int:
    """Show a proven patch for a finding, or for a place; --apply writes it.

    FINDING is the fingerprint that a review printed, or its first digits. Nothing is written without --apply, and
    what was written can be taken back with --undo. Exit code 1: nothing could be proven.
    """
    if sum([target is not None, everything, back]) != 1:
        raise UserError("name one thing: a finding, PATH:LINE, --all, or --undo")
    if back and (write or instruction or run_tests):
        raise UserError("--undo stands alone")
    asked = _Asked(target, everything, _one_line(instruction), run_tests, seed, model)
    from kb.repository import Repository

    with Repository.open(repo) as repository:
        root = repository.work_tree
        if root is None:
            raise UserError("there is no working tree here: a bare repository is never written to")
        if back:
            return _undo(root, form)
        before, outcome = _outcome(repository, root, asked)
        number = _write(root, before, outcome) if write and outcome.mended else None
    _say(outcome, number, form)
    return NOTHING if outcome.left and not outcome.mended else 0


def _one_line(text: str) -> str:
    """Return an instruction as one line of printable text; it is data for the model, never a command to us."""
    line = "".join(char for char in " ".join(text.split()) if char.isprintable())
    if len(line) > _LONGEST:
        raise UserError(f"an instruction has at most {_LONGEST} characters")
    return line


def _undo(root: Path, form: str) -> int:
    import json

    from bot.fixing.journal import folder_of
    from bot.fixing.transaction import undo
    from bot.fixing.words import SCHEMA
    from kb.folders import data_folder

    done = undo(root, folder_of(data_folder(), root))
    if form == "json":
        click.echo(json.dumps({"schema": SCHEMA, "undone": done.number, "paths": [shown(path) for path in done.paths]}))
    elif done.paths:
        click.echo(f"as before: {', '.join(shown(path) for path in done.paths)}")
    else:
        click.echo("nothing of the last fix had been written: there is nothing to take back")
    return 0


def _outcome(repository: Repository, root: Path, asked: _Asked) -> tuple[Change, Outcome]:
    """Return the change as it was found, and what could be mended of it."""
    from bot.examine import Options, change_of, examined
    from bot.fixing.target import Place, check_place, comparison_for, target_of
    from bot.sources import open_sources
    from checks.workspace import open_workspace
    from kb.folders import cache_folder

    target = target_of(asked.target, root) if asked.target is not None else None
    comparison = comparison_for(repository, target if isinstance(target, str) else "")
    change = change_of(comparison, repository.identity)
    if isinstance(target, Place):
        check_place(change, target)
    cache = cache_folder()
    with (
        open_workspace(cache) as workspace,
        Progress(sys.stderr) as progress,
        open_sources(repository, cache, progress.indexing) as sources,
        _seat(asked, progress) as seat,
    ):
        seen = examined(change, workspace, Options(), sources, watcher=progress)
        bench = _bench(seen, sources, seat, asked, workspace.scratch)
        if isinstance(target, Place):
            return change, _at(seen, target, bench, asked)
        return change, _mended(seen, target, bench)


def _bench(
    seen: Examined, sources: Sources, seat: Callable[[], Seat], asked: _Asked, scratch: Callable[[str], Path]
) -> Bench:
    from bot.fixing.mend import Bench, code_of
    from bot.fixing.tested import Suite

    tests = None
    if asked.run_tests:
        tests = Suite(asked.run_tests, seen.change.head, scratch, os.environ.get("PATH", os.defpath))
    graphs = sources.code
    if graphs is None:
        return Bench(seen.proving.inspect, seat, tests=tests)

    def head_of(change: Change) -> Code:
        return graphs.change(change.base, change.head, change.identity).head

    return Bench(seen.proving.inspect, seat, code_of(head_of), tests)


def _mended(seen: Examined, fingerprint: str | None, bench: Bench) -> Outcome:
    from bot.fixing.mend import mend
    from bot.fixing.target import named

    posted = [one for one in seen.findings if not one.silent]
    wanted = posted if fingerprint is None else [named(seen.findings, fingerprint)]
    return mend(seen.change, wanted, _all_found(seen), bench)


def _at(seen: Examined, place: Place, bench: Bench, asked: _Asked) -> Outcome:
    """Return what came of a place: the findings that stand there, else the line as such."""
    from bot.fixing.mend import mend, mend_place
    from bot.fixing.target import standing_at

    standing = standing_at([one for one in seen.findings if not one.silent], place)
    if standing and not asked.instruction:
        return mend(seen.change, standing, _all_found(seen), bench)
    return mend_place(seen.change, place.path, place.line, _all_found(seen), bench)


def _all_found(seen: Examined) -> list[Finding]:
    return [*seen.findings, *(one.finding for one in seen.silenced)]


@contextmanager
def _seat(asked: _Asked, progress: Progress) -> Iterator[Callable[[], Seat]]:
    """Yield what loads the model when it is first needed, and close it at the end."""
    from checks.attempt import Seat
    from models.chosen import named, open_model

    if asked.model:
        named(asked.model, "--model")  # a name that means nothing is said at once, even where no model is needed
    made: list[Seat] = []
    with ExitStack() as stack:

        def seat() -> Seat:
            if not made:
                model = stack.enter_context(closing(open_model(asked.model, progress=progress.indexing)))
                made.append(Seat(model, seed=asked.seed, instruction=asked.instruction))
            return made[0]

        yield seat


def _write(root: Path, before: Change, outcome: Outcome) -> int:
    from bot.fixing.journal import folder_of
    from bot.fixing.transaction import Rewrite, apply
    from kb.folders import data_folder

    paths = sorted({one.patch.path for one in outcome.mended})
    rewrites = [Rewrite(path, before.head.read(path), outcome.change.head.read(path)) for path in paths]
    return apply(root, rewrites, folder_of(data_folder(), root))


def _say(outcome: Outcome, number: int | None, form: str) -> None:
    from bot.fixing.words import as_json, as_text
    from bot.output import write_output

    if form == "json":
        write_output(as_json(outcome, applied=number), None)
        return
    colour, width = wants_colour(sys.stdout, os.environ), width_of(sys.stdout, os.environ)
    write_output(as_text(outcome, applied=number, colour=colour, width=width), None)
