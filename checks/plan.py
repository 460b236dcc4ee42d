"""Where a finding could be mended: the places that its evidence names, opened as holes from the smallest up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from checks.change import Change
from checks.finding import Evidence, Finding, Side
from kb.errors import CorruptObject, NotChecked
from kb.source import Source, Span
from kb.syntax.languages import language_of
from models.mask.model import Hole, Strategy

MAX_LINES = 20  # of a statement that is opened whole
MAX_BYTES = 8_000  # of it, and of the lines spoken of: nobody is shown a longer patch (bot.render.markdown)
_QUOTED = re.compile(r"[`'\"]([^`'\"\n]{1,200})[`'\"]")
_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True)
class Site:
    """One place where a patch may stand, and what is known to be wrong there."""

    source: Source
    language: str
    holes: tuple[Hole, ...]  # the smallest first
    wrong: Mapping[str, str]
    words: str  # for people: "src/a.py:12"


def sites_of(change: Change, finding: Finding) -> tuple[Site, ...]:
    """Return the places where a finding could be mended, the likeliest first; empty where none can be opened.

    A finding about a definition is mended at the caller that its evidence names; any other where it stands.
    """
    if finding.side is not Side.RIGHT:
        return ()
    callers = [one for one in finding.evidence if one.kind == "caller"]
    places = [(one.path, one.line, one.line) for one in callers] or [(finding.path, finding.line, finding.end_line)]
    found = (_site(change, finding, path, first, last) for path, first, last in dict.fromkeys(places))
    return tuple(site for site in found if site is not None)


def site_at(change: Change, path: str, line: int) -> Site | None:
    """Return a line of head as a place to be rewritten; raises KeyError or CorruptObject where there is no file."""
    source = change.source(path)
    return _opened(source, line, line, {"slug": ""})


def _site(change: Change, finding: Finding, path: str, first: int, last: int) -> Site | None:
    try:
        source = change.source(path)
    except (KeyError, CorruptObject):
        return None
    names = names_in(finding, source, first, last)
    wrong = {
        "slug": finding.slug,
        "check": finding.check,
        "message": finding.message,
        "line": str(first),
        "name": names[0] if names else "",
        "names": " ".join(names),
        "want": _wanted(finding, source, first, last),
        "chain": _chain(finding.evidence),
    }
    return _opened(source, first, last, wrong)


def names_in(finding: Finding, source: Source, first: int, last: int) -> tuple[str, ...]:
    """Return the names that a finding speaks of and that stand in these lines, in the order in which it does."""
    span = source.span_of_lines(first, last)
    there = set(_WORD.findall(source.data[span.start : span.end].decode("utf-8", "replace")))
    quoted = _QUOTED.findall(finding.message)
    words = [word for text in quoted for word in reversed(_WORD.findall(text))]
    return tuple(dict.fromkeys(word for word in words if word in there))


def _wanted(finding: Finding, source: Source, first: int, last: int) -> str:
    """Return the one word that a finding names after what is wrong, where it is not in these lines: what is meant."""
    *_, said = finding.message.rpartition("; ") if "; " in finding.message else ("", "")
    words = [text for text in _QUOTED.findall(said) if _WORD.fullmatch(text)]
    return words[0] if len(words) == 1 and words[0] not in names_in(finding, source, first, last) else ""


def _chain(evidence: tuple[Evidence, ...]) -> str:
    return next((one.text.strip() for one in evidence if one.kind == "definition"), "")


def _opened(source: Source, first: int, last: int, wrong: Mapping[str, str]) -> Site | None:
    from models.mask.holes import hole_of_lines

    language = language_of(source.path, source.data[:200])
    if language is None or not 1 <= first <= last <= source.line_count:
        return None
    try:
        whole = hole_of_lines(source, language, first, last)
    except NotChecked:
        return None
    if whole is None:
        return None
    lines = _lines(source, first, last, whole)
    if len(lines.text) > MAX_BYTES:
        return None
    is_short = source.line_of(whole.span.end - 1) - source.line_of(whole.span.start) < MAX_LINES
    is_short = is_short and len(whole.text) <= MAX_BYTES
    holes = (lines, *((whole,) if whole.span != lines.span and is_short else ()))
    return Site(source, language, holes, wrong, f"{source.path}:{first}")


def _lines(source: Source, first: int, last: int, whole: Hole) -> Hole:
    """Return the lines alone, without what opens and ends them: of a compound statement only what was spoken of."""
    span = source.span_of_lines(first, last)
    text = source.data[span.start : span.end]
    start = span.start + len(text) - len(text.lstrip())
    cut = Span(start, start + len(text.strip()))
    if cut == whole.span:
        return whole
    text = source.data[cut.start : cut.end]
    return replace(whole, kind="", span=cut, text=text, strategy=Strategy.HYBRID)  # part of a statement, or more
