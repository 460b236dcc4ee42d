"""Reads GitHub's JSON by names and types: what is missing, or of another type, is an error and never a guess."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.github.errors import GitHubError


@dataclass(frozen=True)
class Fields:
    """One value of an answer. `failure` is what is raised where it is not what the API describes.

    The value is kept out of the text form: answers hold tokens and strangers' words.
    """

    value: Any = field(repr=False)
    where: str
    failure: type[GitHubError]

    def at(self, *names: str) -> Fields:
        """Return the value under these names, one below the other."""
        value = self.value
        for depth, name in enumerate(names):
            if not isinstance(value, dict) or name not in value:
                raise self._wrong(names[: depth + 1], "is missing")
            value = value[name]
        return Fields(value, self.where, self.failure)

    def has(self, *names: str) -> bool:
        """Return whether there is something other than null under these names; what is above must be objects."""
        value = self.value
        for depth, name in enumerate(names):
            if not isinstance(value, dict):
                raise self._wrong(names[:depth], "is no object")
            if value.get(name) is None:
                return False
            value = value[name]
        return True

    def text(self, *names: str) -> str:
        """Return a text."""
        value = self.at(*names).value
        if not isinstance(value, str):
            raise self._wrong(names, "is no text")
        return value

    def text_or(self, default: str, *names: str) -> str:
        """Return a text, or `default` where it is missing or null."""
        return self.text(*names) if self.has(*names) else default

    def number(self, *names: str) -> int:
        """Return a whole number; GraphQL writes those that may pass 2**31 as texts."""
        value = self.at(*names).value
        if isinstance(value, str) and value.isascii() and value.isdigit():
            return int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(names, "is no whole number")
        return value

    def number_or_none(self, *names: str) -> int | None:
        """Return a whole number, or None where it is missing or null."""
        return self.number(*names) if self.has(*names) else None

    def flag(self, *names: str) -> bool:
        """Return true or false."""
        value = self.at(*names).value
        if not isinstance(value, bool):
            raise self._wrong(names, "is neither true nor false")
        return value

    def moment(self, *names: str) -> datetime:
        """Return a moment with its time zone."""
        try:
            moment = datetime.fromisoformat(self.text(*names))
        except ValueError:
            raise self._wrong(names, "is no time") from None
        if moment.tzinfo is None:
            raise self._wrong(names, "has no time zone")
        return moment

    def each(self, *names: str) -> Iterator[Fields]:
        """Return the members of a list; nulls in it are left out, as GraphQL puts them for what may not be seen."""
        value = self.at(*names).value
        if not isinstance(value, list):
            raise self._wrong(names, "is no list")
        return (Fields(item, self.where, self.failure) for item in value if item is not None)

    def texts_by_name(self, *names: str) -> tuple[tuple[str, str], ...]:
        """Return an object of texts as pairs in the order of their names."""
        value = self.at(*names).value
        if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
            raise self._wrong(names, "is no object of texts")
        return tuple(sorted(value.items()))

    def wrong(self, says: str) -> GitHubError:
        """Return the error for an answer that cannot be what was asked for."""
        return self.failure(f"{self.where}: {says}")

    def _wrong(self, names: tuple[str, ...], says: str) -> GitHubError:
        return self.wrong(f"the answer's {'.'.join(names) or 'body'} {says}")
