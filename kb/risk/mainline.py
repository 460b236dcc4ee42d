"""The changes of a repository's main line with the lines that they replaced, read from one `git log` as it comes.

A change is a commit of the first-parent line, compared with its first parent: a merged pull request is one change,
however many commits it has. White space at the ends and inside of lines does not count.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from tempfile import TemporaryFile
from threading import Timer
from typing import IO, NamedTuple

from kb.git import Git, GitFailed, decoded, one_line

SECONDS = 240.0
MOST_CHANGES = 8_000
LONGEST_LINE = 2_000  # bytes; of a longer one the front is compared
_FORMAT = "--format=%x01%H %ct%x00%P%x00%B%x00"
_COMMAND = ("log", "--first-parent", "-m", "--reverse", "-p", "-U0", "-w", "-M", "-l200", "--no-color", "--no-notes")
_PLAIN = ("--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/", _FORMAT)
_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_ESCAPE = re.compile(rb'\\([abfnrtv"\\]|[0-7]{3})')
_CONTROL = {b"a": 7, b"b": 8, b"t": 9, b"n": 10, b"v": 11, b"f": 12, b"r": 13, b'"': 34, b"\\": 92}


class Replaced(NamedTuple):
    """Old lines replaced by new lines; starts are git's, so that of an empty side is the line before."""

    old_start: int
    removed: tuple[bytes, ...]
    new_start: int
    added: tuple[bytes, ...]


class FilePatch(NamedTuple):
    """One file of a change: `path` after it ("" if it was deleted), `old_path` before ("" if it was added)."""

    path: str
    old_path: str
    hunks: tuple[Replaced, ...]


class MainlineChange(NamedTuple):
    """One change. `at` is the committer's clock in seconds since 1970."""

    oid: str
    parents: tuple[str, ...]
    at: int
    message: str
    files: tuple[FilePatch, ...]


def mainline_of(git: Git, tip: str, most: int = MOST_CHANGES) -> Iterator[MainlineChange]:
    """Yield the newest `most` changes that lead to a commit, the oldest first.

    Raises GitFailed if git cannot list them, or takes longer than `SECONDS`.
    """
    with TemporaryFile() as stderr:
        command = git.command(*_COMMAND, *_PLAIN, f"--max-count={most}", "--end-of-options", tip)
        try:
            process = subprocess.Popen(
                command, cwd=git.cwd, env=dict(git.environment), stdout=subprocess.PIPE, stderr=stderr
            )
        except OSError as error:
            raise GitFailed(f"git cannot be run: {error}") from error
        if process.stdout is None:
            raise AssertionError("it was asked for as a pipe")
        watchdog = Timer(SECONDS, process.kill)
        watchdog.start()
        try:
            yield from changes_in(process.stdout)
        finally:
            process.stdout.close()
            process.wait()
            watchdog.cancel()
        if process.returncode:
            stderr.seek(0)
            raise GitFailed(one_line(stderr.read()) or f"git log ended with code {process.returncode}")


def changes_in(lines: IO[bytes]) -> Iterator[MainlineChange]:
    """Yield the changes of a `git log -p -U0` in our format.

    A hunk is read by the counts in its head, so that no text in it is taken for anything else.
    """
    header: tuple[bytes, bytes, bytes] | None = None
    files: list[FilePatch] = []
    line = lines.readline()
    while line:
        if line.startswith(b"\x01"):
            if header is not None:
                yield _change(header, files)
            header, files = _header(line, lines), []
            line = lines.readline()
        elif line.startswith(b"diff --git "):
            found, line = _file(lines)
            files.append(found)
        else:
            line = lines.readline()
    if header is not None:
        yield _change(header, files)


def _header(line: bytes, lines: IO[bytes]) -> tuple[bytes, bytes, bytes]:
    while line.count(b"\0") < 3 and (more := lines.readline()):
        line += more
    about, parents, message, *_ = (*line[1:].split(b"\0"), b"", b"")
    return about, parents, message


def _change(header: tuple[bytes, bytes, bytes], files: list[FilePatch]) -> MainlineChange:
    about, parents, message = header
    oid, _, at = about.partition(b" ")
    when = int(at) if at.isdigit() else 0
    text = message.decode("utf-8", "replace")
    return MainlineChange(oid.decode("ascii", "replace"), _words(parents), when, text, tuple(files))


def _words(text: bytes) -> tuple[str, ...]:
    return tuple(text.decode("ascii", "replace").split())


def _file(lines: IO[bytes]) -> tuple[FilePatch, bytes]:
    """Return one file's part and the line that follows it. A change of mode alone has no names, and no lines."""
    old = new = ""
    hunks: list[Replaced] = []
    line = lines.readline()
    while line and not line.startswith((b"diff --git ", b"\x01")):
        if found := _HUNK.match(line):
            hunk, line = _hunk(found, lines)
            hunks.append(hunk)
            continue
        for mark in (b"--- ", b"rename from "):
            if line.startswith(mark):
                old = _name(line[len(mark) :], b"a/" if mark == b"--- " else b"")
        for mark in (b"+++ ", b"rename to "):
            if line.startswith(mark):
                new = _name(line[len(mark) :], b"b/" if mark == b"+++ " else b"")
        line = lines.readline()
    return FilePatch(new, old, tuple(hunks)), line


def _hunk(found: re.Match[bytes], lines: IO[bytes]) -> tuple[Replaced, bytes]:
    old_start, new_start = int(found[1]), int(found[3])
    left = (int(found[2]) if found[2] else 1) + (int(found[4]) if found[4] else 1)
    sides: dict[bytes, list[bytes]] = {b"-": [], b"+": []}
    line = lines.readline()
    while line and (left or line.startswith(b"\\")):
        if (side := sides.get(line[:1])) is not None:
            side.append(line[1 : LONGEST_LINE + 1].strip())
            left -= 1
        line = lines.readline()
    return Replaced(old_start, tuple(sides[b"-"]), new_start, tuple(sides[b"+"])), line


def _name(text: bytes, prefix: bytes) -> str:
    """Return a path as git prints it in a patch, quotes taken off; "" for /dev/null."""
    text = text.rstrip(b"\r\n").removesuffix(b"\t")
    if text == b"/dev/null":
        return ""
    if text.startswith(b'"') and text.endswith(b'"'):
        text = _ESCAPE.sub(_unescaped, text[1:-1])
    return decoded(text.removeprefix(prefix))


def _unescaped(found: re.Match[bytes]) -> bytes:
    word = found[1]
    return bytes([_CONTROL[word] if word in _CONTROL else int(word, 8) & 0xFF])
