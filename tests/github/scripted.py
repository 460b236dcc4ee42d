"""Plays GitHub's documented answers, one after the other, to the real client; and holds every request to its contract.

What GitHub *does* is played by the world in tests/world; here stand single answers: errors, limits, odd headers.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import httpx

from bot.events import Repo
from bot.github.client import GitHubClient
from tests.world.contract import check_graphql, check_request

BASE = "https://api.github.com"
REPO = Repo(installation=7, id=42, owner="acme", name="widgets")
HEAD, BASE_TIP = "a" * 40, "b" * 40
SECRET = "ghs_" + "x" * 516  # as long as GitHub's new ones
MINT = f"/app/installations/{REPO.installation}/access_tokens"
APP = {"id": 12345, "slug": "prudent", "name": "Prudent", "permissions": {"checks": "write"}, "events": ["push"]}
NOW = 1_780_000_000.0


@dataclass
class Clock:
    """Time that passes only when somebody sleeps."""

    now: float = NOW
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass(frozen=True)
class Says:
    """One answer: JSON, or raw bytes, or an exception instead of it."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    failure: type[Exception] | None = None

    def response(self, request: httpx.Request) -> httpx.Response:
        if self.failure is not None:
            raise self.failure("as the network does it", request=request)  # type: ignore[call-arg]
        content = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        return httpx.Response(self.status, content=b"" if self.status == 204 else content, headers=self.headers)


Rule = Says | Callable[[httpx.Request], Says]


class Script(httpx.AsyncBaseTransport):
    """Answers by method and path; the last answer of a path stays. `requests` are all that came."""

    def __init__(self, *, prefix: str = "") -> None:
        self._prefix = prefix
        self._answers: dict[tuple[str, str], list[Rule]] = {}
        self.requests: list[httpx.Request] = []
        self.violations: list[str] = []
        self.on("POST", MINT, token())
        self.on("GET", "/app", Says(200, APP))

    def on(self, method: str, path: str, *answers: Rule) -> None:
        self._answers[method, path] = list(answers)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        path = request.url.path.removeprefix(self._prefix)
        self.violations += _violations(request, path)
        answers = self._answers.get((request.method, path))
        if not answers:
            self.violations.append(f"nobody expected {request.method} {path}")
            return httpx.Response(404, json={"message": "Not Found"})
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return (answer(request) if callable(answer) else answer).response(request)

    def sent(self, method: str, path: str) -> list[Any]:
        """Return the bodies of the requests to one path."""
        found = [r for r in self.requests if (r.method, r.url.path.removeprefix(self._prefix)) == (method, path)]
        return [json.loads(request.content) if request.content else None for request in found]

    def lines(self) -> list[str]:
        """Return method and path of every request, those for tokens left out."""
        return [f"{r.method} {r.url.path}" for r in self.requests if not r.url.path.endswith("access_tokens")]


def _violations(request: httpx.Request, path: str) -> list[str]:
    body = json.loads(request.content) if request.content else None
    if path.endswith("/graphql"):
        return check_graphql(body["query"], body["variables"])
    return check_request(request.method, path, dict(parse_qsl(request.url.query.decode())), body)


def token(secret: str = SECRET, *, seconds: float = 3600, now: float = NOW) -> Says:
    from datetime import UTC, datetime

    expires = datetime.fromtimestamp(now + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Says(201, {"token": secret, "expires_at": expires})


@cache
def private_key() -> str:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    made = rsa.generate_private_key(65537, 2048)
    return made.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


def client(script: Script, clock: Clock, *, pace: float = 0.0, base_url: str = BASE, **more: Any) -> GitHubClient:
    return GitHubClient(
        12345, private_key(), base_url=base_url, pace=pace, clock=clock, sleep=clock.sleep, transport=script, **more
    )


def pull_json(number: int = 5, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "number": number,
        "title": "A change",
        "body": None,
        "user": {"id": 1, "login": "ada", "type": "User"},
        "head": {"sha": HEAD, "repo": {"full_name": "ada/widgets"}},
        "base": {"sha": BASE_TIP, "ref": "main", "repo": {"default_branch": "main"}},
        "state": "open",
        "draft": False,
        "merged_at": None,
        "merge_commit_sha": "c" * 40,
        "labels": [{"name": "bug"}],
        "updated_at": "2026-01-02T03:04:05Z",
    }
    return made | more


def review_json(number: int = 9, state: str = "PENDING") -> dict[str, Any]:
    url = f"https://github.com/acme/widgets/pull/5#pullrequestreview-{number}"
    return {"id": number, "node_id": "PRR_9", "state": state, "body": "", "commit_id": HEAD, "html_url": url}
