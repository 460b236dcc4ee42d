"""Links C, C++, C#, Go, Java, Kotlin, PHP, Ruby, Rust, Swift and Zig: what their own rules of scope make certain.

A call on a value whose type is not declared is an Unknown. A name of another file is an edge only where the language
makes it visible and it is defined once. Nothing is ever missing here but a Zig file that is imported by its path.
"""

from __future__ import annotations

from kb.facts.model import Call, Definition, Flag, Import, Kind, Status, Use
from kb.graph.build import LinkedFileBuilder
from kb.graph.model import EdgeKind, LinkedFile, Sure, Want, node_id
from kb.graph.other_files import File
from kb.graph.other_imports import files_of, names_of
from kb.graph.other_lookup import Lookup
from kb.graph.other_names import Place, is_approximate
from kb.graph.other_resolve import Resolver
from kb.graph.other_values import CLASSES, FUNCTIONS, Value, called_place, only
from kb.graph.tree import Tree

_NEW, _BOUND, _STATIC, _PRIVATE = Flag.NEW.value, Flag.BOUND.value, Flag.STATIC.value, Flag.PRIVATE.value
_OVERRIDE, _ABSTRACT = Flag.OVERRIDE.value, Flag.ABSTRACT.value
_ONLY_BY_NEW = frozenset({"java", "php", "csharp"})  # a class is called by `new` alone
_SAYS_SO = frozenset({"cpp", "csharp", "kotlin", "swift"})  # a method overrides only where it or its base says so
_CONSTRUCTORS = frozenset({"<init>", "init", "__construct", "initialize", "deinit", "new"})


class OtherLinker:
    """The linker of these languages for one tree."""

    def __init__(self, tree: Tree) -> None:
        self._lookup = Lookup(tree)
        self._resolver = Resolver(self._lookup)

    def link(self, path: str) -> LinkedFile:
        """Return the nodes of a file and where its references lead."""
        self._lookup.asked = set()
        self._resolver.forget()
        file = self._lookup.file(path)
        builder = LinkedFileBuilder(path, file.facts)
        if file.facts.status is not Status.UNREAD:
            _FileLinker(self._resolver, file, builder).run()
        builder.asked |= self._lookup.asked
        return builder.done()

    def answer(self, module: str) -> str:
        """Return where a key leads: text that differs whenever links through it may differ, "" for nowhere.

        Keys are full names, so answers change with what files define, not only with which files there are.
        """
        return self._lookup.answer(module)


