"""Where the outcomes store is: its URL, how a person reads it, and the spool beside it. Cheap to import."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from kb.errors import UserError
from kb.folders import data_folder
from kb.view import shown

_USERINFO = re.compile(r"//(?P<user>[^/:]*):.*@", re.DOTALL)
_PARAMETER = re.compile(r"(?<=[?&])(?:password|passwd|pwd)=[^&]*", re.IGNORECASE)


def store_url(url: str | None = None) -> str:
    """Return the store's URL: the one given, else PRUDENT_STORE, else what the file of PRUDENT_STORE_FILE holds.

    Where none is set, it is a file in the data folder. Raises UserError if the file that is named cannot be read.
    """
    chosen = url or os.environ.get("PRUDENT_STORE") or _held(os.environ.get("PRUDENT_STORE_FILE"))
    return chosen or f"sqlite:///{data_folder() / 'outcomes.db'}"


def _held(file: str | None) -> str:
    """Return what a file of secrets holds: a URL with a password is no environment variable's business."""
    if not file:
        return ""
    try:
        held = Path(file).expanduser().read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not text"
        raise UserError(f"the file that PRUDENT_STORE_FILE names cannot be read ({reason})") from None
    if not held:
        raise UserError("the file that PRUDENT_STORE_FILE names is empty")
    return held


def shown_url(url: str) -> str:
    """Return a store's URL without any password in it."""
    return _PARAMETER.sub("", _USERINFO.sub(r"//\g<user>@", url))


def shown_place(url: str) -> str:
    """Return what a person calls the store: the file's path, or the URL without its password."""
    scheme, _, path = url.partition(":///")
    return shown(path if scheme.partition("+")[0] == "sqlite" and path else shown_url(url))


def spool_file(url: str | None = None) -> Path:
    """Return the file that keeps the audits which this store could not take."""
    name = hashlib.sha256(shown_url(store_url(url)).encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return data_folder() / f"spool-{name}.jsonl"


def is_there(url: str) -> bool:
    """Return whether something can be in a store by now: False for a SQLite file that was never made."""
    scheme, _, path = url.partition(":///")
    is_file = scheme.partition("+")[0] == "sqlite" and bool(path) and ":memory:" not in path and "?" not in path
    return not is_file or Path(path).exists()
