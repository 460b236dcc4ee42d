"""Whatever GitHub answers, every method ends with the right GitHubError and with nothing else; no write is repeated."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from bot.events import Actor
from bot.github.client import GitHubClient
from bot.github.errors import Forbidden, GitHubError, Gone, Refused, Unauthorised, Unexpected, Unreachable, Wait
from bot.github.model import Annotation, NewComment, Reaction, Report, Right
from tests.github.scripted import APP, HEAD, MINT, REPO, SECRET, Clock, Says, Script, client, private_key, review_json

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
PULLS = "/repos/acme/widgets/pulls"
ISSUES = "/repos/acme/widgets/issues"
NOTE = Annotation("a.py", 1, 1, "warning", "t", "m")


@dataclass(frozen=True)
class Method:
    """A call of one method, and the request that is answered badly."""

    call: Callable[[GitHubClient], Awaitable[Any]]
    asks: tuple[str, str]
    is_write: bool = False
    reads_answer: bool = True
    forgives: tuple[str, ...] = ()  # endings that the method takes as good


WRITE = {"is_write": True, "reads_answer": False}
METHODS = {
    "app": Method(lambda c: c.app(), ("GET", "/app")),
    "hook": Method(lambda c: c.hook(), ("GET", "/app/hook/config")),
    "installations": Method(lambda c: c.installations(), ("GET", "/app/installations")),
    "repositories": Method(lambda c: c.repositories(7), ("GET", "/installation/repositories")),
    "token": Method(lambda c: c.token(REPO), ("POST", MINT)),
    "pull": Method(lambda c: c.pull(REPO, 5), ("GET", f"{PULLS}/5")),
    "open_pulls": Method(lambda c: c.open_pulls(REPO), ("GET", PULLS)),
    "pulls_of": Method(lambda c: c.pulls_of(REPO, HEAD), ("GET", f"/repos/acme/widgets/commits/{HEAD}/pulls")),
    "state": Method(lambda c: c.state(REPO, 5), ("POST", "/graphql")),
    "review": Method(lambda c: c.review(REPO, 5, 9), ("GET", f"{PULLS}/5/reviews/9")),
    "patched_lines": Method(lambda c: c.patched_lines(REPO, 5), ("GET", f"{PULLS}/5/files")),
    "create_draft": Method(
        lambda c: c.create_draft(REPO, 5, commit=HEAD, body="b", comments=[NewComment("a.py", 3, "RIGHT", "c")]),
        ("POST", f"{PULLS}/5/reviews"),
        is_write=True,
    ),
    "submit": Method(
        lambda c: c.submit(REPO, 5, 9, event="COMMENT", body="b"),
        ("POST", f"{PULLS}/5/reviews/9/events"),
        is_write=True,
    ),
    "delete_draft": Method(
        lambda c: c.delete_draft(REPO, 5, 9), ("DELETE", f"{PULLS}/5/reviews/9"), forgives=("404", "410"), **WRITE
    ),
    "edit_review": Method(lambda c: c.edit_review(REPO, 5, 9, "b"), ("PUT", f"{PULLS}/5/reviews/9"), **WRITE),
    "dismiss_review": Method(
        lambda c: c.dismiss_review(REPO, 5, 9, "m"), ("PUT", f"{PULLS}/5/reviews/9/dismissals"), **WRITE
    ),
    "edit_comment": Method(
        lambda c: c.edit_comment(REPO, 3, "b", in_review=False), ("PATCH", f"{ISSUES}/comments/3"), **WRITE
    ),
    "edit_inline": Method(
        lambda c: c.edit_comment(REPO, 3, "b", in_review=True), ("PATCH", f"{PULLS}/comments/3"), **WRITE
    ),
    "reply": Method(lambda c: c.reply(REPO, 5, "b", in_reply_to=None), ("POST", f"{ISSUES}/5/comments"), is_write=True),
    "reply_inline": Method(
        lambda c: c.reply(REPO, 5, "b", in_reply_to=3), ("POST", f"{PULLS}/5/comments"), is_write=True
    ),
    "replies_since": Method(
        lambda c: c.replies_since(REPO, 5, LONG_AGO, in_review=False), ("GET", f"{ISSUES}/5/comments")
    ),
    "replies_inline": Method(
        lambda c: c.replies_since(REPO, 5, LONG_AGO, in_review=True), ("GET", f"{PULLS}/5/comments")
    ),
    "react": Method(
        lambda c: c.react(REPO, 3, Reaction.DONE, in_review=False),
        ("POST", f"{ISSUES}/comments/3/reactions"),
        **WRITE,
    ),
    "resolve_thread": Method(lambda c: c.resolve_thread(REPO, "PRRT_1"), ("POST", "/graphql"), **WRITE),
    "right_of": Method(
        lambda c: c.right_of(REPO, Actor(1, "ada")),
        ("GET", "/repos/acme/widgets/collaborators/ada/permission"),
        forgives=("404", "410"),
    ),
    "create_check": Method(
        lambda c: c.create_check(REPO, HEAD, review="rv:1", title="t"),
        ("POST", "/repos/acme/widgets/check-runs"),
        is_write=True,
    ),
    "checks_on": Method(lambda c: c.checks_on(REPO, HEAD), ("GET", f"/repos/acme/widgets/commits/{HEAD}/check-runs")),
    "finish_check": Method(
        lambda c: c.finish_check(REPO, 4, "neutral", Report("t", "s")),
        ("PATCH", "/repos/acme/widgets/check-runs/4"),
        **WRITE,
    ),
    "annotations_on": Method(
        lambda c: c.finish_check(REPO, 4, "neutral", Report("t", "s", annotations=(NOTE,))),
        ("GET", "/repos/acme/widgets/check-runs/4"),
    ),
    "failed_deliveries": Method(lambda c: c.failed_deliveries(LONG_AGO), ("GET", "/app/hook/deliveries")),
    "redeliver": Method(lambda c: c.redeliver(8), ("POST", "/app/hook/deliveries/8/attempts"), **WRITE),
    "convert_manifest": Method(
        lambda c: c.convert_manifest("abc"), ("POST", "/app-manifests/abc/conversions"), is_write=True
    ),
}
SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}
ENDINGS: dict[str, tuple[Says, type[GitHubError]]] = {
    "400": (Says(400, {"message": "Problems parsing JSON"}), Unexpected),
    "401": (Says(401, {"message": "Bad credentials"}), Unauthorised),
    "403": (Says(403, {"message": "Resource not accessible by integration"}), Forbidden),
    "403 secondary": (Says(403, SECONDARY), Wait),
    "403 primary": (
        Says(
            403,
            {"message": "API rate limit exceeded"},
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1780001000"},
        ),
        Wait,
    ),
    "404": (Says(404, {"message": "Not Found"}), Gone),
    "406": (Says(406, {"message": "Not Acceptable"}), Refused),
    "409": (Says(409, {"message": "Conflict"}), Refused),
    "410": (Says(410, {"message": "Gone"}), Gone),
    "418": (Says(418, b"<html>a proxy's page</html>"), Unexpected),
    "422": (Says(422, {"message": "Unprocessable Entity", "errors": ["it does not fit"]}), Refused),
    "429": (Says(429, {"message": "Too many"}, {"retry-after": "120"}), Wait),
    "500": (Says(500, b""), Unreachable),
    "502": (Says(502, b"<html>Bad gateway</html>"), Unreachable),
    "503": (Says(503, {"message": "Service unavailable"}), Unreachable),
    "time-out": (Says(failure=httpx.ReadTimeout), Unreachable),
    "no connection": (Says(failure=httpx.ConnectError), Unreachable),
    "cut off": (Says(failure=httpx.RemoteProtocolError), Unreachable),
}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("name", METHODS)
@pytest.mark.asyncio
async def test_every_method_ends_with_the_right_error(name: str, ending: str, script: Script, clock: Clock) -> None:
    method, (says, expected) = METHODS[name], ENDINGS[ending]
    script.on(*method.asks, says)
    script.on("GET", f"{PULLS}/5/reviews/9", *([says] if name == "review" else [Says(200, review_json(9, "APPROVED"))]))
    async with client(script, clock) as github:
        if ending in method.forgives:
            assert await method.call(github) in (None, Right.NONE)
            return
        with pytest.raises(GitHubError) as raised:
            await method.call(github)
    assert type(raised.value) is expected
    assert SECRET not in str(raised.value)
    assert raised.value.__cause__ is None
    times = len(script.sent(*method.asks))
    if method.is_write and expected is not Unauthorised:
        assert times == 1, "a write that may have been done is not repeated"
    elif expected is Unreachable:
        assert times == 3, "a read is repeated twice"


WRONG = b'{"id": "x", "data": 3, "url": 3, "user": 3, "output": 3}'


@pytest.mark.parametrize("body", [b'{"id": 1, "slu', b"\xff\xfe", b"", b"[1]", b'"text"', WRONG])
@pytest.mark.parametrize("name", [name for name, method in METHODS.items() if method.reads_answer])
@pytest.mark.asyncio
async def test_an_answer_that_the_api_does_not_describe(name: str, body: bytes, script: Script, clock: Clock) -> None:
    """A write whose answer cannot be read was probably done: who called has to look."""
    method = METHODS[name]
    script.on(*method.asks, Says(200, body))
    async with client(script, clock) as github:
        with pytest.raises(GitHubError) as raised:
            await method.call(github)
    assert type(raised.value) is (Unreachable if method.is_write else Unexpected)
    assert len(script.sent(*method.asks)) == 1


@pytest.mark.parametrize("body", [b"{", b"", b"<html>"])
@pytest.mark.asyncio
async def test_a_write_that_needs_no_answer_still_says_when_it_got_none(
    body: bytes, script: Script, clock: Clock
) -> None:
    script.on("PATCH", f"{ISSUES}/comments/3", Says(200, body))
    async with client(script, clock) as github:
        with pytest.raises(Unreachable):
            await github.edit_comment(REPO, 3, "b", in_review=False)


@pytest.mark.asyncio
async def test_a_read_that_goes_well_the_third_time_is_good(script: Script, clock: Clock) -> None:
    script.on("GET", "/app", Says(502, b""), Says(failure=httpx.ReadTimeout), Says(200, APP))
    async with client(script, clock) as github:
        assert (await github.app()).slug == "prudent"
        assert (await github.app()).bot_login == "prudent[bot]"
    assert clock.slept == [1.0, 3.0]
    assert len(script.requests) == 3


@pytest.mark.asyncio
async def test_no_answer_at_all_ends(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that sends a byte now and then never runs into a time-out of its parts."""
    monkeypatch.setattr("bot.github.client_http.PATIENCE", 0.05)

    class Silent(Script):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            import asyncio

            await asyncio.sleep(30)
            raise AssertionError

    async with client(Silent(), clock) as github:
        with pytest.raises(Unreachable, match="no answer within"):
            await github.app()


