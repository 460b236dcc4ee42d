"""Takes secrets out of a verdict before anything is shown: every renderer starts here."""

from __future__ import annotations

from dataclasses import replace

from bot.render.escape import encodable, printable
from checks.finding import Evidence, Finding, Suggestion
from checks.verdict import CheckRun, Coverage, PathNote, Silenced, Verdict
from kb.redact import redact


def scrubbed(verdict: Verdict) -> Verdict:
    """Return the verdict with every secret of a known format replaced by its kind."""
    return replace(
        verdict,
        repository=redact(verdict.repository),
        subject=redact(verdict.subject),
        one_liner=redact(verdict.one_liner),
        findings=tuple(_finding(finding) for finding in verdict.findings),
        coverage=_coverage(verdict.coverage),
        checks=tuple(_check_run(run) for run in verdict.checks),
        silenced=tuple(Silenced(_finding(entry.finding), redact(entry.reason)) for entry in verdict.silenced),
        notes=tuple(redact(note) for note in verdict.notes),
    )


def _finding(finding: Finding) -> Finding:
    return replace(
        finding,
        path=redact(finding.path),
        message=redact(finding.message),
        text=redact(finding.text),
        symbol=redact(finding.symbol),
        evidence=tuple(Evidence(e.kind, redact(e.path), e.line, redact(e.text)) for e in finding.evidence),
        suggestion=_suggestion(finding.suggestion),
    )


def _suggestion(suggestion: Suggestion | None) -> Suggestion | None:
    """Return the suggestion as it is, or None: a changed replacement would no longer be the proven one.

    One that cannot be written as text, or that hides what it would put into the file, is left out too.
    """
    if suggestion is None:
        return None
    text = suggestion.replacement
    visible = text.replace("\r\n", "").replace("\n", "").replace("\t", "")
    if redact(text) != text or encodable(text) != text or printable(visible) != visible:
        return None
    return suggestion


def _coverage(coverage: Coverage) -> Coverage:
    return Coverage(
        tuple(redact(path) for path in coverage.reviewed),
        tuple(_note(note) for note in coverage.partial),
        tuple(_note(note) for note in coverage.skipped),
    )


def _note(note: PathNote) -> PathNote:
    return PathNote(redact(note.path), redact(note.reason), note.chosen)


def _check_run(run: CheckRun) -> CheckRun:
    return replace(run, reason=redact(run.reason), missed=tuple(redact(path) for path in run.missed))
