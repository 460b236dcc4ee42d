"""One file as names are looked up in it: its scopes, what is unbound again, and what is used and bound by nothing."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Final

from kb.facts.extract import EXTRACTORS
from kb.facts.model import Facts, Flag, Role, Scope, ScopeKind, Status
from kb.graph.javascript_files import JavaScriptFile
from kb.graph.python_builtins import BUILTINS
from kb.graph.scopes import FileScopes
from kb.source import Source, Span
from kb.syntax.parse import Tree, Unparsed, parse
from models.constraints.names_javascript import LANGUAGE_NAMES, PLATFORM_NAMES, TYPE_NAMES
from models.constraints.names_model import Name
from models.constraints.names_python import Lost, lost_in, outside_of
from models.constraints.names_rows import Row
from models.constraints.names_stars import starred

if TYPE_CHECKING:
    from kb.graph.code import Code

JAVASCRIPT: Final = frozenset({"javascript", "typescript", "tsx"})
_MODULE_NAMES = "__builtins__ __doc__ __file__ __loader__ __name__ __package__ __spec__ __path__ __debug__"
PYTHON_NAMES: Final = (frozenset(dir(builtins)) & BUILTINS) | frozenset(_MODULE_NAMES.split())
_MAKES_NAMES: Final = frozenset(
    {"exec", "execfile", "globals()", "locals()", "vars()", "setattr", "sys.modules", "with"}
)
_TYPING: Final = Flag.TYPING.value


@lru_cache(maxsize=4)
def facts_in(data: bytes, language: str) -> Facts:
    """Return the facts of a file's bytes; the last few files are remembered. Never raises."""
    if language not in EXTRACTORS:
        return Facts(language, Status.UNREAD)
    try:
        facts: Facts = import_module(EXTRACTORS[language]).extract(data, language)
    except (Unparsed, RecursionError) as reason:
        return Facts(language, Status.UNREAD, trouble=str(reason))
    return facts


class FileNames:
    """One file as names are looked up in it."""

    def __init__(self, source: Source, language: str, code: Code | None) -> None:
        self.language = language
        self.facts = facts_in(source.data, language)
        self.is_python = language == "python"
        self.known = self.facts.status is Status.WHOLE and not any(
            word in _MAKES_NAMES or word.endswith("__dict__") for word in self.facts.dynamic
        )
        self.stars: Mapping[str, Name] | None = {}
        if self.is_python and any(row.name == "*" for row in self.facts.imports):
            self.stars = starred(self.facts, source.path, code)
        self.source, self.code = source, code
        self._scopes = FileScopes(self.facts) if self.is_python else None
        self._file = None if self.is_python else JavaScriptFile(source.path, self.facts)
        self.lost: tuple[Lost, ...] = ()
        if self.is_python and self.known and (b" as " in source.data or b"del " in source.data):
            self.lost = tuple(lost_in(self._tree))

    @cached_property
    def _tree(self) -> Tree:
        return parse(self.source.data, self.language)

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """Return the scopes, the module's first."""
        return self.facts.scopes

    def scope_at(self, offset: int) -> int:
        """Return the scope in whose names code at an offset is read."""
        if self._scopes is None:
            return self._file.scope_at(offset) if self._file is not None else 0
        scope = self._scopes.scope_at(offset)
        hidden = outside_of(self._tree, offset) if scope else None
        while hidden is not None and scope > 0 and self._lies_in(scope, hidden):
            scope = self.scopes[scope].parent
        return scope

    def _lies_in(self, scope: int, span: Span) -> bool:
        row = self.scopes[scope]
        return span.start <= row.start and row.end <= span.end

    def bound(self, name: str, scope: int) -> tuple[int, list[Row]] | None:
        """Return the scope that binds a name as seen from another, with the rows that do."""
        if self._scopes is not None:
            return self._scopes.bound(name, scope)
        while self._file is not None and scope >= 0:
            rows = self._file.bound[scope].get(name)
            if rows:
                return scope, list(rows)
            scope = self.scopes[scope].parent
        return None

    def words(self, scope: int) -> Iterator[str]:
        """Yield every name that some scope around binds, whether it is seen or not."""
        tables = self._scopes.tables if self._scopes is not None else self._file.bound if self._file else []
        while 0 <= scope < len(tables):
            yield from tables[scope]
            scope = self.scopes[scope].parent

    def alive(self, rows: list[Row], bound_in: int, offset: int, scope: int) -> list[Row]:
        """Return the rows by which a name is still bound at an offset."""
        if not self.lost:
            return rows
        name = rows[0].name if not hasattr(rows[0], "alias") else rows[0].alias
        lost = [one for one in self.lost if one.name == name and any(row.start == one.at for row in rows)]
        kept = list(rows)
        for one in lost:
            if one.lives is not None and not one.lives.start <= offset < one.lives.end:
                kept = [row for row in kept if row.start != one.at]
            elif one.dead is not None:
                kept = [row for row in kept if row.start != one.at]
                again = any(row.start > one.at for row in kept)
                here = one.dead.start <= offset < one.dead.end and self._same_function(scope, bound_in)
                late = one.everywhere and not self._same_function(scope, bound_in)
                if (here or late) and not again:
                    return []
        return kept

    def _same_function(self, scope: int, other: int) -> bool:
        while scope != other and scope > 0 and self.scopes[scope].kind is not ScopeKind.FUNCTION:
            scope = self.scopes[scope].parent
        return scope == other

    def is_builtin(self, name: str) -> bool:
        """Return whether the language or a platform brings a name."""
        if self.is_python:
            return name in PYTHON_NAMES
        if name in LANGUAGE_NAMES or name in PLATFORM_NAMES:
            return True
        return name in TYPE_NAMES and self.language != "javascript"

    def free(self) -> Iterator[tuple[str, int, int]]:
        """Yield (name, where, scope) of every name that is used and that no scope, star or builtin binds."""
        for name, start, scope in self._roots():
            found = self.bound(name, scope)
            if found is not None and self.alive(found[1], found[0], start, scope):
                continue
            if not self.is_builtin(name) and name not in (self.stars or ()) and not self._is_implied(name, scope):
                yield name, start, scope

    def around(self, scope: int) -> Iterator[Scope]:
        """Yield a scope and those around it, the module's last."""
        while 0 <= scope < len(self.scopes):
            yield self.scopes[scope]
            scope = self.scopes[scope].parent

    def _is_implied(self, name: str, scope: int) -> bool:
        """Return whether the kind of scope binds a name: `arguments` in functions, `__class__` in methods."""
        kinds = {row.kind for row in self.around(scope)}
        if not self.is_python:
            return name in ("arguments", "new", "import") and ScopeKind.FUNCTION in kinds
        inside = ("__class__", "__qualname__", "__module__", "__annotations__", "__classcell__")
        return name in inside and (ScopeKind.CLASS in kinds or name == "__annotations__")

    def _roots(self) -> Iterator[tuple[str, int, int]]:
        for row in self.facts.calls:
            yield from self._root(row.chain, row.start, row.scope)
        for use in self.facts.uses:
            if use.role is Role.WRITE and self.is_python and "." not in use.chain:
                continue
            if use.role is Role.TYPE and use.flags & _TYPING and self.is_python:
                continue  # written as a string: may be a shape or a unit and no name
            yield from self._root(use.chain, use.start, use.scope)

    def _root(self, chain: str, start: int, scope: int) -> Iterator[tuple[str, int, int]]:
        root = chain.partition(".")[0].partition("(")[0].partition("[")[0].partition("^")[0]
        if root and root[0] not in "<?#" and root not in ("this", "super"):
            yield root, start, scope
