"""Whether people wanted findings like this one: held back, raised, or passed. It knows lessons, not findings.

The law. Of the lessons of the finding's slug, the ten nearest are asked: those about the same text first, then by the
mean of two cosines, of what is said and of the code. A lesson further than `LEAST` is not asked. Of those, the distinct
ones of either fate are counted: they differ in the finding and in the line of work, so that one person on one pull
request is one voice however often they speak. Three or more of one fate, and more than twice as many as of the other,
decide; with three of either, or none, memory is unsure, and the finding passes.

Measured (docs/memory.md): on what maintainers of 20 public repositories silenced by `noqa` and what they mended, two
thirds of each known and the last third asked about, 56 % of what could be held back was, and 1.4 % of what was mended.
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
    heeded = _Heeded.of(asked, recollection)
    families: dict[frozenset[str], list[int]] = {}
    for at, one in enumerate(asked):
        families.setdefault(one.kin | {one.slug}, []).append(at)
    found: dict[int, Judgement] = {}
    for family, members in families.items():
        places = heeded.places(family)
        scores = _scores([asked[at] for at in members], places, recollection)
        for at, row in zip(members, scores, strict=True):
            found[at] = _judgement(asked[at], heeded, places, row, recollection)
    return [found[at] for at in range(len(asked))]


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


@dataclass(frozen=True)
class _Heeded:
    """Where the lessons that have a voice stand in the recollection: by slug, and those about what is asked."""

    by_slug: Mapping[str, list[int]]
    known: tuple[int, ...]

    @classmethod
    def of(cls, asked: Sequence[Asked], recollection: Recollection) -> _Heeded:
        wanted = {one.slug for one in asked}.union(*(one.kin for one in asked))
        same = {one.about for one in asked} | {one.fingerprint for one in asked}
        by_slug: dict[str, list[int]] = {}
        known = []
        for at, lesson in enumerate(recollection.lessons):
            if lesson.slug in wanted and lesson.weight >= STRONG and lesson.expires > recollection.now:
                by_slug.setdefault(lesson.slug, []).append(at)
                if lesson.about in same or lesson.fingerprint in same:
                    known.append(at)
        return cls(by_slug, tuple(known))

    def places(self, family: frozenset[str]) -> NDArray[np.intp]:
        import numpy as np

        return np.array(sorted(at for slug in family for at in self.by_slug.get(slug, ())), np.intp)


def _scores(asked: Sequence[Asked], places: NDArray[np.intp], recollection: Recollection) -> NDArray[np.float32]:
    """Return how like the lessons at some places are to each finding of one family: (M, places); -1 is not like."""
    import numpy as np

    scores = np.full((len(asked), len(places)), -1.0, np.float32)
    with_words = [at for at, one in enumerate(asked) if one.vector is not None]
    if recollection.vectors is None or not with_words or not len(places):
        return scores
    chosen = None if len(places) == len(recollection.lessons) else places  # all of them need not be gathered
    text = cosines(recollection.vectors, _stacked([asked[at].vector for at in with_words]), chosen).T
    scores[with_words] = text
    with_code = [at for at in with_words if asked[at].code_vector is not None]
    if recollection.code_vectors is not None and with_code:
        code = cosines(recollection.code_vectors, _stacked([asked[at].code_vector for at in with_code]), chosen).T
        # exactly nothing: one of both has no code, and is a row of zeros
        scores[with_code] = np.where(code == 0, scores[with_code], (scores[with_code] + code) / 2)
    if any(one.kin for one in asked):
        slugs = np.array([recollection.lessons[at].slug for at in places])
        for at, said in zip(with_words, text, strict=True):
            scores[at, (slugs != asked[at].slug) & (said < LEAST)] = -1.0
    return scores


def _stacked(vectors: Sequence[NDArray[np.float32] | None]) -> NDArray[np.float32]:
    import numpy as np

    return np.stack([vector for vector in vectors if vector is not None])  # (M, D)


def _judgement(
    one: Asked, heeded: _Heeded, places: NDArray[np.intp], scores: NDArray[np.float32], recollection: Recollection
) -> Judgement:
    import numpy as np

    lessons = recollection.lessons
    exact = [at for at in heeded.known if _is_same(one, lessons[at])]
    scores[np.searchsorted(places, np.array(exact, np.intp))] = 2.0
    like = [lessons[places[at]] for at, _ in best(scores, most=ASKED, least=LEAST)]
    dismissed = distinct([lesson for lesson in like if lesson.fate is Fate.DISMISSED])
    accepted = distinct([lesson for lesson in like if lesson.fate is Fate.ACCEPTED])
    same = tuple(sorted((lessons[at] for at in exact), key=lambda lesson: (-lesson.at, -lesson.id)))
    if _outweighs(dismissed, accepted):
        return Judgement(Kind.HELD, tuple(dismissed), same)
    if _outweighs(accepted, dismissed):
        return Judgement(Kind.RAISED, tuple(accepted), same)
    return Judgement(Kind.PASSED, (), same)


def _is_same(one: Asked, lesson: Lesson) -> bool:
    is_family = lesson.slug == one.slug or lesson.slug in one.kin
    return is_family and (lesson.about == one.about or lesson.fingerprint == one.fingerprint)


def _outweighs(these: Sequence[Lesson], those: Sequence[Lesson]) -> bool:
    return len(these) >= ENOUGH > len(those) and len(these) > MARGIN * len(those)
