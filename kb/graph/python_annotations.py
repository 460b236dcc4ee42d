"""Reads annotations as far as they name one class: `X | None`, `Optional["X"]`, `list[X]`, `Awaitable[X]`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

ONE, TYPE, MANY, AWAITABLE, SELF = "one", "type", "many", "awaitable", "self"
MAX_LENGTH = 300
_CHAIN = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_WRAPPERS = frozenset({"Annotated", "Final", "ClassVar", "Required", "NotRequired", "ReadOnly", "Optional", "InitVar"})
_MANY = frozenset(
    {"list", "List", "set", "Set", "frozenset", "FrozenSet", "tuple", "Tuple", "Sequence", "Iterable", "Iterator"}
    | {
        "Collection",
        "MutableSequence",
        "AbstractSet",
        "MutableSet",
        "Deque",
        "deque",
        "Generator",
        "AsyncIterator",
        "AsyncIterable",
        "AsyncGenerator",
    }
)
_AWAITABLE = frozenset({"Awaitable", "Coroutine", "Future", "Task"})


class Meaning(NamedTuple):
    """What an annotation says: `kind` with the dotted name of a class, or of what comes out of it."""

    kind: str
    chain: str


@lru_cache(maxsize=1 << 14)
def meaning_of(text: str) -> Meaning | None:
    """Return what an annotation's text names, None if it is not one class, or none that can be read off."""
    if not text or len(text) > MAX_LENGTH:
        return None
    return _read(text, 8)


def _read(text: str, depth: int) -> Meaning | None:
    text = text.strip()
    if len(text) > 1 and text[0] in "\"'" and text[-1] == text[0]:
        text = text[1:-1].strip()
    parts = [part for part in _split(text, "|") if part.strip() != "None"]
    if len(parts) != 1 or not depth:
        return None
    text = parts[0].strip()
    head, bracket, rest = text.partition("[")
    head = head.strip()
    if not _CHAIN.fullmatch(head):
        return _read(text, depth - 1) if text[:1] in "\"'" and len(text) > 2 else None
    last = head.rpartition(".")[2]
    if not bracket:
        return Meaning(SELF, "") if last == "Self" else Meaning(ONE, head)
    if not rest.endswith("]"):
        return None
    return _read_generic(head, last, [part.strip() for part in _split(rest[:-1], ",")], depth - 1)


def _read_generic(head: str, last: str, inner: list[str], depth: int) -> Meaning | None:
    if last in _WRAPPERS:
        return _read(inner[0], depth)
    if last == "Union":
        said = [part for part in inner if part != "None"]
        return _read(said[0], depth) if len(said) == 1 else None
    wrapper = _wrapper(last, inner)
    if wrapper is None:
        return None if last in ("Literal", "Callable", "dict", "Dict") else Meaning(ONE, head)
    kind, of = wrapper
    said_of = _read(of, depth)
    return Meaning(kind, said_of.chain) if said_of and said_of.kind == ONE else None


def _wrapper(last: str, inner: list[str]) -> tuple[str, str] | None:
    if last in ("type", "Type"):
        return TYPE, inner[0]
    if last in _AWAITABLE:
        return AWAITABLE, inner[-1]
    if last in _MANY:
        same = last not in ("tuple", "Tuple") or (len(inner) == 2 and inner[1] == "...")
        return (MANY, inner[0]) if same else (MANY, "")
    return None


def _split(text: str, mark: str) -> list[str]:
    """Return the parts of a text between marks that stand outside brackets and quotes."""
    parts, depth, at, quote = [], 0, 0, ""
    for position, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in "[(":
            depth += 1
        elif letter in "])":
            depth -= 1
        elif letter == mark and not depth:
            parts.append(text[at:position])
            at = position + 1
    return [*parts, text[at:]]
