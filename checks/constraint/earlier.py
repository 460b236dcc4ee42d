"""What a function, method or class of head was at base, also where the change moved it."""

from __future__ import annotations

from checks.constraint.places import Places
from kb.graph.model import Node, node_id


def earlier(places: Places, node: Node) -> Node | None:
    """Return what a node of head was at base; None for what is new.

    What is not where it was is sought under its name in the other files that the change touched. Several of the kind
    there are none: which it was is not known.
    """
    same = node_id(places.old_path(node.path), node.qualified)
    found = places.code.base.graph.nodes([same]).get(same)
    if found is not None or not places.is_added(node.path, node.line):
        return found
    candidates = [one for one in places.gone.get(node.qualified, ()) if one.kind is node.kind]
    return candidates[0] if len(candidates) == 1 else None
