"""Whether people wanted findings like this one: held back, raised, or passed. It knows lessons, not findings.

The law. Of the lessons of the finding's slug, the ten nearest are asked: those about the same text first, then by the
mean of two cosines, of what is said and of the code. A lesson further than `LEAST` is not asked. Of those, the distinct
ones of either fate are counted: they differ in the finding and in the line of work, so that one person on one pull
request is one voice however often they speak. Three or more of one fate, and more than twice as many as of the other,
decide; with three of either, or none, memory is unsure, and the finding passes.

Measured (docs/memory.md): on what maintainers of 20 public repositories silenced by `noqa` and what they mended, two
thirds of each known and the last third asked about, 61 % of what could be held back was, and 1.2 % of what was mended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from kb.memory.model import Fate, Lesson, Recollection
from kb.memory.nearest import best, cosines

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ASKED = 10  # lessons
LEAST = 0.45  # mean of cosines; of the text alone, where slugs differ
ENOUGH = 3  # distinct lessons of one fate
MARGIN = 2  # so many times the other fate's must be exceeded
STRONG = 1.0  # weight below which a lesson is no voice


class Kind(StrEnum):
    """What memory makes of a finding."""

    HELD = "held"
    RAISED = "raised"
    PASSED = "passed"


@dataclass(frozen=True)
class Asked:
    """A finding that memory is asked about. `about` is its likeness, or its fingerprint where it has none.

    `vector` and `code_vector` are unit rows (D,), made under the recollection's embedder; None without one. `kin` are
    other slugs whose lessons are compared by what they say.
    """

    slug: str
    about: str
    fingerprint: str
    vector: NDArray[np.float32] | None = None
    code_vector: NDArray[np.float32] | None = None
    kin: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Judgement:
    """What memory says of one finding, and the distinct lessons it stands on, the nearest first.

    `same` are lessons about the very same finding or text, the newest first, whatever the kind.
    """

    kind: Kind
    because: tuple[Lesson, ...] = ()
    same: tuple[Lesson, ...] = ()


def judged(asked: Sequence[Asked], recollection: Recollection) -> list[Judgement]:
    """Return what memory says of each finding, in their order."""
    wanted = {one.slug for one in asked}.union(*(one.kin for one in asked))
    by_slug: dict[str, list[int]] = {}
    for at, lesson in enumerate(recollection.lessons):
        if lesson.slug in wanted and lesson.weight >= STRONG and lesson.expires > recollection.now:
            by_slug.setdefault(lesson.slug, []).append(at)
    return [_judgement(one, by_slug, recollection) for one in asked]


def distinct(lessons: Sequence[Lesson]) -> list[Lesson]:
    """Return as many lessons as there are that differ both in the finding and in the line of work, in their order.

    A largest matching between findings and lines of work: a greedy choice could miss one.
    """
    pairs: dict[str, dict[str, int]] = {}
    for at, lesson in enumerate(lessons):
        pairs.setdefault(lesson.fingerprint, {}).setdefault(lesson.subject, at)
    taken: dict[str, str] = {}  # line of work -> finding
    for finding in pairs:
        _match(finding, pairs, taken, set())
    return [lessons[at] for at in sorted(pairs[finding][subject] for subject, finding in taken.items())]


def _match(finding: str, pairs: Mapping[str, Mapping[str, int]], taken: dict[str, str], seen: set[str]) -> bool:
    for subject in pairs[finding]:
        if subject in seen:
            continue
        seen.add(subject)
        if subject not in taken or _match(taken[subject], pairs, taken, seen):
            taken[subject] = finding
            return True
    return False


def _judgement(one: Asked, by_slug: Mapping[str, list[int]], recollection: Recollection) -> Judgement:
    own = by_slug.get(one.slug, [])
    places = sorted({*own}.union(*(by_slug.get(slug, ()) for slug in one.kin)))
    lessons = [recollection.lessons[at] for at in places]
    exact = [lesson.about == one.about or lesson.fingerprint == one.fingerprint for lesson in lessons]
    like = _like(one, places, lessons, exact, recollection)
    dismissed = distinct([lesson for lesson in like if lesson.fate is Fate.DISMISSED])
    accepted = distinct([lesson for lesson in like if lesson.fate is Fate.ACCEPTED])
    same = sorted((x for x, is_same in zip(lessons, exact, strict=True) if is_same), key=lambda x: (-x.at, -x.id))
    if _outweighs(dismissed, accepted):
        return Judgement(Kind.HELD, tuple(dismissed), tuple(same))
    if _outweighs(accepted, dismissed):
        return Judgement(Kind.RAISED, tuple(accepted), tuple(same))
    return Judgement(Kind.PASSED, (), tuple(same))


def _outweighs(these: Sequence[Lesson], those: Sequence[Lesson]) -> bool:
    return len(these) >= ENOUGH > len(those) and len(these) > MARGIN * len(those)


def _like(
    one: Asked, places: list[int], lessons: Sequence[Lesson], exact: Sequence[bool], recollection: Recollection
) -> list[Lesson]:
    """Return the nearest lessons: exact ones, then near ones, at most ASKED."""
    import numpy as np

    scores = np.full(len(places), -1.0, np.float32)
    if places and one.vector is not None and recollection.vectors is not None:
        text = cosines(recollection.vectors[places], one.vector[None])[:, 0]  # (places,)
        scores = _with_code(one, text, places, recollection)
        foreign = np.array([lesson.slug != one.slug for lesson in lessons])
        scores[foreign & (text < LEAST)] = -1.0
    scores[np.array(exact, bool)] = 2.0
    return [lessons[at] for at, _ in best(scores, most=ASKED, least=LEAST)]


def _with_code(
    one: Asked, text: NDArray[np.float32], places: list[int], recollection: Recollection
) -> NDArray[np.float32]:
    """Return the mean of both cosines, where both have code; the text's where not."""
    import numpy as np

    if one.code_vector is None or recollection.code_vectors is None or not one.code_vector.any():
        return text.copy()
    rows = recollection.code_vectors[places]
    code = cosines(rows, one.code_vector[None])[:, 0]
    return np.where(rows.any(axis=1), (text + code) / 2, text).astype(np.float32)
