"""Statements about names, held against the graph: undefined, unused, never called, missing.

A claim that stands on one may be said only where the graph knows it to be true. What it knows to be false is dropped
as such, and where it cannot know, nobody may say it either: models are wrong about code that they do not see.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from checks.constraint.callee import callee_of
from checks.finding import Evidence
from checks.inference.claims import Claim, Named, Says
from checks.inference.ground import Place
from kb.facts.model import Facts, Flag, Role, ScopeKind, Status
from kb.graph.classes import stands
from kb.graph.code import Code
from kb.graph.model import EdgeKind, Shape, node_id
from kb.graph.python_builtins import NEVER_MISSING
from kb.graph.scopes import FileScopes

UNCHECKED = "cannot be checked"
EXISTS, USED, CALLED, FITS = "name exists", "name is used", "name is called", "call fits its signature"
RESOLVED = frozenset({"python", "javascript", "typescript", "tsx"})  # languages in which what is missing is known
_REFERS = (EdgeKind.CALLS, EdgeKind.USES, EdgeKind.IMPORTS, EdgeKind.INHERITS, EdgeKind.EXPORTS, EdgeKind.OVERRIDES)

_QUOTED = r"[`'\"‘“](?P<{0}>[A-Za-z_$][\w$.]*)(?:\(\))?[`'\"’”]"
_PLAIN = r"\b(?P<{0}>[A-Za-z_$][\w$.]*)\(\)"
_NAME = f"(?:{_QUOTED.format('quoted')}|{_PLAIN.format('called')})"
_NOT_A_STATE = r"(?!\s+(?:when|if|unless|until|while|for|on|at|in\s+case|before|after|once|by|with|as\s+long)\b)"
_IS = r"\s+(?:is|was|are|has|does|seems|appears)\s+(?:to\s+be\s+)?"
_UNDEFINED = (
    rf"{_NAME}{_IS}(?:not\s+(?:been\s+)?(?:defined|declared|imported|exist)|never\s+(?:been\s+)?(?:defined|declared|imported)"
    rf"|undeclared|nowhere\s+defined){_NOT_A_STATE}"
    rf"|{_NAME.replace('quoted', 'q2').replace('called', 'c2')}\s+doesn['’]t\s+exist"
    rf"|\b(?:undefined|undeclared|nonexistent)\s+(?:name|variable|function|method|symbol)\s+{_QUOTED.format('q3')}"
    rf"|\b(?:missing|no|lacks\s+(?:an?|the))\s+import\s+(?:of|for)\s+{_QUOTED.format('q4')}"
    rf"|\bno\s+(?:such\s+)?(?:function|method|class|name)\s+(?:called\s+|named\s+)?{_QUOTED.format('q5')}"
)
_PATTERNS = (
    (Says.UNDEFINED, re.compile(_UNDEFINED, re.IGNORECASE)),
    (
        Says.UNUSED,
        re.compile(rf"{_NAME}{_IS}(?:unused|not\s+used|never\s+(?:used|read|referenced)){_NOT_A_STATE}", re.I),
    ),
    (Says.NEVER_CALLED, re.compile(rf"{_NAME}{_IS}(?:never|not)\s+(?:called|invoked){_NOT_A_STATE}", re.IGNORECASE)),
)
# of Python names only: a script's value that "is undefined" is one, whatever its name is bound to
_IS_UNDEFINED = re.compile(rf"{_NAME}{_IS}undefined{_NOT_A_STATE}", re.IGNORECASE)


@dataclass(frozen=True)
class Held:
    """How a statement ended: `evidence` where it is true, else `reason` says what is wrong with it."""

    reason: str = ""
    evidence: Evidence | None = None


def statements_in(claim: Claim) -> tuple[Named, ...]:
    """Return what a claim says of names: in its list of them, and in its prose."""
    listed = [named for named in claim.names if named.says is not Says.NONE and named.name]
    return tuple(dict.fromkeys([*listed, *_in_prose(claim.why, claim.path)]))


def _in_prose(text: str, path: str) -> Iterator[Named]:
    patterns = [*_PATTERNS]
    if path.endswith((".py", ".pyi")):
        patterns.append((Says.UNDEFINED, _IS_UNDEFINED))
    for says, pattern in patterns:
        for match in pattern.finditer(text):
            name = next((group for group in match.groups() if group), "")
            yield Named(name.strip("."), says)


@dataclass(frozen=True)
class Existence:
    """What the graph of head knows of names at one place."""

    code: Code | None
    place: Place

    def held(self, named: Named) -> Held:
        """Return whether a statement is true; what is not known is not true."""
        if self.code is None:
            return Held(UNCHECKED)
        if named.says is Says.UNDEFINED:
            return self._undefined(self.code, named.name)
        if named.says is Says.MISSING:
            return self._missing(self.code, named.name)
        return self._without(self.code, named)

    def _undefined(self, code: Code, name: str) -> Held:
        last = name.rpartition(".")[2]
        miss = self._miss(code, last)
        if miss is not None:
            return miss
        if self._is_bound(name) or last in NEVER_MISSING or code.graph.nodes_named(last, 1):
            return Held(EXISTS)
        return Held(UNCHECKED)

    def _miss(self, code: Code, last: str) -> Held | None:
        """Return the graph's own word that a name leads nowhere at the place, where it says so of the whole tree."""
        path = self.place.path
        if not self._is_known:
            return None
        for miss in code.graph.misses_in([path]).get(path, []):
            if miss.name == last and self._covers(miss.line) and stands(code, miss):
                text = code.source(path).line(miss.line).strip()
                return Held(evidence=Evidence("graph", path, miss.line, f"{miss.chain} leads nowhere: {text}"))
        return None

    def _missing(self, code: Code, name: str) -> Held:
        last = name.rpartition(".")[2]
        for shape, signatures, misfit in self._calls(code):
            lacks = misfit is not None and last in misfit
            if lacks:
                return Held(
                    evidence=Evidence("graph", self.place.path, self.place.line, f"no value for {last}: {shape}")
                )
            if misfit is None and last in signatures:
                return Held(FITS)
        return self._undefined(code, name)

    def _calls(self, code: Code) -> Iterator[tuple[str, set[str], tuple[str, ...] | None]]:
        """Yield each call of the place whose callee is certain: its shape, its parameters, those that get no value."""
        path = self.place.path
        edges = code.graph.edges_from([node.id for node in code.graph.nodes_in(path)], [EdgeKind.CALLS])
        edges = [edge for edge in edges if self._covers(edge.line)]
        nodes = code.graph.nodes({edge.dst for edge in edges})
        for edge in edges:
            callee = callee_of(code, nodes[edge.dst]) if edge.dst in nodes else None
            if callee is None:
                continue
            parameters = {p.name for signature in callee.signatures for p in signature.parameters}
            wrong = callee.misfit(Shape.read(edge.shape), bool(edge.flags & Flag.BOUND.value))
            yield edge.shape, parameters, None if wrong is None else wrong.names

    def _without(self, code: Code, named: Named) -> Held:
        """Return whether nothing uses or calls a name. Of what other files may see, nobody says so."""
        last = named.name.rpartition(".")[2]
        used = CALLED if named.says is Says.NEVER_CALLED else USED
        local = self._local(last, called=named.says is Says.NEVER_CALLED)
        if local is not None:
            return local if local.evidence else Held(used if local.reason == USED else local.reason)
        nodes = [node.id for node in code.graph.nodes_named(last, 20)]
        nodes += [node_id(self.place.path, f"{self.place.symbol}.{last}")]
        kinds = (EdgeKind.CALLS,) if named.says is Says.NEVER_CALLED else _REFERS
        if code.graph.edges_to(nodes, kinds, 1):
            return Held(used)
        return Held(UNCHECKED)

    def _local(self, name: str, *, called: bool) -> Held | None:
        """Return what is known of a name that a function around the place binds; None if none does."""
        facts, scopes = self._facts, self._scopes
        bound = scopes.bound(name, scopes.scope_at(self._offset)) if facts.scopes else None
        if bound is None or facts.scopes[bound[0]].kind is not ScopeKind.FUNCTION:
            return None
        scope = bound[0]
        read = [(call.chain, call.scope) for call in facts.calls]
        read += [] if called else [(use.chain, use.scope) for use in facts.uses if use.role is not Role.WRITE]
        if any(chain.split(".")[0].rstrip("()[]^") == name and self._lies_in(at, scope) for chain, at in read):
            return Held(USED)
        if called and any(use.chain == name and self._lies_in(use.scope, scope) for use in facts.uses):
            return Held(UNCHECKED)  # handed on: somebody else may call it
        if not self._is_known or facts.dynamic:
            return Held(UNCHECKED)
        line = getattr(bound[1][0], "line", self.place.line)
        return Held(evidence=Evidence("graph", self.place.path, line, f"nothing in its function reads {name}"))

    def _lies_in(self, inner: int, outer: int) -> bool:
        while inner > outer:
            inner = self._facts.scopes[inner].parent
        return inner == outer

    def _is_bound(self, name: str) -> bool:
        root, dot, _ = name.partition(".")
        if dot or not self._facts.scopes:
            return False
        rows = (row.inner for row in self._facts.definitions if row.qualified == self.place.symbol and row.inner >= 0)
        return any(self._scopes.bound(root, at) is not None for at in (self._scopes.scope_at(self._offset), *rows))

    def _covers(self, line: int) -> bool:
        return self.place.line <= line <= self.place.end_line

    @property
    def _is_known(self) -> bool:
        return self._facts.status is Status.WHOLE and self._facts.language in RESOLVED

    @cached_property
    def _facts(self) -> Facts:
        return self.code.facts(self.place.path) if self.code else Facts("", Status.UNREAD)

    @cached_property
    def _scopes(self) -> FileScopes:
        return FileScopes(self._facts)

    @cached_property
    def _offset(self) -> int:
        """The first byte of the place that is no blank."""
        source = self.code.source(self.place.path) if self.code else None
        if source is None or self.place.line > source.line_count:
            return 0
        start = source.starts[self.place.line - 1]
        line = source.data[start : source.span_of_lines(self.place.line, self.place.line).end]
        return start + len(line) - len(line.lstrip())
