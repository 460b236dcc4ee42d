"""The form that registers an App, `app.yml`, and what was granted, say the same."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.github.manifest import (
    DESCRIPTION,
    EVENTS,
    NAME,
    PERMISSIONS,
    manifest,
    missing_permissions,
    needless_permissions,
    web_address,
)

ROOT = Path(__file__).parents[2]


def test_app_yml_says_what_is_registered() -> None:
    text = (ROOT / "app.yml").read_text()
    said = yaml.safe_load(text)
    made = manifest(public_url="https://prudent.example", redirect_url="http://127.0.0.1:1/created")
    assert said == {name: made[name] for name in said}
    assert (said["name"], said["description"], said["default_events"]) == (NAME, DESCRIPTION, list(EVENTS))
    lines = [line for line in text.splitlines() if line.startswith("  ") and not line.strip().startswith("#")]
    assert len(lines) == len(PERMISSIONS) + len(EVENTS)
    assert all(" # " in line for line in lines), "each has its reason"


def test_the_webhook_is_off_until_an_address_is_known() -> None:
    made = manifest(public_url=None, redirect_url="http://127.0.0.1:1/created")
    assert made["hook_attributes"]["active"] is False
    made = manifest(public_url="https://prudent.example/", redirect_url="http://127.0.0.1:1/created")
    assert made["hook_attributes"] == {"url": "https://prudent.example/webhooks/github", "active": True}


def test_what_is_missing_and_what_is_too_much() -> None:
    assert missing_permissions(dict(PERMISSIONS)) == ()
    assert missing_permissions({**PERMISSIONS, "checks": "read"}) == ("checks: write",)
    assert missing_permissions({}) == tuple(f"{name}: {level}" for name, level in PERMISSIONS.items())
    assert needless_permissions({**PERMISSIONS, "contents": "write"}) == ()
    assert needless_permissions({**PERMISSIONS, "administration": "write", "issues": "write"}) == (
        "administration: write",
        "issues: write",
    )


@pytest.mark.parametrize(
    ("api", "web"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://api.octo.ghe.com", "https://octo.ghe.com"),
        ("https://ghe.example.com/api/v3", "https://ghe.example.com"),
        ("https://api.example.com/api/v3", "https://api.example.com"),
    ],
)
def test_where_people_see_it(api: str, web: str) -> None:
    assert web_address(api) == web
