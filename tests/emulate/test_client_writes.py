"""What the App's GitHub client, unmodified, writes to an emulator that nobody here wrote."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.github.errors import Forbidden, Refused
from bot.github.model import Annotation, Button, NewComment, Reaction, Report, ReviewState
from tests.emulate.calling import changed, client_of
from tests.emulate.emulator import PERMISSIONS, missing
from tests.emulate.stage import Stage, staged


@pytest.mark.asyncio
async def test_a_review_is_drafted_submitted_edited_and_read_again(stage: Stage) -> None:
    number, head = changed(stage)
    comments = [
        NewComment("a.py", 4, "RIGHT", "on two lines", start_line=3),
        NewComment("a.py", 30, "LEFT", "on what went"),
        NewComment("a.py", 2, "RIGHT", "on context"),
    ]
    async with client_of(stage) as client:
        draft = await client.create_draft(stage.repo, number, commit=head, body="<!-- m -->", comments=comments)
        assert (draft.state, draft.commit) == (ReviewState.PENDING, head)
        standing = await client.state(stage.repo, number)
        assert [thread.is_pending for thread in standing.threads] == [True] * 3
        submitted = await client.submit(stage.repo, number, draft.id, event="REQUEST_CHANGES", body="said")
        assert (submitted.id, submitted.state) == (draft.id, ReviewState.CHANGES_REQUESTED)
        await client.edit_review(stage.repo, number, draft.id, "said better")
        answer = await client.reply(stage.repo, number, "an answer", in_reply_to=standing.threads[0].comment)
        standing = await client.state(stage.repo, number)
        assert (standing.head, standing.is_open, standing.is_draft) == (head, True, False)
        assert [(review.id, review.body) for review in standing.reviews] == [(draft.id, "said better")]
        assert [(t.body, t.path, t.line, t.side, t.is_pending) for t in standing.threads] == [
            ("on two lines", "a.py", 4, "RIGHT", False),
            ("on what went", "a.py", 30, "LEFT", False),
            ("on context", "a.py", 2, "RIGHT", False),
        ]
        assert [(reply.id, reply.body, reply.is_ours) for reply in standing.threads[0].replies] == [
            (answer, "an answer", True)
        ]
        await client.dismiss_review(stage.repo, number, draft.id, "fixed")
        await client.dismiss_review(stage.repo, number, draft.id, "fixed")
        assert (await client.review(stage.repo, number, draft.id)).state is ReviewState.DISMISSED


@pytest.mark.parametrize(
    ("comment", "says"),
    [
        (NewComment("a.py", 20, "RIGHT", "off the diff"), "line must be part of the diff"),
        (NewComment("a.py", 15, "LEFT", "off the diff"), "must be part of the diff"),
        (NewComment("zzz.py", 1, "RIGHT", "no such file"), "Path could not be resolved"),
        (NewComment("a.py", 31, "RIGHT", "two hunks", start_line=3), "must be part of the same hunk"),
    ],
)
@pytest.mark.asyncio
async def test_a_comment_off_the_diff_is_refused_and_leaves_nothing(
    stage: Stage, comment: NewComment, says: str
) -> None:
    number, head = changed(stage)
    good = NewComment("a.py", 3, "RIGHT", "fine")
    async with client_of(stage) as client:
        with pytest.raises(Refused) as refused:
            await client.create_draft(stage.repo, number, commit=head, body="b", comments=[good, comment])
        assert any(says in reason for reason in refused.value.reasons)
        standing = await client.state(stage.repo, number)
        assert (standing.reviews, standing.threads) == ((), ())


@pytest.mark.asyncio
async def test_a_second_draft_is_refused_until_the_first_is_deleted(stage: Stage) -> None:
    number, head = changed(stage)
    one = NewComment("a.py", 3, "RIGHT", "once")
    async with client_of(stage) as client:
        draft = await client.create_draft(stage.repo, number, commit=head, body="b", comments=[one])
        with pytest.raises(Refused):
            await client.create_draft(stage.repo, number, commit=head, body="b", comments=[one])
        await client.delete_draft(stage.repo, number, draft.id)
        await client.delete_draft(stage.repo, number, draft.id)
        assert (await client.state(stage.repo, number)).threads == ()
        await client.create_draft(stage.repo, number, commit=head, body="b", comments=[one])


@pytest.mark.parametrize("contents", ["read", "write"])
@pytest.mark.asyncio
async def test_a_thread_is_resolved_only_with_the_right_to_write_contents(tmp_path: Path, contents: str) -> None:
    if reason := missing():
        pytest.skip(reason)
    with staged(tmp_path, PERMISSIONS | {"contents": contents}) as stage:
        number, head = changed(stage)
        async with client_of(stage) as client:
            one = NewComment("a.py", 3, "RIGHT", "once")
            draft = await client.create_draft(stage.repo, number, commit=head, body="b", comments=[one])
            await client.submit(stage.repo, number, draft.id, event="COMMENT", body="b")
            (thread,) = (await client.state(stage.repo, number)).threads
            if contents == "read":
                with pytest.raises(Forbidden):
                    await client.resolve_thread(stage.repo, thread.node)
            else:
                await client.resolve_thread(stage.repo, thread.node)
            (thread,) = (await client.state(stage.repo, number)).threads
            assert thread.is_resolved is (contents == "write")


@pytest.mark.asyncio
async def test_a_comment_is_edited_and_reacted_to_once(stage: Stage) -> None:
    number, _ = changed(stage)
    since = datetime.now(UTC) - timedelta(minutes=5)
    async with client_of(stage) as client:
        made = await client.reply(stage.repo, number, "first", in_reply_to=None)
        await client.edit_comment(stage.repo, made, "second", in_review=False)
        assert await client.replies_since(stage.repo, number, since, in_review=False) == ((made, "second"),)
        command = stage.said("POST", f"/issues/{number}/comments", {"body": "/prudent help"})["id"]
        for _ in range(2):
            await client.react(stage.repo, command, Reaction.CONFUSED, in_review=False)
        assert [len(given) for given in stage.overlay.reactions.values()] == [1]
        assert await client.replies_since(stage.repo, number, since, in_review=False) == ((made, "second"),)


@pytest.mark.asyncio
async def test_a_check_run_is_completed_with_all_its_annotations(stage: Stage) -> None:
    _, head = changed(stage)
    notes = tuple(Annotation("a.py", n, n, "warning", f"note {n}", "text") for n in range(1, 121))
    report = Report("3 findings", "A summary", "A text", notes, (Button("Re-run", "Review again", "rerun"),))
    async with client_of(stage) as client:
        check = await client.create_check(stage.repo, head, review="rv:1:2:x", title="Reading")
        (run,) = await client.checks_on(stage.repo, head)
        assert (run.id, run.status, run.conclusion, run.review) == (check, "in_progress", None, "rv:1:2:x")
        await client.finish_check(stage.repo, check, "neutral", report)
        await client.finish_check(stage.repo, check, "neutral", report)
        (run,) = await client.checks_on(stage.repo, head)
        assert (run.status, run.conclusion) == ("completed", "neutral")
    assert [note["start_line"] for note in stage.overlay.annotations[check]] == list(range(1, 121))
