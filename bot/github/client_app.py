"""The client's methods about the App itself: who we are, where we are installed, tokens, webhook deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.events import Repo
from bot.github.asks import APP, NOBODY, PAGE, Ask, Caller, Value
from bot.github.client_part import Part
from bot.github.model import AppIdentity, Delivery
from bot.github.readings import delivery_from, repo_from

MOST_PAGES = 50  # of deliveries, a hundred each
MANIFEST = "/app-manifests/{code}/conversions"


@dataclass(frozen=True)
class Hook:
    """Where GitHub delivers to. `verifies`: it checks the certificate of that address."""

    url: str
    content_type: str
    has_secret: bool
    verifies: bool


@dataclass(frozen=True)
class Installation:
    """One account's installation. `permissions`: what it granted, which may be less than the App asks for by now."""

    id: int
    account: str
    is_suspended: bool
    permissions: tuple[tuple[str, str], ...]


class Apps(Part):
    """Reads and asks for what belongs to the App."""

    _app: AppIdentity | None

    async def app(self) -> AppIdentity:
        """Return who we are; kept for the life of the process."""
        if self._app is None:
            said = await self._http.call(Ask("GET", "/app"), APP)
            self._app = AppIdentity(
                id=said.number("id"),
                slug=said.text("slug"),
                name=said.text("name"),
                permissions=said.texts_by_name("permissions"),
                events=tuple(sorted(event.text() for event in said.each("events"))),
            )
        return self._app

    async def hook(self) -> Hook:
        """Return how the App's webhook is set up. GitHub shows a secret as asterisks."""
        said = await self._http.call(Ask("GET", "/app/hook/config"), APP)
        return Hook(
            url=said.text_or("", "url"),
            content_type=said.text_or("form", "content_type"),
            has_secret=bool(said.text_or("", "secret")),
            verifies=str(said.at("insecure_ssl").value) == "0" if said.has("insecure_ssl") else True,
        )

    async def set_hook_secret(self, secret: str) -> None:
        """Set the secret that deliveries are signed with."""
        body = {"secret": secret, "content_type": "json"}
        await self._http.reply_to(Ask("PATCH", "/app/hook/config", body=body, is_safe=True), APP)

    async def installations(self) -> tuple[int, ...]:
        """Return the ids of all installations that are not suspended."""
        return tuple(each.id for each in await self.installed() if not each.is_suspended)

    async def installed(self) -> tuple[Installation, ...]:
        """Return where the App is installed, suspended ones among them."""
        pages = await self._http.pages(Ask("GET", "/app/installations", query={"per_page": PAGE}), APP)
        return tuple(
            Installation(
                id=item.number("id"),
                account=item.text_or("", "account", "login"),
                is_suspended=item.has("suspended_at"),
                permissions=item.texts_by_name("permissions"),
            )
            for page in pages
            for item in page.each()
        )

    async def repositories(self, installation: int) -> tuple[Repo, ...]:
        """Return the repositories that an installation was given."""
        ask = Ask("GET", "/installation/repositories", query={"per_page": PAGE}, remembers=True)
        pages = await self._http.pages(ask, Caller(installation))
        return tuple(repo_from(item, installation) for page in pages for item in page.each("repositories"))

    async def token(self, repo: Repo) -> str:
        """Return a token that may read this repository's contents, for git; good for at least five minutes."""
        return await self._http.tokens.for_git(repo)

    async def failed_deliveries(self, since: datetime) -> tuple[Delivery, ...]:
        """Return deliveries that failed since a moment, each guid once (its last attempt), oldest first.

        GitHub is asked for failures first, and for everything only if there are some: a busy App has many deliveries.
        Of those, the newest are looked at; a failure that arrived since may then be among what is returned, and
        delivering it again does nothing.
        """
        failed = [each for each in await self._deliveries(since, {"status": "failure"}) if not each.ok]
        if not failed:
            return ()
        last: dict[str, Delivery] = {}
        for each in reversed([*await self._deliveries(min(one.at for one in failed), {}), *failed]):
            if each.guid not in last or (each.at, each.id) >= (last[each.guid].at, last[each.guid].id):
                last[each.guid] = each
        guids = dict.fromkeys(each.guid for each in reversed(failed))
        return tuple(last[guid] for guid in guids if not last[guid].ok)

    async def redeliver(self, delivery: int) -> None:
        """Ask GitHub to deliver again: what comes has the same guid, so it is done once."""
        ask = Ask("POST", "/app/hook/deliveries/{delivery_id}/attempts", {"delivery_id": delivery})
        await self._http.reply_to(ask, APP)

    async def convert_manifest(self, code: str) -> dict[str, str]:
        """Return id, slug, pem, webhook_secret and html_url of the App that a manifest's code stands for.

        No key is needed. A code can be used once, within an hour.
        """
        said = await self._http.call(Ask("POST", MANIFEST, {"code": code}), NOBODY)
        made = {name: said.text(name) for name in ("slug", "pem", "html_url")}
        return {"id": str(said.number("id")), "webhook_secret": said.text_or("", "webhook_secret"), **made}

    async def _deliveries(self, since: datetime, query: Mapping[str, Value]) -> list[Delivery]:
        """Return attempts since a moment, newest first, from so many pages at most."""
        found: list[Delivery] = []
        following = Ask("GET", "/app/hook/deliveries", query={**query, "per_page": PAGE})
        for _ in range(MOST_PAGES):
            reply = await self._http.reply_to(following, APP)
            page = [delivery_from(item) for item in self._http.fields(following, reply).each()]
            found += [each for each in page if each.at >= since]
            after = following.next_page(reply.headers.get("link", ""))
            if after is None or not page or page[-1].at < since:
                break
            following = after
        return found
