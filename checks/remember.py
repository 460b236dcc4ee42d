"""What people made of findings like these: some are held back, some raised, some slugs have gone silent here.

A finding that was itself dismissed is somebody's decision about that very finding, and is not decided here. A blocking
finding of security is never held back and never silent, whatever memory says. Another blocking finding that is held
back, or whose slug has gone silent, is told as silenced, so that no verdict becomes an approval by it (`checks.fold`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from checks.finding import Confidence, Evidence, Finding, Severity, likeness_of
from checks.inference.security import is_of_security
from checks.verdict import Silenced

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kb.memory.filter import Asked, Judgement
    from kb.memory.model import Lesson, Recollection, Trust

KIND = "memory"  # of evidence
CITED = 3  # earlier verdicts that a finding cites
LONGEST_REASON = 120  # characters of what somebody gave as a reason


class Embeds(Protocol):
    """What turns texts into vectors (kb.memory.embed.Embedder)."""

    @property
    def name(self) -> str:
        """Return the version of the vectors."""
        ...

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit rows, (len(texts), D)."""
        ...


@dataclass(frozen=True)
class Remembered:
    """Findings after memory was asked: what is still said, what is held back, and what the reader must know.

    `cited` are the ids of the lessons that each finding stands on, by its fingerprint.
    """

    findings: tuple[Finding, ...]
    silenced: tuple[Silenced, ...] = ()
    notes: tuple[str, ...] = ()
    cited: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def remembered(
    findings: Sequence[Finding],
    recollection: Recollection | None,
    embedder: Embeds | None,
    *,
    now: float,
    enabled: Collection[str] = (),
) -> Remembered:
    """Return the findings, in their order, as memory has them said.

    Args:
        findings: With fingerprints. What is recorded silently anyway is left as it is.
        recollection: What is remembered of the repository; None: nothing is.
        embedder: Makes vectors; None, or one under another name than the recollection's: only exact likeness counts.
        now: Seconds since the epoch; lessons that have expired by then are not heeded.
        enabled: Slugs that the repository's settings ask for: they never go silent.
    """
    if recollection is None or not any(not finding.silent for finding in findings):
        return Remembered(tuple(findings))
    from kb.memory.filter import Judgement, Kind

    recollection = replace(recollection, now=now)
    loud = [finding for finding in findings if not finding.silent]
    judgements, unsure = _judgements(loud, recollection, embedder), Judgement(Kind.PASSED)
    said: list[Finding] = []
    silenced: list[Silenced] = []
    notes: dict[str, str] = {}
    cited: dict[str, tuple[int, ...]] = {}
    for finding in findings:
        if finding.silent:
            said.append(finding)
            continue
        judgement = judgements.get(finding.fingerprint, unsure)
        trust = _silencing(finding, judgement, recollection, enabled)
        lessons = _grounds(judgement) or (_against(finding.slug, recollection) if trust else ())
        told = _told(_citing(finding, judgement, lessons), judgement, trust)
        if isinstance(told, Silenced):
            silenced.append(told)
        else:
            said.append(told)
        if trust:
            notes[finding.slug] = trust.notice
        if lessons:
            cited[finding.fingerprint] = tuple(lesson.id for lesson in lessons)
    return Remembered(tuple(said), tuple(silenced), tuple(notes[slug] for slug in sorted(notes)), cited)


def _told(citing: Finding, judgement: Judgement, trust: Trust | None) -> Finding | Silenced:
    """Return a finding as it is said, or as it is silenced; `trust` is its slug's, if that has gone silent."""
    from kb.memory.filter import Kind

    if _is_safe(citing, judgement):
        return citing
    if judgement.kind is Kind.HELD:
        where = ", ".join(lesson.subject for lesson in judgement.because)
        reason = f"held back: like {len(judgement.because)} findings that were dismissed: {where}"
        return Silenced(citing, reason, held=True)
    if trust is not None:
        if citing.severity is Severity.BLOCK:
            return Silenced(citing, f"held back: {trust.notice}", held=True)
        return replace(citing, silent=True)
    if judgement.kind is Kind.RAISED:
        return replace(citing, confidence=_surer(citing.confidence))
    return citing


def _silencing(
    finding: Finding, judgement: Judgement, recollection: Recollection, enabled: Collection[str]
) -> Trust | None:
    """Return the trust in a finding's slug if it silences the finding, None if it does not."""
    from kb.memory.filter import Kind

    trust = recollection.trust.get(finding.slug)
    if trust is None or not trust.is_silenced or finding.slug in enabled:
        return None
    return None if judgement.kind is Kind.HELD or _is_safe(finding, judgement) else trust


