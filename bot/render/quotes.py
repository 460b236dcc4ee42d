"""Reads the lines that suggestions replace, so that the renderers themselves open nothing."""

from __future__ import annotations

from checks.change import Change
from checks.finding import Side
from checks.verdict import Verdict
from kb.errors import CorruptObject


def quotes_of(verdict: Verdict, change: Change) -> dict[str, str]:
    """Return, by fingerprint, the head lines that each finding's suggestion replaces."""
    quotes = {}
    for finding in verdict.findings:
        suggestion = finding.suggestion
        if suggestion is None or finding.side is Side.LEFT:
            continue
        try:
            source = change.source(finding.path)
        except (KeyError, CorruptObject):
            continue  # shown without its old lines
        span = source.span_of_lines(suggestion.line, suggestion.end_line)
        quotes[finding.fingerprint] = source.data[span.start : span.end].decode("utf-8", "replace")
    return quotes
