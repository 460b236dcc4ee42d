"""What `prudent fix` is asked to mend: a finding by its fingerprint, a place, or all there is."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from checks.change import Change
from checks.finding import Finding
from kb.errors import CorruptObject, EmptyRange, NoCommonAncestor, StoreError, UnknownRevision, UserError
from kb.repository import Comparison, Repository
from kb.view import shown

_FINGERPRINT = re.compile(r"[0-9a-f]{4,16}")
_PLACE = re.compile(r"(?s)(?P<path>.+):(?P<line>[1-9]\d{0,8})")
_LISTED = 5  # fingerprints named in an error
_IN_STORE = 6  # digits from which the store knows a finding


@dataclass(frozen=True)
class Place:
    """A line of a file, the path as git names it."""

    path: str
    line: int


def target_of(text: str, root: Path) -> Place | str:
    """Return the place or the fingerprint that a text names; raises UserError where it is neither."""
    place = _PLACE.fullmatch(text)
    if place is not None:
        return Place(_in_repository(place["path"], root), int(place["line"]))
    if _FINGERPRINT.fullmatch(text):
        return text
    raise UserError(f"{shown(text)} is neither PATH:LINE nor the first four or more digits of a finding's fingerprint")


def check_place(change: Change, place: Place) -> None:
    """Raise UserError unless there is such a line in the working tree."""
    try:
        source = change.source(place.path)
    except (KeyError, CorruptObject) as error:
        raise UserError(f"{shown(place.path)} is no file of the working tree that git would track") from error
    if not 1 <= place.line <= source.line_count:
        raise UserError(f"{shown(place.path)} has no line {place.line}")


def _in_repository(path: str, root: Path) -> str:
    """Return a path as git names it: below the current folder, else below the top of the repository."""
    here = os.path.normpath(Path(os.path.realpath(os.curdir), path))
    inside = os.path.relpath(here, os.path.realpath(root))
    if Path(here).exists() and inside.split("/")[0] != "..":
        return inside
    named = os.path.normpath(path)
    if named.startswith(("/", "..")):
        raise UserError(f"{shown(path)} lies outside the repository")
    return named


def comparison_for(repository: Repository, fingerprint: str = "") -> Comparison:
    """Return what is to be looked at: the working tree, since where the finding was last reviewed from.

    A finding that no review has logged, and anything else, is looked for since the merge base with the default
    branch; a working tree without any changes is compared with itself.
    """
    since = (fingerprint and _reviewed_from(repository, fingerprint)) or _parted_at(repository)
    try:
        return repository.compare_worktree(since)
    except UnknownRevision:
        since = None  # what it was reviewed from is gone
    except EmptyRange:
        return _unchanged(repository)
    try:
        return repository.compare_worktree()
    except EmptyRange:
        return _unchanged(repository)


def _unchanged(repository: Repository) -> Comparison:
    view = repository.view("HEAD")
    return Comparison(view, view, view.id, view.id, "worktree", ())


def _reviewed_from(repository: Repository, fingerprint: str) -> str | None:
    """Return the base of the last review that had a finding; None where no store knows."""
    if len(fingerprint) < _IN_STORE:
        return None
    from kb.outcomes.store import open_store

    try:
        with open_store(os.environ.get("PRUDENT_STORE")) as store:
            found = store.finding(repository.identity, fingerprint)
            if not found:
                return None
            audits = store.audits(repository.identity, subject=found[0].subject, head=found[0].head, limit=1)
            return audits[0].base if audits else None
    except StoreError:
        return None


def _parted_at(repository: Repository) -> str | None:
    """Return where HEAD parted from the default branch; None where that is HEAD itself, or unknown."""
    try:
        return repository.compare().base_id
    except (EmptyRange, NoCommonAncestor, UnknownRevision):
        return None
    except UserError:
        return None


def named(findings: Sequence[Finding], fingerprint: str) -> Finding:
    """Return the one finding whose fingerprint starts so; raises UserError where there is none, or several."""
    found = [one for one in findings if one.fingerprint.startswith(fingerprint)]
    if not found:
        raise UserError(f"there is no finding {fingerprint} in the working tree as it is: mended, or never there")
    if len({one.fingerprint for one in found}) > 1:
        some = ", ".join(f"{one.fingerprint} ({shown(one.path)}:{one.line})" for one in found[:_LISTED])
        raise UserError(f"{fingerprint} may be {some}: name more of its digits")
    return found[0]


def standing_at(findings: Sequence[Finding], place: Place) -> list[Finding]:
    """Return the findings that stand on a line."""
    return [one for one in findings if one.path == place.path and one.line <= place.line <= one.end_line]
