"""Which nodes of a tree can be opened, so that something else may stand there: `holes.toml`, read per language."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from kb.syntax.languages import LANGUAGES
from kb.syntax.parse import Node, Tree, Unparsed

_WORDS = (
    "blocks",
    "statements",
    "no_statements",
    "bodies",
    "class_bodies",
    "expressions",
    "no_values",
    "identifiers",
    "types",
    "no_types",
)


class Opens(StrEnum):
    """What a node is, to somebody who wants to put something else in its place."""

    BODY = "body"
    CLASS_BODY = "class_body"
    STATEMENT = "statement"
    EXPRESSION = "expression"
    IDENTIFIER = "identifier"
    TYPE = "type"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class Kinds:
    """One language's entry of `holes.toml`, as sets of `kind`, `parent.field` and `parent/kind`."""

    blocks: frozenset[str]
    statements: frozenset[str]  # empty: whatever a block holds
    no_statements: frozenset[str]
    bodies: frozenset[str]
    class_bodies: frozenset[str]
    expressions: frozenset[str]
    no_values: frozenset[str]
    identifiers: frozenset[str]
    types: frozenset[str]
    no_types: frozenset[str]
    comments: frozenset[str]
    indented: bool
    a_statement: str  # with NAME for any name
    a_value: str


@dataclass(frozen=True, slots=True)
class Place:
    """A node, and where it stands: the kinds of its parents, and the field of each that it is in ("" for none)."""

    node: Node
    kind: str
    field: str = ""
    parent: Place | None = None

    @property
    def start(self) -> int:
        """Return the offset of its first byte."""
        return self.node.start_byte

    def end_in(self, data: bytes) -> int:
        """Return the offset after its last byte that is no white space: some grammars count the line's end in."""
        end = self.node.end_byte
        while end > self.node.start_byte and data[end - 1] in b" \t\r\n\f":
            end -= 1
        return end

    def is_one_of(self, words: frozenset[str]) -> bool:
        """Return whether a list of `holes.toml` names this place."""
        if self.kind in words:
            return True
        if self.parent is None:
            return False
        around = self.parent.kind
        return f"{around}/{self.kind}" in words or bool(self.field and f"{around}.{self.field}" in words)


@cache
def kinds_of(language: str) -> Kinds:
    """Return what can be opened in a language; raises Unparsed where nothing is known about it."""
    table = _tables().get(language)
    if table is None or language not in LANGUAGES:
        raise Unparsed(f"no grammar for {language}")
    words = {word: frozenset(_merged(table, word)) for word in _WORDS}
    return Kinds(
        **words,
        comments=frozenset(LANGUAGES[language].comments),
        indented=bool(table.get("indented")),
        a_statement=str(table.get("a_statement", "NAME;")),
        a_value=str(table.get("a_value", "NAME")),
    )


def _merged(table: dict[str, Any], word: str) -> list[str]:
    around = _merged(_tables()[table["like"]], word) if "like" in table else []
    return [*around, *table.get(word, ())]


@cache
def _tables() -> dict[str, dict[str, Any]]:
    return tomllib.loads(Path(__file__).with_name("holes.toml").read_text("utf-8"))


def places(tree: Tree) -> Iterator[Place]:
    """Yield every named node with its place, parents before children."""
    yield from places_in(Place(tree.root_node, tree.root_node.type))


def places_in(top: Place) -> Iterator[Place]:
    """Yield a place and every named node inside it, parents before children."""
    cursor = top.node.walk()
    around = [top]
    yield top
    while True:
        if cursor.goto_first_child():
            around.append(around[-1])
        else:
            while not cursor.goto_next_sibling():
                around.pop()
                if not cursor.goto_parent() or len(around) < 2:
                    return
        if (node := cursor.node) is None:
            return
        around[-1] = Place(node, node.type, cursor.field_name or "", around[-2])
        if node.is_named:
            yield around[-1]


def path_to(tree: Tree, start: int, end: int) -> list[Place]:
    """Return the places from the root down to the smallest named node that spans `start` to `end`."""
    cursor = tree.walk()
    path: list[Place] = []
    parent: Place | None = None
    while (node := cursor.node) is not None:
        here = Place(node, node.type, cursor.field_name or "", parent)
        if node.is_named:
            path.append(here)
        parent = here
        if not cursor.goto_first_child():
            break
        while (child := cursor.node) is not None and not child.start_byte <= start < end <= child.end_byte:
            if not cursor.goto_next_sibling():
                return path
    return path


def opens(place: Place, kinds: Kinds) -> frozenset[Opens]:
    """Return what a place is; nothing where it is empty, or holds what the grammar cannot read."""
    node = place.node
    if node.end_byte <= node.start_byte or node.has_error or node.is_missing:
        return frozenset()
    if place.kind in kinds.comments:
        return frozenset((Opens.COMMENT,))
    found = set()
    if place.is_one_of(kinds.bodies):
        found.add(Opens.BODY)
    if place.is_one_of(kinds.class_bodies):
        found.add(Opens.CLASS_BODY)
    if is_statement(place, kinds):
        found.add(Opens.STATEMENT)
    if place.kind in kinds.expressions and _has_value(place, kinds):
        found.add(Opens.EXPRESSION)
    if place.kind in kinds.identifiers:
        found.add(Opens.IDENTIFIER)
    if place.is_one_of(kinds.types) and not place.is_one_of(kinds.no_types):
        found.add(Opens.TYPE)
    return frozenset(found)


def is_statement(place: Place, kinds: Kinds) -> bool:
    """Return whether a place is a whole statement, or a member, of the block right above it."""
    around = place.parent
    if around is None or place.kind in kinds.comments or not place.node.is_named or place.node.is_error:
        return False
    if around.is_one_of(kinds.blocks):
        listed = not kinds.statements or place.kind in kinds.statements
        return listed and not place.is_one_of(kinds.no_statements)
    return around.is_one_of(kinds.class_bodies)


def is_block(place: Place, kinds: Kinds) -> bool:
    """Return whether what stands right below a place are statements or members."""
    return place.is_one_of(kinds.blocks) or place.is_one_of(kinds.class_bodies)


def _has_value(place: Place, kinds: Kinds) -> bool:
    """Return whether an expression stands where a value is wanted, not a name that is being bound."""
    around = place.parent
    if place.is_one_of(kinds.no_values):
        return False
    return around is None or around.kind in kinds.expressions or not around.is_one_of(kinds.no_values)
