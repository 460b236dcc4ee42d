"""The graph of one tree as checks and commands use it: its store, its facts, and a change as a pair of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from kb.facts.model import Definition, Facts
from kb.graph.model import Node
from kb.graph.store import GraphReader
from kb.source import Source
from kb.view import View


@dataclass(frozen=True)
class Resolved:
    """What a name at a place leads to. `nodes` is empty where that is not known; never a guess."""

    chain: str
    nodes: tuple[Node, ...]
    reason: str = ""  # why nothing was found


class Code(Protocol):
    """One tree: its files, their facts, and its graph."""

    @property
    def view(self) -> View:
        """Return the files."""
        ...

    @property
    def graph(self) -> GraphReader:
        """Return the graph."""
        ...

    def facts(self, path: str) -> Facts:
        """Return the facts of a file; status `unread` where there are none."""
        ...

    def source(self, path: str) -> Source:
        """Return a file; empty if absent or unreadable."""
        ...

    def definitions(self, node: Node) -> tuple[Definition, ...]:
        """Return the rows that define a node, in order: several for overloads and conditional definitions."""
        ...

    def resolve(self, path: str, offset: int) -> Resolved:
        """Return what the name at a byte offset leads to."""
        ...


@dataclass(frozen=True)
class CodeChange:
    """The same code before and after.

    `relinked` are the head paths whose links may differ from base: the changed files, and those that asked for a name
    which changed. Everything else has equal nodes, edges, misses and unknowns on both sides.
    """

    base: Code
    head: Code
    relinked: frozenset[str]
    renamed: Mapping[str, str]  # head path -> base path


class CodeSource(Protocol):
    """Gives the graphs of a change's two trees, each made once."""

    def change(self, base: View, head: View, renamed: Mapping[str, str]) -> CodeChange:
        """Return both graphs; raises NotChecked where they cannot be made."""
        ...
