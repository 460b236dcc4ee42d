"""What models there are for a user: those with a name, and those that were fetched from a source of the user's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.catalogue import CATALOGUE, Entry
from models.catalogue_kept import read_kept
from models.fetch import fetched

if TYPE_CHECKING:
    from models.fetch import Means


def known(means: Means) -> tuple[Entry, ...]:
    """Return every model of the catalogue, in its order, then those that were fetched from other sources, by source."""
    sources = {entry.source for entry in CATALOGUE}
    pins = read_kept(means.data).pins
    own = [
        Entry(text, text, pin.file, pin.size, pin.sha256) for text, pin in sorted(pins.items()) if text not in sources
    ]
    return (*CATALOGUE, *own)


def here(means: Means) -> tuple[Entry, ...]:
    """Return the models whose files have been fetched."""
    return tuple(entry for entry in known(means) if fetched(entry, means) is not None)
