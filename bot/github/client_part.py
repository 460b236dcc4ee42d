"""What the parts of the client share: one `Http`, and requests about a repository as its installation."""

from __future__ import annotations

from bot.events import Repo
from bot.github.asks import Ask, caller_for
from bot.github.client_http import Http
from bot.github.fields import Fields


class Part:
    """A group of the client's methods."""

    _http: Http

    async def _call(self, repo: Repo, ask: Ask) -> Fields:
        return await self._http.call(ask, caller_for(repo))

    async def _pages(self, repo: Repo, ask: Ask) -> list[Fields]:
        return await self._http.pages(ask, caller_for(repo))
