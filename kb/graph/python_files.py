"""The facts of one Python file, arranged for looking things up."""

from __future__ import annotations

from functools import cached_property

from kb.facts.model import Definition, Facts, Flag, Import, Kind, ParameterKind, Role, ScopeKind, Status
from kb.graph.model import Sure
from kb.graph.python_values import CLASS, INSTANCE, Found, Founds, Value
from kb.graph.scopes import FileScopes, Row

CLASSES = frozenset({Kind.CLASS, Kind.ENUM, Kind.INTERFACE, Kind.STRUCT})
FUNCTIONS = frozenset({Kind.FUNCTION, Kind.METHOD})
_TRICKS = frozenset({"setattr", "vars", "locals", "exec", "eval"})
LIKE_CLASSMETHODS = frozenset({"__init_subclass__", "__class_getitem__"})
_CLASSMETHOD = Flag.CLASSMETHOD.value
_STATIC = Flag.STATIC.value
_TRUSTED = frozenset(
    {"staticmethod", "classmethod", "property", "abstractmethod", "override", "final", "overload", "cached_property"}
    | {"lru_cache", "lru_cache()", "cache", "abstractproperty", "abstractclassmethod", "abstractstaticmethod", "setter"}
    | {"getter", "deleter", "wraps()", "deprecated()", "runtime_checkable", "total_ordering", "no_type_check", "unique"}
    | {"skip()", "skipIf()", "skipUnless()", "expectedFailure", "dataclass", "dataclass()", "verify()"}
)


class PythonFile:
    """One file: its scopes, its classes' members, its definitions by qualified name."""

    def __init__(self, path: str, facts: Facts) -> None:
        self.path, self.facts = path, facts
        self.scopes = FileScopes(facts)
        self.is_init = path.endswith(("/__init__.py", "/__init__.pyi")) or path in ("__init__.py", "__init__.pyi")
        self.whole = facts.status is Status.WHOLE
        self.dynamic = bool(facts.dynamic)

    @cached_property
    def definitions(self) -> dict[str, list[Definition]]:
        """Every definition by qualified name."""
        rows: dict[str, list[Definition]] = {}
        for row in self.facts.definitions:
            rows.setdefault(row.qualified, []).append(row)
        return rows

    @cached_property
    def stars(self) -> tuple[Import, ...]:
        """The star imports, in order."""
        return tuple(row for row in self.facts.imports if row.name == "*")

    @cached_property
    def exported(self) -> frozenset[str] | None:
        """What `__all__` lists; None if there is no such list that can be read."""
        return frozenset(row.name for row in self.facts.exports) if self.facts.exports_known else None

    @cached_property
    def members(self) -> dict[str, dict[str, list[Row]]]:
        """What each class binds in its body and through `self`, by the class's qualified name."""
        members: dict[str, dict[str, list[Row]]] = {}
        scopes, tables = self.facts.scopes, self.scopes.tables
        for at, scope in enumerate(scopes):
            if scope.kind is ScopeKind.CLASS:
                mine = members.setdefault(scope.qualified, {})
                for name, rows in tables[at].items():
                    mine.setdefault(name, []).extend(rows)
        for row in self.scopes.attributes:
            members[scopes[row.scope].qualified].setdefault(row.name, []).append(row)
        return members

    @cached_property
    def loose(self) -> bool:
        """Whether code of the file sets attributes by names that are worked out; nobody can say of what."""
        chains = {row.chain for row in self.facts.calls} | {row.chain for row in self.facts.uses}
        return not _TRICKS.isdisjoint(chains) or any("__dict__" in one or "__setattr__" in one for one in chains)

    @cached_property
    def written(self) -> frozenset[str]:
        """The last names of everything that is assigned to by a chain, `x.name = ...`."""
        writes = (use.chain for use in self.facts.uses if use.role is not Role.READ and use.role is not Role.TYPE)
        return frozenset(chain.rpartition(".")[2] for chain in writes if "." in chain)

    @cached_property
    def is_made_up(self) -> bool:
        """Whether the module fills itself in a way that its names do not show."""
        return "__getattr__" in self.definitions or any(call.chain.endswith("initpkg") for call in self.facts.calls)

    @cached_property
    def handed(self) -> frozenset[str]:
        """The names that the module's own code hands to something: a class among them may be given attributes."""
        bases = {base for row in self.facts.definitions for base in row.bases}
        return frozenset(use.chain for use in self.facts.uses if not use.scope and use.role is Role.READ) - bases

    @cached_property
    def other_supers(self) -> frozenset[int]:
        """The scopes of methods in which `super(X, self)` may name another class than the one around it."""
        named = {(use.scope, use.chain) for use in self.facts.uses}
        found = set()
        for call in self.facts.calls:
            if call.chain == "super" and call.positional:
                around = self.scopes.enclosing_class(call.scope)
                own = self.facts.scopes[around].qualified.rpartition(".")[2] if around >= 0 else ""
                if (call.scope, own) not in named and (call.scope, "self.__class__") not in named:
                    found.add(call.scope)
        return frozenset(found)

    @cached_property
    def gathering(self) -> dict[tuple[int, str], ParameterKind]:
        """The parameters that take several arguments, `*args` and `**kwargs`, by scope and name."""
        return {
            (row.inner, one.name): one.kind
            for row in self.facts.definitions
            if row.signature is not None
            for one in row.signature.parameters
            if one.kind is ParameterKind.REST or one.kind is ParameterKind.KEYWORDS
        }

    @cached_property
    def receivers(self) -> dict[int, dict[str, Founds]]:
        """What the first parameter of each method stands for, by the scope of the method's body."""
        found: dict[int, dict[str, Founds]] = {}
        for row in self.facts.definitions:
            if row.kind is not Kind.METHOD or row.inner < 0 or row.signature is None or not row.signature.parameters:
                continue
            if row.flags & _STATIC and row.name != "__new__":
                continue
            is_class = row.flags & _CLASSMETHOD or row.name in LIKE_CLASSMETHODS or row.name == "__new__"
            worth = Value(CLASS if is_class else INSTANCE, self.path, row.qualified.rpartition(".")[0])
            found[row.inner] = {row.signature.parameters[0].name: (Found(worth, sure=Sure.MRO),)}
        return found


def is_trusted(row: Definition) -> bool:
    """Return whether nothing unknown wraps a definition, so that it is called as it is written."""
    return not row.decorators or all(
        chain.rpartition(".")[2] in _TRUSTED or is_context(chain) for chain in row.decorators
    )


def is_context(decorator: str) -> bool:
    """Return whether a decorator makes a generator into something for a `with` statement."""
    return decorator.rpartition(".")[2] in ("contextmanager", "asynccontextmanager")
