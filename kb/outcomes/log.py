"""Logs an audit so that it is not lost: into the store, or into the spool beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kb.errors import StoreError
from kb.outcomes.audit import Audit
from kb.outcomes.derive import Landed, landed_unknown
from kb.outcomes.location import spool_file


@dataclass(frozen=True)
class Logged:
    """The audit is in the store under this id."""

    id: int


@dataclass(frozen=True)
class Spooled:
    """The store could not take the audit, for this reason. It is in the spool at `path`: not if that is None."""

    path: Path | None
    reason: str


def log_or_spool(
    url: str | None, audit: Audit, *, landed: Landed = landed_unknown, patience: float | None = None
) -> Logged | Spooled:
    """Write an audit to the store; where that fails, to the spool, which the next open takes in.

    Args:
        url: The store's URL; None for the usual one.
        audit: What to keep.
        landed: See `OutcomeStore.log`.
        patience: Seconds to wait for a store that is busy; None for the usual time.
    """
    from kb.outcomes.database import PATIENCE
    from kb.outcomes.store import open_store  # imports SQLModel

    try:
        with open_store(url, patience=PATIENCE if patience is None else patience) as store:
            return Logged(store.log(audit, landed=landed))
    except StoreError as error:
        return spooled(url, audit, str(error))


def spooled(url: str | None, audit: Audit, reason: str) -> Spooled:
    """Write an audit to the spool of a store that cannot be used, for this reason."""
    from kb.outcomes import spool

    path = spool_file(url)
    try:
        spool.append(path, audit)
    except OSError as error:
        return Spooled(None, f"{reason}; and it cannot be kept in {path} either ({error.strerror}): it is lost")
    return Spooled(path, reason)
