"""From a verdict to what the outcomes store is told about it; secrets are taken out on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.render.json_format import provenance_of
from bot.render.scrub import scrubbed
from checks.finding import (
    Confidence,
    Disposition,
    Evidence,
    Finding,
    Severity,
    Side,
    Suggestion,
    likeness_of,
)
from checks.verdict import CheckRun, CheckStatus, Verdict
from kb.outcomes.audit import (
    Audit,
    Counts,
    LoggedEvidence,
    LoggedFinding,
    LoggedSuggestion,
    Seen,
    SeenFile,
    State,
)

MOST_CODE = 2_000  # characters of the code that a finding is about: enough to know its like again


def audit_of(verdict: Verdict, *, now: datetime | None = None) -> Audit:
    """Return the verdict as the store keeps it; `now` is when it was reached."""
    clean = scrubbed(verdict)
    counts = clean.counts
    findings = [_logged(finding, State.POSTED) for finding in clean.findings]
    findings += [_logged(finding, State.SILENT) for finding in clean.silent]
    findings += [_logged(entry.finding, State.SILENCED, entry.reason) for entry in clean.silenced]
    return Audit(
        repository=clean.repository,
        subject=clean.subject,
        base=clean.base,
        head=clean.head,
        overall=clean.overall.value,
        one_liner=clean.one_liner,
        started_at=(now or datetime.now(UTC)) - timedelta(milliseconds=clean.ms),
        ms=clean.ms,
        counts=Counts(counts[Severity.BLOCK], counts[Severity.WARN], counts[Severity.INFO]),
        files=_files(clean),
        full=clean.coverage.is_full,
        ran=tuple(run.slug for run in clean.checks if _means_something(run)),
        findings=tuple(findings),
        versions=dict(clean.versions),
        notes=clean.notes,
    )


def _means_something(run: CheckRun) -> bool:
    """Return whether a check's silence says that there was nothing: it ended well, or had nothing to look at."""
    return run.status is CheckStatus.OK or (run.status is CheckStatus.SKIPPED and not run.missed)


def _files(verdict: Verdict) -> tuple[SeenFile, ...]:
    coverage = verdict.coverage
    return (
        *(SeenFile(path) for path in coverage.reviewed),
        *(SeenFile(note.path, Seen.PARTIAL, note.reason) for note in coverage.partial),
        *(SeenFile(note.path, Seen.SKIPPED, note.reason) for note in coverage.skipped),
    )


def _logged(finding: Finding, state: State, reason: str = "") -> LoggedFinding:
    return LoggedFinding(
        fingerprint=finding.fingerprint,
        check=finding.check,
        slug=finding.slug,
        severity=finding.severity.value,
        confidence=finding.confidence.value,
        path=finding.path,
        line=finding.line,
        end_line=finding.end_line,
        side=finding.side.value,
        message=finding.message,
        symbol=finding.symbol,
        evidence=tuple(LoggedEvidence(e.kind, e.path, e.line, e.text) for e in finding.evidence),
        suggestion=_suggested(finding.suggestion) if finding.suggestion else None,
        state=state,
        reason=reason,
        likeness=likeness_of(finding),
        code=finding.text[:MOST_CODE],
    )


def _suggested(suggestion: Suggestion) -> LoggedSuggestion:
    return LoggedSuggestion(
        suggestion.line,
        suggestion.end_line,
        suggestion.replacement,
        suggestion.disposition.value,
        suggestion.origin,
        suggestion.proof,
        provenance_of(suggestion.provenance) if suggestion.provenance else None,
    )


def finding_of(logged: LoggedFinding) -> Finding:
    """Return a finding as it was logged; its text was not kept, so its likeness is not to be worked out again."""
    return Finding(
        check=logged.check,
        slug=logged.slug,
        severity=Severity(logged.severity),
        confidence=Confidence(logged.confidence),
        path=logged.path,
        line=logged.line,
        end_line=logged.end_line,
        message=logged.message,
        symbol=logged.symbol,
        side=Side(logged.side),
        evidence=tuple(Evidence(one.kind, one.path, one.line, one.text) for one in logged.evidence),
        suggestion=_suggestion_of(logged.suggestion) if logged.suggestion else None,
        fingerprint=logged.fingerprint,
    )


def _suggestion_of(logged: LoggedSuggestion) -> Suggestion:
    return Suggestion(
        logged.line,
        logged.end_line,
        logged.replacement,
        Disposition(logged.disposition),
        logged.origin,
        dict(logged.proof),
    )
