"""The classes of a tree by name: what an instance can have that its class does not show."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from checks.static.ty_bindings import may_bind
from checks.static.ty_tree import Tree
from kb.source import Source

CLASS = re.compile(r"^[ \t]*class\s+(\w+)\s*(?:\[[^\]\n]*\])?\s*(?:\(([^)]{0,999})\))?\s*:", re.M)
PLAIN_BASES = frozenset({"", "object", "ABC", "Generic", "Protocol"})  # they bring no attributes that people use
DYNAMIC = re.compile(r"\b(__getattr__|__getattribute__|__dict__|setattr|vars|__class__\s*=|metaclass|__metaclass__)\b")
MEANT_TO_BE_MIXED = re.compile(r"mixin|base|abstract|interface|protocol", re.I)


@dataclass(frozen=True)
class Classes:
    """The classes of one tree; two of one name count as one that has the bases of both."""

    tree: Tree

    @cached_property
    def bases(self) -> Mapping[str, frozenset[str]]:
        """Return the names of the bases of every class name."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for path in sorted(self.tree.files):
            source = self.tree.source(path)
            for name, listed in CLASS.findall(source.text) if b"class" in source.data else ():
                found[name] |= {base.strip().split("[")[0].rpartition(".")[2] for base in listed.split(",")}
        return {name: frozenset(bases - PLAIN_BASES) for name, bases in found.items()}

    def is_whole(self, name: str) -> bool:
        """Return whether a class and all that it inherits from is defined in this tree, however often."""
        return bool(name) and all(one in self.bases for one in self._above({name}))

    def surely_lacks(self, name: str, attribute: str) -> bool:
        """Return whether no instance of a class can have an attribute: nothing that knows the class binds it.

        Asked are the files that speak of the class, of what it inherits from, of what inherits from it and of
        what that inherits from; and, for what is set from outside, all others.
        """
        below = {one for one in self.bases if name in self._above({one})}
        family = self._above({name} | below)
        if not self.is_whole(name) or not all(one in self.bases for one in family):
            return False
        if MEANT_TO_BE_MIXED.search(name) or not self._is_made(name):
            return False
        speaks = re.compile(r"\b(" + "|".join(sorted(map(re.escape, family))) + r")\b")
        from_outside = re.compile(rf"(?<!\bself)(?<!\bcls)\.{attribute}\s*(:[^=\n]*)?=(?!=)|[\"']{attribute}[\"']")
        for path in self.tree.files:
            source = self.tree.source(path)
            if attribute.encode() in source.data and from_outside.search(source.text):
                return False
            if speaks.search(source.text) and (may_bind(source, attribute) or _is_dynamic(source, family)):
                return False
        return True

    def _above(self, names: Iterable[str]) -> frozenset[str]:
        """Return these classes and all that they inherit from."""
        seen: set[str] = set()
        waiting = list(names)
        while waiting:
            one = waiting.pop()
            if one not in seen:
                seen.add(one)
                waiting += self.bases.get(one, ())
        return frozenset(seen)

    def _is_made(self, name: str) -> bool:
        """Return whether something in the tree makes an instance of the class itself."""
        made = re.compile(rf"(?<!class )\b{re.escape(name)}\(")
        return any(made.search(source.text) for source in self.tree.sources_with(name))


def _is_dynamic(source: Source, family: Iterable[str]) -> bool:
    """Return whether a file defines one of the classes and gives attributes to objects by other ways."""
    defined = {name for name, _ in CLASS.findall(source.text)}
    return not defined.isdisjoint(family) and DYNAMIC.search(source.text) is not None
