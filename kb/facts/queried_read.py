"""What the queries of `kb.facts.queried` capture in one file, gathered before anything is put in its scope."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from kb.facts.model import Flag, Kind, Parameter, ParameterKind
from kb.facts.queried_arguments import Arguments, arguments_of
from kb.facts.queried_chains import LONGEST, chain_of, dotted, one_line
from kb.syntax.parse import Node

Captures = Mapping[str, list[Node]]
KINDS = {kind.value: kind for kind in Kind}


@dataclass(slots=True)
class Found:
    """A definition, or with kind None a place that lends its name to what is in it."""

    kind: Kind | None
    name: str
    start: int
    end: int
    name_start: int
    name_end: int
    flags: int = 0
    receiver: str = ""
    returns: str = ""
    annotation: str = ""
    value: str = ""
    is_global: bool = False
    bases: dict[int, str] = field(default_factory=dict)  # by their place
    parameters: dict[int, Parameter] = field(default_factory=dict)
    decorators: dict[int, str] = field(default_factory=dict)


class Place(NamedTuple):
    """A name or chain at a place, and what else was captured beside it."""

    text: str
    start: int
    end: int
    flags: int = 0
    annotation: str = ""
    value: str = ""


class Called(NamedTuple):
    """A call: its callee's chain starts at `callee`."""

    chain: str
    callee: int
    callee_end: int
    start: int
    end: int
    arguments: Arguments
    flags: int


class Patterns:
    """What is known of each pattern of a query file: its settings, the flags it gives, its subject once it was met."""

    def __init__(self, settings: Sequence[Mapping[str, str | None]]) -> None:
        self.settings = settings
        self.flags = [flags_in(each.get("flag") or "") for each in settings]
        self.roles: dict[int, str] = {}


