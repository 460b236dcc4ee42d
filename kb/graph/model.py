"""The graph of a tree: nodes are named by file and qualified name, so that equal trees have equal graphs."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

import msgspec

VERSION = 3  # of what linkers say; raise it with every change in it


class NodeKind(StrEnum):
    """What a node stands for."""

    FILE = "file"
    MODULE = "module"  # a namespace inside a file
    CLASS = "class"  # also interface, enum, struct, trait
    FUNCTION = "function"  # also method
    VARIABLE = "variable"  # also constant, attribute, enum member, type alias
    IMPORT = "import"  # a module that is not in the tree: its `path` is "", `qualified` its name


class EdgeKind(StrEnum):
    """How one node refers to another."""

    CALLS = "calls"
    IMPORTS = "imports"
    INHERITS = "inherits"
    OVERRIDES = "overrides"
    USES = "uses"
    DEFINES = "defines"
    EXPORTS = "exports"


class Sure(StrEnum):
    """On what ground an edge stands, the firmest first. A bare-name match is no ground and never an edge."""

    LOCAL = "local"  # bound in this file
    IMPORT = "import"  # bound by an import of the defining file
    REEXPORT = "reexport"  # through other files' imports or a star
    MRO = "mro"  # found on a class by `self`, `super()`, or on a base of it
    INFERRED = "inferred"  # the type of a variable, attribute or return was worked out
    APPROXIMATE = "approximate"  # the file was read by patterns


@lru_cache(maxsize=1 << 16)
def node_id(path: str, qualified: str) -> int:
    """Return the id of a node: 63 bits of a digest, equal wherever and whenever it is made."""
    text = f"{path}\0{qualified}".encode("utf-8", "surrogateescape")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") >> 1


class Node(NamedTuple):
    """One thing that can be referred to. A file's own node has the qualified name ""."""

    id: int
    path: str
    qualified: str
    kind: NodeKind
    line: int
    end_line: int
    flags: int = 0  # kb.facts.model.Flag


class Edge(NamedTuple):
    """`src` refers to `dst` at one place of the file in which `src` lies."""

    src: int
    kind: EdgeKind
    dst: int
    line: int
    start: int  # byte offset of the reference
    sure: Sure
    shape: str = ""  # of a call: see `Shape`
    flags: int = 0  # kb.facts.model.Flag of the reference


class Shape(NamedTuple):
    """The arguments of a call, as text: `2,key,other,*,**`."""

    positional: int
    keywords: tuple[str, ...] = ()
    star: bool = False
    double_star: bool = False

    def __str__(self) -> str:
        """Return the text that `Shape.read` reads."""
        return ",".join([str(self.positional), *self.keywords, *["*"] * self.star, *["**"] * self.double_star])

    @classmethod
    def read(cls, text: str) -> Shape:
        """Return the shape in an edge's text; raises ValueError for anything else."""
        count, *rest = text.split(",")
        keywords = tuple(word for word in rest if word not in ("*", "**"))
        return cls(int(count), keywords, "*" in rest, "**" in rest)


class Want(StrEnum):
    """What was looked for and is surely not there, as far as one file can tell.

    Other files may still bring it in (a subclass, `module.name = ...`): `kb.graph.classes.stands` asks the whole tree.
    """

    NAME = "name"  # a name that no scope binds
    MODULE = "module"  # an imported module of the repository's own that does not exist
    MEMBER = "member"  # a name that a module of the repository does not have
    ATTRIBUTE = "attribute"  # an attribute that a class, all of whose bases are known, does not have


class Miss(NamedTuple):
    """A reference that surely leads nowhere. What is merely not understood is an `Unknown`, never a Miss."""

    want: Want
    name: str  # the name that is missing, one word (for a module its dotted name or specifier)
    chain: str  # as it stands in the source
    inside: str  # path of the file, or "path::Class", in which it was sought; "" for a name
    src: int  # node in which the reference stands
    line: int
    start: int
    flags: int = 0


class Unknown(NamedTuple):
    """A reference that was not resolved: its last name, and why. Nobody may say "no callers" of that name."""

    name: str
    chain: str
    reason: str  # "dynamic", "external", "type", "star", "partial", "ambiguous"
    src: int
    line: int
    start: int
    is_call: bool = False


class Asked(NamedTuple):
    """What linking a file looked up elsewhere. If an answer would change, the file has to be linked again.

    `path` with `name` = one top-level name of that file ("*" all of them, "" whether the file is there);
    path "" and a name = which file a module name leads to.
    """

    path: str
    name: str


class LinkedFile(NamedTuple):
    """What linking one file brought."""

    path: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    misses: tuple[Miss, ...]
    unknowns: tuple[Unknown, ...]
    asked: frozenset[Asked]


class Revision(msgspec.Struct, frozen=True):
    """Which tree a stored graph is of, and by which versions of ours it was made."""

    tree: str  # View.id
    versions: str  # of extractors and linkers
