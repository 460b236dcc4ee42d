"""The App's GitHub client, unmodified, against an emulator that nobody here wrote."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from bot.events import Actor
from bot.github.client import GitHubClient
from bot.github.errors import Forbidden, Gone, Refused, Unauthorised
from bot.github.model import Annotation, Button, NewComment, Reaction, Report, ReviewState, Right
from tests.emulate.emulator import APP_ID, INSTALLATION, PERMISSIONS, SLUG, missing
from tests.emulate.stage import Stage, staged

BEFORE = {"a.py": "".join(f"line {n}\n" for n in range(1, 41)), "b.py": "kept\n"}
AFTER = BEFORE | {"a.py": BEFORE["a.py"].replace("line 3\n", "new 3\nnew 4\n").replace("line 30\n", "")}


@asynccontextmanager
async def client_of(stage: Stage, private_key: str = "") -> AsyncIterator[GitHubClient]:
    key = private_key or stage.emulator.private_key
    async with GitHubClient(APP_ID, key, base_url=stage.url, pace=0) as client:
        yield client


def changed(stage: Stage) -> tuple[int, str]:
    """Open a pull request from BEFORE to AFTER; returns its number and head."""
    base = stage.commit("main", BEFORE)
    head = stage.commit("topic", AFTER, parent=base)
    return stage.open_pull("topic"), head


@pytest.mark.asyncio
async def test_the_app_knows_itself_and_where_it_is_installed(stage: Stage) -> None:
    async with client_of(stage) as client:
        app = await client.app()
        assert (app.id, app.bot_login, dict(app.permissions)) == (APP_ID, f"{SLUG}[bot]", PERMISSIONS)
        assert await client.installations() == (INSTALLATION,)
        assert [repo.full_name for repo in await client.repositories(INSTALLATION)] == [
            f"acme/{name}" for name in stage.overlay.repositories
        ]


@pytest.mark.asyncio
async def test_another_key_is_not_accepted(stage: Stage) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    form, plain = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    key = rsa.generate_private_key(65537, 2048).private_bytes(serialization.Encoding.PEM, form, plain).decode()
    async with client_of(stage, key) as client:
        with pytest.raises(Unauthorised):
            await client.app()
        with pytest.raises(Unauthorised):
            await client.pull(stage.repo, 1)


@pytest.mark.asyncio
async def test_a_revoked_token_is_replaced_once(stage: Stage) -> None:
    number, head = changed(stage)
    async with client_of(stage) as client:
        await client.pull(stage.repo, number)
        stage.overlay.tokens.clear()
        assert (await client.pull(stage.repo, number)).head == head


@pytest.mark.asyncio
async def test_gits_token_reads_one_repository_and_writes_nothing(stage: Stage) -> None:
    changed(stage)
    async with client_of(stage) as client:
        token = await client.token(stage.repo)
    app = httpx.Client(base_url=stage.emulator.url, headers={"Authorization": f"Bearer {token}"})
    blob = hashlib.sha1(f"blob {len(AFTER['a.py'])}\0{AFTER['a.py']}".encode()).hexdigest()
    with app:
        assert app.get(f"{stage.path}/contents/a.py", params={"ref": "topic"}).json()["sha"] == blob
        assert app.get("/repos/acme/gadgets/contents/README.md").status_code in (403, 404)
        body = {"message": "m", "content": "eA==", "branch": "main"}
        assert app.put(f"{stage.path}/contents/c.py", json=body).status_code == 403
        assert app.post(f"{stage.path}/issues/1/comments", json={"body": "b"}).status_code == 403


@pytest.mark.parametrize("lacking", ["checks", "pull_requests"])
@pytest.mark.asyncio
async def test_a_permission_that_is_missing_is_forbidden(tmp_path: Path, lacking: str) -> None:
    if reason := missing():
        pytest.skip(reason)
    less = {name: level for name, level in PERMISSIONS.items() if name != lacking} | {"pull_requests": "read"}
    with staged(tmp_path, less) as stage:
        number, head = changed(stage)
        async with client_of(stage) as client:
            asked = (
                client.create_check(stage.repo, head, review="rv:1", title="Reading")
                if lacking == "checks"
                else client.create_draft(stage.repo, number, commit=head, body="b", comments=[])
            )
            with pytest.raises(Forbidden):
                await asked


@pytest.mark.asyncio
async def test_a_pull_request_is_read_with_its_labels_and_its_head_now(stage: Stage) -> None:
    number, head = changed(stage)
    stage.said("POST", f"/issues/{number}/labels", {"labels": ["skip-review"]})
    async with client_of(stage) as client:
        pull = await client.pull(stage.repo, number)
        assert (pull.head, pull.base_ref, pull.default_branch) == (head, "main", "main")
        assert (pull.title, pull.body, pull.author.login, pull.labels) == ("A change", "why", "alice", ("skip-review",))
        assert (pull.is_open, pull.is_draft, pull.is_merged) == (True, False, False)
        later = stage.commit("topic", AFTER | {"c.py": "more\n"}, parent=head)
        assert (await client.pull(stage.repo, number)).head == later
        assert [found.number for found in await client.pulls_of(stage.repo, later)] == [number]
        assert await client.pulls_of(stage.repo, head) == ()
        with pytest.raises(Gone):
            await client.pull(stage.repo, 999)


@pytest.mark.asyncio
async def test_lists_are_read_to_their_last_page(stage: Stage) -> None:
    number, head = changed(stage)
    for each in range(104):
        stage.said("POST", "/git/refs", {"ref": f"refs/heads/t{each}", "sha": head})
        stage.open_pull_of_branch(f"t{each}")
    async with client_of(stage) as client:
        numbers = [pull.number for pull in await client.open_pulls(stage.repo)]
        assert (len(numbers), numbers) == (105, sorted(numbers, reverse=True))
        since = datetime.now(UTC) - timedelta(minutes=5)
        for each in range(100):
            stage.said("POST", f"/issues/{number}/comments", {"body": f"{each} of alice's"})
        made = [await client.reply(stage.repo, number, f"{n} of ours", in_reply_to=None) for n in range(2)]
        found = await client.replies_since(stage.repo, number, since, in_review=False)
        assert [comment for comment, _ in found] == made


@pytest.mark.asyncio
async def test_the_patch_is_the_one_that_git_makes(stage: Stage) -> None:
    number, _ = changed(stage)
    async with client_of(stage) as client:
        patches = await client.patched_lines(stage.repo, number)
    ours = stage.git_says("diff", "main...topic", "--", "a.py").split("\n@@ ", 1)[1]
    assert list(patches) == ["a.py"]
    theirs = patches["a.py"] or ""
    assert lines_of(theirs) == lines_of(f"@@ {ours}")


def lines_of(patch: str) -> list[str]:
    """Return a patch without what git writes behind a hunk's second @@."""
    return [line.split(" @@")[0] if line.startswith("@@") else line for line in patch.split("\n")]


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
            await client.react(stage.repo, command, Reaction.EYES, in_review=False)
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


