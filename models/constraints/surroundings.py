"""The manner of the code around a hole, as words that are preferred or avoided a little.

Everything here is soft: it decides between texts that are likely anyway. Weights are in nats; a word can gain at most
`MOST` by how often the function around the hole uses it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from kb.facts.model import Facts, Scope
from models.constraints.ir import Constraint, HoleSpec, Kind, Preferences, Priority
from models.constraints.model import Domain
from models.constraints.names_model import Names
from models.constraints.sanitise import word_of
from models.constraints.wanted import Wanted

MOST: Final = 1.0
_NEAREST: Final = 40  # words that are kept of those used near by
_SCRIPTS: Final = frozenset({"javascript", "typescript", "tsx"})
_ROOT: Final = re.compile(r"[^\W\d][\w$]*")
_LEFT_BEHIND: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"python": ("print", "breakpoint", "pdb"), **dict.fromkeys(_SCRIPTS, ("console", "debugger", "alert"))}
)
_DANGEROUS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "python": ("eval", "exec", "os.system", "pickle", "shell", "verify", "__import__", "globals"),
        **dict.fromkeys(_SCRIPTS, ("eval", "Function", "innerHTML", "document.write", "dangerouslySetInnerHTML")),
    }
)
_BLOCKING: Final = ("time.sleep", "requests", "urlopen", "input")  # what must not wait in a coroutine


def preferences_around(hole: HoleSpec, facts: Facts, names: Names | None, wanted: Wanted) -> Iterator[Constraint]:
    """Yield what the code around a hole makes likelier: its words, its callee's parameters, its way with errors."""
    scope = _scope_around(facts, hole.start)
    used = _used_in(facts, scope, hole)
    later = {name for name, row in names.items() if row.is_later} if names is not None else set()
    near = {word: nats for word, nats in _weights(used).items() if word not in later}
    if near:
        yield _soft(Kind.SEMANTIC, Domain.SEMANTICS, Priority.PREFERRED, "used near by", near)
    if wanted.parameters:
        weights = dict.fromkeys(wanted.parameters, 0.4)
        yield _soft(Kind.TYPE_SAFETY, Domain.SEMANTICS, Priority.PREFERRED, f"parameters of {wanted.callee}", weights)
    yield from _flow(hole, facts, scope)
    calls = {row.chain for row in facts.calls}
    every = {chain.partition(".")[0] for chain in (*calls, *(row.chain for row in facts.uses))} | set(used)
    for kind, why, table, nats in (
        (Kind.OPERATIONAL, "left behind by debugging", _LEFT_BEHIND, -1.5),
        (Kind.SECURITY, "runs or trusts what it is given", _DANGEROUS, -2.5),
    ):
        words = [word for word in table.get(hole.language, ()) if word not in every and word not in calls]
        if words:
            weights = {word.rpartition(".")[2]: nats for word in words}
            yield _soft(kind, Domain.SEMANTICS, Priority.WANTED, why, weights)


def _soft(kind: Kind, domain: Domain, priority: Priority, why: str, weights: Mapping[str, float]) -> Preferences:
    kept = {word_of(word): round(nats, 3) for word, nats in weights.items()}
    return Preferences(kind, domain, priority, why, words=tuple(sorted((w, n) for w, n in kept.items() if w)))


def _scope_around(facts: Facts, offset: int) -> Scope | None:
    """Return the scope of the innermost definition around a place."""
    around = [one for one in facts.scopes if one.start <= offset < one.end and one.definition >= 0]
    return max(around, key=lambda one: one.start, default=facts.scopes[0] if facts.scopes else None)


def _used_in(facts: Facts, scope: Scope | None, hole: HoleSpec) -> Counter[str]:
    """Return how often each name and attribute is met around the hole, what stands in it left out."""
    counts: Counter[str] = Counter()
    if scope is None:
        return counts
    rows = [(row.chain, row.start) for row in facts.calls] + [(row.chain, row.start) for row in facts.uses]
    for chain, start in rows:
        if scope.start <= start < scope.end and not hole.start <= start < hole.end:
            counts.update(_ROOT.findall(chain))
    return counts


def _weights(used: Counter[str]) -> dict[str, float]:
    nearest = sorted(used.items(), key=lambda row: (-row[1], row[0]))[:_NEAREST]
    return {word: min(MOST, 0.25 * math.log2(1 + count)) for word, count in nearest}


def _flow(hole: HoleSpec, facts: Facts, scope: Scope | None) -> Iterator[Constraint]:
    if scope is None:
        return
    calls = [row for row in facts.calls if scope.start <= row.start < scope.end]
    definition = facts.definitions[scope.definition] if scope.definition >= 0 else None
    raised = [chain.partition(".")[0] for chain in definition.raises] if definition is not None else []
    if raised:
        weights = dict.fromkeys(["raise" if hole.language == "python" else "throw", *raised], 0.5)
        yield _soft(Kind.SEMANTIC, Domain.CONTROL_FLOW, Priority.PREFERRED, "what the function raises", weights)
    if hole.is_async and definition is not None:
        yield _soft(Kind.OPERATIONAL, Domain.CONTROL_FLOW, Priority.PREFERRED, "a coroutine waits", {"await": 0.5})
        if hole.language == "python" and not any(row.chain in _BLOCKING for row in calls):
            weights = {word.rpartition(".")[2]: -2.0 for word in _BLOCKING}
            yield _soft(Kind.OPERATIONAL, Domain.CONTROL_FLOW, Priority.WANTED, "blocks the event loop", weights)
