"""What makes names appear in a Python module that nobody wrote there, and the list of what it exports."""

from __future__ import annotations

import re
from typing import Final

from kb.facts.model import Export
from kb.facts.python_chains import chain_of, first_part, parts_of
from kb.facts.python_reading import SUSPENDED, Reading
from kb.syntax.parse import Node

_SPACES: Final = frozenset({"globals", "locals", "vars"})
_WRITERS: Final = frozenset({"update", "setdefault", "__setitem__", "pop", "__ior__"})
_MODULE: Final = re.compile(r"modules|import|\bmodule\b|\bmod\b|globals")
_LISTS: Final = frozenset({"list", "tuple", "set", "expression_list"})


def note_call(reading: Reading, chain: str, arguments: Node, flags: int) -> None:
    """Note a call of one of the functions by which code makes or reads names at run time."""
    root, _, last = chain.removeprefix("builtins.").partition(".")
    first = first_part(arguments)
    if root in ("exec", "execfile", "eval") and not last:
        if root == "eval" or len(parts_of(arguments)) < 2:
            reading.dynamic[root] = None
    elif root == "setattr":
        if first is not None and _MODULE.search(reading.head(first, 200)):
            reading.dynamic[root] = None
    elif root in _SPACES and not last:
        if (
            flags & SUSPENDED
            and not (root == "vars" and first is not None)
            and (root == "globals" or not reading.scope)
        ):
            reading.dynamic[f"{root}()"] = None
    elif root.removesuffix("()") in _SPACES:
        if last in _WRITERS and (root == "globals()" or not reading.scope):
            reading.dynamic[root] = None
    elif root == "__all__":
        _change(reading, last, first)
    elif chain.startswith(("sys.meta_path.", "sys.path_hooks.")):
        reading.dynamic["sys.meta_path"] = None
    elif "__dict__" in chain and root != reading.frame.receiver:
        reading.dynamic["__dict__"] = None


def note_target(reading: Reading, target: Node) -> None:
    """Note an assignment to `globals()[...]`, `x.__dict__[...]` or `sys.modules[__name__]`."""
    chain = chain_of(reading, target)
    head = chain.removesuffix("[]")
    space = head.removesuffix("()") in _SPACES and (head == "globals()" or not reading.scope)
    if space or (head == "sys.modules" and "__name__" in reading.of(target)):
        reading.dynamic[head] = None
    elif head.endswith("__dict__") and head.partition(".")[0] != reading.frame.receiver:
        reading.dynamic["__dict__"] = None


def note_all(reading: Reading, value: Node | None) -> None:
    """Note the names in what `__all__` is set to, or what is added to it."""
    reading.all_seen = True
    waiting = [value]
    while waiting:
        node = waiting.pop()
        kind = node.type if node is not None else ""
        if node is None:
            reading.all_known = False
        elif kind == "binary_operator" and node.child_by_field_name("operator") is not None:
            waiting += [node.child_by_field_name("right"), node.child_by_field_name("left")]
        elif kind in _LISTS or kind == "parenthesized_expression":
            waiting.extend(reversed(parts_of(node)))
        elif kind == "list_splat":
            reading.all_known = False
        elif kind in ("string", "concatenated_string"):
            _entry(reading, node)
        else:
            reading.all_known = False


def _entry(reading: Reading, node: Node) -> None:
    pieces = [node] if node.type == "string" else parts_of(node)
    text = ""
    for piece in pieces:
        inside = parts_of(piece)
        if piece.type != "string" or any(one.type == "interpolation" for one in inside):
            reading.all_known = False
            return
        text += "".join(reading.of(one) for one in inside if one.type == "string_content")
    start = node.start_byte
    reading.exports.append(Export(text, start, reading.line(start), text, flags=reading.context))


def _change(reading: Reading, method: str, argument: Node | None) -> None:
    if reading.scope:
        reading.all_known = False
    elif method in ("extend", "append"):
        note_all(reading, argument)
    elif method not in ("sort", "index", "count", "copy"):
        reading.all_known = False
