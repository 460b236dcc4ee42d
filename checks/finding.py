"""What a check says: one finding, its evidence, and the identity that outlives pushes."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from enum import StrEnum

from kb.source import Edit
from models.patch import Provenance


class Severity(StrEnum):
    """How bad a finding is. `block` means the change should not be merged as it is."""

    BLOCK = "block"
    WARN = "warn"
    INFO = "info"

    @property
    def rank(self) -> int:
        """Return 0 for the worst severity, counting up."""
        return list(Severity).index(self)


class Confidence(StrEnum):
    """How sure a check is that what it says is true and matters."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """Return 0 for the surest, counting up."""
        return list(Confidence).index(self)


class Side(StrEnum):
    """Which file a line number counts in: RIGHT is the head file, LEFT the base file."""

    RIGHT = "RIGHT"
    LEFT = "LEFT"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing a reader can look at to convince themselves.

    `kind` is a noun: `engine`, `definition`, `caller`, `quote`, `claim`, `rule`, `related`.
    """

    kind: str
    path: str
    line: int
    text: str


class Disposition(StrEnum):
    """How far a suggestion may be trusted. Only `safe` becomes a one-click suggestion."""

    DISPLAY = "display"
    UNSAFE = "unsafe"
    SAFE = "safe"


@dataclass(frozen=True)
class Suggestion:
    """Replace head lines `line`..`end_line` by `replacement` (whole lines, their line ends included)."""

    line: int
    end_line: int
    replacement: str
    disposition: Disposition
    origin: str  # who wrote it: "ruff", "prudent", a model's name
    proof: dict[str, bool] = field(default_factory=dict)
    provenance: Provenance | None = None  # how it came to be, where a model took part


@dataclass(frozen=True)
class Finding:
    """One defect that the change causes.

    `symbol` is the dotted name of the enclosing definition ("" at module level) and `text` the code the
    finding is about; both are part of the identity, line numbers never are.
    """

    check: str  # the slug of the check that ran
    slug: str  # the slug of the rule; equal to `check` for our own checks
    severity: Severity
    confidence: Confidence
    path: str
    line: int
    end_line: int
    message: str
    text: str = ""
    symbol: str = ""
    side: Side = Side.RIGHT
    evidence: tuple[Evidence, ...] = ()
    edits: tuple[Edit, ...] = ()  # a deterministic fix of `path`, to be proven; byte offsets into head
    fix_origin: str = ""
    suggestion: Suggestion | None = None
    silent: bool = False  # recorded, not posted
    fingerprint: str = ""
    also: tuple[str, ...] = ()  # other checks that reported the same defect

    @property
    def order(self) -> tuple[int, int, str, int, str, str]:
        """Return the sort key: worst and surest first, then by place."""
        return (self.severity.rank, self.confidence.rank, self.path, self.line, self.slug, self.message)


def normalised(text: str) -> str:
    """Return code text with every run of white space as one blank: equal after re-indenting."""
    return re.sub(r"\s+", " ", text).strip()


def fingerprint_of(finding: Finding, identity_path: str, occurrence: int = 0) -> str:
    """Return 16 hex digits from slug, path, enclosing symbol and normalised text; no line number.

    `identity_path` is the path at base for a renamed file, so that a rename keeps the identity.
    `occurrence` tells equal findings in one symbol apart, in order of place.
    """
    parts = [finding.slug, identity_path, finding.symbol, normalised(finding.text), str(occurrence)]
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:16]


def likeness_of(finding: Finding) -> str:
    """Return 16 hex digits from slug and normalised text alone; "" where there is no text to be alike in.

    It outlives what the fingerprint does not: another path, another enclosing symbol, another order.
    """
    text = normalised(finding.text)
    if not text:
        return ""
    digest = hashlib.sha256(f"likeness\0{finding.slug}\0{text}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:16]


def with_fingerprints(findings: list[Finding], identity: dict[str, str]) -> list[Finding]:
    """Return the findings with their fingerprints set; `identity` maps head paths to base paths."""
    seen: dict[str, int] = {}
    marked = []
    for finding in sorted(findings, key=lambda f: (f.path, f.line, f.slug)):
        path = identity.get(finding.path, finding.path)
        first = fingerprint_of(finding, path)
        number = seen.get(first, 0)
        seen[first] = number + 1
        mark = fingerprint_of(finding, path, number) if number else first
        marked.append(replace(finding, fingerprint=mark))
    return marked
