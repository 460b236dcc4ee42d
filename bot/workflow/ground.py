"""What of git a plan stands on: the mirror with a head in it, the diff, and where comments can be made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.events import Repo
from bot.github.model import Pull, PullState
from bot.mirrors import compare, renames, text_at
from bot.posting.anchors import Anchors, lines_in, places_of
from bot.posting.model import Standing
from bot.workflow.parts import Parts
from bot.workflow.read import fetch
from kb.diff import FileDiff, Status
from kb.errors import CorruptObject, UserError
from kb.outcomes.derive import Landed, landed_by
from kb.repository import Repository


@dataclass(frozen=True)
class Ground:
    """What of git the plan stands on."""

    base: str
    files: tuple[FileDiff, ...]
    anchors: Anchors
    head_paths: frozenset[str]
    renamed: dict[str, str]


def ground_of(path: Path, target: str, head: str, last: str) -> Ground:
    """Return what git says of a head: diff, places for comments, paths, and what was renamed since the last review.

    A head that shares no history with its target has no diff, and no place for a comment.
    """
    with Repository.open(path) as repository:
        view = repository.view(head)
        paths = frozenset(view.entries)
        try:
            compared = compare(path, target, head)
            sizes = {}
            for file in compared.files:
                if file.new is not None and file.hunks:
                    sizes[file.path] = lines_in(view.read(file.path))
            base, files = compared.base, compared.files
        except (UserError, CorruptObject):
            base, files, sizes = target, (), {}
    moved = {file.old_path: file.path for file in files if file.status is Status.RENAMED}
    since = renames(path, last, head) if last and last != head else {}
    return Ground(base, files, places_of(files, sizes), paths, {**moved, **since})


async def mirror_with(parts: Parts, repo: Repo, pull: Pull, target: str) -> tuple[Path, str]:
    """Return the mirror with this head and target in it: another worker may have read it, and this one lacks it."""
    path = parts.mirrors.path_of(repo)
    if await parts.ask(_holds, path, target, pull.head):
        return path, target
    fetched = await fetch(parts, repo, pull)
    held = await parts.ask(_holds, fetched.path, target, pull.head)
    return fetched.path, target if held else fetched.target


def landed_in(path: Path) -> Landed:
    """Return what tells whether an earlier change is part of a new base, asked of a mirror."""

    def merge_base(one: str, other: str) -> str:
        with Repository.open(path) as repository:
            return repository.merge_base(one, other)

    return landed_by(merge_base)


def in_base_by_now(mirror: Path, base: str, state: PullState) -> Callable[[Standing], bool]:
    """Return what tells whether a thread's line is in the base now and was not when the thread was made.

    Then the defect was not fixed: the base has taken it over, by a squash of an earlier part or a cherry-pick, and no
    longer counts it as the change's doing.
    """
    lines = {thread.node: thread.original_line for thread in state.threads}

    @cache
    def texts(commit: str, path: str) -> tuple[str, ...]:
        data = text_at(mirror, commit, path) or b""
        return tuple(line.strip() for line in data.decode("utf-8", "replace").split("\n"))

    def is_in_base(standing: Standing) -> bool:
        number, path = lines.get(standing.thread), standing.identity.path
        then = texts(standing.head, path) if standing.head and standing.base not in ("", base) else ()
        if number is None or not 0 < number <= len(then) or not then[number - 1]:
            return False
        line = then[number - 1]
        return line in texts(base, path) and line not in texts(standing.base, path)

    return is_in_base


def _holds(path: Path, target: str, head: str) -> bool:
    try:
        with Repository.open(path) as repository:
            repository.view(target)
            repository.view(head)
    except UserError:
        return False
    return True
