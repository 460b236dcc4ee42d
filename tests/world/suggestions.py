"""Suggestion blocks, as GitHub reads them out of a comment and writes them into files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.world.records import Note, Thread

if TYPE_CHECKING:
    from tests.world.pull import Pull


def suggested(body: str) -> list[str] | None:
    """Return the lines of a comment's suggestion block, None where it has none or more than one."""
    found: list[list[str]] = []
    fence = ""
    block: tuple[str, list[str]] | None = None
    for text in body.replace("\r\n", "\n").split("\n"):
        stripped = text.strip()
        if block is None:
            ticks = stripped[: len(stripped) - len(stripped.lstrip("`"))]
            if len(ticks) >= 3 and "`" not in stripped[len(ticks) :]:
                fence, block = ticks, (stripped[len(ticks) :].strip(), [])
        elif stripped.startswith(fence) and not stripped.strip("`"):
            if block[0] == "suggestion":
                found.append(block[1])
            block = None
        else:
            block[1].append(text)
    return found[0] if len(found) == 1 else None


def thread_of(note: Note) -> Thread:
    """Return the thread that a comment is in."""
    assert note.thread
    return note.thread


def applied(pull: Pull, notes: list[Note]) -> dict[str, str | bytes | None]:
    """Return the files that the comments' suggestions change; raises AssertionError where GitHub has no button."""
    files: dict[str, list[bytes]] = {}
    for note in sorted(notes, key=lambda each: -(thread_of(each).line or 0)):
        thread, wanted = thread_of(note), suggested(note.body)
        assert wanted is not None, "there is no suggestion"
        assert thread.line, "the suggestion is outdated"
        assert thread.spot.side == "RIGHT", "GitHub applies nothing to deleted lines"
        path = thread.spot.path
        lines = files.setdefault(path, (pull.repo.git.read(pull.head, path) or b"").splitlines(keepends=True))
        ending = b"\r\n" if lines[thread.line - 1].endswith(b"\r\n") else b"\n"
        lines[(thread.start or thread.line) - 1 : thread.line] = [line.encode() + ending for line in wanted]
    return {path: b"".join(lines) for path, lines in files.items()}
