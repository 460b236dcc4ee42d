"""The loop: one prompt read once, several texts written side by side in one batch a step."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from models.constraints.model import Compiled
from models.infill.fim import Prompt, prompt_of
from models.infill.lookup import MOST, Lookup
from models.infill.masks import Gates, gates_of
from models.infill.pen import Pen
from models.infill.rules import Ended, Reasoning, Rules
from models.infill.soft import Weigh
from models.infill.stats import Meter, Stats
from models.infill.window import Window
from models.mask.model import Hole
from models.model import NEVER, Model, Sampling, Stop

if TYPE_CHECKING:
    from models.model import Branches, Logits

_SLACK = 8  # tokens that forced bytes may take more than their own tokens, where others come first
_GRAMMAR_BUDGET_US = 200.0  # where grammars are given and their intensity sets no time


@dataclass(frozen=True)
class Writing:
    """What is to be written: where, how often, and what has to hold."""

    window: Window
    hole: Hole
    language: str
    seeds: tuple[int, ...]  # one a text
    sampling: Sampling = field(default_factory=Sampling)
    room: int = 96  # tokens of a text at most
    opening: bytes = b""  # a line in front of the prompt's prefix
    constraints: Compiled | None = None  # None: only the boundary is held to
    use_soft: bool = False
    draft: bytes = b""  # what the text is likely to repeat
    reasoning: Reasoning | None = None
    whole: Callable[[bytes], bool] = lambda text: True  # whether the tree finds a text whole in its hole


@dataclass(frozen=True)
class Written:
    """One text as the model left it."""

    text: bytes
    seed: int
    tokens: int
    ended: Ended
    marks: tuple[int, ...] = ()  # offsets at which its tokens end


@dataclass(frozen=True)
class Page:
    """The texts of one writing in the order of its seeds."""

    texts: tuple[Written, ...]
    stats: Stats
    prompt_tokens: int
    notes: tuple[str, ...] = ()


def write(
    model: Model, writing: Writing, *, stop: Stop = NEVER, clock: Callable[[], int] = time.perf_counter_ns
) -> Page:
    """Return the texts that a model writes; `clock` gives nanoseconds, and only decides how constraints are asked.

    Raises Unsatisfiable where none of the grammars is one, and what `Model.branches` raises.
    """
    prompt = prompt_of(model, writing.window, opening=writing.opening)
    meter = Meter(_budget(writing), clock)
    gates = _gates(model, writing, prompt, meter)
    prompt = _with_reasoning(model, prompt, writing.reasoning)
    forced = len(model.tokens_of(prompt.forced))
    rules = _rules(model, writing, prompt, writing.room + forced + _SLACK)
    drafts = bool(writing.draft) and model.info.can_forget and len(writing.seeds) == 1
    old = model.tokens_of(prompt.forced + writing.draft) if drafts else ()
    weigh = Weigh(writing.constraints.soft) if writing.constraints and writing.use_soft else None
    pens = [
        Pen(
            rules,
            replace(writing.sampling, seed=seed),
            gates.fork(),
            meter=meter,
            lookup=Lookup(old) if drafts else None,
            adjust=weigh,
        )
        for seed in writing.seeds
    ]
    thoughts = 0 if writing.reasoning is None else writing.reasoning.most + len(rules.close) + 1
    room = rules.room + thoughts + (MOST if drafts else 0) + 1
    with model.branches(prompt.tokens, len(pens), room=room, stop=stop) as branches:
        _run(branches, pens, stop)
    notes = dict.fromkeys((*gates.notes, *(note for pen in pens for note in pen.notes)))
    texts = tuple(
        Written(pen.text, seed, pen.tokens, pen.ended or Ended.FULL, pen.marks)
        for seed, pen in zip(writing.seeds, pens, strict=True)
    )
    return Page(texts, meter.stats(), len(prompt.tokens), tuple(notes))


def _run(branches: Branches, pens: Sequence[Pen], stop: Stop) -> None:
    """Let every pen write until it ends."""
    rows: dict[int, Logits] = {at: branches.logits(at)[None] for at in range(len(pens))}  # (1 + draft, V)
    while rows:
        stop.check()
        batch: dict[int, tuple[int, ...]] = {}
        for at in sorted(rows):
            tokens = pens[at].take(rows[at])
            if pens[at].surplus and tokens:
                branches.rollback(at, pens[at].surplus)
            if tokens:
                batch[at] = tokens
        found = branches.advance(batch) if batch else {}
        rows = {at: found[at][len(tokens) - pens[at].drafted - 1 :] for at, tokens in batch.items()}


def _gates(model: Model, writing: Writing, prompt: Prompt, meter: Meter) -> Gates:
    if writing.constraints is not None and writing.constraints.hard:
        return gates_of(model.masks(), writing.constraints.hard, prompt.forced, meter)
    return gates_of(model.masks(), (), prompt.forced, Meter(_GRAMMAR_BUDGET_US, meter.clock))


def _budget(writing: Writing) -> float:
    own = 0 if writing.constraints is None else writing.constraints.intensity.budget_us
    return float(own) or _GRAMMAR_BUDGET_US


def _with_reasoning(model: Model, prompt: Prompt, reasoning: Reasoning | None) -> Prompt:
    if reasoning is None or not reasoning.open:
        return prompt
    return replace(prompt, tokens=prompt.tokens + model.tokens_of(reasoning.open))


def _rules(model: Model, writing: Writing, prompt: Prompt, room: int) -> Rules:
    pieces: dict[int, bytes] = {}

    def piece(token: int) -> bytes:
        if token not in pieces:
            pieces[token] = model.bytes_of((token,))
        return pieces[token]

    reasoning = writing.reasoning
    close: tuple[int, ...] = ()
    if reasoning is not None:
        close = model.tokens_of(reasoning.close) if reasoning.close_token is None else (reasoning.close_token,)
    return Rules(
        hole=writing.hole,
        language=writing.language,
        suffix=writing.window.suffix,
        forced=prompt.forced,
        room=room,
        ends=model.info.ends,
        piece=piece,
        whole=writing.whole,
        reasoning=reasoning,
        close=close,
    )
