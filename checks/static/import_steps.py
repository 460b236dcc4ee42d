"""What a Python module does while it is imported, in order: imports, bindings, and uses of other modules' names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from kb.source import Source

if TYPE_CHECKING:
    from kb.syntax.parse import Node

NEVER_RUN = re.compile(rb"\(?\s*(?:(?:\w+\.)?TYPE_CHECKING|MYPY|False|0|__name__\s*==.*)\s*\)?")  # on import
NOT_RUN = frozenset(
    {"lambda", "string", "comment", "type", "list_comprehension", "set_comprehension", "dictionary_comprehension"}
    | {"generator_expression", "conditional_expression", "boolean_operator", "block"}
)


class Kind(Enum):
    """What a step is."""

    IMPORT = "import"  # `name` is bound to `module`, or to its first package where `name` is that
    FROM = "from"  # `member` of `module` is bound to `name`
    STAR = "star"
    BIND = "bind"
    USE = "use"  # `member` is the dotted text that is looked up, starting at a name of this module


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens. A step that is not sure may not happen; one that is guarded may fail unharmed."""

    kind: Kind
    line: int
    name: str = ""
    module: str = ""
    member: str = ""
    sure: bool = True
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class _Where:
    sure: bool = True
    guarded: bool = False
    binds: bool = True  # whether names bound here are the module's: not those of a class body

    def maybe(self) -> _Where:
        return _Where(False, self.guarded, self.binds)


def steps_in(source: Source) -> tuple[Step, ...] | None:
    """Return what importing a module does; None if it cannot be read."""
    from kb.syntax.parse import Unparsed, parse  # lazily: loads the grammars

    try:
        tree = parse(source.data, "python")
        return None if tree.root_node.has_error else tuple(_body(tree.root_node, _Where()))
    except (Unparsed, RecursionError):  # the latter: nested deeper than anyone writes
        return None


def _body(block: Node, where: _Where) -> Iterator[Step]:
    for statement in block.named_children:
        yield from _statement(statement, where)


def _statement(node: Node, where: _Where) -> Iterator[Step]:
    if node.type in ("import_statement", "import_from_statement"):
        yield from _imports(node, where)
    elif node.type == "decorated_definition":
        for decorator in node.named_children:
            if decorator.type == "decorator":
                yield from _uses(decorator, where)
        if (definition := node.child_by_field_name("definition")) is not None:
            yield from _statement(definition, where)
    elif node.type in ("class_definition", "function_definition"):
        yield from _definition(node, where)
    elif node.type == "if_statement":
        yield from _branches(node, where)
    elif node.type == "try_statement":
        for part in node.named_children:
            yield from _nested(part, _Where(where.sure and part.type == "block", True, where.binds))
    elif node.type in ("with_statement", "for_statement", "while_statement", "match_statement"):
        yield from _nested(node, _Where(False, True, where.binds))
    else:
        yield from _expression(node, where)


def _nested(node: Node, where: _Where) -> Iterator[Step]:
    """Yield the steps of every block below a compound statement, and what its head binds."""
    if node.type == "block":
        yield from _body(node, where)
        return
    for child in node.named_children:
        if child.type in ("block", "case_clause", "else_clause", "except_clause", "finally_clause"):
            yield from _nested(child, where)
        else:
            yield from _expression(child, where.maybe())
            yield from _bound(child, where)


def _branches(node: Node, where: _Where) -> Iterator[Step]:
    condition = node.child_by_field_name("condition")
    never = condition is not None and NEVER_RUN.fullmatch(condition.text or b"") is not None
    taken = node.child_by_field_name("consequence")
    if taken is not None and not never:
        yield from _body(taken, where.maybe())
    for other in node.children_by_field_name("alternative"):
        if other.type == "elif_clause":
            yield from _branches(other, where.maybe())
        elif (body := other.child_by_field_name("body")) is not None:
            yield from _body(body, where.maybe())


def _definition(node: Node, where: _Where) -> Iterator[Step]:
    for field in ("superclasses", "parameters"):
        if (part := node.child_by_field_name(field)) is not None:
            yield from _uses(part, where)
    body = node.child_by_field_name("body")
    if node.type == "class_definition" and body is not None:
        yield from _body(body, _Where(where.sure, where.guarded, binds=False))
    yield from _bound(node.child_by_field_name("name"), where)


def _expression(node: Node, where: _Where) -> Iterator[Step]:
    yield from _uses(node, where)
    for assigned in _assignments(node):
        yield from _bound(assigned, where)


def _assignments(node: Node) -> Iterator[Node]:
    if node.type in ("assignment", "augmented_assignment", "type_alias_statement"):
        if node.type == "assignment" and node.child_by_field_name("right") is None:
            return
        if (left := node.child_by_field_name("left")) is not None:
            yield left
    if node.type == "named_expression" and (name := node.child_by_field_name("name")) is not None:
        yield name
    if node.type not in NOT_RUN:
        for child in node.named_children:
            yield from _assignments(child)


def _bound(node: Node | None, where: _Where) -> Iterator[Step]:
    """Yield a binding for each plain name in a target."""
    if node is None or not where.binds or node.type in ("attribute", "subscript", "block", "call"):
        return
    if node.type == "identifier":
        yield Step(Kind.BIND, _line(node), _text(node), sure=where.sure, guarded=where.guarded)
    for child in node.named_children:
        yield from _bound(child, where)


def _uses(node: Node, where: _Where) -> Iterator[Step]:
    """Yield each dotted name that is looked up when an expression is evaluated."""
    if node.type == "attribute":
        text = re.sub(r"\s+", "", _text(node))
        if re.fullmatch(r"\w+(\.\w+)+", text):
            yield Step(Kind.USE, _line(node), member=text, sure=where.sure, guarded=where.guarded)
            return
    if node.type not in NOT_RUN:
        for child in node.named_children:
            yield from _uses(child, where)


def _imports(node: Node, where: _Where) -> Iterator[Step]:
    def step(kind: Kind, name: str, module: str, member: str = "") -> Step:
        bound = name if where.binds else ""
        return Step(kind, _line(node), bound, module, member, where.sure, where.guarded)

    of = node.child_by_field_name("module_name")
    for name in node.children_by_field_name("name"):
        inner = name.child_by_field_name("name") if name.type == "aliased_import" else name
        alias = name.child_by_field_name("alias")
        imported = _text(inner) if inner is not None else ""
        if of is not None:
            yield step(Kind.FROM, _text(alias) if alias else imported, _text(of), imported)
        else:
            yield step(Kind.IMPORT, _text(alias) if alias else imported.partition(".")[0], imported)
    if of is not None and any(child.type == "wildcard_import" for child in node.named_children):
        yield step(Kind.STAR, "", _text(of))


def _line(node: Node) -> int:
    return node.start_point[0] + 1


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
