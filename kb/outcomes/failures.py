"""Turns what a database driver raises into one line that says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, TimeoutError

from kb.errors import StoreError
from kb.outcomes.location import shown_place

_SQLITE = (
    (("SQLITE_BUSY", "SQLITE_LOCKED"), "is locked by another process; end that process, or try again"),
    (("SQLITE_READONLY",), "is read-only; make the file and its folder writable, or set PRUDENT_STORE"),
    (("SQLITE_PERM", "SQLITE_AUTH"), "may not be opened; check its permissions, or set PRUDENT_STORE"),
    (("SQLITE_CANTOPEN",), "cannot be opened; check that its folder exists and is writable, or set PRUDENT_STORE"),
    (("SQLITE_NOTADB",), "is not a database; move it away to start a new one (it was not changed)"),
    (("SQLITE_CORRUPT",), "is damaged; restore a copy, or move it away to start a new one"),
    (("SQLITE_FULL", "SQLITE_IOERR"), "cannot be written or read; check the disk for free space and errors"),
)
_POSTGRES = {
    "25006": "is read-only; connect to the primary server, or set PRUDENT_STORE",
    "42501": "refuses the access; grant this user the rights to create and write tables",
    "53100": "is on a full disk; free some space",
    "55P03": "is locked by another process; try again",
    "57014": "was too slow to answer; try again",
}


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Raise StoreError, with what to do and without the password, for whatever the driver raises."""
    try:
        yield
    except DBAPIError as error:
        # `from None`: the driver's error holds the statement with all its values.
        raise StoreError(f"the outcomes store {shown_place(url)} {_advice(error)}") from None
    except TimeoutError:
        raise StoreError(f"the outcomes store {shown_place(url)} has no connection free; try again") from None


def _advice(error: DBAPIError) -> str:
    original = error.orig
    name = getattr(original, "sqlite_errorname", None) or ""
    for prefixes, advice in _SQLITE:
        if name.startswith(prefixes):
            return advice
    state = getattr(original, "sqlstate", None) or ""
    if state in _POSTGRES:
        return _POSTGRES[state]
    said = _first_line(str(original))
    if "authentication failed" in said or "no password supplied" in said:
        return "refuses the user or the password; correct PRUDENT_STORE"
    if "does not exist" in said and "database" in said:
        return "does not exist on that server; create the database, or correct PRUDENT_STORE"
    if error.connection_invalidated or type(original).__name__ in ("OperationalError", "ConnectionTimeout"):
        return "cannot be reached; check that the server runs and that PRUDENT_STORE names it"
    return f"failed ({name or type(original).__name__}); see the database's own log"


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else ""
