"""What the place we write to can show: colour or not, and how many columns."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import IO, Any

WIDTH, NARROWEST, WIDEST = 80, 20, 400


def wants_colour(stream: IO[Any], environ: Mapping[str, str]) -> bool:
    """Return whether to write colours: NO_COLOR forbids, FORCE_COLOR and CLICOLOR_FORCE ask, else a terminal."""
    if environ.get("NO_COLOR"):
        return False
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE"):
        if chosen := environ.get(name):
            return chosen.lower() not in ("0", "false")
    if environ.get("CLICOLOR") == "0":
        return False
    return is_terminal(stream) and environ.get("TERM", "") not in ("", "dumb")


def width_of(stream: IO[Any], environ: Mapping[str, str]) -> int:
    """Return the columns to write in: COLUMNS, else the terminal's own, else 80."""
    columns = environ.get("COLUMNS", "")
    width = int(columns) if columns.isascii() and columns.isdigit() else 0
    return min(max(width or _terminal_width(stream) or WIDTH, NARROWEST), WIDEST)


def is_terminal(stream: IO[Any]) -> bool:
    """Return whether the stream is a terminal; a closed one is not."""
    try:
        return stream.isatty()
    except ValueError:
        return False


def _terminal_width(stream: IO[Any]) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):  # not a terminal, closed, or without a file behind it
        return 0
