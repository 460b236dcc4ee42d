"""Nothing that a reviewed repository says is ever executed, and nothing in it is ever written."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kb.errors import PrudentError
from kb.repository import Comparison, Repository
from tests.repos import ENVIRONMENT, Repo

HOOKS = (
    "applypatch-msg",
    "pre-applypatch",
    "post-applypatch",
    "pre-commit",
    "post-checkout",
    "post-index-change",
    "post-merge",
    "post-rewrite",
    "reference-transaction",
    "fsmonitor-watchman",
)
PATCH = b"--- a/b.py\n+++ b/b.py\n@@ -1 +1,2 @@\n y = 1\n+z = 1\n"
MAIL = b"From: Ada <a@example.com>\nSubject: [PATCH] Add z\n\nBody\n---\n" + PATCH
MODES: dict[str, Callable[[Repository], Comparison]] = {
    "range": lambda r: r.compare("HEAD~1..HEAD"),
    "default": lambda r: r.compare(),
    "staged": lambda r: r.compare_staged(),
    "worktree": lambda r: r.compare_worktree(),
    "patch": lambda r: r.compare_patch(PATCH, "a.patch"),
    "mail": lambda r: r.compare_patch(MAIL, "a.mbox"),
}


def set_traps(repo: Repo, command: str) -> None:
    """Name `command` in every setting that git may run."""
    settings = {
        "alias.ls-tree": f"!{command}",
        "alias.rev-parse": f"!{command}",
        "core.alternateRefsCommand": command,
        "core.askPass": command,
        "core.editor": command,
        "core.fsmonitor": command,
        "core.gitProxy": command,
        "core.hooksPath": str(repo.root / "hooks"),
        "core.pager": command,
        "core.sshCommand": command,
        "credential.helper": f"!{command}",
        "diff.external": command,
        "diff.trap.command": command,
        "diff.trap.textconv": command,
        "diff.trap.cachetextconv": "true",
        "filter.trap.clean": command,
        "filter.trap.smudge": command,
        "filter.trap.process": command,
        "filter.trap.required": "true",
        "gpg.program": command,
        "interactive.diffFilter": command,
        "log.showSignature": "true",
        "merge.trap.driver": command,
        "pager.diff-tree": command,
        "pager.log": command,
        "sequence.editor": command,
        "submodule.sub.update": f"!{command}",
        "uploadpack.packObjectsHook": command,
        "protocol.allow": "always",
        "remote.origin.url": f"ext::{command}",
        "remote.origin.promisor": "true",
        "remote.origin.partialclonefilter": "blob:none",
        "extensions.partialClone": "origin",
        "core.repositoryFormatVersion": "1",
    }
    for key, value in settings.items():
        repo.git("config", key, value)


@pytest.fixture
def trapped(repo: Repo, tmp_path: Path) -> tuple[Repo, Path]:
    """Return a repository whose every setting, hook and attribute would write a marker file."""
    marker, script = tmp_path / "marker", tmp_path / "trap"
    script.write_text(f"#!/bin/sh\ntouch '{marker}'\nexit 1\n")
    script.chmod(0o755)
    attributes = "* filter=trap diff=trap merge=trap\n"
    repo.commit({".gitattributes": attributes, "a.py": "x = 1\n", "b.py": "y = 1\n"})
    sub = Repo(repo.root / "sub")
    sub.commit({"s.py": "s = 1\n"})
    repo.commit({"a.py": "x = 2\n"}, "Change x")
    repo.git("update-ref", "refs/remotes/origin/main", "HEAD~1")
    repo.write({"b.py": "y = 1\nw = 2\n", "c.py": "c = 1\n"})
    repo.git("add", "c.py")
    repo.write({"sub/s.py": "s = 2\n", "d.py": "d = 1\n"})
    (repo.root / ".git/info/attributes").write_text(attributes)
    for folder in (repo.root / ".git/hooks", repo.root / "hooks"):
        folder.mkdir(exist_ok=True)
        for name in HOOKS:
            (folder / name).unlink(missing_ok=True)
            (folder / name).symlink_to(script)
    for each in (repo, sub):
        set_traps(each, str(script))
    return repo, marker


def every_byte(folder: Path) -> dict[str, str]:
    """Return a digest, size and time of change of everything below a folder."""
    found = {}
    for path in sorted(folder.rglob("*")):
        about = path.lstat()
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        found[str(path)] = f"{about.st_mode} {about.st_mtime_ns} {hashlib.sha256(content).hexdigest()}"
    return found


def test_the_traps_work(trapped: tuple[Repo, Path]) -> None:
    repo, marker = trapped
    for args in (["status"], ["diff"], ["add", "d.py"], ["cat-file", "-e", "1" * 40], ["apply", "--cached", "-"]):
        subprocess.run(["git", *args], cwd=repo.root, input=PATCH, env=ENVIRONMENT, capture_output=True, check=False)
        assert marker.exists(), args
        marker.unlink()


@pytest.mark.parametrize("mode", MODES)
def test_nothing_runs_and_nothing_is_written(trapped: tuple[Repo, Path], mode: str) -> None:
    repo, marker = trapped
    before = every_byte(repo.root)
    with Repository.open(repo.root) as opened:
        made = MODES[mode](opened)
        for view in (made.base, made.head):
            for path in view.entries:
                assert len(view.read(path)) == view.size(path)
        assert made.files
        assert opened.identity
    assert not marker.exists()
    assert every_byte(repo.root) == before


def test_a_lost_object_is_not_fetched(trapped: tuple[Repo, Path]) -> None:
    repo, marker = trapped
    blob = repo.git("rev-parse", "HEAD:a.py")
    (repo.root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    marker.unlink(missing_ok=True)
    with Repository.open(repo.root) as opened:
        by_path = {file.path: file for file in opened.compare("HEAD~1..HEAD").files}
        assert by_path["a.py"].unread
        with pytest.raises(PrudentError):
            opened.compare("1" * 40)
    assert not marker.exists()


def test_the_environment_of_the_caller_does_not_reach_git(
    trapped: tuple[Repo, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    repo, marker = trapped
    trap = str(marker.parent / "trap")
    for name in ("GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_SSH_COMMAND", "GIT_EDITOR", "PAGER", "GIT_ASKPASS"):
        monkeypatch.setenv(name, trap)
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", "/nowhere")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "diff.external")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", trap)
    with Repository.open(repo.root) as opened:
        assert opened.compare("HEAD~1..HEAD").files
    assert not marker.exists()


def test_a_git_in_the_reviewed_folder_is_not_the_git_that_runs(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({"git": f"#!/bin/sh\ntouch '{tmp_path}/marker'\n"})
    repo.commit({"a.py": "x = 1\n"})
    (repo.root / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f".{os.pathsep}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(repo.root)
    with Repository.open(".") as opened:
        assert opened.compare("HEAD~1..HEAD").files
    assert not (tmp_path / "marker").exists()


def test_attributes_of_the_change_cannot_hide_its_code(repo: Repo) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.commit({".gitattributes": "*.py -diff binary linguist-generated\n", "a.py": "x = 2\n"})
    with Repository.open(repo.root) as opened:
        by_path = {file.path: file for file in opened.compare("HEAD~1..HEAD").files}
    assert by_path["a.py"].added == {1}
    assert not by_path["a.py"].binary


def test_settings_of_the_repository_do_not_change_the_diff(repo: Repo) -> None:
    repo.commit({"a.py": "".join(f"{n}\n" for n in range(40)), "old.py": "".join(f"x{n}\n" for n in range(20))})
    repo.write({"old.py": None, "new.py": "".join(f"x{n}\n" for n in range(20))})
    repo.commit({"a.py": "".join(f"{n}\n" for n in range(40) if n not in (5, 9))})
    with Repository.open(repo.root) as opened:
        plain = opened.compare("HEAD~1..HEAD").files
    for key, value in {
        "diff.noprefix": "true",
        "diff.mnemonicPrefix": "true",
        "diff.renames": "false",
        "diff.renameLimit": "1",
        "diff.algorithm": "patience",
        "diff.suppressBlankEmpty": "true",
        "diff.interHunkContext": "10",
        "diff.relative": "true",
        "diff.context": "7",
        "diff.orderFile": "order",
        "diff.submodule": "log",
        "diff.ignoreSubmodules": "all",
        "diff.wsErrorHighlight": "all",
        "diff.colorMoved": "zebra",
        "color.ui": "always",
        "core.quotePath": "false",
        "core.abbrev": "4",
        "core.bigFileThreshold": "1",
        "core.whitespace": "cr-at-eol",
        "log.date": "raw",
        "format.pretty": "%H",
        "i18n.logOutputEncoding": "UTF-16",
    }.items():
        repo.git("config", key, value)
    with Repository.open(repo.root) as opened:
        changed = opened.compare("HEAD~1..HEAD")
    assert changed.files == plain
    assert changed.messages == ((f"commit {changed.head_id[:12]}", "Change"),)


def test_a_repository_of_another_owner_is_read(repo: Repo) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.commit({"a.py": "x = 2\n"})
    if os.geteuid() == 0:  # only root can give files away; for others this is the plain case
        for path in [repo.root, *repo.root.rglob("*")]:
            os.lchown(path, 65534, 65534)
    with Repository.open(repo.root) as opened:
        assert opened.compare("HEAD~1..HEAD").files
