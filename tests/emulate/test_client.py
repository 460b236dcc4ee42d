"""What the App's GitHub client, unmodified, reads of an emulator that nobody here wrote, and what it may."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from bot.events import Actor
from bot.github.errors import Forbidden, Gone, Unauthorised
from bot.github.model import Right
from tests.emulate.calling import AFTER, changed, client_of
from tests.emulate.emulator import APP_ID, INSTALLATION, PERMISSIONS, SLUG, missing
from tests.emulate.stage import Stage, staged


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
