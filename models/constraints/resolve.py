"""Conflicts between constraints: which one gives way, and that it is said."""

from __future__ import annotations

from collections.abc import Iterable

from models.constraints.ir import (
    Constraint,
    ConstraintIR,
    Grammar,
    Inhabitants,
    Pattern,
    Preferences,
    Schema,
    Words,
)
from models.constraints.ir_json import canonical
from models.constraints.model import Domain, Preference
from models.constraints.sanitise import names_of, word_of

INHABITANT_NATS = 1.2  # for what has the type that a place asks for
_FORMS = (Grammar, Schema, Pattern)


def resolved(ir: ConstraintIR) -> tuple[tuple[Constraint, ...], tuple[str, ...]]:
    """Return constraints that can hold together, in an order that depends on their content only, and what gave way.

    One grammar, schema or pattern stays in each domain. Vocabularies of one role are intersected; where that leaves
    nothing, the one of the lowest priority gives way.
    """
    ordered = sorted(ir.constraints, key=lambda one: (-one.priority, canonical(one)))
    kept: list[Constraint] = []
    notes: list[str] = []
    forms: dict[Domain, Constraint] = {}
    vocabularies: dict[str, Words] = {}
    for one in ordered:
        if isinstance(one, _FORMS):
            if one.domain in forms:
                notes.append(_gave_way(one, forms[one.domain], "only one form can hold in a domain"))
                continue
            forms[one.domain] = one
        elif isinstance(one, Words):
            made, said = _vocabulary(one, vocabularies.get(one.role))
            notes += said
            if made is None:
                continue
            if one.role in vocabularies:
                kept.remove(vocabularies[one.role])
            vocabularies[one.role] = one = made
        kept.append(one)
    return tuple(kept), tuple(notes)


def _vocabulary(one: Words, other: Words | None) -> tuple[Words | None, list[str]]:
    words = names_of(one.words) if one.role == "modules" else names_of(one.words, "javascript")
    dropped = len(set(one.words)) - len(words)
    said = [f"{one.domain}: {dropped} of the words are no names"] if dropped else []
    if other is not None:
        words = tuple(sorted(set(words) & set(other.words)))
        if not words:
            return None, [*said, _gave_way(one, other, "they have no word in common")]
    if not words:
        return None, [*said, f"{one.domain}: dropped, there is no word to choose from"]
    return Words(one.kind, one.domain, one.priority, one.why, role=one.role, words=words), said


def _gave_way(one: Constraint, other: Constraint, why: str) -> str:
    return f"{one.domain}: {one.why!r} ({one.priority.name.lower()}) gave way to {other.why!r}: {why}"


def preferences_of(constraints: Iterable[Constraint]) -> tuple[tuple[Preference, ...], tuple[str, ...]]:
    """Return one preference a word, and where constraints disagreed: the higher priority says whether it is liked.

    Of those that agree, the strongest counts. Names that have the wanted type are preferred, too.
    """
    said: dict[str, tuple[int, Preference]] = {}
    notes = []
    for one in constraints:
        if isinstance(one, Preferences):
            rows = [(word, nats) for word, nats in one.words if nats]
        elif isinstance(one, Inhabitants):
            rows = [(word.rstrip("("), INHABITANT_NATS) for word in one.words]
        else:
            continue
        domain = one.domain if not one.domain.is_hard else Domain.SEMANTICS
        for text, nats in rows:
            word = word_of(text)
            if not word:
                continue
            made = Preference(domain, word, max(-10.0, min(10.0, nats)))
            known = said.get(word)
            if known is None or (known[1].nats * nats > 0 and abs(nats) > abs(known[1].nats)):
                said[word] = (one.priority, made)
            elif known[1].nats * nats < 0:
                notes.append(f"{domain}: {word!r} is liked and disliked; the first by priority counts")
    return tuple(sorted((row for _, row in said.values()), key=lambda p: (p.domain, p.word))), tuple(notes)
