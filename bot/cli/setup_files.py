"""Writes what `prudent setup` was given by GitHub: the key and the settings, readable by their owner alone."""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from kb.errors import UserError
from kb.view import shown

KEY, SETTINGS = "app.pem", "app.env"


@dataclass(frozen=True)
class Place:
    """Where the two files go."""

    folder: Path

    @property
    def key(self) -> Path:
        """Return the private key's file."""
        return self.folder / KEY

    @property
    def settings(self) -> Path:
        """Return the file of environment variables."""
        return self.folder / SETTINGS


def prepare(folder: Path, *, force: bool) -> Place:
    """Return the place, made and tried out: GitHub shows a key only once, so nothing may go wrong afterwards.

    Raises:
        UserError: It cannot be written to, files are there already, or its path would need quotes in the settings.
    """
    place = Place(folder.expanduser().absolute())
    name = shown(str(place.folder))
    if not re.fullmatch(r"[\w./+@:-]+", str(place.folder)):
        raise UserError(f"{name}: the path has blanks or signs that not every reader of settings takes; use --to")
    there = [file.name for file in (place.key, place.settings) if file.exists() or file.is_symlink()]
    if there and not force:
        raise UserError(f"{name} has {' and '.join(there)} already; use --force to replace them, or --to")
    try:
        place.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        tempfile.TemporaryFile(dir=place.folder).close()
    except OSError as error:
        raise UserError(f"{name} cannot be written to ({error.strerror}); use --to") from None
    return place


def write(place: Place, *, app: str, key: str, secret: str, api_url: str | None) -> None:
    """Write both files, each at once or not at all; raises OSError."""
    lines = [
        f"PRUDENT_APP_ID={app}",
        f"PRUDENT_PRIVATE_KEY_FILE={place.key}",
        f"PRUDENT_WEBHOOK_SECRET={secret}",
        *([f"PRUDENT_GITHUB_URL={api_url}"] if api_url else []),
    ]
    _replace(place.key, key if key.endswith("\n") else f"{key}\n")
    _replace(place.settings, "\n".join(lines) + "\n")


def _replace(file: Path, text: str) -> None:
    number, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")  # made with mode 0600
    try:
        with os.fdopen(number, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(file)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
