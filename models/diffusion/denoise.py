"""The loop that replaces masks by tokens."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from models.diffusion.guidance import guided, pair_of
from models.diffusion.order import certainty_of, log_softmax, surest
from models.diffusion.schedule import counts_of
from models.diffusion.settings import Filling
from models.errors import Unsatisfiable
from models.infill.draw import tries
from models.model import NEVER, Stop

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from models.diffusion.canvas import Canvas
    from models.diffusion.order import Rows
    from models.diffusion.settings import Denoiser, Rule, Settings
    from models.model import Logits

_ROUNDS = 16  # tokens that masks leave tried at the first open place before the one before it is doubted


def denoise(
    denoiser: Denoiser, canvas: Canvas, settings: Settings, *, rule: Rule | None = None, stop: Stop = NEVER
) -> Filling:
    """Return tokens for every mask of a canvas; equal arguments give equal tokens.

    At each step the places of the leftmost block that has masks are predicted, and the surest are written: as many
    as the schedule says, or all from the threshold on, at least one. Then the beginning of the hole that has no mask
    is checked: from its first token that violates the rule on, everything is masked again, and that token does not
    come again after the same beginning.

    Raises Unsatisfiable where the rule is still violated after `settings.remasks` such turns, ModelError.
    """
    run = _Run(denoiser, canvas, settings, rule, stop)
    while run.open_places():
        run.step(None)
    return run.filling()


def read(
    denoiser: Denoiser, canvas: Canvas, settings: Settings, tokens: Sequence[int], *, stop: Stop = NEVER
) -> Filling:
    """Return the filling that given tokens are, with the likelihood that `denoise` would give them; raises ModelError.

    Tokens are written in the order in which `denoise` would write them.
    """
    run = _Run(denoiser, canvas, settings, None, stop)
    while run.open_places():
        run.step(tokens)
    return run.filling()


def look(
    denoiser: Denoiser, canvas: NDArray[np.int32], span: tuple[int, int], places: Sequence[int], weight: float
) -> Logits:
    """Return guided logits (n, V) of places of a canvas (L,); tokens that are no text have -inf. Raises ModelError.

    `span` is where the hole starts, and its length.
    """
    import numpy as np

    if weight == 0:
        rows: Logits = denoiser.logits(canvas[None, :], places)[0]
    else:
        both = denoiser.logits(pair_of(canvas, *span, denoiser.mask), places)
        rows = guided(both[0], both[1], weight)
    rows[:, denoiser.banned] = -np.inf
    return rows


class _Run:
    """One canvas while it is filled."""

    def __init__(self, denoiser: Denoiser, canvas: Canvas, settings: Settings, rule: Rule | None, stop: Stop) -> None:
        import numpy as np

        self._denoiser, self._settings, self._rule, self._stop = denoiser, settings, rule, stop
        self._canvas = np.array(canvas.tokens, dtype=np.int32)  # (L,)
        self._start, self._length = canvas.start, canvas.length
        self._logp: dict[int, float] = {}  # of the places that are written
        self._banned: dict[tuple[int, ...], set[int]] = {}  # after a beginning: what violates the rule
        self._block = settings.block or max(1, canvas.length)
        self._counts: dict[int, list[int]] = {}  # of a block: what the schedule has left
        self._steps = self._remasked = 0

    def open_places(self) -> list[int]:
        """Return which places of the hole are masked, in the leftmost block that has such."""
        places = [place for place in range(self._length) if place not in self._logp]
        return [place for place in places if place // self._block == places[0] // self._block]

    def filling(self) -> Filling:
        """Return what was written; nothing is masked any more."""
        import numpy as np

        logp = [self._logp[place] for place in range(self._length)]
        decoded = self._steps * len(self._canvas) * (2 if self._settings.guidance else 1)
        certainty = float(np.mean(np.exp(logp))) if logp else 0.0
        return Filling(self._tokens(self._length), certainty, sum(logp), self._steps, self._remasked, decoded)

    def step(self, given: Sequence[int] | None) -> None:
        """Ask the model once and write at least one token, its own or the given ones."""
        self._stop.check()
        places = self.open_places()
        rows = self._look(places)
        logp = log_softmax(rows)
        if given is None:
            tokens = self._predicted(places, rows)
            if tokens is None:
                self._mask_from(places[0] - 1)
                return
        else:
            tokens = [given[place] for place in places]
        for index in self._chosen(places, logp, tokens):
            self._write(places[index], tokens[index], float(logp[index, tokens[index]]))
        self._check()

    def _look(self, places: Sequence[int]) -> Logits:
        self._steps += 1
        span = (self._start, self._length)
        at = [self._start + place for place in places]
        return look(self._denoiser, self._canvas, span, at, self._settings.guidance)

    def _predicted(self, places: Sequence[int], rows: Logits) -> list[int] | None:
        """Return a token for each place, None where none can stand at the first."""
        first = self._first(places[0], rows[0])
        if first is None:
            return None
        sampling = self._settings.sampling
        return [first, *(next(tries(row, sampling, place)) for row, place in zip(rows[1:], places[1:], strict=True))]

    def _first(self, place: int, row: Logits) -> int | None:
        """Return the token for the place where the beginning without masks ends, None if none can stand there.

        Tried are the tokens that would be drawn, one after the other, and then the likeliest that the rule's masks
        leave.
        """
        import numpy as np

        before = self._tokens(place)
        banned = self._banned.setdefault(before, set())
        row[sorted(banned)] = -np.inf
        for token in tries(row, self._settings.sampling, place):
            if np.isneginf(row[token]):
                return None
            if self._violation((*before, token)) is None:
                return token
            banned.add(token)
        for _ in range(_ROUNDS):
            row[sorted(banned)] = -np.inf
            best = self._rule.best(before, row) if self._rule else None
            if best is None or np.isneginf(row[best]):
                return None
            if self._violation((*before, best)) is None:
                return best
            banned.add(best)
        return None

    def _chosen(self, places: Sequence[int], logp: Rows, tokens: Sequence[int]) -> tuple[int, ...]:
        """Return the indices of the places that are written now."""
        order = surest(certainty_of(logp, tokens, self._settings.order), len(places))
        if self._settings.threshold is None:
            return order[: self._due(places[0] // self._block)]
        sure = (index for index in order[1:] if math.exp(logp[index, tokens[index]]) >= self._settings.threshold)
        return (*order[:1], *sure)

    def _due(self, block: int) -> int:
        """Return how many places of a block are written at this step; one at a time once its schedule is over."""
        if block not in self._counts:
            size = min(self._block, self._length - block * self._block)
            steps = self._settings.steps or self._length
            self._counts[block] = list(counts_of(self._settings.schedule, size, max(1, steps * size // self._length)))
        left = self._counts[block]
        return left.pop(0) if left else 1

    def _write(self, place: int, token: int, logp: float) -> None:
        self._canvas[self._start + place] = token
        self._logp[place] = logp

    def _tokens(self, count: int) -> tuple[int, ...]:
        return tuple(int(token) for token in self._canvas[self._start : self._start + count])

    def _violation(self, tokens: tuple[int, ...]) -> int | None:
        """Return the first place at which the beginning of the hole violates the rule, None if it does not.

        Where the hole has no mask left, it also has to be whole.
        """
        if self._rule is None or not tokens:
            return None
        good = self._rule.prefix(tokens)
        if good < len(tokens):
            return good
        is_open = len(tokens) < self._length or self._rule.whole(tokens)
        return None if is_open else len(tokens) - 1

    def _check(self) -> None:
        """Mask again from the first violation of the rule in what has been written without a gap."""
        places = self.open_places()
        first = self._violation(self._tokens(places[0] if places else self._length))
        if first is not None:
            self._mask_from(first)

    def _mask_from(self, first: int) -> None:
        """Open all places from `first` on, and remember that what stood there cannot follow what is before it."""
        self._remasked += 1
        if first < 0 or self._remasked > self._settings.remasks:
            raise Unsatisfiable(f"no {self._length} tokens were found that satisfy the constraints")
        self._banned.setdefault(self._tokens(first), set()).add(int(self._canvas[self._start + first]))
        for place in range(first, self._length):
            self._logp.pop(place, None)
        self._canvas[self._start + first : self._start + self._length] = self._denoiser.mask
