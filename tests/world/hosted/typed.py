"""Whether a request is one, by the types of the SDK that makes such requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, get_type_hints

from pydantic import TypeAdapter


def check_request(body: Any, kind: type) -> None:
    """Raise if a request's body does not satisfy an SDK's own type, or has keys that the type does not."""
    unknown = set(body) - set(get_type_hints(kind))
    if unknown:
        raise AssertionError(f"unknown keys {sorted(unknown)}")
    _walk(_adapter(kind).validate_python(body))


@cache
def _adapter(kind: type) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _walk(value: Any) -> None:
    """Look at everything: what the types call iterables is checked only while it is gone through."""
    if isinstance(value, Mapping):
        for inner in value.values():
            _walk(inner)
    elif isinstance(value, Iterable) and not isinstance(value, str | bytes):
        for inner in value:
            _walk(inner)
