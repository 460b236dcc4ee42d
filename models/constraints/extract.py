"""Constraints on a hole, from the code around it and from the graph."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from kb.source import Source
from kb.syntax.languages import LANGUAGES
from kb.syntax.parse import Tree, Unparsed, parse
from models.constraints.conventions import quote_of, unit_of
from models.constraints.holes import spec_of
from models.constraints.importable import importable
from models.constraints.ir import (
    Constraint,
    ConstraintIR,
    Grammar,
    HoleSpec,
    Inhabitants,
    Kind,
    Preferences,
    Priority,
    Schema,
    Words,
)
from models.constraints.members import members_at
from models.constraints.model import Domain
from models.constraints.names import JAVASCRIPT, facts_in, names_at
from models.constraints.names_model import Names
from models.constraints.sanitise import names_of
from models.constraints.surroundings import preferences_around
from models.constraints.vocabulary import bound_in_text, is_reference
from models.constraints.wanted import Wanted, inhabitants_of, wanted_at

if TYPE_CHECKING:
    from kb.graph.code import Code
    from models.mask.model import Hole

_VALUES: Final = frozenset({"expression", "expressions", "argument_list", "argument", "pair"})
_STATEMENTS: Final = frozenset({"statement", "statements", "block"})
_JSON: Final = {"object": "object", "array": "array", "string": "string", "number": "number", "true": "boolean"}


def extract(source: Source, language: str, hole: Hole, code: Code | None = None) -> ConstraintIR:
    """Return the constraints on what is written into a hole; never raises, whatever the file holds.

    With `code`, the graph of the tree that the file belongs to, imported names are known and imports are checked.
    What cannot be known is left out: a constraint is there only where code that is fine satisfies it.
    """
    tree = _tree(source, language)
    names = names_at(source, language, hole.span.start, code)
    here = names.outside(hole.span) if names is not None else None
    wanted = wanted_at(tree, hole, here) if tree is not None else Wanted()
    is_async = names.is_async if names is not None else False
    spec = spec_of(source, language, hole, tree, wanted=wanted.type, is_async=is_async)
    found = [*_grammars(source, hole, spec)]
    if tree is not None and names is not None and here is not None:
        found += _vocabularies(spec, hole, tree, names, here, wanted)
        found += _members(spec, members_at(tree, hole, source.path, code))
    found += _imports(spec, code)
    found += preferences_around(spec, facts_in(source.data, language), here, wanted)
    quote = quote_of(source)
    if quote and spec.node_class in (*_VALUES, "string"):
        why = "the quote that the file uses"
        found.append(Preferences(Kind.SEMANTIC, Domain.SEMANTICS, Priority.HINT, why, words=((quote, 0.5),)))
    known = None if here is None else names_of(here, "python" if language == "python" else "javascript")
    ir = ConstraintIR(spec, tuple(found), known)
    return replace(ir, feasibility=_feasibility(ir))


def _tree(source: Source, language: str) -> Tree | None:
    try:
        return parse(source.data, language) if language in LANGUAGES else None
    except Unparsed:
        return None


def _grammars(source: Source, hole: Hole, spec: HoleSpec) -> Iterator[Constraint]:
    why = f"{spec.kind or spec.node_class} stands here"
    if spec.language == "json":
        schema = json.dumps({"type": _JSON.get(hole.kind.replace("false", "true"), ["null"])})
        schema = schema if hole.kind in (*_JSON, "false") else "{}"
        yield Schema(Kind.SYNTACTIC, Domain.SYNTAX, Priority.REQUIRED, why, schema=schema)
        return
    yield Grammar(
        Kind.SYNTACTIC,
        Domain.SYNTAX,
        Priority.REQUIRED,
        why,
        language=spec.language,
        node_class=spec.node_class,
        indent=spec.indent if spec.node_class in _STATEMENTS else "",
        unit=unit_of(source, hole.indent) if spec.node_class in _STATEMENTS else " ",
        is_inline=spec.is_inline and spec.node_class in _STATEMENTS,
        is_bracketed=spec.is_bracketed,
    )


def _vocabularies(
    spec: HoleSpec, hole: Hole, tree: Tree, names: Names, here: Names, wanted: Wanted
) -> Iterator[Constraint]:
    """Yield which names may be read, and which of them have the type that is wanted."""
    script = spec.language in JAVASCRIPT
    is_name = spec.node_class == "identifier"
    takes_names = is_name and is_reference(tree, hole)
    if takes_names or (spec.node_class in _VALUES and not script):
        words = names_of({*here, *bound_in_text(tree, hole)}, "javascript" if script else "python")
        why = f"names in scope of {names.inside or 'the module'}"
        yield Words(Kind.TYPE_SAFETY, Domain.TYPES, Priority.REQUIRED, why, role="names", words=words)
    if wanted.type and (takes_names or spec.node_class in _VALUES):
        fitting = tuple(inhabitants_of(wanted, here))
        why = f"{wanted.type}: {wanted.why}"
        yield Inhabitants(Kind.TYPE_SAFETY, Domain.TYPES, Priority.PREFERRED, why, type=wanted.type, words=fitting)


def _members(spec: HoleSpec, members: tuple[str, ...]) -> Iterator[Constraint]:
    if members:
        why = "members of what stands before the dot"
        words = tuple((name, 1.0) for name in members)
        yield Preferences(Kind.TYPE_SAFETY, Domain.SEMANTICS, Priority.PREFERRED, why, words=words)


def _imports(spec: HoleSpec, code: Code | None) -> Iterator[Constraint]:
    if code is None or spec.language != "python" or spec.node_class not in ("import", *_STATEMENTS):
        return
    words = importable(spec.path, code)
    why = "the standard library, this tree's modules, and what it imports already"
    yield Words(Kind.ARCHITECTURAL, Domain.IMPORTS, Priority.REQUIRED, why, role="modules", words=words)


def _feasibility(ir: ConstraintIR) -> float:
    """Return how likely it is that something sensible satisfies all: less with few names, or none of the type."""
    found = 1.0
    for one in ir.constraints:
        if isinstance(one, Words):
            found *= 0.05 if not one.words else 0.5 if len(one.words) < 3 else 1.0
        elif isinstance(one, Inhabitants):
            found *= 1.0 if one.words else 0.6
    return round(found if ir.names is not None else found * 0.9, 3)
