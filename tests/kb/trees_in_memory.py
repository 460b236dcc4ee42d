"""Trees of small files in memory: what the linkers are tested on."""

from __future__ import annotations

from collections.abc import Mapping

from kb.facts.extract import facts_of
from kb.facts.model import Facts
from kb.view import Entry, blob_id


class MemoryTree:
    """A `kb.graph.tree.Tree` of files given as text or bytes; facts are extracted when first asked for."""

    def __init__(self, files: Mapping[str, str | bytes]) -> None:
        self.files = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
        self._entries = {path: Entry(path, 0o100644, blob_id(data)) for path, data in self.files.items()}
        self._facts: dict[str, Facts] = {}

    @property
    def entries(self) -> Mapping[str, Entry]:
        return self._entries

    def facts(self, path: str) -> Facts:
        if path not in self._facts:
            self._facts[path] = facts_of(path, self.files.get(path, b""))
        return self._facts[path]

    def data(self, path: str) -> bytes:
        return self.files.get(path, b"")
