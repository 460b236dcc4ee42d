"""Where an inline comment may stand: GitHub's rules about lines, on the patches that the emulator makes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
Place = tuple[str, int]  # side, line


@dataclass(frozen=True)
class Anchor:
    """An inline comment as it was asked for."""

    path: str
    line: int
    side: str
    start_line: int | None
    start_side: str
    body: str
    commit: str

    @classmethod
    def of(cls, comment: dict[str, Any], commit: str) -> Anchor:
        """Return the anchor of one comment of a review."""
        side = comment.get("side", "RIGHT")
        start = comment.get("start_line")
        return cls(
            comment["path"], comment["line"], side, start, comment.get("start_side", side), comment["body"], commit
        )


def positions(wanted: Sequence[Anchor], files: Sequence[dict[str, Any]]) -> tuple[list[int], list[str]]:
    """Return each comment's position in its file's patch, and what GitHub says about those that have none."""
    patches = {file["filename"]: places_in(file.get("patch", "")) for file in files}
    found, wrong = [], []
    for one in wanted:
        places = patches.get(one.path, {})
        end = places.get((one.side, one.line))
        start = places.get((one.start_side, one.start_line)) if one.start_line is not None else end
        if one.path not in patches:
            wrong.append("Path could not be resolved")
        elif end is None:
            wrong.append("Pull request review thread line must be part of the diff")
        elif one.start_line is not None and one.start_line >= one.line:
            wrong.append("Pull request review thread start line must precede the end line.")
        elif start is None or start[0] != end[0]:
            wrong.append("Pull request review thread start line must be part of the same hunk as the line.")
        else:
            found.append(end[1])
    return found, wrong


def places_in(patch: str) -> dict[Place, tuple[int, int]]:
    """Return (hunk, position) of every line of a patch; context stands on both sides."""
    places: dict[Place, tuple[int, int]] = {}
    hunk = old = new = 0
    for position, text in enumerate(patch.split("\n")):
        if match := HUNK.match(text):
            hunk, old, new = hunk + 1, int(match[1]), int(match[2])
        elif text[:1] in ("+", " ", "-"):
            if text[0] != "+":
                places["LEFT", old] = (hunk, position)
                old += 1
            if text[0] != "-":
                places["RIGHT", new] = (hunk, position)
                new += 1
    return places
