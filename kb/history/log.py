"""The commits of a range with the paths they touched, from one `git log` that is read as it comes.

Contents are never compared by us, only their names and git's own rename detection, so this costs little: about
a third of a second for ten thousand commits.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from tempfile import TemporaryFile
from threading import Timer

from kb.git import Git, GitFailed, decoded, one_line
from kb.history.model import FileChange, Logged, LoggedCommit

SECONDS = 30.0  # what came by then is kept, and the rest is looked at next time
MOST_BYTES = 512 * 2**20
RENAME_LIMIT = 200  # pairs of added and deleted files a side; a commit that moves more is paired by equal content
_CHUNK = 1 << 20
_MARK = b"\x01"
_LATEST = 1 << 40  # seconds; no honest clock shows more
_FORMAT = (
    "log",
    "-z",
    "--name-status",
    "--no-color",
    "--no-notes",
    "--no-ext-diff",
    "--format=%x01%H %ct%x00%P%x00%ae",
)


def log_of(git: Git, until: Sequence[str], since: Iterable[str], most: int, salt: str) -> Logged:
    """Return the newest `most` commits that lead to `until` and not to `since`; ids that git lacks are passed over.

    Where contents cannot be read, which looking for similar files needs, only exact renames are found. Raises
    GitFailed if git cannot list the commits at all.
    """
    if not until:
        return Logged((), True)
    names = "".join([*(f"{oid}\n" for oid in until), *(f"^{oid}\n" for oid in since)])
    bounds = (f"--max-count={most}", f"-l{RENAME_LIMIT}", "--ignore-missing", "--stdin")
    try:
        return _read(git, (*_FORMAT, "-M", *bounds), names, salt)
    except GitFailed:
        return _read(git, (*_FORMAT, "-M100%", *bounds), names, salt)


def _read(git: Git, command: Sequence[str], names: str, salt: str) -> Logged:
    with TemporaryFile() as stdin, TemporaryFile() as stderr:
        stdin.write(names.encode())
        stdin.seek(0)
        try:
            process = subprocess.Popen(
                git.command(*command),
                cwd=git.cwd,
                env=dict(git.environment),
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=stderr,
            )
        except OSError as error:
            raise GitFailed(f"git cannot be run: {error}") from error
        watchdog = Timer(SECONDS, process.kill)
        watchdog.start()
        with process:
            commits, ended = _collect(process, salt)
        watchdog.cancel()
        stderr.seek(0)
        if process.returncode > 0:
            raise GitFailed(one_line(stderr.read()) or f"git log ended with code {process.returncode}")
    whole = ended and process.returncode == 0
    return Logged(tuple(commits if whole else commits[:-1]), whole)


def _collect(process: subprocess.Popen[bytes], salt: str) -> tuple[list[LoggedCommit], bool]:
    """Return the commits a process lists, and whether it was read to its end."""
    if process.stdout is None:
        raise AssertionError("it was asked for as a pipe")
    left = MOST_BYTES

    def chunks() -> Iterator[bytes]:
        nonlocal left
        while process.stdout is not None and (chunk := process.stdout.read(_CHUNK)):
            left -= len(chunk)
            if left < 0:
                process.kill()
                return
            yield chunk

    return list(commits_in(chunks(), salt)), left >= 0


def commits_in(chunks: Iterable[bytes], salt: str = "") -> Iterator[LoggedCommit]:
    """Yield the commits of a `git log -z --name-status` in our format, however its bytes are cut into chunks."""
    fields = _fields(chunks)
    header: tuple[bytes, bytes, bytes] | None = None
    changes: list[FileChange] = []
    for field in fields:
        if field.startswith(_MARK):
            if header is not None:
                yield _commit(header, changes, salt)
            header, changes = (field[1:], next(fields, b""), next(fields, b"")), []
        elif letter := field.lstrip(b"\n")[:1].decode("ascii", "replace"):
            path = decoded(next(fields, b""))
            is_pair = letter in "RC"
            changes.append(FileChange(letter, decoded(next(fields, b"")) if is_pair else path, path if is_pair else ""))
    if header is not None:
        yield _commit(header, changes, salt)


def _fields(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest: list[bytes] = []
    for chunk in chunks:
        first, *others = chunk.split(b"\0")
        rest.append(first)
        if others:
            yield b"".join(rest)
            yield from others[:-1]
            rest = [others[-1]]
    if any(rest):
        yield b"".join(rest)


def _commit(header: tuple[bytes, bytes, bytes], changes: list[FileChange], salt: str) -> LoggedCommit:
    about, parents, email = header
    oid, _, at = about.partition(b" ")
    when = int(at) if at.isdigit() else 0
    return LoggedCommit(
        oid.decode("ascii", "replace"),
        tuple(parents.decode("ascii", "replace").split()),
        min(when, _LATEST),
        author_of(email, salt),
        tuple(changes),
    )


def author_of(email: bytes, salt: str) -> str:
    """Return 16 hex digits that stand for an address within one repository; "" for a program's and for none."""
    plain = email.strip().lower()
    if not plain or b"[bot]" in plain:
        return ""
    key = hashlib.blake2b(salt.encode("utf-8", "surrogateescape")).digest()
    return hashlib.blake2b(plain, digest_size=8, key=key).hexdigest()
