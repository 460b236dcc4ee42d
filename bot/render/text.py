"""A verdict for a terminal or a log file: what matters first, and nothing a terminal would obey."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass

from bot.render.escape import code_lines, columns, cut, printable, wrapped
from bot.render.scrub import scrubbed
from bot.render.wording import (
    closing_remarks,
    coverage_sentence,
    did_not_run,
    headline_of,
    unread_line,
    without_repetition,
)
from checks.finding import Disposition, Evidence, Finding, Severity, Side, Suggestion
from checks.verdict import Overall, Verdict
from kb.redact import redact

EVIDENCE_SHOWN = 8
QUOTED_LINES = 4
DIFF_LINES = 24
MARK = 8  # digits of a fingerprint: enough to name a finding with

_ANSWER_COLOURS = {
    Overall.APPROVE: "1;32",
    Overall.COMMENT: "1;33",
    Overall.REQUEST_CHANGES: "1;31",
    Overall.NOT_CHECKED: "1;35",
}
_SEVERITY_COLOURS = {Severity.BLOCK: "1;31", Severity.WARN: "33", Severity.INFO: "36"}
_CODE = ("quote", "caller", "definition")  # kinds of evidence whose text is code: cut, not wrapped
_BOLD, _DIM, _RED, _GREEN = "1", "2", "31", "32"


def render_text(
    verdict: Verdict, *, colour: bool = False, width: int = 80, quotes: Mapping[str, str] | None = None
) -> str:
    """Return the verdict as lines for a person, findings by importance, coverage always.

    `quotes` maps a finding's fingerprint to the head lines its suggestion replaces (bot.render.quotes).
    """
    old = {fingerprint: redact(text) for fingerprint, text in (quotes or {}).items()}
    page = _Page(scrubbed(verdict), colour, width, old)
    return "\n".join([*page.headline(), *page.findings(), *page.remarks()]) + "\n"


@dataclass(frozen=True)
class _Page:
    verdict: Verdict
    colour: bool
    width: int
    quotes: Mapping[str, str]

    def paint(self, style: str, text: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.colour and text else text

    def headline(self) -> list[str]:
        label, one_liner = headline_of(self.verdict)
        first, *rest = wrapped(f"{label}: {one_liner}", self.width, hang="  ")
        painted = self.paint(_ANSWER_COLOURS[self.verdict.overall], label)
        return [painted + first[len(label) :], *rest]

    def findings(self) -> list[str]:
        ordered = sorted(self.verdict.findings, key=lambda finding: finding.severity.rank)
        shown = ordered[: self.verdict.max_findings]
        lines = [line for finding in shown for line in ("", *self.finding(finding))]
        if left := len(ordered) - len(shown):
            lines += ["", self.paint(_BOLD, f"{left:,} more") + " (--format json has them all)"]
        return [*lines, ""] if lines else []

    def finding(self, finding: Finding) -> list[str]:
        place = _place(finding.path, finding.line) + (" (base)" if finding.side is Side.LEFT else "")
        severity = self.paint(_SEVERITY_COLOURS[finding.severity], finding.severity.value)
        slug, mark = printable(finding.slug), finding.fingerprint[:MARK]
        fits = mark and columns(f"{place}  {finding.severity.value}  {slug}  {mark}") <= self.width
        shown = f"  {self.paint(_DIM, mark)}" if fits else ""
        lines = [f"{self.paint(_BOLD, place)}  {severity}  {slug}{shown}"]
        lines += [line for part in code_lines(finding.message) for line in wrapped(part, self.width, indent="  ")]
        for evidence in finding.evidence[:EVIDENCE_SHOWN]:
            lines += self.evidence(without_repetition(evidence, finding))
        if (left := len(finding.evidence) - EVIDENCE_SHOWN) > 0:
            lines.append(self.paint(_DIM, f"    and {left:,} more"))
        if finding.also:
            lines += self.dim(f"also reported by {', '.join(finding.also)}")
        if finding.suggestion and finding.suggestion.disposition is Disposition.SAFE:
            lines += self.fix(finding.suggestion, self.quotes.get(finding.fingerprint))
        return lines

    def evidence(self, evidence: Evidence) -> list[str]:
        place = _place(evidence.path, evidence.line)
        head = f"    {printable(evidence.kind)}" + (f" {place}" if place else "")
        quoted = [line for line in code_lines(textwrap.dedent(evidence.text)) if line.strip()]
        if len(quoted) == 1 and columns(head) + 2 + columns(quoted[0]) <= self.width:
            return [f"{self.paint(_DIM, head + ':')} {quoted[0]}"]
        lines = [self.paint(_DIM, head + (":" if quoted else ""))]
        for line in quoted[:QUOTED_LINES]:
            if evidence.kind in _CODE:
                lines.append(f"      {cut(line, max(self.width - 6, 20))}")
            else:
                lines += wrapped(line, self.width, indent="      ")
        return lines + (["      ..."] if len(quoted) > QUOTED_LINES else [])

    def fix(self, suggestion: Suggestion, old: str | None) -> list[str]:
        """Return the proven fix as a small diff; without the old lines, as what replaces them."""
        last = f"-{suggestion.end_line}" if suggestion.end_line != suggestion.line else ""
        where = "" if old is not None else f" of lines {suggestion.line}{last}"
        made = suggestion.provenance
        risk = f", risk {made.risk:.2f}" if made else ""
        lines = self.dim(f"proven {'patch' if made else 'fix'}{where} ({suggestion.origin}{risk}):", indent="  ")
        diff = _diff(old or "", suggestion.replacement)
        for line in diff[:DIFF_LINES]:
            style = {"-": _RED, "+": _GREEN}.get(line[0], _DIM)
            lines.append(self.paint(style, f"    {cut(line, max(self.width - 4, 20))}"))
        if left := len(diff[DIFF_LINES:]):
            lines.append(self.paint(_DIM, f"    and {left:,} more lines"))
        return lines

    def remarks(self) -> list[str]:
        verdict = self.verdict
        lines = wrapped(coverage_sentence(verdict.coverage, printable, printable), self.width, hang="  ")
        for sentence in did_not_run(verdict.checks, printable):
            lines += wrapped(sentence, self.width, hang="  ")
        unread = unread_line(verdict, printable)
        for remark in [*closing_remarks(verdict, printable), *([unread] if unread else [])]:
            lines += wrapped(remark, self.width, hang="  ")
        return lines

    def dim(self, text: str, *, indent: str = "    ") -> list[str]:
        return [self.paint(_DIM, line) for line in wrapped(text, self.width, indent=indent)]


def _place(path: str, line: int) -> str:
    if not path:
        return ""
    return f"{printable(path)}:{line}" if line > 0 else printable(path)


def _diff(old: str, new: str) -> list[str]:
    before, after = (code_lines(text) if text else [] for text in (old, new))
    hunks = difflib.unified_diff(before, after, n=1, lineterm="")
    return [line for line in list(hunks)[2:] if not line.startswith("@@")]
