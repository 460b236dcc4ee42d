"""The world's time: the machine's own, moved on by tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Tells the time. `advance` lets hours pass; `hold` stops it."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._held: datetime | None = None

    def now(self) -> datetime:
        """Return the moment, in UTC."""
        return (self._held or datetime.now(UTC)) + self._offset

    def advance(self, seconds: float) -> None:
        """Let time pass at once."""
        self._offset += timedelta(seconds=seconds)

    def hold(self) -> None:
        """Stop time where it is; `advance` still moves it."""
        self._held, self._offset = self.now(), timedelta()


def stamp(moment: datetime) -> str:
    """Return a moment as GitHub writes it: whole seconds and Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
