"""JSON under a schema, token by token, that closes before its room is used up.

llguidance's mask holds every token to the schema, white space is left out, so only texts and lists could go on for
ever. When what is left of the room is no more than the longest way to the end, lists end where they may and texts where
they are: nothing is made up for the model, it still chooses every word of an enum and every boolean. What it was in the
middle of saying then, the last entry of a list, is left out where the schema allows: half a claim is none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.errors import Unsatisfiable
from models.infill.draw import tries
from models.infill.masks import mask_of, masked
from models.model import NEVER, Model, Sampling, Stop

if TYPE_CHECKING:
    from llguidance import LLMatcher

    from models.model import Logits

_LETTER = 12  # bytes of one letter at most: two halves of a surrogate pair, escaped
_DIGITS = 24  # bytes of a number at most, once nothing but its end is wanted
_ENDS = (b"]", b"}", b",")  # outside texts, in the order in which they end soonest
_PLAIN = (b" ", b"e", b"7")  # a text that may go on with any of these is free


@dataclass(frozen=True)
class Typed:
    """A text that satisfies its schema."""

    text: bytes
    tokens: int
    shorter: bytes | None = None  # where it was cut off: the same without the entry that was being written


def write_typed(
    model: Model,
    prompt: Sequence[int],
    schema: Mapping[str, Any],
    *,
    room: int,
    sampling: Sampling,
    stop: Stop = NEVER,
) -> Typed:
    """Return JSON of at most `room` tokens that satisfies a schema.

    Raises Unsatisfiable where the schema is none that llguidance knows, or `room` is too little for any answer, and
    what `Model.branches` raises.
    """
    least = longest_way(schema)
    if room < least:
        raise Unsatisfiable(f"an answer may need {least} tokens, and there is room for {room}")
    writer = _Writer(model, _matcher(model, schema), sampling, room - least)
    with model.branches(prompt, 1, room=room + 1, stop=stop) as branches:
        row = branches.logits(0)
        while tokens := writer.take(row, room - writer.count):
            stop.check()
            row = branches.advance({0: tokens})[0][-1]
    if not writer.is_whole:
        raise Unsatisfiable("the answer did not close")
    text = bytes(writer.text)
    return Typed(text, writer.count, None if writer.closing_at is None else _without_entry(text, writer.closing_at))


def longest_way(schema: Mapping[str, Any]) -> int:
    """Return how many bytes, so at most tokens, are written until the end once lists and texts end where they may."""
    return _way(schema, inside=True) + 2


def _way(schema: Mapping[str, Any], *, inside: bool) -> int:
    """Return the bytes of a value that ends as soon as it may; `inside`: of what is left of it, wherever one is."""
    kinds = schema["type"] if isinstance(schema["type"], list | tuple) else [schema["type"]]
    if "object" in kinds:
        fields = [
            (len(json.dumps(name)) + 2, _way(child, inside=False), _way(child, inside=True))
            for name, child in schema["properties"].items()
        ]
        further = max((deep - flat for _, flat, deep in fields), default=0) if inside else 0
        return 2 + sum(key + flat for key, flat, _ in fields) + max(0, further)
    if "array" in kinds:
        least, item = int(schema.get("minItems", 0)), schema["items"]
        return 2 + least * (_way(item, inside=False) + 1) + (_way(item, inside=True) + 1 if inside else 0)
    if "string" in kinds:
        words = [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else [])]
        if words:
            return max(len(json.dumps(word)) for word in words)
        return 2 + _LETTER * (1 + int(schema.get("minLength", 0)))
    return 6 if "boolean" in kinds else _DIGITS


class _Writer:
    """One text as it is written; `take` says what comes next."""

    def __init__(self, model: Model, matcher: LLMatcher, sampling: Sampling, ease: int) -> None:
        self._model, self._matcher, self._sampling, self._ease = model, matcher, sampling, ease
        self._single: dict[bytes, int | None] = {}
        self._scanner = Scanner()
        self.text = bytearray()
        self.count = 0
        self.closing_at: int | None = None  # where lists and texts began to end where they may

    @property
    def is_whole(self) -> bool:
        """Return whether the text satisfies its schema as it is."""
        return bool(self._matcher.is_accepting())

    def take(self, row: Logits, room: int) -> tuple[int, ...]:
        """Return the next tokens, none at the end; `row` (V,) are the logits of what comes next."""
        if room <= 0 or self._matcher.is_stopped() or self._matcher.is_accepting():
            return ()
        if self.closing_at is None and self.count >= self._ease:
            self.closing_at = len(self.text)
        tokens = self._forced(room) or self._ended() or self._drawn(row)
        if not tokens or not self._matcher.consume_tokens(list(tokens)):
            raise Unsatisfiable("no token may come next in this answer")
        more = self._model.bytes_of(tokens)
        self._scanner.read(more)
        self.text += more
        self.count += len(tokens)
        return tokens

    def _forced(self, room: int) -> tuple[int, ...]:
        """Return the tokens that have to come next, where only one text can."""
        tokens = self._matcher.compute_ff_tokens()[:room]
        return tuple(tokens[: self._matcher.validate_tokens(tokens)]) if tokens else ()

    def _ended(self) -> tuple[int, ...]:
        """Return the token that ends a text or a list here, once that is wanted, if one does."""
        if self.closing_at is None:
            return ()
        if not self._scanner.in_text:
            return next(((token,) for token in map(self._admitted, _ENDS) if token is not None), ())
        quote = self._admitted(b'"')
        is_free = all(self._admitted(letter) is not None for letter in _PLAIN)
        return (quote,) if quote is not None and is_free else ()

    def _admitted(self, letter: bytes) -> int | None:
        """Return the token of a single byte if it may come next."""
        if letter not in self._single:
            tokens = self._model.tokens_of(letter)
            self._single[letter] = tokens[0] if len(tokens) == 1 else None
        token = self._single[letter]
        return token if token is not None and self._matcher.validate_tokens([token]) == 1 else None

    def _drawn(self, row: Logits) -> tuple[int, ...]:
        """Return the token that the model draws; the whole mask is made only where its first choices may not stand."""
        place = self.count
        for token in tries(row, self._sampling, place):
            if self._matcher.validate_tokens([token]) == 1:
                return (token,)
        rows = [mask_of(self._matcher, self._model.info.vocabulary)]
        return next(((token,) for token in tries(masked(row, rows), self._sampling, place)), ())


class Scanner:
    """What is open in JSON that is being written: whether a text is, and which entry of the outermost list."""

    def __init__(self) -> None:
        self.in_text = False
        self._escaped = False
        self._open: list[int] = []  # the brackets
        self._list: int | None = None  # depth of the outermost list
        self._at = 0
        self.entry: int | None = None  # where the entry of that list begins that is not over

    def read(self, more: bytes) -> None:
        """Read on."""
        for byte in more:
            self._read(byte)
            self._at += 1

    def _read(self, byte: int) -> None:
        if self.in_text:
            if self._escaped:
                self._escaped = False
            elif byte == 0x5C:
                self._escaped = True
            elif byte == 0x22:
                self.in_text = False
            return
        if byte == 0x22:
            self.in_text = True
        elif byte in b"[{":
            self._open.append(byte)
            if byte == 0x5B and self._list is None:
                self._list, self.entry = len(self._open), self._at + 1
        elif byte in b"]}":
            if len(self._open) == self._list and byte == 0x5D:
                self._list = self.entry = None
            self._open.pop()
        elif byte == 0x2C and len(self._open) == self._list:
            self.entry = self._at + 1


def _without_entry(text: bytes, offset: int) -> bytes:
    found = entry_at(text, offset)
    return text if found is None else text[: found[0]].removesuffix(b",") + text[found[1] :]


def entry_at(text: bytes, offset: int) -> tuple[int, int] | None:
    """Return where the entry of the outermost list begins and ends that is being written at an offset of JSON.

    None where none is: outside of lists, between two entries, or where the list has just begun.
    """
    scanner = Scanner()
    scanner.read(text[:offset])
    start = scanner.entry
    if start is None or start >= offset:
        return None
    for at in range(offset, len(text)):
        if scanner.entry != start:
            return start, at - 1
        scanner.read(text[at : at + 1])
    return None


def _matcher(model: Model, schema: Mapping[str, Any]) -> LLMatcher:
    from llguidance import LLMatcher

    grammar = LLMatcher.grammar_from_json_schema(json.dumps(schema), overrides={"whitespace_flexible": False})
    matcher = LLMatcher(model.masks(), grammar, log_level=0)
    if matcher.is_error():
        raise Unsatisfiable("llguidance knows no such schema")
    return matcher
