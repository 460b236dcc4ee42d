"""The soft tier: words that are preferred where one may start, by weighing the likeliest tokens anew.

Of the 64 likeliest tokens, one that begins a preferred word gains that word's nats; one that holds only a part of it
gains that part of them, since other words begin so, too. What wins stays the model's choice among what is likely.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from models.constraints.model import Preference

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from models.infill.draw import Adjust
    from models.infill.stats import Meter

_STEP = "soft"


class Weigh:
    """The preferences of one hole."""

    def __init__(self, soft: Sequence[Preference]) -> None:
        self._words = sorted({(one.word.encode("utf-8", "replace"), one.nats) for one in soft if one.word})

    def at(self, text: bytes, piece: Callable[[int], bytes], meter: Meter) -> Adjust | None:
        """Return how logits are changed after a text; None where preferences take longer than there is time."""
        if not self._words:
            return None
        if not meter.affords(_STEP):
            meter.count("skipped_soft")
            meter.forgive(_STEP)
            return None
        inside = bool(text) and _is_word(text[-1])

        def adjust(ids: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
            with meter.working():
                since = meter.clock()
                gains = [self._gain(piece(int(token)), inside) for token in ids]
                meter.timed(_STEP, since)
                return values + gains

        return adjust

    def _gain(self, piece: bytes, inside: bool) -> float:
        start = piece.lstrip()
        if not start or (inside and len(start) == len(piece) and _is_word(start[0])):
            return 0.0  # in the middle of another word
        end = next((at for at, byte in enumerate(start) if not _is_word(byte)), len(start))
        begun = start[:end] or start
        whole = end < len(start)  # the word is over in this token
        found = 0.0
        for word, nats in self._words:
            if word == begun or (not whole and word.startswith(begun)):
                gain = nats * len(begun) / len(word)
                found = gain if abs(gain) > abs(found) else found
        return found


def _is_word(byte: int) -> bool:
    return byte >= 0x80 or chr(byte).isalnum() or byte in b"_$"