@pytest.mark.asyncio
async def test_rights_are_those_of_the_account_and_not_of_the_name(stage: Stage) -> None:
    stage.said("PUT", "/collaborators/bob", {"permission": "push"})
    people = {name: stage.person.get(f"/users/{name}").json()["id"] for name in ("alice", "bob", "carol")}
    async with client_of(stage) as client:
        assert await client.right_of(stage.repo, Actor(people["alice"], "alice")) is Right.ADMIN
        assert await client.right_of(stage.repo, Actor(people["bob"], "bob")) is Right.WRITE
        assert await client.right_of(stage.repo, Actor(people["carol"], "carol")) is Right.READ
        assert await client.right_of(stage.repo, Actor(people["carol"], "alice")) is Right.NONE
        assert await client.right_of(stage.repo, Actor(9, "nobody-here")) is Right.NONE
        assert await client.right_of(stage.repo, Actor(9, f"{SLUG}[bot]", is_bot=True)) is Right.NONE


@pytest.mark.asyncio
async def test_an_unchanged_pull_request_is_not_sent_again(stage: Stage) -> None:
    number, _ = changed(stage)
    async with client_of(stage) as client:
        first = await client.pull(stage.repo, number)
        assert await client.pull(stage.repo, number) == first
    assert [status for _, path, status in stage.overlay.requests if path.endswith(f"/pulls/{number}")] == [200, 304]


@pytest.mark.asyncio
async def test_many_requests_at_once_are_all_answered(stage: Stage) -> None:
    number, head = changed(stage)
    async with client_of(stage) as client:
        found = await asyncio.gather(*(client.pull(stage.repo, number) for _ in range(30)))
    assert {pull.head for pull in found} == {head}
