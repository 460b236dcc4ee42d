"""Names that a file does not bind: what may put them there all the same, and which module was meant."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from checks.static.ty_bindings import bindings
from checks.static.ty_tree import STAR, Tree
from kb.source import Source

if TYPE_CHECKING:
    from kb.syntax.parse import Node

DEPENDENCIES = re.compile(
    r"(^|/)(requirements[^/]*|constraints[^/]*|dev[^/]*)\.(txt|in|pip)$|(^|/)(setup\.(py|cfg)|pyproject\.toml|tox\.ini)$"
    r"|(^|/)(Pipfile|environment\.ya?ml|noxfile\.py|\.travis\.yml)$|^requirements/|^\.github/workflows/"
)
BINDS = frozenset(
    {"parameters", "lambda_parameters", "typed_parameter", "list_splat_pattern", "dictionary_splat_pattern"}
    | {"pattern_list", "tuple_pattern", "list_pattern", "as_pattern_target", "aliased_import", "dotted_name"}
    | {"global_statement", "nonlocal_statement", "case_pattern", "splat_pattern", "type_parameter"}
)
DUNDER = re.compile(r"__\w+__")


def may_come_from_elsewhere(base: Tree, head: Tree, path: str, name: str) -> bool:
    """Return whether something may give a head file this name that it does not bind itself.

    A name that files at base use without binding it is put there by what runs them.
    """
    source, word = head.source(path), re.escape(name)
    if DUNDER.fullmatch(name) or head.is_open(source, name):
        return True
    if re.search(rf"^\s*except\b.*,\s*{word}\s*:", source.text, re.M):
        return True  # Python 2: to a newer one these are two exceptions
    if name in sys.stdlib_module_names:
        return False
    builtin = re.compile(rf"\b(__builtins?__|builtins)\b(\.__dict__)?(\.|\[\s*[\"']|\s*,\s*[\"']){word}\b")
    if any(builtin.search(source.text) for source in head.sources_with(name)):
        return True
    return any(_uses_unbound(source, name) for source in base.sources_with(name))


def unswapped(base: Tree, head: Tree, name: str) -> str:
    """Return the attribute that is used in the tree and differs by two letters that changed places, "" if none.

    Nothing at base may know the name: no API, old or new, differs from another like this.
    """
    if any(True for _ in base.sources_with(name)):
        return ""
    swaps = {name[:at] + name[at + 1] + name[at] + name[at + 2 :] for at in range(len(name) - 1)} - {name}
    used = re.compile(r"\.(" + "|".join(map(re.escape, sorted(swaps))) + r")\b")
    found = (used.search(head.source(path).text) for path in sorted(head.files)) if swaps else iter(())
    return next((match.group(1) for match in found if match), "")


def meant_module(base: Tree, head: Tree, source: Source, line: int, name: str) -> str:
    """Return the module of this tree that an import of something unknown must mean, "" if it may mean another package.

    Nothing at base imports that package or declares it, and one module here has this name but for its first parts.
    """
    top = name.partition(".")[0]
    if not name or top in sys.stdlib_module_names or name.startswith(".") or b"sys.path" in source.data:
        return ""
    if head.module(top) or _is_known(base, top) or _has_sibling(head, source.path, top):
        return ""
    above = (name.split(".", cut)[-1] for cut in range(1, name.count(".")))
    meant = [module for module in above if head.module(module)]
    meant += [module for module in head.modules if module.endswith(f".{name}")]
    files = {path for module in meant for path in head.module(module)}
    if len(files) != 1 or ("." not in name and not _binds_all(head.source(next(iter(files))), source.line(line))):
        return ""
    return min(meant, key=len)


def _is_known(base: Tree, package: str) -> bool:
    imported = re.compile(rf"^\s*(from|import)\s+{re.escape(package)}\b", re.M)
    if any(imported.search(source.text) for source in base.sources_with(package)):
        return True
    declared = re.compile(rf"\b{re.escape(package).replace('_', '[-_]')}\b", re.I)
    files = (path for path, entry in base.view.entries.items() if entry.is_file and DEPENDENCIES.search(path))
    return any(declared.search(base.source(path).text) for path in files)


def _has_sibling(tree: Tree, path: str, name: str) -> bool:
    """Return whether a module lies beside a file, where Python 2 and scripts find it."""
    folder = path.rpartition("/")[0]
    start = f"{folder}/{name}" if folder else name
    return any(one == f"{start}.py" or one.startswith(f"{start}/") for one in tree.files)


def _binds_all(source: Source, text: str) -> bool:
    found = re.match(r"\s*from\s+\w+\s+import\s+(\w+(?:\s*,\s*\w+)*)\s*(#.*)?$", text)
    return found is not None and all(bindings(source, name) for name in re.findall(r"\w+", found.group(1)))


def _uses_unbound(source: Source, name: str) -> bool:
    """Return whether a file has a name in its code and binds it nowhere, in any scope."""
    if STAR.search(source.data) or not re.search(rf"(?<![.\w]){re.escape(name)}\s*[.(\[]", source.text):
        return False
    from kb.syntax.parse import Unparsed, parse, walk  # lazily: loads the grammars

    try:
        nodes = walk(parse(source.data, "python"), leave_out=("string", "comment"))
        uses = [node for node in nodes if node.type == "identifier" and node.text == name.encode()]
    except Unparsed:
        return True
    loads = [node for node in uses if not _is_field(node)]
    return bool(loads) and not any(_is_binding(node) for node in loads)


def _is_field(node: Node) -> bool:
    """Return whether an identifier is what stands after a dot, or the name of an argument."""
    above = node.parent
    if above is None or above.type not in ("attribute", "keyword_argument"):
        return False
    return above.child_by_field_name("attribute" if above.type == "attribute" else "name") == node


def _is_binding(node: Node) -> bool:
    """Return whether an identifier is a target, a parameter, an import or the name of a definition."""
    above = node.parent
    if above is None:
        return False
    if above.type in BINDS or above.child_by_field_name("left") == node or above.child_by_field_name("name") == node:
        return True
    return above.type == "except_clause" and above.named_children[0] != node
