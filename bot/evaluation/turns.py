"""Reviews a stream of planted pull requests twice, with what was learnt in between, and once more without a memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.audit import audit_of
from bot.evaluation.forge import Forge
from bot.evaluation.journal import Row
from bot.evaluation.stream import DAY, Kind, Planted
from bot.pipeline import Options, change_of, review
from bot.sources import Sources, open_sources
from checks.finding import Finding, Severity, likeness_of
from checks.remember import KIND as MEMORY
from checks.verdict import Verdict
from checks.workspace import open_workspace
from kb.outcomes.app import Dismissal, DismissalSource, Note
from kb.outcomes.audit import Became
from kb.outcomes.derive import landed_by
from kb.outcomes.store import OutcomeStore
from kb.repository import Repository

PEOPLE = ("ada", "ben", "cleo")  # who may write


@dataclass(frozen=True)
class Desk:
    """What reviews of one repository need: the repository, its sources, and the store that remembers it."""

    repository: Repository
    sources: Sources
    store: OutcomeStore
    cache: Path
    name: str
    began: datetime  # of the stream: every pull request is an hour after the one before


@contextmanager
def desk_of(forge: Forge, store: OutcomeStore, cache: Path, name: str, began: datetime) -> Iterator[Desk]:
    """Open a forge's repository for reviews."""
    with Repository.open(forge.folder) as repository, open_sources(repository, cache) as sources:
        yield Desk(repository, sources, store, cache, name, began)


def reviewed(desk: Desk, planted: Planted, number: int, *, remembers: bool) -> Row:
    """Review one pull request, have people answer, and learn; returns what was said of what was planted.

    Without memory nothing is logged, answered or learnt.
    """
    subject, now = f"pull/{number}", desk.began + timedelta(hours=number)
    verdict = _verdict(desk, planted, planted.head, subject, now, remembers=remembers)
    if remembers:
        _answered(desk, planted, verdict, subject, now)
    return {"kind": planted.kind.value, "name": planted.name, "number": number, **_seen(planted, verdict)}


def _verdict(desk: Desk, planted: Planted, head: str, subject: str, now: datetime, *, remembers: bool) -> Verdict:
    comparison = desk.repository.compare(f"{planted.base}..{head}")
    change = replace(change_of(comparison, desk.name), subject=subject)
    sources = desk.sources
    if remembers:
        memory = desk.store.recollect(desk.name, subject, now)
        sources = replace(sources, memory=lambda: memory)
    with open_workspace(desk.cache) as workspace:
        return review(change, workspace, Options(), sources)


def _seen(planted: Planted, verdict: Verdict) -> Row:
    """Return whether the defect was told, held back or recorded, and on what the telling stands."""
    told = [one for one in verdict.findings if one.slug in planted.slugs]
    held = [one for one in verdict.silenced if one.held and one.finding.slug in planted.slugs]
    silent = [one for one in verdict.silent if one.slug in planted.slugs]
    evidence = [piece for one in told for piece in one.evidence]
    held_for = [piece for one in held for piece in one.finding.evidence]
    loud = [one for one in verdict.findings if one.slug not in planted.slugs and one.severity is not Severity.INFO]
    return {
        "told": bool(told),
        "held": bool(held),
        "silent": bool(silent),
        "cites": any(piece.kind == MEMORY for piece in (*evidence, *held_for)),
        "proof": bool(planted.evidence) and any(planted.evidence[:7] in piece.text for piece in evidence),
        "other": [f"{one.slug}: {one.message}"[:200] for one in loud],
    }


def _answered(desk: Desk, planted: Planted, verdict: Verdict, subject: str, now: datetime) -> None:
    """Log the verdict and do what the people of this repository do about it."""
    store, landed = desk.store, landed_by(desk.repository.merge_base)
    store.log(audit_of(verdict, now=now), landed=landed)
    told = [one for one in verdict.findings if one.slug in planted.slugs]
    if planted.kind is Kind.NOISE:
        for one in told:
            asked = _dismissal(desk, one, subject, now)
            store.dismiss(asked, mark=f"eval:{subject}:{one.fingerprint}")
    if planted.mended:
        later = now + timedelta(minutes=10)
        second = _verdict(desk, planted, planted.mended, subject, later, remembers=True)
        store.log(audit_of(second, now=later), landed=landed)
    merged = now + timedelta(minutes=20)
    store.note(
        Note(desk.name, subject, "", Became.MERGED, planted.mended or planted.head, "", merged), mark=f"m:{subject}"
    )
    store.learn(desk.name, merged)


def _dismissal(desk: Desk, finding: Finding, subject: str, now: datetime) -> Dismissal:
    number = int(subject.removeprefix("pull/"))
    return Dismissal(
        repository=desk.name,
        fingerprint=finding.fingerprint,
        slug=finding.slug,
        likeness=likeness_of(finding),
        path=finding.path,
        symbol=finding.symbol,
        by=PEOPLE[number % len(PEOPLE)],
        by_id=1 + number % len(PEOPLE),
        source=DismissalSource.COMMAND,
        reason="on purpose",
        subject=subject,
        at=now,
    )


def start_of(planted_at: int) -> datetime:
    """Return when the first pull request is opened: a day after what is in the repository."""
    return datetime.fromtimestamp(planted_at + DAY, UTC)
