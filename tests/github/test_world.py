"""The real client against the fake GitHub on bare git, which keeps GitHub's rules and checks every request."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from bot.events import Actor, Repo
from bot.github.client import GitHubClient
from bot.github.errors import Forbidden, Gone, Refused, Unauthorised, Unreachable, Wait
from bot.github.model import Annotation, Button, NewComment, Reaction, Report, ReviewState, Right
from tests.world.pull import Pull
from tests.world.world import World

pytest_plugins = ["tests.world.fixtures"]

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


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world)


async def no_sleep(_: float) -> None:
    """Let no time pass."""


@pytest_asyncio.fixture
async def github(world: World) -> AsyncIterator[GitHubClient]:
    made = GitHubClient(world.app.id, world.app.private_key, base_url=world.url, pace=0, sleep=no_sleep)
    async with made:
        yield made


def at(line: int, body: str = "finding") -> NewComment:
    return NewComment("a.py", line, "RIGHT", body)


@pytest.mark.asyncio
async def test_who_we_are_and_where_we_are_installed(scene: Scene, github: GitHubClient) -> None:
    assert (await github.app()).bot_login == "prudent[bot]"
    assert await github.installations() == (scene.installation.id,)
    assert await github.repositories(scene.installation.id) == (scene.repo,)
    scene.world.suspend(scene.installation)
    assert await github.installations() == ()
    with pytest.raises(Forbidden):
        await github.repositories(scene.installation.id)
    scene.world.suspend(scene.installation, back=True)
    assert await github.repositories(scene.installation.id) == (scene.repo,)
    scene.world.remove(scene.installation)
    with pytest.raises((Gone, Unauthorised)):
        await github.repositories(scene.installation.id)


@pytest.mark.asyncio
async def test_git_takes_the_token_and_it_can_do_nothing_else(
    scene: Scene, github: GitHubClient, tmp_path: Any
) -> None:
    token = await github.token(scene.repo)
    url = f"{scene.world.url}/acme/widgets.git".replace("://", f"://x-access-token:{token}@")
    fetched = subprocess.run(["git", "ls-remote", url, "refs/pull/1/head"], capture_output=True, text=True, check=True)
    assert fetched.stdout.startswith(scene.pull.head)
    held = scene.world.tokens[token]
    assert held.permissions == {"metadata": "read", "contents": "read"}  # type: ignore[union-attr]
    assert held.repositories == {scene.stored.id}  # type: ignore[union-attr]


@pytest.mark.asyncio
async def test_the_pull_request_as_it_is(scene: Scene, github: GitHubClient) -> None:
    pull = await github.pull(scene.repo, 1)
    assert (pull.head, pull.base, pull.base_ref, pull.author.login) == (scene.pull.head, scene.pull.base, "main", "ada")
    assert [each.number for each in await github.open_pulls(scene.repo)] == [1]
    assert [each.number for each in await github.pulls_of(scene.repo, scene.pull.head)] == [1]
    assert (await github.pull(scene.repo, 1)) == pull
    assert scene.world.asked("GET", "/pulls/1")[-1].status == 304
    scene.pull.push({"b.py": "new\n"})
    assert (await github.pull(scene.repo, 1)).head == scene.pull.head != pull.head
    merge = scene.pull.merge(scene.ada)
    merged = await github.pull(scene.repo, 1)
    assert (merged.is_open, merged.is_merged, merged.merge_commit) == (False, True, merge)
    assert [each.number for each in await github.pulls_of(scene.repo, merge)] == [1]
    with pytest.raises(Gone):
        await github.pull(scene.repo, 99)


@pytest.mark.asyncio
async def test_the_patch_as_github_shows_it(scene: Scene, github: GitHubClient) -> None:
    scene.pull.push({"logo.bin": b"\0\1\2" * 50})
    patches = await github.patched_lines(scene.repo, 1)
    assert patches["logo.bin"] is None
    assert (patches["a.py"] or "").startswith("@@ -1")


@pytest.mark.asyncio
async def test_a_review_from_draft_to_resolved_thread(scene: Scene, github: GitHubClient) -> None:
    scene.world.revoke(scene.installation, "contents", "write")
    number = scene.pull.number
    draft = await github.create_draft(
        scene.repo,
        number,
        commit=scene.pull.head,
        body="draft",
        comments=[at(2), NewComment("a.py", 9, "RIGHT", "x", 5)],
    )
    assert draft.state is ReviewState.PENDING
    state = await github.state(scene.repo, number)
    assert (state.head, state.is_open, [review.id for review in state.reviews]) == (scene.pull.head, True, [draft.id])
    assert [thread.is_pending for thread in state.threads] == [True, True]
    with pytest.raises(Refused, match=r"reviews: 422$") as second:
        await github.create_draft(scene.repo, number, commit=scene.pull.head, body="b", comments=[])
    assert any("pending review" in reason for reason in second.value.reasons)
    await github.submit(scene.repo, number, draft.id, event="COMMENT", body="summary")
    assert (await github.review(scene.repo, number, draft.id)).state is ReviewState.COMMENTED
    await github.edit_review(scene.repo, number, draft.id, "summary, edited")
    one, two = (await github.state(scene.repo, number)).threads
    scene.pull.react(scene.pull.threads[0].notes[0], scene.eve, "-1")
    answer = await github.reply(scene.repo, number, "because", in_reply_to=one.comment)
    scene.pull.reply(scene.pull.threads[0], scene.ada, "won't fix")
    await github.edit_comment(scene.repo, two.comment, "fixed", in_review=True)
    await github.resolve_thread(scene.repo, two.node)
    one, two = (await github.state(scene.repo, number)).threads
    assert [actor.login for actor in one.thumbs_down] == ["eve"]
    assert [(reply.is_ours, reply.body) for reply in one.replies] == [(True, "because"), (False, "won't fix")]
    assert one.replies[0].id == answer
    assert one.replies[1].author == Actor(scene.ada.id, "ada")
    assert (two.body, two.is_resolved, one.is_resolved) == ("fixed", True, False)
    assert (await github.state(scene.repo, number)).reviews[0].body == "summary, edited"
    scene.read()


@pytest.mark.asyncio
async def test_a_line_outside_the_diff_spoils_the_whole_draft(scene: Scene, github: GitHubClient) -> None:
    with pytest.raises(Refused) as refused:
        await github.create_draft(scene.repo, 1, commit=scene.pull.head, body="b", comments=[at(2), at(999)])
    assert refused.value.reasons
    assert (await github.state(scene.repo, 1)).reviews == ()


@pytest.mark.slow
@pytest.mark.asyncio
async def test_over_a_hundred_threads_and_over_a_hundred_answers(scene: Scene, github: GitHubClient) -> None:
    await scene.reviewed(github, [at(line) for line in range(2, 132)])
    for number in range(130):
        scene.pull.reply(scene.pull.threads[0], scene.ada, f"answer {number}")
    scene.pull.remark_on(scene.eve, "a.py", 3, "not ours")
    state = await github.state(scene.repo, 1)
    assert len(state.threads) == len({thread.node for thread in state.threads}) == 130
    assert [reply.body for reply in state.threads[0].replies] == [f"answer {number}" for number in range(130)]
    assert len(state.reviews) == 1, "each of the answers is a review of its own, and not ours"
    scene.read()


@pytest.mark.asyncio
async def test_a_stance_is_dismissed_once_or_twice(scene: Scene, github: GitHubClient) -> None:
    draft = await github.create_draft(scene.repo, 1, commit=scene.pull.head, body="no", comments=[at(2)])
    await github.submit(scene.repo, 1, draft.id, event="REQUEST_CHANGES", body="no")
    for _ in range(2):
        await github.dismiss_review(scene.repo, 1, draft.id, "superseded")
    assert (await github.review(scene.repo, 1, draft.id)).state is ReviewState.DISMISSED
    scene.read()


@pytest.mark.asyncio
async def test_a_draft_is_deleted_once_or_twice(scene: Scene, github: GitHubClient) -> None:
    draft = await github.create_draft(scene.repo, 1, commit=scene.pull.head, body="b", comments=[at(2)])
    for _ in range(2):
        await github.delete_draft(scene.repo, 1, draft.id)
    with pytest.raises(Gone):
        await github.review(scene.repo, 1, draft.id)
    assert (await github.state(scene.repo, 1)).threads == ()
    scene.read()


@pytest.mark.asyncio
async def test_the_conversation(scene: Scene, github: GitHubClient) -> None:
    since = scene.world.clock.now() - timedelta(seconds=5)
    asked = scene.pull.comment(scene.ada, "/prudent help")
    for _ in range(2):
        await github.react(scene.repo, asked.id, Reaction.EYES, in_review=False)
    made = await github.reply(scene.repo, 1, "<!-- m --> one moment", in_reply_to=None)
    await github.edit_comment(scene.repo, made, "<!-- m --> done", in_review=False)
    assert await github.replies_since(scene.repo, 1, since, in_review=False) == ((made, "<!-- m --> done"),)
    later = scene.world.clock.now() + timedelta(hours=1)
    assert await github.replies_since(scene.repo, 1, later, in_review=False) == ()
    assert len(asked.reactions) == 1
    scene.read()


@pytest.mark.asyncio
async def test_rights_are_asked_for_and_compared_by_id(scene: Scene, github: GitHubClient) -> None:
    ada, eve = Actor(scene.ada.id, "ada"), Actor(scene.eve.id, "eve")
    assert await github.right_of(scene.repo, ada) is Right.WRITE
    assert await github.right_of(scene.repo, eve) in (Right.READ, Right.NONE)
    assert await github.right_of(scene.repo, Actor(eve.id, "ada")) is Right.NONE
    assert await github.right_of(scene.repo, Actor(1, "nobody-at-all")) is Right.NONE


@pytest.mark.asyncio
async def test_a_check_run_with_many_annotations(scene: Scene, github: GitHubClient) -> None:
    check = await github.create_check(scene.repo, scene.pull.head, review="rv:1", title="Reviewing")
    (open_run,) = await github.checks_on(scene.repo, scene.pull.head)
    assert (open_run.id, open_run.status, open_run.review) == (check, "in_progress", "rv:1")
    notes = tuple(Annotation("a.py", line, line, "warning", f"t{line}", "m") for line in range(1, 121))
    report = Report("120 findings", "summary", "text", notes, (Button("Re-run", "Review again", "rerun"),))
    for _ in range(2):
        await github.finish_check(scene.repo, check, "failure", report)
    (run,) = await github.checks_on(scene.repo, scene.pull.head)
    assert (run.status, run.conclusion) == ("completed", "failure")
    (kept,) = scene.pull.checks()
    assert [note["title"] for note in kept.annotations] == [f"t{line}" for line in range(1, 121)]
    scene.read()


@pytest.mark.asyncio
async def test_an_expired_token_is_replaced_in_between(scene: Scene, github: GitHubClient) -> None:
    await github.pull(scene.repo, 1)
    scene.world.expire_tokens()
    await github.reply(scene.repo, 1, "b", in_reply_to=None)
    assert len(scene.world.asked("POST", "/issues/1/comments")) == 2
    assert len(scene.pull.unread()) == 1


@pytest.mark.parametrize("permission", ["checks", "pull_requests"])
@pytest.mark.asyncio
async def test_a_permission_that_is_taken_away(permission: str, scene: Scene, github: GitHubClient) -> None:
    scene.world.revoke(scene.installation, permission, "read")
    calls: dict[str, Callable[[], Awaitable[Any]]] = {
        "checks": lambda: github.create_check(scene.repo, scene.pull.head, review="rv:1", title="t"),
        "pull_requests": lambda: github.create_draft(scene.repo, 1, commit=scene.pull.head, body="b", comments=[]),
    }
    with pytest.raises(Forbidden):
        await calls[permission]()


@pytest.mark.asyncio
async def test_resolving_takes_the_optional_permission(scene: Scene, github: GitHubClient) -> None:
    await scene.reviewed(github, [at(2)])
    (thread,) = (await github.state(scene.repo, 1)).threads
    with pytest.raises(Forbidden):
        await github.resolve_thread(scene.repo, thread.node)
    scene.read()


@pytest.mark.parametrize("how", [{"drop": True}, {"status": 502}, {"truncate": 20}])
@pytest.mark.asyncio
async def test_a_write_whose_answer_is_lost_was_done_once(how: Any, scene: Scene, github: GitHubClient) -> None:
    scene.world.faults.add("POST", "/pulls/1/reviews", after=True, **how)
    with pytest.raises(Unreachable):
        await github.create_draft(scene.repo, 1, commit=scene.pull.head, body="<!-- marker -->", comments=[at(2)])
    (review,) = (await github.state(scene.repo, 1)).reviews
    assert (review.state, review.body) == (ReviewState.PENDING, "<!-- marker -->")
    assert len(scene.world.asked("POST", "/pulls/1/reviews")) == 1
    scene.read()


@pytest.mark.asyncio
async def test_reads_survive_a_bad_moment(scene: Scene, github: GitHubClient) -> None:
    scene.world.faults.add("GET", "/pulls/1$", drop=True)
    scene.world.faults.add("GET", "/pulls/1$", status=502)
    scene.world.faults.add("POST", "/graphql", status=502, times=2)
    assert (await github.pull(scene.repo, 1)).number == 1
    assert (await github.state(scene.repo, 1)).number == 1


@pytest.mark.asyncio
async def test_limits_are_told_to_the_caller(scene: Scene, github: GitHubClient) -> None:
    await github.pull(scene.repo, 1)
    scene.world.limits.slow_down(retry_after=120)
    with pytest.raises(Wait) as wait:
        await github.reply(scene.repo, 1, "b", in_reply_to=None)
    assert wait.value.seconds == 121
    before = len(scene.world.requests)
    with pytest.raises(Wait):
        await github.pull(scene.repo, 1)
    assert len(scene.world.requests) == before, "while it lasts, GitHub is left alone"


@pytest.mark.asyncio
async def test_the_primary_limit(scene: Scene, github: GitHubClient) -> None:
    await github.pull(scene.repo, 1)
    scene.world.limits.exhaust(1800)
    with pytest.raises(Wait) as wait:
        await github.reply(scene.repo, 1, "b", in_reply_to=None)
    assert 1700 < wait.value.seconds <= 1802


@pytest.mark.asyncio
async def test_a_first_review_in_few_requests(scene: Scene, github: GitHubClient) -> None:
    """What a review needs of GitHub, as the workflow asks for it: the bar is ten."""
    before = len(scene.world.requests)
    check = await github.create_check(scene.repo, scene.pull.head, review="rv:1", title="t")
    await github.pull(scene.repo, 1)
    await github.token(scene.repo)
    state = await github.state(scene.repo, 1)
    await scene.reviewed(github, [at(2), at(3)])
    notes = tuple(Annotation("a.py", line, line, "warning", "t", "m") for line in (2, 3))
    await github.finish_check(scene.repo, check, "neutral", Report("t", "s", annotations=notes))
    assert state.threads == ()
    assert len(scene.world.requests) - before <= 10
    scene.read()
