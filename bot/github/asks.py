"""What is asked of GitHub, and as whom: values, made by the client's methods and carried by `client_http`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from bot.events import Repo
from bot.github.limits import Quota

Value = str | int

GRAPHQL = "/graphql"
PAGE = 100  # the most that GitHub gives at once


@dataclass(frozen=True)
class Caller:
    """As whom: an installation by its id, the App itself (`is_app`), or nobody."""

    installation: int = 0
    is_app: bool = False


APP = Caller(is_app=True)
NOBODY = Caller()


@dataclass(frozen=True)
class Ask:
    """One request. `path` is a template with names in braces, `values` fills them; errors and counts show the template.

    `is_safe`: doing it twice is doing it once, though the method says otherwise. `remembers`: its answer is kept, and
    GitHub is asked only whether it has changed.
    """

    method: str
    path: str
    values: Mapping[str, Value] = field(default_factory=dict, repr=False)
    query: Mapping[str, Value] = field(default_factory=dict)
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    is_safe: bool = False
    remembers: bool = False

    @property
    def where(self) -> str:
        """Return method and path template: what errors say."""
        return f"{self.method} {self.path}"

    @property
    def is_write(self) -> bool:
        """Return whether doing it twice may be wrong."""
        return self.method != "GET" and not self.is_safe

    @property
    def is_graphql(self) -> bool:
        """Return whether it goes to the GraphQL endpoint."""
        return self.path == GRAPHQL

    @property
    def quota(self) -> Quota:
        """Return what it is counted against."""
        return Quota.GRAPHQL if self.is_graphql else Quota.REST

    @property
    def content(self) -> bytes | None:
        """Return the body as JSON; halves of characters, as file names that are no UTF-8 have, become "?"."""
        return None if self.body is None else json.dumps(self.body, ensure_ascii=False).encode("utf-8", "replace")

    @property
    def target(self) -> str:
        """Return path and query with every value quoted."""
        path = self.path.format_map(
            {name: quote(str(value), safe="", errors="replace") for name, value in self.values.items()}
        )
        return f"{path}?{urlencode(self.query)}" if self.query else path

    def next_page(self, link: str) -> Ask | None:
        """Return the ask for the page that a `link` header calls next, None at the end.

        Only its query is taken: where the request goes is not GitHub's to say.
        """
        for part in link.split(","):
            if match := re.fullmatch(r'\s*<([^<>]*)>\s*;.*\brel="?next"?.*', part):
                return replace(self, query=dict(parse_qsl(urlsplit(match[1]).query)))
        return None


def graphql(query: str, variables: Mapping[str, str | int | None], *, is_write: bool = False) -> Ask:
    """Return the ask for a GraphQL query, or (`is_write`) a mutation."""
    return Ask("POST", GRAPHQL, body={"query": query, "variables": dict(variables)}, is_safe=not is_write)


def on(
    repo: Repo,
    method: str,
    path: str = "",
    *,
    query: Mapping[str, Value] | None = None,
    body: Mapping[str, Any] | None = None,
    remembers: bool = False,
    **values: Value,
) -> Ask:
    """Return the ask for something of a repository; `path` goes on behind "/repos/{owner}/{repo}"."""
    named = {"owner": repo.owner, "repo": repo.name, **values}
    return Ask(method, f"/repos/{{owner}}/{{repo}}{path}", named, query or {}, body, remembers=remembers)


def caller_for(repo: Repo) -> Caller:
    """Return as whom a repository is spoken about: its installation."""
    return Caller(repo.installation)
