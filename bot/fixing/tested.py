"""A user's own test command, run on a patched copy of the tree, in a sandbox."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from checks.change import Change
from checks.knowledge import Limits
from checks.static.isolation import run_isolated
from checks.workspace import is_plain
from kb.errors import CorruptObject, NotChecked, UserError
from kb.view import View

LIMITS = Limits(seconds=600.0)


@dataclass
class Suite:
    """Runs a command on changes: without a network, with caps on time, memory and output, away from the user's files.

    `scratch` makes empty folders; `path` is where programs are looked for. Asked whether the tests pass on a change;
    raises UserError where they fail on the tree as it is, because then they say nothing about a patch.
    """

    command: str
    unpatched: View
    scratch: Callable[[str], Path]
    path: str
    limits: Limits = LIMITS
    _is_sound: bool = field(default=False, init=False)

    def __call__(self, change: Change) -> bool:
        """Return whether the command ends with exit code 0 on a copy of the change's head."""
        if not self._is_sound:
            if reason := self._failure(self.unpatched):
                raise UserError(f"--run-tests fails without any patch, so it can prove none: {reason}")
            self._is_sound = True
        return not self._failure(change.head)

    def _failure(self, view: View) -> str:
        """Return why the command fails on a tree, "" if it passes."""
        room = self.scratch("tests")
        try:
            tree, home = room / "tree", room / "home"
            home.mkdir()
            copy_tree(view, tree)
            argv = ["/bin/sh", "-c", self.command]
            run_isolated(argv, cwd=tree, home=home, limits=self.limits, ok=(0,), env={"PATH": self.path})
        except NotChecked as reason:
            return str(reason)
        finally:
            shutil.rmtree(room, ignore_errors=True)
        return ""


def copy_tree(view: View, folder: Path) -> None:
    """Write the regular files of a tree below a new folder, each a file of its own; links are left out.

    Raises NotChecked where that cannot be done.
    """
    folder.mkdir(parents=True)
    try:
        for path in sorted(view.entries):
            entry = view.entries[path]
            if entry.is_file and is_plain(path):
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(view.read(path))
                target.chmod(0o755 if entry.mode & 0o111 else 0o644)
    except (OSError, CorruptObject) as error:
        raise NotChecked(f"the tree cannot be copied: {error}") from error
