"""`prudent mask`: a file with nodes of its syntax tree opened, as a model would get to see it."""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path

import click

from bot.cli.terminal import is_terminal
from bot.render.escape import printable
from kb.errors import UserError
from kb.source import Source
from kb.syntax.languages import LANGUAGES, language_of
from kb.syntax.parse import MAX_BYTES, Unparsed
from kb.view import shown
from models.mask.masking import TOKEN, Masked, mask
from models.mask.model import Hole, Strategy

SCHEMA = "prudent.mask/1"
_WIDEST = 60  # characters of a hole's text that --show prints


@click.command(name="mask")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--strategy", type=click.Choice([one.value for one in Strategy]), default="hybrid", show_default=True)
@click.option("--ratio", type=float, default=0.15, show_default=True, help="The share of the holes to mask, 0 to 1.")
@click.option("--seed", type=int, default=0, show_default=True, help="Which of them: the same seed, the same holes.")
@click.option("--token", default=TOKEN.decode(), show_default=True, help="What to write in a hole.")
@click.option("--language", type=click.Choice(sorted(LANGUAGES)), help="Default: what the file's name says.")
@click.option("--show", is_flag=True, help="List the holes instead: line, kind, scale, text.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(
    path: Path, strategy: str, ratio: float, seed: int, token: str, language: str | None, show: bool, form: str
) -> None:
    """Print a file with some of its syntax nodes masked, or the holes that are made.

    Equal bytes, strategy, ratio and seed mask equal holes. The file is not changed.
    """
    source = _read(path)
    name = language or language_of(source.path, source.data[:256])
    if name is None:
        raise UserError(f"no grammar reads {shown(str(path))}: name one with --language")
    try:
        masked = mask(source, name, Strategy(strategy), ratio, seed, os.fsencode(token))
    except Unparsed as reason:
        raise UserError(f"{shown(str(path))} cannot be masked: {reason}") from reason
    if form == "json":
        click.echo(_json(masked, source, name, strategy, ratio, seed))
    elif show:
        click.echo("\n".join(_line(hole, source) for hole in masked.holes) or "no holes")
    elif is_terminal(sys.stdout):
        click.echo("\n".join(printable(line) for line in masked.data.decode("utf-8", "surrogateescape").split("\n")))
    else:
        sys.stdout.buffer.write(masked.data)
        sys.stdout.buffer.flush()


def _read(path: Path) -> Source:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        raise UserError(f"{shown(str(path))} cannot be read: {reason}") from error
    return Source(path.name, data)


def _line(hole: Hole, source: Source) -> str:
    text = printable(" ".join(hole.text.decode("utf-8", "surrogateescape").split()))
    text = text if len(text) <= _WIDEST else text[: _WIDEST - 3] + "..."
    inside = f"  in {printable(hole.symbol)}" if hole.symbol else ""
    return f"{source.line_of(hole.span.start)}: {hole.scale} {hole.kind}{inside}  {text}"


def _json(masked: Masked, source: Source, language: str, strategy: str, ratio: float, seed: int) -> str:
    """Return the answer as JSON; texts that are not UTF-8 are given in base64 under `..._base64`."""
    holes = [
        {
            "line": source.line_of(hole.span.start),
            "end_line": source.line_of(max(hole.span.start, hole.span.end - 1)),
            "start": hole.span.start,
            "end": hole.span.end,
            "kind": hole.kind,
            "scale": hole.scale.value,
            "strategy": hole.strategy.value,
            "symbol": hole.symbol,
            **_text("text", hole.text),
        }
        for hole in masked.holes
    ]
    asked = {"language": language, "strategy": strategy, "ratio": ratio, "seed": seed}
    token = _text("token", masked.token)
    return json.dumps({"schema": SCHEMA, **asked, **token, "holes": holes, **_text("masked", masked.data)}, indent=2)


def _text(name: str, data: bytes) -> dict[str, str]:
    try:
        return {name: data.decode("utf-8")}
    except UnicodeDecodeError:
        return {f"{name}_base64": base64.b64encode(data).decode("ascii")}
