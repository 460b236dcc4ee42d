"""Values out of TOML, each of which is what its key wants, or one clear error that names the key."""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from kb.errors import BadSettings

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MOST = 1_000_000_000


@dataclass(frozen=True)
class Table:
    """A table of a file: its values, the file's name, and where in the file it is: "provider[0]"."""

    values: Mapping[str, Any]
    origin: str
    place: str

    def wrong(self, key: str, said: str) -> BadSettings:
        """Return the error for a key."""
        place = ".".join(part for part in (self.place, key) if part)
        return BadSettings(f"{self.origin}: {place}: {said}")

    def known(self, *keys: str) -> None:
        """Raise BadSettings for a key that is none of these."""
        for key in self.values:
            if key not in keys:
                near = difflib.get_close_matches(key, keys, 1)
                hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(keys)}"
                raise self.wrong(key if _NAME.fullmatch(key) else "?", f"no such key: {hint}")

    def table(self, key: str) -> Table:
        """Return the table of this name, an empty one if there is none."""
        found = self.values.get(key, {})
        if not isinstance(found, dict):
            raise self.wrong(key, "has to be a table")
        return Table(found, self.origin, f"{self.place}.{key}" if self.place else key)

    def tables(self, key: str) -> tuple[Table, ...]:
        """Return the tables of an array of them."""
        found = self.values.get(key, [])
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise self.wrong(key, f"write one [[{key}]] for each")
        return tuple(Table(one, self.origin, f"{key}[{at}]") for at, one in enumerate(found))

    def text(self, key: str) -> str:
        """Return a text on one line, "" if it is missing."""
        found = self.values.get(key, "")
        if not isinstance(found, str) or not found.isprintable() or found != found.strip():
            raise self.wrong(key, "has to be a text on one line")
        return found

    def name(self, key: str, usual: str) -> str:
        """Return a name."""
        found = self.text(key) or usual
        if not _NAME.fullmatch(found):
            raise self.wrong(key, "has to be a name of letters, digits, dots and hyphens")
        return found

    def word(self, key: str, words: Collection[str]) -> str:
        """Return one of some words, which has to be there."""
        found = self.text(key)
        if found not in words:
            raise self.wrong(key, f"has to be one of {', '.join(words)}")
        return found

    def words(self, key: str, words: Collection[str], what: str) -> tuple[str, ...]:
        """Return a list of some words, each once."""
        found = self.values.get(key, [])
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise self.wrong(key, f"has to be a list of {what}s")
        for one in found:
            if one not in words:
                raise self.wrong(key, f"no such {what}; there are {', '.join(words)}")
        return tuple(dict.fromkeys(found))

    def count(self, key: str, least: int) -> int | None:
        """Return a whole number, None if it is missing."""
        found = self.values.get(key)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int) or not least <= found <= _MOST:
            raise self.wrong(key, f"has to be a whole number of at least {least}")
        return found

    def number(self, key: str, least: float) -> float | None:
        """Return a number, None if it is missing."""
        found = self.values.get(key)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int | float) or not least <= found <= _MOST:
            raise self.wrong(key, f"has to be a number of at least {least:g}")
        return float(found)

    def switch(self, key: str, usual: bool) -> bool:
        """Return true or false."""
        found = self.values.get(key, usual)
        if not isinstance(found, bool):
            raise self.wrong(key, "has to be true or false")
        return found

    def milli(self, key: str) -> int | None:
        """Return dollars a million tokens as `Price` has them, rounded up."""
        found = self.number(key, 0)
        return None if found is None else -int(-found * 1000 // 1)

    def micros(self, key: str) -> int | None:
        """Return dollars in millionths, rounded down."""
        found = self.number(key, 0)
        return None if found is None else int(found * 1_000_000)


def variable(table: Table, key: str, name: str, environ: Mapping[str, str]) -> str:
    """Return what an environment variable holds; raises BadSettings without repeating what may be a key itself."""
    if not _VARIABLE.fullmatch(name) or name.startswith("sk_"):
        raise table.wrong(key, "has to be the name of an environment variable, not the key itself")
    found = environ.get(name, "").strip()
    if not found:
        shown = name if name.isupper() else "of that name"
        raise table.wrong(key, f"there is no environment variable {shown}, or it is empty")
    return found


def address(table: Table, key: str, url: str, *, has_key: bool) -> None:
    """Raise BadSettings for an address that is none, or to which a key would go in the open."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host:
        raise table.wrong(key, "has to be an address that begins with https:// or http://")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise table.wrong(key, "has to be an address without user, password, ? and #")
    if parts.scheme == "http" and has_key and not is_near(url):
        raise table.wrong(key, "a key is sent over https:// only, except to this machine")


def is_near(url: str) -> bool:
    """Return whether an address is on this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
