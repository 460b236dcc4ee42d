"""A comment on code by somebody who does not speak to us: what it says, and the lines that it is about."""

from __future__ import annotations

import re

from bot.events import Actor, Remarked, Repo
from bot.web import fields
from kb.redact import redact

LONGEST_REMARK = 1_000  # characters of what it says that are kept
LONGEST_PATH = 4_096  # characters of a path that is kept: no file system takes a longer one
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


def remark_of(repo: Repo, number: int, comment: fields.ReviewComment, sender: Actor) -> Remarked | None:
    """Return a comment as a remark; None for an answer in a thread, and where no code of head is known."""
    code = "" if comment.in_reply_to_id is not None else code_of(comment)
    if not code or not 0 < len(comment.path) <= LONGEST_PATH:
        return None
    return Remarked(repo, number, comment.id, words_kept(comment), comment.path.replace("\0", ""), code, sender)


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
