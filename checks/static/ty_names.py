"""Where an undefined name may come from all the same: star imports, builtins that are set, tools that run the file."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection
from typing import TYPE_CHECKING

from checks.static.ty_bindings import bindings, may_bind
from checks.static.ty_tree import Tree
from kb.source import Source

if TYPE_CHECKING:
    from kb.syntax.parse import Node

STAR = re.compile(rb"^[ \t]*from[ \t]+([.\w]+)[ \t]+import[ \t]*\(?[ \t]*\*", re.M)
KNOWN_STARS = frozenset(
    {"tkinter", "ctypes", "ctypes.wintypes", "math", "typing", "struct", "turtle"}
)  # ty has them all
WRITES_NAMES = re.compile(
    rb"\b(globals|vars|locals)\(\)\s*(\[[^\]\n]*\]\s*=[^=]|\.update\b|\.setdefault\b)|=\s*(globals|vars|locals)\(\)"
    rb"|\bexec(file)?\s*\(|^\s*exec\s+[\w\"']|\bsetattr\(\s*sys\.modules|\bsys\.modules\[[^\]\n]*\]\.__dict__",
    re.M,
)
DUNDER = re.compile(r"__\w+__")
DEPTH = 6  # star imports of star imports


def may_come_from_elsewhere(base: Tree, head: Tree, path: str, name: str) -> bool:
    """Return whether something may give a head file this name that it does not bind itself.

    A name that files at base use without binding it is put there by what runs them.
    """
    if DUNDER.fullmatch(name) or is_open(head, head.source(path)):
        return True
    if name in sys.stdlib_module_names:
        return False
    builtin = re.compile(rf"\b(__builtins?__|builtins)\b.*\b{re.escape(name)}\b")
    if any(builtin.search(source.text) for source in head.sources_with(name)):
        return True
    return any(_uses_unbound(source, name) for source in base.sources_with(name))


def is_open(tree: Tree, source: Source, depth: int = DEPTH, seen: Collection[str] = ()) -> bool:
    """Return whether a module gets names that no text shows: by writing to its namespace, or from a star import."""
    if not depth or WRITES_NAMES.search(source.data):
        return True
    for star in STAR.findall(source.data):
        module = tree.absolute(star.decode(), source.path)
        if module in KNOWN_STARS or module in seen:
            continue
        found = tree.module(module)
        if not found or any(is_open(tree, tree.source(path), depth - 1, (*seen, module)) for path in found):
            return True
    return False


def _uses_unbound(source: Source, name: str) -> bool:
    called = re.compile(rf"^[^#\"'\n]*(?<![.\w]){re.escape(name)}\s*[.(\[]", re.M)
    if STAR.search(source.data) or not called.search(source.text):
        return False
    return not bindings(source, name) and not may_bind(source, name) and _is_in_code(source, name.encode())


def _is_in_code(source: Source, name: bytes) -> bool:
    """Return whether a name stands in a file as code, not only in its texts and comments."""
    from kb.syntax.parse import Unparsed, parse, walk  # lazily: loads the grammars

    try:
        nodes = walk(parse(source.data, "python"), leave_out=("string", "comment"))
        return any(node.type == "identifier" and node.text == name and not _is_field(node) for node in nodes)
    except Unparsed:
        return True


def _is_field(node: Node) -> bool:
    """Return whether an identifier is what stands after a dot, or the name of an argument."""
    above = node.parent
    if above is None or above.type not in ("attribute", "keyword_argument"):
        return False
    return above.child_by_field_name("attribute" if above.type == "attribute" else "name") == node
