"""A choice as what fills a hole: the hole that was asked about where the choice lies in it, else one of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kb.source import Span
from models.choose.site import Choice, Site
from models.mask.model import Hole, Scale, Strategy


@dataclass(frozen=True)
class Placed:
    """A hole and the text for it."""

    hole: Hole
    text: bytes


def placed(site: Site, choice: Choice) -> Placed:
    """Return a choice as the text of a hole that holds whole syntax nodes."""
    hole = _hole_for(site, choice.span)
    start, end = choice.span.start - hole.span.start, choice.span.end - hole.span.start
    return Placed(hole, hole.text[:start] + choice.text + hole.text[end:])


def _hole_for(site: Site, span: Span) -> Hole:
    asked = site.task.hole
    is_part = asked.strategy is Strategy.HYBRID  # some lines, whatever stands in them
    if not is_part and _holds(asked.span, span) and _is_whole(site, asked.span):
        return asked
    from models.mask.holes import hole_at, hole_of_lines  # lazily: loads the grammars

    source, language = site.task.source, site.task.language
    if span.end > span.start:
        near = hole_at(source, language, span.start) or hole_at(source, language, span.start, Strategy.EXPRESSIONS)
        if near is not None and _holds(near.span, span):
            is_statements = near.strategy in (Strategy.STATEMENTS, Strategy.BODY)
            return near if is_statements else replace(near, strategy=Strategy.HYBRID)
        first, last = source.line_of(span.start), source.line_of(span.end - 1)
        lines = hole_of_lines(source, language, first, last)
        if lines is not None and _holds(lines.span, span):
            return lines
    data = source.data
    return Hole(span, "", Scale.STATEMENT, Strategy.STATEMENTS, b"", data[span.start : span.end])


def _holds(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _is_whole(site: Site, span: Span) -> bool:
    """Return whether a span is one node, or begins and ends with named children of one node: whole statements."""
    last = max(span.start, span.end - 1)
    around = site.tree.root_node.descendant_for_byte_range(span.start, last)
    while around is not None:
        if (around.start_byte, around.end_byte) == (span.start, span.end):
            return True
        children = [one for one in around.children if one.is_named]
        starts = any(one.start_byte == span.start for one in children)
        ends = any(one.end_byte == span.end for one in children)
        if starts and ends:
            return True
        if around.start_byte < span.start and around.end_byte > span.end:
            return False
        around = around.parent
    return False
