"""What REST answers becomes values: pull requests, files, rights, repositories, deliveries."""

from __future__ import annotations

from datetime import datetime

import httpx
import pytest

from bot.events import Actor, Repo
from bot.github.errors import Unexpected
from bot.github.model import Right
from bot.github.port import GitHub
from tests.github.scripted import BASE_TIP, HEAD, REPO, Clock, Says, Script, client, pull_json, token

PULLS = "/repos/acme/widgets/pulls"
ADA = Actor(1, "ada")
PERMISSION = "/repos/acme/widgets/collaborators/ada/permission"


def test_the_client_is_what_the_port_describes(script: Script, clock: Clock) -> None:
    github: GitHub = client(script, clock)
    missing = [name for name in vars(GitHub) if not name.startswith("_") and not hasattr(github, name)]
    assert missing == []


@pytest.mark.asyncio
async def test_a_pull_request(script: Script, clock: Clock) -> None:
    script.on("GET", f"{PULLS}/5", Says(200, pull_json()))
    async with client(script, clock) as github:
        pull = await github.pull(REPO, 5)
    assert (pull.number, pull.title, pull.body) == (5, "A change", "")
    assert (pull.author, pull.head, pull.base, pull.base_ref) == (ADA, HEAD, BASE_TIP, "main")
    assert (pull.is_open, pull.is_draft, pull.is_merged, pull.merge_commit) == (True, False, False, None)
    assert (pull.head_repository, pull.default_branch, pull.labels) == ("ada/widgets", "main", ("bug",))


@pytest.mark.asyncio
async def test_a_merged_pull_request_of_a_deleted_account_from_a_deleted_fork(script: Script, clock: Clock) -> None:
    gone = {"user": None, "head": {"sha": HEAD, "repo": None}, "state": "closed", "merged_at": "2026-01-01T00:00:00Z"}
    script.on("GET", f"{PULLS}/5", Says(200, pull_json(**gone)))
    async with client(script, clock) as github:
        pull = await github.pull(REPO, 5)
    assert (pull.author.login, pull.head_repository) == ("ghost", None)
    assert (pull.is_open, pull.is_merged, pull.merge_commit) == (False, True, "c" * 40)


@pytest.mark.asyncio
async def test_a_bot_is_known(script: Script, clock: Clock) -> None:
    script.on("GET", f"{PULLS}/5", Says(200, pull_json(user={"id": 2, "login": "dependabot[bot]", "type": "Bot"})))
    async with client(script, clock) as github:
        assert (await github.pull(REPO, 5)).author.is_bot


@pytest.mark.asyncio
async def test_every_page_is_read_and_only_its_query_is_followed(script: Script, clock: Clock) -> None:
    def page(request: httpx.Request) -> Says:
        number = int(request.url.params.get("page", "1"))
        assert request.url.params["per_page"] == "100"
        there = f"https://elsewhere.example/repositories/42/pulls?state=open&per_page=100&page={number + 1}"
        link = {"link": f'<{there}>; rel="next", <{there}9>; rel="last"'} if number < 3 else {"link": '<x>; rel="prev"'}
        return Says(200, [pull_json(number)], link)

    script.on("GET", PULLS, page)
    async with client(script, clock) as github:
        assert [pull.number for pull in await github.open_pulls(REPO)] == [1, 2, 3]
    assert {request.url.host for request in script.requests} == {"api.github.com"}


@pytest.mark.asyncio
async def test_pages_without_end_are_an_error(script: Script, clock: Clock) -> None:
    script.on("GET", PULLS, Says(200, [], {"link": f'<https://api.github.com{PULLS}?page=2>; rel="next"'}))
    async with client(script, clock) as github:
        with pytest.raises(Unexpected, match="more than 100 pages"):
            await github.open_pulls(REPO)


