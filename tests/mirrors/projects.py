"""A repository with pull requests, served over HTTP, and mirrors that fetch it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.events import Repo as Named
from bot.mirrors import Fetched, Mirrors, NotFetched
from tests.mirrors.served import TOKEN, Served
from tests.repos import Repo

Files = Mapping[str, str | bytes | None]


class Project:
    """`work` is where commits are made, `bare` what is served; a pull request is a ref of `bare` and nothing else."""

    def __init__(self, served: Served, folder: Path, *, name: str = "widgets", id: int = 7) -> None:
        self.served = served
        self.named = Named(installation=3, id=id, owner="acme", name=name)
        self.work = Repo(folder / name)
        self.base = self.work.commit({"a.py": "def a():\n    return 1\n", "README.md": "# Widgets\n"}, "Begin")
        self.bare = served.add(f"acme/{name}", self.work)

    def commit(self, files: Files, *, on: str = "main", message: str = "Change") -> str:
        """Commit on top of a branch or commit, without moving any branch; returns the id."""
        self.work.git("checkout", "-q", "--detach", on)
        return self.work.commit(files, message)

    def pull(self, number: int, files: Files, *, on: str = "main", message: str = "Change") -> str:
        """Open a pull request, or push to it; returns its head."""
        head = self.commit(files, on=on, message=message)
        self.point(f"refs/pull/{number}/head", head)
        return head

    def point(self, ref: str, commit: str) -> None:
        """Let a ref of the served repository stand at a commit."""
        self.bare.git("fetch", "-q", str(self.work.root), f"+{commit}:{ref}")


async def fetched(mirrors: Mirrors, project: Project, number: int, head: str, base_ref: str = "main") -> Fetched:
    outcome = await mirrors.fetch(project.named, number, head, base_ref, TOKEN)
    assert isinstance(outcome, Fetched), outcome
    return outcome


async def refused(
    mirrors: Mirrors, project: Project, number: int, head: str, base_ref: str = "main", token: str = TOKEN
) -> NotFetched:
    outcome = await mirrors.fetch(project.named, number, head, base_ref, token)
    assert isinstance(outcome, NotFetched), outcome
    return outcome