class _FileLinker:
    def __init__(self, resolver: Resolver, file: File, builder: LinkedFileBuilder) -> None:
        self._resolver, self._file, self._builder = resolver, file, builder
        self._language, self._rules = file.facts.language, file.rules
        self._said: set[tuple[str, int]] = set()  # unknown uses, told once for each node that has them

    def run(self) -> None:
        self._resolver.lookup.ask(f"space|{self._rules.group}|{self._file.path}")
        for imported in self._file.facts.imports:
            self._import(imported)
        for row in self._file.facts.definitions:
            if row.bases:
                self._inherits(row)
            if row.kind is Kind.METHOD and self._may_override(row):
                self._overrides(row)
        for call in self._file.facts.calls:
            self._call(call)
        for use in self._file.facts.uses:
            self._use(use)

    # ---- imports

    def _import(self, row: Import) -> None:
        targets = files_of(self._resolver, self._file, row)
        for path in targets.paths:
            if path != self._file.path:
                self._imports(row, node_id(path, ""), Sure.IMPORT)
        for place in names_of(self._resolver, self._file, row):
            self._imports(row, node_id(place.path, place.symbol.qualified), self._sure(place, Sure.IMPORT))
        if targets.outside:
            self._imports(row, self._builder.module(targets.outside), Sure.IMPORT)
        if targets.missing and self._file.facts.status is Status.WHOLE:
            self._builder.miss(Want.MODULE, targets.missing, row.module, "", row.scope, row.line, row.start, row.flags)

    def _imports(self, row: Import, dst: int, sure: Sure) -> None:
        self._builder.edge(self._builder.file, EdgeKind.IMPORTS, dst, row.line, row.start, sure, "", row.flags)

    # ---- types

    def _inherits(self, row: Definition) -> None:
        src = node_id(self._file.path, row.qualified)
        for chain in row.bases:
            found = self._resolver.type_named(self._file, row.scope, chain)
            place = only(self._resolver.places_of(self._file, found)) if not found.is_lost else found.reason
            if isinstance(place, str):
                self._builder.unknown(chain, place, row.scope, row.line, row.name_start)
                continue
            dst = node_id(place.path, place.symbol.qualified)
            sure = self._sure(place, found.sure)
            self._builder.edge(src, EdgeKind.INHERITS, dst, row.line, row.name_start, sure)

    def _may_override(self, row: Definition) -> bool:
        if row.name in _CONSTRUCTORS or row.flags & (_STATIC | _PRIVATE) or self._language in ("go", "zig"):
            return False
        return "." in row.qualified and not row.name.startswith("~")

    def _overrides(self, row: Definition) -> None:
        owner = f"{self._file.space}{row.qualified.rpartition('.')[0]}."
        places, _ = self._resolver.members.of(self._file, owner, row.name, after=True)
        wanted = len(row.signature.parameters) if row.signature else 0
        for place in places:
            symbol = place.symbol
            same = not self._rules.overloads or (symbol.kind in FUNCTIONS and wanted in (symbol.least, symbol.most))
            told = row.flags & _OVERRIDE or symbol.flags & _ABSTRACT or self._language not in _SAYS_SO
            if same and told and symbol.kind in FUNCTIONS and not symbol.flags & (_STATIC | _PRIVATE):
                src, dst = node_id(self._file.path, row.qualified), node_id(place.path, symbol.qualified)
                self._builder.edge(src, EdgeKind.OVERRIDES, dst, row.line, row.name_start, Sure.MRO, "", row.flags)

    # ---- calls and uses

    def _call(self, row: Call) -> None:
        values = self._resolver.walk(self._file, row.scope, row.chain, is_call=True)
        self._on_the_way(row, values)
        value = values[-1]
        if value.is_lost:
            self._unknown(row, value.reason)
            return
        places = self._resolver.places_of(self._file, value)
        place = called_place(places, row, overloads=self._rules.overloads)
        if isinstance(place, str):
            self._unknown(row, place)
            self._used(row, only(places), value)
            return
        if place.symbol.kind in CLASSES and self._language in _ONLY_BY_NEW and not self._makes(row):
            self._unknown(row, "type")
            return
        bound = _BOUND if place.symbol.has_self and len(values) > 1 and values[-2].how == "object" else 0
        dst = node_id(place.path, place.symbol.qualified)
        self._builder.call(row, dst, self._sure(place, value.sure), bound)

    def _makes(self, row: Call) -> bool:
        return bool(row.flags & _NEW) or row.chain in (*self._rules.this, *self._rules.parent)

    def _use(self, row: Use) -> None:
        is_word = row.chain.isidentifier() or row.chain.lstrip("$@").isidentifier()
        if is_word and self._is_local(row.scope, row.chain):
            return
        values = self._resolver.walk(self._file, row.scope, row.chain)
        self._on_the_way(row, values)
        value = values[-1]
        if value.is_lost:
            self._unknown(row, value.reason)
        elif value.places:
            self._used(row, only(value.places), value)

    def _is_local(self, scope: int, name: str) -> bool:
        bindings, definitions = self._file.bindings, self._file.definitions
        for at in self._file.scopes_from(scope):
            if (at, name) in bindings:
                return True
            if (at, name) in definitions:
                return False
        return False

    def _on_the_way(self, row: Call | Use, values: tuple[Value, ...]) -> None:
        for value in values[:-1]:
            if value.how in ("name", "type") and value.places:
                place = only(value.places)
                if not isinstance(place, str) and place.symbol.kind not in FUNCTIONS:
                    self._used(row, place, value)

    def _used(self, row: Call | Use, place: Place | str, value: Value) -> None:
        if isinstance(place, str):
            return
        src, dst = self._builder.within(row.scope), node_id(place.path, place.symbol.qualified)
        if src != dst:
            sure = self._sure(place, value.sure)
            self._builder.edge(src, EdgeKind.USES, dst, row.line, row.start, sure, "", row.flags)

    def _unknown(self, row: Call | Use, reason: str) -> None:
        is_call = isinstance(row, Call)
        key = (row.chain, self._builder.within(row.scope))
        if is_call or key not in self._said:
            self._said.add(key)
            self._builder.unknown(row.chain, reason, row.scope, row.line, row.start, is_call=is_call)

    def _sure(self, place: Place, sure: Sure) -> Sure:
        if place.approximate or is_approximate(self._file.facts):
            return Sure.APPROXIMATE
        if place.path == self._file.path and sure is Sure.IMPORT:
            return Sure.LOCAL
        return Sure.IMPORT if place.path != self._file.path and sure is Sure.LOCAL else sure