@pytest.mark.asyncio
async def test_pull_requests_of_a_commit_are_those_whose_tip_or_merge_it_is(script: Script, clock: Clock) -> None:
    contains = pull_json(1, head={"sha": "d" * 40, "repo": None})
    merged = pull_json(3, head={"sha": "d" * 40, "repo": None}, merged_at="2026-01-01T00:00:00Z", merge_commit_sha=HEAD)
    script.on("GET", f"/repos/acme/widgets/commits/{HEAD}/pulls", Says(200, [contains, pull_json(2), merged]))
    async with client(script, clock) as github:
        assert [pull.number for pull in await github.pulls_of(REPO, HEAD)] == [2, 3]


@pytest.mark.asyncio
async def test_a_file_without_patch_text_is_kept_as_such(script: Script, clock: Clock) -> None:
    files = [
        {"filename": "a.py", "patch": "@@ -1 +1 @@\n-a\n+b"},
        {"filename": "logo.png"},
        {"filename": "big.txt", "patch": None},
    ]
    script.on("GET", f"{PULLS}/5/files", Says(200, files))
    async with client(script, clock) as github:
        found = await github.patched_lines(REPO, 5)
    assert found == {"a.py": "@@ -1 +1 @@\n-a\n+b", "logo.png": None, "big.txt": None}


@pytest.mark.asyncio
async def test_what_has_not_changed_costs_nothing(script: Script, clock: Clock) -> None:
    def answer(request: httpx.Request) -> Says:
        if request.headers.get("if-none-match") == '"v1"':
            return Says(304, b"", {"etag": '"v1"'})
        return Says(200, pull_json(), {"etag": '"v1"'})

    script.on("GET", f"{PULLS}/5", answer)
    async with client(script, clock) as github:
        first, second, third = [await github.pull(REPO, 5) for _ in range(3)]
    assert first == second == third
    tags = [request.headers.get("if-none-match") for request in script.requests if request.method == "GET"]
    assert tags == [None, '"v1"', '"v1"']


@pytest.mark.asyncio
async def test_an_answer_that_was_damaged_on_its_way_is_not_kept(script: Script, clock: Clock) -> None:
    script.on("GET", f"{PULLS}/5", Says(200, b"<html>", {"etag": '"v1"'}), Says(200, pull_json(), {"etag": '"v1"'}))
    async with client(script, clock) as github:
        with pytest.raises(Unexpected):
            await github.pull(REPO, 5)
        assert (await github.pull(REPO, 5)).number == 5
    assert not [request for request in script.requests if "if-none-match" in request.headers]


@pytest.mark.asyncio
async def test_what_is_kept_for_one_installation_is_not_shown_to_another(script: Script, clock: Clock) -> None:
    other = Repo(installation=8, id=42, owner="acme", name="widgets")
    script.on("POST", "/app/installations/8/access_tokens", token("ghs_other"))
    script.on("GET", f"{PULLS}/5", Says(200, pull_json(), {"etag": '"v1"'}))
    async with client(script, clock) as github:
        await github.pull(REPO, 5)
        await github.pull(other, 5)
    assert not [request for request in script.requests if "if-none-match" in request.headers]


@pytest.mark.asyncio
async def test_a_304_that_nobody_asked_for_is_an_error(script: Script, clock: Clock) -> None:
    script.on("GET", f"{PULLS}/5", Says(304, b""))
    async with client(script, clock) as github:
        with pytest.raises(Unexpected):
            await github.pull(REPO, 5)


def permission(granted: str, role: str | None, number: int = 1) -> Says:
    return Says(200, {"permission": granted, "role_name": role, "user": {"id": number, "login": "ada"}})


