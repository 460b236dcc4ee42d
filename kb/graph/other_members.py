"""Members of types: their own, those that other files add to them, and those of their bases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kb.graph.other_files import File
from kb.graph.other_names import Place
from kb.graph.other_values import Value

if TYPE_CHECKING:
    from kb.graph.other_resolve import Resolver

MOST_TYPES = 200  # in one family


class Members:
    """Finds members by name."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def of(self, file: File, prefix: str, name: str, *, after: bool = False) -> tuple[tuple[Place, ...], bool]:
        """Return where a member of a type is defined, in the nearest of its bases that has it.

        Also whether every base on the way is known. `after` leaves out the type itself.
        """
        seen: set[str] = set()
        level, complete = [prefix], True
        while level and len(seen) < MOST_TYPES:
            following: list[str] = []
            for one in level:
                if one in seen:
                    continue
                seen.add(one)
                if not (after and one == prefix):
                    places = self._resolver.lookup.find(file, one + name)
                    if places:
                        return places, complete
                for base in self.bases(file, one):
                    complete = complete and not base.is_lost
                    if base.prefix:
                        following.append(base.prefix)
            level = following
        return (), complete

    def bases(self, file: File, prefix: str) -> list[Value]:
        """Return the bases of a type, as types; lost where one is not known."""
        resolver = self._resolver
        found = []
        for place in resolver.lookup.find(file, prefix[:-1]):
            own = resolver.lookup.file(place.path)
            for chain in place.symbol.bases:
                found.append(resolver.type_named(own, place.symbol.scope, chain))
        return found
