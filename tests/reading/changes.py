"""Pull requests in bare mirrors, ready to be read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.reading.model import Request
from tests.repos import Repo

Files = Mapping[str, str | bytes | None]
BROKEN = "def f():\n    return missing\n"


class Pull:
    """`repo` holds main and a pull request; `request` brings both into a mirror and asks for a review."""

    def __init__(self, folder: Path, before: Files, after: Files, *, message: str = "Change") -> None:
        self.folder = folder
        self.repo = Repo(folder / "work")
        self.target = self.repo.commit(before, "Begin")
        self.repo.git("checkout", "-q", "-b", "topic")
        self.head = self.repo.commit(after, message)

    def request(self, *, title: str = "", body: str = "") -> Request:
        mirror = Repo(self.folder / "3-7", bare=True)
        mirror.git("fetch", "-q", str(self.repo.root), "+refs/heads/*:refs/prudent/heads/*")
        return Request(
            mirror=str(mirror.root),
            repository="github.com/acme/widgets",
            subject="pull/12",
            target=self.target,
            head=self.head,
            title=title,
            body=body,
            cache=str(self.folder / "cache"),
        )
