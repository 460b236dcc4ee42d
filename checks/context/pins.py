"""Which versions a tree says it uses: exact ones only, from files whose form leaves no doubt."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from kb.errors import CorruptObject
from kb.view import View

LARGEST = 5_000_000  # bytes of a file that is read for pins
_REQUIREMENT = re.compile(
    r"^([A-Za-z0-9][\w.-]*)(?:\[[\w,. -]*\])?\s*==\s*([0-9][\w.+!-]*)\s*(?:;.*|\\|#.*|--hash.*)?$"
)
_GO = re.compile(r"^\s*(?:require\s+)?([a-z0-9][\w./-]*\.[\w./-]+)\s+(v\d[\w.+-]*)\s*(?://.*)?$")
_NPM_KEY = "node_modules/"


class Pin(NamedTuple):
    """One exact version: of what, in which world of packages, and the file that says so."""

    world: str  # "python", "npm", "go", "rust"
    name: str
    version: str
    path: str


def pins_in(view: View) -> dict[tuple[str, str], tuple[Pin, ...]]:
    """Return every pin of a tree by (world, name); several where files disagree, and then nobody is sure."""
    found: dict[tuple[str, str], dict[str, Pin]] = {}
    for path in sorted(view.entries):
        reader = _reader(path)
        if reader is None or not view.entries[path].is_file:
            continue
        for world, name, version in _read(view, path, reader):
            found.setdefault((world, name), {}).setdefault(version, Pin(world, name, version, path))
    return {key: tuple(pins.values()) for key, pins in found.items()}


Row = tuple[str, str, str]
Reader = Callable[[str], Iterable[Row]]


def is_pin_file(path: str) -> bool:
    """Return whether pins are read from a file."""
    return _reader(path) is not None


def _reader(path: str) -> Reader | None:
    name = path.rpartition("/")[2]
    if any(folder in ("node_modules", "vendor", "testdata", "fixtures") for folder in path.split("/")[:-1]):
        return None
    if re.fullmatch(r"(?:[\w.-]*-)?(?:requirements|constraints)[\w.-]*\.txt", name):
        return _requirements
    return _BY_NAME.get(name)


def _read(view: View, path: str, reader: Reader) -> list[Row]:
    try:
        if view.size(path) > LARGEST:
            return []
        return list(reader(view.read(path).decode("utf-8")))
    except (KeyError, CorruptObject, UnicodeDecodeError, json.JSONDecodeError, tomllib.TOMLDecodeError, RecursionError):
        return []  # who cannot be read pins nothing


def python_name(name: str) -> str:
    """Return a distribution's name as all its spellings are compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _requirements(text: str) -> Iterator[Row]:
    for line in text.splitlines():
        found = _REQUIREMENT.match(line.strip())
        if found:
            yield "python", python_name(found[1]), found[2]


def _pyproject(text: str) -> Iterator[Row]:
    project = tomllib.loads(text).get("project")
    listed = project.get("dependencies") if isinstance(project, dict) else None
    yield from _requirements(
        "\n".join(one for one in listed if isinstance(one, str)) if isinstance(listed, list) else ""
    )


def _locked(world: str) -> Reader:
    def read(text: str) -> Iterator[Row]:
        packages = tomllib.loads(text).get("package")
        for one in packages if isinstance(packages, list) else ():
            name, version = (one.get("name"), one.get("version")) if isinstance(one, dict) else (None, None)
            if isinstance(name, str) and isinstance(version, str):
                yield world, python_name(name) if world == "python" else name, version

    return read


def _package_lock(text: str) -> Iterator[Row]:
    data = json.loads(text)
    packages = data.get("packages") if isinstance(data, dict) else None
    for key, value in packages.items() if isinstance(packages, dict) else ():
        version = value.get("version") if isinstance(value, dict) else None
        if key.startswith(_NPM_KEY) and key.count(_NPM_KEY) == 1 and isinstance(version, str):
            yield "npm", key.removeprefix(_NPM_KEY), version  # others are copies for one package alone


def _package_json(text: str) -> Iterator[Row]:
    data = json.loads(text)
    for part in ("dependencies", "devDependencies"):
        wanted = data.get(part) if isinstance(data, dict) else None
        for name, version in wanted.items() if isinstance(wanted, dict) else ():
            if isinstance(version, str) and re.fullmatch(r"\d+\.\d+\.\d+[\w.+-]*", version):
                yield "npm", name, version


def _go_mod(text: str) -> Iterator[Row]:
    replaced = {line.split()[1] for line in text.splitlines() if line.startswith("replace ") and len(line.split()) > 1}
    for line in text.splitlines():
        found = _GO.match(line)
        if found and found[1] not in replaced and not line.startswith(("module", "go ", "replace", "exclude")):
            yield "go", found[1], found[2]


_BY_NAME: Mapping[str, Reader] = {
    "pyproject.toml": _pyproject,
    "uv.lock": _locked("python"),
    "poetry.lock": _locked("python"),
    "Cargo.lock": _locked("rust"),
    "package-lock.json": _package_lock,
    "package.json": _package_json,
    "go.mod": _go_mod,
}
