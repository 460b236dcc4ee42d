"""How the tests of the fake ask it: as the App, as one of its installations, as a person, or as nobody."""

from __future__ import annotations

from typing import Any

import httpx
import jwt

from tests.world.pull import Pull
from tests.world.repository import Repository
from tests.world.world import World

LINES = "".join(f"line {number}\n" for number in range(1, 41))


def changed(*numbers: int) -> str:
    """Return LINES with some lines changed."""
    return "".join(f"new {n}\n" if n in numbers else f"line {n}\n" for n in range(1, 41))


def signed(world: World, *, before: int = 60, ahead: int = 300, key: str = "", app: str = "") -> str:
    """Return a JWT of the App; issued so many seconds ago, ending so many seconds ahead."""
    now = int(world.clock.now().timestamp())
    claims = {"iat": now - before, "exp": now + ahead, "iss": app or str(world.app.id)}
    return jwt.encode(claims, key or world.app.private_key, algorithm="RS256")


class Asker:
    """Asks a world over HTTP with one credential."""

    def __init__(self, world: World, credential: str) -> None:
        self.world = world
        self.credential = credential

    def ask(self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        """Ask, and return the answer, whatever it is."""
        given = {"authorization": f"Bearer {self.credential}"} if self.credential else {}
        url, sent = self.world.url + path, {**given, **(headers or {})}
        # without certificates to read, which take longer than the answer
        return httpx.request(method, url, headers=sent, timeout=20, verify=False, trust_env=False, **more)

    def get(self, path: str, **more: Any) -> httpx.Response:
        """Ask with GET."""
        return self.ask("GET", path, **more)

    def post(self, path: str, **body: Any) -> httpx.Response:
        """Ask with POST and a JSON body."""
        return self.ask("POST", path, json=body)

    def patch(self, path: str, **body: Any) -> httpx.Response:
        """Ask with PATCH and a JSON body."""
        return self.ask("PATCH", path, json=body)

    def put(self, path: str, **body: Any) -> httpx.Response:
        """Ask with PUT and a JSON body."""
        return self.ask("PUT", path, json=body)

    def graph(self, query: str, **variables: Any) -> dict[str, Any]:
        """Ask with GraphQL and return the answer."""
        told: dict[str, Any] = self.post("/graphql", query=query, variables=variables).json()
        return told


def installed(world: World, repo: Repository, **body: Any) -> Asker:
    """Return an asker with a token of a repository's installation, perhaps narrowed."""
    of = world.installation_of(repo)
    assert of
    answer = Asker(world, signed(world)).post(f"/app/installations/{of.id}/access_tokens", **body)
    assert answer.status_code == 201, answer.text
    return Asker(world, answer.json()["token"])


def opened(world: World, files: dict[str, str | bytes | None] | None = None, **more: Any) -> tuple[Repository, Pull]:
    """Return acme/widgets with a.py of 40 lines, and a pull request by ada that changes line 20 of it."""
    repo = world.repository("acme/widgets", {"a.py": LINES})
    return repo, repo.open_pull(world.person("ada"), files or {"a.py": changed(20)}, **more)


def pardon(world: World, *parts: str) -> None:
    """Take note that the gate saw what was wrong on purpose: each violation has one of these parts, each is met."""
    found, world.violations = world.violations, []
    assert all(any(part in text for part in parts) for text in found), found
    assert all(any(part in text for text in found) for part in parts), found


def refusals(answer: httpx.Response) -> str:
    """Return what a 422 says."""
    assert answer.status_code == 422, answer.text
    return f"{answer.json()['message']}: {answer.json().get('errors')}"
