"""Where a file can be opened: holes on the boundaries of syntax nodes.

A hole says by its `strategy` what class of node it is (hybrid is a way to look for holes, never a hole's class). It
is never empty, and never holds what the grammar cannot read.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

from kb.source import Source, Span
from kb.syntax.opening import Kinds, Opens, Place, is_block, is_statement, kinds_of, opens, path_to, places
from kb.syntax.parse import Node, Tree, parse
from kb.syntax.symbols import definitions
from models.mask.model import Hole, Scale, Strategy

_LARGEST_LINES = 3  # of a hole that hybrid opens whole; what is larger is opened inside
_CLASS_OF = {
    Strategy.BODY: Opens.BODY,
    Strategy.STATEMENTS: Opens.STATEMENT,
    Strategy.EXPRESSIONS: Opens.EXPRESSION,
    Strategy.TYPES: Opens.TYPE,
    Strategy.IDENTIFIERS: Opens.IDENTIFIER,
    Strategy.COMMENTS: Opens.COMMENT,
}
_PREFERRED = (
    Strategy.EXPRESSIONS,
    Strategy.TYPES,
    Strategy.IDENTIFIERS,
    Strategy.COMMENTS,
    Strategy.STATEMENTS,
    Strategy.BODY,
)
_SCALES = {Strategy.BODY: Scale.BODY, Strategy.STATEMENTS: Scale.STATEMENT}


@dataclass(frozen=True, slots=True)
class _Candidate:
    place: Place
    classes: frozenset[Opens]
    holds_statements: bool


def holes_in(source: Source, language: str, strategy: Strategy) -> tuple[Hole, ...]:
    """Return the holes of a strategy in order, none inside another; raises Unparsed where there is no tree.

    `statements` opens those that hold no other statement; `expressions`, `types` and `body` the outermost of their
    kind, expressions without statements inside. `hybrid` opens the largest node of any kind up to three lines.
    """
    kinds = kinds_of(language)
    chosen = _chosen(strategy, source.data)
    symbol_of = _symbols(source)
    holes, free_from = [], 0
    for candidate in _candidates(parse(source.data, language), kinds):
        found = chosen(candidate)
        if found is not None and candidate.place.start >= free_from:
            span = _span(candidate.place, candidate.place, source)
            scale = _SCALES.get(found, Scale.EXPRESSION)
            holes.append(_hole(source, span, candidate.place.kind, scale, found, symbol_of(span.start)))
            free_from = span.end
    return tuple(holes)


def hole_at(source: Source, language: str, offset: int, strategy: Strategy = Strategy.HYBRID) -> Hole | None:
    """Return the smallest hole of a strategy around the byte at `offset`, None if there is none.

    Raises Unparsed where there is no tree.
    """
    if not 0 <= offset < len(source.data):
        return None
    kinds = kinds_of(language)
    path = reversed(path_to(parse(source.data, language), offset, offset + 1))
    for span, filling in groupby(path, key=lambda place: _span(place, place, source)):
        classes = [(place, opens(place, kinds)) for place in filling]
        found = _fitting(classes, strategy)
        if found is not None and offset < span.end:
            scale = _SCALES.get(found[0], Scale.EXPRESSION)
            return _hole(source, span, found[1].kind, scale, found[0], _symbols(source)(span.start))
    return None


def hole_of_lines(source: Source, language: str, first: int, last: int) -> Hole | None:
    """Return the fewest whole statements that hold all code of lines `first` to `last`, None if there are none.

    Several statements are a hole of scale block, and `kind` names what holds them. Raises Unparsed.
    """
    kinds = kinds_of(language)
    span = _code_of_lines(source, first, last)
    if span is None:
        return None
    for place in reversed(path_to(parse(source.data, language), span.start, span.end)):
        cover = _cover(place, kinds, span)
        if place.kind in kinds.comments or (cover and all(one.kind in kinds.comments for one in cover)):
            return None
        run = _run(cover, kinds)
        if not run:
            continue
        around = _span(run[0], run[-1], source)
        symbol = _symbols(source)(around.start)
        if len(run) == 1:
            return _hole(source, around, run[0].kind, Scale.STATEMENT, Strategy.STATEMENTS, symbol)
        is_whole = around == _span(place, place, source)
        if is_whole and opens(place, kinds) & {Opens.BODY, Opens.CLASS_BODY}:
            return _hole(source, around, place.kind, Scale.BODY, Strategy.BODY, symbol)
        return _hole(source, around, place.kind, Scale.BLOCK, Strategy.STATEMENTS, symbol)
    return None


def _span(first: Place, last: Place, source: Source) -> Span:
    return Span(first.start, last.end_in(source.data))


def _hole(source: Source, span: Span, kind: str, scale: Scale, strategy: Strategy, symbol: str) -> Hole:
    line = source.data[source.starts[source.line_of(span.start) - 1] : span.start]
    indent = line[: len(line) - len(line.lstrip(b" \t"))]
    return Hole(span, kind, scale, strategy, indent, source.data[span.start : span.end], symbol)


def _candidates(tree: Tree, kinds: Kinds) -> list[_Candidate]:
    """Return what can be opened in order of start, the larger first."""
    found = [(place, classes) for place in places(tree) if (classes := opens(place, kinds))]
    holding: set[int] = set()
    around: list[int] = []
    for number, (place, classes) in enumerate(found):
        while around and found[around[-1]][0].node.end_byte <= place.node.start_byte:
            around.pop()
        if Opens.STATEMENT in classes:
            while around and around[-1] in holding:
                around.pop()
            holding.update(around)
            around.clear()
        around.append(number)
    return [_Candidate(place, classes, number in holding) for number, (place, classes) in enumerate(found)]


def _chosen(strategy: Strategy, data: bytes) -> Callable[[_Candidate], Strategy | None]:
    """Return what says as which class a candidate is opened, if it is."""

    def one(candidate: _Candidate) -> Strategy | None:
        leaf_only = strategy in (Strategy.STATEMENTS, Strategy.EXPRESSIONS)
        if leaf_only and candidate.holds_statements:
            return None
        return strategy if _CLASS_OF[strategy] in candidate.classes else None

    def any_small(candidate: _Candidate) -> Strategy | None:
        if data.count(b"\n", candidate.place.start, candidate.place.end_in(data)) >= _LARGEST_LINES:
            return None
        for name, opened in _CLASS_OF.items():
            if opened in candidate.classes and (opened is Opens.BODY or not candidate.holds_statements):
                return name
        return None

    return any_small if strategy is Strategy.HYBRID else one


def _fitting(filling: list[tuple[Place, frozenset[Opens]]], strategy: Strategy) -> tuple[Strategy, Place] | None:
    """Return as which class one of some nodes of the same span is opened: as what it stands for, then as a name."""
    for name in _PREFERRED if strategy is Strategy.HYBRID else (strategy,):
        for place, classes in filling:
            if _CLASS_OF[name] in classes or (name is Strategy.BODY and Opens.CLASS_BODY in classes):
                return name, place
    return None


def _cover(place: Place, kinds: Kinds, span: Span) -> list[Place]:
    """Return what of a block covers a span; nothing where that is not the whole span, or the place is no block."""
    if not is_block(place, kinds):
        return []
    run = [child for child in _children(place) if child.node.end_byte > span.start and child.node.start_byte < span.end]
    covers = run and run[0].node.start_byte <= span.start and run[-1].node.end_byte >= span.end
    return run if covers else []


def _run(cover: list[Place], kinds: Kinds) -> list[Place]:
    """Return neighbours from the first statement to the last; nothing where there is more than them and comments."""
    numbers = [number for number, one in enumerate(cover) if is_statement(one, kinds)]
    if not numbers or any(not is_statement(one, kinds) and one.kind not in kinds.comments for one in cover):
        return []
    run = cover[numbers[0] : numbers[-1] + 1]
    return run if all(_is_sound(one.node) for one in run) else []


def _is_sound(node: Node) -> bool:
    return not node.has_error and node.end_byte > node.start_byte


def _children(place: Place) -> Iterator[Place]:
    for index, child in enumerate(place.node.children):
        if child.is_named:
            yield Place(child, child.type, place.node.field_name_for_child(index) or "", place)


def _code_of_lines(source: Source, first: int, last: int) -> Span | None:
    """Return the span from the first to the last character of some lines that is no white space."""
    if not 1 <= first <= last <= source.line_count:
        return None
    span = source.span_of_lines(first, last)
    text = source.data[span.start : span.end]
    if not text.strip():
        return None
    start = span.start + len(text) - len(text.lstrip())
    return Span(start, span.start + len(text.rstrip()))


def _symbols(source: Source) -> Callable[[int], str]:
    """Return what tells the dotted name of the innermost definition around an offset."""
    known = definitions(source)
    starts = [one.span.start for one in known]
    around: list[int] = []  # of each definition the one that encloses it, -1 for none
    for number, one in enumerate(known):
        outer = number - 1
        while outer >= 0 and known[outer].span.end <= one.span.start:
            outer = around[outer]
        around.append(outer)

    def symbol(offset: int) -> str:
        number = bisect_right(starts, offset) - 1
        while number >= 0 and known[number].span.end <= offset:
            number = around[number]
        return known[number].qualified if number >= 0 else ""

    return symbol
