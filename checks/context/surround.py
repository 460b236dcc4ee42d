"""Neighbours as passages: their code where it is short, the lines around the reference where it is not, signatures."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from checks.context.changed import Passage
from checks.context.meter import Meter
from checks.context.model import Kind, Line
from checks.context.near import Near
from checks.context.texts import GAP_LINE, LONGEST_LINE, Text, Texts, cleaned_lines
from kb.errors import CorruptObject
from kb.graph.model import NodeKind

LONG = 60  # lines; of a longer definition its beginning and the lines around the reference are shown
BEGINNING, AROUND = 3, 8
FEWEST = 3  # lines; fewer say nothing
_DENSEST = 12  # characters of one token, on average over a passage
SIGNATURE = 6  # lines of a signature at most
_MARKERS = ("#", "//", "/*", "--", "<!--", ";")  # where any is, there may be a comment


def neighbour(texts: Texts, near: Near, hidden: Collection[int]) -> Passage | None:
    """Return a neighbour's code without the lines in `hidden`, which are shown already; None if nothing is left."""
    text = texts.head(near.node.path)
    if text is None:
        return None
    wanted = _wanted(text, near)
    lines: list[Line] = []
    before = 0
    for number in wanted:
        found = [] if number in hidden else text.lines(number, number)
        if found and before and any(text.line(n) is not None for n in range(before + 1, number)):
            lines.append(GAP_LINE)
        lines += found
        before = number if found else before
    focus = tuple(at for at, line in enumerate(lines) if line.number in near.lines)
    if not any(line.number for line in lines):
        return None
    return Passage(near.node.path, Kind.NEIGHBOUR, tuple(lines), near.why, *_ends(lines), focus)


def _wanted(text: Text, near: Near) -> list[int]:
    """Return the lines of a neighbour that are to be shown."""
    node, count = near.node, text.line_count
    first, last = (1, count) if node.kind is NodeKind.FILE else (node.line, min(node.end_line, count))
    if node.kind is not NodeKind.FILE and last - first < LONG:
        return list(range(first, last + 1))
    chosen = set() if node.kind is NodeKind.FILE else set(range(first, first + BEGINNING))
    for line in near.lines:
        if line == node.line and node.kind is not NodeKind.FILE:
            chosen.update(range(first, min(last, first + LONG) + 1))
        else:
            chosen.update(range(max(first, line - AROUND), min(last, line + AROUND) + 1))
    return sorted(chosen)[: 2 * LONG]


def _ends(lines: Collection[Line]) -> tuple[int, int]:
    numbers = [line.number for line in lines if line.number]
    return min(numbers), max(numbers)


def is_long(passage: Passage, room: int) -> bool:
    """Return whether a passage surely has more than `room` tokens, without counting: no line of code is that dense."""
    return sum(len(line.text) for line in passage.lines) > _DENSEST * room


def shortened(passage: Passage, meter: Meter, room: int) -> Passage | None:
    """Return as much of a passage as there is room for, around what it is shown for; None for too little."""
    lines = passage.lines
    left = room - meter.head(passage) - 2 * meter.line(GAP_LINE)
    begin = end = passage.focus[0] if passage.focus else 0
    while True:
        if end < len(lines) and meter.line(lines[end]) <= left:
            left -= meter.line(lines[end])
            end += 1
        elif begin > 0 and meter.line(lines[begin - 1]) <= left:
            begin -= 1
            left -= meter.line(lines[begin])
        else:
            break
    while end - begin >= FEWEST:
        cut = _part(passage, begin, end)
        if meter.passage(cut) <= room:
            return cut
        end -= 1
    return None


def _part(passage: Passage, begin: int, end: int) -> Passage:
    kept = list(passage.lines[begin:end])
    while kept and not kept[-1].number:
        kept.pop()
    while kept and not kept[0].number:
        kept.pop(0)
    if not kept:
        return passage
    first, last = _ends(kept)
    opening = [GAP_LINE] if begin else []
    closing = [GAP_LINE] if end < len(passage.lines) else []
    return replace(passage, lines=(*opening, *kept, *closing), first=first, last=last, focus=())


def signatures(texts: Texts, around: Sequence[Near], sources: dict[str, list[bytes]]) -> list[list[Line]]:
    """Return for each neighbour the lines from its name to where its body begins; `sources` remembers files' lines."""
    raw = [_raw_signature(texts, near, sources) for near in around]
    cleaned = cleaned_lines([line.text for lines in raw for line in lines], texts.clean)
    found, at = [], 0
    for near, lines in zip(around, raw, strict=True):
        made = [line._replace(text=text) for line, text in zip(lines, cleaned[at : at + len(lines)], strict=True)]
        at += len(lines)
        if any(marker in line.text for line in lines for marker in _MARKERS):
            text = texts.head(near.node.path)  # dear: the file is parsed, so that no comment is shown
            made = text.lines(lines[0].number, lines[-1].number) if text else []
        found.append([line for line in made if line.text.strip() and len(line.text) <= LONGEST_LINE])
    return found


def _raw_signature(texts: Texts, near: Near, sources: dict[str, list[bytes]]) -> list[Line]:
    path, first = near.node.path, near.node.line
    if path not in sources:
        try:
            sources[path] = texts.change.head.read(path).split(b"\n")
        except (KeyError, CorruptObject):
            sources[path] = []
    most = 1 if near.node.kind is NodeKind.VARIABLE else SIGNATURE
    last = min(near.node.end_line, first + most - 1)
    raw: list[Line] = []
    depth = 0
    for number, data in enumerate(sources[path][first - 1 : last], first):
        line = data.decode("utf-8", "replace").rstrip("\r")
        raw.append(Line("", number, line))
        depth += line.count("(") + line.count("[") - line.count(")") - line.count("]")
        if depth <= 0:
            break
    return raw
