"""Reads a SCIP index: which symbol stands at which place, and where each symbol is defined."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
DEFINITION = 1


@dataclass
class ScipIndex:
    """Occurrences by (path, line, character), all 0-based; definitions by symbol; which symbols implement which."""

    at: dict[tuple[str, int, int], str] = field(default_factory=dict)
    defined: dict[str, tuple[str, int]] = field(default_factory=dict)
    implements: dict[str, list[str]] = field(default_factory=dict)
    paths: set[str] = field(default_factory=set)


def read_index(path: Path) -> ScipIndex:
    """Return what an index file holds; raises ValueError for a file that is not protobuf."""
    index = ScipIndex()
    for number, value in _fields(path.read_bytes()):
        if number == 2 and isinstance(value, bytes):
            _read_document(index, value)
    return index


def _read_document(index: ScipIndex, data: bytes) -> None:
    fields = [(number, value) for number, value in _fields(data) if isinstance(value, bytes)]
    path = next((value.decode() for number, value in fields if number == 1), "")
    index.paths.add(path)
    for number, value in fields:
        if number == 2:
            _read_occurrence(index, path, value)
        elif number == 3:
            _read_symbol(index, value)


def _read_occurrence(index: ScipIndex, path: str, data: bytes) -> None:
    place: list[int] = []
    symbol, roles = "", 0
    for number, value in _fields(data):
        if number == 1 and isinstance(value, bytes):
            place = list(_varints(value))
        elif number == 2 and isinstance(value, bytes):
            symbol = value.decode()
        elif number == 3 and isinstance(value, int):
            roles = value
    if roles & DEFINITION:
        index.defined.setdefault(f"{path} {symbol}" if symbol.startswith("local ") else symbol, (path, place[0]))
    else:
        index.at[path, place[0], place[1]] = f"{path} {symbol}" if symbol.startswith("local ") else symbol


def _read_symbol(index: ScipIndex, data: bytes) -> None:
    symbol, related = "", []
    for number, value in _fields(data):
        if number == 1 and isinstance(value, bytes):
            symbol = value.decode()
        elif number == 4 and isinstance(value, bytes):
            inner = dict(_fields(value))
            other = inner.get(1)
            if inner.get(3) and isinstance(other, bytes):
                related.append(other.decode())
    if related:
        index.implements[symbol] = related


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        if kind == VARINT:
            value, at = _varint(data, at)
            yield key >> 3, value
        elif kind == BYTES:
            size, at = _varint(data, at)
            yield key >> 3, data[at : at + size]
            at += size
        elif kind in (FIXED64, FIXED32):
            at += 8 if kind == FIXED64 else 4
        else:
            raise ValueError(f"wire type {kind} at byte {at}")


def _varints(data: bytes) -> Iterator[int]:
    at = 0
    while at < len(data):
        value, at = _varint(data, at)
        yield value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, at
