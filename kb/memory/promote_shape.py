"""The shape that several pieces of code share: what is equal stays, what differs becomes a hole.

This is anti-unification (Plotkin, "A note on inductive generalization", 1970) of syntax nodes, all examples at once:
differences that are equal everywhere get one hole, so that `$A == $A` means the same text twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb.syntax.parse import Node, Unparsed, errors_in, parse, walk

MOST_NODES = 200  # of one example
MOST_HOLES = 8
_ATOMS = ("string", "template", "regex", "number", "integer", "float", "comment", "char")
_LEFT_OUT = ("comment", "ERROR", "module", "program", "block", "statement_block", "parameters", "formal_parameters")
_COMMON = frozenset({"self", "this", "cls", "True", "False", "true", "false", "0", "1", '""', "''"})


@dataclass(frozen=True)
class Shape:
    """A node of a pattern: a leaf with its text, a node with children, a hole (`hole` > 0), or many nodes (`many`)."""

    kind: str
    is_named: bool = True
    text: str = ""
    gap: str = ""  # white space before it
    children: tuple[Shape, ...] = ()
    hole: int = 0
    many: bool = False

    @property
    def leaves(self) -> Iterator[Shape]:
        """Yield what it is made of, in order."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves

    @property
    def weight(self) -> int:
        """Return how much is said by what is not a hole: 2 for a name or a literal, 1 for an operator or keyword."""
        return sum(_weight(leaf) for leaf in self.leaves)

    @property
    def pattern(self) -> str:
        """Return the code with its holes as ast-grep writes them; white space before it is left out."""
        return "".join(leaf.gap + _written(leaf) for leaf in self.leaves).strip()


def shapes_in(code: str, language: str) -> tuple[Shape, ...]:
    """Return every node of a piece of code that was read without an error, the outermost first."""
    data = code.encode("utf-8", "replace")
    try:
        tree = parse(data, language)
    except Unparsed:
        return ()
    found: list[Shape] = []
    for number, node in enumerate(walk(tree)):
        if number >= MOST_NODES:
            break
        is_wrapped = node.child_count == 1 or node.type == "expression_statement"  # what is inside says as much
        if node.is_named and not node.has_error and node.type not in _LEFT_OUT and node.child_count and not is_wrapped:
            found.append(shape_of(node, data))
    return tuple(dict.fromkeys(found))


def shape_of(node: Node, data: bytes) -> Shape:
    """Return a node as a shape without holes."""
    return _shape(node, data, node.start_byte)


def common_shape(examples: Sequence[Sequence[Shape]]) -> Shape | None:
    """Return the most telling shape that every example has; None if they share nothing that tells.

    `examples`: for each, the shapes in it (`shapes_in`).
    """
    best: Shape | None = None
    for first in examples[0] if examples else ():
        aligned = [first]
        for others in examples[1:]:
            near = [(general((first, other)), other) for other in others if other.kind == first.kind]
            rated = [(found.weight, -number, near[number][1]) for number, (found, _) in enumerate(near) if found]
            if not rated:
                break
            aligned.append(max(rated, key=lambda each: each[:2])[2])
        if len(aligned) < len(examples):
            continue
        shared = general(tuple(aligned))
        if shared is not None and _tells(shared) and (best is None or _rank(shared) > _rank(best)):
            best = shared
    return best


def general(nodes: tuple[Shape, ...]) -> Shape | None:
    """Return the least general shape of all nodes; None if no hole can stand for what differs."""
    return _general(nodes, {})


def stands_alone(shape: Shape, language: str) -> bool:
    """Return whether the pattern, read by itself, is a node of its kind and nothing else: engines read it so."""
    data = "".join(leaf.gap + ("hole" if leaf.hole else leaf.text) for leaf in shape.leaves).strip().encode()
    if b"\n" in data or b"$" in data:
        return False
    tree = parse(data, language)
    whole = [node for node in walk(tree) if node.start_byte == 0 and node.end_byte == len(data)]
    return not errors_in(tree) and any(node.type == shape.kind for node in whole)


def matches(shape: Shape, node: Node, data: bytes) -> bool:
    """Return whether a node has the shape, equal holes holding equal text."""
    return _matches(shape, node, data, {})


