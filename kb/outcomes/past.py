"""What the store answers: audits and findings of the past, with what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kb.outcomes.audit import Counts, LoggedFinding

OPEN, SILENT = "open", "silent"


@dataclass(frozen=True)
class PastAudit:
    """One audit. `became` counts its posted findings by what became of them: open, fixed, ..."""

    id: int
    signature: str
    repository: str
    subject: str
    base: str
    head: str
    overall: str
    one_liner: str
    at: datetime
    ms: int
    counts: Counts
    reviewed: int
    partial: int
    skipped: int
    versions: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    became: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class PastFinding:
    """One finding as the last audit that had it told it, and what became of it: open, silent, fixed, ..."""

    finding: LoggedFinding
    audit: int
    repository: str
    subject: str
    head: str
    at: datetime
    became: str


@dataclass(frozen=True)
class Refused:
    """A patch that people refused: the slug of its finding, and the lines that it would have written."""

    slug: str
    text: str


@dataclass(frozen=True)
class PastOutcome:
    """One thing that became of a finding or of a change: what, at which head, when, and what is to be said about it."""

    kind: str
    head: str
    at: datetime
    detail: str
