"""Tells what is surely not there from what is merely not understood, in one Python file."""

from __future__ import annotations

import re
from functools import cached_property

from kb.facts.model import Call, Definition, Export, Flag, Import, Role, ScopeKind, Use
from kb.graph.build import LinkedFileBuilder
from kb.graph.model import Asked, Want
from kb.graph.python_builtins import NEVER_MISSING, OBJECT_ATTRIBUTES
from kb.graph.python_files import CLASSES, PythonFile, is_trusted
from kb.graph.python_modules import Found as PlaceKind
from kb.graph.python_modules import Place, folder_of
from kb.graph.python_resolve import Resolver
from kb.graph.python_values import CLASS, INSTANCE, MODULE, UNKNOWN, Founds

_GUARDED, _FALLBACK = Flag.GUARDED.value, Flag.FALLBACK.value
_TYPING, _CONDITIONAL = Flag.TYPING.value, Flag.CONDITIONAL.value
_DOUBTFUL_IMPORT = _GUARDED | _FALLBACK | _TYPING | _CONDITIONAL
_SPECIAL = re.compile(r"__|_[A-Za-z0-9]\w*__\w")  # Python's own; `self.__x`, and what it is called from outside
_LOOKS = frozenset({"hasattr", "isinstance", "issubclass", "callable", "getattr"})
_REASONS = {
    "absent": "dynamic",
    "unbound": "dynamic",
    "missing": "external",
}  # how a lookup that failed reads in an `Unknown`


