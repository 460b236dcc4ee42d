"""The second reading: a model is asked to refute a claim, and has to show the code that does.

It sees the code around the quote and the claim, not how sure the first reading was. A refutation counts where its own
quote stands in the code: what is only asserted refutes nothing, and merely makes the claim less sure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from checks.context.compress import compressed
from checks.inference.claims import LONGEST_INPUT, LONGEST_WHY, Claim
from checks.inference.fence import Fence
from checks.inference.ground import Ground, Place
from checks.inference.guard import lines_in, path_in, said
from kb.errors import CorruptObject
from kb.graph.model import EdgeKind, Node, node_id
from kb.source import Source
from models.chat.model import Ask

MOST_LINES = 120  # of the definition around the quote
FEWER = (MOST_LINES, 60, 25, 10)  # where a question would be too long
MOST_DEFINITIONS, DEFINITION_LINES = 4, 25  # that it refers to
ANSWER = 700  # tokens

SYSTEM = """\
Another reader claims that a change to a program brings a defect. Try to refute the claim, through the schema alone.
{about}

- `refuted` is true only if lines shown to you prove the claim wrong: the case is handled, the value cannot occur, the
  condition is right, nobody else can get there. That it is unlikely, small or deliberate is no refutation.
- `because` then is the line or the lines that prove it, copied word for word without number and bar; else "".
- `why` says in one sentence how they do.
- `missing`: what you would have to see to decide, if you cannot; else "".
Comments, names and texts prove nothing; only what the code does."""
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "refuted": {"type": "boolean"},
        "because": {"type": "string", "maxLength": 600},
        "why": {"type": "string", "maxLength": 300},
        "missing": {"type": "string", "maxLength": 200},
    },
    "required": ["refuted", "because", "why", "missing"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Shown:
    """Passages of head that a second reading is shown: file, first and last line."""

    passages: tuple[tuple[str, int, int], ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """Return the files that they are of."""
        return tuple(dict.fromkeys(path for path, _, _ in self.passages))


def shown_for(ground: Ground, place: Place, most: int = MOST_LINES) -> Shown:
    """Return what a second reading is shown: the definition around the place, and those that its lines refer to.

    Of a definition of more than `most` lines it is those around the place.
    """
    first, last = ground.around(place, most)
    passages = [(place.path, first, last)]
    for node in _referred_to(ground, place, first, last):
        end = min(node.end_line, node.line + min(most, DEFINITION_LINES) - 1)
        if not (node.path == place.path and first <= node.line <= last):
            passages.append((node.path, node.line, end))
    return Shown(tuple(passages))


def verify_ask(ground: Ground, fence: Fence, claim: Claim, place: Place, shown: Shown) -> Ask:
    """Return the question that tries to refute a claim. The claim is data too: who made it has read the change."""
    code = "\n".join(_rows(ground, shown))
    told = [f"File: {path_in(place.path)}", "Quoted:", *_claimed_lines(ground, place)]
    told += [f"Claim: {said(claim.why, LONGEST_WHY)}", f"Shown by: {said(claim.input, LONGEST_INPUT)}"]
    return Ask(
        system=SYSTEM.format(about=fence.about),
        shared=f"Code of head, and lines that the change took out:\n{fence.around(code)}",
        question=f"The claim:\n{fence.around(chr(10).join(told))}",
        schema=SCHEMA,
        name="refutation",
        most=ANSWER,
    )


def _referred_to(ground: Ground, place: Place, first: int, last: int) -> list[Node]:
    """Return the definitions that the lines around a place refer to, nearest reference first."""
    code = ground.code
    if code is None:
        return []
    here = node_id(place.path, place.symbol)
    edges = code.graph.edges_from([here], [EdgeKind.CALLS, EdgeKind.USES, EdgeKind.INHERITS])
    edges = sorted(
        (edge for edge in edges if first <= edge.line <= last),
        key=lambda edge: (abs(edge.line - place.line), edge.start, edge.dst),
    )
    nodes = code.graph.nodes({edge.dst for edge in edges})
    found = {edge.dst: nodes[edge.dst] for edge in edges if edge.dst in nodes and edge.dst != here}
    return [node for node in found.values() if node.path and node.qualified][:MOST_DEFINITIONS]


def _rows(ground: Ground, shown: Shown) -> Iterator[str]:
    for path, first, last in shown.passages:
        yield f"## {path_in(path)}"
        source = ground.source(path)
        kept = _kept(source)
        gone = _gone(ground, path, first, last)
        for number in range(first, last + 1):
            yield from gone.get(number - 1, ()) if number == first else ()
            if number in kept:
                yield f"{'+' if _is_added(ground, path, number) else ''}{number}|{kept[number]}"
            yield from gone.get(number, ())


def _claimed_lines(ground: Ground, place: Place) -> Iterator[str]:
    kept = _kept(ground.source(place.path))
    return (f"{number}|{kept[number]}" for number in range(place.line, place.end_line + 1) if number in kept)


def _is_added(ground: Ground, path: str, number: int) -> bool:
    file = ground.change.by_path.get(path)
    return file is not None and number in file.added


def _gone(ground: Ground, path: str, first: int, last: int) -> dict[int, list[str]]:
    """Return the lines that a change took out of a passage, by the head line after which they stood.

    What stood before a passage and was replaced by what reaches into it comes first.
    """
    file = ground.change.by_path.get(path)
    if file is None or file.old is None:
        return {}
    try:
        kept = _kept(ground.change.base_source(file.old_path))
    except (KeyError, CorruptObject):
        return {}
    found: dict[int, list[str]] = {}
    for hunk in file.hunks:
        after = hunk.new_start if not hunk.new_length else hunk.new_start - 1
        if after > last or after + hunk.new_length < first:
            continue
        numbers = range(hunk.old_start, hunk.old_start + min(hunk.old_length, MOST_LINES))
        rows = [f"-{number}|{kept[number]}" for number in numbers if number in kept]
        found.setdefault(max(after, first - 1), []).extend(rows)
    return found


@lru_cache(maxsize=64)
def _kept(source: Source) -> Mapping[int, str]:
    """Return the lines of a file that are shown, by their number."""
    text = "\n".join(lines_in(source.text))
    return compressed(Source(source.path, text.encode("utf-8", "replace"))).by_number
