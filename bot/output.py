"""A verdict in the form that was asked for, written where it was asked for: whole, or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from bot.render.json_format import render_json
from bot.render.markdown import render_markdown
from bot.render.quotes import quotes_of
from bot.render.sarif import render_sarif
from bot.render.text import render_text
from checks.change import Change
from checks.verdict import Verdict
from kb.errors import UserError

FORMATS = ("text", "json", "sarif", "markdown")


def rendered(verdict: Verdict, change: Change, form: str, *, colour: bool, width: int) -> str:
    """Return the verdict in one of FORMATS; colour and width matter to text only."""
    if form == "json":
        return render_json(verdict) + "\n"
    if form == "sarif":
        return render_sarif(verdict) + "\n"
    if form == "markdown":
        return render_markdown(verdict) + "\n"
    return render_text(verdict, colour=colour, width=width, quotes=quotes_of(verdict, change))


def write_output(text: str, path: Path | None) -> None:
    """Write text to a file in one step, or to standard output; raises UserError naming what went wrong."""
    if path is None:
        _print(text)
        return
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise UserError(f"{path}: cannot be written: {error.strerror}") from None


def _print(text: str) -> None:
    stream = sys.stdout
    try:
        stream.buffer.write(text.encode(stream.encoding or "utf-8", "backslashreplace"))
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UserError(f"standard output: cannot be written: {error.strerror}") from None


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
