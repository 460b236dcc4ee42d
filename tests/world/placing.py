"""Where an inline comment may stand, in GitHub's rules and words, and where it is after a push."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.world.diffs import Changed, Line, carried, changes
from tests.world.errors import Denied, unprocessable
from tests.world.records import Spot, Thread

if TYPE_CHECKING:
    from tests.world.pull import Pull

THREAD = "Pull request review thread"


def spot_of(
    pull: Pull,
    path: str,
    line: int | None,
    side: str = "RIGHT",
    *,
    start_line: int | None = None,
    start_side: str | None = None,
    commit: str | None = None,
) -> Spot:
    """Return where a comment stands; raises the 422 of a line that is not in the diff."""
    head = commit or pull.head
    if head not in pull.commits_ever():
        raise unprocessable("commit_id is not part of the pull request")
    base = pull.repo.git.merge_base(pull.base, head) or pull.base
    file = next((each for each in changes(pull.repo.git, base, head) if each.path == path), None)
    if file is None:
        raise unprocessable("Path could not be resolved")
    if line is None:
        return Spot(
            path, side, None, None, None, head, base, file.hunk_until(file.lines()[0]) if file.lines() else "", None
        )
    end = _line(file, side, line, "line")
    if start_line is not None:
        _check_start(file, start_line, start_side or side, side, end)
    opened = (start_side or side) if start_line is not None else None
    return Spot(path, side, line, start_line, opened, head, base, file.hunk_until(end), end.position)


def _line(file: Changed, side: str, number: int, word: str) -> Line:
    found = file.at(side, number) if side in ("LEFT", "RIGHT") else None
    if found is None:
        raise unprocessable(f"{THREAD} {word} must be part of the diff, {THREAD} diff hunk can't be blank")
    return found


def _check_start(file: Changed, number: int, start_side: str, side: str, end: Line) -> None:
    start = _line(file, start_side, number, "start line")
    if start.position >= end.position:
        raise unprocessable(f"{THREAD} start line must precede the end line.")
    if start.hunk != end.hunk:
        raise unprocessable(f"{THREAD} start line must be part of the same hunk as the line.")


def place_again(pull: Pull, thread: Thread) -> None:
    """Put a thread where its lines are now: outdated where they were changed, or left the diff."""
    spot = thread.spot
    if spot.line is None:
        return
    base = pull.repo.git.merge_base(pull.base, pull.head) or pull.base
    file = next((each for each in pull.files() if each.path == spot.path), None)
    line = _carried(pull, spot, spot.line, spot.side, base)
    start = _carried(pull, spot, spot.start, spot.start_side or spot.side, base) if spot.start else None
    lost = line is None or (spot.start is not None and start is None)
    outside = not lost and (file is None or file.at(spot.side, line or 0) is None)
    thread.is_outdated = lost or outside
    thread.line, thread.start = (None, None) if thread.is_outdated else (line, start)
    if not thread.is_outdated:
        thread.at_commit = pull.head


def _carried(pull: Pull, spot: Spot, line: int, side: str, base: str) -> int | None:
    if side == "LEFT":
        return carried(pull.repo.git, spot.base, base, spot.path, line)
    return carried(pull.repo.git, spot.commit, pull.head, spot.path, line)


def refuse_position(comment: dict[str, object]) -> None:
    """Refuse a comment that names neither a line nor a position."""
    if "line" not in comment and "position" not in comment and comment.get("subject_type") != "file":
        raise Denied(422, 'Invalid request.\n\n"line" wasn\'t supplied.')