class Misses:
    """Decides, for one file, whether a lookup that found nothing is a miss; writes it down either way."""

    def __init__(self, resolver: Resolver, file: PythonFile, builder: LinkedFileBuilder) -> None:
        self._resolver, self._file, self._builder = resolver, file, builder
        self._written = {use.chain for use in file.facts.uses if use.role is not Role.READ and "." in use.chain}

    def of_module(self, row: Import, place: Place) -> None:
        """Write down an import of a module that was not found."""
        name = "." * row.level + row.module
        sure = place.found is PlaceKind.MISSING and not row.flags & _DOUBTFUL_IMPORT and self._file.path.endswith(".py")
        if sure and not self._may_be_elsewhere(row):
            self._builder.miss(Want.MODULE, name, name, "", row.scope, row.line, row.start, row.flags)
        elif place.found is not PlaceKind.OUTSIDE:
            self._builder.unknown(name, "ambiguous", row.scope, row.line, row.start)

    def _may_be_elsewhere(self, row: Import) -> bool:
        """Return whether a package on the way to a module extends its own path, or makes modules up."""
        parts = row.module.split(".")
        folder = folder_of(self._file.path)
        for count in range(1 if not row.level else 0, len(parts)):
            name = "." * row.level + ".".join(parts[:count])
            self._resolver.memo.ask(Asked("", f"{name}@{folder}"))
            path = self._resolver.modules.place(name, folder).path
            if path.endswith(("/__init__.py", "/__init__.pyi")) or path == "__init__.py":
                self._resolver.memo.ask(Asked(path, "__path__"))
                other = self._resolver.file(path)
                if not other.whole or other.dynamic or "__path__" in other.definitions:
                    return True
        return False

    def of_member(self, row: Import, path: str, found: Founds) -> None:
        """Write down a name that an import asks a file of the tree for in vain."""
        reason = found[0].value.name
        ours = row.level > 0 or row.module.partition(".")[0] not in self._resolver.modules.declared
        sure = reason == "absent" and ours and not row.flags & _DOUBTFUL_IMPORT and self._lacks(path, row.name)
        if sure:
            self._builder.miss(Want.MEMBER, row.name, row.name, path, row.scope, row.line, row.start, row.flags)
        else:
            self._unknown(row.name, reason, row.scope, row.line, row.start)

    def _lacks(self, path: str, name: str) -> bool:
        """Return whether a module that has no such name can also not come to have it."""
        if not self._file.path.endswith(".py"):
            return False  # a stub asks other stubs, which we do not prefer
        if name in NEVER_MISSING or (name.startswith("__") and name.endswith("__")) or not path.endswith(".py"):
            return False
        self._resolver.memo.ask(Asked(path, "*"))
        other = self._resolver.file(path)
        if name in other.written or other.is_made_up:
            return False
        if not other.is_init:
            return True
        folder = folder_of(path)
        self._resolver.memo.ask(Asked("", f".{name}@{folder}"))
        generated = self._resolver.modules.place(f".{name}", folder).found is not PlaceKind.MISSING
        return not generated and "__path__" not in other.definitions

    def of_export(self, row: Export, found: Founds) -> None:
        """Write down a name that `__all__` lists and the file does not have."""
        if found[0].value.name == "absent" and not row.flags and self._lacks(self._file.path, row.name):
            self._builder.miss(Want.NAME, row.name, row.name, "", 0, row.line, row.start, Flag.EXPORTED.value)

    def of_write(self, row: Use) -> None:
        """Write down that a name is given to something that does not have it, or is not known."""
        self._builder.unknown(row.chain, "written", row.scope, row.line, row.start)

    def of_step(self, row: Call | Use, steps: tuple[str, ...], found: list[Founds], at: int) -> None:
        """Write down that step `at` of a chain found nothing; steps before it did."""
        one = found[at][0]
        is_call = type(row) is Call
        if one.value.name == ("absent" if at else "unbound") and not row.flags & (_GUARDED | _FALLBACK):
            want, inside = self._missing(row, steps, found, at)
            if want is not None:
                self._builder.miss(want, steps[at], row.chain, inside, row.scope, row.line, row.start, row.flags)
                return
        if at or one.value.name != "type":
            self._unknown(row.chain, one.value.name, row.scope, row.line, row.start, is_call=is_call)

    def _missing(
        self, row: Call | Use, steps: tuple[str, ...], found: list[Founds], at: int
    ) -> tuple[Want | None, str]:
        name = steps[at]
        if not at:
            quoted = row.flags & _TYPING  # `Float[Array, "batch n"]` reads like names and is none
            return (Want.NAME, "") if not quoted and self._is_nowhere(name, row.scope) else (None, "")
        before = found[at - 1]
        if len(before) != 1 or before[0].flags & _CONDITIONAL or ".".join(steps[: at + 1]) in self._written:
            return None, ""
        of = before[0].value
        if of.kind == MODULE and of.path and self._lacks(of.path, name):
            return Want.MEMBER, of.path
        if of.kind not in (CLASS, INSTANCE) or name in OBJECT_ATTRIBUTES or _SPECIAL.match(name):
            return None, ""
        firm = at == 1 and (
            self._is_receiver(row.scope, steps[0])
            or (of.kind == CLASS and before[0].name == of.name)
            or self._is_one_object(row.scope, steps[0])
        )
        if (
            firm
            and name not in self._file.written
            and not self._is_looked_at(row.scope, steps[0])
            and self.is_closed(of.path, of.name)
        ):
            return Want.ATTRIBUTE, f"{of.path}::{of.name}"
        return None, ""

    def _is_nowhere(self, name: str, scope: int) -> bool:
        """Return whether a name that no scope binds is not put there in a way that scopes do not show."""
        if name in NEVER_MISSING or not self._file.whole or self._file.dynamic:
            return False
        if any(name == word.rpartition(" ")[2] for one in self._file.facts.scopes for word in one.outer):
            return False
        around, tables = self._file.facts.scopes[scope], self._file.scopes.tables
        if (
            around.kind is ScopeKind.CLASS
            and not self._resolver.families.family(self._file.path, around.qualified).complete
        ):
            return False  # a metaclass may prepare names
        while (scope := self._file.scopes.enclosing_class(scope)) >= 0:
            if name in tables[scope]:
                return False  # an error, but one that a class's own machinery may turn into something else
            scope = self._file.facts.scopes[scope].parent
        return True

    def _is_looked_at(self, scope: int, name: str) -> bool:
        """Return whether code around a place asks what a thing is or has."""
        return (scope, name) in self._bare and scope in self._looking

    @cached_property
    def _bare(self) -> frozenset[tuple[int, str]]:
        return frozenset((use.scope, use.chain) for use in self._file.facts.uses if "." not in use.chain)

    @cached_property
    def _looking(self) -> frozenset[int]:
        return frozenset(call.scope for call in self._file.facts.calls if call.chain in _LOOKS)

    def _is_receiver(self, scope: int, name: str) -> bool:
        bound = self._file.scopes.bound(name, scope)
        return bound is not None and len(bound[1]) == 1 and name in self._file.receivers.get(bound[0], ())

    def _is_one_object(self, scope: int, name: str) -> bool:
        """Return whether a name is a local variable that is set once, to a call of a class."""
        bound = self._file.scopes.bound(name, scope)
        if not bound or bound[0] == 0 or len(bound[1]) != 1:
            return False
        row = bound[1][0]
        if isinstance(row, Import | Definition) or not row.value.endswith("()") or row.annotation:
            return False
        made = self._resolver.walk(self._file.path, row.scope, row.value.removesuffix("()"))[-1]
        return len(made) == 1 and made[0].value.kind == CLASS and made[0].name == made[0].value.name

    def is_closed(self, path: str, name: str) -> bool:
        """Return whether all attributes of a class and its bases can be read off their source."""
        family = self._resolver.families.family(path, name)
        if not family.complete or (len(family.classes) == 1 and not self._resolver.file(path).members.get(name)):
            return False  # a class without members is there to be given some
        return all(self._is_plain(*one) for one in family.classes)

    def _is_plain(self, path: str, name: str) -> bool:
        file = self._resolver.file(path)
        rows = [row for row in file.definitions.get(name, ()) if row.kind in CLASSES]
        if name.endswith("Mixin") or file.loose or name in file.handed:
            return False
        return all(is_trusted(row) for row in rows)

    def _unknown(self, chain: str, reason: str, scope: int, line: int, start: int, *, is_call: bool = False) -> None:
        said = _REASONS.get(reason, reason)
        self._builder.unknown(chain, said, scope, line, start, is_call=is_call)


def is_lost(found: Founds) -> bool:
    """Return whether a lookup found neither a value nor a node."""
    return found[0].value.kind == UNKNOWN and not found[0].path
