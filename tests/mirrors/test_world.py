"""Mirrors and the reading process against the fake GitHub: its tokens, its forks, its pushes."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from bot.events import Repo as Named
from bot.mirrors import Fetched, Mirrors, NotFetched, Why, commits_between, compare, renames
from bot.reading.model import Reading, Request
from bot.reading.read import read
from tests.world.pull import Pull
from tests.world.repository import Repository
from tests.world.world import World

pytestmark = pytest.mark.asyncio
LONG = "".join(f"line_{n} = {n}\n" for n in range(30))


class Story:
    """One repository of the fake, and mirrors of it."""

    def __init__(self, world: World, root: Path) -> None:
        self.world = world
        self.ada = world.person("ada")
        self.repo: Repository = world.repository("acme/widgets", {"a.py": LONG})
        self.root = root

    def token(self, *, stateless: bool = True) -> str:
        installation = self.world.installation_of(self.repo)
        assert installation
        return self.world.mint(installation, {"contents": "read"}, None, stateless=stateless).text

    async def fetch(self, pull: Pull, *, head: str = "", token: str = "") -> Fetched | NotFetched:
        installation = self.world.installation_of(self.repo)
        named = Named(installation.id if installation else 0, self.repo.id, "acme", "widgets")
        mirrors = Mirrors(self.root, git_url=self.world.url, limit_gb=1.0)
        return await mirrors.fetch(named, pull.number, head or pull.head, pull.base_ref, token or self.token())

    async def fetched(self, pull: Pull, *, head: str = "") -> Fetched:
        outcome = await self.fetch(pull, head=head)
        assert isinstance(outcome, Fetched), outcome
        return outcome

    async def refused(self, pull: Pull, *, token: str = "") -> Why:
        outcome = await self.fetch(pull, token=token)
        assert isinstance(outcome, NotFetched), outcome
        return outcome.kind


@pytest.fixture
def story(world: World, tmp_path: Path) -> Story:
    return Story(world, tmp_path / "mirrors")


async def test_tokens_of_both_forms_are_taken_until_they_end(story: Story) -> None:
    pull = story.repo.open_pull(story.ada, {"b.py": "x = 1\n"})
    short, long = story.token(stateless=False), story.token()
    assert len(long) > 300
    for token in (short, long):
        assert isinstance(await story.fetch(pull, token=token), Fetched)
    story.world.expire_tokens()
    assert await story.refused(pull, token=long) is Why.DENIED
    assert isinstance(await story.fetch(pull), Fetched)


async def test_what_was_taken_away_is_gone_or_denied(story: Story) -> None:
    pull = story.repo.open_pull(story.ada, {"b.py": "x = 1\n"})
    await story.fetched(pull)
    installation = story.world.installation_of(story.repo)
    assert installation
    token = story.token()
    story.world.suspend(installation)
    assert await story.refused(pull, token=token) is Why.DENIED
    story.world.suspend(installation, back=True)
    story.world.take_away(installation, story.repo)
    assert await story.refused(pull, token=token) is Why.GONE
    story.world.remove(installation)
    assert await story.refused(pull, token=token) is Why.DENIED


async def test_a_fork_is_read_through_the_base_also_when_it_is_deleted(story: Story) -> None:
    eve = story.world.person("eve")
    fork = story.repo.fork(eve)
    pull = story.repo.open_pull(eve, {"b.py": "x = 1\n"}, fork=fork)
    fork.delete()
    found = await story.fetched(pull)
    assert [file.path for file in compare(found.path, found.target, found.head).files] == ["b.py"]


async def test_a_deleted_repository_is_gone(story: Story) -> None:
    pull = story.repo.open_pull(story.ada, {"b.py": "x = 1\n"})
    token = story.token()
    story.repo.delete()
    assert await story.refused(pull, token=token) is Why.GONE


@pytest.mark.slow
async def test_through_all_kinds_of_pushes_every_head_can_be_read_and_compared(story: Story) -> None:
    pull = story.repo.open_pull(story.ada, {"b.py": LONG + "b = 1\n"})
    heads = [pull.head]
    for push in (
        lambda: pull.push({"c.py": "x = 1\n"}),
        lambda: pull.amend({"c.py": "x = 2\n"}),
        lambda: pull.squash(),
        lambda: story.repo.commit({"main.py": "x = 1\n"}) and pull.rebase(),
        lambda: story.repo.commit({"main.py": "x = 2\n"}) and pull.merge_base_in(),
        lambda: pull.force(heads[0]),
    ):
        await story.fetched(pull)
        push()
        heads.append(pull.head)
    found = await story.fetched(pull)
    for old, new in pairwise(heads):
        late = await story.fetched(pull, head=old)
        assert "b.py" in [file.path for file in compare(late.path, late.target, old).files]
        assert renames(found.path, old, new) == {}
    assert [note.paths for note in commits_between(found.path, heads[0], heads[1])] == [("c.py",)]
    assert commits_between(found.path, heads[1], heads[0]) == ()


async def test_a_renamed_file_is_followed_over_a_push(story: Story) -> None:
    pull = story.repo.open_pull(story.ada, {"b.py": LONG + "b = 1\n"})
    old = (await story.fetched(pull)).head
    pull.push({}, renames={"b.py": "pkg/c.py"})
    found = await story.fetched(pull)
    assert renames(found.path, old, found.head) == {"b.py": "pkg/c.py"}


async def test_from_a_pull_request_to_a_verdict(story: Story) -> None:
    pull = story.repo.open_pull(story.ada, {"b.py": "def f():\n    return missing\n"})
    found = await story.fetched(pull)
    request = Request(str(found.path), "127.0.0.1/acme/widgets", "pull/1", found.target, found.head)
    answer = await read(request, seconds=60, megabytes=4000)
    assert isinstance(answer, Reading), answer
    assert [finding.slug for finding in answer.verdict.findings] == ["undefined-name"]
