"""The outcomes store: log an audit, ask about the past, export everything.

Importing this imports SQLModel (0.4 s): see `kb.outcomes.warm`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Engine
from sqlmodel import Session

from kb.errors import StoreError
from kb.outcomes.audit import Audit
from kb.outcomes.database import PATIENCE, connect, for_writing
from kb.outcomes.derive import Landed, landed_unknown
from kb.outcomes.exporting import exported
from kb.outcomes.failures import explained
from kb.outcomes.location import spool_file, store_url
from kb.outcomes.past import PastAudit, PastFinding
from kb.outcomes.reading import past_audits, past_findings
from kb.outcomes.schema import bring_up_to_date
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


class OutcomeStore:
    """An open store, made by `open_store`. Every method raises StoreError if the database fails it."""

    def __init__(self, engine: Engine, address: str) -> None:
        self._engine = engine
        self._address = address

    def log(self, audit: Audit, *, landed: Landed = landed_unknown, spooled: str | None = None) -> int:
        """Write one audit and what it says about earlier findings, all or nothing; returns its id.

        Args:
            audit: What to keep.
            landed: Whether part of an earlier change may be in the new base; without it, a finding that is
                gone after the base moved is never called fixed.
            spooled: The spool's mark: an audit with a mark that was written before is not written again.
        """
        with self._session(for_writing(self._engine)) as session:
            return write(session, audit, landed, spooled)

    def audits(
        self,
        repository: str | None = None,
        *,
        base: str | None = None,
        head: str | None = None,
        path: str | None = None,
        limit: int = 20,
    ) -> tuple[PastAudit, ...]:
        """Return the last audits, newest first; `path` is a file or a folder that the change touched."""
        with self._session(self._engine) as session:
            return past_audits(session, repository=repository, base=base, head=head, path=path, limit=limit)

    def findings(
        self, repository: str | None = None, *, slug: str | None = None, path: str | None = None, limit: int = 20
    ) -> tuple[PastFinding, ...]:
        """Return the last findings, newest first, each once per line of work, with what became of it."""
        with self._session(self._engine) as session:
            return past_findings(session, repository=repository, slug=slug, path=path, limit=limit)

    def export(self) -> Generator[dict[str, Any], None, None]:
        """Return every audit, finding and outcome in the order of their ids, as they were at one moment."""
        engine = self._engine
        if engine.dialect.name == "postgresql":
            engine = engine.execution_options(isolation_level="REPEATABLE READ")
        with self._session(engine) as session:
            yield from exported(session)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[Session]:
        with explained(self._address), Session(engine, expire_on_commit=False) as session, session.begin():
            yield session


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
