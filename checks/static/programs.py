"""Where an engine's program is, and which version."""

from __future__ import annotations

import os
import shutil
import sysconfig
import tempfile
from functools import lru_cache
from pathlib import Path

from checks.knowledge import Limits
from checks.static.isolation import run_isolated
from kb.view import shown


def find_program(name: str) -> Path | None:
    """Return an engine's program: installed beside Prudent, else on PATH, never below the working folder.

    The working folder may be the reviewed repository, whose own tools nobody has vouched for.
    """
    scripts = Path(sysconfig.get_path("scripts"))
    here = Path.cwd().resolve()
    others = [Path(entry) for entry in os.get_exec_path() if Path(entry).is_absolute()]
    for folder in [scripts, *(entry for entry in others if not entry.resolve().is_relative_to(here))]:
        if found := shutil.which(name, path=str(folder)):
            return Path(found)
    return None


def version_of(program: Path) -> str:
    """Return what the program prints for `--version`; raises NotChecked if it does not run."""
    return _version(program, program.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _version(program: Path, changed: int) -> str:
    with tempfile.TemporaryDirectory(prefix="prudent-") as home:
        said = run_isolated([str(program), "--version"], cwd=Path(home), home=Path(home), limits=Limits(seconds=20))
    return shown(said.decode("utf-8", "replace").strip())[:100]
