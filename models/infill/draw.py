"""In which order tokens are tried at one place: by the settings, the seed and the place, and nothing else.

Each token's logit is divided by the temperature and gets a Gumbel noise of its own (the Gumbel-max trick): the highest
is a draw from the softmax, the next the draw that follows where the first may not stand, and so on. The noise is a
hash of seed, place and token, so it does not matter how many tokens were tried before or how a place was reached:
drawing again after a rejection gives what a mask would have given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from models.model import Sampling

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from models.model import Logits

    Adjust = Callable[[NDArray[np.int64], NDArray[np.float64]], NDArray[np.float64]]

SOFT_TOP = 64  # the likeliest tokens, which preferences may weigh anew
_MOST = 1024  # looked at where `top_k` sets no limit
_GREEDY = 16  # tried at temperature 0
_GOLDEN, _A, _B = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB  # splitmix64 (Steele et al. 2014)
_64 = (1 << 64) - 1


def derived(seed: int, *steps: int) -> int:
    """Return a seed of 63 bits that follows from another and from the steps taken since."""
    state = _mixed(seed & _64)
    for step in steps:
        state = _mixed((state ^ (step & _64)) + _GOLDEN & _64)
    return state >> 1


def tries(logits: Logits, sampling: Sampling, place: int, adjust: Adjust | None = None) -> Iterator[int]:
    """Yield tokens in the order in which they are to be tried: those that top_k, top_p and min_p leave.

    `logits` are (V,); `adjust` is given the ids (k,) and logits (k,) of the likeliest 64 and returns new logits.
    """
    logits = _finite(logits)
    if sampling.temperature <= 0.0 and adjust is None:
        best = int(logits.argmax())
        if logits[best] == -float("inf"):
            return
        yield best
        ids, _ = _likeliest(logits, _GREEDY)
        yield from (int(one) for one in ids if one != best)
        return
    limit = sampling.top_k or _MOST
    ids, values = _likeliest(logits, max(limit, SOFT_TOP) if adjust else limit)
    if adjust is not None:
        values[:SOFT_TOP] = adjust(ids[:SOFT_TOP], values[:SOFT_TOP])
        ids, values = _sorted(ids, values)
        ids, values = ids[:limit], values[:limit]
    if sampling.temperature <= 0.0:
        yield from (int(one) for one in ids[:_GREEDY])
        return
    yield from (int(one) for one in _perturbed(ids, values, sampling, place))


def _finite(logits: Logits) -> Logits:
    """Return logits with minus infinity for what is no number; NaN would count as the highest."""
    import numpy as np

    if np.isfinite(logits.max()):
        return logits
    return np.where(np.isfinite(logits), logits, np.float32(-np.inf))


def _likeliest(logits: Logits, count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the ids and logits of the likeliest, the likeliest first, ties by id, without NaN and infinities."""
    import numpy as np

    count = min(count, len(logits))
    ids = np.argpartition(logits, len(logits) - count)[len(logits) - count :] if count < len(logits) else None
    ids = np.arange(len(logits)) if ids is None else ids
    values = logits[ids].astype(np.float64)
    finite = np.isfinite(values)
    return _sorted(ids[finite], values[finite])


def _sorted(ids: NDArray[np.int64], values: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    import numpy as np

    order = np.lexsort((ids, -values))
    return ids[order], values[order]


def _perturbed(
    ids: NDArray[np.int64], values: NDArray[np.float64], sampling: Sampling, place: int
) -> NDArray[np.int64]:
    """Return what the settings leave of tokens (k,), sorted by likelihood, in the order drawn."""
    import numpy as np

    if not len(ids):
        return ids
    scaled = values / sampling.temperature
    chances = np.exp(scaled - scaled[0])
    chances /= chances.sum()
    before = np.cumsum(chances) - chances
    kept = (before < sampling.top_p) & (chances >= sampling.min_p * chances[0])
    kept[0] = True
    ids, scaled = ids[kept], scaled[kept]
    order = np.argsort(-(scaled + _gumbel(ids, derived(sampling.seed, place))), kind="stable")
    return ids[order]


def _gumbel(ids: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    """Return one standard Gumbel number per token: a hash of seed and id as a uniform number in (0, 1)."""
    import numpy as np

    state = ids.astype(np.uint64) * np.uint64(_GOLDEN) + np.uint64(seed)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(_A)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(_B)
    state ^= state >> np.uint64(31)
    uniform = ((state >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    return -np.log(-np.log(uniform))


def _mixed(state: int) -> int:
    state = (state + _GOLDEN) & _64
    state = (state ^ (state >> 30)) * _A & _64
    state = (state ^ (state >> 27)) * _B & _64
    return state ^ (state >> 31)
