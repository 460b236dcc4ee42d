"""What runs when something is called: a function's signatures, or those of a class's constructor."""

from __future__ import annotations

from dataclasses import dataclass

from checks.constraint.fit import Misfit, Wrong, misfit, shifted
from checks.constraint.places import PYTHON, is_whole
from kb.facts.model import Definition, Flag, Kind, Parameter, Signature
from kb.graph.classes import constructor_of, member_of, mro_of
from kb.graph.code import Code
from kb.graph.model import Node, NodeKind, Shape, node_id

UNFIT = Flag.VARIADIC.value | Flag.PROPERTY.value | Flag.SETTER.value | Flag.CONDITIONAL.value | Flag.GUARDED.value
IN_TYPESCRIPT = (Wrong.MISSING, Wrong.TOO_MANY)


@dataclass(frozen=True)
class Callee:
    """What runs when a node is called: the rows of a function, or of a class's constructor in the file `path`."""

    node: Node
    rows: tuple[Definition, ...]
    path: str

    @property
    def name(self) -> str:
        """Return what a message calls it."""
        return self.rows[0].qualified

    @property
    def signatures(self) -> tuple[Signature, ...]:
        """Return its signatures, several for overloads; in scripts without what takes no argument."""
        known = [row.signature for row in self.rows if row.signature is not None]
        return tuple(known) if self.is_python else tuple(_passed(signature) for signature in known)

    @property
    def is_python(self) -> bool:
        """Return whether Python binds its arguments."""
        return self.node.path.endswith(PYTHON)

    def misfit(self, shape: Shape, bound: bool) -> Misfit | None:
        """Return why no signature takes a call; the last one speaks, which is the implementation's."""
        found: Misfit | None = None
        for signature in self.signatures:
            found = misfit(signature, shape, bound and self.is_python)
            if found is None or (not self.is_python and found.wrong not in IN_TYPESCRIPT):
                return None
        return found

    def shifted(self, before: Callee, shape: Shape, bound: bool) -> Misfit | None:
        """Return the parameter that takes a value which an unchanged call means for another one."""
        if len(self.rows) != 1 or len(before.rows) != 1:
            return None
        return shifted(before.signatures[0], self.signatures[0], shape, bound and self.is_python)


def callee_of(code: Code, node: Node) -> Callee | None:
    """Return what runs when a node is called; None where its signature is not all there is to know."""
    if node.kind is NodeKind.CLASS:
        return _constructor(code, node)
    rows = code.definitions(node)
    if node.kind is not NodeKind.FUNCTION or not rows or not is_whole(code, node.path):
        return None
    if any(row.signature is None or row.flags & UNFIT or row.annotation for row in rows):
        return None  # a variable's type says how the function that it holds is called
    owner = node_id(node.path, node.qualified.rpartition(".")[0])
    if rows[0].kind is Kind.METHOD and code.graph.nodes([owner])[owner].kind is not NodeKind.CLASS:
        return None  # an object's type may say more than its methods
    return Callee(node, rows, node.path)


def _constructor(code: Code, node: Node) -> Callee | None:
    """Return the constructor that a class has or inherits; for one that is generated, the class stands for it."""
    order = mro_of(code, node)
    if not node.path.endswith(PYTHON):
        found = member_of(code, node, "constructor")
        own = found is not None and found[0].qualified == f"{node.qualified}.constructor"
        return callee_of(code, found[0]) if found is not None and (own or order.complete) else None
    row = constructor_of(code, node)
    if not isinstance(row, Definition):
        return None
    owner = next((one for one in order.classes if row.qualified == f"{one.qualified}.{row.name}"), None)
    if owner is None or not is_whole(code, owner.path) or row.decorators:
        return None
    if owner.id != node.id and not order.complete:
        return None  # a base that is not in the tree may come first
    same = node_id(owner.path, row.qualified)
    written = code.graph.nodes([same]).get(same)
    return callee_of(code, written) if written is not None else Callee(owner, (row,), owner.path)


def _passed(signature: Signature) -> Signature:
    """Return a signature without TypeScript's `this`, and with `void` parameters optional."""
    kept = [p for p in signature.parameters if p.name != "this"]
    return Signature(tuple(_optional(p) if "void" in p.annotation else p for p in kept), signature.returns)


def _optional(parameter: Parameter) -> Parameter:
    return Parameter(parameter.name, parameter.kind, parameter.default, parameter.annotation, True)
