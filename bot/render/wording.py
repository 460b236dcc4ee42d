"""The sentences that every form for people shares: headline, coverage, what did not run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from checks.finding import Evidence, Finding
from checks.inference.asking import NOT_RUN
from checks.inference.passes import READINGS
from checks.inference.report import Report
from checks.verdict import CheckRun, CheckStatus, Coverage, Overall, PathNote, Verdict

LABELS = {
    Overall.APPROVE: "Approved",
    Overall.COMMENT: "Comments",
    Overall.REQUEST_CHANGES: "Changes requested",
    Overall.NOT_CHECKED: "Not checked",
}
PASSES = frozenset(reading.SLUG for reading in READINGS)
KEPT = "all of it was asked before, nothing was sent"
NAMES_SHOWN = 5
REASONS_SHOWN = 8

Show = Callable[[str], str]


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where it must be."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def headline_of(verdict: Verdict) -> tuple[str, str]:
    """Return the answer in a word or two, and the verdict's one line."""
    label = LABELS[verdict.overall]
    return label, verdict.one_liner.removeprefix(f"{label}: ")


def coverage_sentence(coverage: Coverage, show_path: Show, show: Show) -> str:
    """Return how many of the changed files were seen, and which were not, with why."""
    total = len(coverage.reviewed) + len(coverage.partial) + len(coverage.skipped)
    if not total:
        return "No files changed."
    parts = [f"{len(coverage.reviewed):,} of {counted(total, 'file')} reviewed"]
    if coverage.partial:
        parts.append(f"{len(coverage.partial):,} partly: {_by_reason(coverage.partial, show_path, show)}")
    if coverage.skipped:
        parts.append(f"{len(coverage.skipped):,} skipped: {_by_reason(coverage.skipped, show_path, show)}")
    return "; ".join(parts) + "."


def _by_reason(notes: Sequence[PathNote], show_path: Show, show: Show) -> str:
    groups: dict[str, list[str]] = {}
    for note in notes:
        groups.setdefault(note.reason, []).append(note.path)
    said = [f"{_names(paths, show_path)} ({show(reason)})" for reason, paths in list(groups.items())[:REASONS_SHOWN]]
    if left := sum(len(paths) for paths in list(groups.values())[REASONS_SHOWN:]):
        said.append(f"and {left:,} more")
    return ", ".join(said)


def _names(paths: Sequence[str], show: Show) -> str:
    said = ", ".join(show(path) for path in paths[:NAMES_SHOWN])
    left = len(paths) - NAMES_SHOWN
    return f"{said} and {left:,} more" if left > 0 else said


_BROKEN = (CheckStatus.FAILED, CheckStatus.TIMED_OUT)
_ENDINGS = {CheckStatus.FAILED: "failed", CheckStatus.TIMED_OUT: "timed out", CheckStatus.SKIPPED: "did not run"}


def broken_runs(checks: Sequence[CheckRun]) -> list[CheckRun]:
    """Return the runs that failed, or that missed files they should have seen."""
    return [run for run in checks if run.status in _BROKEN or (run.status is not CheckStatus.OK and run.missed)]


def did_not_run(checks: Sequence[CheckRun], show: Show) -> list[str]:
    """Return one sentence for each of the `broken_runs`."""
    return [_why(run, show) for run in broken_runs(checks)]


def _why(run: CheckRun, show: Show) -> str:
    reason = f": {show(run.reason)}" if run.reason else ""
    missed = f"; {counted(len(run.missed), 'file')} not seen by it" if run.missed else ""
    return f"Not checked by {show(run.slug)} ({_ENDINGS[run.status]}){reason}{missed}."


def without_repetition(evidence: Evidence, finding: Finding) -> Evidence:
    """Return the evidence less what the finding itself says already: its message and its place."""
    text = evidence.text.removesuffix(finding.message).rstrip().removesuffix(":") or evidence.text
    if evidence.kind == "engine" and (evidence.path, evidence.line) == (finding.path, finding.line):
        return Evidence(evidence.kind, "", 0, text)
    return Evidence(evidence.kind, evidence.path, evidence.line, text)


def versions_line(verdict: Verdict) -> str:
    """Return what took part, each with its version; programs that print their name do not get it twice."""
    versions = verdict.versions
    return ", ".join(f"{name} {versions[name].removeprefix(name).strip()}" for name in sorted(versions))


def closing_remarks(verdict: Verdict, show: Show) -> list[str]:
    """Return what the reader must know beside the findings: silenced ones, the notes, what a model read and cost."""
    said = []
    held = sum(silenced.held for silenced in verdict.silenced)
    by_comment = sum(not silenced.by and not silenced.held for silenced in verdict.silenced)
    if by_comment:
        said.append(f"{counted(by_comment, 'finding')} silenced by comments in the code.")
    if dismissed := len(verdict.silenced) - by_comment - held:
        said.append(f"{counted(dismissed, 'finding')} dismissed by maintainers.")
    if held:
        said.append(f"{counted(held, 'finding')} held back: like others that maintainers dismissed here.")
    said += [show(note) for note in verdict.notes]
    return said + ([reading_line(verdict.reading, show)] if verdict.reading and verdict.reading.models else [])


def unread_line(verdict: Verdict, show: Show) -> str:
    """Return one sentence that says why no model read the change, "" where one did or none was to."""
    if verdict.reading is None or verdict.reading.models:
        return ""
    why = [run.reason for run in verdict.checks if run.slug in PASSES and run.reason.startswith(NOT_RUN)]
    return f"No model read it ({show(why[0])})." if why else ""


def reading_line(report: Report, show: Show) -> str:
    """Return one sentence on what models read, what that cost, and what of their claims was not said, by reason."""
    who = ", ".join(show(name) for name in report.models) or "a model"
    cost = f"${report.micros / 1_000_000:.4f}" if report.micros else "no cost"
    sent = f"{counted(report.calls, 'call')}, {report.usage.total:,} tokens, {cost}" if report.calls else KEPT
    line = f"Read by {who}: {sent}"
    line += f"; {counted(report.claims, 'claim')}"
    reasons = Counter(dropped.reason for dropped in report.dropped)
    if reasons:
        why = ", ".join(f"{number:,} {show(reason)}" for reason, number in sorted(reasons.items(), key=_most_first))
        line += f", {len(report.dropped):,} of them not said ({why})"
    return f"{line}."


def _most_first(counted: tuple[str, int]) -> tuple[int, str]:
    return -counted[1], counted[0]
