"""What in the change made ty speak: without such a cause we say nothing about what ty says.

A line that the change did not touch can only be broken from elsewhere: by a definition that the change
removed, or gave another signature. The finding then stands there, with the broken line as evidence. A line
that the change wrote is its own cause, and is told where this repository's own code shows that ty is right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property

from checks.change import Change
from checks.check import Rule
from checks.finding import Confidence, Evidence, Finding, Severity, Side
from checks.static.engine import Diagnostic
from checks.static.python_context import (
    expects_error,
    has_lazy_annotations,
    is_excused,
    is_for_types_only,
    is_guarded,
    is_in_annotation,
)
from checks.static.ruff_doubt import OF_PYTHON_2, PUT_IN_PLACE, name_in
from checks.static.ty_bindings import bindings, bound_somehow, may_bind
from checks.static.ty_classes import Classes
from checks.static.ty_names import may_come_from_elsewhere, meant_module, unswapped
from checks.static.ty_tree import Place, Tree
from kb.diff import FileDiff
from kb.source import Source

CALLEE = re.compile(r"(?:of|to) (?:function |bound method |method )?`([\w.<>]+)`")
PARAMETER = re.compile(
    r"parameters? ((?:`\w+`(?:, )?)+)|Argument `(\w+)`|Multiple values provided for parameter `(\w+)`"
)
OWNER = re.compile(r"^(?:Object of type `(?:Self@\w+|(?:type\[)?(\w+)\]?)`|Class `(\w+)`) has no attribute")
FINDERS = re.compile(r"\bsys\.(?:meta_path|path_hooks)\b")
MANGLED = re.compile(r"__|_[A-Za-z]\w*__\w")  # Python's own names, and private ones as seen from outside
NO_MODULE = re.compile(r"^Cannot resolve imported module `([^`]+)`")
NO_MEMBER = re.compile(r"^Module `([^`]+)` has no member `([^`]+)`")
ATTRIBUTE = re.compile(r"(?:has no attribute|no member) `(\w+)`|^Unresolved attribute `(\w+)`")


@dataclass(frozen=True)
class Causes:
    """Finds what in one change explains a diagnostic."""

    change: Change

    def in_dark(self, change: Change, said: Diagnostic) -> bool:
        """Return whether this can be said of a file that base could not parse: what one line alone shows."""
        if said.code == "unresolved-reference":
            source, name = self.head.source(said.path), name_in(said)
            return name not in OF_PYTHON_2 and not bound_somehow(source, name)
        return said.code == "import-not-found"

    def keep(self, change: Change, said: Diagnostic, rule: Rule) -> bool:
        """Return whether the line is one that must work: not meant to fail, not excused, not for types only."""
        source = change.source(said.path)
        if is_for_types_only(source, said.line) or expects_error(source, said.line):
            return False
        if is_excused(source, said.line):
            return said.code == "missing-attribute" and self._is_gone(said)
        if rule.slug == "import-resolves-nowhere":
            return not is_guarded(source, said.line)
        if rule.slug == "undefined-name":
            return not self._may_be_unevaluated(said, source) and not may_come_from_elsewhere(
                self.base, self.head, said.path, name_in(said)
            )
        return True

    def place(self, change: Change, said: Diagnostic, finding: Finding) -> Finding | None:
        """Return the finding where its cause is, None if the change does not explain it."""
        file = change.by_path.get(said.path)
        is_new_line = file is not None and said.line in file.added
        if said.code == "unresolved-reference":
            return finding if file is not None else None
        if said.code == "import-not-found":
            return self._import(said, finding, is_new_line)
        if said.code == "missing-attribute":
            return self._attribute(said, finding, is_new_line)
        return self._call(said, finding, is_new_line)

    def _may_be_unevaluated(self, said: Diagnostic, source: Source) -> bool:
        if name_in(said) in PUT_IN_PLACE | {""}:
            return True
        lazily = has_lazy_annotations(source) and is_in_annotation(source, said.line, said.column)
        return lazily or (is_guarded(source, said.line) and b"NameError" in source.data)

    def _call(self, said: Diagnostic, finding: Finding, is_new_line: bool) -> Finding | None:
        callee = CALLEE.search(said.message)
        if callee is None or callee.group(1).startswith("object."):
            return None
        name = callee.group(1)
        defined = [place for place in self.head.definitions(name, said.path) if not place.path.endswith(".pyi")]
        fits = [place for place in defined if _disagrees(said, place)]
        for place in fits:
            file = self.change.by_path.get(place.path)
            if file is not None and self._has_new_signature(file, place):
                return finding if is_new_line and place.path == said.path else self._anchored(finding, file, place)
        if is_new_line and fits:
            return _with(finding, fits[0])
        return None

    def _import(self, said: Diagnostic, finding: Finding, is_new_line: bool) -> Finding | None:
        if found := NO_MEMBER.match(said.message):
            return self._member(said, finding, is_new_line, found.group(1), found.group(2))
        found = NO_MODULE.match(said.message)
        if found is None:
            return None
        name = self.head.absolute(found.group(1), said.path)
        if moved := self._moved(name):
            return self._anchored(finding, *moved, removed=True)
        if not is_new_line or self._is_made_up(name):
            return None
        if self.head.is_ours(name) and not self.head.is_built(name):
            return finding
        meant = meant_module(self.base, self.head, self.head.source(said.path), said.line, name)
        if not meant:
            return None
        told = f"{finding.message}; this repository has `{meant}`"
        return replace(finding, message=told, severity=Severity.WARN, confidence=Confidence.MEDIUM)

    def _is_made_up(self, name: str) -> bool:
        """Return whether a package around a module puts its own finder between Python and the files."""
        parts = name.split(".")
        around = (path for count in range(1, len(parts)) for path in self.head.module(".".join(parts[:count])))
        return any(FINDERS.search(self.head.source(path).text) for path in around)

    def _moved(self, name: str) -> tuple[FileDiff, Place] | None:
        """Return the file that was this module at base, if the change took it away."""
        if self.head.module(name):
            return None
        for path in sorted(self.base.module(name)):
            file = self._by_old_path.get(path)
            if file is not None and (file.new is not None or not self.head.is_built(name)):
                return file, Place(path, 1, name, self.change.base_source(path).line(1))
        return None

    def _member(
        self, said: Diagnostic, finding: Finding, is_new_line: bool, module: str, member: str
    ) -> Finding | None:
        name = self.head.absolute(module, said.path)
        if said.code == "missing-attribute" and self.head.module(f"{name}.{member}"):
            return None  # a module that somebody else may import
        if moved := self._moved(f"{name}.{member}"):
            return self._anchored(finding, *moved, removed=True)
        if self.head.is_built(f"{name}.{member}"):
            return None
        if removed := self._removed(member, name):
            return self._anchored(finding, *removed, removed=True)
        if not is_new_line:
            return None
        return finding if self.head.surely_lacks(name, member) else self._slip(finding, member)

    def _attribute(self, said: Diagnostic, finding: Finding, is_new_line: bool) -> Finding | None:
        if found := NO_MEMBER.match(said.message):
            return self._member(said, finding, is_new_line, found.group(1), found.group(2))
        found = ATTRIBUTE.search(said.message)
        name = found.group(1) or found.group(2) if found else ""
        if not name or MANGLED.match(name):
            return None
        if removed := self._removed(name):
            return self._anchored(finding, *removed, removed=True)
        if not is_new_line:
            return None
        return finding if self._is_nowhere(said, name, finding.symbol) else self._slip(finding, name)

    def _slip(self, finding: Finding, name: str) -> Finding | None:
        """Return the finding if two letters of the name changed places."""
        meant = unswapped(self.base, self.head, name)
        return replace(finding, message=f"{finding.message}; `{meant}` is what other lines use") if meant else None

    def _is_gone(self, said: Diagnostic) -> bool:
        """Return whether the change removed an attribute so that nothing in the tree binds it any more."""
        found = ATTRIBUTE.search(said.message)
        name = found.group(1) or found.group(2) if found else ""
        if not name or MANGLED.match(name) or not self._removed(name):
            return False
        return not any(may_bind(source, name) for source in self.head.sources_with(name))

    def _is_nowhere(self, said: Diagnostic, name: str, symbol: str) -> bool:
        """Return whether a class of this tree is asked for what it cannot have, or for what nothing ever binds."""
        owner = OWNER.match(said.message)
        if owner is None:
            return False
        asked = owner.group(1) or owner.group(2) or "".join(symbol.split(".")[-2:-1])
        if not self.classes.is_whole(asked):
            return False
        bound = any(may_bind(source, name) for source in self.head.sources_with(name))
        return not bound or self.classes.surely_lacks(asked, name)

    def _removed(self, name: str, module: str = "") -> tuple[FileDiff, Place] | None:
        """Return where a changed file bound this name at base and nothing in it does at head."""
        near = self.base.module(module) if module else frozenset()
        files = sorted(self.change.files, key=lambda file: file.old_path not in near)
        for file in files:
            if file.old is None or file.old.path not in self.base.files or file.binary or file.unread:
                continue
            before = bindings(self.base.source(file.old.path), name)
            if not before or self._still_binds(file, name, loosely=not module):
                continue
            line, text = before[0]
            return file, Place(file.old.path, line, name, text)
        return None

    def _still_binds(self, file: FileDiff, name: str, *, loosely: bool) -> bool:
        if file.new is None or file.new.path not in self.head.files:
            return False
        source = self.head.source(file.new.path)
        return may_bind(source, name) if loosely else bool(bindings(source, name))

    def _has_new_signature(self, file: FileDiff, place: Place) -> bool:
        """Return whether the change touched the definition's head: decorators, name or parameters."""
        if file.old is None:
            return True
        old = [one for one in self.base.definitions(place.name, file.old_path) if one.path == file.old_path]
        return bool(old) and all(one.signature != place.signature for one in old)

    def _anchored(self, finding: Finding, file: FileDiff, place: Place, *, removed: bool = False) -> Finding:
        """Return the finding at the definition that the change removed or changed."""
        line = place.line
        if not removed:
            line = next((n for n in range(place.line, place.last + 1) if n in file.added), place.line)
        caller = Evidence("caller", finding.path, finding.line, finding.text)
        definition = Evidence("definition", place.path, line, place.text)
        return replace(
            finding,
            path=file.path,
            line=line,
            end_line=line,
            side=Side.LEFT if removed else Side.RIGHT,
            message=f"{finding.message} ({finding.path}:{finding.line})",
            text=place.text.strip(),
            symbol=place.name,
            evidence=(*finding.evidence, caller, definition),
        )

    @cached_property
    def head(self) -> Tree:
        """Return what is known about the head tree's modules and definitions."""
        return Tree(self.change.head)

    @cached_property
    def classes(self) -> Classes:
        """Return the classes of the head tree."""
        return Classes(self.head)

    @cached_property
    def base(self) -> Tree:
        """Return the same of the base tree."""
        return Tree(self.change.base)

    @cached_property
    def _by_old_path(self) -> dict[str, FileDiff]:
        return {file.old_path: file for file in self.change.files if file.old is not None}


def _with(finding: Finding, place: Place) -> Finding:
    definition = Evidence("definition", place.path, place.line, place.text)
    return replace(finding, evidence=(*finding.evidence, definition))


def _disagrees(said: Diagnostic, place: Place) -> bool:
    """Return whether the definition's text bears out what ty says about the call."""
    words = set(re.findall(r"\w+", place.signature))
    named = {name for groups in PARAMETER.findall(said.message) for text in groups for name in re.findall(r"\w+", text)}
    if said.code == "unknown-argument":
        return not named & words and "**" not in place.signature
    if said.code == "too-many-positional-arguments":
        return re.search(r"[(,]\s*\*\w", place.signature) is None
    optional = re.findall(r"(\w+)\s*(?::[^,=]*)?=", place.signature)
    return named <= words and (said.code != "missing-argument" or not named & set(optional))
