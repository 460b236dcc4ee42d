"""`prudent graph`: questions to the graph of the code, at any revision."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple

import click

from bot.cli import graph_rows as rows
from bot.cli.graph_answer import Answer, as_json, as_text
from bot.cli.graph_symbol import PLACE, class_of, in_repository, near, one_of
from bot.cli.index_progress import IndexProgress
from bot.cli.terminal import width_of
from bot.render.escape import printable
from kb.errors import EmptyRange, UserError
from kb.folders import cache_folder
from kb.graph import queries_calls, queries_classes, queries_cycles, queries_impact, queries_imports
from kb.graph.code import Code
from kb.graph.index import Index
from kb.graph.model import NodeKind
from kb.repository import Repository
from kb.view import View

DEEPEST = 10
_OF_THE_PAST = ("co-changes", "salience")  # bot.cli.graph_past.COMMANDS


class Asked(NamedTuple):
    """What every question comes with."""

    folder: Path
    rev: str | None
    worktree: bool
    form: str
    depth: int
    limit: int


class _Questions(click.Group):
    """Loads the questions that need the past only when they are asked."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *_OF_THE_PAST])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _OF_THE_PAST:
            from bot.cli import graph_past

            return graph_past.COMMANDS[cmd_name]
        return super().get_command(ctx, cmd_name)


@click.group(name="graph", cls=_Questions)
def command() -> None:
    """Ask who calls, imports, inherits or is touched by what.

    A SYMBOL is path::Class.method, a path, package.module.Class.method, a bare name, or PATH:LINE.
    """


def _question(*, depth: int = 0, limit: int = 100) -> Callable[[Callable[..., Answer]], Callable[..., None]]:
    """Return what gives a command the options of all of them, and writes the answer that it returns.

    `depth` 0 means that the question has none.
    """
    options = [
        click.option(
            "--repo", "folder", type=click.Path(path_type=Path), default=Path(), help="The repository (default: here)."
        ),
        click.option("--rev", metavar="REV", help="The revision (default: HEAD)."),
        click.option("--worktree", is_flag=True, help="The files as they are on disk."),
        click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True),
        click.option(
            "--limit", type=click.IntRange(1, 10_000), default=limit, show_default=True, help="How many at most."
        ),
    ]
    if depth:
        levels = click.IntRange(1, DEEPEST)
        options.append(click.option("--depth", type=levels, default=depth, show_default=True, help="How many levels."))

    def decorate(ask: Callable[..., Answer]) -> Callable[..., None]:
        @wraps(ask)
        def run(
            folder: Path,
            rev: str | None,
            worktree: bool,
            form: str,
            limit: int,
            depth: int = 0,
            **words: Any,  # noqa: ANN401 (click's)
        ) -> None:
            asked = Asked(folder, rev, worktree, form, depth, limit)
            with opened(asked) as (repository, code):
                answer = ask(code, asked, **{k: in_repository(repository, code, v) for k, v in words.items()})
                write(answer, code, asked)

        for option in reversed(options):
            run = option(run)
        return run

    return decorate


@command.command()
@click.argument("symbol")
@_question(depth=1)
def callers(code: Code, asked: Asked, symbol: str) -> Answer:
    """List the calls of a function or class.

    Each comes with its arguments; `_` stands for each that has no name. Deeper levels are the callers' callers.
    """
    found = one_of(code, symbol)
    if found.kind is NodeKind.FILE:
        raise UserError(f"{printable(found.path)} is a file, which nobody calls; ask for its importers, or its impact")
    return rows.callers_answer(queries_calls.callers(code.graph, found, depth=asked.depth, cap=asked.limit))


@command.command()
@click.argument("symbol")
@_question(depth=1)
def callees(code: Code, asked: Asked, symbol: str) -> Answer:
    """List what a function, class or file calls.

    Of a class and a file, what anything in it calls.
    """
    return rows.callees_answer(queries_calls.callees(code, one_of(code, symbol), depth=asked.depth, cap=asked.limit))


@command.command()
@click.argument("place", metavar="PATH:LINE:COL")
@_question()
def definition(code: Code, asked: Asked, place: str) -> Answer:
    """Show where the name at a place is defined."""
    found = PLACE.match(place)
    if found is None or found["column"] is None:
        raise UserError(f"not a place: {printable(place)}; write PATH:LINE:COL, both counted from 1")
    path, line, column = found["path"], int(found["line"]), int(found["column"])
    if path not in code.view.entries:
        raise UserError(f"no such file: {printable(path)}{near(code, path)}")
    source = code.source(path)
    if line > source.line_count:
        raise UserError(f"{printable(path)} has only {source.line_count} lines")
    return rows.definition_answer(place, code.resolve(path, source.offset_of(line, column)), asked.limit)


