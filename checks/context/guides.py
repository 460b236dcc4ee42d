"""What the repository says about itself to those who change it, as it stood before the change: cut to a budget.

A change to such a file does not guide its own review: it is read where the repository's rules are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from checks.change import Change
from checks.context.model import Kind, Piece
from kb.errors import CorruptObject
from kb.redact import redact
from kb.view import View, shown

NAMES = ("AGENTS.md", "CLAUDE.md", "CONTRIBUTING.md", "CONTRIBUTING.rst", "CONTRIBUTING.txt", "CONTRIBUTING")
FOLDERS = ("", "docs/", ".github/")  # where those of the whole repository are
NESTED = ("AGENTS.md", "CLAUDE.md")  # those that may stand in any folder, for what is below it
LARGEST = 200_000  # bytes; nobody is guided by more
CUT = "(cut here)"


def guides(
    change: Change, count: Callable[[str], int], budget: int, *, clean: Callable[[str], str] = redact
) -> tuple[Piece, ...]:
    """Return the guides that hold for a change, nearest to what it touches first, in at most `budget` tokens.

    A guide that does not fit ends at the end of a paragraph. Two files with one text are one.
    """
    view = change.rules or change.base
    pieces: list[Piece] = []
    seen: set[str] = set()
    left = budget
    for path in _paths(change, view):
        text = clean(_read(view, path)).strip()
        if not text or text in seen:
            continue
        seen.add(text)
        piece = _cut(path, text, count, left)
        if piece is None:
            break
        pieces.append(piece)
        left -= piece.tokens
    return tuple(pieces)


def _paths(change: Change, view: View) -> Iterator[str]:
    """Yield the paths of guides: in folders above changed files, the deepest first, then the repository's own."""
    folders = {parent.as_posix() for file in change.files for parent in PurePosixPath(file.path).parents} - {"."}
    nested = [f"{folder}/{name}" for folder in sorted(folders, key=lambda f: (-f.count("/"), f)) for name in NESTED]
    whole = [f"{folder}{name}" for name in NAMES for folder in FOLDERS]
    for path in dict.fromkeys([*nested, *whole]):
        entry = view.entries.get(path)
        if entry is not None and entry.is_file:
            yield path


def _read(view: View, path: str) -> str:
    try:
        return view.read(path).decode("utf-8", "replace")[:LARGEST]
    except (KeyError, CorruptObject):
        return ""


def _cut(path: str, text: str, count: Callable[[str], int], room: int) -> Piece | None:
    """Return a guide with as many paragraphs as fit; None if not even the first does."""
    paragraphs = text.split("\n\n")
    low, high = 0, len(paragraphs)
    made: Piece | None = _piece(path, paragraphs, len(paragraphs), count)
    if made is not None and made.tokens <= room:
        return made
    made = None
    while low < high:  # the most paragraphs that fit
        middle = (low + high + 1) // 2
        tried = _piece(path, paragraphs, middle, count)
        if tried.tokens <= room:
            low, made = middle, tried
        else:
            high = middle - 1
    return made if low else None


def _piece(path: str, paragraphs: list[str], number: int, count: Callable[[str], int]) -> Piece:
    text = "\n\n".join(paragraphs[:number])
    ending = "" if number == len(paragraphs) else f"\n{CUT}"
    full = f"## {shown(path)} {Kind.GUIDE}\n{text}{ending}"
    return Piece(path, 1, text.count("\n") + 1, full, Kind.GUIDE, count(f"{full}\n"), "at base")
