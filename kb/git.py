"""The git program, run so that nothing of the repository it looks at is ever executed.

Two places are spoken to. The *source* is the repository under review: its own config is in force there, so
only a handful of commands that read names (`rev-parse`, `config`, `for-each-ref`) run in it. Everything that
touches content runs in a *scratch* git folder (see `kb.git_scratch`) whose config we wrote ourselves and
which borrows the source's objects: hooks, filters, text converters and helpers are not defined there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from kb.errors import UserError

SECONDS = 600.0  # no single git command of ours comes near; a hung disk must not hang a worker
OVERRIDES = {
    "core.askPass": "",
    "core.attributesFile": os.devnull,
    "core.editor": "false",
    "core.fsmonitor": "false",
    "core.gitProxy": "",
    "core.hooksPath": os.devnull,
    "core.pager": "cat",
    "core.sshCommand": "false",
    "core.warnAmbiguousRefs": "false",
    "credential.helper": "",
    "gc.auto": "0",
    "gpg.program": "false",
    "log.showSignature": "false",
    "maintenance.auto": "false",
    "protocol.allow": "never",
    "safe.bareRepository": "all",
    "safe.directory": "*",
    "submodule.recurse": "false",
}


class GitFailed(UserError):
    """A git command ended badly; the text is what git said, on one line."""


@dataclass(frozen=True)
class Git:
    """One way of calling git: the program, its whole environment, and the folder it starts in."""

    program: str
    cwd: Path
    environment: Mapping[str, str] = field(repr=False)

    def at(self, git_dir: Path, *, cwd: Path | None = None, work_tree: Path | None = None) -> Git:
        """Return the same git speaking to one repository, whatever folder it starts in."""
        named = {"GIT_DIR": str(git_dir)} | ({"GIT_WORK_TREE": str(work_tree)} if work_tree else {})
        return replace(self, cwd=cwd or self.cwd, environment={**self.environment, **named})

    def with_index(self, index: Path) -> Git:
        """Return the same git using another index file."""
        return replace(self, environment={**self.environment, "GIT_INDEX_FILE": str(index)})

    def run(
        self, *args: str | bytes, stdin: bytes = b"", ok: Collection[int] = (0,), seconds: float | None = None
    ) -> bytes:
        """Return what a command prints; raises GitFailed if its exit code is not one of `ok`."""
        code, out, said = self.ask(*args, stdin=stdin, seconds=seconds)
        if code not in ok:
            raise GitFailed(one_line(said) or f"git {args[0]!r} ended with code {code}")
        return out

    def ask(self, *args: str | bytes, stdin: bytes = b"", seconds: float | None = None) -> tuple[int, bytes, bytes]:
        """Return exit code, output and error output of a command; raises GitFailed if it takes longer than that."""
        seconds = SECONDS if seconds is None else seconds
        try:
            done = subprocess.run(
                self.command(*args),
                cwd=self.cwd,
                env=dict(self.environment),
                input=stdin,
                capture_output=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise GitFailed(f"git took longer than {seconds:.0f} s") from error
        except OSError as error:
            raise GitFailed(f"git cannot be run: {error}") from error
        return done.returncode, done.stdout, done.stderr

    def command(self, *args: str | bytes) -> list[str | bytes]:
        """Return the full argument list of a command, our settings first."""
        settings = [part for key, value in OVERRIDES.items() for part in ("-c", f"{key}={value}")]
        return [self.program, "--no-pager", "--literal-pathspecs", *settings, *args]


def find_git(home: Path, cwd: Path) -> Git:
    """Return the git on PATH in a scrubbed environment with this home; raises UserError if there is none."""
    folders = [folder for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if folder.startswith("/")]
    program = shutil.which("git", path=os.pathsep.join(folders))
    if program is None:
        raise UserError("git is not on PATH: install git 2.25 or newer")
    environment = {
        "PATH": os.pathsep.join(folders),
        "HOME": str(home),
        "LC_ALL": "C",
        "TZ": "UTC",
        "GIT_ALLOW_PROTOCOL": "",
        "GIT_ASKPASS": "false",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_EDITOR": "false",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_PAGER": "cat",
        "GIT_TERMINAL_PROMPT": "0",
    }
    return Git(program, cwd, environment)


def one_line(said: bytes) -> str:
    """Return the first error that git printed, without its label, fit to be shown."""
    lines = [line.strip() for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    errors = [line for line in lines if not line.startswith(("warning:", "hint:"))] or lines
    text = errors[0].removeprefix("fatal: ").removeprefix("error: ") if errors else ""
    return "".join(c if c.isprintable() else " " for c in text)


def decoded(path: bytes) -> str:
    """Return a path of git's as text: undecodable bytes become surrogate escapes."""
    return path.decode("utf-8", "surrogateescape")


def encoded(path: str) -> bytes:
    """Return the bytes git knows a path by."""
    return path.encode("utf-8", "surrogateescape")
