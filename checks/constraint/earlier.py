"""What a function, method or class of head was at base, also where the change moved it."""

from __future__ import annotations

from checks.constraint.places import Places
from kb.graph.model import Node, node_id


def earlier(places: Places, node: Node) -> Node | None:
    """Return what a node of head was at base; None for what is new.

    What is not where it was is sought under its name in the other files that the change touched. Several of the kind
    there are none: which it was is not known.
    """
    graph = places.code.base.graph
    same = node_id(places.old_path(node.path), node.qualified)
    found = graph.nodes([same]).get(same)
    if found is not None or not places.is_added(node.path, node.line):
        return found
    ids = {}
    for file in places.change.files:
        if file.old is not None:
            ids[node_id(file.old_path, node.qualified)] = node_id(file.path, node.qualified)
    candidates = [one for one in graph.nodes(ids).values() if one.kind is node.kind]
    still = places.code.head.graph.nodes([ids[one.id] for one in candidates])
    gone = [one for one in candidates if ids[one.id] not in still]
    return gone[0] if len(gone) == 1 else None
