"""Finds a wheel on the package indexes that pip is configured to use: pages as JSON (PEP 691) or HTML (PEP 503).

No index is named here. Where pip looks is where we look, so that a mirror, a proxy or a folder of wheels that works
for it works for models too.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from models.errors import ModelMissing
from models.fetch_http import Page, Unreachable, Web, page_at, shown_address

_JSON = "application/vnd.pypi.simple.v1+json"
_ACCEPT = f"{_JSON}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
_SECTIONS = ("global", "install", "download", ":env:")  # of pip's settings: the later wins

Pip = Callable[..., str]  # runs pip with arguments and returns what it printed; "" where there is no pip


@dataclass(frozen=True)
class Indexes:
    """Where packages are looked for, in order; addresses may hold a user and a password."""

    simple: tuple[str, ...] = ()  # roots of simple indexes
    links: tuple[str, ...] = ()  # pages or folders that list files
    cafile: str | None = None


@dataclass(frozen=True)
class Wheel:
    """A file that an index offers."""

    name: str
    address: str
    sha256: str = ""  # "" where the index says none
    size: int = 0  # bytes, 0 where the index does not say


def pip_indexes(environ: Mapping[str, str], *, pip: Pip | None = None) -> Indexes:
    """Return what pip would look at; raises ModelMissing where there is neither pip nor a variable that says."""
    pip = pip or run_pip
    settings = _settings(pip("config", "list")) | _from_environment(environ)
    index = settings.get("index-url", "") or _default_index(pip)
    extra = tuple(settings.get("extra-index-url", "").split())
    links = tuple(settings.get("find-links", "").split())
    if settings.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        index, extra = "", ()
    if not index and not extra and not links:
        raise ModelMissing("no package index is known here: install pip, or set PIP_INDEX_URL")
    return Indexes((index, *extra) if index else extra, links, settings.get("cert") or None)


def run_pip(*arguments: str) -> str:
    """Return what pip prints: this Python's, or that of the one its environment was made from; "" without any."""
    base: str = getattr(sys, "_base_executable", sys.executable)
    for python in dict.fromkeys((sys.executable, base)):
        try:
            done = subprocess.run([python, "-m", "pip", *arguments], capture_output=True, text=True, timeout=60)
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0:
            return done.stdout
    return ""


def find_wheel(package: str, version: str, indexes: Indexes, web: Web) -> Wheel:
    """Return the wheel of that version, one for any platform first; raises Unreachable if nobody offers it."""
    troubles = []
    for address in _pages(package, indexes):
        try:
            wheels = [wheel for wheel in _listed(address, web) if _is_of(wheel.name, package, version)]
        except Unreachable as error:
            troubles.append(str(error))
            continue
        if wheels:
            return min(wheels, key=lambda wheel: (not wheel.name.endswith("-none-any.whl"), wheel.name))
    why = "; ".join(troubles) or "no index has a wheel of it"
    raise Unreachable(f"{package} {version} cannot be had: {why}")


def files_on(page: Page) -> tuple[Wheel, ...]:
    """Return the files that a page of an index lists; what is damaged in it is passed over."""
    if page.kind == _JSON or page.kind.endswith("json"):
        return tuple(_of_json(page))
    links = _Links(page.address)
    links.feed(page.body.decode("utf-8", "replace"))
    return tuple(_of_link(address) for address in links.found)


def _settings(listed: str) -> dict[str, str]:
    """Return pip's settings from lines like `global.index-url='...'`."""
    found: dict[str, tuple[int, str]] = {}
    for line in listed.splitlines():
        key, equals, value = line.partition("=")
        section, _, name = key.rpartition(".")
        if not equals or section not in _SECTIONS:
            continue
        try:
            said = str(ast.literal_eval(value))
        except (ValueError, SyntaxError):
            said = value
        rank = _SECTIONS.index(section)
        if name not in found or rank >= found[name][0]:
            found[name] = (rank, said)
    return {name: said for name, (_, said) in found.items()}


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    names = ("index-url", "extra-index-url", "find-links", "no-index", "cert")
    asked = {name: environ.get(f"PIP_{name.upper().replace('-', '_')}", "") for name in names}
    return {name: value for name, value in asked.items() if value}


def _default_index(pip: Pip) -> str:
    """Return the index that pip names in its help as the one it uses unless told otherwise."""
    found = re.search(r"--index-url.*?\(default\s+(\S+?)\)", pip("download", "--help"), re.DOTALL)
    return found[1] if found else ""


def _pages(package: str, indexes: Indexes) -> Iterator[str]:
    for root in indexes.simple:
        yield f"{root.rstrip('/')}/{_normal(package)}/"
    for link in indexes.links:
        yield link if urlsplit(link).scheme in ("http", "https", "file") else Path(link).absolute().as_uri()


def _listed(address: str, web: Web) -> Sequence[Wheel]:
    """Return what a page offers; nothing on the network leads to a file of this machine."""
    folder = _folder(address)
    if folder is not None and not (folder / "index.html").is_file():
        return [Wheel(path.name, path.as_uri(), size=path.stat().st_size) for path in sorted(folder.glob("*.whl"))]
    page = page_at(address if folder is None else (folder / "index.html").as_uri(), web, accept=_ACCEPT)
    local = urlsplit(address).scheme == "file"
    allowed = ("http", "https", "file") if local else ("http", "https")
    return [_credited(wheel, address) for wheel in files_on(page) if urlsplit(wheel.address).scheme in allowed]


def _folder(address: str) -> Path | None:
    parts = urlsplit(address)
    if parts.scheme != "file":
        return None
    path = Path(unquote(parts.path))
    return None if path.is_file() else path


def _credited(wheel: Wheel, index: str) -> Wheel:
    """Give a file on the index's own host the index's user and password."""
    ours, theirs = urlsplit(index), urlsplit(wheel.address)
    user, at, host = ours.netloc.rpartition("@")
    if not at or (theirs.scheme, theirs.netloc) != (ours.scheme, host):
        return wheel
    return Wheel(wheel.name, theirs._replace(netloc=f"{user}@{host}").geturl(), wheel.sha256, wheel.size)


def _of_json(page: Page) -> Iterator[Wheel]:
    try:
        rows = json.loads(page.body)["files"]
        for row in rows:
            size = row.get("size")
            digest = str(row.get("hashes", {}).get("sha256", ""))
            address = urljoin(shown_address(page.address), row["url"])
            yield Wheel(str(row["filename"]), urldefrag(address).url, digest, size if isinstance(size, int) else 0)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Unreachable(f"{shown_address(page.address)}: not the page of a package index") from error


def _of_link(address: str) -> Wheel:
    plain, fragment = urldefrag(address)
    found = re.search(r"sha256=([0-9a-f]{64})", fragment)
    return Wheel(unquote(urlsplit(plain).path.rpartition("/")[2]), plain, found[1] if found else "")


class _Links(HTMLParser):
    """Collects where a page's links lead."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._base = shown_address(address)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        target = dict(attrs).get("href")
        if tag == "base" and target:
            self._base = urljoin(self._base, target)
        elif tag == "a" and target:
            self.found.append(urljoin(self._base, target))


def _is_of(file: str, package: str, version: str) -> bool:
    parts = file.removesuffix(".whl").split("-")
    return file.endswith(".whl") and len(parts) >= 5 and (_normal(parts[0]), parts[1]) == (_normal(package), version)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
