"""The answer to `history`: what was decided before, when, at which head, on what evidence, and what became of it.

Of a file or a slug it tells what memory has learnt about it, too: whose word the next review heeds, and how long.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.commands.answers import seen_by
from bot.commands.model import History
from bot.commands.phrases import code as code_of
from bot.commands.phrases import commit, exhibit, fitted, moment_of, named, prose, pull_request, word
from kb.outcomes.past import PastAudit, PastFinding

if TYPE_CHECKING:
    from kb.memory.model import Lesson
    from kb.outcomes.store import OutcomeStore

AUDITS, FINDINGS, EVIDENCE, LESSONS = 10, 20, 2, 10


def history_of(store: OutcomeStore, repository: str, number: int, asked: History) -> str:
    """Return the answer from the store: of one repository, whatever is asked; `number` is where it is asked."""
    if asked.path is not None or asked.slug is not None:
        findings = store.findings(repository, slug=asked.slug, path=asked.path, limit=FINDINGS)
        audits = () if asked.path is None else store.audits(repository, path=asked.path, limit=AUDITS)
        lessons = store.lessons(repository, slug=asked.slug, path=asked.path, limit=LESSONS)
        return history(asked, number, audits, findings, lessons)
    subject = f"pull/{asked.number or number}"
    audits = store.audits(repository, subject=subject, limit=AUDITS)
    return history(asked, number, audits, store.findings(repository, subject=subject, limit=FINDINGS))


def history(
    asked: History,
    number: int,
    audits: Sequence[PastAudit],
    findings: Sequence[PastFinding],
    lessons: Sequence[Lesson] = (),
) -> str:
    """Return past reviews and findings, and what memory has learnt from people about them, newest first."""
    subject = _subject(asked, number)
    if not audits and not findings and not lessons:
        return f"Nothing is known about {subject}: no review of this repository that is kept had it."
    elsewhere = asked.path is not None or asked.slug is not None
    pieces = [f"**Reviews** of {subject}, newest first\n\n"] if audits else []
    pieces += [_audit(audit, elsewhere) for audit in audits]
    pieces += [f"\n**Findings** about {subject}, newest first\n\n"] if findings else []
    pieces += [_finding(past, elsewhere) for past in findings]
    pieces += [f"\n**Lessons** about {subject}, newest first\n\n"] if lessons else []
    pieces += [_lesson(lesson) for lesson in lessons]
    return fitted("", pieces)


def _subject(asked: History, number: int) -> str:
    if asked.path is not None or asked.slug is not None:
        return code_of(asked.path or asked.slug or "")
    return pull_request(f"pull/{asked.number}") if asked.number not in (None, number) else "this pull request"


def _audit(audit: PastAudit, elsewhere: bool) -> str:
    where = f" of {pull_request(audit.subject)}" if elsewhere else ""
    counts = ", ".join(f"{count:,} {word(kind)}" for kind, count in audit.became)
    became = f" What became of its findings: {counts}." if counts else ""
    said = f"**{word(audit.overall)}**: {prose(audit.one_liner)}"
    return f"- {moment_of(audit.at)}{where} at {commit(audit.head)}: {said} {seen_by(audit)}{became}\n"


def _finding(past: PastFinding, elsewhere: bool) -> str:
    finding = past.finding
    where = f" on {pull_request(past.subject)}" if elsewhere else ""
    lines = [
        f"- **{word(past.became)}** {named(finding)}: {prose(finding.message)}",
        f"  - told{where} at {commit(past.head)} on {moment_of(past.at)}",
        *(f"  - evidence: {exhibit(evidence)}" for evidence in finding.evidence[:EVIDENCE]),
    ]
    if (left := len(finding.evidence) - EVIDENCE) > 0:
        lines.append(f"  - and {left:,} more evidence")
    return "\n".join(lines) + "\n"


def _lesson(lesson: Lesson) -> str:
    """Return what people made of a finding: who, when, on what evidence, why, and until when it is heeded."""
    who = f" by {code_of(lesson.by)}" if lesson.by else ""
    place = f"{code_of(lesson.slug)} at {code_of(lesson.path)}"
    lines = [
        f"- **{word(lesson.fate)}** ({word(lesson.signal)}{who}) on {_day(lesson.at)}: {place}: {prose(lesson.text)}",
        f"  - {prose(lesson.evidence) or pull_request(lesson.subject)}; heeded until {_day(lesson.expires)}"
        + (f"; reason: {prose(lesson.reason)}" if lesson.reason else ""),
    ]
    return "\n".join(lines) + "\n"


def _day(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d}"
