"""From the URIs of a SARIF report to paths of the repository, whatever machine the report was made on."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")  # two letters at least: `C:` is a drive
_DRIVE = re.compile(r"/?[A-Za-z]:/")


@dataclass(frozen=True)
class Places:
    """Finds paths among `known`. `roots` are the absolute folders that were the repository on the report's machine."""

    known: Collection[str]
    bases: Mapping[str, str]
    roots: tuple[str, ...]

    @staticmethod
    def of(known: Collection[str], bases: Mapping[str, str], uris: Collection[tuple[str, str]]) -> Places:
        """Return where a run's URIs (each with its base's name) lead, the repository's folder learnt from them."""
        counted: Counter[str] = Counter()
        for uri, base in uris:
            full = _full(uri, base, bases)
            if full.startswith("/"):
                counted.update(root for root, path in _splits(full) if "/" in path and path in known)
        folders = (_plain(base).rstrip("/") for base in bases.values())
        roots = [root for root, _ in counted.most_common()] + [folder for folder in folders if folder.startswith("/")]
        return Places(known, bases, tuple(dict.fromkeys(roots)))

    def path_of(self, uri: str, base: str = "") -> str | None:
        """Return the path in the repository that a URI names, None if it names none."""
        full = _full(uri, base, self.bases)
        if not full.startswith("/"):
            return full if full in self.known else None
        paths = (full[len(root) + 1 :] for root in self.roots if full.startswith(root + "/"))
        return next((path for path in paths if path in self.known), None)


def _full(uri: str, base: str, bases: Mapping[str, str]) -> str:
    """Return a URI as a normal path, absolute if it or its base is; "" if it can be no file of ours."""
    path = _plain(uri)
    if path and not path.startswith("/") and bases.get(base):
        folder = _plain(bases[base])
        path = f"{folder.rstrip('/')}/{path}" if folder else path
    normal = posixpath.normpath(path) if path else ""
    return "" if normal == ".." or normal.startswith("../") or "\0" in normal else normal


def _plain(uri: str) -> str:
    """Return a URI's path, decoded; "" for what is neither relative nor a file."""
    text = uri.replace("\\", "/")
    if _SCHEME.match(text):
        if not text.lower().startswith("file:"):
            return ""
        text = re.sub(r"file:(?://[^/]*)?", "", text, count=1, flags=re.IGNORECASE)
    text = unquote(text, errors="surrogateescape")
    return "/" + text.lstrip("/") if _DRIVE.match(text) or text.startswith("/") else text


def _splits(full: str) -> Iterator[tuple[str, str]]:
    """Yield every way to cut an absolute path into a root and a path below it, the shortest root first."""
    parts = full.strip("/").split("/")
    for at in range(min(len(parts), 40)):
        yield "".join(f"/{part}" for part in parts[:at]), "/".join(parts[at:])
