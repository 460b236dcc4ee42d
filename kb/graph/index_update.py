"""From the graph of one tree to that of another: which files have to be linked again, and only those are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property

from kb.facts.model import Facts
from kb.graph.index_tree import CodeTree, Progress
from kb.graph.interface import PRESENCE, STAR, changed_names, interface_of
from kb.graph.linkers import LINKERS, family_of
from kb.graph.model import Asked, LinkedFile
from kb.graph.overlay import Layer
from kb.graph.store_sqlite_write import Answers

BY_NAME = frozenset({"other"})  # families whose module questions are answered from what files define, not from paths
_PROSE = (".md", ".rst", ".adoc")  # no linker reads them
_PROGRAMS_THAT_CONFIGURE = ("setup.py", "conftest.py")


class FactsGone(Exception):
    """The facts of an earlier tree's file were dropped from the cache: what changed in it cannot be told."""


@dataclass(frozen=True)
class Known:
    """A tree whose graph is known: what is needed to go on from it to another."""

    graph: Layer
    linked: Mapping[str, str]  # path -> blob id of every file with facts
    others: Mapping[str, str]  # path -> object id of every other file
    answers: Callable[[], Answers]
    facts: Callable[[str, str], Facts | None]  # (path, blob id) -> facts; None if they are not kept any more


@dataclass
class Step:
    """What differs in the graph of `tree` from that of `before`."""

    before: Known
    tree: CodeTree
    asked: dict[tuple[str, str], str] = field(default_factory=dict)  # answers to what `links` asked
    parsed: int = 0  # files whose facts had to be extracted

    @cached_property
    def changed(self) -> frozenset[str]:
        """The files with facts that are new or have other content."""
        before = self.before.linked
        return frozenset(path for path, (blob, _) in self.tree.keys.items() if before.get(path) != blob)

    @cached_property
    def gone(self) -> frozenset[str]:
        """The files that had facts and have none now."""
        return frozenset(self.before.linked.keys() - self.tree.keys.keys())

    @cached_property
    def others(self) -> Mapping[str, str]:
        """The object id of every file without facts."""
        return others_of(self.tree)

    @cached_property
    def relinked(self) -> frozenset[str]:
        """The files whose links may differ: those that changed, and those that asked for what changed."""
        questions = self._names | self._presence | self._modules
        asking = self.before.graph.asking(questions) if questions else set()
        return (self.changed | asking) - self.gone

    @property
    def hidden(self) -> frozenset[str]:
        """The files of the graph before that say nothing about this tree."""
        return self.relinked | self.gone

    def links(self, progress: Progress | None = None) -> Iterator[tuple[str, LinkedFile]]:
        """Yield (blob id, linked file) for each file that is linked again, in order of path."""
        return linked_files(self.tree, sorted(self.relinked), self.asked, progress)

    def answers(self) -> Answers:
        """Return where every module question leads in this tree, after `links` has been read."""
        return {**self._answers, **self.asked}

    @cached_property
    def _names(self) -> set[Asked]:
        found = set()
        for path in self.changed | self.gone:
            before: Mapping[str, bytes] = {}
            if path in self.before.linked:
                facts = self.before.facts(path, self.before.linked[path])
                if facts is None:
                    raise FactsGone(path)
                before = interface_of(facts)
            after = interface_of(self.tree.facts(path)) if path in self.changed else {}
            found |= {Asked(path, name) for name in changed_names(before, after)}
        return found

    @cached_property
    def _presence(self) -> set[Asked]:
        paths = {path for path, _ in self.before.others.items() ^ self.others.items()}
        return {Asked(path, name) for path in paths for name in (PRESENCE, STAR)}

    @cached_property
    def _answers(self) -> Answers:
        known = self.before.answers()
        families = {family_of(language) for _, language in self.tree.keys.values()}
        asked_anew = families & (LINKERS.keys() if self._may_lead_elsewhere else self._families_by_name)
        linkers = {family: self.tree.linker(family) for family in asked_anew}
        return {
            (family, key): linkers[family].answer(key) if family in linkers else path
            for (family, key), path in known.items()
        }

    @cached_property
    def _modules(self) -> set[Asked]:
        if not self._may_lead_elsewhere and not self._families_by_name:
            return set()
        known = self.before.answers()
        return {Asked("", key) for (family, key), path in self._answers.items() if known[family, key] != path}

    @cached_property
    def _families_by_name(self) -> Set[str]:
        """The families whose module questions name what files define, where a changed file defines something else."""
        named = {question.path for question in self._names}
        return BY_NAME if any(self.tree.family(path) in BY_NAME for path in named & self.changed) else frozenset()

    @cached_property
    def _may_lead_elsewhere(self) -> bool:
        """Whether a file came or went, or something changed that linkers may read as configuration."""
        if self.gone or self.changed - self.before.linked.keys():
            return True
        others = {path for path, _ in self.before.others.items() ^ self.others.items()}
        return any(not path.endswith(_PROSE) for path in others) or any(
            path.endswith(_PROGRAMS_THAT_CONFIGURE) for path in self.changed
        )


def others_of(tree: CodeTree) -> Mapping[str, str]:
    """Return the object id of every file of a tree that has no facts."""
    return {path: entry.oid for path, entry in tree.entries.items() if path not in tree.keys}


def linked_files(
    tree: CodeTree, paths: Set[str] | list[str], asked: dict[tuple[str, str], str], progress: Progress | None = None
) -> Iterator[tuple[str, LinkedFile]]:
    """Yield (blob id, linked file) for files of a tree; where their module questions lead is added to `asked`.

    Who asked a file anything has asked whether it is there: that is what bears on all its names.
    """
    for number, path in enumerate(paths):
        if progress is not None:
            progress("linking", number, len(paths))
        linked = tree.link(path)
        family = tree.family(path)
        for question in linked.asked:
            if not question.path and (family, question.name) not in asked:
                asked[family, question.name] = tree.linker(family).answer(question.name)
        presence = {Asked(question.path, PRESENCE) for question in linked.asked if question.path}
        yield tree.keys[path][0], linked._replace(asked=linked.asked | presence)
