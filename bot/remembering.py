"""What a review remembers of its repository: from the store, or from a file that somebody who may open it wrote."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from kb.errors import StoreError

if TYPE_CHECKING:
    from kb.memory.model import Recollection


class StoredMemory:
    """The memory of the outcomes store, looked at by the first question, once; any thread may ask.

    A store that cannot be used is one without memory: `notes` says so.
    """

    def __init__(self, repository: str, subject: str, now: datetime, environ: Mapping[str, str]) -> None:
        self._repository, self._subject, self._now, self._environ = repository, subject, now, environ
        self._lock = Lock()
        self._is_made = False
        self._made: Recollection | None = None
        self._notes: tuple[str, ...] = ()

    def __call__(self) -> Recollection | None:
        """Return what is remembered; None where there is no store yet, or it cannot be used."""
        with self._lock:
            if not self._is_made:
                self._made, self._is_made = self._make(), True
            return self._made

    def notes(self) -> tuple[str, ...]:
        """Return why nothing was remembered, where that is somebody's to mend."""
        return self._notes

    def _make(self) -> Recollection | None:
        from kb.outcomes.location import is_there, store_url

        address = store_url(self._environ.get("PRUDENT_STORE"))
        if not is_there(address):
            return None  # the first review of all; looking back makes no store
        from kb.outcomes.store import open_store  # where it is used: it brings the database

        try:
            with open_store(address) as store:
                with suppress(StoreError):  # it can only be read: then what was learnt before is what there is
                    store.learn(self._repository, self._now)
                return store.recollect(self._repository, self._subject, self._now)
        except StoreError as error:
            self._notes = (f"the store cannot be read ({error}): memory takes no part",)
            return None


class FiledMemory:
    """The memory in a file, read by the first question; "" for none."""

    def __init__(self, path: str) -> None:
        self._path, self._lock = path, Lock()
        self._is_read = not path
        self._read: Recollection | None = None
        self._notes: tuple[str, ...] = ()

    def __call__(self) -> Recollection | None:
        """Return what is remembered; None where there is no file, or a damaged one."""
        with self._lock:
            if not self._is_read:
                from kb.memory.file import read_recollection

                self._read, why = read_recollection(Path(self._path))
                self._notes = (why,) if why else ()
                self._is_read = True
            return self._read

    def notes(self) -> tuple[str, ...]:
        """Return why nothing was remembered, where that is somebody's to mend."""
        return self._notes
