"""An open database, and transactions in it; threads may share it, each with a connection of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from sqlalchemy import Engine
from sqlmodel import Session

from kb.outcomes.database import for_writing
from kb.outcomes.failures import explained


class Opened:
    """What every part of the store stands on: the engine, and how a transaction begins and ends."""

    def __init__(self, engine: Engine, address: str) -> None:
        self._engine = engine
        self._address = address

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
    def _reading(self, *, as_of_one_moment: bool = False) -> Iterator[Session]:
        engine = self._engine
        if as_of_one_moment and engine.dialect.name == "postgresql":
            engine = engine.execution_options(isolation_level="REPEATABLE READ")
        with self._session(engine) as session:
            yield session

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        with self._session(for_writing(self._engine)) as session:
            yield session

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[Session]:
        with explained(self._address), Session(engine, expire_on_commit=False) as session, session.begin():
            yield session
