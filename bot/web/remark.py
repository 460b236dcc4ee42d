"""A comment on code by somebody who does not speak to us: what it says, and the lines that it is about."""

from __future__ import annotations

import re

from bot.web import fields
from kb.redact import redact

LONGEST_REMARK = 1_000  # characters of what it says that are kept
LONGEST_CODE = 600  # characters of code
MOST_LINES = 6  # a remark about more lines than these is about its last ones
# Bots that review code in words. Others (coverage, previews, greetings) and we ourselves say nothing to learn from.
REVIEWERS = frozenset(
    {
        "codacy-production[bot]",
        "coderabbitai[bot]",
        "copilot-pull-request-reviewer[bot]",
        "deepsource-io[bot]",
        "gemini-code-assist[bot]",
        "github-advanced-security[bot]",
        "greptile-apps[bot]",
        "sonarqubecloud[bot]",
        "sourcery-ai[bot]",
    }
)

_HUNK = re.compile(r"^@@ .*$")


def words_kept(comment: fields.ReviewComment) -> str:
    """Return what is kept of a remark's words: secrets out, cut to size."""
    return redact((comment.body or "").replace("\0", "")[: 4 * LONGEST_REMARK])[:LONGEST_REMARK]


def code_of(comment: fields.ReviewComment) -> str:
    """Return the lines of head that a remark is about, secrets out; "" for a file, a removed line, or none told.

    GitHub ends the hunk that it sends with the line that was commented.
    """
    if comment.side != "RIGHT":
        return ""
    lines = [line for line in comment.diff_hunk.replace("\0", "").splitlines() if not _HUNK.match(line)]
    if not lines or lines[-1][:1] not in ("+", " "):
        return ""
    last, first = comment.original_line or comment.line, comment.original_start_line or comment.start_line
    count = last - first + 1 if last is not None and first is not None else 1
    shown = [line[1:] for line in lines if line[:1] in ("+", " ")]
    text = redact("\n".join(shown[-max(1, min(count, MOST_LINES)) :]))
    return text if len(text) <= LONGEST_CODE and text.strip() else ""
