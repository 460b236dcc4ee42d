"""The real client against the fake GitHub on bare git, which keeps GitHub's rules and checks every request."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from typing import Any

import pytest

from bot.events import Actor
from bot.github.client import GitHubClient
from bot.github.errors import Forbidden, Gone, Refused, Unauthorised
from bot.github.model import Annotation, Button, NewComment, Reaction, Report, ReviewState, Right
from tests.github.scene import Scene, at


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
        await github.react(scene.repo, asked.id, Reaction.CONFUSED, in_review=False)
    made = await github.reply(scene.repo, 1, "<!-- m --> one moment", in_reply_to=None)
    await github.edit_comment(scene.repo, made, "<!-- m --> done", in_review=False)
    assert await github.replies_since(scene.repo, 1, since, in_review=False) == ((made, "<!-- m --> done"),)
    later = scene.world.clock.now() + timedelta(hours=2)
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
