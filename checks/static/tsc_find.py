"""Where TypeScript's native compiler is: in a folder of our own, or installed for the whole machine."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from checks.static.engine import Installed
from checks.static.programs import find_program, version_of
from kb.errors import NotChecked
from kb.folders import cache_folder

VERSION = "7.0.2"
OLDEST = 7  # the first that is a program of its own; older ones need Node to run at all


def how_to_get() -> str:
    """Return the command that installs the compiler where `find_compiler` looks for it."""
    return f"npm install --ignore-scripts --prefix {cache_folder() / 'tools'} typescript@{VERSION}"


def find_compiler() -> Installed | None:
    """Return the native compiler: PRUDENT_TSC, else ours, else the machine's; None if there is none.

    Never one that a repository brings: packages of a project lie in its `node_modules`.
    """
    for program in _candidates():
        if program.is_file() and os.access(program, os.X_OK):
            found = _installed(program)
            if found is not None:
                return found
    return None


def _candidates() -> Iterator[Path]:
    chosen = os.environ.get("PRUDENT_TSC")
    if chosen:
        path = Path(chosen).expanduser().absolute()
        yield from [path] if path.is_file() else _natives(path)
        return
    for folder in (Path(sys.prefix), cache_folder()):
        yield from _natives(folder / "tools" / "node_modules")
    on_path = find_program("tsc")
    if on_path is not None and "node_modules" not in on_path.parts:
        yield from _behind(on_path.resolve())


def _behind(program: Path) -> Iterator[Path]:
    """Yield the native compilers that npm's start script stands for, or the program itself if it is one."""
    if program.parent.name == "bin" and program.parent.parent.name == "typescript":
        package = program.parent.parent
        yield from _natives(package.parent)
        yield from _natives(package / "node_modules")
    else:
        yield program


def _natives(packages: Path) -> list[Path]:
    """Return the compilers that npm has put below a `node_modules` folder: one per platform package."""
    return sorted(path for name in ("tsc", "tsc.exe") for path in packages.glob(f"@typescript/typescript-*/lib/{name}"))


def _installed(program: Path) -> Installed | None:
    try:
        said = version_of(program)
    except NotChecked:
        return None
    found = re.search(r"(\d+)\.\d+\.\d+\S*", said)
    return Installed(program, found[0]) if found and int(found[1]) >= OLDEST else None