def _is_safe(finding: Finding, judgement: Judgement) -> bool:
    """Return whether memory must let a finding be: it blocks for security, or is decided elsewhere."""
    is_of_weight = finding.severity is Severity.BLOCK and is_of_security(finding.slug)
    return is_of_weight or _is_decided(finding, judgement)


def _is_decided(finding: Finding, judgement: Judgement) -> bool:
    """Return whether this very finding was dismissed: that is decided where dismissals are heeded."""
    from kb.memory.model import Fate

    return any(one.fingerprint == finding.fingerprint and one.fate is Fate.DISMISSED for one in judgement.same)


def _surer(confidence: Confidence) -> Confidence:
    return list(Confidence)[max(0, confidence.rank - 1)]


def _grounds(judgement: Judgement) -> tuple[Lesson, ...]:
    """Return the lessons that are cited: those that decided, then those about the same, each once."""
    return tuple({one.id: one for one in (*judgement.because, *judgement.same)}.values())[:CITED]


def _against(slug: str, recollection: Recollection) -> tuple[Lesson, ...]:
    """Return the last dismissals of a slug: what it went silent for."""
    from kb.memory.filter import STRONG
    from kb.memory.model import Fate

    said = [one for one in recollection.lessons if one.slug == slug and one.fate is Fate.DISMISSED]
    strong = [one for one in said if one.weight >= STRONG and one.expires > recollection.now]
    return tuple(sorted(strong, key=lambda one: (-one.at, -one.id))[:CITED])


def _citing(finding: Finding, judgement: Judgement, lessons: Sequence[Lesson]) -> Finding:
    """Return the finding with earlier verdicts in its evidence, after its own."""
    same, like = {one.id for one in judgement.same}, {one.id for one in judgement.because}
    more = tuple(
        Evidence(
            KIND,
            one.path,
            0,
            _cited(one, "the same" if one.id in same else "one like it" if one.id in like else f"one of {one.slug}"),
        )
        for one in lessons
    )
    return replace(finding, evidence=(*finding.evidence, *more)) if more else finding


def _cited(lesson: Lesson, which: str) -> str:
    from kb.memory.model import Signal

    became = {
        Signal.DISMISSED: "dismissed",
        Signal.RESOLVED: "resolved as it stood",
        Signal.DISLIKED: "disliked",
        Signal.LIKED: "liked",
        Signal.FIXED: "fixed",
        Signal.COMMITTED: "mended by the suggestion",
        Signal.MERGED: "merged open",
        Signal.REVERTED: "open in a change that was reverted",
        Signal.IMPORTED: f"{lesson.fate.value} elsewhere",
    }[lesson.signal]
    by = f" by {lesson.by}" if lesson.by else ""
    reason = " ".join(lesson.reason.split())[:LONGEST_REASON]
    return f"{which} was {became}{by} ({lesson.evidence})" + (f": {reason}" if reason else "")


def _judgements(
    findings: Sequence[Finding], recollection: Recollection, embedder: Embeds | None
) -> dict[str, Judgement]:
    """Return what memory says of each finding, by its fingerprint; no vector is made where nothing is known."""
    from kb.memory.filter import judged

    known = {lesson.slug for lesson in recollection.lessons}
    kindred = _kindred()
    asked = [one for one in findings if ({one.slug} | (kindred if one.slug in kindred else frozenset())) & known]
    if not asked:
        return {}
    questions = _asked(asked, recollection, embedder, kindred)
    return {one.fingerprint: told for one, told in zip(asked, judged(questions, recollection), strict=True)}


def _kindred() -> frozenset[str]:
    """Return the slugs of what models say: their findings are compared by what they say, whichever pass said it."""
    from checks.inference.passes import READINGS

    return frozenset(reading.SLUG for reading in READINGS)


def _asked(
    findings: Sequence[Finding], recollection: Recollection, embedder: Embeds | None, kindred: frozenset[str]
) -> list[Asked]:
    from kb.memory.filter import Asked

    if embedder is None or embedder.name != recollection.embedder or recollection.vectors is None:
        return [Asked(one.slug, likeness_of(one) or one.fingerprint, one.fingerprint) for one in findings]
    texts = embedder.vectors([one.message for one in findings])  # (findings, D)
    codes = embedder.vectors([one.text for one in findings])
    return [
        Asked(
            slug=one.slug,
            about=likeness_of(one) or one.fingerprint,
            fingerprint=one.fingerprint,
            vector=text,
            code_vector=code,
            kin=kindred - {one.slug} if one.slug in kindred else frozenset(),
        )
        for one, text, code in zip(findings, texts, codes, strict=True)
    ]
