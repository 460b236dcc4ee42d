"""What a GitHub App for Prudent is: the permissions it needs, the events it is told, and the form that registers one.

`app.yml` in the repository says the same to people, with a reason for each line.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

GITHUB = "https://api.github.com"
PERMISSIONS = {
    "metadata": "read",
    "contents": "read",
    "pull_requests": "write",
    "checks": "write",
    "issues": "read",
}
OPTIONAL = {"contents": "write"}  # with it, our own review threads can be resolved
EVENTS = (
    "pull_request",
    "issue_comment",
    "pull_request_review_comment",
    "pull_request_review_thread",
    "check_run",
    "check_suite",
    "push",
)
HOOK_PATH = "/webhooks/github"
NAME = "Prudent"
DESCRIPTION = "Reviews pull requests - right, or silent"
NOWHERE = "https://example.invalid"  # where webhooks go as long as no address is known: nowhere, and switched off
_RANK = {"none": 0, "read": 1, "write": 2, "admin": 3}


def manifest(*, public_url: str | None, redirect_url: str) -> dict[str, Any]:
    """Return the form that registers an App (GitHub's documentation, "GitHub App Manifest parameters").

    `public_url` is where GitHub reaches `prudent serve`; None leaves the webhook switched off.
    """
    address = (public_url or NOWHERE).rstrip("/")
    return {
        "name": NAME,
        "url": address,
        "description": DESCRIPTION,
        "public": False,
        "redirect_url": redirect_url,
        "hook_attributes": {"url": f"{address}{HOOK_PATH}", "active": public_url is not None},
        "default_permissions": dict(PERMISSIONS),
        "default_events": list(EVENTS),
    }


def missing_permissions(granted: dict[str, str]) -> tuple[str, ...]:
    """Return what is needed and not granted, as "checks: write"."""
    wanted = PERMISSIONS.items()
    return tuple(f"{name}: {level}" for name, level in wanted if _rank(granted.get(name)) < _rank(level))


def needless_permissions(granted: dict[str, str]) -> tuple[str, ...]:
    """Return what is granted and of no use to us: whoever stole the key would have it too."""
    useful = {**PERMISSIONS, **OPTIONAL}
    return tuple(
        f"{name}: {level}" for name, level in sorted(granted.items()) if _rank(level) > _rank(useful.get(name))
    )


def web_address(api_url: str) -> str:
    """Return where people see what an API tells of: `https://github.com`, or the Enterprise Server's own address."""
    parts = urlsplit(api_url)
    is_beside = parts.netloc == "api.github.com" or (
        parts.netloc.startswith("api.") and parts.netloc.endswith(".ghe.com")
    )
    return f"{parts.scheme}://{parts.netloc.removeprefix('api.') if is_beside else parts.netloc}"


def _rank(level: str | None) -> int:
    return _RANK.get(level or "none", 0)
