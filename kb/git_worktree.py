"""What is not committed yet, as a tree: the index, or the files of the work tree.

The index is copied and the copy worked on. git itself brings files into it, so line-end conversion, links
and modes are git's own; clean filters are not defined in the scratch folder and therefore never run.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kb.errors import UserError
from kb.git import Git, GitFailed, decoded, one_line
from kb.git_scratch import Source
from kb.view import shown

LARGEST_STORED = 100 * 2**20  # an uncommitted file above this is not copied into the scratch folder


@dataclass(frozen=True)
class WorkTree:
    """The tree made from the files on disk, and the files that could not be taken, with reasons."""

    tree: str
    untaken: Mapping[str, str] = field(default_factory=dict)


def staged_tree(source: Source, scratch: Git) -> str:
    """Return the tree that a commit made now would have; raises UserError while there are conflicts."""
    _work_tree_of(source)
    return _tree_of(_with_copied_index(source, scratch))


def work_tree(source: Source, scratch: Git) -> WorkTree:
    """Return the tree of the files on disk: tracked ones, and untracked ones that are not ignored."""
    root = _work_tree_of(source)
    index = _with_copied_index(source, scratch)
    git = index.at(Path(index.environment["GIT_DIR"]), cwd=root, work_tree=root)
    kept, gone = _changed(git)
    kept += _untracked(git, source)
    untaken = {path: "larger than 100 MB" for path in kept if _size(root, path) > LARGEST_STORED}
    untaken |= _filtered(git, [path for path in kept if path not in untaken])
    git.run("update-index", "--force-remove", "-z", "--stdin", stdin=_listed(gone))
    untaken |= _take(git, [path for path in kept if path not in untaken])
    return WorkTree(_tree_of(git), {decoded(path): why for path, why in untaken.items()})


def _work_tree_of(source: Source) -> Path:
    if source.work_tree is None:
        raise UserError(f"{shown(str(source.git_dir))} has no work tree: only commits can be reviewed there")
    return source.work_tree


def _with_copied_index(source: Source, scratch: Git) -> Git:
    folder = Path(scratch.environment["GIT_DIR"])
    copy = folder / "index"
    copy.unlink(missing_ok=True)
    index = _index_of(source)
    # A split index keeps most of itself in files beside it. The time of change tells git which
    # entries were written in the same instant as the index and must be compared by content.
    for part in source.git_dir.glob("sharedindex.*"):
        shutil.copy2(part, folder / part.name)
    if index.is_file():
        shutil.copy2(index, copy)
    return scratch.with_index(copy)


def _index_of(source: Source) -> Path:
    """Return the index in force: inside a commit hook git names the one being committed."""
    named = Path(source.git_dir.parent, os.environ.get("GIT_INDEX_FILE", "")).resolve()
    return named if named.is_file() and named.parent == source.git_dir.resolve() else source.git_dir / "index"


def _tree_of(git: Git) -> str:
    code, out, said = git.ask("write-tree", "--missing-ok")
    if code == 0:
        return out.decode().strip()
    if git.run("ls-files", "--unmerged", "-z"):
        raise UserError("the index has conflicts: resolve them, then review what is staged")
    raise GitFailed(f"git cannot use the index: {one_line(said)}")


def _changed(git: Git) -> tuple[list[bytes], list[bytes]]:
    """Return the tracked paths that look changed on disk, and those that are gone."""
    raw = git.run("diff-files", "-z", "--raw", "--no-ext-diff", "--ignore-submodules=dirty").split(b"\0")[:-1]
    letters = {path: about[-1:] for about, path in zip(raw[::2], raw[1::2], strict=True)}
    gone = [path for path, letter in letters.items() if letter == b"D"]
    return [path for path, letter in letters.items() if letter != b"D"], gone


def _untracked(git: Git, source: Source) -> list[bytes]:
    """Return the files that git would offer to add. A nested repository is not a file."""
    ignore = _own_ignore_file(source)
    extra = [f"--exclude-from={ignore}"] if ignore else []
    listed = git.run("ls-files", "--others", "-z", "--exclude-standard", *extra).split(b"\0")[:-1]
    return [path for path in listed if not path.endswith(b"/")]


def _own_ignore_file(source: Source) -> Path | None:
    """Return the user's list of files to ignore everywhere, if they keep one."""
    folder = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    try:
        path = Path(source.config.get("core.excludesfile") or f"{folder}/git/ignore").expanduser()
        return path if path.is_file() else None
    except (OSError, RuntimeError):  # a home that may not be entered, or none at all
        return None


def _filtered(git: Git, paths: Sequence[bytes]) -> dict[bytes, str]:
    """Return the paths whose stored form only a filter could make, which we do not run."""
    fields = git.run("check-attr", "-z", "--stdin", "filter", stdin=_listed(paths)).split(b"\0")[:-1]
    named = zip(fields[::3], fields[2::3], strict=True)
    return {p: f"stored by git filter {decoded(v)!r}" for p, v in named if v not in (b"unspecified", b"unset", b"set")}


def _take(git: Git, paths: Sequence[bytes]) -> dict[bytes, str]:
    """Bring files into the index; return those git cannot read, found by halving."""
    if not paths:
        return {}
    try:
        git.run("update-index", "--add", "--remove", "--replace", "-z", "--stdin", stdin=_listed(paths))
    except GitFailed:
        if len(paths) == 1:
            return {paths[0]: "git cannot read it in the work tree"}
        half = len(paths) // 2
        return _take(git, paths[:half]) | _take(git, paths[half:])
    return {}


def _listed(paths: Sequence[bytes]) -> bytes:
    return b"".join(path + b"\0" for path in paths)


def _size(root: Path, path: bytes) -> int:
    try:
        about = os.lstat(os.fsencode(root) + b"/" + path)
    except OSError:
        return 0
    return about.st_size if stat.S_ISREG(about.st_mode) else 0
