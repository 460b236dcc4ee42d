"""A git repository that is only ever read: any two of its states compared as a `Comparison`."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import TracebackType

from kb.diff import FileDiff, Status
from kb.errors import EmptyRange
from kb.git import Git, encoded, find_git
from kb.git_apply import apply_patch
from kb.git_diff import compare_trees
from kb.git_objects import Objects
from kb.git_range import (
    commit_of,
    default_branch,
    first_commit,
    has_commits,
    merge_base,
    messages_between,
    normalised_url,
    range_of,
)
from kb.git_scratch import Source, find_source, make_scratch
from kb.git_view import GitView
from kb.git_worktree import staged_tree, work_tree
from kb.history.commits import Commits
from kb.history.log import log_of
from kb.history.model import Logged
from kb.risk.mainline import MOST_CHANGES, MainlineChange, mainline_of
from kb.view import Entry, View, shown


@dataclass(frozen=True)
class Comparison:
    """Two states of a repository and what differs. The views live as long as their `Repository` is open."""

    base: View
    head: View
    base_id: str  # commit id, or tree id where there is no commit
    head_id: str
    subject: str  # what line of work this is: a branch, "staged", "worktree", a patch's name, the range asked for
    files: tuple[FileDiff, ...]
    messages: tuple[tuple[str, str], ...] = ()  # (origin, text): untrusted


class Repository:
    """An open repository. Use it as a context manager: closing it ends its processes and its scratch folder."""

    def __init__(self, source: Source, scratch: Git, folder: tempfile.TemporaryDirectory[str]) -> None:
        self._source, self._scratch, self._folder = source, scratch, folder
        self._objects = Objects(scratch)

    @classmethod
    def open(cls, path: Path | str) -> Repository:
        """Return the repository that a folder lies in, or is; raises NotARepository, UserError without git."""
        folder = tempfile.TemporaryDirectory(prefix="prudent-git-", ignore_cleanup_errors=True)
        try:
            home = Path(folder.name, "home")
            home.mkdir()
            # git before 2.38 heeds this setting in a config file only, never on its command line
            (home / ".gitconfig").write_text("[safe]\n\tdirectory = *\n")
            git = find_git(home, home)
            source = find_source(git, Path(path).absolute())
            return cls(source, make_scratch(git, source, Path(folder.name, "git")), folder)
        except BaseException:
            folder.cleanup()
            raise

    def close(self) -> None:
        """End the git processes and remove the scratch folder."""
        self._objects.close()
        self._folder.cleanup()

    def __enter__(self) -> Repository:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def work_tree(self) -> Path | None:
        """Return the folder of the checked-out files; None for a bare repository."""
        return self._source.work_tree

    @cached_property
    def identity(self) -> str:
        """Return a name that is the same in every clone: origin's address, else the first commit, else the folder."""
        if url := normalised_url(self._source.config.get("remote.origin.url", "")):
            return url
        if root := first_commit(self._source, self._scratch):
            return f"root:{root}"
        return (self._source.work_tree or self._source.git_dir).name

    def default_branch(self) -> str | None:
        """Return the branch that work is merged into, as a revision ("origin/main", "main"); None if unclear."""
        ref = default_branch(self._source)
        return ref and ref.removeprefix("refs/heads/").removeprefix("refs/remotes/")

    def merge_base(self, one: str, other: str) -> str:
        """Return the best common ancestor of two revisions; raises UnknownRevision, NoCommonAncestor."""
        return merge_base(self._source, self._scratch, commit_of(self._source, one), commit_of(self._source, other))

    def view(self, revision: str) -> GitView:
        """Return the files of a commit; raises UnknownRevision."""
        return self._view_of(commit_of(self._source, revision))

    def log(self, until: Sequence[str], *, since: Iterable[str] = (), most: int) -> Logged:
        """Return the newest `most` commits that lead to `until` and not to `since`, with the paths they touched.

        All are ids; those that git lacks are passed over. Raises GitFailed if git cannot list the commits.
        """
        return log_of(self._scratch, until, since, most, self.identity)

    def commits(self) -> Commits:
        """Return what single commits say and did; it can be asked as long as the repository is open."""
        return Commits(self._scratch, self._objects)

    def mainline(self, tip: str, most: int = MOST_CHANGES) -> Iterator[MainlineChange]:
        """Yield the newest `most` changes of the first-parent line to a commit's id, oldest first, with replaced lines.

        Raises GitFailed if git cannot list them.
        """
        return mainline_of(self._scratch, tip, most)

    def history_cut(self) -> str:
        """Return a digest of where a shallow clone's history ends, "" for a full clone."""
        if not self._source.is_shallow:
            return ""
        return hashlib.sha256((self._source.common_dir / "shallow").read_bytes()).hexdigest()

    def compare(self, spec: str | None = None) -> Comparison:
        """Return what a range changes since its merge base; None means since the default branch.

        Raises UnknownRevision, EmptyRange, NoCommonAncestor.
        """
        found = range_of(self._source, self._scratch, spec)
        base, head = self._view_of(found.base), self._view_of(found.head)
        return Comparison(
            base,
            head,
            found.base,
            found.head,
            found.subject,
            compare_trees(self._scratch, self._objects, base.id, head.id),
            messages_between(self._scratch, found.base, found.head),
        )

    def compare_staged(self) -> Comparison:
        """Return what is staged and not yet committed; raises EmptyRange, UserError during a merge conflict."""
        made = self._since_head(staged_tree(self._source, self._scratch), "staged")
        if not made.files:
            raise EmptyRange("nothing is staged: use git add, or review the work tree")
        return made

    def compare_worktree(self, since: str | None = None) -> Comparison:
        """Return what the files on disk change since a commit (HEAD), untracked files included.

        Raises EmptyRange, UnknownRevision.
        """
        base = self._head() if since is None else self._commit(since)
        found = work_tree(self._source, self._scratch)
        made = self._since(base, found.tree, "worktree")
        by_path = {file.path: file for file in made.files}
        for path, why in found.untaken.items():
            by_path[path] = _untaken(path, why, made, by_path.get(path))
        if not by_path:
            raise EmptyRange(f"the work tree has no changes since {shown(since or 'HEAD')}")
        return replace(made, files=tuple(sorted(by_path.values(), key=lambda file: encoded(file.path))))

    def compare_patch(self, data: bytes, name: str) -> Comparison:
        """Return what a patch (plain, or one or more mails) changes when applied to HEAD; raises BadPatch."""
        patched = apply_patch(self._scratch, self._head()[1], data, name)
        made = replace(self._since_head(patched.tree, name), messages=patched.messages)
        if not made.files:
            raise EmptyRange(f"{shown(name)} changes nothing")
        return made

    def _since_head(self, tree: str, subject: str) -> Comparison:
        return self._since(self._head(), tree, subject)

    def _since(self, since: tuple[str, str], tree: str, subject: str) -> Comparison:
        base_id, base = since
        files = compare_trees(self._scratch, self._objects, base, tree)
        return Comparison(self._tree_view(base), self._tree_view(tree), base_id, tree, subject, files)

    def _head(self) -> tuple[str, str]:
        """Return HEAD's commit and tree ids; the empty tree twice before the first commit."""
        if not has_commits(self._source):
            empty = self._scratch.run("mktree").decode().strip()
            return empty, empty
        return self._commit("HEAD")

    def _commit(self, revision: str) -> tuple[str, str]:
        """Return a commit's own and its tree's id; raises UnknownRevision."""
        commit = commit_of(self._source, revision)
        return commit, self._tree_of(commit)

    def _tree_of(self, commit: str) -> str:
        return self._scratch.run("rev-parse", "--verify", f"{commit}^{{tree}}").decode().strip()

    def _view_of(self, commit: str) -> GitView:
        return self._tree_view(self._tree_of(commit))

    def _tree_view(self, tree: str) -> GitView:
        return GitView(self._scratch, self._objects, tree)


def _untaken(path: str, why: str, made: Comparison, known: FileDiff | None) -> FileDiff:
    """Return the file diff of a work tree file whose content could not be taken."""
    if known is not None:
        return replace(known, hunks=(), binary=False, unread=why)
    old, new = made.base.entries.get(path), made.head.entries.get(path)
    if old is None or new is None:
        return FileDiff(Status.ADDED, None, Entry(path, 0o100644, "0" * 40), unread=why)
    return FileDiff(Status.MODIFIED, old, new, unread=why)
