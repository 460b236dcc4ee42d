"""What linkers read: the files of one tree, with their facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from kb.facts.model import Facts
from kb.graph.model import LinkedFile
from kb.view import Entry


class Tree(Protocol):
    """One tree of files. Facts come from a store by the content's id; each is extracted once, ever."""

    @property
    def entries(self) -> Mapping[str, Entry]:
        """Return every file, link and submodule by path."""
        ...

    def facts(self, path: str) -> Facts:
        """Return the facts of a file: status `unread` where there are none, also for a path that is not there."""
        ...

    def data(self, path: str) -> bytes:
        """Return a file's bytes, for configuration (tsconfig.json, setup.py); b"" if absent, huge or unreadable."""
        ...


class Linker(Protocol):
    """Resolves the references of one language family in one tree; it may remember what it worked out of that tree."""

    def link(self, path: str) -> LinkedFile:
        """Return the nodes of a file and where its references lead; never raises, whatever the file holds."""
        ...

    def answer(self, module: str) -> str:
        """Return where a module key of an `Asked("", module)` leads to in this tree, "" for nowhere.

        For Python and JavaScript a path, which changes only when files come or go or configuration changes. For the
        family "other" any text, which differs whenever the links through it may; it changes also with the names that
        a file of the family defines (a package's names are its files'), so it has to be asked again when one does.
        """
        ...
