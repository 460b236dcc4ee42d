"""The files of one view as linkers read them: facts by content, from memory, from the store, or extracted now."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from threading import Lock

from kb.errors import CorruptObject
from kb.facts.extract import EXTRACTORS, facts_of, language_for
from kb.facts.model import Facts, Status
from kb.facts.store import FactsStore, Key
from kb.graph.build import LinkedFileBuilder
from kb.graph.linkers import family_of, linker_for
from kb.graph.model import LinkedFile
from kb.graph.tree import Linker
from kb.view import Entry, View

LARGEST_FILE = 2_000_000  # bytes: what is larger was not written by hand
LARGEST_CONFIG = 1_000_000
REMEMBERED = 400  # files whose facts stay decoded
AT_ONCE = 200  # files asked of the store, or handed to it, in one go
_NO_FACTS = Facts("", Status.UNREAD, trouble="no extractor for this kind of file")
_TOO_LARGE = f"larger than {LARGEST_FILE // 1_000_000} MB"

Progress = Callable[[str, int, int], None]  # (what is being done, how many are done, of how many)


class Shelf:
    """Facts by content, shared by all trees of an index; the last used ones stay decoded. Safe between threads."""

    def __init__(self, path: Path | None) -> None:
        """Keep facts in a file, None for memory; it is opened when first asked."""
        self._path, self._lock = path, Lock()
        self._opened: FactsStore | None = None
        self._decoded: OrderedDict[Key, Facts] = OrderedDict()
        self._languages: dict[str, str | None] = {}
        self._given_up: dict[Key, Facts] = {}

    def get(self, key: Key) -> Facts | None:
        """Return the facts of a blob read as a language, None if it has not been read yet."""
        with self._lock:
            if key in self._given_up:
                return self._given_up[key]
            if key in self._decoded:
                self._decoded.move_to_end(key)
                return self._decoded[key]
        facts = self._kept().get_many([key]).get(key)
        if facts is not None:
            self.remember(key, facts)
        return facts

    def put_many(self, facts: Mapping[Key, Facts | bytes]) -> None:
        """Keep what was extracted, as it is or encoded."""
        self._kept().put_many(facts)

    def give_up(self, key: Key, facts: Facts) -> None:
        """Do not try to read a blob again in this run; the next may have more luck (memory, time, a whole clone)."""
        with self._lock:
            self._given_up[key] = facts

    def language(self, path: str) -> str | None:
        """Return the language that a path tells, None if it tells none that has an extractor."""
        if path not in self._languages:
            self._languages[path] = language_for(path, b"")
        return self._languages[path]

    def anyhow(self, blob: str) -> Facts | None:
        """Return the facts of a blob read as whatever language it was read as."""
        return next((facts for language in dict.fromkeys(EXTRACTORS) if (facts := self.get((blob, language)))), None)

    def close(self) -> None:
        """Give back what is held open."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def _kept(self) -> FactsStore:
        with self._lock:
            if self._opened is None:
                self._opened = FactsStore.open(self._path)
            return self._opened

    def missing(self, keys: Iterable[Key]) -> Iterator[Key]:
        """Yield those of the keys that are not kept."""
        wanted = list(keys)
        for at in range(0, len(wanted), AT_ONCE):
            chunk = wanted[at : at + AT_ONCE]
            found = self._kept().get_many(chunk)
            for key, facts in found.items():
                self.remember(key, facts)
            yield from (key for key in chunk if key not in found and key not in self._given_up)

    def remember(self, key: Key, facts: Facts) -> None:
        """Keep facts decoded for a while."""
        with self._lock:
            self._decoded[key] = facts
            while len(self._decoded) > REMEMBERED:
                self._decoded.popitem(last=False)


class CodeTree:
    """A `kb.graph.tree.Tree` of a view, and the linkers made for it."""

    def __init__(self, view: View, shelf: Shelf) -> None:
        self.view, self._shelf = view, shelf
        self._linkers: dict[str, Linker] = {}

    @property
    def entries(self) -> Mapping[str, Entry]:
        """Return every file, link and submodule by path."""
        return self.view.entries

    @cached_property
    def keys(self) -> Mapping[str, Key]:
        """Return (blob id, language) of every file that has an extractor, in order of path."""
        found = {}
        for path, entry in self.entries.items():
            language = self._language(entry) if entry.is_file else None
            if language is not None:
                found[path] = (entry.oid, language)
        return found

    def facts(self, path: str) -> Facts:
        """Return the facts of a file: status `unread` where there are none, also for a path that is not there."""
        key = self.keys.get(path)
        if key is None:
            return _NO_FACTS
        facts = self._shelf.get(key)
        if facts is None:
            data = self.readable(path)
            if isinstance(data, Facts):
                return data
            facts = facts_of(path, data)
            self._shelf.put_many({key: facts})
            self._shelf.remember(key, facts)
        return facts

    def readable(self, path: str) -> bytes | Facts:
        """Return the bytes of a file with an extractor; if it is not to be read, facts that say why, from now on."""
        key = self.keys[path]
        try:
            if self.view.size(path) <= LARGEST_FILE:
                return self.view.read(path)
            facts = Facts(key[1], Status.UNREAD, trouble=_TOO_LARGE)
        except CorruptObject as error:
            facts = Facts(key[1], Status.UNREAD, trouble=str(error))
        self._shelf.give_up(key, facts)
        return facts

    def data(self, path: str) -> bytes:
        """Return a file's bytes, for configuration; b"" if absent, huge or unreadable."""
        entry = self.entries.get(path)
        if entry is None or not entry.is_file:
            return b""
        try:
            return self.view.read(path) if self.view.size(path) <= LARGEST_CONFIG else b""
        except CorruptObject:
            return b""

    def linker(self, family: str) -> Linker:
        """Return the linker of a family of languages for this tree."""
        if family not in self._linkers:
            self._linkers[family] = linker_for(family, self)
        return self._linkers[family]

    def forget(self) -> None:
        """Let go of the linkers, and of all that they worked out."""
        self._linkers.clear()

    def family(self, path: str) -> str:
        """Return the family of languages that a file with facts belongs to."""
        return family_of(self.keys[path][1])

    def link(self, path: str) -> LinkedFile:
        """Return the nodes of a file and where its references lead."""
        try:
            return self.linker(self.family(path)).link(path)
        except RecursionError:
            return unlinked(path, self.facts(path))

    def _language(self, entry: Entry) -> str | None:
        """Return the language that a file's name tells, or the first line of a program without an extension."""
        language = self._shelf.language(entry.path)
        if language is None and entry.mode & 0o111 and "." not in entry.path.rpartition("/")[2]:
            try:
                if self.view.size(entry.path) <= LARGEST_FILE:
                    return language_for(entry.path, self.view.read(entry.path))
            except CorruptObject:
                return None
        return language


def unlinked(path: str, facts: Facts) -> LinkedFile:
    """Return a file's nodes with every reference unresolved: what is left of one that is nested too deeply to link."""
    builder = LinkedFileBuilder(path, facts)
    for call in facts.calls:
        builder.unknown(call.chain, "partial", call.scope, call.line, call.start, is_call=True)
    for use in facts.uses:
        builder.unknown(use.chain, "partial", use.scope, use.line, use.start)
    return builder.done()
