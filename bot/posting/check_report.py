"""What the check run shows: it is the gate, so it is there on every head, also where no comment is."""

from __future__ import annotations

from bot.github.model import Annotation, Button, Report
from bot.posting.bodies import fitting, in_one_line
from bot.posting.links import Links
from bot.render.escape import code_lines, cut, encodable, printable
from bot.render.markdown import LIMIT, render_closing, render_finding
from bot.render.scrub import scrubbed
from bot.render.wording import headline_of, without_repetition
from checks.finding import Disposition, Finding, Severity, Side
from checks.settings import AppOptions
from checks.verdict import Overall, Verdict
from kb.redact import redact

MOST_ANNOTATIONS = 200  # 50 in one request; the report's text has the others
MESSAGE_LIMIT, TITLE_LIMIT = 8_000, 250  # GitHub takes 64 KB and 255 characters
_LEVELS = {Severity.BLOCK: "failure", Severity.WARN: "warning", Severity.INFO: "notice"}
_CONCLUSIONS = {Overall.APPROVE: "success", Overall.REQUEST_CHANGES: "failure", Overall.COMMENT: "neutral"}
RERUN = Button("Re-run", "Review this head again", "rerun")
FIX = Button("Post fixes", "Post the proven fixes as suggestions", "fix")
DISMISS = Button("Dismiss all", "Be silent about these findings for good", "dismiss")


def report_of(verdict: Verdict, *, options: AppOptions, links: Links) -> tuple[str, Report]:
    """Return how the check run ends (success, failure or neutral) and what it shows."""
    clean = scrubbed(verdict)
    label, one_liner = headline_of(clean)
    if clean.overall is Overall.APPROVE:
        label = "No findings"  # a check run approves nothing
    title = cut(printable(f"{label}: {one_liner}"), TITLE_LIMIT)
    summary = f"{in_one_line(one_liner, 300)}\n\n{render_closing(clean)}"[:LIMIT]
    blocks = (
        "\n" + render_finding(finding, link=links.to_finding(finding), with_suggestion=False)
        for finding in clean.findings
    )
    kept = fitting(blocks, LIMIT - 100)
    if left := len(clean.findings) - len(kept):
        kept.append(f"\n**{left:,} more** not shown here.")
    report = Report(title, summary, "".join(kept).strip("\n"), _annotations(verdict, clean), _buttons(clean))
    return conclusion_of(verdict, options), report


def conclusion_of(verdict: Verdict, options: AppOptions) -> str:
    """Return how the check run ends. Only a full approval is a success; what was not checked is never one."""
    return _CONCLUSIONS.get(verdict.overall, options.not_checked)


def _annotations(verdict: Verdict, clean: Verdict) -> tuple[Annotation, ...]:
    made: list[Annotation] = []
    for raw, finding in zip(verdict.findings, clean.findings, strict=True):
        # A path that cannot be written as it is would name another file, or a secret.
        if (
            raw.side is not Side.RIGHT
            or encodable(raw.path) != raw.path
            or redact(raw.path) != raw.path
            or raw.line < 1
        ):
            continue
        if len(made) == MOST_ANNOTATIONS:
            break
        last = max(raw.line, raw.end_line)
        level, title = _LEVELS[finding.severity], printable(finding.slug)[:TITLE_LIMIT]
        made.append(Annotation(raw.path, raw.line, last, level, title, _message(finding)))
    return tuple(made)


def _message(finding: Finding) -> str:
    """Return what is wrong and why we think so, as plain text."""
    lines = [line for line in code_lines(finding.message[:2_000]) if line.strip()]
    for evidence in (without_repetition(one, finding) for one in finding.evidence[:10]):
        text = " ".join(line.strip() for line in code_lines(evidence.text[:600]) if line.strip())
        place = f" {printable(evidence.path)}:{evidence.line}" if evidence.path else ""
        lines.append(f"{printable(evidence.kind)}{place}: {cut(text, 300)}")
    return "\n".join(lines)[:MESSAGE_LIMIT] or printable(finding.slug)


def _buttons(clean: Verdict) -> tuple[Button, ...]:
    has_fix = any(f.suggestion and f.suggestion.disposition is Disposition.SAFE for f in clean.findings)
    return (RERUN, *((FIX,) if has_fix else ()), *((DISMISS,) if clean.findings else ()))
