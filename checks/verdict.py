"""The verdict: every report folded into one answer, with what was and was not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from checks.finding import Finding, Severity
from checks.inference.report import Report


class Overall(StrEnum):
    """The answer. `not_checked` is never folded into anything better."""

    APPROVE = "approve"
    COMMENT = "comment"
    REQUEST_CHANGES = "request_changes"
    NOT_CHECKED = "not_checked"


class CheckStatus(StrEnum):
    """How one check's run ended."""

    OK = "ok"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    SKIPPED = "skipped"


NOTHING_TO_SEE = "no changed file for it"  # the reason of a run that was skipped for having nothing to look at


@dataclass(frozen=True)
class CheckRun:
    """One check's run: how it ended, how long it took in milliseconds, and why it did not end well.

    `missed` are the changed files it should have looked at and did not; empty where it had nothing to do.
    """

    slug: str
    status: CheckStatus
    ms: int
    reason: str = ""
    missed: tuple[str, ...] = ()


@dataclass(frozen=True)
class PathNote:
    """A file and why it was seen only in part, or not at all. `chosen`: the maintainers asked for it."""

    path: str
    reason: str
    chosen: bool = False


@dataclass(frozen=True)
class Coverage:
    """Every changed file, in exactly one of the three lists."""

    reviewed: tuple[str, ...] = ()
    partial: tuple[PathNote, ...] = ()
    skipped: tuple[PathNote, ...] = ()

    @property
    def is_full(self) -> bool:
        """Return whether everything was seen that nobody asked to leave out."""
        return not self.partial and all(note.chosen for note in self.skipped)


@dataclass(frozen=True)
class Silenced:
    """A finding that we were asked to be silent about, and the reason given.

    `by` is the maintainer who dismissed it; "" where a comment in the code asks for silence, and where it is `held`
    back for being like others that were dismissed.
    """

    finding: Finding
    reason: str
    by: str = ""
    held: bool = False


@dataclass(frozen=True)
class Fallen:
    """A patch that was tried for a finding of a slug, and why it is none."""

    slug: str
    text: str
    why: str


@dataclass(frozen=True)
class Verdict:
    """What is said about one change."""

    repository: str
    subject: str
    base: str
    head: str
    overall: Overall
    one_liner: str
    findings: tuple[Finding, ...]  # posted, in order of importance
    coverage: Coverage
    checks: tuple[CheckRun, ...]
    silent: tuple[Finding, ...] = ()  # recorded, not posted
    silenced: tuple[Silenced, ...] = ()
    notes: tuple[str, ...] = ()  # what the reader must know: "prudent.toml changed; the old rules applied"
    max_findings: int = 20  # how many findings people are shown; machines get all
    versions: Mapping[str, str] = field(default_factory=dict)
    ms: int = 0
    reading: Report | None = None  # what the inference check did; None where it was not asked
    fallen: tuple[Fallen, ...] = ()  # patches that failed for findings that got none; for memory, never shown

    @property
    def counts(self) -> dict[Severity, int]:
        """Return how many findings there are of each severity."""
        return {s: sum(f.severity is s for f in self.findings) for s in Severity}


def worst(findings: Sequence[Finding]) -> Severity | None:
    """Return the worst severity among the findings, None if there are none."""
    return min((f.severity for f in findings), key=lambda s: s.rank, default=None)
