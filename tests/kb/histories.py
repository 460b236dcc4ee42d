"""Real histories made quickly: a stream for `git fast-import`, so that a test may have hundreds of commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.repos import Repo

DAY = 86_400
BEGAN = 1_700_000_000


@dataclass(frozen=True)
class Made:
    """One commit to make. `files` are written (None deletes), `parents` are places in the list of commits."""

    files: Mapping[str, str | None] = field(default_factory=dict)
    parents: Sequence[int] = ()
    at: int = BEGAN
    email: str = "ada@example.com"
    moves: Mapping[str, str] = field(default_factory=dict)  # old path -> new path


def make_history(root: Path, commits: Sequence[Made]) -> list[str]:
    """Make a repository with these commits, the last one on main, and return their ids."""
    repo = Repo(root)
    repo.git("fast-import", "--quiet", f"--export-marks={root}/.git/marks", stdin=b"".join(_stream(commits)))
    lines = (root / ".git/marks").read_text().split("\n")
    marks = dict(line.split(" ", 1) for line in lines if line)
    oids = [marks[f":{number}"] for number in range(1, len(commits) + 1)]
    repo.git("update-ref", "refs/heads/main", oids[-1])
    return oids


def in_line(*files: Mapping[str, str | None], every: int = DAY) -> list[Made]:
    """Return commits that follow one another, one a day."""
    return [Made(one, (number - 1,) if number else (), BEGAN + number * every) for number, one in enumerate(files)]


def _stream(commits: Sequence[Made]) -> list[bytes]:
    out = []
    for number, commit in enumerate(commits, 1):
        out.append(b"commit refs/heads/c%d\nmark :%d\n" % (number, number))
        out.append(b"committer A <%s> %d +0000\ndata 1\nx\n" % (commit.email.encode(), commit.at))
        if not commit.parents:
            out.append(b"deleteall\n")
        for place, parent in enumerate(commit.parents):
            out.append(b"%s :%d\n" % (b"merge" if place else b"from", parent + 1))
        for old, new in commit.moves.items():
            out.append(b"R %s %s\n" % (_quoted(old), _quoted(new)))
        for path, text in commit.files.items():
            if text is None:
                out.append(b"D %s\n" % _quoted(path))
                continue
            data = text.encode()
            out.append(b"M 100644 inline %s\ndata %d\n%s\n" % (_quoted(path), len(data), data))
    return out


def _quoted(path: str) -> bytes:
    raw = path.encode("utf-8", "surrogateescape")
    return b'"' + b"".join(b"\\%03o" % byte for byte in raw) + b'"'
