"""What is known while one Python file is read: where we are, and the rows found so far.

Handlers of node kinds (`Handler`) are looked up by the grammar's number of a kind. They call each other through
`Reading.visit` and `Reading.each`, which count how deep they are: what lies deeper than `DEPTH` is put aside and
read afterwards from the top, so no file can exhaust the stack. Rows are therefore sorted at the end.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Final

from kb.facts.model import Binding, Call, Export, Flag, Hole, Import, Kind, Role, ScopeKind
from kb.facts.python_drafts import Draft, Frame
from kb.syntax.parse import Node

ANNOTATION: Final = 400  # characters kept of a type
DEFAULT: Final = 80
DEPTH: Final = 90  # levels of nesting read in one go; each takes a few frames of the stack
CONDITIONAL: Final = Flag.CONDITIONAL.value
DECLARED: Final = Flag.DECLARED.value
DEFERRED: Final = Flag.DEFERRED.value
FALLBACK: Final = Flag.FALLBACK.value
GUARDED: Final = Flag.GUARDED.value
MAIN: Final = Flag.MAIN.value
PRIVATE: Final = Flag.PRIVATE.value
SUSPENDED: Final = Flag.SUSPENDED.value
TYPING: Final = Flag.TYPING.value
USE_FLAGS: Final = TYPING | GUARDED | FALLBACK | MAIN  # of what is around; kept with names and attributes
_INHERITED: Final = TYPING | GUARDED | FALLBACK | MAIN  # of what is around a function; holds for its body too

NAMED, KEYWORD, SPLAT, DOUBLE_SPLAT = 1, 2, 3, 4  # shapes of nodes among the arguments of a call; 0 is none

Handler = Callable[["Reading", Node, int], None]
Names = dict[str, Kind]


def _line_starts(data: bytes) -> list[int]:
    """Return where each line starts, faster than `Source` does: extraction is bound by it on short lines."""
    starts = [0, *accumulate(map((1).__add__, map(len, data.split(b"\n"))))]
    starts.pop()
    return starts


class Reading:
    """One file being read: its text, the place reached, and the rows so far."""

    __slots__ = (
        "all_known", "all_seen", "bindings", "calls", "context", "data", "depth", "drafts", "dynamic", "entered",
        "exports", "fixed", "frame", "holes", "homes", "identifier", "imports", "later", "outers", "owners",
        "probes", "role", "scope", "scope_kinds", "scopes", "shapes", "starts", "steps", "table", "text", "uses",
    )  # fmt: skip

    def __init__(self, data: bytes, table: Sequence[Handler | None], shapes: Sequence[int]) -> None:
        """Start at the top of a file; `table` has the handlers and `shapes` the shapes by number of kind."""
        self.data = data
        self.fixed = data.isascii()
        self.text = data.decode("latin-1")  # one character a byte, so that offsets are indexes
        self.starts = _line_starts(data)
        self.table = table
        self.shapes = shapes
        self.steps = 0  # taken to work out chains
        self.probes: list[int] = []
        self.entered = ""  # what a `with` calls on what it is given
        self.identifier = -1  # the grammar's number of a name
        self.depth = 0
        self.context = 0
        self.role = Role.READ
        self.scope = 0
        self.frame = Frame()
        self.later: list[tuple[Node, int, int, int, Role, Frame]] = []
        self.drafts: list[Draft] = []
        self.scopes: list[list[int]] = [[-1, 0, len(data)]]  # parent, start, end
        self.scope_kinds: list[ScopeKind] = [ScopeKind.MODULE]
        self.homes = [0]  # where a walrus binds: the nearest scope around that is no comprehension
        self.owners: list[Draft | None] = [None]  # whose body a scope is, or is part of
        self.outers: dict[int, dict[str, None]] = {}
        self.bindings: list[Binding] = []
        self.imports: list[Import] = []
        self.exports: list[Export] = []
        self.calls: list[Call] = []
        self.uses: dict[tuple[str, int, Role, int], int] = {}
        self.holes: list[Hole] = []
        self.dynamic: dict[str, None] = {}
        self.all_seen = False
        self.all_known = True

    def visit(self, node: Node, flags: int = 0) -> None:
        """Read a node; `flags` are what its place says of it if it is a call."""
        handler = self.table[node.kind_id]
        if handler is None:
            return
        if self.depth > DEPTH:
            self.later.append((node, flags, self.scope, self.context, self.role, self.frame))
            return
        self.depth += 1
        handler(self, node, flags)
        self.depth -= 1

    def each(self, node: Node, flags: int = 0) -> None:
        """Read the children of a node."""
        if self.depth > DEPTH:
            self.later.append((node, flags, self.scope, self.context, self.role, self.frame))
            return
        self.depth += 1
        table = self.table
        for child in node.children:
            handler = table[child.kind_id]
            if handler is not None:
                handler(self, child, flags)
        self.depth -= 1

    def finish(self) -> None:
        """Read what was put aside for lying too deep."""
        while self.later:
            node, flags, self.scope, self.context, self.role, self.frame = self.later.pop()
            self.depth = 0
            handler = self.table[node.kind_id]
            if handler is not None:
                handler(self, node, flags)

    def slice(self, start: int, end: int) -> str:
        """Return the source text of a span."""
        return self.text[start:end] if self.fixed else self.data[start:end].decode("utf-8", "replace")

    def of(self, node: Node) -> str:
        """Return the source text of a node."""
        if self.fixed:
            return self.text[node.start_byte : node.end_byte]
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def head(self, node: Node, limit: int) -> str:
        """Return the first characters of a node's text, at most `limit`."""
        start, end = node.start_byte, node.end_byte
        return self.slice(start, min(end, start + 4 * limit))[:limit]

    def probed(self, node: Node) -> bool:
        """Return whether a test for the presence of something begins inside a node."""
        if not self.probes:
            return False
        at = bisect_left(self.probes, node.start_byte)
        return at < len(self.probes) and self.probes[at] < node.end_byte

    def line(self, offset: int) -> int:
        """Return the 1-based line of an offset."""
        return bisect_right(self.starts, offset)

    def use(self, chain: str, start: int, role: Role, flags: int = 0) -> None:
        """Note a name or an attribute chain, unless it was already met like this in this scope."""
        key = (chain, self.scope, role, flags | self.context & USE_FLAGS)
        known = self.uses.get(key)
        if known is None or start < known:
            self.uses[key] = start

    def bind(
        self, name: str, start: int, value: str = "", annotation: str = "", *, flags: int = 0, parameter: bool = False
    ) -> None:
        """Note a name bound in the current scope, or in the one a `global` statement or a walrus sends it to."""
        self.put(name, self.homes[self.scope], start, value, annotation, flags=flags, parameter=parameter)

    def put(
        self,
        name: str,
        scope: int,
        start: int,
        value: str,
        annotation: str = "",
        *,
        flags: int = 0,
        parameter: bool = False,
    ) -> None:
        """Note a name bound in a given scope."""
        if not parameter and name in self.frame.globals and self.scope_kinds[scope] is ScopeKind.FUNCTION:
            scope = 0
        row = Binding(
            name,
            scope,
            start,
            bisect_right(self.starts, start),
            value,
            annotation,
            flags | self.context,
            parameter,
        )
        self.bindings.append(row)

    def draft(self, name: str, kind: Kind, scope: int, start: int, end: int, name_start: int) -> Draft:
        """Note a definition of a name bound in `scope`."""
        owner = self.owners[scope]
        qualified = f"{owner.qualified}.{name}" if owner is not None else name
        draft = Draft(name, qualified, kind, scope, start, end, name_start)
        draft.flags = self.context
        if name.startswith("_") and not name.endswith("__"):
            draft.flags |= PRIVATE
        self.drafts.append(draft)
        return draft

    def open_scope(self, kind: ScopeKind, start: int, end: int, owner: Draft | None) -> int:
        """Return the number of a new scope inside the current one; `owner` None where it is nobody's own body."""
        number = len(self.scopes)
        self.scopes.append([self.scope, start, end])
        self.scope_kinds.append(kind)
        self.homes.append(self.homes[self.scope] if kind is ScopeKind.COMPREHENSION else number)
        self.owners.append(owner if owner is not None else self.owners[self.scope])
        if owner is not None:
            owner.inner = number
        return number

    def body(self, node: Node, scope: int, frame: Frame, *, deferred: bool, flags: int = 0) -> None:
        """Read a body in its own scope."""
        saved = self.scope, self.context, self.frame, self.role
        self.scope, self.frame, self.role = scope, frame, Role.READ
        if deferred:
            self.context = self.context & _INHERITED | DEFERRED
        self.visit(node, flags)
        self.scope, self.context, self.frame, self.role = saved

    def within(self, node: Node, added: int) -> None:
        """Read a node with `added` flags of what is around it."""
        saved = self.context
        self.context = saved | added
        self.visit(node)
        self.context = saved
