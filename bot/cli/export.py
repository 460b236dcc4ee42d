"""`prudent export`: the outcomes store as JSON Lines, for other tools."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import click

from bot.whole_file import whole_file
from kb.errors import UserError


@click.group()
def command() -> None:
    """Write what Prudent keeps in a form that other tools read."""


@command.command()
@click.option("--output", default="-", metavar="FILE", help="Where to write; default: standard output.")
def outcomes(output: str) -> None:
    """Write every audit, finding, outcome and dismissal as JSON Lines (docs/outcomes.md)."""
    from kb.outcomes.store import open_store

    with open_store() as store, closing(store.export()) as rows:
        lines = (json.dumps(row) + "\n" for row in rows)
        if output == "-":
            _print(lines)
            return
        with whole_file(Path(output)) as file:
            file.writelines(lines)


def _print(lines: Iterable[str]) -> None:
    try:
        sys.stdout.writelines(lines)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UserError(f"cannot write standard output: {error.strerror}") from error