@pytest.mark.asyncio
async def test_texts_of_a_refusal_reach_the_caller(script: Script, clock: Clock) -> None:
    line = "Pull request review thread line must be part of the diff"
    errors = [line, {"resource": "PullRequestReview", "field": "body", "code": "custom", "message": "body is too long"}]
    script.on("POST", f"{PULLS}/5/reviews", Says(422, {"message": "Unprocessable Entity", "errors": errors}))
    async with client(script, clock) as github:
        with pytest.raises(Refused) as raised:
            await METHODS["create_draft"].call(github)
    assert raised.value.reasons == (
        "Unprocessable Entity",
        line,
        "PullRequestReview body custom body is too long",
    )
    assert line not in str(raised.value)


@pytest.mark.asyncio
async def test_a_missing_permission_is_named(script: Script, clock: Clock) -> None:
    headers = {"x-accepted-github-permissions": "checks=write"}
    script.on("POST", "/repos/acme/widgets/check-runs", Says(403, {"message": "Resource not accessible"}, headers))
    async with client(script, clock) as github:
        with pytest.raises(Forbidden, match=r"^POST /repos/\{owner\}/\{repo\}/check-runs: 403, it takes checks=write$"):
            await METHODS["create_check"].call(github)


@pytest.mark.asyncio
async def test_every_request_is_counted_by_its_template(script: Script, clock: Clock) -> None:
    seen: list[tuple[str, str, int]] = []
    script.on("GET", f"{PULLS}/5", Says(502, b""), Says(failure=httpx.ReadTimeout), Says(404, {"message": "Not Found"}))
    async with client(script, clock, on_request=lambda m, p, s, _: seen.append((m, p, s))) as github:
        with pytest.raises(Gone):
            await github.pull(REPO, 5)
    mint, pull = "/app/installations/{installation_id}/access_tokens", "/repos/{owner}/{repo}/pulls/{pull_number}"
    assert seen == [("POST", mint, 201), ("GET", pull, 502), ("GET", pull, 0), ("GET", pull, 404)]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.asyncio
