"""Keeps the details of a bug in a file, so that standard error stays one line."""

from __future__ import annotations

import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version

from kb.folders import data_folder
from kb.redact import redact


def write_crash_report(details: str) -> str:
    """Write versions and the traceback to a file in the data folder; returns its path, or why there is none."""
    now = datetime.now(UTC)
    running = f"prudent {version('prudent')}, Python {sys.version.split()[0]}, {platform.platform()}"
    header = f"{running}, {now.isoformat()}\n"
    try:
        folder = data_folder() / "crashes"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{now:%Y%m%d-%H%M%S-%f}.txt"
        path.write_text(header + redact(details), "utf-8", "backslashreplace")
    except OSError as error:
        return f"no file ({error.strerror})"
    return str(path)
