"""A verdict in the form that was asked for, written where it was asked for: whole, or not at all."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.reference import rules_by_slug
from bot.render.json_format import render_json
from bot.render.markdown import render_markdown
from bot.render.quotes import quotes_of
from bot.render.sarif import render_sarif
from bot.render.text import render_text
from bot.whole_file import whole_file
from checks import registry
from checks.change import Change
from checks.verdict import Verdict
from kb.errors import UserError

FORMATS = ("text", "json", "sarif", "markdown")


def rendered(verdict: Verdict, change: Change, form: str, *, colour: bool, width: int) -> str:
    """Return the verdict in one of FORMATS; colour and width matter to text only."""
    if form == "json":
        return render_json(verdict) + "\n"
    if form == "sarif":
        return render_sarif(verdict, rules_by_slug(registry.DESCRIBED)) + "\n"
    if form == "markdown":
        return render_markdown(verdict) + "\n"
    return render_text(verdict, colour=colour, width=width, quotes=quotes_of(verdict, change))


def write_output(text: str, path: Path | None) -> None:
    """Write text to a file in one step, or to standard output; raises UserError naming what went wrong."""
    if path is None:
        _print(text)
        return
    with whole_file(path) as file:
        file.write(text)


def _print(text: str) -> None:
    stream = sys.stdout
    try:
        stream.buffer.write(text.encode(stream.encoding or "utf-8", "backslashreplace"))
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UserError(f"cannot write standard output: {error.strerror}") from None
