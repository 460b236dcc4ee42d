"""Takes secrets out of a verdict before anything is shown: every renderer starts here."""

from __future__ import annotations

from dataclasses import replace

from bot.render.escape import encodable, printable
from checks.finding import Evidence, Finding, Suggestion
from checks.inference.report import Report
from checks.static.secret_added import SLUG as SECRET_ADDED
from checks.verdict import CheckRun, Coverage, PathNote, Verdict
from kb.redact import redact
from models.patch import Provenance

SHOWN = 8_000  # no reader needs more of one text, and no renderer has to bear it
UNQUOTED = "(this line holds a secret and is not quoted)"
UNSAID = "This line holds a secret: what else is wrong with it is not quoted."
LOOKED_AT = SHOWN + 4_000  # further than any secret reaches that begins in what is shown


def scrubbed(verdict: Verdict) -> Verdict:
    """Return the verdict with every secret replaced by its kind, and no text longer than anyone reads.

    A line that a finding calls a secret is quoted by no other finding either, whatever its format.
    """
    verdict = _without_secret_lines(verdict)
    return replace(
        verdict,
        repository=_clean(verdict.repository),
        subject=_clean(verdict.subject),
        one_liner=_clean(verdict.one_liner),
        findings=tuple(_finding(finding) for finding in verdict.findings),
        coverage=_coverage(verdict.coverage),
        checks=tuple(_check_run(run) for run in verdict.checks),
        silent=tuple(_finding(finding) for finding in verdict.silent),
        silenced=tuple(
            replace(entry, finding=_finding(entry.finding), reason=_clean(entry.reason)) for entry in verdict.silenced
        ),
        notes=tuple(_clean(note) for note in verdict.notes),
        reading=_reading(verdict.reading),
        fallen=tuple(replace(one, text=_clean(one.text), why=_clean(one.why)) for one in verdict.fallen),
    )


def _without_secret_lines(verdict: Verdict) -> Verdict:
    everything = [*verdict.findings, *verdict.silent, *(entry.finding for entry in verdict.silenced)]
    lines = {(f.path, n) for f in everything if f.slug == SECRET_ADDED for n in range(f.line, f.end_line + 1)}
    if not lines:
        return verdict

    def hushed(finding: Finding) -> Finding:
        if finding.slug == SECRET_ADDED or not any((e.path, e.line) in lines for e in finding.evidence):
            return finding
        kept = (replace(e, text=UNQUOTED) if (e.path, e.line) in lines else e for e in finding.evidence)
        return replace(finding, evidence=tuple(kept), message=UNSAID, text="", suggestion=None)

    return replace(
        verdict,
        findings=tuple(map(hushed, verdict.findings)),
        silent=tuple(map(hushed, verdict.silent)),
        silenced=tuple(replace(entry, finding=hushed(entry.finding)) for entry in verdict.silenced),
    )


def _clean(text: str) -> str:
    """Return the text without secrets; a very long one is cut, well before what was not looked at."""
    if len(text) <= LOOKED_AT:
        return redact(text)
    return redact(text[:LOOKED_AT])[:SHOWN] + "..."


def _finding(finding: Finding) -> Finding:
    return replace(
        finding,
        path=_clean(finding.path),
        message=_clean(finding.message),
        text=_clean(finding.text),
        symbol=_clean(finding.symbol),
        evidence=tuple(Evidence(e.kind, _clean(e.path), e.line, _clean(e.text)) for e in finding.evidence),
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
    return replace(suggestion, provenance=_provenance(suggestion.provenance))


def _reading(report: Report | None) -> Report | None:
    if report is None:
        return None
    return replace(
        report,
        dropped=tuple(
            replace(one, reason=_clean(one.reason), text=_clean(one.text), pattern=_clean(one.pattern))
            for one in report.dropped
        ),
        triaged=tuple(replace(one, reason=_clean(one.reason)) for one in report.triaged),
        effects={name: _clean(said) for name, said in report.effects.items()},
    )


def _provenance(provenance: Provenance | None) -> Provenance | None:
    if provenance is None:
        return None
    tried = tuple(replace(one, text=_clean(one.text), why=_clean(one.why)) for one in provenance.tried)
    return replace(provenance, plan=_clean(provenance.plan), tried=tried, notes=tuple(map(_clean, provenance.notes)))


def _coverage(coverage: Coverage) -> Coverage:
    return Coverage(
        tuple(_clean(path) for path in coverage.reviewed),
        tuple(_note(note) for note in coverage.partial),
        tuple(_note(note) for note in coverage.skipped),
    )


def _note(note: PathNote) -> PathNote:
    return PathNote(_clean(note.path), _clean(note.reason), note.chosen)


def _check_run(run: CheckRun) -> CheckRun:
    return replace(run, reason=_clean(run.reason), missed=tuple(_clean(path) for path in run.missed))
