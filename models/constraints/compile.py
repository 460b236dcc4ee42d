"""From constraints to what a decoder is handed: grammars, preferences, and what they cost.

Compiled is piece by piece, each kept by its content: where the surroundings of a hole change, only the pieces whose
content changed are made again.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from threading import Lock
from typing import Final

from models.constraints.grammar import lark_of
from models.constraints.grammars.imports import imports_grammar
from models.constraints.grammars.python import expression_grammar
from models.constraints.grammars.template import quoted
from models.constraints.ir import Constraint, ConstraintIR, Grammar, Pattern, Schema, Words
from models.constraints.ir_json import canonical
from models.constraints.model import Compiled, Domain, HardGrammar, Intensity
from models.constraints.regex import faults_of, lark_of_regex
from models.constraints.resolve import preferences_of, resolved

KEPT: Final = 512  # pieces, and as many holes
_ACTIVE: Final = {
    Intensity.NONE: frozenset[Domain](),
    Intensity.SYNTAX_ONLY: frozenset({Domain.SYNTAX}),
    Intensity.STANDARD: frozenset({Domain.SYNTAX, Domain.TYPES}),
    Intensity.FULL_HARD: frozenset({Domain.SYNTAX, Domain.TYPES, Domain.IMPORTS}),
    Intensity.FULL: frozenset(Domain),
    Intensity.EXHAUSTIVE: frozenset(Domain),
}
_HARD: Final = (Domain.SYNTAX, Domain.TYPES, Domain.IMPORTS)  # the firmest first
_TOLD: Final = frozenset({"python", "javascript", "typescript", "tsx"})  # have a grammar of their own


def compiled(ir: ConstraintIR, intensity: Intensity = Intensity.STANDARD) -> Compiled:
    """Return the constraints of an IR as a decoder takes them, from what was compiled before where content is equal.

    Never raises: what cannot be compiled is left out, and `notes` says so.
    """
    return _shared().compiled(ir, intensity)


@lru_cache(maxsize=1)
def _shared() -> Compiler:
    return Compiler()


class Compiler:
    """Compiles, and keeps the pieces and holes that were compiled last. Safe between threads."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept, self._lock = kept, Lock()
        self._pieces: OrderedDict[str, tuple[HardGrammar | None, str]] = OrderedDict()
        self._holes: OrderedDict[str, Compiled] = OrderedDict()
        self.pieces_made = 0  # how many pieces were not there yet
        self.hits = 0  # how many holes were

    def compiled(self, ir: ConstraintIR, intensity: Intensity = Intensity.STANDARD) -> Compiled:
        """Return what the module's `compiled` returns."""
        key = key_of(ir, intensity)
        with self._lock:
            if key in self._holes:
                self._holes.move_to_end(key)
                self.hits += 1
                return self._holes[key]
        made = self._compile(ir, intensity, key)
        with self._lock:
            self._holes[key] = made
            while len(self._holes) > self._kept:
                self._holes.popitem(last=False)
        return made

    def _compile(self, ir: ConstraintIR, intensity: Intensity, key: str) -> Compiled:
        constraints, notes = resolved(ir)
        active = [one for one in constraints if one.domain in _ACTIVE[intensity]]
        hard = []
        for domain in _HARD:
            for one in (one for one in active if one.domain is domain):
                made, said = self._piece(one, ir)
                notes += (said,) if said else ()
                hard += [made] if made is not None else []
        soft_too = intensity in (Intensity.FULL, Intensity.EXHAUSTIVE)
        soft, disputed = preferences_of(constraints) if soft_too else ((), ())
        return Compiled(
            hard=tuple(hard),
            soft=soft,
            intensity=intensity,
            key=key,
            feasibility=ir.feasibility,
            names=frozenset(ir.names or ()),
            notes=(*ir.notes, *notes, *disputed),
        )

    def _piece(self, one: Constraint, ir: ConstraintIR) -> tuple[HardGrammar | None, str]:
        """Return one constraint as a grammar, or why it is none; (None, "") for one that is no grammar."""
        make = _maker(one, ir)
        if make is None:
            return None, ""
        spec = ir.hole
        place = [spec.node_class, spec.language, spec.is_bracketed, ":=" in spec.text] if isinstance(one, Words) else []
        old = spec.text if isinstance(one, Grammar) and spec.language not in _TOLD else ""
        key = _digest([canonical(one), place, old])
        with self._lock:
            if key in self._pieces:
                self._pieces.move_to_end(key)
                return self._pieces[key]
        lark, said = make()
        found = (HardGrammar(one.domain, lark) if lark else None, said)
        with self._lock:
            self.pieces_made += 1
            self._pieces[key] = found
            while len(self._pieces) > self._kept:
                self._pieces.popitem(last=False)
        return found


