"""A history in the order of time, replayed to a memory that begins empty: what it holds back, and what it keeps.

Each commit is one pull request. What is shown on it may be answered by its people: who does not want to hear such a
thing dismisses it, who wants to mends it. What is held back is seen by nobody, and so nothing is learnt from it. No
remark is judged with anything that was learnt on its own pull request or later.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.evaluation.linted import UNKNOWN, UNWANTED, WANTED, Remark
from checks.finding import Confidence, Finding, Severity, likeness_of, with_fingerprints
from checks.remember import remembered
from kb.memory.model import LIFE, Fate, Lesson, Recollection, Signal, Trust
from kb.memory.trust import trust_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kb.memory.embed import Embedder


class Arm(StrEnum):
    """What of memory takes part."""

    FILTER = "filter"  # like three that were dismissed
    CALIBRATION = "calibration"  # slugs that went silent
    BOTH = "both"


PEOPLE = ("ada", "ben", "cleo")  # who may write


@dataclass(frozen=True)
class People:
    """How they answer: which share of what they see, and which share of their answers is the wrong one."""

    answered: float = 0.5
    mistaken: float = 0.02
    seed: int = 1


@dataclass(frozen=True)
class Step:
    """How much had been said by the end of one pull request, and how much of it was held back."""

    unwanted: int
    held_unwanted: int
    wanted: int
    held_wanted: int


def replayed(remarks: Sequence[Remark], embedder: Embedder | None, people: People, arm: Arm = Arm.BOTH) -> list[Step]:
    """Return how it stood after each pull request; remarks of unknown fate are left out of all of it."""
    memory = _Memory(embedder, arm)
    rng = random.Random(people.seed)  # noqa: S311 (repeatable on purpose)
    steps: list[Step] = []
    counts = {WANTED: 0, UNWANTED: 0}
    held = {WANTED: 0, UNWANTED: 0}
    for number, group in enumerate(_by_commit(remarks), start=1):
        findings = with_fingerprints([_finding(one) for one in group], {})
        fates = {one.fingerprint: _fate_of(one, group) for one in findings}
        shown = memory.shown(findings, group[0].at)
        for finding in findings:
            fate = fates[finding.fingerprint]
            counts[fate] += 1
            if finding.fingerprint not in shown:
                held[fate] += 1
            elif rng.random() < people.answered:
                right = rng.random() >= people.mistaken
                memory.learn(finding, (fate == WANTED) is right, number, group[0].at, rng.choice(PEOPLE))
        steps.append(Step(counts[UNWANTED], held[UNWANTED], counts[WANTED], held[WANTED]))
    return steps


class _Memory:
    """Lessons and their vectors, as the store would recall them."""

    def __init__(self, embedder: Embedder | None, arm: Arm) -> None:
        self._embedder, self._arm = embedder, arm
        self._lessons: list[Lesson] = []
        self._vectors: list[tuple[NDArray[np.float16], NDArray[np.float16]]] = []

    def shown(self, findings: Sequence[Finding], now: int) -> frozenset[str]:
        """Return the fingerprints of what is not held back, and whose slug has not gone silent."""
        told = remembered(findings, self._recollection(findings, now), self._embedder, now=now)
        return frozenset(one.fingerprint for one in told.findings if not one.silent)

    def learn(self, finding: Finding, is_accepted: bool, number: int, at: int, by: str) -> None:
        """Keep a lesson about a finding of one pull request."""
        lesson = Lesson(
            id=len(self._lessons) + 1,
            repository="replay",
            fingerprint=finding.fingerprint,
            about=likeness_of(finding) or finding.fingerprint,
            check=finding.check,
            slug=finding.slug,
            severity=finding.severity.value,
            path=finding.path,
            symbol="",
            text=finding.message,
            code=finding.text,
            fate=Fate.ACCEPTED if is_accepted else Fate.DISMISSED,
            signal=Signal.FIXED if is_accepted else Signal.DISMISSED,
            by="" if is_accepted else by,
            by_id=0 if is_accepted else 1 + PEOPLE.index(by),
            subject=f"pull/{number}",
            evidence=f"pull/{number}",
            reason="",
            at=float(at),
            expires=float(at + LIFE),
        )
        self._lessons.append(lesson)
        if self._embedder is not None:
            rows = self._embedder.vectors([lesson.text, lesson.code]).astype("float16")
            self._vectors.append((rows[0], rows[1]))

    def _recollection(self, findings: Iterable[Finding], now: int) -> Recollection:
        name = self._embedder.name if self._embedder else ""
        if self._arm is Arm.FILTER:
            return self._recalled(name, {}, now)
        by_slug: dict[str, list[Lesson]] = defaultdict(list)
        for lesson in self._lessons:
            if lesson.expires > now:
                by_slug[lesson.slug].append(lesson)
        slugs = sorted({finding.slug for finding in findings} & by_slug.keys())
        trust = {slug: trust_of(slug, by_slug[slug]) for slug in slugs}
        if self._arm is Arm.CALIBRATION:
            return Recollection("replay", name, trust=trust, now=float(now))
        return self._recalled(name, trust, now)

    def _recalled(self, name: str, trust: dict[str, Trust], now: int) -> Recollection:
        texts, codes = self._matrix(0), self._matrix(1)
        return Recollection("replay", name, tuple(self._lessons), texts, codes, trust=trust, now=float(now))

    def _matrix(self, which: int) -> NDArray[np.float16] | None:
        import numpy as np

        return np.stack([pair[which] for pair in self._vectors]) if self._vectors else None


def _by_commit(remarks: Sequence[Remark]) -> list[list[Remark]]:
    groups: dict[str, list[Remark]] = {}
    for one in remarks:
        if one.fate != UNKNOWN:
            groups.setdefault(one.commit, []).append(one)
    return list(groups.values())


def _finding(remark: Remark) -> Finding:
    return Finding(
        check="linter",
        slug=f"linter-{remark.slug.lower()}",
        severity=Severity.WARN,
        confidence=Confidence.MEDIUM,
        path=remark.path,
        line=1,
        end_line=1,
        message=remark.text,
        text=remark.code,
    )


def _fate_of(finding: Finding, group: Sequence[Remark]) -> str:
    """Return the fate of the remark that a finding was made of; of equal ones, unwanted if any is."""
    fates = {
        one.fate
        for one in group
        if (one.path, f"linter-{one.slug.lower()}", one.text, one.code)
        == (finding.path, finding.slug, finding.message, finding.text)
    }
    return UNWANTED if UNWANTED in fates else WANTED
