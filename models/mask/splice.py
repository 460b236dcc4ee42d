"""A text put into a hole, and the cheap judgement on it: is the file around it still the same program text?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from kb.source import Edit, Source, Span, apply_edits
from kb.syntax.fit import (
    Change,
    are_statements,
    crosses,
    fault_of_blocks,
    is_one,
    line_starts_in_text,
    misplaced,
    new_troubles,
    stands_in,
)
from kb.syntax.opening import Kinds, Opens, Place, kinds_of
from kb.syntax.parse import Tree, parse
from models.mask.model import Hole, Scale, Strategy

# C0 and C1 controls but for tab and line ends, and what reorders or hides text (Unicode TR 36, 3.2)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_CLASSES = {
    Strategy.EXPRESSIONS: (Opens.EXPRESSION,),
    Strategy.IDENTIFIERS: (Opens.IDENTIFIER,),
    Strategy.TYPES: (Opens.TYPE,),
    Strategy.COMMENTS: (Opens.COMMENT,),
    Strategy.BODY: (Opens.BODY, Opens.CLASS_BODY),
    Strategy.HYBRID: (Opens.EXPRESSION, Opens.IDENTIFIER, Opens.TYPE, Opens.COMMENT),
}


def spliced(source: Source, hole: Hole, text: bytes) -> bytes:
    """Return the whole file with `text` in the place of the hole."""
    return apply_edits(source.data, (Edit(hole.span, text),))


def faults_in(source: Source, language: str, hole: Hole, text: bytes) -> tuple[str, ...]:
    """Return what is wrong with `text` in a hole as far as syntax tells, one clause each; empty if it is sound.

    Sound is: as many characters and line ends as the file knows, no new place that the grammar cannot read, the same
    tree around the hole, and in it one node of the hole's class, or whole statements at its depth. A text equal to
    what stands there is sound. Raises Unparsed where there is no tree.
    """
    if text == hole.text:
        return ()
    if faults := _plain_faults(source, hole, text):
        return faults
    data = spliced(source, hole, text)
    before, after = _tree(source.data, language), parse(data, language)
    change = Change(hole.span, Span(hole.span.start, hole.span.start + len(text)), source.data, data)
    if count := new_troubles(before, after, change):
        return (f"{count} new syntax error{'s' if count > 1 else ''}",)
    if any(crosses(after, edge) and not crosses(before, old) for edge, old in _edges(change)):
        return ("it runs into what stands beside it",)
    places = stands_in(before, after, change)
    if places is None:
        return ("it changes how the code around it is read",)
    kinds = kinds_of(language)
    if not _fits(hole, places, kinds, data):
        return (f"it is not {_wanted(hole)}",)
    if kind := misplaced(places, kinds):
        return (f"a {kind.replace('_', ' ')} means nothing there",)
    if kinds.indented and hole.scale is not Scale.EXPRESSION:
        fault = fault_of_blocks(places, kinds, data, hole.indent)
        if fault:
            return (fault,)
    return _indent_faults(source, hole, text, after)


def _fits(hole: Hole, places: Sequence[Place], kinds: Kinds, data: bytes) -> bool:
    hybrid_statement = hole.strategy is Strategy.HYBRID and hole.scale is not Scale.EXPRESSION
    if hole.strategy is Strategy.STATEMENTS or hybrid_statement:
        return are_statements(places, kinds, data)
    return len(places) == 1 and any(is_one(places[0], opened, kinds, data) for opened in _CLASSES[hole.strategy])


def _wanted(hole: Hole) -> str:
    if hole.strategy is Strategy.STATEMENTS:
        return "whole statements"
    return {Strategy.BODY: "one body", Strategy.HYBRID: f"one {hole.kind}"}.get(
        hole.strategy, f"one {hole.strategy.value.removesuffix('s')}"
    )


def _plain_faults(source: Source, hole: Hole, text: bytes) -> tuple[str, ...]:
    """Return what can be told without a tree."""
    faults = []
    if not text.strip():
        faults.append("it is empty")
    elif text != text.strip():
        faults.append("white space stands around it")
    shown = text.decode("utf-8", "surrogateescape")
    known = hole.text.decode("utf-8", "surrogateescape")
    if any("\udc80" <= char <= "\udcff" and char not in known for char in shown):
        faults.append("it is not UTF-8")
    if set(_CONTROLS.findall(shown)) - set(known):
        faults.append("it holds control characters")
    if not set(_line_ends(text)) <= (set(_line_ends(source.data)) or {b"\n"}):
        faults.append("its line ends are not the file's")
    return tuple(faults)


def _line_ends(text: bytes) -> list[bytes]:
    return re.findall(rb"\r\n|\r|\n", text)


def _edges(change: Change) -> tuple[tuple[int, int], tuple[int, int]]:
    return (change.after.start, change.before.start), (change.after.end, change.before.end)


def _indent_faults(source: Source, hole: Hole, text: bytes, after: Tree) -> tuple[str, ...]:
    """Return what is wrong with the white space that opens its lines, lines inside strings aside."""
    starts = [found.end() for found in re.finditer(rb"\n(?=[ \t]*[^\s])", text)]
    if not starts:
        return ()
    start = hole.span.start
    inside = line_starts_in_text(after, hole.span, [start + at for at in starts])
    indents = [_indent(text[at:]) for at in starts if start + at not in inside]
    olds = [_indent(hole.text[found.end() :]) for found in re.finditer(rb"\n(?=[ \t]*[^\s])", hole.text)]
    least = min([hole.indent, *olds], key=len)
    if not all(one.startswith(least) for one in indents):
        return ("its lines are indented less than its place",)
    for char, other in ((b"\t", b" "), (b" ", b"\t")):
        if any(char in one[len(hole.indent) :] for one in indents) and _indents_only_with(source, other):
            return ("it is not indented as the file is",)
    return ()


def _indent(line: bytes) -> bytes:
    return line[: len(line) - len(line.lstrip(b" \t"))]


def _indents_only_with(source: Source, char: bytes) -> bool:
    used = _indent_characters(source.data)
    return used == frozenset(char)


@lru_cache(maxsize=16)
def _indent_characters(data: bytes) -> frozenset[int]:
    return frozenset(b"".join(re.findall(rb"(?m)^[ \t]+(?=\S)", data)))


@lru_cache(maxsize=4)
def _tree(data: bytes, language: str) -> Tree:
    """Return the tree of a file that many texts are tried in."""
    return parse(data, language)
