"""`prudent: ignore[slug] reason` comments: each silences one finding, and is counted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from checks.change import Change
from checks.finding import Finding, Side
from checks.verdict import Silenced
from kb.errors import CorruptObject
from kb.source import Source
from kb.syntax.comments import comment_spans
from kb.view import shown

_ASKS = re.compile(r"prudent:\s*ignore\[([a-z0-9, -]+)\]\s*(.*)", re.IGNORECASE)
_ENDS = re.compile(r"\s*(\*/|-->|#}|%>)\s*$")


@dataclass(frozen=True)
class Request:
    """A comment that asks for silence: on its own line it speaks of the next line, else of its own."""

    line: int
    slugs: frozenset[str]
    reason: str


def requests_in(source: Source) -> list[Request]:
    """Return every request in a file's comments; text outside comments asks for nothing."""
    if b"prudent:" not in source.data.lower():
        return []
    found = []
    for span in comment_spans(source):
        text = source.data[span.start : span.end].decode("utf-8", "replace")
        asked = _ASKS.search(text)
        if asked is None:
            continue
        line = source.line_of(span.start + len(text[: asked.start()].encode()))
        alone = not source.data[source.span_of_lines(line, line).start : span.start].strip()
        slugs = frozenset(slug.strip().lower() for slug in asked.group(1).split(","))
        reason = _ENDS.sub("", asked.group(2).splitlines()[0] if asked.group(2) else "").strip()
        found.append(Request(line + 1 if alone else line, slugs, reason))
    return found


def apart(change: Change, findings: Iterable[Finding]) -> tuple[list[Finding], list[Silenced], list[str]]:
    """Return (what is still said, what a comment silences, notes on comments that lack a reason)."""
    requests: dict[str, list[Request]] = {}
    said, silenced, notes = [], [], []
    for finding in findings:
        if finding.path not in requests:
            requests[finding.path] = _requests_at(change, finding.path)
        asked = next((r for r in requests[finding.path] if _speaks_of(r, finding)), None)
        if asked is None:
            said.append(finding)
        elif asked.reason:
            silenced.append(Silenced(finding, asked.reason))
        else:
            said.append(finding)
            notes.append(f"{shown(finding.path)}:{finding.line}: the ignore comment gives no reason: not honoured")
    return said, silenced, notes


def _speaks_of(request: Request, finding: Finding) -> bool:
    return (
        finding.side is Side.RIGHT
        and finding.slug in request.slugs
        and finding.line <= request.line <= max(finding.line, finding.end_line)
    )


def _requests_at(change: Change, path: str) -> list[Request]:
    try:
        return requests_in(change.source(path))
    except (KeyError, CorruptObject):
        return []
