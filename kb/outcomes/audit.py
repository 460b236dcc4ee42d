"""One audit: what the store is told about a verdict. Plain values; no database is imported here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """What was done with a finding in one audit."""

    POSTED = "posted"
    SILENT = "silent"  # recorded, not posted: the check is not trusted yet
    SILENCED = "silenced"  # an inline comment asked for silence


class Seen(StrEnum):
    """How much of a changed file an audit saw."""

    REVIEWED = "reviewed"
    PARTIAL = "partial"
    SKIPPED = "skipped"


class Became(StrEnum):
    """What became of a finding, or of a whole change. The first three are what an audit says; the rest is noted."""

    FIXED = "fixed"
    REOPENED = "reopened"
    SILENCED = "silenced"
    COMMITTED = "committed"  # its suggestion was committed
    DISMISSED = "dismissed"  # somebody who may asked for silence about it, for good
    UNDISMISSED = "undismissed"
    RESOLVED = "resolved"  # its thread was
    UNRESOLVED = "unresolved"
    LIKED = "liked"
    DISLIKED = "disliked"
    MERGED = "merged"  # the change was, with the finding open
    CLOSED = "closed"  # the change was, without being merged
    REVERTED = "reverted"  # the merged change was, later


DERIVED = frozenset({Became.FIXED, Became.REOPENED, Became.SILENCED})
"""What audits say: `kb.outcomes.derive` looks at its own kinds alone."""

OPINIONS = frozenset({Became.LIKED, Became.DISLIKED})
"""What people think of a finding: it says nothing about how the finding stands."""


@dataclass(frozen=True)
class LoggedEvidence:
    """One thing a reader can look at: kind, place and text."""

    kind: str
    path: str
    line: int
    text: str


@dataclass(frozen=True)
class LoggedSuggestion:
    """A replacement of whole head lines, who wrote it and what was proven about it."""

    line: int
    end_line: int
    replacement: str
    disposition: str
    origin: str
    proof: Mapping[str, bool] = field(default_factory=dict)
    provenance: Mapping[str, Any] | None = None  # how a model's patch came to be, as `prudent.verdict/1` has it


@dataclass(frozen=True)
class LoggedFinding:
    """One finding as it was told. The caller has already taken every secret out of its texts."""

    fingerprint: str
    check: str
    slug: str
    severity: str
    confidence: str
    path: str
    line: int
    end_line: int
    side: str
    message: str
    symbol: str = ""
    evidence: tuple[LoggedEvidence, ...] = ()
    suggestion: LoggedSuggestion | None = None
    state: State = State.POSTED
    reason: str = ""  # the reason given in the comment that silenced it
    likeness: str = ""  # digest of slug and text alone: the same after a rename or a move
    code: str = ""  # the text that it is about


@dataclass(frozen=True)
class SeenFile:
    """One changed file, how much of it was seen, and why not all of it."""

    path: str
    seen: Seen = Seen.REVIEWED
    reason: str = ""


@dataclass(frozen=True)
class Counts:
    """How many findings were posted, by severity."""

    block: int = 0
    warn: int = 0
    info: int = 0


@dataclass(frozen=True)
class Audit:
    """One verdict as the store keeps it.

    Attributes:
        repository: Stable identity of the repository.
        subject: The line of work: a branch, "staged", a patch's name. Audits of one subject are compared.
        base: Commit or tree id of the merge base.
        head: Commit or tree id of what was reviewed.
        overall: The verdict in one word.
        one_liner: The verdict in one sentence.
        started_at: When the review began; must carry a time zone.
        ms: How long it took.
        counts: How many findings were posted.
        files: Every changed file.
        full: Whether everything was seen that nobody asked to leave out.
        ran: The checks whose silence means something: they ended well, or had nothing to look at.
        findings: What was posted, recorded silently, or silenced.
        versions: What the verdict was made with.
        notes: What the reader was told besides.
    """

    repository: str
    subject: str
    base: str
    head: str
    overall: str
    one_liner: str
    started_at: datetime
    ms: int = 0
    counts: Counts = field(default_factory=Counts)
    files: tuple[SeenFile, ...] = ()
    full: bool = True
    ran: tuple[str, ...] = ()
    findings: tuple[LoggedFinding, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def paths(self, seen: Seen) -> frozenset[str]:
        """Return the paths of the changed files that were seen this much."""
        return frozenset(file.path for file in self.files if file.seen is seen)


def signature_of(repository: str, head: str) -> str:
    """Return 16 hex digits that stay the same for every audit of one head of one repository."""
    return hashlib.sha256(f"{repository}\0{head}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
