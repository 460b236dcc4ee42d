"""What a call in the hole may be given: the signature of what it runs, where that is one and known."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.facts.model import Definition, Flag, Kind, Parameter, ParameterKind
from kb.graph.classes import constructor_of
from kb.graph.model import NodeKind
from kb.graph.queries_find import find
from models.choose.site import Site, span_of, word_of

if TYPE_CHECKING:
    from kb.graph.code import Code
    from kb.syntax.parse import Node

CALLS = frozenset({"call", "call_expression", "new_expression"})
_QUALIFIED = re.compile(r"`([^\W\d]\w*(?:\.[^\W\d]\w*)+)`")
_STATIC = Flag.STATIC.value


@dataclass(frozen=True)
class Called:
    """The parameters that a call binds its arguments to; `self` is not among them."""

    name: str
    parameters: tuple[Parameter, ...]

    @property
    def positional(self) -> tuple[Parameter, ...]:
        """Return the parameters that arguments without a name go to, in order."""
        return tuple(p for p in self.parameters if p.kind in (ParameterKind.POSITIONAL_ONLY, ParameterKind.EITHER))

    @property
    def takes_rest(self) -> bool:
        """Return whether any number of arguments without a name is taken."""
        return any(p.kind is ParameterKind.REST for p in self.parameters)

    @property
    def takes_any_keyword(self) -> bool:
        """Return whether any keyword is taken."""
        return any(p.kind is ParameterKind.KEYWORDS for p in self.parameters)

    @property
    def keywords(self) -> frozenset[str]:
        """Return the names by which arguments may be given."""
        return frozenset(
            p.name for p in self.parameters if p.kind in (ParameterKind.EITHER, ParameterKind.KEYWORD_ONLY)
        )

    @property
    def required(self) -> frozenset[str]:
        """Return the names of what must be given."""
        loose = (ParameterKind.REST, ParameterKind.KEYWORDS)
        return frozenset(p.name for p in self.parameters if not p.optional and not p.default and p.kind not in loose)


def called_by(site: Site, call: Node) -> Called | None:
    """Return the parameters of what a call runs; None where that is not known, or not one thing."""
    function = call.child_by_field_name("function") or call.child_by_field_name("constructor")
    if function is None:
        return None
    last = function.child_by_field_name("attribute") or function.child_by_field_name("property") or function
    row = _row(site, function, last)
    if row is None or row.signature is None or row.flags & Flag.OVERLOAD.value:
        return None
    parameters = row.signature.parameters
    is_bound = row.kind is Kind.METHOD and not row.flags & _STATIC and site.is_python
    if is_bound and row.name not in ("__init__", "__new__") and _is_class(site, function):
        return None  # a method taken from its class: the object is an argument
    return Called(row.qualified, parameters[1:] if is_bound and parameters else parameters)


def _row(site: Site, function: Node, last: Node) -> Definition | None:
    code = site.task.code
    if code is not None:
        nodes = code.resolve(site.path, last.start_byte).nodes
        if len(nodes) == 1:
            if nodes[0].kind is NodeKind.CLASS and site.is_python:
                made = constructor_of(code, nodes[0])
                return made if isinstance(made, Definition) else None
            rows = code.definitions(nodes[0])
            return rows[0] if len(rows) == 1 else None
        if nodes:
            return None
        if (row := _said(site, code, word_of(last))) is not None:
            return row
    return _in_file(site, word_of(function)) if span_of(last) == span_of(function) else None


def _said(site: Site, code: Code, called: str) -> Definition | None:
    """Return the one function that the finding names (`Class.method`), where the call may be one of it.

    An engine has told which it is, by types that the graph does not work out.
    """
    for text in _QUALIFIED.findall(site.wrong("message")):
        owner, _, name = text.rpartition(".")
        if called not in (name, owner.rpartition(".")[2] if name == "__init__" else name):
            continue
        rows = [row for node in find(code.graph, text) for row in code.definitions(node)]
        if len(rows) == 1 and rows[0].signature is not None:
            return rows[0]
    return None


def _in_file(site: Site, name: str) -> Definition | None:
    """Return the one function of this file that a bare name means."""
    if any(row.name == name for row in site.facts.bindings) or any(row.alias == name for row in site.facts.imports):
        return None
    rows = [row for row in site.facts.definitions if row.qualified == name]
    return rows[0] if len(rows) == 1 and rows[0].kind is Kind.FUNCTION and not rows[0].decorators else None


def _is_class(site: Site, function: Node) -> bool:
    receiver = function.child_by_field_name("object")
    return receiver is not None and receiver.type == "identifier" and word_of(receiver)[:1].isupper()
