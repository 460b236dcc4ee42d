"""`prudent memory`: what was learnt from people's verdicts on findings; listed, forgotten, carried to other stores."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from bot.whole_file import whole_file
from kb.errors import UserError
from kb.view import shown

if TYPE_CHECKING:
    from kb.memory.model import Lesson

SCHEMA = "prudent.memory/1"

_REPO = click.option(
    "--repo", "folder", default=".", metavar="DIR", help="The repository; default: the current folder."
)


@click.group()
def command() -> None:
    """List, forget, export or import what was learnt about findings here.

    A lesson says what people made of one finding: they wanted it, or they did not. See docs/memory.md.
    """


@command.command("list")
@_REPO
@click.option("--all", "everywhere", is_flag=True, help="Look at every repository in the store.")
@click.option("--slug", help="Only lessons about findings of this slug.")
@click.option("--path", metavar="PATH", help="Only lessons about this file, or files in this folder.")
@click.option("--fate", type=click.Choice(["accepted", "dismissed"]), help="Only lessons that say this.")
@click.option("--forgotten", is_flag=True, help="Lessons that are no longer heeded too.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="How many to list.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def list_lessons(
    folder: str,
    everywhere: bool,
    slug: str | None,
    path: str | None,
    fate: str | None,
    forgotten: bool,
    limit: int,
    form: str,
) -> None:
    """List lessons, the newest first: what was found, what became of it, who said so, until when it is heeded."""
    from kb.memory.model import Fate
    from kb.outcomes.store import open_store

    where = None if everywhere else _identity(folder)
    with open_store() as store:
        found = store.lessons(
            where,
            slug=slug,
            path=path,
            fate=Fate(fate) if fate else None,
            forgotten=forgotten,
            now=None if forgotten else datetime.now(UTC),
            limit=limit,
        )
    if form == "json":
        click.echo(json.dumps({"schema": SCHEMA, "lessons": [_row(one) for one in found]}, indent=2))
        return
    click.echo("\n".join(line for one in found for line in _lines(one, everywhere)) or "no lessons")


@command.command()
@click.argument("number", type=click.IntRange(1, 2**63 - 1), metavar="ID")
@_REPO
def forget(number: int, folder: str) -> None:
    """Heed a lesson no longer. `prudent memory remember ID` takes that back."""
    from kb.outcomes.store import open_store

    repository = _identity(folder)
    with open_store() as store:
        if not store.forget_lesson(repository, number, by=_me(), at=datetime.now(UTC)):
            raise UserError(f"no lesson {number} is heeded in this repository; `prudent memory list` shows them")
    click.echo(f"lesson {number} is forgotten")


@command.command()
@click.argument("number", type=click.IntRange(1, 2**63 - 1), metavar="ID")
@_REPO
def remember(number: int, folder: str) -> None:
    """Heed a forgotten lesson again."""
    from kb.outcomes.store import open_store

    repository = _identity(folder)
    with open_store() as store:
        if not store.remember_lesson(repository, number, by=_me()):
            raise UserError(
                f"no lesson {number} is forgotten in this repository; `prudent memory list --forgotten` shows them"
            )
    click.echo(f"lesson {number} is heeded again")


@command.command()
@_REPO
@click.option("--all", "everywhere", is_flag=True, help="The lessons of every repository in the store.")
@click.option("--output", default="-", metavar="FILE", help="Where to write; default: standard output.")
def export(folder: str, everywhere: bool, output: str) -> None:
    """Write the lessons that are heeded as JSON Lines, for `prudent memory import` elsewhere."""
    from kb.memory.file_lines import MOST_LINES, line_of
    from kb.outcomes.store import open_store

    where = None if everywhere else _identity(folder)
    with open_store() as store:
        found = store.lessons(where, now=datetime.now(UTC), limit=MOST_LINES)
    lines = (f"{line_of(one)}\n" for one in reversed(found))
    if output == "-":
        sys.stdout.writelines(lines)
        return
    with whole_file(Path(output)) as file:
        file.writelines(lines)


@command.command("import")
@click.argument("file", metavar="FILE")
@_REPO
def import_lessons(file: str, folder: str) -> None:
    """Take in lessons that were exported, for this repository; "-" reads standard input.

    All of them are taken in or none. What is known already stays as it is.
    """
    from kb.memory.file_lines import lessons_in
    from kb.outcomes.store import open_store

    now, repository = datetime.now(UTC), _identity(folder)
    try:
        if file == "-":
            found = lessons_in(_lines_of(sys.stdin.buffer), now)
        else:
            with Path(file).open("rb") as opened:
                found = lessons_in(_lines_of(opened), now)
    except OSError as error:
        raise UserError(f"cannot read {shown(file)}: {error.strerror}") from error
    with open_store() as store:
        new = store.import_lessons(repository, found, now)
    click.echo(f"{new} of {len(found)} lessons are new")


def _identity(folder: str) -> str:
    from kb.repository import Repository

    with Repository.open(folder) as repository:
        return repository.identity


def _me() -> str:
    """Return who is at the command line, for the record: whoever can write to the store may."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (OSError, KeyError, ImportError):  # no name for this user id
        return "somebody (command line)"


def _lines_of(file: BinaryIO) -> Iterator[bytes]:
    """Yield lines; a line too long for any lesson is cut, so that it is refused without being held."""
    from kb.memory.file_lines import LONGEST_LINE

    return iter(lambda: file.readline(LONGEST_LINE + 2), b"")


def _row(lesson: Lesson) -> dict[str, object]:
    times = {name: datetime.fromtimestamp(getattr(lesson, name), UTC).isoformat() for name in ("at", "expires")}
    return {**asdict(lesson), **times}


def _lines(lesson: Lesson, everywhere: bool) -> Sequence[str]:
    until = datetime.fromtimestamp(lesson.expires, UTC)
    by = f" by {shown(lesson.by)}" if lesson.by else ""
    place = shown(lesson.path) + (f" ({shown(lesson.symbol)})" if lesson.symbol else "")
    said = lesson.signal.value if lesson.signal.value == lesson.fate.value else f"{lesson.fate} ({lesson.signal})"
    lines = [
        f"{lesson.id}  {said}  {shown(lesson.slug)}  {place}",
        f"    {shown(lesson.text or '(what it said was not kept)')}",
        f"    {shown(lesson.evidence)}{by}, heeded until {until:%Y-%m-%d}",
    ]
    if lesson.reason:
        lines.append(f"    reason: {shown(lesson.reason)}")
    if lesson.forgotten:
        lines.append(f"    forgotten by {shown(lesson.forgotten)}")
    if everywhere:
        lines.append(f"    {shown(lesson.repository)}")
    return lines
