"""Which names are bound at a place of a file, and which names a text would use that nothing binds.

Python's and JavaScript's scopes are followed as the languages do. Where names can come to be in ways that nobody can
read (a star import of another package, `exec`, a file with syntax errors), nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.facts.model import Flag, ScopeKind, Status
from kb.graph.python_builtins import NEVER_MISSING
from kb.source import Edit, Source, apply_edits
from models.constraints.names_file import JAVASCRIPT, PYTHON_NAMES, FileNames, facts_in
from models.constraints.names_javascript import LANGUAGE_NAMES, PLATFORM_NAMES, TYPE_NAMES
from models.constraints.names_model import Name, Names, Origin
from models.constraints.names_rows import is_bound_later, name_of

if TYPE_CHECKING:
    from kb.graph.code import Code
    from models.mask.model import Hole

__all__ = ["JAVASCRIPT", "Name", "Names", "Origin", "facts_in", "names_at", "unbound_in"]


def names_at(source: Source, language: str, offset: int, code: Code | None = None) -> Names | None:
    """Return all names that are bound at a byte offset, None where that cannot be known.

    `code` is the graph of the tree that the file belongs to: with it, imported names have kinds and signatures, and
    star imports of the tree's own modules are read. Known for Python, JavaScript and TypeScript.
    """
    file = FileNames(source, language, code)
    if (language != "python" and language not in JAVASCRIPT) or not file.known or file.stars is None:
        return None
    offset = max(0, min(offset, len(source.data)))
    scope = file.scope_at(offset)
    found = dict(_outer(file, scope))
    found |= file.stars
    for word in sorted(set(file.words(scope))):
        bound = file.bound(word, scope)
        rows = file.alive(bound[1], bound[0], offset, scope) if bound is not None else []
        if bound is not None and rows:
            later = is_bound_later(file.facts, rows, bound[0], scope, offset)
            found[word] = name_of(file.facts, rows, _origin(file, bound[0], scope), source, code, is_later=later)
    for word, _, _ in file.free():
        if not file.is_python or word in NEVER_MISSING:
            found.setdefault(word, Name(word, "local", Origin.AMBIENT))
    inside, is_async = _around(file, scope)
    return Names(offset, dict(sorted(found.items())), is_async, inside)


def _outer(file: FileNames, scope: int) -> Iterator[tuple[str, Name]]:
    around = {row.kind for row in file.around(scope)}
    if file.is_python:
        words = PYTHON_NAMES | ({"__class__"} if ScopeKind.CLASS in around else set())
    else:
        words = LANGUAGE_NAMES | PLATFORM_NAMES | (frozenset() if file.language == "javascript" else TYPE_NAMES)
        words |= {"arguments"} if ScopeKind.FUNCTION in around else set()
    for word in words:
        yield word, Name(word, "builtin", Origin.BUILTIN, module="builtins" if file.is_python else "")


def _origin(file: FileNames, bound_in: int, scope: int) -> Origin:
    if bound_in == 0:
        return Origin.MODULE
    at = scope
    while at != bound_in and at > 0:
        if file.scopes[at].kind in (ScopeKind.FUNCTION, ScopeKind.CLASS):
            return Origin.ENCLOSING
        at = file.scopes[at].parent
    return Origin.LOCAL


def _around(file: FileNames, scope: int) -> tuple[str, bool]:
    inside = file.scopes[scope].qualified if file.scopes else ""
    for row in file.around(scope):
        if row.kind is ScopeKind.FUNCTION:
            flags = file.facts.definitions[row.definition].flags if row.definition >= 0 else 0
            return inside, bool(flags & Flag.ASYNC.value)
        if row.kind is ScopeKind.CLASS:
            break
    return inside, not file.is_python  # modules of JavaScript may await, those of Python may not


def unbound_in(source: Source, language: str, hole: Hole, text: bytes, code: Code | None = None) -> tuple[str, ...]:
    """Return the names that nothing would bind if `text` stood in the hole: used by it, or left behind by it.

    Where the file's names cannot all be known (a star import), a name counts as bound if the file uses it already.
    () where nothing can be said at all: the language has no scopes here, or the splice does not parse.
    """
    if language != "python" and language not in JAVASCRIPT:
        return ()
    spliced = Source(source.path, apply_edits(source.data, (Edit(hole.span, text),)))
    before, after = FileNames(source, language, code), FileNames(spliced, language, code)
    if after.facts.status is not Status.WHOLE:
        return ()
    end = hole.span.start + len(text)
    outside: set[str] = set()
    inside: set[str] = set()
    for name, start, _ in before.free():
        (inside if hole.span.start <= start < hole.span.end else outside).add(name)
    certain = before.known and before.stars is not None and before.is_python
    trusted = outside if certain else outside | inside
    if certain:
        trusted = {name for name in outside if name in NEVER_MISSING}
    found = set()
    for name, start, _ in after.free():
        in_text = hole.span.start <= start < end
        if name not in (trusted if in_text else outside):
            found.add(name)
    return tuple(sorted(found))
