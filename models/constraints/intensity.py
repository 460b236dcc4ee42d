"""How much is asked of what is written into a hole: more where more depends on it, less where it is small."""

from __future__ import annotations

from typing import Final

from models.constraints.model import Intensity
from models.mask.model import Scale

# (least score, intensity) of kb.graph.salience, the highest first
_BY_SCORE: Final = (
    (0.75, Intensity.EXHAUSTIVE),
    (0.55, Intensity.FULL),
    (0.35, Intensity.FULL_HARD),
    (0.15, Intensity.STANDARD),
    (0.0, Intensity.SYNTAX_ONLY),
)
_ORDER: Final = (
    Intensity.SYNTAX_ONLY,
    Intensity.STANDARD,
    Intensity.FULL_HARD,
    Intensity.FULL,
    Intensity.EXHAUSTIVE,
)
_LEAST: Final = {Scale.EXPRESSION: Intensity.STANDARD}  # one name that nothing binds is all that is wrong with most


def intensity_of(score: float | None, scale: Scale) -> Intensity:
    """Return the intensity for a hole in a place of a salience score, 0 to 1; None where nobody worked one out.

    Statements of a block or body are asked one step less than their place: a mask of a long text costs at every
    token, and all of it is judged as a whole afterwards.
    """
    if score is None:
        return Intensity.STANDARD
    found = next((intensity for least, intensity in _BY_SCORE if score >= least), Intensity.SYNTAX_ONLY)
    at = _ORDER.index(found)
    if scale in (Scale.BLOCK, Scale.BODY):
        at = max(0, at - 1)
    return _ORDER[max(at, _ORDER.index(_LEAST.get(scale, Intensity.SYNTAX_ONLY)))]
