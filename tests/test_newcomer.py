"""The newcomer's walk: a fresh clone, the README's first command, one deliberate mistake."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from tests.repos import Repo

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_fresh_clone_reviews_itself_with_one_command(tmp_path: Path) -> None:
    """Needs a package registry: this is the machine with nothing on it but Python and git.

    llama.cpp is not built again where this machine has built it: that takes minutes, and CI's own set-up does it.
    """
    clone = tmp_path / "prudent"
    Repo(tmp_path / "start").git("clone", "-q", str(ROOT), str(clone))
    python = Path(sys.base_prefix) / "bin" / "python3"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PRUDENT", "VIRTUAL_ENV", "PYTEST"))}
    environment |= {"PRUDENT_DATA": str(tmp_path / "data"), "PRUDENT_CACHE": str(tmp_path / "cache")}

    built = Path(platformdirs.user_cache_dir("prudent", appauthor=False)) / "wheels"
    if built.is_dir():
        shutil.copytree(built, tmp_path / "cache/wheels")

    def dev(*args: str) -> subprocess.CompletedProcess[str]:
        command = [str(python), "dev.py", *args]
        return subprocess.run(command, cwd=clone, capture_output=True, text=True, env=environment)

    first = dev("review")
    assert first.returncode in (0, 1), first.stderr
    assert "reviewed" in first.stdout
    llama = subprocess.run([clone / ".venv/bin/python", "-c", "import llama_cpp"], capture_output=True, text=True)
    assert (llama.returncode == 0) is ("llama.cpp is left out" not in first.stderr), llama.stderr
    again = dev("review", "HEAD~1..HEAD")
    assert "setting up" not in again.stderr
    mistake = dev("review", "HEAD~1..HAED")
    assert (mistake.returncode, mistake.stdout) == (2, "")
    assert "HAED" in mistake.stderr
    assert dev("nonsense").returncode == 2