class Reading:
    """Collects the matches of one file's queries."""

    def __init__(self, data: bytes, language: str, patterns: Patterns) -> None:
        self.data, self.language = data, language
        self.found: dict[tuple[int, int], Found] = {}  # by the place of the name and the end of the whole
        self.bindings: dict[int, Place] = {}  # by their place
        self.parameters: dict[int, Place] = {}
        self.imports: dict[int, Place] = {}
        self.calls: dict[int, Called] = {}  # by the callee's end: a place may be caught twice
        self.uses: list[Place] = []
        self.types: list[Place] = []
        self.ignored: set[int] = set()  # where names stand that are no uses
        self.comments: list[Place] = []
        self.holes: list[Place] = []
        self.sections: list[Place] = []
        self.package = ""
        self._of: dict[tuple[int, int], list[Found]] = {}
        self._later: list[tuple[str, Captures, int]] = []
        self._settings, self._flags, self._roles = patterns.settings, patterns.flags, patterns.roles
        self._readers: dict[str, Callable[[Captures, int], None]] = {
            "binding": self._binding,
            "import": self._import,
            "package": self._package,
            "use": self._use,
            "use.type": self._type,
            "ignore": self._ignore,
            "comment": self._comment,
            "hole": self._hole,
            "section": self._section,
        }

    def add(self, pattern: int, captures: Captures) -> None:
        """Take in one match of the pattern with this index."""
        role = self._roles.get(pattern)
        if role is None:
            role = self._roles[pattern] = _role(captures)
        if role in _ADDING:
            self._later.append((role, captures, pattern))
        elif role in KINDS:
            self._definition(role, captures, pattern)
        elif role == "call":
            self._call(captures, pattern)
        elif role == "members":
            self._members(captures, pattern)
        else:
            self._readers[role](captures, self._flags[pattern])

    def finish(self) -> None:
        """Give the definitions what was found apart from them; called once, after the last match."""
        for role, captures, pattern in self._later:
            node = captures["of"][0]
            owners = self._of.get((node.start_byte, node.end_byte), [])
            if role == "parameter":
                self._parameter(captures, pattern, owners)
            for owner in owners:
                _add_to(owner, role, captures, self, self._flags[pattern])
        self._later.clear()

    def text(self, node: Node) -> str:
        """Return a node's source text."""
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def chain(self, node: Node) -> str:
        """Return the chain that a node is; of a very long one only the end is looked at."""
        start, end = node.start_byte, node.end_byte
        if end - start <= 4 * LONGEST:
            return chain_of(self.data[start:end].decode("utf-8", "replace"))
        return f"?.{chain_of(self.data[end - LONGEST : end].decode('utf-8', 'replace')).rpartition('.')[2]}"

    def value(self, node: Node) -> str:
        """Return the chain of what a variable is set to, "" if it is none."""
        chain = self.chain(node) if node.end_byte - node.start_byte <= LONGEST else "?"
        return "" if chain.startswith("?") else chain

    def _one(self, captures: Captures, name: str) -> str:
        return self.text(captures[name][0]) if name in captures else ""

    def _definition(self, role: str, captures: Captures, pattern: int) -> None:
        node = captures[role][0]
        named = captures["name"][0] if "name" in captures else None
        name = self._settings[pattern].get("name") or (dotted(self.text(named)) if named else "")
        name += self._settings[pattern].get("suffix") or ""
        if not name or (named and named.start_byte == named.end_byte):
            return
        start, end = (named.start_byte, named.end_byte) if named else (node.start_byte, node.start_byte)
        key = (start, node.end_byte)
        found = self.found.get(key)
        if found is None:
            found = self.found[key] = Found(KINDS[role], name, node.start_byte, node.end_byte, start, end)
        elif found.kind in (Kind.CLASS, Kind.VARIABLE) and role != "variable":
            found.kind = KINDS[role]  # a narrower word
        found.flags |= self._flags[pattern]
        found.is_global = self._settings[pattern].get("around") == "nothing"
        if "receiver" in captures:
            found.receiver = self.chain(captures["receiver"][0])
        found.returns = found.returns or one_line(self._one(captures, "returns"))
        found.annotation = found.annotation or one_line(self._one(captures, "annotation"))
        if "value" in captures and not found.value:
            found.value = self.value(captures["value"][0])
        for meant in (node, *captures.get("of", ())):
            owners = self._of.setdefault((meant.start_byte, meant.end_byte), [])
            if found not in owners:
                owners.append(found)

    def _members(self, captures: Captures, pattern: int) -> None:
        node = captures["members"][0]
        named = captures["name"][0] if "name" in captures else None
        name = self._settings[pattern].get("name") or "" if named is None else self.chain(named)
        at = node.start_byte if named is None else named.start_byte
        key = (at, node.end_byte)
        if key not in self.found:
            end = node.start_byte if named is None else named.end_byte
            name = "" if name == "?" else name
            self.found[key] = Found(None, name, node.start_byte, node.end_byte, at, end, self._flags[pattern])
        self._of.setdefault((node.start_byte, node.end_byte), []).append(self.found[key])

    def _parameter(self, captures: Captures, pattern: int, owners: list[Found]) -> None:
        node = captures["parameter"][0]
        named = captures["name"][0] if "name" in captures else None
        name, at = (self.text(named) if named else ""), node.start_byte
        annotation = one_line(self._one(captures, "annotation"))
        default = one_line(self._one(captures, "default"))
        kind = ParameterKind(self._settings[pattern].get("parameter") or "either")
        optional = bool(default) or bool(self._flags[pattern] & Flag.OPTIONAL.value)
        for owner in owners:
            known = owner.parameters.get(at)
            if known is not None:
                kind = known.kind if kind is ParameterKind.EITHER else kind
                name, default = name or known.name, default or known.default
                annotation = annotation or known.annotation
            owner.parameters[at] = Parameter(name, kind, default, annotation, optional or bool(default))
        if named:
            begin = named.start_byte
            annotation = annotation or (self.parameters[begin].annotation if begin in self.parameters else "")
            self.parameters[begin] = Place(name, begin, named.end_byte, 0, annotation)

    def _binding(self, captures: Captures, flags: int) -> None:
        annotation = one_line(self._one(captures, "annotation"))
        value = self.value(captures["value"][0]) if "value" in captures else ""
        for node in captures["binding"]:
            at = node.start_byte
            if at not in self.bindings or annotation or value:
                self.bindings[at] = Place(self.text(node), at, node.end_byte, flags, annotation, value)

    def _import(self, captures: Captures, flags: int) -> None:
        place = self._place(captures, "import", flags)
        if place.start not in self.imports or flags:
            self.imports[place.start] = place

    def _package(self, captures: Captures, _flags: int) -> None:
        node = captures["package"][0]
        self.package = self.package or "".join(self.text(node).split())
        self.ignored.update(range(node.start_byte, node.end_byte))

    def _call(self, captures: Captures, pattern: int) -> None:
        node, callee = captures["call"][0], captures["callee"][0]
        chain, start = self.chain(callee), callee.start_byte
        chain += self._settings[pattern].get("suffix") or ""
        if "receiver" in captures:
            receiver = captures["receiver"][0]
            chain, start = f"{self.chain(receiver)}.{chain}", receiver.start_byte
        counted = arguments_of(captures.get("arguments", ()), self.text)
        how = self._settings[pattern].get("arguments")
        if how == "unknown":
            counted = Arguments(star=True)
        elif how == "rest":
            counted = Arguments(node.named_child_count - 1)
        self.ignored.add(callee.start_byte)
        flags, until = self._flags[pattern], callee.end_byte
        known = self.calls.get(until)
        if known is not None:
            flags |= known.flags
            chain, start = (chain, start) if len(known.chain) < len(chain) else (known.chain, known.callee)
            counted = max(counted, known.arguments)
        self.calls[until] = Called(chain, start, until, node.start_byte, node.end_byte, counted, flags)

    def _use(self, captures: Captures, flags: int) -> None:
        self.uses.append(self._place(captures, "use", flags))

    def _type(self, captures: Captures, flags: int) -> None:
        self.types.append(self._place(captures, "use.type", flags))

    def _ignore(self, captures: Captures, _flags: int) -> None:
        self.ignored.update(node.start_byte for node in captures["ignore"])

    def _comment(self, captures: Captures, flags: int) -> None:
        self.comments.append(self._place(captures, "comment", flags))

    def _hole(self, captures: Captures, flags: int) -> None:
        self.holes.append(self._place(captures, "hole", flags))

    def _section(self, captures: Captures, flags: int) -> None:
        self.sections.append(self._place(captures, "section", flags))
        self.ignored.add(self.sections[-1].start)

    def _place(self, captures: Captures, name: str, flags: int) -> Place:
        node = captures[name][0]
        start, end = node.start_byte, node.end_byte
        return Place(self.data[start:end].decode("utf-8", "replace"), start, end, flags)


_ADDING = frozenset({"base", "parameter", "mark", "decorator"})
_OTHERS = ("members", "binding", "import", "package", "call", "use.type", "use", "ignore", "comment", "hole", "section")


def flags_in(words: str) -> int:
    """Return the flags named in a setting: `exported static`. Raises KeyError for a word that names none."""
    return sum({Flag[word.upper()].value for word in words.split()})


def _role(captures: Captures) -> str:
    for role in (*_ADDING, *_OTHERS, *KINDS):
        if role in captures:
            return role
    raise KeyError(f"a pattern without a subject: {sorted(captures)}")


def _add_to(owner: Found, role: str, captures: Captures, reading: Reading, flags: int) -> None:
    if role == "base":
        for node in captures["base"]:
            owner.bases[node.start_byte] = reading.chain(node)
    elif role == "decorator":
        node = captures["decorator"][0]
        owner.decorators[node.start_byte] = chain_of(reading.text(node).lstrip("@"))
    if role != "parameter":
        owner.flags |= flags
