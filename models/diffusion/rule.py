"""Compiled constraints as a rule on the tokens of a hole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from models.constraints.model import HardGrammar
from models.diffusion.settings import Rule
from models.infill.masks import gates_of
from models.infill.stats import Meter
from models.model import Model

if TYPE_CHECKING:
    from models.model import Logits


def rule_of(model: Model, hard: Sequence[HardGrammar], lead: bytes, budget_us: float) -> tuple[Rule, tuple[str, ...]]:
    """Return the rule that a text begins with `lead` and then matches every grammar, and notes on what was left out.

    Without grammars any text in UTF-8 matches. Raises Unsatisfiable where none of the grammars is one.
    """
    gates = gates_of(model.masks(), hard, lead, Meter(budget_us))

    def whole(tokens: Sequence[int]) -> bool:
        ended = gates.fork()
        ended.take(tokens)
        return ended.is_accepting

    def best(tokens: Sequence[int], logits: Logits) -> int | None:
        begun = gates.fork()
        begun.take(tokens)
        return begun.likeliest(logits)

    return Rule(gates.admitted, whole, best), tuple(gates.notes)
