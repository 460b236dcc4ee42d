"""`prudent export`: the outcomes store as JSON Lines, for other tools."""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

import click

from kb.errors import UserError
from kb.view import shown


@click.group()
def command() -> None:
    """Write what Prudent keeps in a form that other tools read."""


@command.command()
@click.option("--output", default="-", metavar="FILE", help="Where to write; default: standard output.")
def outcomes(output: str) -> None:
    """Write every audit, finding and outcome as JSON Lines (docs/outcomes.md)."""
    from kb.outcomes.store import open_store

    with open_store() as store, closing(store.export()) as rows:
        lines = (json.dumps(row) + "\n" for row in rows)
        name = "standard output" if output == "-" else shown(output)
        try:
            if output == "-":
                sys.stdout.writelines(lines)
                sys.stdout.flush()
            else:
                _write(Path(output), lines)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise UserError(f"cannot write {name}: {error.strerror}") from error


def _write(path: Path, lines: Iterable[str]) -> None:
    if "\0" in str(path):
        raise UserError(f"cannot write {shown(str(path))}: not a path")
    with _opened(path) as file:
        file.writelines(lines)


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    """Open a file that appears whole or not at all; a pipe or a device is written as it is."""
    if path.exists() and not path.is_file():
        with path.open("w", encoding="utf-8") as file:
            yield file
        return
    target = Path(os.path.realpath(path))
    fresh = target.with_name(f".prudent-{secrets.token_hex(8)}.part")
    try:
        with fresh.open("x", encoding="utf-8") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
