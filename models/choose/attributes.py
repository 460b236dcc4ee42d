"""Another member of what stands before the dot, or a bare name that is meant for a member of `self`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from models.choose.members import members_before, own_members
from models.choose.names import is_unbound, is_use
from models.choose.site import Choice, Ground, Site, around, class_around, field_of, function_around, word_of
from models.choose.spelling import by_likeness, is_slip

if TYPE_CHECKING:
    from kb.syntax.parse import Node

MOST = 24  # members for one place
_PLACES = 6
_DOTTED = {"attribute": ("object", "attribute"), "member_expression": ("object", "property")}


def attributes(site: Site) -> Iterator[Choice]:
    """Yield members in place of members that are wrong, and `self.name` in place of a bare name that nothing binds."""
    if not (site.is_python or site.is_script):
        return
    dotted = [node for node in site.nodes if node.type in _DOTTED]
    meant = []
    for node in dotted:
        receiver, member = (node.child_by_field_name(field) for field in _DOTTED[node.type])
        if receiver is None or member is None or (field_of(node) == "left" and not site.suspects):
            continue
        if site.is_meant(word_of(member)):
            meant.append((receiver, member))
    for receiver, member in meant[: None if site.suspects else _PLACES]:
        yield from _members(site, receiver, member)
    for node in site.nodes:
        if is_use(node) and site.is_meant(word_of(node)):
            yield from _of_self(site, node)


def _members(site: Site, receiver: Node, member: Node) -> Iterator[Choice]:
    said = word_of(member)
    known = members_before(site, receiver, member)
    ground = Ground.NEAR if known and said not in known else Ground.POSSIBLE
    others = known or _written_elsewhere(site, receiver)
    want = site.wrong("want")
    if want and want != said:
        yield site.choice(member, want, f"`.{want}` instead of `.{said}`", Ground.KNOWN)
    shown = [name for name in by_likeness(said, others) if not name.startswith("__")]
    for name in shown[:MOST]:
        near = ground if is_slip(said, name) else Ground.POSSIBLE
        yield site.choice(member, name, f"`.{name}` instead of `.{said}`", near)


def _written_elsewhere(site: Site, receiver: Node) -> frozenset[str]:
    """Return the members that the file takes from the same expression elsewhere."""
    front = f"{word_of(receiver)}."
    chains = [row.chain for row in site.facts.uses] + [row.chain for row in site.facts.calls]
    rests = (chain[len(front) :] for chain in chains if chain.startswith(front))
    return frozenset(name for rest in rests if (name := rest.split(".")[0].rstrip("()[]^")).isidentifier())


def _of_self(site: Site, node: Node) -> Iterator[Choice]:
    said = word_of(node)
    if class_around(node) is None or said in own_name(site, node):
        return
    members = own_members(site, node)
    word = own_word(site, node)
    if not members or not word:
        return
    near = [said] if said in members else [name for name in by_likeness(said, members) if is_slip(said, name)][:3]
    for name in near:
        ground = Ground.KNOWN if name == said else Ground.NEAR
        ground = ground if is_unbound(site, node) else Ground.POSSIBLE
        yield site.choice(node, f"{word}.{name}", f"`{word}.{name}` instead of `{said}`", ground)


def own_word(site: Site, node: Node) -> str:
    """Return what a method calls its object where a node stands: `self`, `cls`, `this`; "" outside of methods."""
    if site.is_script:
        return "this"
    function = function_around(node)
    while function is not None and function_around(function) is not None:
        function = function_around(function)
    parameters = function.child_by_field_name("parameters") if function is not None else None
    first = parameters.named_children[0] if parameters is not None and parameters.named_children else None
    word = word_of(first) if first is not None and first.type == "identifier" else ""
    return word if word in ("self", "cls") else ""


def own_name(site: Site, node: Node) -> frozenset[str]:
    """Return the names that stand for the object itself, or for the class that a node lies in."""
    classes = (one.child_by_field_name("name") for one in around(node) if "class" in one.type)
    return frozenset({"self", "cls", "this", "super"} | {word_of(name) for name in classes if name is not None})
