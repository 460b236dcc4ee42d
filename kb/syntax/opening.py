"""Which nodes of a tree can be opened, so that something else may stand there: `holes.toml`, read per language."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
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
    "fences",
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


@dataclass(frozen=True, slots=True, eq=False)  # there is one of each language
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
    fences: frozenset[str]
    inside: Mapping[str, frozenset[str]]
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
        return _is_one_of(words, self.kind, self.field, self.parent.kind if self.parent else "")


@lru_cache(maxsize=1 << 16)
def _is_one_of(words: frozenset[str], kind: str, field: str, around: str) -> bool:
    return kind in words or f"{around}/{kind}" in words or bool(field and f"{around}.{field}" in words)


@cache
def kinds_of(language: str) -> Kinds:
    """Return what can be opened in a language; raises Unparsed where nothing is known about it."""
    table = _tables().get(language)
    if table is None or language not in LANGUAGES:
        raise Unparsed(f"no grammar for {language}")
    words = {word: frozenset(_merged(table, word)) for word in _WORDS}
    return Kinds(
        **words,
        inside={kind: frozenset(around) for kind, around in _inside(table).items()},
        comments=frozenset(LANGUAGES[language].comments),
        indented=bool(table.get("indented")),
        a_statement=str(table.get("a_statement", "NAME;")),
        a_value=str(table.get("a_value", "NAME")),
    )


def _merged(table: dict[str, Any], word: str) -> list[str]:
    around = _merged(_tables()[table["like"]], word) if "like" in table else []
    return [*around, *table.get(word, ())]


def _inside(table: dict[str, Any]) -> dict[str, list[str]]:
    around = _inside(_tables()[table["like"]]) if "like" in table else {}
    return {**around, **table.get("inside", {})}


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
    around = place.parent
    above = around.parent if around else None
    where = (place.kind, place.field, around.kind if around else "", around.field if around else "")
    found = _opens(kinds, *where, above.kind if above else "")
    if not found or not place.node.is_named:
        return frozenset()
    node = place.node
    return frozenset() if node.end_byte <= node.start_byte or node.has_error else found


@lru_cache(maxsize=1 << 16)
def _opens(kinds: Kinds, kind: str, field: str, around: str, around_field: str, above: str) -> frozenset[Opens]:
    """Return what a place is, by its kind and field, those of its parent, and the kind of that one's parent."""
    if kind in kinds.comments:
        return frozenset((Opens.COMMENT,))

    def here(words: frozenset[str]) -> bool:
        return _is_one_of(words, kind, field, around)

    def right_above(words: frozenset[str]) -> bool:
        return _is_one_of(words, around, around_field, above)

    bound = here(kinds.no_values) or (around not in kinds.expressions and right_above(kinds.no_values))
    listed = (not kinds.statements or kind in kinds.statements) and not here(kinds.no_statements)
    answers = {
        Opens.BODY: here(kinds.bodies),
        Opens.CLASS_BODY: here(kinds.class_bodies),
        Opens.STATEMENT: listed if right_above(kinds.blocks) else right_above(kinds.class_bodies),
        Opens.EXPRESSION: kind in kinds.expressions and not bound,
        Opens.IDENTIFIER: kind in kinds.identifiers,
        Opens.TYPE: here(kinds.types) and not here(kinds.no_types),
    }
    return frozenset(opened for opened, answer in answers.items() if answer)


def is_statement(place: Place, kinds: Kinds) -> bool:
    """Return whether a place is a whole statement, or a member, of the block right above it, sound or not."""
    around = place.parent
    if around is None or not place.node.is_named or place.node.is_error:
        return False
    above = around.parent.kind if around.parent else ""
    return Opens.STATEMENT in _opens(kinds, place.kind, place.field, around.kind, around.field, above)


def is_block(place: Place, kinds: Kinds) -> bool:
    """Return whether what stands right below a place are statements or members."""
    return place.is_one_of(kinds.blocks) or place.is_one_of(kinds.class_bodies)
