"""What package.json says of the paths in a package: `exports` and `imports` with their conditions and patterns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_CONDITIONS = ("source", "types", "import", "module", "require", "node", "browser", "default")


def targets_in(table: object, key: str) -> Iterator[str]:
    """Yield the targets of a key in order of their conditions, `*` filled in."""
    if isinstance(table, str | list) or (isinstance(table, dict) and not any(k[:1] in ".#" for k in table)):
        if key == ".":
            yield from _flat(table)
        return
    if not isinstance(table, dict):
        return
    if key in table:
        yield from _flat(table[key])
        return
    for pattern in sorted(table, key=len, reverse=True):
        before, star, after = pattern.partition("*")
        if star and key.startswith(before) and key.endswith(after) and len(key) >= len(before) + len(after):
            middle = key[len(before) : len(key) - len(after)]
            yield from (value.replace("*", middle) for value in _flat(table[pattern]))


def _flat(value: Any) -> Iterator[str]:  # noqa: ANN401 - whatever JSON holds
    todo = [value]
    while todo:
        one = todo.pop(0)
        if isinstance(one, str):
            yield one
        elif isinstance(one, list):
            todo = [*one, *todo]
        elif isinstance(one, dict):
            todo = [
                *(one[word] for word in (*_CONDITIONS, *sorted(one.keys() - set(_CONDITIONS))) if word in one),
                *todo,
            ]


def package_name(specifier: str) -> str:
    """Return the name of the package that a specifier begins with."""
    parts = specifier.split("/")
    return "/".join(parts[:2]) if specifier.startswith("@") else parts[0]
