"""A change: two views, what differs between them, and what its author says about it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from kb.diff import FileDiff
from kb.source import Source
from kb.view import View, source_at


@dataclass(frozen=True, slots=True)
class Statement:
    """Text that speaks about the change: a commit message, a patch's mail header. Untrusted."""

    origin: str  # "commit 1a2b3c4", "patch header"
    text: str


@dataclass(frozen=True)
class Change:
    """What is reviewed. `base` is the merge base, never the tip of the target branch.

    `rules` is where the repository's settings are read: the tip of the target branch, where it is known. A pull
    request that parted before the rules changed cannot keep the old ones. None: they are read at `base`.
    """

    repository: str  # stable identity of the repository (see kb.repository)
    subject: str  # what line of work this is: a branch name, "staged", "worktree", a patch's name
    base_id: str  # commit id, or tree id where there is no commit
    head_id: str
    base: View
    head: View
    files: tuple[FileDiff, ...]
    statements: tuple[Statement, ...] = ()
    rules: View | None = None

    @cached_property
    def by_path(self) -> dict[str, FileDiff]:
        """Return the file diffs by their path at head (base path for deleted files)."""
        return {file.path: file for file in self.files}

    @cached_property
    def identity(self) -> dict[str, str]:
        """Return head path -> base path for every renamed file."""
        return {f.path: f.old_path for f in self.files if f.old and f.new and f.path != f.old_path}

    def source(self, path: str) -> Source:
        """Return a head file; raises KeyError or CorruptObject as `View.read` does."""
        return source_at(self.head, path)

    def base_source(self, path: str) -> Source:
        """Return a base file by its *base* path; raises KeyError or CorruptObject."""
        return source_at(self.base, path)
