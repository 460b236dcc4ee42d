"""One pass under way: what it should see, how it is going, what it claims."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from checks.change import Change
from checks.inference.asking import REASONS, ended
from checks.inference.claims import Claim
from checks.inference.model import Reader
from checks.inference.passes import READINGS
from checks.inference.reading import Reading
from checks.settings import Settings
from checks.verdict import NOTHING_TO_SEE, CheckRun, CheckStatus
from models.chat.errors import NoReader
from models.errors import ModelError


@dataclass
class Pass:
    """One pass on its way: what it should see, what it did not, what it claims."""

    reading: Reading
    covered: tuple[str, ...]
    status: CheckStatus = CheckStatus.OK
    reason: str = ""
    missed: set[str] = field(default_factory=set)
    claims: list[Claim] = field(default_factory=list)
    seconds: float = 0.0

    def fail(self, error: ModelError, missed: Iterable[str]) -> None:
        """Take note of a question that was not answered; the first reason stays."""
        status, reason = ended(error)
        if self.status is CheckStatus.OK or (self.status is CheckStatus.SKIPPED and status is not CheckStatus.SKIPPED):
            self.status, self.reason = status, reason
        if not isinstance(error, NoReader):
            self.missed |= set(missed)

    @property
    def run(self) -> CheckRun:
        """Return how it ended."""
        ms = round(self.seconds * 1000)
        return CheckRun(self.reading.SLUG, self.status, ms, self.reason, tuple(sorted(self.missed)))


def passes_for(change: Change, settings: Settings, reader: Reader) -> list[Pass]:
    """Return the passes that are asked for; those that have nothing to read have no files, and are skipped."""
    chosen = []
    for reading in READINGS:
        if reader.passes and reading.SLUG not in reader.passes:
            continue
        slug = reading.SLUG
        paths = (file.path for file in change.files if reading.covers(file.path))
        one = Pass(reading, tuple(path for path in paths if not settings.is_disabled(slug, path)))
        if not one.covered:
            one.status, one.reason = CheckStatus.SKIPPED, NOTHING_TO_SEE
        elif reading.TRAITS.sees_statements and not any(said.text.strip() for said in change.statements):
            one.covered, one.status, one.reason = (), CheckStatus.SKIPPED, "nothing is said of the change"
        chosen.append(one)
    return chosen


def crashed(passes: list[Pass], error: Exception) -> list[Pass]:
    """Return the passes, each that had something to read as failed by an error that is a fault of ours."""
    for one in passes:
        if one.covered:
            one.status, one.reason = (
                CheckStatus.FAILED,
                f"{type(error).__name__}: {' '.join(str(error).split())[:REASONS]}",
            )
            one.missed = set(one.covered)
    return passes