@command.command()
@click.argument("symbol")
@_question(depth=DEEPEST)
def ancestors(code: Code, asked: Asked, symbol: str) -> Answer:
    """List the classes that a class inherits from.

    Nearest first; those of a Python class in the order in which its members are looked up.
    """
    family = queries_classes.ancestors(code.graph, class_of(code, symbol), depth=asked.depth, cap=asked.limit)
    return rows.family_answer(
        "ancestors", queries_classes.in_lookup_order(code, family), queries_classes.bases_elsewhere(code, family)
    )


@command.command()
@click.argument("symbol")
@_question(depth=DEEPEST)
def descendants(code: Code, asked: Asked, symbol: str) -> Answer:
    """List the classes that inherit from a class."""
    family = queries_classes.descendants(code.graph, class_of(code, symbol), depth=asked.depth, cap=asked.limit)
    return rows.family_answer("descendants", family, ())


@command.command()
@click.argument("symbol")
@_question(depth=1)
def importers(code: Code, asked: Asked, symbol: str) -> Answer:
    """List the imports of a file, a name or a module.

    The module may be one from outside. Deeper levels are the imports of the files that import it.
    """
    return rows.importers_answer(
        queries_imports.importers(code.graph, one_of(code, symbol), depth=asked.depth, cap=asked.limit)
    )


@command.command()
@click.argument("symbol")
@_question(depth=3, limit=500)
def impact(code: Code, asked: Asked, symbol: str) -> Answer:
    """List what may notice a change of a symbol.

    What calls, uses or inherits from it, directly or not; what imports, exports or overrides it. Tests are apart.
    """
    return rows.impact_answer(
        queries_impact.impact(code.graph, one_of(code, symbol), depth=asked.depth, cap=asked.limit)
    )


@command.command()
@click.argument("symbol")
@_question(depth=1)
def neighbourhood(code: Code, asked: Asked, symbol: str) -> Answer:
    """List what lies around a symbol.

    Whatever is at the other end of an edge, whichever way it points.
    """
    return rows.neighbourhood_answer(
        queries_impact.neighbourhood(code.graph, one_of(code, symbol), depth=asked.depth, cap=asked.limit)
    )


@command.command()
@_question()
def cycles(code: Code, asked: Asked) -> Answer:
    """List files that import one another.

    Only imports that run when a module is loaded count. Each group comes with a shortest cycle.
    """
    return rows.cycles_answer(queries_cycles.cycles(code.graph, cap=asked.limit))


@command.command()
@click.argument("start", metavar="A")
@click.argument("end", metavar="B")
@_question()
def path(code: Code, asked: Asked, start: str, end: str) -> Answer:
    """Show the shortest import path from file A to B."""
    one, other = one_of(code, start).path, one_of(code, end).path
    if not one or not other:
        raise UserError("an import path leads from one file of the repository to another")
    if one == other:
        raise UserError(f"A and B are one file: {printable(one)}")
    return rows.path_answer(one, other, queries_imports.import_path(code.graph, one, other))


@contextmanager
def opened(asked: Asked) -> Iterator[tuple[Repository, Code]]:
    """Yield the repository that was asked about and the graph of the tree that was asked for."""
    if asked.worktree and asked.rev is not None:
        raise UserError("name one thing to look at: --rev or --worktree")
    with Repository.open(asked.folder) as repository:
        view = _view(repository, asked)
        index = Index.open(cache_folder() / "graph", repository.identity)
        try:
            with IndexProgress(sys.stderr) as progress:
                code = index.code(view, progress)
            yield repository, code
        finally:
            index.close()


def _view(repository: Repository, asked: Asked) -> View:
    if asked.worktree:
        try:
            return repository.compare_worktree().head
        except EmptyRange:  # nothing is changed: HEAD it is
            return repository.view("HEAD")
    return repository.view(asked.rev or "HEAD")


def write(answer: Answer, code: Code, asked: Asked) -> None:
    """Write an answer in the form that was asked for."""
    if asked.form == "json":
        click.echo(as_json(answer, code))
        return
    click.echo(as_text(answer, code, width_of(sys.stdout, os.environ)))
