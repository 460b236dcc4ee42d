"""The outcomes store: log an audit, ask about the past, export everything.

Importing this imports SQLModel (0.4 s): see `kb.outcomes.warm`.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb.errors import StoreError
from kb.outcomes.app_store import AppStore
from kb.outcomes.audit import Audit
from kb.outcomes.database import PATIENCE, connect
from kb.outcomes.derive import Landed, landed_unknown
from kb.outcomes.exporting import exported
from kb.outcomes.location import spool_file, store_url
from kb.outcomes.memory_store import MemoryStore
from kb.outcomes.past import PastAudit, PastFinding, PastOutcome, Refused
from kb.outcomes.reading import named_findings, past_audits, past_findings, past_outcomes, standing_findings
from kb.outcomes.refused import refused_patches
from kb.outcomes.risks import RiskStore
from kb.outcomes.rules_store import RulesStore
from kb.outcomes.schema import bring_up_to_date
from kb.outcomes.spending_store import SpendingStore
from kb.outcomes.spool import append, drain
from kb.outcomes.writing import write
from kb.view import shown


@dataclass(frozen=True)
class Logged:
    """The audit is in the store under this id."""

    id: int
    problem: str = ""


@dataclass(frozen=True)
class Spooled:
    """The store could not take the audit, for this reason. It is in the spool at `path`: not if that is None."""

    path: Path | None
    reason: str

    @property
    def problem(self) -> str:
        """Return one line for the person who asked for the review."""
        if self.path is None:
            return f"this verdict is not logged: {self.reason}"
        return f"this verdict is logged later, from {shown(str(self.path))}: {self.reason}"


class OutcomeStore(AppStore, SpendingStore, MemoryStore, RulesStore, RiskStore):
    """An open store, made by `open_store`. Every method raises StoreError if the database fails it.

    Threads may share it. What the App keeps besides audits is in `kb.outcomes.app_store`.
    """

    def log(self, audit: Audit, *, landed: Landed = landed_unknown, spooled: str | None = None) -> int:
        """Write one audit and what it says about earlier findings, all or nothing; returns its id.

        Args:
            audit: What to keep.
            landed: Whether part of an earlier change may be in the new base; without it, a finding that is
                gone after the base moved is never called fixed.
            spooled: The spool's mark: an audit with a mark that was written before is not written again.
        """
        with self._writing() as session:
            return write(session, audit, landed, spooled)

    def audits(
        self,
        repository: str | None = None,
        *,
        subject: str | None = None,
        base: str | None = None,
        head: str | None = None,
        path: str | None = None,
        limit: int = 20,
    ) -> tuple[PastAudit, ...]:
        """Return the last audits, newest first; `path` is a file or a folder that the change touched."""
        with self._reading() as session:
            return past_audits(
                session, repository=repository, subject=subject, base=base, head=head, path=path, limit=limit
            )

    def last_audit(self, repository: str, subject: str) -> PastAudit | None:
        """Return the last audit of a line of work; None if it has none."""
        return next(iter(self.audits(repository, subject=subject, limit=1)), None)

    def findings(
        self,
        repository: str | None = None,
        *,
        subject: str | None = None,
        slug: str | None = None,
        path: str | None = None,
        limit: int = 20,
    ) -> tuple[PastFinding, ...]:
        """Return the last findings, newest first, each once per line of work, with what became of it."""
        with self._reading() as session:
            return past_findings(session, repository=repository, subject=subject, slug=slug, path=path, limit=limit)

    def standing(self, repository: str, subject: str) -> tuple[PastFinding, ...]:
        """Return what was posted on a line of work and has been neither fixed, silenced nor dismissed since."""
        with self._reading() as session:
            return standing_findings(session, repository, subject)

    def finding(
        self, repository: str, prefix: str, *, subject: str | None = None, limit: int = 20
    ) -> tuple[PastFinding, ...]:
        """Return findings by slug or the first six or more digits of the fingerprint, newest first.

        Each comes once per line of work; two fingerprints among them mean that the prefix is not enough.
        """
        with self._reading() as session:
            return named_findings(session, repository, prefix, subject=subject, limit=limit)

    def outcomes(self, repository: str, subject: str, fingerprint: str = "") -> tuple[PastOutcome, ...]:
        """Return all that became of a finding on a line of work, oldest first; "" is the whole change."""
        with self._reading() as session:
            return past_outcomes(session, repository, subject, fingerprint)

    def refused(self, repository: str, limit: int = 200) -> tuple[Refused, ...]:
        """Return the last patches that people of a repository refused, newest first, each text once."""
        with self._reading() as session:
            return refused_patches(session, repository, limit)

    def export(self) -> Generator[dict[str, Any], None, None]:
        """Return every audit, finding, outcome and dismissal in the order of their ids, as they were at one moment."""
        with self._reading(as_of_one_moment=True) as session:
            yield from exported(session)


def open_store(url: str | None = None, *, patience: float = PATIENCE) -> OutcomeStore:
    """Open the store, bring its schema up to date, and take in what was spooled while it could not be used.

    Args:
        url: Any SQLAlchemy URL; else PRUDENT_STORE, else the SQLite file in the data folder.
        patience: Seconds to wait for another process or a server.

    Raises:
        StoreError: It cannot be used as it is; the text says what to do. Nothing was changed.
    """
    address = store_url(url)
    with ExitStack() as undo:
        engine = connect(address, patience)
        undo.callback(engine.dispose)
        bring_up_to_date(engine, address)
        store = OutcomeStore(engine, address)
        with suppress(StoreError):  # what is spooled stays spooled; the store can still be read
            drain(spool_file(address), lambda audit, mark: store.log(audit, spooled=mark))
        undo.pop_all()
    return store


def log_or_spool(
    url: str | None, audit: Audit, *, landed: Landed = landed_unknown, patience: float = PATIENCE
) -> Logged | Spooled:
    """Write an audit to the store; where that fails, to the spool, which the next open takes in.

    Args:
        url: The store's URL; None for the usual one.
        audit: What to keep.
        landed: See `OutcomeStore.log`.
        patience: Seconds to wait for a store that is busy.
    """
    try:
        with open_store(url, patience=patience) as store:
            return Logged(store.log(audit, landed=landed))
    except StoreError as error:
        return _spooled(spool_file(url), audit, str(error))


def _spooled(path: Path, audit: Audit, reason: str) -> Spooled:
    try:
        append(path, audit)
    except OSError as error:
        return Spooled(
            None, f"{reason}; and it cannot be kept in {shown(str(path))} either ({error.strerror}): it is lost"
        )
    return Spooled(path, reason)
