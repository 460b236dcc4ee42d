"""Definitions of a Python file whose bodies are still being read."""

from __future__ import annotations

from kb.facts.model import Kind, Signature


class Frame:
    """The function, class or module whose body is being read, and what its body was seen to do."""

    __slots__ = ("draft", "flags", "globals", "nonlocals", "raises", "receiver")

    def __init__(self, draft: Draft | None = None, receiver: str = "") -> None:
        """Start a frame; `receiver` is what its body calls the object that a method belongs to."""
        self.draft = draft
        self.receiver = receiver
        self.flags = 0
        self.raises: dict[str, None] = {}
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()


class Draft:
    """A definition whose body is still being read; its fields are those of `Definition`."""

    __slots__ = (
        "annotation", "bases", "decorators", "doc", "end", "flags", "frame", "inner", "kind", "name", "name_start",
        "qualified", "scope", "signature", "start", "value",
    )  # fmt: skip

    def __init__(
        self, name: str, qualified: str, kind: Kind, scope: int, start: int, end: int, name_start: int
    ) -> None:
        """Start a definition with what its first line says."""
        self.name = name
        self.qualified = qualified
        self.kind = kind
        self.scope = scope
        self.start = start
        self.end = end
        self.name_start = name_start
        self.inner = -1
        self.flags = 0
        self.decorators: tuple[str, ...] = ()
        self.bases: tuple[str, ...] = ()
        self.signature: Signature | None = None
        self.annotation = ""
        self.value = ""
        self.doc = ""
        self.frame: Frame | None = None
