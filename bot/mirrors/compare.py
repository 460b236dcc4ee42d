"""What is read from a mirror. These functions wait for git: call them in a thread.

Nothing here needs the token or the network. A head that was pushed away is still compared, as long as it was fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.mirrors.locks import in_use
from bot.mirrors.model import CommitNote
from kb.diff import FileDiff
from kb.errors import CorruptObject, EmptyRange, UnknownRevision, UserError
from kb.git import Git, GitFailed, decoded, find_git
from kb.git_diff import LARGEST, RENAME_LIMIT
from kb.repository import Repository

MOST_COMMITS = 100  # of one push; in a larger one nobody looks for a committed suggestion
LONGEST_TRAILERS = 8_000  # bytes of one commit


@dataclass(frozen=True)
class Compared:
    """What a pull request changes: the merge base's id, and every file that differs since, in the order of paths."""

    base: str
    files: tuple[FileDiff, ...]


def compare(path: Path, target: str, head: str) -> Compared:
    """Return what `head` changes since it parted from `target`; no files if the target has it already.

    Raises UnknownRevision, NoCommonAncestor, GitFailed, NotARepository.
    """
    with in_use(path), Repository.open(path) as repository:
        try:
            comparison = repository.compare(f"{target}...{head}")
        except EmptyRange:
            return Compared(repository.merge_base(target, head), ())
        return Compared(comparison.base_id, comparison.files)


def renames(path: Path, old_head: str, new_head: str) -> dict[str, str]:
    """Return old path -> new path of the files that git takes for renamed; empty if either head is gone."""
    try:
        with _reading(path) as git:
            how = ("-r", "-z", "-M", f"-l{RENAME_LIMIT}", "--name-status", "--diff-filter=R")
            out = git.run("diff-tree", *how, *_ids(old_head, new_head))
    except UserError:
        return {}
    fields = iter(out.split(b"\0")[:-1])
    return {decoded(next(fields)): decoded(next(fields)) for _ in fields}


def commits_between(path: Path, old_head: str, new_head: str) -> tuple[CommitNote, ...]:
    """Return the commits that lead to `new_head` and not to `old_head`, oldest first, the newest 100 of them.

    None if either head is gone.
    """
    form = "--format=%H%x00%cn%x00%ce%x00%(trailers:only,unfold)"
    try:
        with _reading(path) as git:
            old, new = _ids(old_head, new_head)
            revisions = git.run("rev-list", f"--max-count={MOST_COMMITS}", "--reverse", f"{old}..{new}", "--")
            return tuple(
                _note(git.run("show", "-s", "--no-color", "--no-notes", form, sha), _paths(git, sha))
                for sha in revisions.decode("ascii").split()
            )
    except UserError:
        return ()


def text_at(path: Path, commit: str, file: str) -> bytes | None:
    """Return a file's bytes at a commit; None if it is not there, is no plain file, or is larger than 5 MB."""
    try:
        with in_use(path), Repository.open(path) as repository:
            view = repository.view(commit)
            entry = view.entries.get(file)
            if entry is None or not entry.is_file or view.size(file) > LARGEST:
                return None
            return view.read(file)
    except (UserError, CorruptObject):
        return None


@contextmanager
def _reading(path: Path) -> Iterator[Git]:
    """Yield a git that speaks to a mirror; the mirror's config is our own, and says nothing that is run."""
    with in_use(path), TemporaryDirectory(prefix="prudent-home-") as home:
        (Path(home) / ".gitconfig").write_text("[safe]\n\tdirectory = *\n")
        if not path.is_dir():
            raise GitFailed("there is no such mirror")
        yield find_git(Path(home), Path(home)).at(path)


def _paths(git: Git, sha: str) -> tuple[str, ...]:
    # one command a commit: no path can then be taken for the next commit's header
    out = git.run("diff-tree", "-r", "-z", "--root", "--no-commit-id", "--name-only", "--no-renames", sha)
    return tuple(decoded(path) for path in out.split(b"\0")[:-1])


def _note(shown: bytes, paths: tuple[str, ...]) -> CommitNote:
    sha, name, email, trailers = shown.split(b"\0", 3)
    lines = trailers[:LONGEST_TRAILERS].decode("utf-8", "replace").splitlines()
    pairs = tuple((key.strip(), value.strip()) for key, sep, value in (line.partition(":") for line in lines) if sep)
    committer, address = name.decode("utf-8", "replace"), email.decode("utf-8", "replace")
    return CommitNote(sha.decode("ascii"), committer, address, pairs, paths)


def _ids(*heads: str) -> tuple[str, ...]:
    for head in heads:
        if not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", head):
            raise UnknownRevision("that is no commit id")
    return heads
