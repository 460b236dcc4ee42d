"""Links JavaScript and TypeScript: where the names, calls, bases, imports and exports of a file lead."""

from __future__ import annotations

from functools import cached_property

from kb.facts.model import Call, Definition, Export, Flag, Import, Kind, Role, Status, Use
from kb.graph.build import LinkedFileBuilder
from kb.graph.javascript_files import TYPED, TYPES, JavaScriptFile, Thing, What, links_of, unknown
from kb.graph.javascript_paths import Modules, Place
from kb.graph.javascript_resolve import Resolver
from kb.graph.model import EdgeKind, LinkedFile, Sure, Want, node_id
from kb.graph.tree import Tree

_BOUND, _NEW, _GUARDED, _STATIC, _FALLBACK, _TYPING = (
    flag.value for flag in (Flag.BOUND, Flag.NEW, Flag.GUARDED, Flag.STATIC, Flag.FALLBACK, Flag.TYPING)
)


class JavaScriptLinker:
    """Links the JavaScript and TypeScript files of one tree; see `kb.graph.tree.Linker`."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._modules = Modules(tree)
        self._resolver = Resolver(tree, self._modules)

    def link(self, path: str) -> LinkedFile:
        """Return the nodes of a file and where its references lead."""
        builder = LinkedFileBuilder(path, self._tree.facts(path))
        self._resolver.begin(builder.asked)
        try:
            return _Linking(self._resolver, builder).linked()
        except RecursionError:  # only code made for that nests so much; what it defines is still known
            return LinkedFileBuilder(path, self._tree.facts(path)).done()

    def answer(self, module: str) -> str:
        """Return the path that a key `folder|specifier` leads to; text that says how it leads nowhere if it does."""
        place = self._modules.answer(module)
        return place.path or (f"?{place.package}" if place.package else "?missing" * place.is_missing)


class _Linking:
    """The work on one file."""

    def __init__(self, resolver: Resolver, builder: LinkedFileBuilder) -> None:
        self._resolver, self._builder = resolver, builder
        self._path = builder.path
        self._file: JavaScriptFile = resolver.file(builder.path)

    def linked(self) -> LinkedFile:
        facts = self._builder.facts
        if facts.status is not Status.UNREAD:
            for one in facts.imports:
                self._import(one)
            for export in facts.exports:
                self._export(export)
            for row in facts.definitions:
                if row.bases:
                    self._bases(row)
            for call in facts.calls:
                self._call(call)
            for use in facts.uses:
                self._use(use)
        return self._builder.done()

    def _module(self, row: Import | Export, scope: int) -> Place:
        """Add the edge of a file to a module, or say that it is missing; returns where it leads."""
        place = self._resolver.exports.place(self._path, row.module)
        builder, flags = self._builder, self._flags_of(row)
        if place.path:
            self._resolver.ask(place.path, "")
            dst = node_id(place.path, "")
        elif place.is_missing:
            builder.miss(Want.MODULE, row.module, row.module, "", scope, row.line, row.start, row.flags)
            return place
        elif place.package:
            dst = builder.module(place.package.removeprefix("node:"))
        else:
            builder.unknown(row.module, "external", scope, row.line, row.start)
            return place
        builder.edge(builder.file, EdgeKind.IMPORTS, dst, row.line, row.start, Sure.IMPORT, flags=flags)
        return place

    def _flags_of(self, row: Import | Export) -> int:
        """Return the flags of an import; what TypeScript asks only for types is left out when it is compiled."""
        if not self._file.is_typed or row.name == "*" or (isinstance(row, Import) and not row.alias):
            return row.flags
        if isinstance(row, Import) and row.alias not in self._values:
            return row.flags | _TYPING
        if isinstance(row, Import):
            thing = self._resolver.exports.imported(self._path, row)
        else:
            thing = self._resolver.exports.of(self._path, row.name)
        rows = self._resolver.file(thing.path).rows.get(thing.qualified, []) if thing.what is What.SYMBOL else []
        return row.flags | (_TYPING if rows and all(one.kind in TYPES for one in rows) else 0)

    @cached_property
    def _values(self) -> set[str]:
        """The names that are used as values: what remains of a file when types are taken away."""
        facts = self._builder.facts
        chains = [use.chain for use in facts.uses if use.role is not Role.TYPE]
        chains += [call.chain for call in facts.calls]
        chains += [export.local for export in facts.exports if not export.module]
        return {links_of(chain)[0] for chain in chains}

    def _import(self, row: Import) -> None:
        place = self._module(row, row.scope)
        if not place.path:
            return
        thing = self._resolver.exports.imported(self._path, row)
        self._named(row, row.name or row.alias, thing, row.scope)

    def _named(self, row: Import | Export, name: str, thing: Thing, scope: int) -> None:
        """Add the edge of a file to what it imports by name."""
        builder = self._builder
        if thing.what is What.SYMBOL:
            dst = node_id(thing.path, thing.qualified)
            flags = self._flags_of(row)
            builder.edge(builder.file, EdgeKind.IMPORTS, dst, row.line, row.start, thing.sure, flags=flags)
        elif thing.what is What.MISSING and not self._may_be_type(thing):
            builder.miss(Want.MEMBER, name, name, thing.path, scope, row.line, row.start, row.flags)
        elif thing.what is What.MISSING:
            builder.unknown(name, "type", scope, row.line, row.start)
        elif thing.what is What.UNKNOWN and name:
            builder.unknown(name, thing.reason, scope, row.line, row.start)

    def _may_be_type(self, missing: Thing) -> bool:
        """Return whether a comment of a JavaScript file may declare the type that a TypeScript file asks it for."""
        return self._file.is_typed and not missing.path.endswith(TYPED)

    def _export(self, row: Export) -> None:
        builder = self._builder
        if row.module:
            place = self._module(row, 0)
            if not place.path:
                return
            if row.name == "*":
                dst = node_id(place.path, "")
                builder.edge(builder.file, EdgeKind.EXPORTS, dst, row.line, row.start, Sure.REEXPORT, flags=row.flags)
                return
        thing = self._resolver.exports.of(self._path, row.name)
        if thing.what is What.MODULE and row.module:
            dst = node_id(thing.path, "")
            builder.edge(builder.file, EdgeKind.EXPORTS, dst, row.line, row.start, Sure.REEXPORT, flags=row.flags)
            return
        if thing.what is What.SYMBOL:
            dst = node_id(thing.path, thing.qualified)
            sure = Sure.LOCAL if thing.path == self._path else thing.sure
            builder.edge(builder.file, EdgeKind.EXPORTS, dst, row.line, row.start, sure, flags=row.flags)
        if row.module:
            self._named(row, row.local, thing, 0)

    def _bases(self, row: Definition) -> None:
        builder, resolver = self._builder, self._resolver
        src = node_id(self._path, row.qualified)
        for base in row.bases:
            chain = base.removeprefix("implements=")
            thing = resolver.members.base(self._file, row, chain)
            if thing is None:
                builder.unknown(chain, "type", row.scope, row.line, row.name_start)
                continue
            dst = node_id(thing.path, thing.qualified)
            builder.edge(src, EdgeKind.INHERITS, dst, row.line, row.name_start, thing.sure)
            self._overrides(row, thing)

    def _overrides(self, row: Definition, base: Thing) -> None:
        if row.inner < 0:
            return
        for member in self._file.inside.get(row.inner, []):
            if member.kind not in (Kind.METHOD, Kind.ATTRIBUTE):
                continue
            if member.name in ("constructor", "[]") or member.name.startswith("#"):
                continue
            static = bool(member.flags & _STATIC)
            found = self._resolver.members.sought(base.path, base.qualified, member.name, static=static)
            if found.qualified:
                src = node_id(self._path, member.qualified)
                dst = node_id(found.path, f"{found.qualified}.{member.name}")
                self._builder.edge(src, EdgeKind.OVERRIDES, dst, member.line, member.name_start, Sure.MRO)

    def _call(self, call: Call) -> None:
        if call.chain == "super":
            return self._super(call)
        thing = self._reference(call, is_call=True)
        if thing.what is What.LOCAL:
            thing = self._resolver.value(thing)
        if thing.what is What.MODULE:
            thing = self._resolver.exports.whole(thing)
        if thing.what is not What.SYMBOL:
            if thing.what is not What.MISSING:
                reason = thing.reason or "type"
                self._builder.unknown(call.chain, reason, call.scope, call.line, call.start, is_call=True)
            return None
        rows = self._resolver.file(thing.path).rows.get(thing.qualified, [])
        if any(row.kind is Kind.CLASS for row in rows) and call.flags & _NEW:
            return self._constructed(call, thing)
        flags = _BOUND if thing.bound else 0
        return self._builder.call(call, node_id(thing.path, thing.qualified), thing.sure, flags)

    def _constructed(self, call: Call, thing: Thing) -> None:
        """Add the call of a constructor, which is also a use of the class."""
        found = self._resolver.members.sought(thing.path, thing.qualified, "constructor")
        dst = node_id(thing.path, thing.qualified)
        if found.qualified:
            src = self._builder.within(call.scope)
            self._builder.edge(src, EdgeKind.USES, dst, call.line, call.start, thing.sure)
            dst = node_id(found.path, f"{found.qualified}.constructor")
        self._builder.call(call, dst, thing.sure, _BOUND)

    def _super(self, call: Call) -> None:
        owner, _ = self._file.owner(call.scope)
        index = self._file.facts.scopes[owner].definition if owner >= 0 else -1
        row = self._file.facts.definitions[index] if index >= 0 else None
        found = None
        if row is not None:
            members = self._resolver.members
            found = members.sought(self._path, row.qualified, "constructor", skip=True)
        if found is not None and found.qualified:
            dst = node_id(found.path, f"{found.qualified}.constructor")
            return self._builder.call(call, dst, Sure.MRO, _BOUND)
        return self._builder.unknown("super", "type", call.scope, call.line, call.start, is_call=True)

    def _use(self, use: Use) -> None:
        if use.role is Role.WRITE and use.chain.startswith("this."):
            return
        thing = self._reference(use, is_call=False)
        if thing.what is What.SYMBOL:
            src, dst = self._builder.within(use.scope), node_id(thing.path, thing.qualified)
            self._builder.edge(src, EdgeKind.USES, dst, use.line, use.start, thing.sure, flags=use.flags)
        elif thing.what is What.UNKNOWN and "." in use.chain:
            self._builder.unknown(use.chain, thing.reason, use.scope, use.line, use.start)

    def _reference(self, ref: Call | Use, *, is_call: bool) -> Thing:
        """Return what a reference leads to, having added what it uses on the way, and its miss."""
        if ref.chain.startswith("?"):
            return unknown("type")
        types = isinstance(ref, Use) and ref.role is Role.TYPE
        steps = self._resolver.steps(self._path, ref.scope, ref.chain, types=types)
        builder = self._builder
        _, links = links_of(ref.chain)
        for at, thing in enumerate(steps):
            following = links[at] if at < len(links) else ""
            if thing.what is What.SYMBOL and at < len(steps) - 1 and following != "()":
                src, dst = builder.within(ref.scope), node_id(thing.path, thing.qualified)
                builder.edge(src, EdgeKind.USES, dst, ref.line, ref.start, thing.sure, flags=ref.flags)
            elif thing.what is What.MISSING and at > 0:
                self._miss(ref, links[at - 1].removeprefix("."), thing)
        return steps[-1]

    def _miss(self, ref: Call | Use, name: str, thing: Thing) -> None:
        if thing.reason == "attribute" and (ref.flags & (_GUARDED | _FALLBACK) or not self._file.is_typed):
            return
        if isinstance(ref, Use) and ref.role in (Role.WRITE, Role.DELETE) and not self._file.is_typed:
            return
        if thing.reason != "attribute" and self._may_be_type(thing):
            return
        want = Want.ATTRIBUTE if thing.reason == "attribute" else Want.MEMBER
        inside = f"{thing.path}::{thing.qualified}" if want is Want.ATTRIBUTE else thing.path
        self._builder.miss(want, name, ref.chain, inside, ref.scope, ref.line, ref.start, ref.flags)
