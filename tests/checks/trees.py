"""Views and changes held in memory: what checks are handed, without a repository."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from checks.change import Change
from kb.diff import FileDiff, Hunk, Status
from kb.errors import CorruptObject
from kb.view import Entry, blob_id


@dataclass(frozen=True)
class Files:
    """A view of these texts; a value of None is an object that git cannot read."""

    texts: Mapping[str, str | bytes | None]
    modes: Mapping[str, int] | None = None

    @property
    def id(self) -> str:
        return blob_id(repr(sorted((p, e.oid, e.mode) for p, e in self.entries.items())).encode())

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        modes = self.modes or {}
        datas = {path: encoded(text) for path, text in self.texts.items()}
        return {p: Entry(p, modes.get(p, 0o100644), blob_id(b"lost" if d is None else d)) for p, d in datas.items()}

    def read(self, path: str) -> bytes:
        data = encoded(self.texts[path])
        if data is None:
            raise CorruptObject(f"{path} cannot be read")
        return data

    def size(self, path: str) -> int:
        return len(self.read(path))


def encoded(text: str | bytes | None) -> bytes | None:
    return text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text


def change_of(
    before: Mapping[str, str | bytes | None],
    after: Mapping[str, str | bytes | None],
    renamed: Mapping[str, str] | None = None,
) -> Change:
    """Return the change between two sets of files; `renamed` maps head paths to base paths."""
    base, head = Files(before), Files(after)
    moved = dict(renamed or {})
    files = []
    for path in sorted({*before, *after} - set(moved.values())):
        old_path = moved.get(path, path)
        old, new = base.entries.get(old_path), head.entries.get(path)
        if old and new and old.oid == new.oid and old_path == path:
            continue
        status = Status.RENAMED if path in moved else Status.MODIFIED if old and new else Status.ADDED
        hunks = hunks_between(encoded(before.get(old_path)) or b"", encoded(after.get(path)) or b"")
        files.append(FileDiff(status if new else Status.DELETED, old, new, hunks))
    return Change("repository", "subject", "base", "head", base, head, tuple(files))


def hunks_between(old: bytes, new: bytes) -> tuple[Hunk, ...]:
    before, after = old.splitlines(True), new.splitlines(True)
    found = []
    for tag, i, j, k, m in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            found.append(Hunk(i + 1 if j > i else i, j - i, k + 1 if m > k else k, m - k))
    return tuple(found)
