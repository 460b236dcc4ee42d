"""A pull request at the fake GitHub, and the real client that speaks to it."""

from __future__ import annotations

from bot.events import Repo
from bot.github.client import GitHubClient
from bot.github.model import NewComment
from tests.world.pull import Pull
from tests.world.world import World

LINES = "".join(f"line {number}\n" for number in range(1, 201))


class Scene:
    """One repository with one pull request, and who looks at it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.stored = world.repository("acme/widgets", {"a.py": "first\n"})
        self.ada, self.eve = world.person("ada"), world.person("eve")
        self.stored.give(self.ada, "write")
        self.pull: Pull = self.stored.open_pull(self.ada, {"a.py": f"first\n{LINES}"})
        installation = world.installation_of(self.stored)
        assert installation
        self.installation = installation
        self.repo = Repo(installation.id, self.stored.id, "acme", "widgets", world.url.removeprefix("http://"))

    async def reviewed(self, github: GitHubClient, comments: list[NewComment]) -> int:
        draft = await github.create_draft(
            self.repo, self.pull.number, commit=self.pull.head, body="draft", comments=comments
        )
        await github.submit(self.repo, self.pull.number, draft.id, event="COMMENT", body="summary")
        return draft.id

    def read(self) -> None:
        """Say that what was posted is as it should be."""
        self.pull.unread()


def at(line: int, body: str = "finding") -> NewComment:
    return NewComment("a.py", line, "RIGHT", body)
