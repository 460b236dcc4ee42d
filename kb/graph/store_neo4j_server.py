"""The connection to a Neo4j server: one driver, transactions that are tried again, errors a person can act on."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from kb.errors import PrudentError, UserError
from kb.view import shown

if TYPE_CHECKING:
    from neo4j import Driver, ManagedTransaction, Session

T = TypeVar("T")

SCHEMES = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")
POOL = 50
LIFETIME = 3600.0  # seconds a connection is used
ACQUISITION = 30.0  # seconds to wait for a free connection
_PAUSES = (0.05, 0.2, 0.5, 1.0, 2.0)  # seconds before a transaction that met another is tried again
PATIENCE = 30.0  # seconds during which a transaction is tried again, at growing intervals
_ADVICE = {
    "Neo.ClientError.Security.Forbidden": "does not let this user do that; give it the right to write and to index",
    "Neo.ClientError.Database.DatabaseNotFound": "has no such database; correct NEO4J_DATABASE",
    "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase": "is read-only; name one that can be written",
    "Neo.ClientError.Security.AuthenticationRateLimit": "has locked this user for a while; wait, then correct it",
    "Neo.TransientError.General.MemoryPoolOutOfMemoryError": "has too little memory for this; give it more",
}

_CHECK = "check that it runs and that NEO4J_URI names it"


class Neo4jRefused(UserError):
    """The server was reached and said no: wrong password, no such database, no right to do this."""


class Neo4jUnreachable(PrudentError):
    """The server cannot be reached, or went away and did not come back."""


@dataclass(frozen=True)
class ServerSettings:
    """Where a server is and who asks. `database` "" is the server's default."""

    uri: str
    user: str
    password: str = field(repr=False)
    database: str = ""

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> ServerSettings:
        """Return NEO4J_URI, NEO4J_USER, NEO4J_PASSWORD, NEO4J_DATABASE; raises UserError naming what is missing."""
        names = ("NEO4J_URI", "NEO4J_USER", "NEO4J_PASSWORD")
        missing = [name for name in names if not environ.get(name)]
        if missing:
            raise UserError(f"set {', '.join(missing)} to name the Neo4j server to write to")
        uri, user, password = (environ[name] for name in names)
        parts = _parsed(uri)
        if parts is None:
            raise UserError("NEO4J_URI is no address of a server; write for example neo4j://localhost:7687")
        if "@" in parts:
            raise UserError("NEO4J_URI must not hold a password; set NEO4J_USER and NEO4J_PASSWORD")
        return cls(uri, user, password, environ.get("NEO4J_DATABASE", ""))

    @property
    def place(self) -> str:
        """Return the server's address as it may be shown."""
        return shown((_parsed(self.uri) or "").rpartition("@")[2])


class Server:
    """One driver, made again once when its connections are lost. Safe to use from several threads.

    A transaction may run more than once: what it does must depend on nothing that it changes outside the database.
    """

    def __init__(self, settings: ServerSettings, *, patience: float = PATIENCE) -> None:
        """Connect; raises Neo4jUnreachable, Neo4jRefused."""
        logging.getLogger("neo4j").addHandler(logging.NullHandler())  # or it writes each retry on standard error
        self._settings, self._patience = settings, patience
        self._lock = threading.Lock()
        try:
            with self._explained():
                self._driver = self._connect()
        except ValueError:  # the driver's, for a host that no name server knows
            raise Neo4jUnreachable(f"{self._name} cannot be reached; {_CHECK}") from None

    def read(self, work: Callable[[ManagedTransaction], T]) -> T:
        """Return what a transaction that only reads returns; raises Neo4jUnreachable, Neo4jRefused."""
        return self._run(lambda session: session.execute_read(work))

    def write(self, work: Callable[[ManagedTransaction], T]) -> T:
        """Return what a transaction returns, once it is committed; raises Neo4jUnreachable, Neo4jRefused."""
        return self._run(lambda session: session.execute_write(work))

    def command(self, text: str) -> None:
        """Run one statement that cannot be part of a transaction with others: a constraint, an index."""

        def run(session: Session) -> None:
            session.run(text).consume()

        self._run(run)

    def close(self) -> None:
        """Close every connection."""
        self._driver.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self, task: Callable[[Session], T]) -> T:
        from neo4j.exceptions import IncompleteCommit, ServiceUnavailable, SessionExpired

        with self._explained():
            driver = self._driver
            try:
                return self._unless_met(driver, task)
            except IncompleteCommit:
                raise  # it may have been committed: not to be done twice
            except (ServiceUnavailable, SessionExpired):
                return self._unless_met(self._rebuilt(driver), task)

    def _unless_met(self, driver: Driver, task: Callable[[Session], T]) -> T:
        """Return what a task returns, tried again where another writer made the same node at the same time.

        The driver takes that for a mistake of ours; a second look finds the node and is content.
        """
        from neo4j.exceptions import ConstraintError

        for pause in _PAUSES:
            try:
                return self._in_session(driver, task)
            except ConstraintError:
                time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 (so that two do not meet again)
        return self._in_session(driver, task)

    def _in_session(self, driver: Driver, task: Callable[[Session], T]) -> T:
        with driver.session(database=self._settings.database or None) as session:
            return task(session)

    def _rebuilt(self, broken: Driver) -> Driver:
        """Return a new driver in place of a broken one, unless another thread has made it already."""
        with self._lock:
            if self._driver is broken:
                self._driver = self._connect()  # if it fails the old one stays: it may work again later
                broken.close()
            return self._driver

    def _connect(self) -> Driver:
        from neo4j import GraphDatabase

        driver = GraphDatabase.driver(
            self._settings.uri,
            auth=(self._settings.user, self._settings.password),
            max_connection_pool_size=POOL,
            max_connection_lifetime=LIFETIME,
            connection_acquisition_timeout=ACQUISITION,
            connection_timeout=min(ACQUISITION, self._patience),
            max_transaction_retry_time=self._patience,
            notifications_min_severity="OFF",
        )
        try:
            driver.verify_connectivity()
        except BaseException:
            driver.close()
            raise
        return driver

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Raise what a person can act on for whatever the driver raises; its own text may hold values, so it is left.

        `from None`, because the driver's errors hold the statement and the settings.
        """
        from neo4j.exceptions import AuthError, ConfigurationError, DriverError, Neo4jError

        at = self._name
        try:
            yield
        except AuthError:
            raise Neo4jRefused(
                f"{at} refuses the user or the password; correct NEO4J_USER and NEO4J_PASSWORD"
            ) from None
        except ConfigurationError:
            raise Neo4jRefused(
                "NEO4J_URI is no address of a server; write for example neo4j://localhost:7687"
            ) from None
        except Neo4jError as error:
            code = error.code or "no code"
            raise Neo4jRefused(f"{at} {_ADVICE.get(code, f'failed ({code}); see its own log')}") from None
        except DriverError:
            raise Neo4jUnreachable(f"{at} cannot be reached; {_CHECK}") from None

    @property
    def _name(self) -> str:
        return f"the Neo4j server at {self._settings.place}"


def _parsed(uri: str) -> str | None:
    """Return the place in a server's address, user and port included; None if it is no address of one."""
    try:
        parts = urlsplit(uri)
        usable = parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts.netloc if usable else None
