"""Reading much more than fits one question: part after part, notes with quotes, merged to what one question holds.

    parts -> noted -> every quote found in its part -> merged two by two -> notes

A quote that is not in the part makes its note void, and merging chooses and joins notes but never writes a quote.
Every answer is kept as soon as it is there, so that a reading that was cut off goes on where it stopped. A part that
could not be read is said, never passed over.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from checks.context.deep_ask import key_of, merge_ask, part_ask
from checks.context.deep_model import Note, Notes, notes_piece
from checks.context.deep_parts import Part
from checks.context.quotes import lines_shown, places_of
from checks.inference.model import Checkpoint
from models.chat.errors import NoReader, OverBudget
from models.chat.model import Ask, Chat, Purpose, Reply, Usage
from models.errors import Cancelled, ModelError, OutOfTime
from models.model import NEVER, Stop

__all__ = ["Note", "Notes", "notes_piece", "read_deeply"]

NOT_THERE, NOT_ONE = "quote not in the part", "quote in several places"
_PLACES = 3  # of one note


def read_deeply(
    parts: Sequence[Part],
    chat: Chat,
    purpose: Purpose,
    *,
    about: str,
    fence: str,
    budget_tokens: int,
    notes_tokens: int,
    checkpoint: Checkpoint | None = None,
    stop: Stop = NEVER,
    seed: int = 0,
    plain: Callable[[str], str] = str,
) -> Notes:
    """Return notes of at most `notes_tokens` on the parts; those beyond `budget_tokens` in all are not read.

    `about` shows the change, `fence` is a line that nobody could guess, `plain` makes what a model says harmless: it is
    shown to models again. Raises Cancelled, and nothing else: what goes
    wrong with a part is said in the answer.
    """
    reading = _Reading(chat, purpose, about, fence, notes_tokens, checkpoint, stop, seed, plain)
    groups, used, end = list[list[Note]](), 0, ""
    for part in parts:
        used += part.tokens
        if end or used > budget_tokens:
            end = end or f"beyond the {budget_tokens:,} tokens that may be read"
            reading.missed(part, end)
            continue
        try:
            groups.append(reading.noted(part))
        except Cancelled:
            raise
        except (OutOfTime, OverBudget, NoReader) as error:
            end = str(error)
            reading.missed(part, end)
        except ModelError as error:
            reading.missed(part, str(error))
    return reading.result(groups, len(parts))


@dataclass
class _Reading:
    """One deep reading at work."""

    chat: Chat
    purpose: Purpose
    about: str
    fence: str
    room: int
    checkpoint: Checkpoint | None
    stop: Stop
    seed: int
    plain: Callable[[str], str]
    usage: Usage = field(default_factory=Usage)
    micros: int = 0
    calls: int = 0
    resumed: int = 0
    lost: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    failed: list[tuple[str, str]] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)

    def missed(self, part: Part, reason: str) -> None:
        """Remember that a part was not read."""
        self.failed.append((part.name, reason))
        for path in sorted(part.changed):
            self.unread.setdefault(path, f"a part was not read deeply: {reason}")

    def noted(self, part: Part) -> list[Note]:
        """Return the notes on a part whose quotes stand in it at one place."""
        self.stop.check()
        key = key_of("part", self.chat.name, self.seed, self.about, part.text)
        answer, is_kept = self._answer(key, part_ask(part, self.about, self.fence, self.seed))
        self.resumed += is_kept
        shown = lines_shown(part.pieces)
        notes = []
        for row in answer["notes"]:
            places = places_of(row["quote"], shown)
            if len(places) == 1:
                notes.append(Note((places[0],), self.plain(row["says"])))
            else:
                self.dropped[NOT_ONE if places else NOT_THERE] += 1
        return list(dict.fromkeys(notes))

    def result(self, groups: Sequence[list[Note]], parts: int) -> Notes:
        """Return all notes as one group that fits."""
        level = [group for group in groups if group]
        while len(level) > 1:
            pairs = [level[at : at + 2] for at in range(0, len(level), 2)]
            level = [self._merged([note for group in pair for note in group]) for pair in pairs]
        notes = self._bounded(level[0]) if level else []
        return Notes(
            notes=tuple(notes),
            parts=parts,
            read=len(groups),
            resumed=self.resumed,
            dropped=tuple(sorted(self.dropped.items())),
            lost=self.lost,
            failed=tuple(self.failed),
            unread=tuple(sorted(self.unread.items())),
            troubles=tuple(dict.fromkeys(self.troubles)),
            usage=self.usage,
            micros=self.micros,
            calls=self.calls,
        )

    def _merged(self, notes: list[Note]) -> list[Note]:
        """Return the notes of two groups as one that fits: as they are, as the model joins them, or the first."""
        if self._fits(notes):
            return notes
        key = key_of("merge", self.chat.name, self.seed, self.about, *(note.shown for note in notes))
        try:
            answer, _ = self._answer(key, merge_ask(notes, self.about, self.fence, self.seed))
        except Cancelled:
            raise
        except ModelError as error:
            self.troubles.append(f"notes were cut, not merged: {error}")
            return self._bounded(notes)
        joined = [replace(note, says=self.plain(note.says)) for note in _joined(notes, answer["keep"])]
        return self._bounded(joined or notes)

    def _fits(self, notes: Sequence[Note]) -> bool:
        piece = notes_piece(notes, self.chat.tokens, self.room)
        return piece is not None and piece.text.count("\n") == len(notes)

    def _bounded(self, notes: list[Note]) -> list[Note]:
        piece = notes_piece(notes, self.chat.tokens, self.room)
        kept = piece.text.count("\n") if piece else 0
        self.lost += len(notes) - kept
        return notes[:kept]

    def _answer(self, key: str, ask: Ask) -> tuple[Mapping[str, Any], bool]:
        """Return an answer and whether it was kept; raises what the chat raises."""
        kept = self.checkpoint.get(key) if self.checkpoint is not None else None
        known = _answer_in(kept, ask) if kept is not None else None
        if known is not None:
            return known, True
        reply: Reply = self.chat.ask(ask, self.purpose, stop=self.stop)
        self.usage += reply.usage
        self.micros += reply.micros
        self.calls += 1
        if self.checkpoint is not None:
            self.checkpoint.put(key, json.dumps(reply.data).encode())
        return reply.data, False


def _answer_in(kept: bytes, ask: Ask) -> Mapping[str, Any] | None:
    """Return a kept answer, checked like a new one; None if it is damaged: it is then asked for again."""
    from models.chat.schema import answer_in

    try:
        return answer_in(kept, ask.schema)
    except ModelError:
        return None


def _joined(notes: Sequence[Note], keep: Sequence[Mapping[str, Any]]) -> list[Note]:
    """Return the notes that a merge keeps, each at most once; the quotes are those that there were."""
    left = set(range(1, len(notes) + 1))
    found = []
    for row in keep:
        ids = [one for one in dict.fromkeys(row["ids"]) if one in left]
        left -= set(ids)
        places = tuple(dict.fromkeys(place for one in ids for place in notes[one - 1].places))[:_PLACES]
        if places:
            found.append(Note(places, row["says"]))
    return found
