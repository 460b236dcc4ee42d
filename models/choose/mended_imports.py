"""An import whose module, or whose name, is one that exists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.graph.python_standard import STANDARD_3_11
from models.choose.import_lines import imported_names, module_node, span_of_module
from models.choose.members import names_at_top
from models.choose.modules import Modules
from models.choose.site import Choice, Ground, Site, span_of, word_of
from models.choose.spelling import by_likeness, is_slip, likeness

if TYPE_CHECKING:
    from kb.syntax.parse import Node

MOST = 12


def mended_imports(site: Site) -> Iterator[Choice]:
    """Yield the imports in the hole with another module that has what is imported, or another name of the module."""
    for node in site.nodes:
        if node.type == "import_from_statement" or (
            site.is_script and node.type in ("import_statement", "export_statement")
        ):
            if module_node(node) is not None:
                yield from _from(site, node)
        elif site.is_python and node.type == "import_statement":
            for name in node.children_by_field_name("name"):
                dotted = name.child_by_field_name("name") if name.type == "aliased_import" else name
                if dotted is not None:
                    yield from _plain(site, dotted)


def _from(site: Site, node: Node) -> Iterator[Choice]:
    span = span_of_module(node)
    if span is None:
        return
    said = site.task.source.data[span.start : span.end].decode("utf-8", "surrogateescape")
    names = [_asked(one) for one in imported_names(node)]
    code = site.task.code
    if code is None:
        return
    modules = Modules(code, site.path)
    known = _known(site, modules, said)
    if said in known:
        yield from _members(modules, known[said], [one for one in names if one is not None])
    holding = _holding(modules, [word_of(one) for one in names if one is not None])
    scored = []
    for other, path in known.items():
        if other != said and path != site.path and (path in holding or _is_near(said, other)):
            scored.append((path not in holding, -likeness(said, other), other))
    holders = sum(not lacks for lacks, _, _ in scored)
    for lacks, _, other in sorted(scored)[:MOST]:
        near = _is_near(said, other)
        ground = Ground.KNOWN if not lacks and (near or holders == 1) else Ground.NEAR if near else Ground.POSSIBLE
        yield Choice(span, other.encode("utf-8", "surrogateescape"), f"`{other}` instead of `{said}`", ground)


def _holding(modules: Modules, names: list[str]) -> frozenset[str]:
    """Return the files at whose top all of these names are defined."""
    found = [frozenset(node.path for node in modules.holders(name)) for name in names]
    return frozenset.intersection(*found) if found else frozenset()


def _is_near(said: str, other: str) -> bool:
    """Return whether one module's name may be meant for the other: a slip, or the same last word elsewhere."""
    return _last(said) == _last(other) or is_slip(said, other)


def _known(site: Site, modules: Modules, said: str) -> dict[str, str]:
    """Return the tree's modules as this import would write them, with their paths."""
    if site.is_script:
        return _with_ending(said, modules.scripts) if said.startswith(".") else {}
    level = len(said) - len(said.lstrip("."))
    if not level:
        return modules.python
    written = {modules.relative(dotted, level): path for dotted, path in modules.python.items()}
    return {name: path for name, path in written.items() if name is not None}


def _with_ending(said: str, known: dict[str, str]) -> dict[str, str]:
    """Return specifiers with the ending that an import writes: Node's own modules want it."""
    ending = said[-3:] if said.endswith((".js", ".ts")) else ""
    return {f"{name}{ending}": path for name, path in known.items()}


def _asked(node: Node) -> Node | None:
    """Return the name that is asked of the module, without its alias."""
    return node.child_by_field_name("name") or node


def _members(modules: Modules, path: str, names: list[Node]) -> Iterator[Choice]:
    there = names_at_top(modules.code, path)
    for node in names:
        said = word_of(node)
        if said in there or modules.has(path, said):
            continue
        for other in by_likeness(said, there)[:MOST]:
            ground = Ground.NEAR if is_slip(said, other) else Ground.POSSIBLE
            yield Choice(
                span_of(node), other.encode("utf-8", "surrogateescape"), f"`{other}` instead of `{said}`", ground
            )


def _plain(site: Site, dotted: Node) -> Iterator[Choice]:
    said = word_of(dotted)
    own = Modules(site.task.code, site.path).python if site.task.code is not None else {}
    if said in own or said in STANDARD_3_11:
        return
    near = [other for other in own.keys() | STANDARD_3_11 if _is_near(said, other) and other != said]
    for other in by_likeness(said, near)[:MOST]:
        if other in own or is_slip(said, other):
            ground = Ground.KNOWN if other in own else Ground.NEAR
            yield Choice(span_of(dotted), other.encode(), f"`{other}` instead of `{said}`", ground)


def _last(name: str) -> str:
    return name.replace("/", ".").rpartition(".")[2]
