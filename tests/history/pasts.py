"""Real repositories with a past that says something, and what one check says of the last step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.pipeline import change_of
from checks.check import Check
from checks.finding import Finding
from checks.knowledge import Knowledge
from checks.settings import Settings
from checks.workspace import open_workspace
from kb.history.mine import MinedHistory
from kb.memory.model import Recollection
from kb.repository import Repository
from tests.repos import Repo

BEGAN = 1_767_225_600
Files = Mapping[str, str | None]


@dataclass(frozen=True)
class Step:
    """One commit: the files that it writes (None deletes), and what it says."""

    files: Files
    message: str = "Change"


def committed(root: Path, steps: Sequence[Step]) -> list[str]:
    """Make a repository with these commits, all of the first second of 2026, and return their ids."""
    repo = Repo(root)
    marks = f"--export-marks={root}/.git/marks"
    repo.git("fast-import", "--quiet", marks, stdin=b"".join(map(_stream, range(1, len(steps) + 1), steps)))
    lines = (root / ".git/marks").read_text().splitlines()
    return [oid for _, oid in sorted((int(mark[1:]), oid) for mark, oid in (line.split() for line in lines))]


def _stream(number: int, step: Step) -> bytes:
    """Return one commit for `git fast-import`, which keeps on branch main what the one before it left there."""
    message = step.message.encode()
    out = [b"commit refs/heads/main\nmark :%d\ncommitter A <ada@example.com> %d +0000\n" % (number, BEGAN)]
    out.append(b"data %d\n%s\n" % (len(message), message))
    for path, text in step.files.items():
        data = (text or "").encode()
        written = b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data)
        out.append(b"D %s\n" % path.encode() if text is None else written)
    return b"".join(out)


def said(
    folder: Path,
    check: Check,
    *steps: Step,
    settings: Settings | None = None,
    memory: Callable[[Sequence[str]], Recollection] | None = None,
    subject: str = "topic",
    history: bool = True,
) -> list[Finding]:
    """Return what a check says about the last step, the others being the past."""
    oids = committed(folder / "repo", steps)
    with Repository.open(folder / "repo") as repository, open_workspace(folder / "cache") as workspace:
        change = change_of(repository.compare(f"{oids[-2]}..{oids[-1]}"), subject)
        recollection = memory(oids) if memory is not None else None
        knowledge = Knowledge(
            workspace,
            settings or Settings(),
            history=MinedHistory(repository, folder / "cache") if history else None,
            memory=lambda: recollection,
            commits=repository.commits(),
        )
        return list(check.run(change, knowledge).findings)
