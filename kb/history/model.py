"""What is mined from history, and who gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from kb.history.past import History

MOST_COMMITS = 20_000
LONGEST = 5 * 365 * 86_400  # seconds before the newest commit; what is older says little about today
MOST_TOGETHER = 50  # files; a commit that touches more is a sweep and says nothing about what belongs together
HALF_LIFE = 180 * 86_400  # seconds after which a change counts half


class FileChange(NamedTuple):
    """One file that a commit touched: git's letter (A, C, D, M, R, T) and where the file was before a rename."""

    letter: str
    path: str
    old_path: str = ""


class LoggedCommit(NamedTuple):
    """One commit as git lists it. A merge has parents and no changes: what it brings is in other commits."""

    oid: str
    parents: tuple[str, ...]
    at: int  # seconds since 1970, the committer's clock
    author: str  # a digest of the address, "" for a program
    changes: tuple[FileChange, ...]


class Logged(NamedTuple):
    """What one look at the history brought, newest first; not `whole` if it took too long or was too much."""

    commits: tuple[LoggedCommit, ...]
    whole: bool


class Known(NamedTuple):
    """How much of the past is known."""

    commits: int
    newest: int  # seconds since 1970; 0 without commits
    oldest: int
    is_shallow: bool = False  # the clone was cut: what came before is not there
    is_whole: bool = True  # nothing within our bounds is missing

    def __str__(self) -> str:
        """Return it as a phrase for people."""
        days = (self.newest - self.oldest) // 86_400
        text = f"{self.commits:,} commits of {days:,} days"
        return text + (" (shallow clone)" if self.is_shallow else "" if self.is_whole else " (cut short)")


class CoChange(NamedTuple):
    """How often two files changed in one commit: in `together` of the `of` commits that touched `path`."""

    path: str
    other: str
    together: int
    of: int
    last: str  # id of the newest such commit

    @property
    def confidence(self) -> float:
        """Return the share of the commits to `path` that touched `other` too, 0..1."""
        return self.together / self.of


class HistorySource(Protocol):
    """Gives the past of a commit; never holds anything that the commit does not descend from."""

    def history(self, commit: str) -> History:
        """Return what is known of a commit and its ancestors; an empty history where nothing is."""
        ...
