"""The nearest rows of a matrix: one product, and no index. A hundred thousand rows take some 30 ms."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BLOCK = 512  # rows made wide at once: half a megabyte of float32, which stays in the cache


def nearest(
    rows: NDArray[np.float16 | np.float32] | None,
    asked: NDArray[np.float32],
    *,
    most: int = 10,
    least: float = 0.0,
) -> list[list[tuple[int, float]]]:
    """Return for each row asked about the rows nearest to it as (index, cosine), best first; ties by index.

    Args:
        rows: Unit rows (N, D), or None where there are none.
        asked: Unit rows (M, D).
        most: How many rows are returned for each.
        least: The cosine below which a row is not near.
    """
    if rows is None or not len(rows):
        return [[] for _ in asked]
    return [best(column, most=most, least=least) for column in cosines(rows, asked).T]


def cosines(
    rows: NDArray[np.float16 | np.float32], asked: NDArray[np.float32], places: NDArray[np.intp] | None = None
) -> NDArray[np.float32]:
    """Return the cosine of every row with every one asked about: (N, M). What is not a number is like nothing.

    `places` are the rows that are looked at, (N,); None: all of them.
    """
    import numpy as np

    count = len(rows) if places is None else len(places)
    found = np.empty((count, len(asked)), np.float32)
    wide = np.empty((min(_BLOCK, count), asked.shape[1]), np.float32)
    for start in range(0, count, _BLOCK):
        end = min(start + _BLOCK, count)
        block = wide[: end - start]
        np.copyto(block, rows[start:end] if places is None else rows[places[start:end]])
        np.matmul(block, asked.T, out=found[start:end])
    return np.nan_to_num(found, copy=False, nan=-1.0, posinf=-1.0, neginf=-1.0)


def best(scores: NDArray[np.float32], *, most: int, least: float) -> list[tuple[int, float]]:
    """Return the indices of the highest scores, and the scores; at least `least`, ties by index."""
    import numpy as np

    if len(scores) > most:  # only what may be among them is sorted
        least = max(least, float(np.partition(scores, -most)[-most]))
    near = np.flatnonzero(scores >= np.float32(least))
    order = near[np.argsort(-scores[near], kind="stable")][:most]
    return [(int(at), float(scores[at])) for at in order]
