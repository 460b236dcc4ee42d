"""Where the comments of a file are."""

from __future__ import annotations

from functools import lru_cache

from kb.source import Source, Span
from kb.syntax.languages import LANGUAGES, language_of
from kb.syntax.parse import Unparsed, parse, walk


@lru_cache(maxsize=64)
def comment_spans(source: Source) -> tuple[Span, ...]:
    """Return the spans of a file's comments in order, their markers included; none where it cannot be parsed."""
    language = language_of(source.path, source.data[:256])
    if language is None:
        return ()
    kinds = LANGUAGES[language].comments
    try:
        tree = parse(source.data, language)
    except Unparsed:
        return ()
    return tuple(Span(node.start_byte, node.end_byte) for node in walk(tree, leave_out=kinds) if node.type in kinds)
