"""`prudent doctor --app` says what does not fit between GitHub, the App's registration and our settings."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.cli import doctor
from bot.cli.doctor_app import Row, State, check_app, exit_code
from bot.github.manifest import EVENTS, PERMISSIONS
from bot.web.settings import AppSettings, settings_from
from kb.errors import UserError
from tests.github.scripted import APP, BASE, NOW, Clock, Says, Script, client, private_key, token
from tests.world.world import World

GOOD_HOOK = {"url": "https://prudent.example/webhooks/github", "content_type": "json", "secret": "********"}
GOOD_HOOK |= {"insecure_ssl": "0"}
DATE = {"date": formatdate(NOW, usegmt=True)}


@pytest.fixture
def settings(tmp_path: Path) -> AppSettings:
    environ = {
        "PRUDENT_APP_ID": "12345",
        "PRUDENT_PRIVATE_KEY": private_key(),
        "PRUDENT_WEBHOOK_SECRET": "s" * 20,
        "PRUDENT_DATA": str(tmp_path),
        "PRUDENT_CACHE": str(tmp_path),
    }
    return settings_from(environ)


@pytest.fixture
def good(script: Script) -> Script:
    """Play an App that is as it should be."""
    script.on("GET", "/app", Says(200, APP | {"permissions": dict(PERMISSIONS), "events": list(EVENTS)}, DATE))
    script.on("GET", "/app/hook/config", Says(200, GOOD_HOOK))
    script.on("GET", "/app/hook/deliveries", Says(200, []))
    script.on("GET", "/app/installations", Says(200, [installation(7)]))
    script.on("GET", "/installation/repositories", Says(200, {"repositories": [repository()] * 2}))
    return script


def installation(number: int, **more: Any) -> dict[str, Any]:
    made = {"id": number, "account": {"login": f"org-{number}"}, "suspended_at": None, "permissions": dict(PERMISSIONS)}
    return made | more


def repository() -> dict[str, Any]:
    return {"id": 42, "name": "widgets", "owner": {"login": "acme"}, "html_url": "https://github.com/acme/widgets"}


async def rows_of(settings: AppSettings, script: Script, clock: Clock) -> dict[str, Row]:
    async with client(script, clock) as github:
        return {row.name: row for row in await check_app(settings, github)}


@pytest.mark.asyncio
async def test_an_app_that_is_as_it_should_be(settings: AppSettings, good: Script, clock: Clock) -> None:
    rows = await rows_of(settings, good, clock)
    assert list(rows) == ["key", "clock", "permissions", "events", "webhook", "deliveries", "installations"]
    assert {row.state for row in rows.values()} == {State.OK}
    assert rows["installations"].says == "1, with 2 repositories"
    assert "threads stay open" in rows["permissions"].says
    assert exit_code(list(rows.values())) == 0


@pytest.mark.parametrize(
    ("path", "body", "name", "says"),
    [
        ("/app", APP | {"permissions": {"checks": "read"}, "events": []}, "permissions", "checks: write"),
        ("/app", APP | {"permissions": dict(PERMISSIONS), "events": ["push"]}, "events", "issue_comment"),
        ("/app/hook/config", GOOD_HOOK | {"url": "http://prudent.example/webhooks/github"}, "webhook", "not https"),
        ("/app/hook/config", GOOD_HOOK | {"url": "https://prudent.example/hooks"}, "webhook", "path"),
        ("/app/hook/config", GOOD_HOOK | {"url": "https://example.invalid/webhooks/github"}, "webhook", "nowhere"),
        ("/app/hook/config", GOOD_HOOK | {"secret": None}, "webhook", "no secret"),
        ("/app/hook/config", GOOD_HOOK | {"content_type": "form"}, "webhook", "application/json"),
        ("/app/hook/config", GOOD_HOOK | {"insecure_ssl": 1}, "webhook", "certificate"),
        ("/app/hook/config", {}, "webhook", "no URL"),
        ("/app/installations", [], "installations", "none"),
        ("/app/installations", [installation(7, suspended_at="2026-01-01T00:00:00Z")], "installations", "1 suspended"),
    ],
)
@pytest.mark.asyncio
async def test_what_is_wrong_is_named(
    path: str, body: Any, name: str, says: str, settings: AppSettings, good: Script, clock: Clock
) -> None:
    good.on("GET", path, Says(200, body, DATE))
    rows = await rows_of(settings, good, clock)
    assert rows[name].state is State.WRONG
    assert says in rows[name].says
    assert rows[name].hint
    assert exit_code(list(rows.values())) == 1


@pytest.mark.asyncio
async def test_permissions_that_an_account_has_not_accepted(settings: AppSettings, good: Script, clock: Clock) -> None:
    lacking = installation(8, permissions={**PERMISSIONS, "checks": "read"})
    good.on("GET", "/app/installations", Says(200, [installation(7), lacking]))
    good.on("POST", "/app/installations/8/access_tokens", token("ghs_other"))
    async with client(good, clock) as github:
        rows = await check_app(settings, github)
    assert [row.says for row in rows if row.state is State.WRONG] == ["org-8 has not granted: checks: write"]
    assert rows[-1].says == "2, with 4 repositories"


@pytest.mark.parametrize(("skew", "says"), [(300, "300 s behind GitHub's"), (-90, "90 s ahead of GitHub's")])
@pytest.mark.asyncio
async def test_a_clock_that_is_wrong(skew: int, says: str, settings: AppSettings, good: Script, clock: Clock) -> None:
    body = APP | {"permissions": dict(PERMISSIONS), "events": list(EVENTS)}
    good.on("GET", "/app", Says(200, body, {"date": formatdate(NOW + skew, usegmt=True)}))
    rows = await rows_of(settings, good, clock)
    assert (rows["clock"].state, rows["clock"].says) == (State.WRONG, says)


@pytest.mark.asyncio
async def test_a_key_that_github_does_not_accept(settings: AppSettings, good: Script, clock: Clock) -> None:
    good.on("GET", "/app", Says(401, {"message": "A JSON web token could not be decoded"}, DATE))
    rows = await rows_of(settings, good, clock)
    assert list(rows) == ["clock", "key"]
    assert (rows["key"].state, rows["key"].says) == (State.WRONG, "GitHub does not accept it for App 12345")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/app", "key"),
        ("/app/hook/config", "webhook"),
        ("/app/hook/deliveries", "deliveries"),
        ("/app/installations", "installations"),
        ("/installation/repositories", "installations"),
    ],
)
@pytest.mark.asyncio
async def test_what_cannot_be_asked_is_unknown_not_wrong(
    path: str, name: str, settings: AppSettings, good: Script, clock: Clock
) -> None:
    good.on("GET", path, Says(502, b""))
    rows = await rows_of(settings, good, clock)
    assert [row.name for row in rows.values() if row.state is State.UNKNOWN] == [name]
    assert exit_code(list(rows.values())) == 3


@pytest.mark.asyncio
async def test_without_a_date_the_clock_is_unknown(settings: AppSettings, good: Script, clock: Clock) -> None:
    good.on("GET", "/app", Says(200, APP | {"permissions": dict(PERMISSIONS), "events": list(EVENTS)}))
    assert (await rows_of(settings, good, clock))["clock"].state is State.UNKNOWN


@pytest.mark.asyncio
async def test_deliveries_that_did_not_arrive(settings: AppSettings, good: Script, clock: Clock) -> None:
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    lost = {"id": 1, "guid": "g", "delivered_at": at, "redelivery": False, "status": "timed out", "event": "push"}
    good.on("GET", "/app/hook/deliveries", Says(200, [lost]))
    row = (await rows_of(settings, good, clock))["deliveries"]
    assert row.state is State.WRONG
    assert row.says.startswith("1 failed in the last 24 hours and have not arrived since")


@pytest.mark.asyncio
async def test_an_enterprise_servers_pages_are_named(settings: AppSettings, good: Script, clock: Clock) -> None:
    good.on("GET", "/app/installations", Says(200, []))
    there = replace(settings, api_url="https://ghe.example.com/api/v3")
    rows = await rows_of(there, good, clock)
    assert rows["installations"].hint == "install it at https://ghe.example.com/apps/prudent/installations/new"
    assert BASE not in rows["installations"].hint


def run(world: World, monkeypatch: pytest.MonkeyPatch, *arguments: str, **environ: str) -> Result:
    known = {
        "PRUDENT_APP_ID": str(world.app.id),
        "PRUDENT_PRIVATE_KEY": world.app.private_key,
        "PRUDENT_WEBHOOK_SECRET": world.app.webhook_secret,
        "PRUDENT_GITHUB_URL": world.url,
    }
    for name, value in (known | environ).items():
        monkeypatch.setenv(name, value)
    return CliRunner().invoke(doctor.command, ["--app", *arguments])


def test_the_command_against_a_github(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.repository("acme/widgets", {"a.py": "x\n"})
    world.app.webhook_url = "https://prudent.example/webhooks/github"
    result = run(world, monkeypatch)
    assert result.exit_code == 0, result.output
    assert "ok       key" in result.output
    assert result.output.endswith("The App can work.\n")
    for secret in (world.app.webhook_secret, "BEGIN RSA", "ghs_"):
        assert secret not in result.output


def test_the_command_as_json_when_something_is_wrong(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.repository("acme/widgets", {"a.py": "x\n"})
    result = run(world, monkeypatch, "--format", "json", PRUDENT_APP_ID="999")
    document = json.loads(result.output)
    assert result.exit_code == 1
    assert (document["schema"], document["ready"]) == ("prudent.doctor-app/1", False)
    assert {item["name"]: item["state"] for item in document["items"]}["key"] == "wrong"


@pytest.mark.slow
def test_a_github_that_is_not_there(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(world, monkeypatch, PRUDENT_GITHUB_URL="http://127.0.0.1:1")
    assert result.exit_code == 3
    assert "could not be asked (GET /app: ConnectError)" in " ".join(result.output.split())
    assert result.output.endswith("Not all could be checked.\n")


def test_settings_that_are_missing_are_one_line(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(world, monkeypatch, PRUDENT_APP_ID="")
    assert isinstance(result.exception, UserError)
