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

Files = Mapping[str, str | None]


@dataclass(frozen=True)
class Step:
    """One commit: the files that it writes (None deletes), and what it says."""

    files: Files
    message: str = "Change"


def committed(root: Path, steps: Sequence[Step]) -> list[str]:
    """Make a repository with these commits and return their ids."""
    repo = Repo(root)
    return [repo.commit(dict(step.files), step.message) for step in steps]


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