def key_of(ir: ConstraintIR, intensity: Intensity) -> str:
    """Return a digest of all that decides what is compiled, whatever the order and the reasons of constraints."""
    spec = ir.hole
    place = [spec.language, spec.node_class, spec.indent, spec.is_inline, spec.is_bracketed, ":=" in spec.text]
    content = sorted(canonical(one) for one in ir.constraints)
    old = spec.text if spec.language not in _TOLD else ""
    names = sorted(ir.names) if ir.names is not None else None
    return _digest([intensity.value, place, content, names, ir.feasibility, list(ir.notes), old])


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


def _maker(one: Constraint, ir: ConstraintIR) -> Callable[[], tuple[str, str]] | None:
    """Return what makes the grammar of a constraint, and what is to be said of it; None where it has none."""
    if isinstance(one, Grammar):
        return lambda: _of_grammar(one, ir)
    if isinstance(one, Schema):
        return lambda: _of_schema(one)
    if isinstance(one, Pattern):
        return lambda: _of_pattern(one)
    if isinstance(one, Words):
        return lambda: (_of_words(one, ir), "")
    return None


def _of_grammar(one: Grammar, ir: ConstraintIR) -> tuple[str, str]:
    from models.constraints.check import grammar_fault, satisfies  # lazily: loads llguidance

    try:
        lark = lark_of(one)
    except KeyError as missing:
        return "", f"{one.domain}: {one.language} has no grammar of {missing}"
    fault = grammar_fault(lark) if one.lark else ""
    if fault:
        return "", f"{one.domain}: dropped, the grammar is none: {fault}"
    if not one.lark and one.language not in _TOLD:
        # what is known of these languages is little: a grammar that the file itself breaks does not fit
        against = satisfies(Compiled(hard=(HardGrammar(one.domain, lark),)), ir.hole.text.encode())
        if against:
            return "", f"{one.domain}: dropped, what stands there breaks it"
    return lark, ""


def _of_schema(one: Schema) -> tuple[str, str]:
    from models.constraints.check import grammar_fault  # lazily: loads llguidance

    try:
        schema = json.loads(one.schema)
    except (ValueError, RecursionError) as error:
        return "", f"{one.domain}: dropped, the schema is no JSON: {error}"
    if not isinstance(schema, dict):
        return "", f"{one.domain}: dropped, the schema is no object"
    lark = f"start: %json {json.dumps(schema)}\n"
    fault = grammar_fault(lark)
    return ("", f"{one.domain}: dropped, the schema cannot be compiled: {fault}") if fault else (lark, "")


def _of_pattern(one: Pattern) -> tuple[str, str]:
    faults = faults_of(one.regex)
    if faults:
        return "", f"{one.domain}: dropped, the regular expression is refused: {'; '.join(faults)}"
    return lark_of_regex(one.regex), ""


def _of_words(one: Words, ir: ConstraintIR) -> str:
    spec = ir.hole
    if one.role == "modules":
        return imports_grammar(one.words)
    if spec.node_class == "identifier" or spec.language != "python":
        return f"start: {' | '.join(quoted(word) for word in one.words)}\n"
    if ":=" in spec.text:
        return ""  # what stands there binds names as it goes, and so may what comes instead
    return expression_grammar(spec.node_class, bracketed=spec.is_bracketed, names=one.words)
