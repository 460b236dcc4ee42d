"""One REST operation: its path, the permission it takes, and how lists are paged."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from tests.world.app import Token, Viewer, covers
from tests.world.errors import Denied, forbidden, missing, unauthorised
from tests.world.records import RANKS, User

if TYPE_CHECKING:
    from tests.world.pull import Pull
    from tests.world.repository import Repository
    from tests.world.world import World

Json = dict[str, Any]
Item = TypeVar("Item")
APP, ANYONE = "app", ""
PEOPLE_NEED = {("pull_requests", "write"): "read", ("issues", "write"): "read"}  # the right that commenting takes


@dataclass(frozen=True)
class Answer:
    """What is answered: JSON, or text with its media type."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Call:
    """One request, its credential already looked at."""

    world: World
    viewer: Viewer
    values: Mapping[str, str]
    query: Mapping[str, str]
    body: Json
    headers: Mapping[str, str]
    path: str

    @property
    def accept(self) -> str:
        """Return the media type that is asked for, without "+json"."""
        return self.headers.get("accept", "").split(",")[0].split(";")[0].removesuffix("+json")

    @cached_property
    def repo(self) -> Repository:
        """Return the repository in the path; raises the 404 of one that is not there or not for the asker."""
        found = self.world.find(self.values["owner"], self.values["repo"])
        if found is None or (found.is_private and not self.reaches(found)):
            raise missing()
        return found

    @cached_property
    def pull(self) -> Pull:
        """Return the pull request in the path."""
        number = self.values.get("pull_number") or self.values["issue_number"]
        found = self.repo.pulls.get(int(number)) if number.isdigit() else None
        if found is None:
            raise missing()
        return found

    @property
    def user(self) -> User:
        """Return whose name it is done in."""
        return self.viewer.user

    @property
    def token(self) -> Token:
        """Return the installation's token; raises the 403 that a person gets."""
        if self.viewer.token is None:
            raise Denied(403, "You must authenticate via a GitHub App.")
        return self.viewer.token

    def reaches(self, repo: Repository) -> bool:
        """Return whether the credential covers a repository."""
        token = self.viewer.token
        if token is None:
            return RANKS.index(self.world.rank(repo, self.user.login)) > 0
        narrowed = token.repositories is None or repo.id in token.repositories
        return narrowed and repo in self.world.covered(token.installation)

    def allow(self, needs: str) -> None:
        """Raise the refusal of a credential that lacks "permission:level" (any of those separated by "|")."""
        if needs == ANYONE:
            return
        if (needs == APP) != (self.viewer.kind == "app"):
            raise unauthorised("A JSON web token could not be decoded") if needs == APP else forbidden()
        if needs == APP:
            return
        if not any(self._holds(*need.split(":")) for need in needs.split("|")):
            raise forbidden()

    def _holds(self, permission: str, level: str) -> bool:
        repo = self.repo
        if self.viewer.kind == "person":
            wanted = PEOPLE_NEED.get((permission, level), level)
            return RANKS.index(self.world.rank(repo, self.user.login)) >= RANKS.index(wanted)
        if not self.reaches(repo):
            return level == "read"  # what is public is read with any token
        return self.viewer.may(permission, level)

    def page(
        self, items: Sequence[Item], shape: Callable[[Item], Json], *, under: str = "", most: int = 10**9
    ) -> Answer:
        """Return one page with its Link header; `under` names the list in an object that also counts."""
        size, number = self._number("per_page", 30, 100), self._number("page", 1, 10**6)
        shown = list(items)[:most]
        part = [shape(item) for item in shown[(number - 1) * size : number * size]]
        last = max(1, -(-len(shown) // size))
        links = {"prev": number - 1, "first": 1} if number > 1 else {}
        links |= {"next": number + 1, "last": last} if number < last else {}
        kept = [f'<{self._at(page)}>; rel="{name}"' for name, page in links.items()]
        headers = {"Link": ", ".join(kept)} if kept else {}
        return Answer(200, {"total_count": len(shown), under: part} if under else part, headers)

    def _number(self, name: str, default: int, most: int) -> int:
        text = self.query.get(name, "")
        return min(max(1, int(text)), most) if text.isdigit() else default

    def _at(self, page: int) -> str:
        return f"{self.world.url}{self.path}?{urlencode({**self.query, 'page': page})}"


@dataclass(frozen=True)
class Operation:
    """A method and a path template, what it takes, and what does it. `makes_content`: counts as content creation."""

    method: str
    template: str
    needs: str
    run: Callable[[Call], Answer]
    makes_content: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Return the template as a pattern; {+name} takes slashes too."""
        text = re.sub(
            r"\{\+(\w+)\}",
            r"(?P<\1>.+)",
            re.escape(self.template).replace(r"\{", "{").replace(r"\}", "}").replace(r"\+", "+"),
        )
        return re.compile("^" + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", text) + "$")


def wanted(call: Call, name: str, kind: type | tuple[type, ...] = str) -> Any:
    """Return a field of the body that must be there; raises GitHub's 422 for one that is not."""
    value = call.body.get(name)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise Denied(422, f'Invalid request.\n\n"{name}" wasn\'t supplied.')
    return value


def grants(held: Mapping[str, str], asked: Mapping[str, str]) -> bool:
    """Return whether all that is asked for is held."""
    return all(covers(held.get(name), level) for name, level in asked.items())
