"""What a deep reading reads: changed files whole, then the files of their neighbours, in parts that fit the model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from checks.change import Change
from checks.context.changed import Passage, Score, reviewable, split
from checks.context.meter import Meter, text_of
from checks.context.model import Kind
from checks.context.near import direct, touched
from checks.context.texts import Text, Texts, marked_lines
from kb.graph.code import Code
from kb.graph.model import Node
from kb.redact import redact


@dataclass(frozen=True)
class Part:
    """One passage or several that are read at once. `changed` are the files of the change among them."""

    pieces: tuple[tuple[str, str], ...]  # path and numbered text
    tokens: int
    changed: frozenset[str]

    @property
    def text(self) -> str:
        """Return all of it."""
        return "\n".join(text for _, text in self.pieces)

    @property
    def name(self) -> str:
        """Return which files it is of, for people."""
        return ", ".join(dict.fromkeys(path for path, _ in self.pieces))


def deep_parts(
    change: Change,
    code: Code | None,
    score: Score | None,
    count: Callable[[str], int],
    part_tokens: int,
    *,
    paths: Iterable[str] | None = None,
    clean: Callable[[str], str] = redact,
) -> tuple[Part, ...]:
    """Return the parts in the order in which they matter, each at most `part_tokens`, cut between definitions."""
    weigh = score or (lambda path, symbol: None)
    texts, meter = Texts(change, clean), Meter(count)
    files, _ = reviewable(change, paths, weigh)
    passages: list[tuple[Passage, Text | None, bool]] = []
    for file in files:
        text = texts.head(file.path, is_changed=True) if file.new is not None else None
        if text is not None:
            last = text.line_count
            lines = tuple(marked_lines(texts, file, 1, last))
            passages.append((Passage(file.path, Kind.CHANGED, lines, "whole file", 1, last), text, True))
    shown = {passage.path for passage, _, _ in passages}
    for path in _around(change, code, weigh, shown):
        text = texts.head(path)
        if text is not None:
            last = text.line_count
            lines = tuple(text.lines(1, last))
            passages.append((Passage(path, Kind.NEIGHBOUR, lines, "whole file", 1, last), text, False))
    return tuple(_packed(passages, meter, part_tokens))


def _around(change: Change, code: Code | None, score: Score, shown: set[str]) -> list[str]:
    """Return the files of direct neighbours, the closest first."""
    if code is None:
        return []
    nodes: dict[int, Node] = {}
    lines = {path: change.by_path[path].added for path in sorted(shown)}
    for path in lines:
        nodes |= {node.id: node for node in touched(code.graph, path, lines[path])}
    found = direct(code.graph, list(nodes.values()), lines, score)
    return [path for path in dict.fromkeys(near.node.path for near in found) if path not in shown]


def _packed(passages: Iterable[tuple[Passage, Text | None, bool]], meter: Meter, room: int) -> Iterator[Part]:
    open_: list[Passage] = []
    changed: set[str] = set()
    used = 0
    for passage, text, is_changed in passages:
        whole = replace(passage, focus=tuple(range(len(passage.lines))))
        fits = meter.passage(whole) <= room
        cuts = text.cuts if text else ()
        pieces = [whole] if fits else split(whole, cuts, meter.line, room - meter.head(whole), every=True)
        for piece in pieces:
            cost = meter.passage(piece)
            if not piece.lines or cost > room:
                continue
            if open_ and used + cost > room:
                yield _part(open_, used, changed)
                open_, changed, used = [], set(), 0
            open_.append(piece)
            changed |= {piece.path} if is_changed else set()
            used += cost
    if open_:
        yield _part(open_, used, changed)


def _part(passages: Iterable[Passage], tokens: int, changed: Iterable[str]) -> Part:
    return Part(tuple((one.path, text_of(one)) for one in passages), tokens, frozenset(changed))