def _shape(node: Node, data: bytes, end: int) -> Shape:
    """Return a node's shape; `end`: where what stands before it ends."""
    gap = data[end : node.start_byte].decode("utf-8", "replace")
    text = data[node.start_byte : node.end_byte].decode("utf-8", "replace")
    if not node.child_count or _is_atom(node):
        return Shape(node.type, node.is_named, text, gap)
    children, at = [], node.start_byte
    for child in node.children:
        children.append(_shape(child, data, at))
        at = child.end_byte
    children[0] = _with_gap(children[0], gap)
    return Shape(node.type, node.is_named, "", "", tuple(children))


def _with_gap(shape: Shape, gap: str) -> Shape:
    if shape.children:
        first = _with_gap(shape.children[0], gap)
        return Shape(shape.kind, shape.is_named, "", "", (first, *shape.children[1:]))
    return Shape(shape.kind, shape.is_named, shape.text, gap)


def _is_atom(node: Node) -> bool:
    return node.is_named and any(word in node.type for word in _ATOMS)


def _general(nodes: tuple[Shape, ...], holes: dict[tuple[str, ...], int]) -> Shape | None:
    first = nodes[0]
    texts = tuple(_plain(node) for node in nodes)
    if len({node.kind for node in nodes}) == 1:
        if len(set(texts)) == 1:
            return first
        if len({len(node.children) for node in nodes}) == 1 and first.children:
            parts = [_general(one, holes) for one in zip(*(node.children for node in nodes), strict=True)]
            if None not in parts:
                return Shape(first.kind, first.is_named, "", "", tuple(part for part in parts if part))
        if listed := _listed(nodes):
            return listed
    if not all(node.is_named for node in nodes):
        return None
    number = holes.setdefault(texts, len(holes) + 1)
    return Shape("", True, "", _gap(first), hole=number)


def _listed(nodes: tuple[Shape, ...]) -> Shape | None:
    """Return nodes in round brackets with any children between them; None where they are something else."""
    first = nodes[0]
    if not all(_is_bracketed([child.text for child in node.children]) for node in nodes):
        return None
    inner = Shape("", True, hole=1, many=True)
    return Shape(first.kind, first.is_named, "", "", (first.children[0], inner, first.children[-1]))


def _is_bracketed(texts: Sequence[str]) -> bool:
    return len(texts) > 1 and (texts[0], texts[-1]) == ("(", ")")


def _gap(shape: Shape) -> str:
    return next(shape.leaves).gap


def _plain(shape: Shape) -> str:
    return " ".join("".join(leaf.gap + leaf.text for leaf in shape.leaves).split())


def _weight(leaf: Shape) -> int:
    if leaf.hole or not leaf.text or leaf.text in _COMMON:
        return 0
    if leaf.is_named:
        return 2
    return 1 if leaf.text.isalpha() or leaf.text in ("==", "!=", "===", "!==", "%", "+", "*", "**") else 0


def _written(leaf: Shape) -> str:
    if not leaf.hole:
        return leaf.text
    return "$$$Z" if leaf.many else f"${chr(ord('A') + leaf.hole - 1)}"


def _rank(shape: Shape) -> tuple[int, bool, int, str]:
    """Return what makes one shape better than another: it says more, needs no name beside it, takes in more."""
    is_given = bool(shape.children[0].hole) and "assign" in shape.kind  # `$A = f()`: that it is kept is chance
    return (shape.weight, not is_given, len(list(shape.leaves)), shape.pattern)


def _tells(shape: Shape) -> bool:
    """Return whether a shape says enough to be a rule, on one line, with few holes."""
    numbers = {leaf.hole for leaf in shape.leaves if not leaf.many}
    if not all(leaf.hole or leaf.text for leaf in shape.leaves):
        return False  # the head of a statement whose body was not shown
    return (
        bool(shape.children)
        and shape.weight >= 2
        and max(numbers, default=0) <= MOST_HOLES
        and "\n" not in shape.pattern
    )


def _matches(shape: Shape, node: Node, data: bytes, bound: dict[int, str]) -> bool:
    if shape.hole:
        text = " ".join(data[node.start_byte : node.end_byte].decode("utf-8", "replace").split())
        return node.is_named and bound.setdefault(shape.hole, text) == text
    if node.type != shape.kind:
        return False
    if not shape.children:
        return data[node.start_byte : node.end_byte].decode("utf-8", "replace") == shape.text
    children = node.children
    if len(shape.children) == 3 and shape.children[1].many:
        return _is_bracketed([child.type for child in children])
    if len(children) != len(shape.children):
        return False
    return all(_matches(part, child, data, bound) for part, child in zip(shape.children, children, strict=True))
