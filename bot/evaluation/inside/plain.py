"""Values as lines of text between judge and candidate: built-in data only, so that an object cannot claim equality."""

from __future__ import annotations

import json
from typing import Any


def written(value: object) -> bytes:
    """Return a value as one line of JSON; raises TypeError for what is not made of built-in data."""
    return json.dumps(_packed(value)).encode("ascii") + b"\n"


def read(line: bytes) -> Any:  # noqa: ANN401 (data of any shape)
    """Return the value of a line; raises ValueError, or RecursionError, for what `written` never wrote."""
    return _unpacked(json.loads(line))


def _packed(value: object) -> object:
    """Return a value with a tag where JSON knows no such thing; subclasses are taken for what they extend."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return ["int", hex(int.__index__(value))]
    if isinstance(value, float):
        return ["float", float.hex(value)]
    if isinstance(value, complex):
        return ["complex", float.hex(value.real), float.hex(value.imag)]
    if isinstance(value, dict):
        return ["dict", *([_packed(key), _packed(held)] for key, held in dict.items(value))]
    for name, kind in _SEQUENCES.items():
        if isinstance(value, kind):
            return [name, *map(_packed, kind.__iter__(value))]
    raise TypeError(f"{type(value).__name__} is not plain data")


_SEQUENCES: dict[str, Any] = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}


def _unpacked(value: Any) -> Any:  # noqa: ANN401
    if value is None or isinstance(value, bool | str):
        return value
    if not isinstance(value, list) or not value or not isinstance(value[0], str):
        raise ValueError("not a written value")
    tag, held = value[0], value[1:]
    try:
        if tag in _SEQUENCES:
            return _SEQUENCES[tag](map(_unpacked, held))
        if tag == "dict":
            return {_unpacked(key): _unpacked(one) for key, one in held}
        return _number(tag, held)
    except (TypeError, IndexError, OverflowError) as error:
        raise ValueError(f"not a written value: {error}") from error


def _number(tag: str, held: list[Any]) -> int | float | complex:
    if tag == "int":
        return int(held[0], 16)
    if tag == "float":
        return float.fromhex(held[0])
    if tag == "complex":
        return complex(float.fromhex(held[0]), float.fromhex(held[1]))
    raise ValueError(f"unknown tag {tag}")
