"""`prudent doctor --app`: whether GitHub, the App's registration and our settings fit together. Nothing is changed."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.cli.terminal import wants_colour, width_of
from bot.github.errors import GitHubError, Unauthorised
from bot.github.manifest import EVENTS, HOOK_PATH, missing_permissions, needless_permissions, web_address

if TYPE_CHECKING:
    from bot.github.client import GitHubClient
    from bot.github.model import AppIdentity
    from bot.web.settings import AppSettings

SCHEMA = "prudent.doctor-app/1"
LARGEST_SKEW = 60.0  # seconds: signatures are dated back by as much
LOOK_BACK = timedelta(hours=24)
MOST_COUNTED = 20  # installations whose repositories are counted


class State(StrEnum):
    """How one thing was found."""

    OK = "ok"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Row:
    """One thing that was looked at, and what to do about it."""

    name: str
    state: State
    says: str
    hint: str = ""


def exit_code(rows: Sequence[Row]) -> int:
    """Return 1 if something is wrong, else 3 if something could not be checked, else 0."""
    states = {row.state for row in rows}
    return 1 if State.WRONG in states else 3 if State.UNKNOWN in states else 0


async def check_app(settings: AppSettings, github: GitHubClient) -> list[Row]:
    """Return what was found, the key first: without it nothing else can be asked."""
    try:
        app = await github.app()
    except Unauthorised:
        return [*_clock(github), _refused_key(settings)]
    except GitHubError as error:
        hint = f"is {settings.api_url} right, and reachable from here?"
        return [Row("key", State.UNKNOWN, f"GitHub could not be asked ({error})", hint)]
    place = f"{web_address(settings.api_url)}/settings/apps/{app.slug}"
    rows = [Row("key", State.OK, f"accepted: {app.name} ({app.slug}), App {app.id}"), *_clock(github)]
    rows += [_permissions(app, place), _events(app, place)]
    rows += await _asked("webhook", lambda: _webhook(github, place))
    rows += await _asked("deliveries", lambda: _deliveries(github))
    rows += await _asked("installations", lambda: _installations(github, app, settings))
    return rows


def report(settings: AppSettings, form: str) -> tuple[str, int]:
    """Return the text to print, and the exit code."""
    import asyncio

    rows = asyncio.run(_looked(settings))
    code = exit_code(rows)
    if form == "json":
        document = {"schema": SCHEMA, "ready": code == 0, "items": [asdict(row) for row in rows]}
        return json.dumps(document, indent=2) + "\n", code
    return "\n".join(_lines(rows, code)) + "\n", code


async def _looked(settings: AppSettings) -> list[Row]:
    from bot.github.client import GitHubClient

    async with GitHubClient(settings.app_id, settings.private_key, base_url=settings.api_url) as github:
        return await check_app(settings, github)


async def _asked(name: str, look: Callable[[], Awaitable[list[Row]]]) -> list[Row]:
    try:
        return await look()
    except GitHubError as error:
        return [Row(name, State.UNKNOWN, f"GitHub could not be asked ({error})")]


def _refused_key(settings: AppSettings) -> Row:
    hint = "generate a key on the App's page, and compare the App's id there with PRUDENT_APP_ID"
    return Row("key", State.WRONG, f"GitHub does not accept it for App {settings.app_id}", hint)


def _clock(github: GitHubClient) -> list[Row]:
    if github.skew is None:
        return [Row("clock", State.UNKNOWN, "GitHub did not say what time it is")]
    seconds = abs(github.skew)
    if seconds <= LARGEST_SKEW:
        return [Row("clock", State.OK, "agrees with GitHub's")]
    says = f"{seconds:.0f} s {'behind' if github.skew > 0 else 'ahead of'} GitHub's"
    return [Row("clock", State.WRONG, says, "set it by the network (NTP): signatures are good for minutes only")]


def _permissions(app: AppIdentity, place: str) -> Row:
    granted = dict(app.permissions)
    if missing := missing_permissions(granted):
        return Row("permissions", State.WRONG, f"missing: {', '.join(missing)}", f"add them at {place}/permissions")
    says = "all that are needed"
    if granted.get("contents") != "write":
        says += "; without contents: write, fixed findings are marked and their threads stay open"
    if needless := needless_permissions(granted):
        says += f"; not needed: {', '.join(needless)}"
    return Row("permissions", State.OK, says)


def _events(app: AppIdentity, place: str) -> Row:
    if missing := [event for event in EVENTS if event not in app.events]:
        return Row(
            "events", State.WRONG, f"not subscribed to: {', '.join(missing)}", f"tick them at {place}/permissions"
        )
    return Row("events", State.OK, "all that are needed")


async def _webhook(github: GitHubClient, place: str) -> list[Row]:
    hook = await github.hook()
    parts = urlsplit(hook.url)
    problems = []
    if not parts.hostname:
        problems.append("it has no URL")
    elif parts.scheme != "https":
        problems.append("its URL is not https")
    if parts.hostname and parts.path != HOOK_PATH:
        problems.append(f"its URL's path is not {HOOK_PATH}")
    if (parts.hostname or "").endswith(".invalid"):
        problems.append("its URL leads nowhere yet")
    if not hook.has_secret:
        problems.append("it has no secret")
    if hook.content_type != "json":
        problems.append("its content type is not application/json")
    if not hook.verifies:
        problems.append("GitHub does not check the certificate of its URL")
    if problems:
        return [Row("webhook", State.WRONG, "; ".join(problems), f"change it at {place}")]
    return [Row("webhook", State.OK, f"{parts.scheme}://{parts.netloc}{parts.path}")]


async def _deliveries(github: GitHubClient) -> list[Row]:
    failed = await github.failed_deliveries(datetime.now(UTC) - LOOK_BACK)
    if not failed:
        return [Row("deliveries", State.OK, "none failed in the last 24 hours")]
    last = max(delivery.at for delivery in failed)
    says = (
        f"{len(failed)} failed in the last 24 hours and have not arrived since, the last at {last:%Y-%m-%d %H:%M} UTC"
    )
    return [Row("deliveries", State.WRONG, says, "is prudent serve running, and does GitHub reach it?")]


async def _installations(github: GitHubClient, app: AppIdentity, settings: AppSettings) -> list[Row]:
    installed = await github.installed()
    live = [each for each in installed if not each.is_suspended]
    if not live:
        where = f"{web_address(settings.api_url)}/apps/{app.slug}/installations/new"
        says = f"none, {len(installed)} suspended" if installed else "none"
        return [Row("installations", State.WRONG, says, f"install it at {where}")]
    rows = []
    for each in live:
        if missing := missing_permissions(dict(each.permissions)):
            says = f"{each.account} has not granted: {', '.join(missing)}"
            rows.append(Row("installations", State.WRONG, says, "an owner there has to accept the new permissions"))
    counts = [len(await github.repositories(each.id)) for each in live[:MOST_COUNTED]]
    more = f" in the first {MOST_COUNTED}" if len(live) > MOST_COUNTED else ""
    says = f"{len(live)}, with {sum(counts)} repositories{more}"
    return [*rows, Row("installations", State.OK, says)]


def _lines(rows: list[Row], code: int) -> list[str]:
    from bot.render.escape import wrapped

    colour, width = wants_colour(sys.stdout, os.environ), width_of(sys.stdout, os.environ)
    longest = max(len(row.name) for row in rows)
    lines = []
    for row in rows:
        lead = f"{row.state.value.ljust(7)}  {row.name.ljust(longest)}  "
        first, *rest = wrapped(row.says, width, indent=lead, hang=" " * len(lead))
        lines.append(f"\x1b[{_STYLES[row.state]}m{first[:7]}\x1b[0m{first[7:]}" if colour else first)
        lines += rest
        if row.hint:
            lines += wrapped(f"-> {row.hint}", width, indent=" " * len(lead), hang=" " * (len(lead) + 3))
    endings = {0: "The App can work.", 1: "Mend what is wrong above.", 3: "Not all could be checked."}
    return [*lines, "", endings[code]]


_STYLES = {State.OK: "32", State.WRONG: "31", State.UNKNOWN: "33"}
