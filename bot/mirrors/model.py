"""The words of mirrors: what a fetch brought, or why it brought nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Why(StrEnum):
    """Why a fetch brought nothing, by what the caller must do about it."""

    GONE = "gone"  # repository, pull request, branch or commit is not there: nothing to review
    DENIED = "denied"  # the token is not accepted: a new one may be
    BUSY = "busy"  # another fetch into this mirror took too long: later
    DISK = "disk"  # no room here, or the repository is larger than it may be: tell the operator
    DAMAGED = "damaged"  # a mirror made anew cannot be used either
    UNREACHABLE = "unreachable"  # the network, a time-out, 5xx: later


@dataclass(frozen=True)
class Fetched:
    """A mirror that holds `head` and `target` (the tip of the target branch) with all their history and files."""

    path: Path
    head: str
    target: str


@dataclass(frozen=True)
class NotFetched:
    """Nothing was brought; `reason` is in our own words and fit to be shown."""

    reason: str
    kind: Why


@dataclass(frozen=True)
class CommitNote:
    """One commit of a push: who committed it, its trailers as (key, value), and the paths it changed.

    `paths` is empty for a merge. All texts are the author's word, and untrusted.
    """

    sha: str
    committer: str
    email: str
    trailers: tuple[tuple[str, str], ...]
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Pruned:
    """What pruning did: the folders of the mirrors that were removed, and the bytes of those that stay."""

    removed: tuple[str, ...]
    bytes: int
