"""From what a graph answered to what is written: one function for each question of `prudent graph`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from bot.cli.graph_answer import Answer, Row
from bot.cli.graph_words import (
    DOES,
    arguments_of,
    counted,
    edge_fields,
    flag_words,
    link_fields,
    marks_of,
    node_fields,
    passive,
    short_name,
    why_unknown,
)
from kb.graph.code import Resolved
from kb.graph.model import Edge, EdgeKind, Node, Unknown
from kb.graph.queries import Step
from kb.graph.queries_calls import Callees, Callers, CallSite
from kb.graph.queries_classes import Family
from kb.graph.queries_cycles import Cycles
from kb.graph.queries_find import address
from kb.graph.queries_impact import Impact, Neighbourhood
from kb.graph.queries_imports import Importers, ImportPath

Found = TypeVar("Found", CallSite, Step)

UNRESOLVED_SHOWN = 5


def callers_answer(found: Callers) -> Answer:
    """Return who calls a thing; calls by its name that could not be followed are counted and shown."""
    sites = _as_tree(found.sites, lambda site: site.caller.id, lambda site: site.callee.id)
    rows = tuple(_call_row(site, "caller", site.caller) for site in sites)
    calls = sum(site.depth == 1 for site in found.sites)
    said = f"{counted(calls, 'known call', more=found.truncated)} of {address(found.target)}"
    notes = (*_dispatched_notes(found), *_unresolved_notes(found))
    fields = {**_unresolved_fields(found), "dispatched": [_place_fields(site) for site in found.dispatched]}
    return Answer("callers", said, rows, found.truncated, notes, fields)


def callees_answer(found: Callees) -> Answer:
    """Return what a thing calls, and how many of its calls lead out of what is known."""
    sites = _as_tree(found.sites, lambda site: site.callee.id, lambda site: site.caller.id)
    rows = tuple(_call_row(site, "callee", site.callee) for site in sites)
    calls = sum(site.depth == 1 for site in found.sites)
    said = f"{counted(calls, 'known call', more=found.truncated)} in {address(found.target)}"
    left = f"{counted(found.elsewhere, 'more call')} lead out of the repository, or could not be followed."
    notes = (left,) if found.elsewhere else ()
    fields = {"target": node_fields(found.target), "elsewhere": found.elsewhere}
    return Answer("callees", said, rows, found.truncated, notes, fields)


def definition_answer(place: str, found: Resolved, limit: int) -> Answer:
    """Return where a name at a place is defined, or why that is not known."""
    nodes = found.nodes[:limit]
    rows = tuple(_node_row(node, 1) for node in nodes)
    chain = found.chain or place
    said = f"{chain} is defined here" if rows else f"{chain}: not known ({why_unknown(found.reason)})"
    fields = {"place": place, "chain": found.chain, "reason": found.reason}
    return Answer("definition", said, rows, len(found.nodes) > limit, (), fields)


def family_answer(query: str, family: Family, elsewhere: Iterable[tuple[Node, str]]) -> Answer:
    """Return the classes above or below a class; bases that are no class of the repository are named."""
    rows = []
    for kin in family.kin:
        chain = [address(node) for node in kin.path]
        words = f"{kin.node.qualified}" + (f"  by way of {kin.path[-2].qualified}" if len(kin.path) > 1 else "")
        fields = {**node_fields(kin.node), "order": kin.order, "way": chain, "sure": kin.via.sure.value}
        rows.append(Row(kin.node.path, kin.node.line, words, fields, kin.depth))
    others = [(address(node), base) for node, base in elsewhere]
    notes = tuple(f"{owner} also names {base}, which is no class of this repository." for owner, base in others)
    fields = {"target": node_fields(family.target)}
    if query == "ancestors":
        fields["elsewhere"] = [{"class": owner, "base": base} for owner, base in others]
    said = f"{counted(len(rows), query.removesuffix('s'), more=family.truncated)} of {address(family.target)}"
    return Answer(query, said, tuple(rows), family.truncated, notes, fields)


def importers_answer(found: Importers) -> Answer:
    """Return where a thing is imported."""
    rows = []
    for one in found.found:
        what = one.what.qualified or one.what.path
        marks = marks_of(one.flags, one.sure)
        fields = {"imports": address(one.what), "sure": one.sure.value, "flags": flag_words(one.flags)}
        rows.append(Row(one.path, one.line, f"imports {what}{marks}", fields, one.depth))
    count = counted(sum(row.depth == 1 for row in rows), "known import", more=found.truncated)
    said = f"{count} of {address(found.target)}"
    return Answer("importers", said, tuple(rows), found.truncated, (), {"target": node_fields(found.target)})


def impact_answer(found: Impact) -> Answer:
    """Return what may notice a change of a thing, tests apart."""
    rest = _as_tree(found.walk.steps, lambda step: step.node.id, lambda step: step.parent)
    rows = tuple(_step_row(step, found) for step in rest)
    count = counted(len(rest), "thing", more=found.truncated)
    files = counted(len(found.files), "file", more=found.truncated)
    said = f"{count} in {files} may notice a change of {address(found.target)}"
    notes = list(_unresolved_notes(found))
    if found.tests:
        shown = ", ".join(found.tests[:UNRESOLVED_SHOWN])
        more = ", ..." if len(found.tests) > UNRESOLVED_SHOWN else ""
        tests = counted(len(found.tests), "file", more=found.tests_truncated)
        notes.append(f"{tests} of tests {_reach(len(found.tests))} it: {shown}{more}")
    fields = {
        **_unresolved_fields(found),
        "files": list(found.files),
        "tests": list(found.tests),
        "tests_truncated": found.tests_truncated,
    }
    return Answer("impact", said, rows, found.truncated, tuple(notes), fields)


def neighbourhood_answer(found: Neighbourhood) -> Answer:
    """Return what lies around a thing, each node with one edge that leads there."""
    edges = [edge_fields(edge, {near.node.id: near.node for near in found.nodes}) for edge in found.edges]
    by_end: dict[int, Edge] = {}
    depths = {near.node.id: near.depth for near in found.nodes}
    for edge in found.edges:
        for end, other in ((edge.src, edge.dst), (edge.dst, edge.src)):
            if depths[other] < depths[end]:
                by_end.setdefault(end, edge)
    rows = []
    nodes = {near.node.id: near.node for near in found.nodes}
    for near in found.nodes[1:]:
        edge = by_end[near.node.id]
        out = edge.src == near.node.id
        towards = nodes[edge.dst if out else edge.src]
        name = near.node.qualified or near.node.path
        words = (
            f"{name}  {DOES[edge.kind]} {short_name(towards)}"
            if out
            else f"{name}  {passive(edge.kind)} {short_name(towards)}"
        )
        rows.append(Row(near.node.path, near.node.line, words, node_fields(near.node), near.depth, quoted=False))
    said = f"{counted(len(rows), 'node', more=found.truncated)} around {address(found.centre)}"
    fields = {"target": node_fields(found.centre), "edges": edges}
    return Answer("neighbourhood", said, tuple(rows), found.truncated, (), fields)


def cycles_answer(found: Cycles) -> Answer:
    """Return the import cycles, each as its shortest round trip."""
    rows = []
    for number, cycle in enumerate(found.found, 1):
        size = len(cycle.files)
        group = f"  (cycle {number} of {len(found.found)}, {size} files)"
        for at, link in enumerate(cycle.shortest):
            fields = {"cycle": number, **link_fields(link)}
            if at == 0:
                fields["files"] = list(cycle.files)
            rows.append(Row(link.path, link.line, f"imports {link.target}{'' if at else group}", fields))
    count = counted(len(found.found), "import cycle", more=found.truncated)
    said = f"{count}: only imports that run when a module is loaded count"
    return Answer("cycles", said, tuple(rows), found.truncated)


def path_answer(start: str, end: str, found: ImportPath) -> Answer:
    """Return the shortest chain of imports from one file to another."""
    rows = tuple(Row(link.path, link.line, f"imports {link.target}", link_fields(link)) for link in found.links)
    if not rows:
        said = f"no imports lead from {start} to {end}"
    else:
        when = "" if found.at_load else ", not all of them when the module is loaded"
        said = f"{counted(len(rows), 'import')} from {start} to {end}{when}"
    fields = {"from": start, "to": end, "at_load": found.at_load}
    return Answer("path", said, rows, found.truncated, (), fields)


def _as_tree(found: Iterable[Found], own: Callable[[Found], int], above: Callable[[Found], int]) -> list[Found]:
    """Return what was found level by level with each thing below the first that leads to it."""
    rows = list(found)
    below: dict[tuple[int, int], list[Found]] = {}
    for row in rows:
        below.setdefault((row.depth - 1, above(row)), []).append(row)
    ordered: list[Found] = []
    waiting = [row for row in reversed(rows) if row.depth == 1]
    while waiting:
        ordered.append(waiting.pop())
        waiting += reversed(below.pop((ordered[-1].depth, own(ordered[-1])), []))
    return ordered + [row for left in below.values() for row in left if row.depth > 1]


def _call_row(site: CallSite, role: str, node: Node) -> Row:
    by = f"in {site.caller.qualified}" if site.caller.qualified else "at the top of the file"
    what = "" if role == "caller" and site.depth == 1 else f"{site.callee.qualified} "
    if role == "callee" and site.callee.path != site.caller.path:
        by = f"{by}  of {site.callee.path}"
    words = f"{what}{arguments_of(site.shape)}  {by}{marks_of(0, site.sure)}"
    fields = {
        role: node_fields(node),
        "of" if role == "caller" else "by": address(site.callee if role == "caller" else site.caller),
        "arguments": {
            "positional": site.shape.positional,
            "keywords": list(site.shape.keywords),
            "star": site.shape.star,
            "double_star": site.shape.double_star,
        },
        "sure": site.sure.value,
        "flags": flag_words(site.flags),
    }
    return Row(site.caller.path, site.line, words, fields, site.depth)


def _step_row(step: Step, found: Impact) -> Row:
    nodes = {node.id: node for node in found.walk.starts} | {s.node.id: s.node for s in found.walk.steps}
    parent = nodes[step.parent]
    flags = step.edge.flags if step.edge.kind is EdgeKind.IMPORTS else 0
    subject = f"{step.node.qualified}  " if step.node.qualified else ""
    words = f"{subject}{DOES[step.edge.kind]} {short_name(parent)}{marks_of(flags, step.edge.sure)}"
    fields = {
        **node_fields(step.node),
        "kind_of_edge": step.edge.kind.value,
        "of": address(parent),
        "sure": step.edge.sure.value,
        "way": [address(one.node) for one in found.walk.way(step.node.id)],
    }
    return Row(step.node.path, step.edge.line, words, fields, step.depth)


def _node_row(node: Node, depth: int) -> Row:
    return Row(node.path, node.line, f"{node.kind.value} {node.qualified}".rstrip(), node_fields(node), depth)


def _dispatched_notes(found: Callers) -> tuple[str, ...]:
    sites = found.dispatched[:UNRESOLVED_SHOWN]
    if not sites:
        return ()
    said = f"{counted(len(found.dispatched), 'call')} of what it overrides may run it:"
    lines = [
        f"  {site.caller.path}:{site.line}  {site.callee.qualified}  in {short_name(site.caller)}" for site in sites
    ]
    left = len(found.dispatched) - len(sites)
    return (said, *lines, *([f"  and {left} more"] if left else []))


def _place_fields(site: CallSite) -> dict[str, Any]:
    return {"path": site.caller.path, "line": site.line, "caller": address(site.caller), "of": address(site.callee)}


def _unresolved_notes(found: Callers | Impact) -> tuple[str, ...]:
    if not found.unresolved:
        return ()
    more = isinstance(found, Callers) and found.unresolved_truncated
    count = counted(len(found.unresolved), "call", more=more)
    name = found.unresolved[0][1].name
    lines = [f"Unknown: {count} of a `{name}` could not be followed, and may be of this one:"]
    lines += [f"  {path}:{one.line}  {one.chain}(...)" for path, one in found.unresolved[:UNRESOLVED_SHOWN]]
    if len(found.unresolved) > UNRESOLVED_SHOWN:
        lines.append(f"  and {len(found.unresolved) - UNRESOLVED_SHOWN} more")
    return tuple(lines)


def _unresolved_fields(found: Callers | Impact) -> dict[str, Any]:
    def fields(path: str, one: Unknown) -> dict[str, Any]:
        return {"path": path, "line": one.line, "chain": one.chain, "reason": one.reason}

    return {"target": node_fields(found.target), "unresolved": [fields(path, one) for path, one in found.unresolved]}


def _reach(count: int) -> str:
    return "reaches" if count == 1 else "reach"