@pytest.mark.parametrize(
    ("says", "right"),
    [
        (permission("admin", "admin"), Right.ADMIN),
        (permission("write", "maintain"), Right.MAINTAIN),
        (permission("write", "write"), Right.WRITE),
        (permission("write", "release-team"), Right.WRITE),
        (permission("read", "triage"), Right.TRIAGE),
        (permission("read", "read"), Right.READ),
        (permission("read", "admin"), Right.READ),
        (permission("none", "none"), Right.NONE),
        (permission("none", "maintain"), Right.NONE),
        (permission("owner", "owner"), Right.NONE),
        (permission("admin", None), Right.ADMIN),
        (permission("admin", "admin", number=2), Right.NONE),
        (Says(200, {"permission": "admin", "role_name": "admin", "user": None}), Right.NONE),
        (Says(404, {"message": "Not Found"}), Right.NONE),
    ],
)
@pytest.mark.asyncio
async def test_what_a_person_may_do(says: Says, right: Right, script: Script, clock: Clock) -> None:
    """A login may be another account's by now: the id decides."""
    script.on("GET", PERMISSION, says)
    async with client(script, clock) as github:
        assert await github.right_of(REPO, ADA) is right


@pytest.mark.parametrize("actor", [Actor(1, "x", is_bot=True), Actor(1, "renovate[bot]"), Actor(1, "")])
@pytest.mark.asyncio
async def test_a_bot_may_do_nothing_and_github_is_not_asked(actor: Actor, script: Script, clock: Clock) -> None:
    async with client(script, clock) as github:
        assert await github.right_of(REPO, actor) is Right.NONE
    assert script.requests == []


@pytest.mark.asyncio
async def test_a_right_is_kept_for_five_minutes(script: Script, clock: Clock) -> None:
    script.on("GET", PERMISSION, permission("write", "write"), permission("read", "read"))
    async with client(script, clock) as github:
        assert await github.right_of(REPO, ADA) is Right.WRITE
        clock.now += 299
        assert await github.right_of(REPO, ADA) is Right.WRITE
        clock.now += 2
        assert await github.right_of(REPO, ADA) is Right.READ
    assert script.lines() == [f"GET {PERMISSION}"] * 2


@pytest.mark.asyncio
async def test_a_login_cannot_lead_elsewhere(script: Script, clock: Clock) -> None:
    seen: list[bytes] = []
    script.on(
        "GET", "/repos/acme/widgets/collaborators/../../../app?x=/permission", Says(404, {"message": "Not Found"})
    )
    async with client(script, clock) as github:
        assert await github.right_of(REPO, Actor(1, "../../../app?x=")) is Right.NONE
    seen = [request.url.raw_path for request in script.requests if request.method == "GET"]
    assert seen == [b"/repos/acme/widgets/collaborators/..%2F..%2F..%2Fapp%3Fx%3D/permission"]
    script.violations.clear()  # no such login exists


@pytest.mark.asyncio
async def test_a_login_that_is_no_text_is_asked_for_all_the_same(script: Script, clock: Clock) -> None:
    script.on("GET", "/repos/acme/widgets/collaborators/a?/permission", Says(404, {"message": "Not Found"}))
    async with client(script, clock) as github:
        assert await github.right_of(REPO, Actor(1, "a\udce9")) is Right.NONE


@pytest.mark.asyncio
async def test_our_own_comments_since_a_moment(script: Script, clock: Clock) -> None:
    us = {"id": 3, "login": "prudent[bot]", "type": "Bot"}
    said = [
        {"id": 1, "body": "ours", "user": us},
        {"id": 2, "body": "ours", "user": {"id": 4, "login": "prudent", "type": "User"}},
        {"id": 3, "body": "ours", "user": None},
    ]
    script.on("GET", "/repos/acme/widgets/issues/5/comments", Says(200, said))
    script.on("GET", f"{PULLS}/5/comments", Says(200, said[:1]))
    since = datetime.fromisoformat("2026-05-01T10:00:00+02:00")
    async with client(script, clock) as github:
        assert await github.replies_since(REPO, 5, since, in_review=False) == ((1, "ours"),)
        assert await github.replies_since(REPO, 5, since, in_review=True) == ((1, "ours"),)
    asked = [request.url.params["since"] for request in script.requests if "comments" in request.url.path]
    assert asked == ["2026-05-01T07:00:00Z"] * 2  # an hour before: clocks differ