async def test_a_renamed_repository_is_followed_with_the_same_request(
    status: int, script: Script, clock: Clock
) -> None:
    moved = {"location": "https://api.github.com/repos/acme/gadgets/issues/5/comments"}
    script.on("POST", f"{ISSUES}/5/comments", Says(status, {"message": "Moved"}, moved))
    script.on("POST", "/repos/acme/gadgets/issues/5/comments", Says(201, {"id": 77}))
    async with client(script, clock) as github:
        assert await github.reply(REPO, 5, "hello", in_reply_to=None) == 77
    assert script.sent("POST", "/repos/acme/gadgets/issues/5/comments") == [{"body": "hello"}]


@pytest.mark.parametrize("location", ["https://evil.example/x", "http://api.github.com/x", "", "//evil.example/app"])
@pytest.mark.asyncio
async def test_the_token_goes_nowhere_else(location: str, script: Script, clock: Clock) -> None:
    script.on("GET", "/app", Says(302, {}, {"location": location}))
    async with client(script, clock) as github:
        with pytest.raises(Unexpected, match="leads elsewhere"):
            await github.app()
    assert len(script.requests) == 1


@pytest.mark.asyncio
async def test_redirects_in_a_circle_end(script: Script, clock: Clock) -> None:
    script.on("GET", "/app", Says(302, {}, {"location": "/app/hook/config"}))
    script.on("GET", "/app/hook/config", Says(302, {}, {"location": "/app"}))
    async with client(script, clock) as github:
        with pytest.raises(Unexpected, match="redirected"):
            await github.app()


@pytest.mark.asyncio
async def test_outside_of_its_context_the_client_says_so(script: Script, clock: Clock) -> None:
    with pytest.raises(RuntimeError, match="async with"):
        await client(script, clock).app()
    assert private_key()[30:60] not in repr(client(script, clock))
