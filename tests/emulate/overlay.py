"""What the emulator does otherwise than GitHub, put right between it and the App: API calls one way, hooks the other.

App -> overlay -> emulator for the API; emulator -> overlay -> App for webhooks. The emulator keeps all state; what it
has no place for (lines of comments, resolved threads, reactions, annotations sent before) is remembered here. Every
request of the App passes the gate of `tests.world.contract`; what does not is in `violations`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.emulate.anchors import Anchor
from tests.emulate.emulator import ALICE, Emulator
from tests.emulate.git_http import serve_git
from tests.emulate.standing import answer
from tests.world.contract import check_graphql, check_request

MILLISECONDS = re.compile(r'(T\d\d:\d\d:\d\d)\.\d{3}Z"')  # GitHub's times end at the second
HEADERS = ("authorization", "accept", "content-type", "if-none-match")


@dataclass
class Answer:
    """An answer on its way to the App."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Ask:
    """A request of the App's on its way to the emulator."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any = None

    @property
    def token(self) -> str:
        """Return the bearer's token."""
        return self.headers.get("authorization", "").removeprefix("Bearer ")


class Overlay:
    """What is corrected, and what has to be remembered for it."""

    def __init__(self, emulator: Emulator, git_root: str, corrections: Sequence[Correction]) -> None:
        self.emulator = emulator
        self.may_resolve = emulator.permissions.get("contents") == "write"
        self.corrections = corrections
        self.git_root = git_root
        self.http = httpx.AsyncClient(base_url=emulator.url, timeout=10)
        self.repositories = ["widgets", "gadgets"]
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.tokens: set[str] = {ALICE, "bob_token"}
        self.anchors: dict[int, Anchor] = {}  # by comment
        self.resolved: dict[str, str] = {}  # thread -> login
        self.bodies: dict[int, str] = {}  # of submitted reviews that were edited
        self.deleted: set[int] = set()  # drafts
        self.annotations: dict[int, list[Any]] = {}  # by check run
        self.reactions: dict[str, set[tuple[str, str]]] = {}  # path -> (token, content)
        self.requests: list[tuple[str, str, int]] = []
        self.violations: list[str] = []

    async def endpoint(self, request: Request) -> Response:
        """Answer one request of the App's."""
        if ".git/" in request.url.path:
            return await serve_git(request, self.git_root, self.tokens)
        raw = await request.body()
        body = json.loads(raw) if raw else None
        headers = {name: request.headers[name] for name in HEADERS if name in request.headers}
        ask = Ask(request.method, request.url.path, dict(request.query_params), headers, body)
        done = await self._answered(ask)
        text = "" if done.body is None else MILLISECONDS.sub(r'\1Z"', json.dumps(done.body))
        etag = f'"{hashlib.sha256(text.encode()).hexdigest()}"'
        is_known = ask.method == "GET" and done.status == 200 and headers.get("if-none-match") == etag
        self.requests.append((ask.method, ask.path, 304 if is_known else done.status))
        if is_known:
            return Response(status_code=304, headers={"etag": etag})
        return Response(text, done.status, {**done.headers, "etag": etag}, media_type="application/json")

    async def forward(self, ask: Ask, **changes: Any) -> Answer:
        """Return what the emulator answers; `changes` are of the ask's fields."""
        sent = Ask(**{**ask.__dict__, **changes})
        headers = {name: value for name, value in sent.headers.items() if name == "authorization"}
        reply = await self.http.request(
            sent.method,
            sent.path,
            params=sent.query,
            headers=headers,
            json=sent.body if sent.body is not None else None,
        )
        kept = {name: reply.headers[name] for name in reply.headers if name.startswith(("x-ratelimit", "link"))}
        return Answer(reply.status_code, reply.json() if reply.content else None, kept)

    async def every(self, ask: Ask, path: str) -> list[Any]:
        """Return all items of a list, of all its pages."""
        found: list[Any] = []
        for page in range(1, 50):
            query = {"per_page": "100", "page": str(page)}
            items = (await self.forward(ask, method="GET", path=path, query=query, body=None)).body
            found += items
            if len(items) < 100:
                break
        return found

    async def pull(self, ask: Ask, path: str) -> Answer:
        """Return a pull request with the head that its branch has: the emulator leaves it where it was opened."""
        done = await self.forward(ask, method="GET", path=path, query={}, body=None)
        if done.status == 200:
            await self.set_heads(ask, [done.body])
        return done

    async def set_heads(self, ask: Ask, pulls: Sequence[Any]) -> None:
        """Write the branches' commits into pull requests that are open."""
        where = {f"/repos/{pull['head']['repo']['full_name']}/git/matching-refs/heads/" for pull in pulls}
        told = [await self.forward(ask, method="GET", path=path, query={}, body=None) for path in where]  # in one page
        found = [ref for one in told if one.status == 200 for ref in one.body]
        commits = {(ref["url"].split("/git/")[0], ref["ref"]): ref["object"]["sha"] for ref in found}
        for pull in pulls:
            branch = (pull["head"]["repo"]["url"], f"refs/heads/{pull['head']['ref']}")
            if pull["state"] == "open" and branch in commits:
                pull["head"]["sha"] = commits[branch]

    async def _answered(self, ask: Ask) -> Answer:
        if ask.path == "/graphql":
            self.violations += check_graphql(ask.body["query"], ask.body.get("variables"))
        else:
            self.violations += check_request(ask.method, ask.path, ask.query, ask.body)
        if ask.token.count(".") != 2 and ask.token not in self.tokens:  # the emulator takes any token for somebody's
            return Answer(401, {"message": "Bad credentials"})
        if ask.path == "/graphql":
            return Answer(200, await answer(self, ask))
        for method, pattern, corrected in self.corrections:
            if ask.method == method and (match := re.fullmatch(pattern, ask.path)):
                return await corrected(self, ask, match.groupdict())
        return await self.forward(ask)


Correct = Callable[[Overlay, Ask, Mapping[str, str]], Awaitable[Answer]]
Correction = tuple[str, str, Correct]  # method, pattern of the path, what is done instead of passing it on


def application(overlay: Overlay, hooks: Callable[[Request], Awaitable[Response]]) -> Starlette:
    """Return the overlay as an application; `hooks` takes what the emulator delivers."""
    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with overlay.http:
            yield

    routes = [
        Route("/_hooks", hooks, methods=["POST"]),
        Route("/{path:path}", overlay.endpoint, methods=methods),
    ]
    return Starlette(routes=routes, lifespan=lifespan)
