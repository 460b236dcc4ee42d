"""From a change to what a model is shown of it, within an exact number of tokens.

The first share of the budget holds the changed code and its direct neighbours in full, the second the signatures of
what is one step further; the third is left for instructions and the answer. What a share does not need goes to the
next. Changed code that does not fit one context is cut into several, at places where definitions or statements end.
The same change, graph, scores and tokenizer give the same contexts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from checks.change import Change
from checks.context.changed import Passage, narrowed, passages, reviewable, split, unshown_lines
from checks.context.meter import Meter, text_of
from checks.context.model import Budget, Context, Kind, Line, Piece
from checks.context.near import Near, Score, direct, second, touched
from checks.context.surround import is_long, neighbour, shortened, signatures
from checks.context.texts import Texts
from kb.graph.code import Code
from kb.graph.model import Node
from kb.redact import redact

MOST_WINDOWS = 8  # contexts for one change; the rest is said to be unread
LEAST_ROOM = 12  # tokens; less holds no line
TRIES = 3  # neighbours that are cut to what room is left, then the share counts as used
_NUMBERING = 12  # tokens for "part 3 of 5"
_AT_ONCE = 40  # signatures that are read together
ROUNDS = 4  # of filling what exact counting shows to be free


def assembled(
    change: Change,
    code: Code | None,
    score: Score | None,
    count: Callable[[str], int],
    budget: Budget,
    *,
    paths: Iterable[str] | None = None,
    with_comments: bool = False,
    clean: Callable[[str], str] = redact,
) -> Context:
    """Return the one context that says most of a change; `left_out` names what would need another.

    `code` is the graph of head (None: no neighbours), `score(path, symbol)` how much a place matters, `count` the
    model's tokenizer. `clean` takes out of a file's text what must not be shown. `with_comments` keeps the comments
    of changed code; a reader that shall not be talked to leaves it off.
    """
    found = windows(change, code, score, count, budget, paths=paths, with_comments=with_comments, clean=clean, most=1)
    return found[0]


def windows(
    change: Change,
    code: Code | None,
    score: Score | None,
    count: Callable[[str], int],
    budget: Budget,
    *,
    paths: Iterable[str] | None = None,
    with_comments: bool = False,
    clean: Callable[[str], str] = redact,
    most: int = MOST_WINDOWS,
) -> tuple[Context, ...]:
    """Return the contexts that show all changed code of these paths (None: all), at least one, at most `most`.

    Every context is within the budget. What none of them shows is in `left_out` of each: see `unseen_of`.
    """
    weigh = score or (lambda path, symbol: None)
    texts, meter = Texts(change, clean, with_comments), Meter(count)
    files, left_out = reviewable(change, paths, weigh)
    read: list[Passage] = []
    for file in files:
        if reason := unshown_lines(texts, file):
            left_out.append((file.path, reason))
        read += passages(texts, file, code)
    bins, unfit = _bins(read, texts, meter, budget.full_tokens)
    left_out += [(path, "one of its lines does not fit the budget") for path in unfit]
    left_out += _beyond(bins[most:], most)
    made = [_Filling(texts, meter, budget, weigh, code, chosen).context() for chosen in bins[:most] or [[]]]
    said = tuple(sorted(set(left_out)))
    return tuple(replace(one, left_out=said, windows=len(made), window=at) for at, one in enumerate(made, 1))


def _beyond(bins: Sequence[Sequence[Passage]], most: int) -> list[tuple[str, str]]:
    parts = "the one part" if most == 1 else f"the {most} parts"
    counts: dict[str, int] = {}
    for chosen in bins:
        for passage in chosen:
            counts[passage.path] = counts.get(passage.path, 0) + 1
    return [
        (path, f"{n} of its changed passages {'is' if n == 1 else 'are'} beyond {parts} of a change that are read")
        for path, n in counts.items()
    ]


def _bins(read: Iterable[Passage], texts: Texts, meter: Meter, room: int) -> tuple[list[list[Passage]], list[str]]:
    """Return the passages in as few groups as fit `room` tokens each, and the paths of what fits none."""
    bins: list[list[Passage]] = []
    left: list[int] = []
    unfit: list[str] = []
    for passage in read:
        for part in _fitting(passage, texts, meter, room):
            cost = meter.passage(part)
            at = next((at for at, free in enumerate(left) if cost <= free), None)
            if cost > room:
                unfit.append(part.path)
            elif at is None:
                bins.append([part])
                left.append(room - cost)
            else:
                bins[at].append(part)
                left[at] -= cost
    return bins, unfit


def _fitting(passage: Passage, texts: Texts, meter: Meter, room: int) -> list[Passage]:
    """Return a passage, or what is left of it without what is far from the change, or that in several parts."""
    if meter.passage(passage) <= room:
        return [passage]
    short = narrowed(texts, passage)
    if meter.passage(short) <= room:
        return [short]
    text = texts.head(passage.path, is_changed=True) if passage.kind is Kind.CHANGED else None
    parts = split(short, text.cuts if text else (), meter.line, room - meter.head(short))
    return [
        replace(part, why=f"{part.why}, part {at} of {len(parts)}".lstrip(", ")) for at, part in enumerate(parts, 1)
    ]


@dataclass
class _Filling:
    """One context at work."""

    texts: Texts
    meter: Meter
    budget: Budget
    score: Score
    code: Code | None
    changed: Sequence[Passage]
    neighbours: list[Passage] = field(default_factory=list)
    signatures: dict[str, list[Line]] = field(default_factory=dict)
    shown: dict[str, set[int]] = field(default_factory=dict)
    sources: dict[str, list[bytes]] = field(default_factory=dict)

    def context(self) -> Context:
        """Return the context of the changed passages with as much around them as fits."""
        for passage in self.changed:
            self._note(passage)
        around, further = self._near()
        left = self._add_neighbours(around)
        full = sum(map(self.meter.passage, [*self.changed, *self.neighbours]))
        tokens, omitted = self._add_signatures([*left, *further], full)
        pieces = [*self._pieces(self.changed), *self._pieces(self.neighbours), *self._pieces(self._rings())]
        return Context(tuple(pieces), tokens, self.budget, omitted=omitted, full_tokens=full)

    def _near(self) -> tuple[list[Near], list[Near]]:
        if self.code is None:
            return [], []
        graph, nodes = self.code.graph, dict[int, Node]()
        lines: dict[str, set[int]] = {}
        for passage in self.changed:
            if passage.kind is Kind.CHANGED:
                lines.setdefault(passage.path, set()).update(_places(passage))
        for path in sorted(lines):
            nodes |= {node.id: node for node in touched(graph, path, lines[path])}
        changed = list(nodes.values())
        around = direct(graph, changed, lines, self.score)
        return around, second(graph, changed, around, self.score)

    def _note(self, passage: Passage) -> None:
        numbers = {line.number for line in passage.lines if line.number and line.mark != "-"}
        self.shown.setdefault(passage.path, set()).update(numbers)

    def _add_neighbours(self, around: Sequence[Near]) -> list[Near]:
        """Add neighbours in full while there is room in the first share; return those that are not shown."""
        room = self.budget.full_tokens - sum(map(self.meter.passage, self.changed))
        least, tries = max(LEAST_ROOM, self.budget.full_tokens // 100), TRIES
        left = []
        for near in around:
            hidden = self.shown.get(near.node.path, set())
            if set(near.lines) <= hidden:
                continue
            passage = neighbour(self.texts, near, hidden) if room >= least and tries else None
            if passage is not None and (is_long(passage, room) or self.meter.passage(passage) > room):
                passage, tries = shortened(passage, self.meter, room), tries - 1
            if passage is None:
                left.append(near)
                continue
            room -= self.meter.passage(passage)
            self.neighbours.append(passage)
            self._note(passage)
        return left

    def _add_signatures(self, further: Sequence[Near], full: int) -> tuple[int, int]:
        """Add signatures while both shares have room; return the exact tokens of all, and how many found no room."""
        waiting = [near for near in further if near.node.qualified]
        tokens, spare = full, max(LEAST_ROOM, self.budget.code_tokens // 200)
        for _ in range(ROUNDS):
            waiting = self._one_round(waiting, self.budget.code_tokens - tokens, spare)
            tokens = self._exact()
            if self.budget.code_tokens - tokens < spare or not waiting:
                break
        while tokens > self.budget.code_tokens and (self.signatures or self.neighbours):
            self._take_last()
            tokens = self._exact()
        return tokens, len(waiting)

    def _one_round(self, waiting: Sequence[Near], room: int, spare: int) -> list[Near]:
        left: list[Near] = []
        for begin in range(0, len(waiting), _AT_ONCE):
            some = waiting[begin : begin + _AT_ONCE]
            if room < spare:
                left += some
                continue
            for near, lines in zip(some, signatures(self.texts, some, self.sources), strict=True):
                cost = self._cost(near, lines)
                if cost > room:
                    left.append(near)
                elif cost:
                    room -= cost
                    self.signatures.setdefault(near.node.path, []).extend(lines)
                    self.shown.setdefault(near.node.path, set()).update(line.number for line in lines)
        return left

    def _cost(self, near: Near, lines: Sequence[Line]) -> int:
        """Return how many tokens a signature takes; 0 if there is nothing to add."""
        path = near.node.path
        if not lines or near.node.line in self.shown.get(path, ()):
            return 0
        return self.meter.lines(lines) + (0 if path in self.signatures else self.meter.head(_ring(path, lines)))

    def _take_last(self) -> None:
        if not self.signatures:
            self.neighbours.pop()
            return
        path, lines = list(self.signatures.items())[-1]
        lines.pop()
        if not lines:
            del self.signatures[path]

    def _rings(self) -> list[Passage]:
        return [_ring(path, sorted(set(lines))) for path, lines in self.signatures.items()]

    def _pieces(self, chosen: Iterable[Passage]) -> list[Piece]:
        return [self.meter.piece(passage) for passage in chosen]

    def _exact(self) -> int:
        chosen = [*self.changed, *self.neighbours, *self._rings()]
        return self.meter.of("\n".join(map(text_of, chosen))) if chosen else 0


def _ring(path: str, lines: Sequence[Line]) -> Passage:
    numbers = [line.number for line in lines] or [1]
    return Passage(path, Kind.SIGNATURE, tuple(lines), "", min(numbers), max(numbers))


def _places(passage: Passage) -> set[int]:
    """Return the lines of head that changed, and those beside which lines are gone."""
    found, before = set(), passage.first
    for line in passage.lines:
        if line.mark == "+":
            found.add(line.number)
        elif line.mark == "-":
            found.add(before)
        before = line.number if line.number and line.mark != "-" else before
    return found
