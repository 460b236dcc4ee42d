"""`prudent constraints`: what the code around a place demands of what is written there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import click

from bot.cli.constraints_show import page_of, summary_of
from bot.cli.graph_symbol import PLACE, in_repository
from bot.render.escape import printable
from kb.errors import UserError
from kb.graph.code import Code
from kb.source import Source
from kb.syntax.languages import LANGUAGES, language_of
from kb.syntax.parse import MAX_BYTES, Unparsed
from kb.view import shown
from models.constraints.compile import compiled
from models.constraints.extract import extract
from models.constraints.gbnf import gbnf_of
from models.constraints.ir_json import BadConstraints, from_json, to_json
from models.constraints.model import Intensity
from models.mask.holes import hole_at, hole_of_lines, holes_in
from models.mask.model import Hole, Strategy


class Place(NamedTuple):
    """What was asked about: a file, and a hole in it if a line was named."""

    source: Source
    language: str
    holes: tuple[Hole, ...]


@click.group(name="constraints")
def command() -> None:
    """Show what may stand at a place of a file: grammars, names, types, imports, preferences."""


_STRATEGY = click.option(
    "--strategy",
    type=click.Choice([one.value for one in Strategy]),
    help="Which kind of node (default: the statements of the line, or the smallest node at the column).",
)
_GRAPH = click.option("--graph", "use_graph", is_flag=True, help="Ask the graph of this repository, too.")
_INTENSITY = click.option(
    "--intensity",
    type=click.Choice([one.value for one in Intensity]),
    default=Intensity.FULL.value,
    show_default=True,
    help="How much is asked for.",
)


@command.command(name="extract")
@click.argument("place", metavar="PATH:LINE[:COLUMN]")
@_STRATEGY
@_GRAPH
def extract_command(place: str, strategy: str | None, use_graph: bool) -> None:
    """Print the constraints on a place as JSON."""
    asked = _one(place, strategy)
    with _code(asked, wanted=use_graph) as code:
        click.echo(to_json(extract(asked.source, asked.language, asked.holes[0], code), indent=2))


@command.command(name="compile")
@click.argument("place", metavar="PATH:LINE[:COLUMN]")
@_STRATEGY
@_GRAPH
@_INTENSITY
@click.option("--gbnf", is_flag=True, help="Print the syntax as GBNF, for llama.cpp.")
def compile_command(place: str, strategy: str | None, use_graph: bool, intensity: str, gbnf: bool) -> None:
    """Print the grammars of a place, in Lark as llguidance takes it, the firmest first."""
    asked = _one(place, strategy)
    with _code(asked, wanted=use_graph) as code:
        made = compiled(extract(asked.source, asked.language, asked.holes[0], code), Intensity(intensity))
    if not made.hard:
        raise UserError(f"nothing is demanded at {intensity}: {'; '.join(made.notes) or 'no grammar is asked for'}")
    if gbnf:
        text, notes = gbnf_of(made.hard[0].lark)
        click.echo("".join(f"# {note}\n" for note in notes) + text, nl=False)
        return
    for one in made.hard:
        click.echo(f"// {one.domain.value}\n{one.lark}", nl=False)


@command.command(name="validate")
@click.argument("file", type=click.Path(path_type=Path))
def validate_command(file: Path) -> None:
    """Say what is wrong with a file of constraints (JSON) or a Lark grammar; exit 2 if anything is."""
    text = _read(file, file.name).data.decode("utf-8", "replace")
    faults = _faults(text)
    if faults:
        raise UserError(f"{shown(str(file))}: {'; '.join(printable(one) for one in faults)}")
    click.echo("valid")


@command.command(name="show")
@click.argument("place", metavar="PATH[:LINE[:COLUMN]]")
@_STRATEGY
@_GRAPH
@_INTENSITY
def show_command(place: str, strategy: str | None, use_graph: bool, intensity: str) -> None:
    """Describe the constraints on a place; on every hole of a file where no line is named."""
    asked = _place(place, strategy)
    if not asked.holes:
        click.echo("no holes")
    with _code(asked, wanted=use_graph) as code:
        for hole in asked.holes:
            ir = extract(asked.source, asked.language, hole, code)
            made = compiled(ir, Intensity(intensity))
            many = len(asked.holes) > 1
            click.echo(summary_of(ir, made, asked.source) if many else page_of(ir, made, asked.source))


def _faults(text: str) -> tuple[str, ...]:
    """Return what is wrong with constraints or a grammar."""
    from models.constraints.check import grammar_fault  # lazily: loads llguidance

    if not text.lstrip().startswith("{"):
        fault = grammar_fault(text)
        return (fault,) if fault else ()
    try:
        ir = from_json(text)
    except BadConstraints as error:
        return (str(error),)
    return tuple(note for note in compiled(ir, Intensity.EXHAUSTIVE).notes if note not in ir.notes)


def _one(place: str, strategy: str | None) -> Place:
    """Return a place with one hole; raises UserError where no line is named or nothing can be opened there."""
    asked = _place(place, strategy)
    if PLACE.match(place) is None:
        raise UserError(f"{printable(place)} names no line: write PATH:LINE")
    if not asked.holes:
        raise UserError(f"nothing can be opened at {printable(place)}")
    return asked


def _place(text: str, strategy: str | None) -> Place:
    found = PLACE.match(text)
    path = Path(found["path"] if found else text)
    source = _read(path, path.as_posix())
    language = language_of(source.path, source.data[:256])
    if language is None or language not in LANGUAGES:
        raise UserError(f"no grammar reads {shown(str(path))}")
    chosen = Strategy(strategy) if strategy else None
    try:
        return Place(source, language, _holes(source, language, found, chosen))
    except Unparsed as reason:
        raise UserError(f"{shown(str(path))} cannot be opened: {reason}") from reason


def _holes(source: Source, language: str, found: re.Match[str] | None, strategy: Strategy | None) -> tuple[Hole, ...]:
    if found is None:
        return holes_in(source, language, strategy or Strategy.STATEMENTS)
    line = int(found["line"])
    if line > source.line_count:
        raise UserError(f"{shown(source.path)} has {source.line_count} lines")
    if found["column"]:
        offset = source.offset_of(line, int(found["column"]))
        hole = hole_at(source, language, offset, strategy or Strategy.HYBRID)
        return (hole,) if hole is not None else ()
    if strategy is None:
        hole = hole_of_lines(source, language, line, line)
        return (hole,) if hole is not None else ()
    holes = holes_in(source, language, strategy)
    return tuple(one for one in holes if source.line_of(one.span.start) == line)[:1]


def _read(path: Path, name: str) -> Source:
    try:
        with path.open("rb") as file:
            return Source(name, file.read(MAX_BYTES + 1))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        raise UserError(f"{shown(str(path))} cannot be read: {reason}") from error


@contextmanager
def _code(asked: Place, *, wanted: bool) -> Iterator[Code | None]:
    """Give the graph of the files on disk, None if it is not asked for; raises UserError where there is none."""
    if not wanted:
        yield None
        return
    from bot.cli.graph import Asked, opened  # lazily: loads the stores

    with opened(Asked(Path(), None, worktree=True, form="text", depth=0, limit=0)) as (repository, code):
        path = in_repository(repository, code, asked.source.path)
        if code.source(path).data != asked.source.data:
            raise UserError(f"{shown(asked.source.path)} is no file that git knows as it stands here")
        yield code
