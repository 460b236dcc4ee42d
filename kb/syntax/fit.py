"""Whether a file is the same tree as before outside of one place, and what stands in that place now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb.source import Span
from kb.syntax.opening import Kinds, Opens, Place, is_block, is_statement, opens, places_in
from kb.syntax.parse import Tree, troubles_in


@dataclass(frozen=True, slots=True)
class Change:
    """Bytes `before` of one file were replaced by bytes `after` of another; both start at the same offset."""

    before: Span
    after: Span
    old_data: bytes
    new_data: bytes

    @property
    def shift(self) -> int:
        """Return by how many bytes what follows has moved."""
        return self.after.end - self.before.end


def stands_in(before: Tree, after: Tree, change: Change) -> tuple[Place, ...] | None:
    """Return the neighbours that fill exactly the place of a change; None where anything around it is another tree.

    Around it means: its ancestors, and their other children, by kind and span.
    """
    old, new = Place(before.root_node, before.root_node.type), Place(after.root_node, after.root_node.type)
    while True:
        if old.kind != new.kind:
            return None
        if _fill((new,), change.after, change.new_data) and _fill((old,), change.before, change.old_data):
            return (new,)
        olds, news = _split(old, change.before), _split(new, change.after)
        if olds is None or news is None or not _alike(olds, news, change.shift):
            return None
        if _fill(olds.inside, change.before, change.old_data) and _fill(news.inside, change.after, change.new_data):
            return news.inside
        if not len(olds.inside) == len(news.inside) == 1:
            return None
        old, new = olds.inside[0], news.inside[0]


def is_one(place: Place, opened: Opens, kinds: Kinds, data: bytes) -> bool:
    """Return whether a place, or something inside it that fills it, is of a class."""
    return any(opened in opens(one, kinds) for one in _filling(place, data))


def are_statements(places: Sequence[Place], kinds: Kinds, data: bytes) -> bool:
    """Return whether neighbours are statements, one at least, with nothing but comments between them."""
    if len(places) == 1:
        filling = list(_filling(places[0], data))
        if any(is_statement(one, kinds) for one in filling):
            return True
        blocks = [one for one in filling if is_block(one, kinds)]
        places = _children(blocks[-1]) if blocks else ()
    named = [one for one in places if one.node.is_named and one.kind not in kinds.comments]
    return bool(named) and all(is_statement(one, kinds) for one in named)


def _filling(place: Place, data: bytes) -> Iterator[Place]:
    """Yield a place and what fills it: its child from its first to its last character, and so on."""
    inner: Place | None = place
    while inner is not None:
        yield inner
        span = Span(inner.start, inner.end_in(data))
        inner = next((child for child in _children(inner) if _fill((child,), span, data)), None)


def fault_of_blocks(places: Sequence[Place], kinds: Kinds, data: bytes, indent: bytes) -> str:
    """Return what tree-sitter-python reads as if nothing were wrong and Python does not; "" if there is nothing.

    Statements of one block open their lines with different white space, or others than `indent`; a block is empty.
    """
    if _indents(places, data) - {indent}:
        return "its lines are not indented evenly"
    for block in (one for top in places for one in places_in(top) if is_block(one, kinds)):
        statements = [child for child in _children(block) if is_statement(child, kinds)]
        if not statements:
            return "a block of it is empty"
        if len(_indents(statements, data)) > 1:
            return "its lines are not indented evenly"
    return ""


def _indents(places: Sequence[Place], data: bytes) -> set[bytes]:
    """Return the white space before those nodes that open their line, but for the first of the file's first line."""
    found = set()
    for place in places:
        at = place.node.start_byte
        opening = data[data.rfind(b"\n", 0, at) + 1 : at]
        if not opening.strip(b" \t\f"):
            found.add(opening)
    return found


def misplaced(places: Sequence[Place], kinds: Kinds) -> str:
    """Return the kind of the first node that means nothing where it stands (`return` outside a function), or ""."""
    everything = (one for top in places for one in places_in(top) if one.kind in kinds.inside)
    return next((one.kind for one in everything if not _is_inside(one, kinds)), "")


def _is_inside(place: Place, kinds: Kinds) -> bool:
    wanted = kinds.inside[place.kind]
    around = place.parent
    while around is not None:
        if around.kind in wanted:
            return True
        if f"async {around.kind}" in wanted and any(child.type == "async" for child in around.node.children):
            return True
        if around.kind in kinds.fences:
            return False
        around = around.parent
    return False


def new_troubles(before: Tree, after: Tree, change: Change) -> int:
    """Return how many places the grammar cannot read now and could before."""
    if not after.root_node.has_error:
        return 0
    old_inside, old_outside = _troubles(before, change.before, change.shift)
    new_inside, new_outside = _troubles(after, change.after, 0)
    return (new_outside - old_outside).total() + max(0, new_inside - old_inside)


def crosses(tree: Tree, offset: int) -> bool:
    """Return whether one lexeme stands on both sides of an offset."""
    if offset <= 0:
        return False
    leaf = tree.root_node.descendant_for_byte_range(offset - 1, offset + 1)
    return leaf is not None and leaf.child_count == 0 and leaf.start_byte < offset < leaf.end_byte


def line_starts_in_text(tree: Tree, span: Span, offsets: Sequence[int]) -> frozenset[int]:
    """Return those of some offsets that lie inside one lexeme or string: white space after them means something."""
    found = set()
    for offset in offsets:
        node = tree.root_node.descendant_for_byte_range(offset, offset + 1)
        while node is not None and node.start_byte >= offset:
            node = node.parent
        if node is not None and (node.child_count == 0 or "string" in node.type or "heredoc" in node.type):
            found.add(offset)
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Parts:
    """The children of a node: before a span, touching it, and after it."""

    left: list[tuple[str, int, int]]
    inside: tuple[Place, ...]
    right: list[tuple[str, int, int]]


def _split(place: Place, span: Span) -> _Parts | None:
    left, inside, right = [], [], []
    for child in _children(place):
        node = child.node
        if node.end_byte <= span.start:
            left.append((child.kind, node.start_byte, node.end_byte))
        elif node.start_byte >= span.end:
            right.append((child.kind, node.start_byte, node.end_byte))
        else:
            inside.append(child)
    return _Parts(left, tuple(inside), right) if inside else None


def _alike(old: _Parts, new: _Parts, shift: int) -> bool:
    return old.left == new.left and [(kind, a + shift, b + shift) for kind, a, b in old.right] == new.right


def _fill(places: Sequence[Place], span: Span, data: bytes) -> bool:
    return places[0].start == span.start and places[-1].end_in(data) == span.end


def _children(place: Place) -> list[Place]:
    node = place.node
    return [
        Place(child, child.type, node.field_name_for_child(index) or "", place)
        for index, child in enumerate(node.children)
    ]


def _troubles(tree: Tree, span: Span, shift: int) -> tuple[int, Counter[tuple[int, int, str]]]:
    """Return how many troubles touch a span, and the others, those after the span moved by `shift`."""
    inside, outside = 0, Counter[tuple[int, int, str]]()
    for trouble in troubles_in(tree):
        start, end = trouble.span.start, trouble.span.end
        if end < span.start:
            outside[start, end, trouble.missing] += 1
        elif start > span.end:
            outside[start + shift, end + shift, trouble.missing] += 1
        else:
            inside += 1
    return inside, outside
