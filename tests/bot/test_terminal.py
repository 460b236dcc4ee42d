"""When colours are written, and how wide; on a real terminal, and off it."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import struct
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest

from bot.cli.terminal import is_terminal, wants_colour, width_of

TERM = {"TERM": "xterm-256color"}


@pytest.fixture
def terminal() -> Iterator[TextIO]:
    """Yield a terminal of 24 lines and 97 columns."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 97, 0, 0))
    with os.fdopen(follower, "w") as stream:
        yield stream
    os.close(leader)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[TextIO]:
    with (tmp_path / "out.txt").open("w") as stream:
        yield stream


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        (TERM, True),
        ({}, False),
        ({"TERM": "dumb"}, False),
        ({**TERM, "NO_COLOR": "1"}, False),
        ({**TERM, "NO_COLOR": ""}, True),
        ({**TERM, "CLICOLOR": "0"}, False),
        ({**TERM, "FORCE_COLOR": "0"}, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True),
        ({**TERM, "NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
    ],
)
def test_colour_on_a_terminal(terminal: TextIO, environ: dict[str, str], wanted: bool) -> None:
    assert wants_colour(terminal, environ) is wanted


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [(TERM, False), ({"FORCE_COLOR": "1"}, True), ({"CLICOLOR_FORCE": "1"}, True), ({"CLICOLOR_FORCE": "0"}, False)],
)
def test_colour_in_a_file(file: TextIO, environ: dict[str, str], wanted: bool) -> None:
    assert wants_colour(file, environ) is wanted


def test_the_width_is_the_terminal_s_own(terminal: TextIO) -> None:
    assert width_of(terminal, {}) == 97


@pytest.mark.parametrize(
    ("columns", "width"), [("120", 120), ("0", 97), ("many", 97), ("-5", 97), ("²", 97), ("3", 20), ("99999", 400)]
)
def test_columns_are_heeded_where_they_make_sense(terminal: TextIO, columns: str, width: int) -> None:
    assert width_of(terminal, {"COLUMNS": columns}) == width


def test_a_file_is_eighty_wide(file: TextIO) -> None:
    assert width_of(file, {}) == 80
    assert width_of(io.StringIO(), {}) == 80


def test_a_closed_stream_is_no_terminal() -> None:
    stream = io.StringIO()
    stream.close()
    assert not is_terminal(stream)
    assert not wants_colour(stream, TERM)
    assert width_of(stream, {}) == 80
