"""The words of what is bound at a place: a name, where it comes from, and all that can be seen from there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kb.facts.model import Signature
from kb.source import Span


class Origin(StrEnum):
    """Where the name is bound that is seen, the nearest first."""

    LOCAL = "local"  # in the function or class around the place, or in a block or comprehension of it
    ENCLOSING = "enclosing"  # in a function further out
    MODULE = "module"
    BUILTIN = "builtin"  # the language brings it, or the platform
    AMBIENT = "ambient"  # nothing seen binds it, and the file uses it all the same


@dataclass(frozen=True)
class Name:
    """One name that may be written at a place, and what is known of what it stands for."""

    name: str
    kind: str  # of kb.facts.model.Kind, or parameter, local, import, builtin
    origin: Origin
    module: str = ""  # of an import: as it is written, with leading dots
    member: str = ""  # of an import: the name asked of the module, "" for the module itself
    signature: Signature | None = None  # of a function or method, `self` included; None where it is not known
    annotation: str = ""  # source text of a variable's type
    value: str = ""  # chain of what it is set to, see kb.facts.model
    bases: tuple[str, ...] = ()  # of a class
    flags: int = 0  # kb.facts.model.Flag
    starts: tuple[int, ...] = ()  # where it is bound, in bytes of the file; () outside of it
    is_later: bool = False  # bound by statements of the same function that all come after the place

    @property
    def is_callable(self) -> bool:
        """Return whether it is known to be a function or class."""
        return self.kind in ("function", "method", "class", "enum", "struct")


@dataclass(frozen=True)
class Names(Mapping[str, Name]):
    """All names that may be written at a place, in order of the alphabet."""

    offset: int
    known: Mapping[str, Name] = field(default_factory=dict)
    is_async: bool = False  # whether `await` may stand there
    inside: str = ""  # qualified name of the definition around it

    def __getitem__(self, name: str) -> Name:
        """Return what is known of a name; raises KeyError if nothing binds it."""
        return self.known[name]

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self.known)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.known)

    def outside(self, span: Span) -> Names:
        """Return the names that stay bound when what stands in `span` is taken away.

        A name that the span hides from further out is left out, too: what it would stand for then is not worked out.
        """
        kept = {
            name: row
            for name, row in self.known.items()
            if not row.starts or not all(span.start <= start < span.end for start in row.starts)
        }
        return Names(self.offset, kept, self.is_async, self.inside)
