"""Fills a small hole with the few things that can stand there: listed by rules, ordered by a model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from types import MappingProxyType
from typing import cast

from kb.source import Edit, Source, Span, apply_edits
from models.choose.kinds import Way, ways_of
from models.choose.placed import Placed, placed
from models.choose.site import Choice, Ground, Site
from models.mask.model import Hole
from models.model import NEVER, Model, Stop
from models.patch import Candidate, Origin, Proposals, Task, Tried
from models.propose import order_of
from models.rank import REACH, ranking_of

LANGUAGES = frozenset({"python", "javascript", "typescript", "tsx"})
LONGEST = 8_000  # bytes of the lines that a candidate changes: all of them are read for each
MOST = 48  # candidates that are scored at all
READS = replace(REACH, before=256, after=32, glance=10, shortlist=8)
_BESIDE = 6  # candidates of weaker grounds that are scored where there are firmer ones
_ENUMERATIONS: Mapping[Way, tuple[str, str]] = MappingProxyType(  # way -> its module and function
    {
        Way.NAMES: ("names", "names"),
        Way.ATTRIBUTES: ("attributes", "attributes"),
        Way.IMPORTS: ("imports", "imports"),
        Way.MODULES: ("mended_imports", "mended_imports"),
        Way.ARGUMENTS: ("arguments", "arguments"),
        Way.AWAITS: ("awaits", "awaits"),
        Way.OPERATORS: ("operators", "operators"),
        Way.NEGATION: ("negation", "negation"),
        Way.LITERALS: ("literals", "literals"),
        Way.GUARDS: ("guards", "guards"),
        Way.KEYWORDS: ("keywords", "keywords"),
    }
)


def choose(task: Task, model: Model, stop: Stop = NEVER, *, ways: Sequence[Way] | None = None) -> Proposals:
    """Return what can stand in the hole, the firmest ground first and the likeliest first on it; raises ModelError.

    Candidates may have holes of their own: a missing name is imported at the top of the file. `ways` are those of
    enumerating, where they are not left to what is wrong.
    """
    listed = listed_for(task, ways)
    if task.grounded:
        listed = [one for one in listed if one.ground < Ground.POSSIBLE]
    if not listed:
        return Proposals()
    kept = _kept(listed)
    spare = len(listed) - len(kept)
    notes = (f"{spare} more that could stand there were not looked at",) if spare else ()
    ordered = sorted(_scored(task.source, kept, model, stop), key=order_of)
    chosen = {(one.hole.span.start, one.hole.span.end, one.text) for one in ordered}
    others = [one for one in kept if (one.hole.span.start, one.hole.span.end, one.text) not in chosen]
    fallen = tuple(Tried(_shown(one), str(one.origin), one.score, "less likely at a glance") for one in others)
    return Proposals(tuple(ordered), fallen, sum(one.tokens for one in ordered), notes=notes)


def _kept(listed: list[Candidate]) -> list[Candidate]:
    """Return what is scored: all that stands on the firmest ground there is, and a few others beside it."""
    firmest = sum(one.ground == listed[0].ground for one in listed)
    is_weak = listed[0].ground == Ground.POSSIBLE
    return listed[: MOST if is_weak else min(MOST, firmest + _BESIDE)]


def listed_for(task: Task, ways: Sequence[Way] | None = None) -> list[Candidate]:
    """Return what can stand in the hole, the firmest ground first, not scored; empty where no tree can be had.

    No two of them make the same file, none leaves it as it is, and none is one that failed before.
    """
    site = _site(task)
    if site is None:
        return []
    best: dict[tuple[int, int, bytes], tuple[Choice, Placed]] = {}
    for choice in _choices(site, ways):
        where = placed(site, choice)
        region = _region(task.source, where.hole)
        if region.end - region.start > LONGEST:
            continue
        made = _shortest(task.source.data, where.hole.span, where.text)
        if (made[1] > made[0] or made[2]) and where.text not in task.avoid:
            best.setdefault(made, (choice, where))
    return [
        Candidate(where.hole, where.text, Origin.ENUMERATED, note=choice.note, ground=int(choice.ground))
        for choice, where in best.values()
    ]


def _site(task: Task) -> Site | None:
    from kb.syntax.parse import Unparsed, parse  # lazily: loads the grammars

    if task.language not in LANGUAGES:
        return None
    try:
        return Site(task, parse(task.source.data, task.language))
    except Unparsed:
        return None


def _choices(site: Site, ways: Sequence[Way] | None) -> list[Choice]:
    """Return what all ways yield, the firmest ground first, and on each ground of every way in turn."""
    found: list[tuple[Ground, int, int, Choice]] = []
    for number, way in enumerate(ways_of(site.task.wrong) if ways is None else ways):
        module, function = _ENUMERATIONS[way]
        enumerated = cast(
            "Callable[[Site], Iterable[Choice]]", getattr(import_module(f"models.choose.{module}"), function)
        )
        found += [(choice.ground, at, number, choice) for at, choice in enumerate(enumerated(site))]
    return [choice for *_, choice in sorted(found, key=lambda row: row[:3])]


def _shortest(data: bytes, span: Span, text: bytes) -> tuple[int, int, bytes]:
    """Return the smallest change that makes the same file: start, end and what stands between them then."""
    start, end = span.start, span.end
    front = 0
    while front < min(end - start, len(text)) and data[start + front] == text[front]:
        front += 1
    start, text = start + front, text[front:]
    back = 0
    while back < min(end - start, len(text)) and data[end - 1 - back] == text[len(text) - 1 - back]:
        back += 1
    return start, end - back, text[: len(text) - back]


def _scored(source: Source, candidates: list[Candidate], model: Model, stop: Stop) -> list[Candidate]:
    """Return the candidates with their scores; where there are many, only those that do best at a glance."""
    by_region: dict[Span, list[Candidate]] = {}
    for one in candidates:
        by_region.setdefault(_region(source, one.hole), []).append(one)
    done = []
    for region, members in by_region.items():
        is_weak = all(one.ground == Ground.POSSIBLE for one in members)
        reach = READS if is_weak else replace(READS, shortlist=None)  # a glance would lose what stands on firm ground
        hole = replace(members[0].hole, span=region, text=source.data[region.start : region.end])
        texts = [_in_region(source, region, one) for one in members]
        found = {row.text: row for row in ranking_of(model, source, hole, texts, stop=stop, reach=reach).rows}
        for one, text in zip(members, texts, strict=True):
            if found[text].whole:
                done.append(replace(one, score=found[text].score, tokens=found[text].tokens))
    return done


def _region(source: Source, hole: Hole) -> Span:
    """Return the lines of a hole: candidates for the same lines are compared in one go."""
    first = source.line_of(hole.span.start)
    last = source.line_of(max(hole.span.start, hole.span.end - 1))
    return source.span_of_lines(first, last)


def _in_region(source: Source, region: Span, candidate: Candidate) -> bytes:
    """Return the lines of a region with the candidate in them."""
    span = candidate.hole.span
    inner = Edit(Span(span.start - region.start, span.end - region.start), candidate.text)
    return apply_edits(source.data[region.start : region.end], (inner,))


def _shown(candidate: Candidate) -> str:
    return candidate.text.decode("utf-8", "replace")
