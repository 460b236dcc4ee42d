"""From what a person types to one node of a graph, with errors that help to type it right."""

from __future__ import annotations

import os
import re
from pathlib import Path

from bot.render.escape import printable
from kb.errors import UserError
from kb.graph.code import Code
from kb.graph.model import Node, NodeKind
from kb.graph.queries import file_of
from kb.graph.queries_find import address, find, nearest
from kb.repository import Repository

PLACE = re.compile(r"(?s)(?P<path>.+?):(?P<line>[1-9]\d{0,8})(?::(?P<column>[1-9]\d{0,8}))?$")
_LISTED = 5  # candidates named in an error


def in_repository(repository: Repository, code: Code, text: str) -> str:
    """Return what was typed with its path as git names it, wherever in the repository we are."""
    found = PLACE.match(text)
    path, mark, name = text.partition("::")
    name, path = (mark + name, path) if found is None or mark else (text[found.end("path") :], found["path"])
    if path in code.view.entries or repository.work_tree is None:
        return path + name
    top = os.path.realpath(repository.work_tree)
    here = os.path.normpath(Path(os.path.realpath(os.curdir), path))
    inside = os.path.relpath(here, top)
    return (inside if inside in code.view.entries else path) + name


def one_of(code: Code, text: str) -> Node:
    """Return the node that a text means; raises UserError, with what is near, or with the candidates."""
    found = _at_line(code, text) or find(code.graph, text)
    if not found:
        raise UserError(f"nothing is called {printable(text)}{near(code, text)}")
    if len(found) > 1:
        named = ", ".join(printable(address(node)) for node in found[:_LISTED])
        more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
        raise UserError(f"{printable(text)} may mean {named}{more}: name one of them")
    return found[0]


def class_of(code: Code, text: str) -> Node:
    """Return the class that a text means; raises UserError as `one_of` does, and for anything else."""
    found = one_of(code, text)
    if found.kind is not NodeKind.CLASS:
        raise UserError(f"{printable(text)} is a {found.kind.value}, not a class")
    return found


def _at_line(code: Code, text: str) -> list[Node]:
    """Return the innermost definition around PATH:LINE, or the file; nothing for a text of another form."""
    place = PLACE.match(text)
    if place is None or place["path"] not in code.graph.files():
        return []
    line = int(place["line"])
    around = [n for n in code.graph.nodes_in(place["path"]) if n.qualified and n.line <= line <= n.end_line]
    file = file_of(code.graph, place["path"])
    return [max(around, key=lambda n: (n.line, n.qualified.count(".")))] if around else [file] if file else []


def near(code: Code, text: str) -> str:
    """Return the end of an error: what is called nearly so; "" if nothing is."""
    found = ", ".join(printable(one) for one in nearest(code.graph, text))
    return f"; did you mean {found}?" if found else ""
