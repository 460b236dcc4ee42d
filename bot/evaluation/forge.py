"""Commits made for a measurement, in a repository that is ours: pull requests that nobody wrote."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from kb.errors import UserError

_WHO = ("-c", "core.hooksPath=/dev/null", "-c", "user.name=eval", "-c", "user.email=eval@localhost")


@dataclass(frozen=True)
class Forge:
    """A bare repository that commits are written into; `index` is a file that only this one uses."""

    folder: Path

    def commit(self, files: Mapping[str, str], message: str, *, parent: str | None, at: int) -> str:
        """Return a commit that is its parent with these files set; `at` is in seconds since 1970."""
        self._begin(parent)
        rows = [f"100644 {self._blob(text)}\t{path}" for path, text in sorted(files.items())]
        self._git("update-index", "--index-info", data="".join(f"{row}\n" for row in rows).encode())
        return self._written(message, parent, at)

    def revert(self, commit: str, parent: str, message: str, *, at: int) -> str | None:
        """Return a commit on `parent` that takes back what another one did; None where that does not apply any more."""
        self._begin(parent)
        patch = self._run("diff", "--binary", f"{commit}~1", commit)
        if patch.returncode or not patch.stdout:
            return None
        if self._run("apply", "-R", "--cached", "-", data=patch.stdout).returncode:
            return None
        return self._written(message, parent, at)

    def _begin(self, parent: str | None) -> None:
        (self.folder / "eval-index").unlink(missing_ok=True)
        if parent is not None:
            self._git("read-tree", parent)

    def _written(self, message: str, parent: str | None, at: int) -> str:
        tree = self._git("write-tree")
        before = ["-p", parent] if parent else []
        when = {"GIT_AUTHOR_DATE": f"@{at} +0000", "GIT_COMMITTER_DATE": f"@{at} +0000"}
        return self._git("commit-tree", tree, *before, "-m", message, environ=when)

    def _blob(self, text: str) -> str:
        return self._git("hash-object", "-w", "--stdin", data=text.encode())

    def _git(self, *words: str, data: bytes = b"", environ: Mapping[str, str] = MappingProxyType({})) -> str:
        done = self._run(*words, data=data, environ=environ)
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip()[-200:]
            raise UserError(f"git {words[0]} failed in {self.folder}: {said}")
        return done.stdout.decode().strip()

    def _run(
        self, *words: str, data: bytes = b"", environ: Mapping[str, str] = MappingProxyType({})
    ) -> subprocess.CompletedProcess[bytes]:
        told = {**os.environ, "GIT_DIR": str(self.folder), "GIT_INDEX_FILE": str(self.folder / "eval-index"), **environ}
        return subprocess.run(["git", *_WHO, *words], input=data, env=told, capture_output=True, check=False)


def new_forge(folder: Path, like: Path | None = None) -> Forge:
    """Return a forge in `folder`, made anew or as it was left: empty, or with all that another repository has.

    The other repository is only read: its objects are borrowed. Raises UserError where git cannot do it.
    """
    if not (folder / "HEAD").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = ["clone", "--quiet", "--bare", "--shared", str(like)] if like else ["init", "--quiet", "--bare"]
        done = subprocess.run(["git", *_WHO, *made, str(folder)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise UserError(f"git {made[0]} failed: {done.stderr.strip()[-200:]}")
    return Forge(folder)
