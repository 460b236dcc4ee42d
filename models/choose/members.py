"""What the value before a dot has, where that is known: from the graph, or from the file itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kb.graph.classes import mro_of
from kb.graph.model import Node as Thing
from kb.graph.model import NodeKind, Want, node_id
from models.choose.site import Site, class_around, word_of

if TYPE_CHECKING:
    from kb.graph.code import Code
    from kb.syntax.parse import Node

_SELF = frozenset({"self", "cls", "this"})


def members_before(site: Site, receiver: Node, member: Node) -> frozenset[str]:
    """Return the names that a receiver has; empty where it is not known what it is."""
    code = site.task.code
    owner = _missed(site, member) if code is not None else None
    if code is not None and owner is None:
        owner = _resolved(code, site.path, receiver, member)
    if code is not None and owner is not None:
        return members_of(code, owner)
    return own_members(site, receiver) if word_of(receiver) in _SELF else frozenset()


def own_members(site: Site, inside: Node) -> frozenset[str]:
    """Return the members of the class around a node, inherited ones too where the graph knows them."""
    cls = class_around(inside)
    name = cls.child_by_field_name("name") if cls is not None else None
    if cls is None or name is None:
        return frozenset()
    rows = [row for row in site.facts.definitions if row.name_start == name.start_byte]
    if not rows:
        return frozenset()
    qualified = rows[0].qualified
    own = frozenset(
        row.name for row in site.facts.definitions if row.qualified == f"{qualified}.{row.name}" and row.name
    )
    code = site.task.code
    node = _thing(code, site.path, qualified) if code is not None else None
    return own | (members_of(code, node) if code is not None and node is not None else frozenset())


def members_of(code: Code, owner: Thing) -> frozenset[str]:
    """Return what a class has, inherited or not, or what stands at the top of a module."""
    if owner.kind is NodeKind.CLASS:
        classes = mro_of(code, owner).classes
        return frozenset(name for one in classes for name in _inside(code, one.path, f"{one.qualified}."))
    if owner.kind is NodeKind.FILE:
        return frozenset(_inside(code, owner.path, ""))
    if owner.kind is NodeKind.MODULE:
        return frozenset(_inside(code, owner.path, f"{owner.qualified}."))
    return frozenset()


def names_at_top(code: Code, path: str) -> frozenset[str]:
    """Return what stands at the top of a file of the tree: of a script, what it exports."""
    if path.endswith((".py", ".pyi")):
        return frozenset(_inside(code, path, ""))
    return frozenset(row.name for row in code.facts(path).exports if row.name not in ("default", "*"))


def _inside(code: Code, path: str, front: str) -> list[str]:
    names = [node.qualified for node in code.graph.nodes_in(path) if node.qualified.startswith(front)]
    return [rest for name in names if (rest := name[len(front) :]) and "." not in rest]


def _missed(site: Site, member: Node) -> Thing | None:
    """Return the class or module that surely lacks a member: the graph has looked for it there."""
    code = site.task.code
    if code is None:
        return None
    for miss in code.graph.misses_in([site.path]).get(site.path, []):
        around = miss.start <= member.start_byte and member.end_byte <= miss.start + len(miss.chain) + 200
        if miss.want in (Want.ATTRIBUTE, Want.MEMBER) and miss.name == word_of(member) and around:
            path, _, qualified = miss.inside.partition("::")
            return _thing(code, path, qualified)
    return None


def _resolved(code: Code, path: str, receiver: Node, member: Node) -> Thing | None:
    """Return what a receiver is: the owner of the member that stands there, or what the receiver itself leads to."""
    for found in code.resolve(path, member.start_byte).nodes:
        above = found.qualified.rpartition(".")[0]
        owner = _thing(code, found.path, above) if found.qualified else None
        if owner is not None and owner.kind in (NodeKind.CLASS, NodeKind.FILE, NodeKind.MODULE):
            return owner
    for found in code.resolve(path, max(receiver.start_byte, receiver.end_byte - 1)).nodes:
        if found.kind in (NodeKind.CLASS, NodeKind.FILE, NodeKind.MODULE):
            return found
    return None


def _thing(code: Code, path: str, qualified: str) -> Thing | None:
    wanted = node_id(path, qualified)
    return code.graph.nodes([wanted]).get(wanted)
