"""Where a chain leads in the other languages: its first word through scopes, the rest through members and types."""

from __future__ import annotations

from kb.facts.model import Binding, Flag, Kind, ScopeKind
from kb.graph.model import Asked, Sure
from kb.graph.other_files import ANONYMOUS, File, steps_of
from kb.graph.other_lookup import Lookup
from kb.graph.other_members import Members
from kb.graph.other_names import Place
from kb.graph.other_roots import imported, in_package, special
from kb.graph.other_values import CLASSES, FUNCTIONS, Value, lost, named, only, type_chain

MAX_DEPTH = 8  # of types that are worked out from one another
_UNTYPED = frozenset({"var", "auto", "let", "val", "dynamic", "const auto"})
_STATIC = Flag.STATIC.value


class Resolver:
    """Resolves chains of one tree."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup
        self.members = Members(self)
        self._known: dict[tuple[str, int, str, bool], tuple[Value, ...]] = {}
        self._depth = 0
        self._passing: set[str] = set()  # full names being followed through imports

    def forget(self) -> None:
        """Drop what was worked out for one file, so that the next asks its own questions."""
        self._known.clear()
        self._depth = 0

    def walk(self, file: File, scope: int, chain: str, *, is_call: bool = False) -> tuple[Value, ...]:
        """Return what each step of a chain stands for; it ends with the first that is lost."""
        key = (file.path, scope, chain, is_call)
        if key in self._known:
            return self._known[key]
        if self._depth >= MAX_DEPTH:
            return (lost("type"),)
        self._known[key] = (lost("type"),)  # what is asked while it is being worked out goes in a circle
        self._depth += 1
        try:
            found = self._known[key] = tuple(self._steps(file, scope, steps_of(chain), is_call))
        finally:
            self._depth -= 1
        return found

    def _steps(self, file: File, scope: int, steps: list[str], is_call: bool) -> list[Value]:
        if not steps:
            return [lost("type")]
        values = [self._root(file, scope, steps[0], steps[1] == "()" if len(steps) > 1 else is_call)]
        for step in steps[1:]:
            value = values[-1]
            if value.is_lost:
                break
            if step == "()":
                values.append(self._result(value, file))
            elif step in ("[]", "^"):
                values.append(lost("type"))
            else:
                values.append(self.member(value, step, file))
        return values

    # ---- the first word

    def _root(self, file: File, scope: int, word: str, is_call: bool) -> Value:
        value = special(self, file, scope, word, is_call)
        if value is not None:
            return value
        for at in file.scopes_from(scope):
            value = self._in_scope(file, at, word, is_call)
            if value is not None:
                return value
        self.lookup.asked.add(Asked(file.path, word))
        rows = file.imports_of(word, scope)
        if rows:
            return imported(self, file, scope, rows[-1])
        return in_package(self, file, scope, word)

    def _in_scope(self, file: File, at: int, word: str, is_call: bool) -> Value | None:
        scope = file.facts.scopes[at]
        if scope.kind is ScopeKind.FUNCTION:
            rows = file.definitions.get((at, word))
            if rows:
                return named(file.places(rows), Sure.LOCAL)
            bound = file.bindings.get((at, word))
            if bound and not (is_call and file.rules.apart):
                return self._bound(file, bound)
            return self._beside_class(file, at, word)
        if (at, word) in file.bindings and at:
            return lost("type")  # a type parameter
        if scope.kind is ScopeKind.CLASS:
            return self._in_class(file, at, word, is_call)
        if file.facts.language == "zig" and (named_so := file.imports_of(word, at)):
            return imported(self, file, at, named_so[-1])
        full = f"{file.space}{scope.qualified}.{word}" if scope.qualified else file.space + word
        places = self.lookup.find(file, full)
        own = tuple(place for place in places if place.path == file.path)
        if own or (at and places):
            return named(own or places, Sure.LOCAL if own else Sure.IMPORT)
        return None

    def _beside_class(self, file: File, at: int, word: str) -> Value | None:
        """Return a member that a method sees which is written outside of its class, as in C++."""
        inner = file.facts.scopes[at]
        if file.facts.language != "cpp" or file.facts.scopes[inner.parent].kind is not ScopeKind.MODULE:
            return None
        prefix, _ = file.class_around(at)
        places, _ = self.members.of(file, prefix, word) if prefix else ((), True)
        return named(places, Sure.MRO) if places else None

    def _in_class(self, file: File, at: int, word: str, is_call: bool) -> Value | None:
        rules, qualified = file.rules, file.facts.scopes[at].qualified
        if not rules.members:
            return None
        prefix = f"{file.space}{qualified}."
        places, complete = self.members.of(file, prefix, word)
        places = places or file.places(file.definitions.get((at, word), []))  # of a class in a function
        if file.facts.language == "ruby" and is_call:
            method = file.method_around(at)
            static = method.flags & _STATIC if method else 0
            places = tuple(p for p in places if p.symbol.flags & _STATIC == static or p.symbol.kind in CLASSES)
        if places:
            own = all(place.path == file.path for place in places)
            return named(places, Sure.LOCAL if own else Sure.MRO)
        if is_call and (qualified.endswith(ANONYMOUS) or (rules.strict and not complete)):
            return lost("type" if qualified.endswith(ANONYMOUS) else "external")
        return None

    def _bound(self, file: File, rows: list[Binding]) -> Value:
        """Return the object that a local variable holds; lost unless all that is set to it has one type."""
        found = {self._type_of(file, row.scope, row.annotation, row.value).prefix for row in rows}
        prefix = found.pop() if len(found) == 1 else ""
        return Value("object", prefix, sure=Sure.INFERRED) if prefix else lost("type")

    # ---- what follows

    def member(self, value: Value, word: str, file: File) -> Value:
        """Return what a word after a value stands for."""
        if value.how == "space":
            return self.in_space(value, word, file)
        value = self.holder(value, file)
        if value.is_lost:
            return value
        places, complete = self.members.of(file, value.prefix, word, after=value.how == "parent")
        if places:
            is_own = value.how in ("object", "parent") and value.sure is Sure.LOCAL
            return named(places, Sure.MRO if is_own else value.sure)
        if file.facts.language == "ruby" and word == "new" and value.how == "type":
            return value._replace(how="made")
        return lost("type" if complete else "external")

    def in_space(self, value: Value, word: str, file: File) -> Value:
        """Return what a word after a package or module stands for."""
        places = self.lookup.find(file, value.prefix + word)
        if places:
            return named(places, Sure.IMPORT)
        found = self._passed_on(value.prefix + word, file)
        if not found.is_lost:
            return found
        inner = f"{value.prefix}{word}."
        return Value("space", inner, sure=Sure.IMPORT) if self.lookup.is_space(file, inner) else lost("external")

    def _passed_on(self, full: str, file: File) -> Value:
        """Return what a full name stands for by an import that others can ask for."""
        if full in self._passing:
            return lost("external")
        self._passing.add(full)
        try:
            for path, row in self.lookup.passed_on(file, full):
                found = imported(self, self.lookup.file(path), row.scope, row)
                if not found.is_lost:
                    return found._replace(sure=Sure.REEXPORT)
        finally:
            self._passing.discard(full)
        return lost("external")

    def holder(self, value: Value, file: File) -> Value:
        """Return the type or object whose members come after this value; a space stays one."""
        if value.how == "made":
            return Value("object", value.prefix, sure=Sure.INFERRED)
        if value.how != "name":
            return value
        kinds = {place.symbol.kind for place in value.places}
        if Kind.TYPE in kinds and kinds & CLASSES:  # C's `typedef struct a a`
            value = value._replace(places=tuple(p for p in value.places if p.symbol.kind in CLASSES))
            kinds &= CLASSES
        if kinds <= CLASSES | {Kind.MODULE}:
            names = {self.lookup.full_name(place, file) for place in value.places}
            how = "space" if kinds == {Kind.MODULE} and file.facts.language != "ruby" else "type"
            return Value(how, f"{names.pop()}.", value.places, value.sure) if len(names) == 1 else lost("ambiguous")
        place = only(value.places)
        if isinstance(place, str) or place.symbol.kind in FUNCTIONS:
            return lost("type")
        symbol = place.symbol
        if self._depth >= MAX_DEPTH:
            return lost("type")
        self._depth += 1
        try:
            found = self._type_of(self.lookup.file(place.path), symbol.scope, symbol.type, symbol.value)
        finally:
            self._depth -= 1
        return found._replace(how="type") if found.prefix and symbol.kind is Kind.TYPE else found

    def _result(self, value: Value, file: File) -> Value:
        """Return what a call gives."""
        if value.how in ("made", "type"):
            return Value("object", value.prefix, sure=Sure.INFERRED)
        if value.how != "name":
            return lost("type")
        place = only(value.places)
        if isinstance(place, str):
            return lost(place)
        if place.symbol.kind in CLASSES:
            return Value("object", f"{self.lookup.full_name(place, file)}.", sure=Sure.INFERRED)
        if place.symbol.kind not in FUNCTIONS or not place.symbol.type:
            return lost("type")
        return self._type_of(self.lookup.file(place.path), place.symbol.scope, place.symbol.type, "")

    def _type_of(self, file: File, scope: int, annotation: str, value: str) -> Value:
        """Return the object that a variable holds, by its declared type or else by what it is set to."""
        if annotation and annotation not in _UNTYPED:
            chain = type_chain(annotation)
            found = self.type_named(file, scope, chain) if chain else lost("type")
        elif value:
            last = self.walk(file, scope, value)[-1]
            found = self.holder(last, file) if not last.is_lost else last
            if file.facts.language == "zig" and found.how in ("type", "space"):
                return found  # a constant may be a type or a file
            if found.how in ("space", "parent") or (found.how == "type" and file.facts.language != "ruby"):
                found = lost("type")
        else:
            return lost("type")
        return found if found.is_lost else Value("object", found.prefix, sure=Sure.INFERRED)

    def type_named(self, file: File, scope: int, chain: str) -> Value:
        """Return the type that a chain names in a scope; lost for anything else."""
        last = self.walk(file, scope, chain)[-1]
        if last.is_lost or last.how == "type":
            return last
        if last.how != "name":
            return lost("type")
        kinds = {place.symbol.kind for place in last.places}
        if Kind.TYPE in kinds or kinds <= CLASSES or Kind.CONSTANT in kinds or Kind.VARIABLE in kinds:
            return self.holder(last, file)
        if kinds <= CLASSES | {Kind.MODULE}:
            return self.holder(last, file)._replace(how="type")
        return lost("type")

    def places_of(self, file: File, value: Value) -> tuple[Place, ...]:
        """Return the definitions that a value is itself: of a name, or of a type that is made or inherited from."""
        if value.how in ("made", "type", "object", "parent") and not value.places:
            return self.lookup.find(file, value.prefix[:-1])
        return value.places
