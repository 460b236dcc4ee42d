"""Where quoted code stands in what was shown: the one way from a model's words to a place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from checks.context.model import lines_in

SHORTEST = 4  # characters that are no white space; less says nothing about a place
_NUMBERED = re.compile(r"^\s*\+?\d+\|")


class Place(NamedTuple):
    """Code at lines of a head file, as it is quoted."""

    path: str
    line: int
    end_line: int
    quote: str


class ShownLine(NamedTuple):
    """One line of head that was shown."""

    path: str
    number: int
    words: str  # its text, white space made even


def even(text: str) -> str:
    """Return a line with every run of white space as one space, none at the ends."""
    return " ".join(text.split())


def lines_shown(pieces: Sequence[tuple[str, str]]) -> list[ShownLine]:
    """Return the lines of head in (path, text) of pieces; those of base are no place of head."""
    return [
        ShownLine(path, line.number, even(line.text))
        for path, text in pieces
        for line in lines_in(text)
        if line.mark != "-"
    ]


def places_of(quote: str, shown: Sequence[ShownLine]) -> list[Place]:
    """Return where a quote stands: each of its lines whole or in part, on lines that follow each other."""
    wanted = [even(_NUMBERED.sub("", line)) for line in quote.split("\n")]
    wanted = [line for line in wanted if line]
    if sum(len(line.replace(" ", "")) for line in wanted) < SHORTEST:
        return []
    lines = [line for line in shown if line.words]
    found = []
    for at in range(len(lines) - len(wanted) + 1):
        part = lines[at : at + len(wanted)]
        if part[0].path == part[-1].path and all(w in one.words for w, one in zip(wanted, part, strict=True)):
            found.append(Place(part[0].path, part[0].number, part[-1].number, "\n".join(wanted)))
    return found
