"""Where the outcomes store is: its URL, how a person reads it, and the spool beside it. Cheap to import."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from kb.folders import data_folder
from kb.view import shown

_USERINFO = re.compile(r"//(?P<user>[^/:]*):.*@", re.DOTALL)
_PARAMETER = re.compile(r"(?<=[?&])(?:password|passwd|pwd)=[^&]*", re.IGNORECASE)


def store_url(url: str | None = None) -> str:
    """Return the store's URL: the one given, else PRUDENT_STORE, else the file in the data folder."""
    chosen = url or os.environ.get("PRUDENT_STORE")
    return chosen or f"sqlite:///{data_folder() / 'outcomes.db'}"


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
