"""The words of a deep reading: notes on quoted code, and how a reading of many parts ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from checks.check import Unseen
from checks.context.model import Kind, Piece
from checks.context.quotes import Place
from kb.view import shown
from models.chat.model import Usage

QUOTED = 160  # characters of a quote in the piece of notes


@dataclass(frozen=True)
class Note:
    """What was noted on code: the places, quoted as they stand in head, and what they mean for the change."""

    places: tuple[Place, ...]
    says: str  # of a model: untrusted

    @property
    def shown(self) -> str:
        """Return it on one line."""
        where = "; ".join(f"{shown(p.path)}:{p.line} `{shown(p.quote)[:QUOTED]}`" for p in self.places)
        return f"- {where}: {shown(self.says)}"


@dataclass(frozen=True)
class Notes:
    """What a deep reading brought. `failed` names parts that were not read, with the reason."""

    notes: tuple[Note, ...] = ()
    parts: int = 0
    read: int = 0  # of them
    resumed: int = 0  # of those that were read, by an earlier run
    dropped: tuple[tuple[str, int], ...] = ()  # why notes were dropped, and how many
    lost: int = 0  # notes that found no room when they were merged
    failed: tuple[tuple[str, str], ...] = ()
    unread: tuple[tuple[str, str], ...] = ()  # changed files with a part that was not read: (path, reason)
    troubles: tuple[str, ...] = ()  # what else went wrong, none of it with what was read
    usage: Usage = field(default_factory=Usage)
    micros: int = 0
    calls: int = 0

    @property
    def unseen(self) -> tuple[Unseen, ...]:
        """Return the changed files that were not read whole."""
        return tuple(Unseen(path, reason) for path, reason in self.unread)


def notes_piece(notes: Sequence[Note], count: Callable[[str], int], room: int) -> Piece | None:
    """Return the first of the notes as one piece of at most `room` tokens; None if not one fits."""
    text, tokens, best = f"## {Kind.NOTES} on code that is not shown", 0, 0
    for number, note in enumerate(notes, 1):
        longer = f"{text}\n{note.shown}"
        cost = count(f"{longer}\n")
        if cost > room:
            break
        text, tokens, best = longer, cost, number
    return Piece("", 0, 0, text, Kind.NOTES, tokens, f"{best} notes") if best else None
