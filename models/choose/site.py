"""The place that is to be mended, as enumerations see it, and what they propose for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING

from kb.facts.model import Facts, Status
from kb.source import Span
from models.patch import Task

if TYPE_CHECKING:
    from kb.syntax.parse import Node, Tree
    from models.constraints.names import Names

SCRIPTS = frozenset({"javascript", "typescript", "tsx"})
_FUNCTIONS = frozenset(
    {"function_definition", "lambda", "function_declaration", "function_expression", "arrow_function"}
    | {"method_definition", "generator_function_declaration", "generator_function"}
)
_CLASSES = frozenset({"class_definition", "class_declaration", "class", "abstract_class_declaration"})


class Ground(IntEnum):
    """Why something is proposed, the firmest first. Candidates are ordered by this before any likelihood."""

    KNOWN = 0  # the tree itself says so: the module has the name, the parameter is called so
    NEAR = 1  # a slip away from what stands there: one letter, one member of the same class
    POSSIBLE = 2  # it can stand there, and nothing more is known


@dataclass(frozen=True)
class Choice:
    """One change: `text` in place of `span`. `note` says it to people."""

    span: Span
    text: bytes
    note: str
    ground: Ground = Ground.POSSIBLE


@dataclass(frozen=True)
class Site:
    """A task with its tree: what enumerations look at."""

    task: Task
    tree: Tree

    @property
    def is_python(self) -> bool:
        """Return whether the file is Python."""
        return self.task.language == "python"

    @property
    def is_script(self) -> bool:
        """Return whether the file is JavaScript or TypeScript."""
        return self.task.language in SCRIPTS

    @property
    def path(self) -> str:
        """Return the file's path."""
        return self.task.source.path

    def wrong(self, key: str) -> str:
        """Return what is known to be wrong under a key ("name", "want", ...), "" where nothing is."""
        return self.task.wrong.get(key, "")

    def is_meant(self, text: str) -> bool:
        """Return whether a name in the hole may be what is wrong: it is one that is suspected, or none is."""
        return not self.suspects or text in self.suspects

    @cached_property
    def suspects(self) -> frozenset[str]:
        """Return the words of the hole that surely lead nowhere, else those that the finding names; empty for none."""
        here = {word_of(node) for node in self.nodes if not node.child_count}
        here |= {word_of(node)[1:-1] for node in self.nodes if node.type == "string"}
        if self.missed & here and self.wrong("slug"):
            return frozenset(self.missed & here)
        said = f"{self.wrong('name')} {self.wrong('names')}".split()
        words = {part for name in said for part in (name, name.rpartition(".")[2])}
        return frozenset(words & here)

    @cached_property
    def missed(self) -> frozenset[str]:
        """Return the names in the hole of which the graph knows that they lead nowhere."""
        code, span = self.task.code, self.task.hole.span
        if code is None:
            return frozenset()
        misses = code.graph.misses_in([self.path]).get(self.path, [])
        return frozenset(miss.name for miss in misses if span.start <= miss.start < span.end)

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Return the nodes in the hole, its tokens too, in order of place, parents before children."""
        span = self.task.hole.span
        around = self.tree.root_node.descendant_for_byte_range(span.start, max(span.start, span.end - 1))
        while around is not None and around.parent is not None and _span_of(around.parent) == _span_of(around):
            around = around.parent
        return tuple(node for node in below(around) if span.start <= node.start_byte and node.end_byte <= span.end)

    @cached_property
    def facts(self) -> Facts:
        """Return the facts of the file as it stands, extracted anew where there is no graph of it."""
        task = self.task
        if task.code is not None:
            known = task.code.facts(self.path)
            if known.status is not Status.UNREAD and task.code.source(self.path).data == task.source.data:
                return known
        from kb.facts.extract import facts_of  # lazily: loads the extractors

        return facts_of(self.path, task.source.data)

    @cached_property
    def chains(self) -> frozenset[str]:
        """Return the chains that the file calls or uses, as its facts have them."""
        return frozenset(row.chain for row in self.facts.calls) | frozenset(row.chain for row in self.facts.uses)

    @cached_property
    def indent_step(self) -> bytes:
        """Return by what the file indents: of the first line that is indented, else four blanks (two in scripts)."""
        for line in self.task.source.data.splitlines()[:2000]:
            rest = line.lstrip(b" \t")
            if rest and rest != line and len(line) - len(rest) <= 8 and not rest.startswith((b"*", b"#")):
                return line[: len(line) - len(rest)]
        return b"    " if self.is_python else b"  "

    @cached_property
    def texts(self) -> frozenset[str]:
        """Return what the plain texts of the file say."""
        return frozenset(content_of(node) for node in below(self.tree.root_node) if node.type == "string")

    def names_at(self, offset: int) -> Names | None:
        """Return the names bound at a place; None where that is not knowable."""
        from models.constraints.names import names_at  # lazily: loads the grammars

        if offset not in self._names:
            self._names[offset] = names_at(self.task.source, self.task.language, offset, self.task.code)
        return self._names[offset]

    @cached_property
    def _names(self) -> dict[int, Names | None]:
        return {}

    def choice(self, node: Node, text: str | bytes, note: str, ground: Ground = Ground.POSSIBLE) -> Choice:
        """Return the change of one node's whole text."""
        return Choice(span_of(node), text if isinstance(text, bytes) else _encoded(text), note, ground)


def span_of(node: Node) -> Span:
    """Return the bytes that a node covers."""
    return Span(node.start_byte, node.end_byte)


def bytes_of(node: Node) -> bytes:
    """Return the source of a node."""
    return node.text or b""


def word_of(node: Node) -> str:
    """Return the source of a node as text; bytes that are no UTF-8 survive a way back through `_encoded`."""
    return bytes_of(node).decode("utf-8", "surrogateescape")


def content_of(node: Node) -> str:
    """Return what a text says between its quotation marks, "" where it is not one plain piece."""
    inner = [one for one in node.children if one.type in ("string_content", "string_fragment")]
    return word_of(inner[0]) if len(inner) == 1 else ""


def below(node: Node | None) -> Iterator[Node]:
    """Yield a node and all in it, parents before children, in order of place."""
    stack = [node] if node is not None else []
    while stack:
        one = stack.pop()
        yield one
        stack += reversed(one.children)


def around(node: Node) -> Iterator[Node]:
    """Yield what a node lies in, the nearest first."""
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def function_around(node: Node) -> Node | None:
    """Return the function that a node lies in, None at the top of a module or class."""
    for one in around(node):
        if one.type in _CLASSES:
            return None
        if one.type in _FUNCTIONS:
            return one
    return None


def class_around(node: Node) -> Node | None:
    """Return the class that a node lies in, methods and functions between them or not."""
    return next((one for one in around(node) if one.type in _CLASSES), None)


def field_of(node: Node) -> str:
    """Return the name of the field by which a node hangs from its parent, "" for none."""
    parent = node.parent
    if parent is None:
        return ""
    cursor = parent.walk()
    cursor.goto_first_child_for_byte(node.start_byte)  # a list may have a million children before it
    while cursor.node is not None and cursor.node.id != node.id:
        if not cursor.goto_next_sibling():
            return ""
    return cursor.field_name or ""


def _span_of(node: Node) -> tuple[int, int]:
    return node.start_byte, node.end_byte


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
