"""Facts in short lines, for tables of sources and what is in them."""

from __future__ import annotations

from kb.facts.extract import facts_of
from kb.facts.model import Call, Definition, Facts, Flag
from kb.facts.queried import extract

_SHOWN = (
    Flag.EXPORTED | Flag.PRIVATE | Flag.STATIC | Flag.ABSTRACT | Flag.TEST | Flag.OVERRIDE | Flag.ASYNC | Flag.DECLARED
)
_STARS = {"rest": "*", "keywords": "**"}


def definition(row: Definition) -> str:
    """Return `kind qualified(parameters) < bases [flags]`."""
    text = f"{row.kind} {row.qualified}"
    if row.signature is not None:
        names = (_STARS.get(p.kind, "") + p.name + "=" * bool(p.default) for p in row.signature.parameters)
        text += f"({', '.join(names)})"
    text += " < " + ", ".join(row.bases) if row.bases else ""
    flags = " ".join(str(flag.name).lower() for flag in Flag(row.flags & _SHOWN))
    return f"{text} [{flags}]" if flags else text


def call(row: Call) -> str:
    """Return `chain/arguments`, a star behind where more of them may be passed."""
    return f"{row.chain}/{row.positional + len(row.keywords)}{'*' if row.star or row.double_star else ''}"


def shape(source: str, language: str) -> tuple[list[str], str, list[tuple[str, str, str]], list[str]]:
    """Return definitions, calls, imports and kinds of holes of a source that its grammar reads whole."""
    facts = extract(source.encode(), language)
    assert facts.trouble == ""
    check(facts, len(source.encode()))
    return (
        [definition(row) for row in facts.definitions],
        " ".join(call(row) for row in facts.calls),
        [(row.module, row.name, row.alias) for row in facts.imports],
        [row.kind for row in facts.holes],
    )


def check(facts: Facts, size: int) -> None:
    """Assert what holds of any facts: places within the file and in order, indexes that exist."""
    scopes = range(len(facts.scopes))
    assert facts.scopes[0].parent == -1
    for index, scope in enumerate(facts.scopes):
        assert 0 <= scope.start <= scope.end <= size
        assert scope.parent < index
        assert scope.definition < len(facts.definitions)
    for row in facts.definitions:
        assert 0 <= row.start <= row.end <= size
        assert 1 <= row.line <= max(1, facts.lines)
        assert row.scope in scopes
        assert row.inner == -1 or row.inner in scopes
        assert row.qualified.endswith(row.name)
        assert row.qualified
    for place in (*facts.bindings, *facts.imports, *facts.calls, *facts.uses, *facts.holes):
        assert 0 <= place.start < max(1, size)
        assert 1 <= place.line <= max(1, facts.lines)
        assert place.scope in scopes
    for rows in (facts.bindings, facts.imports, facts.uses, facts.holes):
        starts = [row.start for row in rows]
        assert starts == sorted(starts)


def read(path: str, source: str | bytes) -> Facts:
    """Return the facts of a file by its name, as everybody else gets them."""
    return facts_of(path, source.encode() if isinstance(source, str) else source)
