"""A verdict as the body of a pull request review: GitHub's Markdown, with all foreign text made inert."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.render.escape import code_lines, commands_a_bot, cut, fence_for, markdown_code, markdown_text, printable
from bot.render.scrub import scrubbed
from bot.render.wording import (
    closing_remarks,
    counted,
    coverage_sentence,
    did_not_run,
    headline_of,
    versions_line,
    without_repetition,
)
from checks.finding import Disposition, Evidence, Finding, Severity, Side
from checks.verdict import Coverage, Overall, Verdict

LIMIT = 64_000  # GitHub refuses a body of more than 65,536 characters
MESSAGE_LIMIT, LINE_LIMIT, PATH_LIMIT, SUGGESTION_LIMIT, REMARKS_LIMIT = 1_000, 300, 150, 8_000, 12_000
EVIDENCE_SHOWN = 10


def render_markdown(verdict: Verdict) -> str:
    """Return the review body: at most `LIMIT` characters, cut between findings, its coverage always there."""
    clean = scrubbed(verdict)
    head, tail = _head(clean), _tail(clean)
    room = LIMIT - len(head) - len(tail) - 100  # 100: the line that says how many more there are
    ordered = sorted(clean.findings, key=lambda finding: finding.severity.rank)
    blocks: list[str] = []
    for finding in ordered[: clean.max_findings]:
        block = "\n" + _finding_block(finding)
        if len(block) > room:
            break
        room -= len(block)
        blocks.append(block)
    if left := len(ordered) - len(blocks):
        blocks.append(f"\n**{left:,} more** not shown here.\n" if blocks else f"\n**{left:,}** not shown here.\n")
    return head + "".join(blocks) + tail.removesuffix("\n")


def render_finding(finding: Finding, *, link: str = "", with_suggestion: bool = True) -> str:
    """Return one finding as the body of a comment on its line, secrets taken out.

    `link` is where its place leads to. A suggestion is left out where no button could commit it.
    """
    alone = Verdict("", "", "", "", Overall.COMMENT, "", (finding,), Coverage(), ())
    clean = scrubbed(alone).findings[0]
    return _finding_block(clean if with_suggestion else replace(clean, suggestion=None), link)


def render_closing(verdict: Verdict) -> str:
    """Return what follows the findings: coverage, what did not run, notes and versions; starts with a rule."""
    return _tail(scrubbed(verdict)).strip("\n")


def marker_of(head: str) -> str:
    """Return the hidden comment that starts each review body and tells which head it speaks of."""
    return f"<!-- prudent:review head={re.sub(r'[^0-9A-Za-z._]', '_', head)[:80]} -->"


def _head(verdict: Verdict) -> str:
    label, one_liner = headline_of(verdict)
    counts = verdict.counts
    tally = " · ".join(f"{counts[severity]} {severity.value}" for severity in Severity)
    return f"{marker_of(verdict.head)}\n### {label}\n\n{_prose(one_liner, LINE_LIMIT)}\n" + (
        f"\n{tally}\n" if verdict.findings else ""
    )


def _finding_block(finding: Finding, link: str = "") -> str:
    where = markdown_code(f"{_path(finding.path)}:{finding.line}")
    where = (f"[{where}]({link})" if link else where) + (" (base)" if finding.side is Side.LEFT else "")
    inside = f" in {markdown_code(_path(finding.symbol))}" if finding.symbol else ""
    also = f", also {', '.join(markdown_code(slug) for slug in finding.also[:EVIDENCE_SHOWN])}" if finding.also else ""
    return "".join(
        (
            f"---\n**{finding.severity.value}** {markdown_code(finding.slug)} at {where}{inside}{also}\n\n",
            f"{_prose(finding.message)}\n",
            _suggestion(finding),
            _evidence(finding),
        )
    )


def _prose(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """Return text as one inert paragraph; a line break in it stays one."""
    lines = [line.strip() for line in code_lines(text[: 2 * limit]) if line.strip()]
    return "<br>\n".join(markdown_text(cut(line, limit // min(len(lines), 4))) for line in lines[:12])


def _suggestion(finding: Finding) -> str:
    """Return a one-click suggestion, or nothing where it is not safe, too long, or would command a bot."""
    suggestion = finding.suggestion
    if suggestion is None or suggestion.disposition is not Disposition.SAFE:
        return ""
    text = suggestion.replacement.replace("\r\n", "\n")
    if len(text) > SUGGESTION_LIMIT or commands_a_bot(text):
        return ""
    if text and not text.endswith("\n"):
        text += "\n"
    fence = fence_for(text)
    made = suggestion.provenance
    by = f"<sub>Proposed by {markdown_code(_path(made.model))}, proven; risk {made.risk:.2f}</sub>\n" if made else ""
    return f"\n{fence}suggestion\n{text}{fence}\n{by}"


def _evidence(finding: Finding) -> str:
    if not finding.evidence:
        return ""
    shown = [without_repetition(evidence, finding) for evidence in finding.evidence[:EVIDENCE_SHOWN]]
    lines = [f"- {_exhibit(evidence)}" for evidence in shown]
    if (left := len(finding.evidence) - EVIDENCE_SHOWN) > 0:
        lines.append(f"- and {left:,} more")
    summary = f"<details><summary>Evidence ({len(finding.evidence)})</summary>"
    return "\n" + "\n".join([summary, "", *lines, "", "</details>"]) + "\n"


def _exhibit(evidence: Evidence) -> str:
    place = f"{_path(evidence.path)}:{evidence.line}" if evidence.line > 0 else _path(evidence.path)
    text = " ".join(line.strip() for line in code_lines(evidence.text[: 4 * LINE_LIMIT]) if line.strip())
    parts = [_short(evidence.kind), markdown_code(place) if place else ""]
    said = " ".join(part for part in parts if part)
    return f"{said}: {markdown_code(cut(text, LINE_LIMIT))}" if text else said


def _tail(verdict: Verdict) -> str:
    coverage = coverage_sentence(verdict.coverage, lambda path: markdown_code(_path(path)), _short)
    remarks = did_not_run(verdict.checks, _short) + closing_remarks(verdict, _short)
    lines, room = [f"- {coverage}\n"], REMARKS_LIMIT
    for number, sentence in enumerate(remarks):
        room -= len(sentence)
        if room < 0:
            lines.append(f"- and {counted(len(remarks) - number, 'remark')} more\n")
            break
        lines.append(f"- {sentence}\n")
    versions = versions_line(verdict)
    footer = f"\n<sub>{_short(versions)}</sub>\n" if versions else ""
    return "\n---\n" + "".join(lines) + footer


def _path(path: str) -> str:
    return cut(printable(path), PATH_LIMIT)


def _short(text: str) -> str:
    return markdown_text(cut(printable(text), LINE_LIMIT))
