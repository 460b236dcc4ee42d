"""The hard grammars of one text, token by token: which tokens may come next.

What is asked most is asked cheapest: whether one token that the model has drawn may stand (microseconds). Only where
nothing that was drawn may stand is a mask of the whole vocabulary computed, the firmest grammar's first. A token's
time decides *how* the others are asked (by their masks, or about one likely token after the other), not what they
answer: the token is the likeliest one that all of them allow either way.

Text of the file reaches a grammar only as one quoted literal (the forced bytes of a prompt).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from models.constraints.check import MOST_ITEMS
from models.constraints.model import HardGrammar
from models.errors import Unsatisfiable

if TYPE_CHECKING:
    import numpy as np
    from llguidance import LLMatcher, LLTokenizer
    from numpy.typing import NDArray

    from models.infill.stats import Meter
    from models.model import Logits

BOUNDARY = "boundary"  # the name of what only holds a text to its forced bytes
CODE_SLICES = (  # tokens that most places of code allow alike; a mask then walks over the others only
    r"[a-zA-Z0-9_]{1,20}",
    r'[^"\\\x00-\x1F\x7F]{1,30}',
)
_ITEMS_PER_US = 20  # Earley items that llguidance makes (LLParserLimits), so that no step takes for ever
_LEAST_ITEMS, _LEAST_FUEL = 200_000, 400_000
_ASKED_SINGLY = 64  # likely tokens asked one by one before the masks that were left out are computed after all


@dataclass
class Gates:
    """The grammars that one text has to match so far; the firmest first. Forked for every branch."""

    names: list[str]
    matchers: list[LLMatcher]
    vocabulary: int
    meter: Meter
    notes: list[str] = field(default_factory=list)

    def fork(self) -> Gates:
        """Return gates in the same state that go their own way."""
        return Gates(
            list(self.names), [one.deep_copy() for one in self.matchers], self.vocabulary, self.meter, list(self.notes)
        )

    def admits(self, token: int) -> bool:
        """Return whether a token may come next."""
        self.meter.count("checks", len(self.matchers))
        return all(matcher.validate_tokens([token]) == 1 for matcher in self.matchers)

    def admitted(self, tokens: Sequence[int]) -> int:
        """Return how many of these tokens may come next, one after the other."""
        return min((matcher.validate_tokens(list(tokens)) for matcher in self.matchers), default=len(tokens))

    def take(self, tokens: Sequence[int]) -> None:
        """Move on by tokens that are admitted; a grammar that gives up over its limits is dropped, and noted."""
        for at in range(len(self.matchers) - 1, -1, -1):
            if not self.matchers[at].consume_tokens(list(tokens)):
                self._drop(at, f"gave up: {self.matchers[at].stop_reason()}")

    @property
    def is_accepting(self) -> bool:
        """Return whether the text may end here."""
        return all(matcher.is_accepting() for matcher in self.matchers)

    @property
    def is_stopped(self) -> bool:
        """Return whether the text can only end here."""
        return bool(self.matchers) and self.is_accepting and any(matcher.is_stopped() for matcher in self.matchers)

    def forced(self) -> tuple[int, ...]:
        """Return the tokens that have to come next, where only one text can."""
        for matcher in self.matchers:
            tokens = [] if matcher.is_accepting() else matcher.compute_ff_tokens()
            if tokens:
                return tuple(tokens[: self.admitted(tokens)])
        return ()

    def likeliest(self, logits: Logits) -> int | None:
        """Return the likeliest token that may come next, None if there is none even under the firmest grammar alone.

        Where the grammars together leave none, the last of them is dropped and noted, then the one before.
        """
        rows: dict[int, NDArray[np.uint8]] = {}
        for at in range(len(self.matchers) - 1, -1, -1):
            if self.matchers[at].is_error():
                self._drop(at, f"gave up: {self.matchers[at].stop_reason()}")
        while self.matchers:
            self._masks(rows)
            asked = [at for at in range(len(self.matchers)) if at not in rows]
            allowed = masked(logits, [rows[at] for at in sorted(rows)])
            found = self._first(allowed, asked)
            if found is None and asked:
                self._masks(rows, whole=True)
                found = self._first(masked(logits, [rows[at] for at in sorted(rows)]), [])
            if found is not None:
                return found
            if len(self.matchers) == 1:
                return None
            rows.pop(len(self.matchers) - 1, None)
            self._drop(len(self.matchers) - 1, "left nothing that the others allow")
        return None

    def _masks(self, rows: dict[int, NDArray[np.uint8]], *, whole: bool = False) -> None:
        """Compute the masks that are missing: the first always, the others while there is time or all are asked for."""
        for at in range(len(self.matchers)):
            name = self.names[at]
            if at in rows:
                continue
            if at and not whole and not self.meter.affords(name):
                self.meter.count("skipped_masks")
                self.meter.forgive(name)
                continue
            since = self.meter.clock()
            rows[at] = mask_of(self.matchers[at], self.vocabulary)
            self.meter.timed(name, since)
            self.meter.count("masks")

    def _first(self, allowed: Logits, asked: Sequence[int]) -> int | None:
        """Return the likeliest token that is allowed, and that grammars without a mask admit."""
        import numpy as np

        best = int(allowed.argmax())
        if not np.isfinite(allowed[best]):
            return None
        if not asked:
            return best
        count = min(_ASKED_SINGLY, len(allowed))
        likely = np.argpartition(allowed, len(allowed) - count)[len(allowed) - count :]
        for token in likely[np.lexsort((likely, -allowed[likely]))]:
            self.meter.count("checks", len(asked))
            if np.isfinite(allowed[token]) and all(
                self.matchers[at].validate_tokens([int(token)]) == 1 for at in asked
            ):
                return int(token)
        return None

    def _drop(self, at: int, why: str) -> None:
        self.notes.append(f"{self.names[at]}: dropped, {why}")
        del self.names[at], self.matchers[at]


def gates_of(
    tokenizer: LLTokenizer, hard: Sequence[HardGrammar], forced: bytes, meter: Meter, *, items: int = MOST_ITEMS
) -> Gates:
    """Return gates for a text that begins with `forced` bytes and then matches every grammar.

    A grammar that is none is left out and noted; raises Unsatisfiable if none is left of some. Without grammars the
    gates hold a text to its forced bytes only. A grammar that needs more than `items` Earley items at one place gives
    up, and is dropped and noted then.
    """
    from llguidance import LLMatcher, LLParserLimits

    tokenizer = _sliced(tokenizer)
    limits = LLParserLimits(
        max_items_in_row=items,
        step_max_items=max(_LEAST_ITEMS, int(_ITEMS_PER_US * meter.budget_us)),
        step_lexer_fuel=_LEAST_FUEL,
        verbose_errors=False,
    )
    gates = Gates([], [], tokenizer.vocab_size, meter)
    rows = [(one.domain.value, one.lark) for one in hard] or [(BOUNDARY, "start: /(?s:.*)/\n")]
    for name, lark in rows:
        matcher = LLMatcher(tokenizer, _grammar(lark, forced), limits=limits, log_level=0)
        if matcher.is_error():
            gates.notes.append(f"{name}: dropped, {_reason(matcher.get_error())}")
            continue
        gates.names.append(name)
        gates.matchers.append(matcher)
    if not gates.matchers:
        raise Unsatisfiable("; ".join(gates.notes))
    return gates


@lru_cache(maxsize=2)  # 0.2 s for 150,000 tokens; two models at once are the most that is used
def _sliced(tokenizer: LLTokenizer) -> LLTokenizer:
    """Return a tokenizer that knows which tokens code treats alike: masks take a third of the time with it."""
    return tokenizer.with_slices(list(CODE_SLICES))


def _grammar(lark: str, forced: bytes) -> str:
    """Return a grammar for forced bytes and then a text of the given one, as llguidance takes it."""
    if not forced:
        return json.dumps({"grammars": [{"name": "hole", "lark_grammar": lark}]})
    literal = json.dumps(forced.decode("utf-8"), ensure_ascii=False)
    whole = {"name": "whole", "lark_grammar": f"start: {literal} @hole\n"}
    return json.dumps({"grammars": [whole, {"name": "hole", "lark_grammar": lark}]})


def _reason(error: str) -> str:
    return next((line.strip() for line in error.splitlines() if line.strip()), "no grammar")[:160]


def mask_of(matcher: LLMatcher, vocabulary: int) -> NDArray[np.uint8]:
    """Return one bit a token (ceil(V/8),), least bit first: 1 for what may come next; all 0 for a dead matcher."""
    import numpy as np

    words = np.zeros((vocabulary + 31) // 32, dtype=np.int32)
    matcher.unsafe_compute_mask_ptr(words.ctypes.data, words.nbytes)
    if matcher.is_error():
        words[:] = 0
    return words.view(np.uint8)


def masked(logits: Logits, rows: Sequence[NDArray[np.uint8]]) -> Logits:
    """Return logits (V,) that are minus infinity where any mask has a 0, in a new array.

    Each byte of the masks' intersection looks up its eight summands: 35 us for 150,000 tokens, against 1.7 ms for
    unpacking the bits.
    """
    import numpy as np

    if not rows:
        return logits
    bits = rows[0]
    for row in rows[1:]:
        bits = bits & row
    summands = np.take(_summands(), bits, axis=0).ravel()[: len(logits)]  # (V,)
    if len(summands) == len(logits):
        return np.add(logits, summands, out=summands)
    short = np.full(len(logits), -np.inf, dtype=np.float32)  # tokens that the tokenizer does not know
    np.add(logits[: len(summands)], summands, out=short[: len(summands)])
    return short


@cache
def _summands() -> NDArray[np.float32]:
    """Return what is added to eight logits for every byte of a mask (256, 8): 0 or minus infinity."""
    import numpy as np

    bits = (np.arange(256)[:, None] >> np.arange(8)) & 1  # (256, 8)
    return np.where(bits, np.float32(0), np.float32(-np.inf))
