"""Every text file of a view, read once: for checks that must know that a name stands nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kb.errors import NotChecked
from kb.source import Source
from kb.view import View

MOST_FILES = 20_000
MOST_BYTES = 200_000_000
LARGEST = 1_000_000  # bytes of one file; above it is data


class TooLarge(NotChecked):
    """The tree has too many files, or too many bytes, to be read as a whole."""


def texts_in(view: View, *, first: Callable[[str], int]) -> Iterator[Source]:
    """Yield the text files of a tree, those with a low `first(path)` before the others.

    Raises TooLarge when it will not read all, and CorruptObject when it cannot: what was not seen
    must never be taken for what is not there.
    """
    if len(view.entries) > MOST_FILES:
        raise TooLarge(f"the tree has more than {MOST_FILES:,} files")
    read = 0
    for path in sorted(view.entries, key=lambda path: (first(path), path)):
        if not view.entries[path].is_file or view.size(path) > LARGEST:
            continue
        data = view.read(path)
        read += len(data)
        if read > MOST_BYTES:
            raise TooLarge(f"the tree has more than {MOST_BYTES // 1_000_000} MB of text")
        if b"\0" not in data[:8000]:
            yield Source(path, data)
