"""What the answers share: how a moment, a place, a finding and what became of it are written, all of it inert."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from bot.render.escape import code_lines, cut, markdown_code, markdown_text, printable
from bot.render.markdown import LIMIT
from kb.outcomes.audit import LoggedEvidence, LoggedFinding
from kb.outcomes.past import PastFinding
from kb.redact import redact

MESSAGE_SHOWN, EVIDENCE_SHOWN, PATH_SHOWN = 240, 160, 150
DIGITS = 8  # of a fingerprint: enough to name it in a repository


def moment_of(at: datetime) -> str:
    """Return a moment to the minute, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def commit(sha: str) -> str:
    """Return the first digits of a commit as code: so written, GitHub links and notifies nobody."""
    return markdown_code(sha[:12])


def pull_request(subject: str) -> str:
    """Return a line of work as people call it, written so that the other one is not told of it."""
    kind, _, number = subject.partition("/")
    return code(f"#{number}" if kind == "pull" and number.isdecimal() else subject)


def prose(text: str, limit: int = MESSAGE_SHOWN) -> str:
    """Return foreign text as inert words on one line, secrets out."""
    joined = " ".join(line.strip() for line in code_lines(redact(text[: 4 * limit])) if line.strip())
    return markdown_text(cut(printable(joined), limit))


def word(text: str) -> str:
    """Return one of our own words as people read it."""
    return prose(text, 60).replace("\\_", " ")


def code(text: str, limit: int = PATH_SHOWN) -> str:
    """Return foreign text as a code span, secrets out."""
    return markdown_code(cut(printable(redact(text[: 4 * limit])), limit))


def named(finding: LoggedFinding) -> str:
    """Return a finding's slug, place and the digits that commands call it by."""
    return f"{code(finding.slug)} at {code(f'{finding.path}:{finding.line}')} ({code(finding.fingerprint[:DIGITS])})"


def exhibit(evidence: LoggedEvidence) -> str:
    """Return one piece of evidence: kind, place and text."""
    place = f" {code(f'{evidence.path}:{evidence.line}' if evidence.line > 0 else evidence.path)}"
    text = " ".join(line.strip() for line in code_lines(evidence.text[: 4 * EVIDENCE_SHOWN]) if line.strip())
    said = f"{prose(evidence.kind, 40)}{place if evidence.path else ''}"
    return f"{said}: {code(text, EVIDENCE_SHOWN)}" if text else said


def bullets(lines: Iterable[str]) -> list[str]:
    """Return lines as a list's items."""
    return [f"- {line}\n" for line in lines]


def listed(findings: Sequence[PastFinding], most: int = 10) -> list[str]:
    """Return each finding's name as an item, `most` of them, and how many are left."""
    items = bullets(named(past.finding) for past in findings[:most])
    return items if len(findings) <= most else [*items, f"- and {len(findings) - most:,} more\n"]


def fitted(head: str, pieces: Sequence[str], tail: str = "") -> str:
    """Return head, as many whole pieces as a comment can hold, how many are left out, and tail."""
    room = LIMIT - len(head) - len(tail) - 100  # 100: the line that says how many more there are
    kept: list[str] = []
    for piece in pieces:
        room -= len(piece)
        if room < 0:
            break
        kept.append(piece)
    left = len(pieces) - len(kept)
    more = f"\nAnd {left:,} more that do not fit here.\n" if left else ""
    return (head + "".join(kept) + more + tail).rstrip("\n")
