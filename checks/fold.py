"""Folds what the checks brought back into one answer. Nothing here can make an error look like a pass."""

from __future__ import annotations

from collections.abc import Sequence

from checks.finding import Finding, Severity
from checks.verdict import CheckRun, CheckStatus, Coverage, Overall, Silenced

_PLURALS = {Severity.BLOCK: "blocking finding", Severity.WARN: "warning", Severity.INFO: "remark"}


def overall_of(
    findings: Sequence[Finding], coverage: Coverage, runs: Sequence[CheckRun], silenced: Sequence[Silenced]
) -> Overall:
    """Return the answer.

    Approve needs: no finding, a changed file and every one seen, every check ended well, and no blocking
    finding silenced by the change itself. A blocking finding asks for changes whatever else went wrong.
    """
    if any(finding.severity is Severity.BLOCK for finding in findings):
        return Overall.REQUEST_CHANGES
    if any(_broke(run) for run in runs) or (coverage.skipped and not (coverage.reviewed or coverage.partial)):
        return Overall.NOT_CHECKED
    hushed = any(s.finding.severity is Severity.BLOCK for s in silenced)
    if findings or hushed or not coverage.is_full or not coverage.reviewed:
        return Overall.COMMENT
    return Overall.APPROVE


def _broke(run: CheckRun) -> bool:
    return run.status in (CheckStatus.FAILED, CheckStatus.TIMED_OUT)


def one_liner_of(overall: Overall, findings: Sequence[Finding], coverage: Coverage, runs: Sequence[CheckRun]) -> str:
    """Return one sentence that says what was found and how much was seen."""
    seen = len(coverage.reviewed)
    files = seen + len(coverage.partial) + len(coverage.skipped)
    extent = f"{seen} of {_count(files, 'file')} fully reviewed" if not coverage.is_full else _count(seen, "file")
    if overall is Overall.NOT_CHECKED:
        broken = ", ".join(run.slug for run in runs if _broke(run))
        return f"Not checked: {broken} did not finish." if broken else "Not checked: no changed file could be read."
    if not files and not findings:
        return "Nothing to review: no file changes."
    if findings:
        counts = {s: sum(f.severity is s for f in findings) for s in Severity}
        said = ", ".join(_count(n, _PLURALS[s]) for s, n in counts.items() if n)
        return f"{said} in {extent}." if coverage.is_full else f"{said}; {extent}."
    if coverage.is_full:
        return f"Nothing to say about {extent}; everything was checked."
    return f"Nothing found; {extent}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
