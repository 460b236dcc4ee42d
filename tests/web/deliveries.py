"""Payloads as GitHub sends them, cut to what a test needs, and the headers of a signed delivery."""

from __future__ import annotations

import json
from typing import Any

from bot.web.signature import HEADER, signature_of

SECRET, OLD_SECRET = "a secret of some length", "the secret before that one"
APP = 4711
HEAD, MERGE, OTHER = "a" * 40, "b" * 40, "c" * 40
GUID = "72d3162e-cc78-11e3-81ab-4c9367dc0958"

REPOSITORY = {
    "id": 1296269,
    "name": "widgets",
    "owner": {"login": "acme", "id": 1},
    "default_branch": "main",
    "private": True,
}
PERSON = {"id": 5, "login": "alice", "type": "User"}
BOT = {"id": 6, "login": "renovate[bot]", "type": "Bot"}


def payload(action: str | None = None, **more: Any) -> dict[str, Any]:
    """Return a payload about the repository; `more` replaces or adds, None takes away."""
    built = {"action": action, "repository": REPOSITORY, "installation": {"id": 99}, "sender": PERSON, **more}
    return {name: value for name, value in built.items() if value is not None}


def pull(**more: Any) -> dict[str, Any]:
    return {
        "number": 12,
        "title": "A title",
        "body": "`text`",
        "head": {"sha": HEAD, "ref": "topic", "repo": None},
        "merged": False,
        "merge_commit_sha": OTHER,
        **more,
    }


def opened(**more: Any) -> dict[str, Any]:
    return payload("opened", number=12, pull_request=pull(), **more)


def conversation(body: str | None, **more: Any) -> dict[str, Any]:
    issue = {"number": 12, "pull_request": {"url": "https://api.github.com/..."}}
    return payload("created", issue=issue, comment={"id": 31, "body": body, "user": PERSON}, **more)


def reply(body: str | None, **more: Any) -> dict[str, Any]:
    comment = {"id": 32, "body": body, "in_reply_to_id": 30, "path": "a.py"}
    return payload("created", pull_request=pull(), comment=comment, **more)


def check(action: str, *, app: int = APP, **more: Any) -> dict[str, Any]:
    run = {"id": 7, "head_sha": HEAD, "external_id": "rv:1:12:abc", "app": {"id": app}}
    return payload(action, check_run=run, **more)


def push(*messages: str, **more: Any) -> dict[str, Any]:
    commits = [{"id": OTHER, "message": message} for message in messages]
    return payload(ref="refs/heads/main", after=HEAD, before=OTHER, deleted=False, commits=commits) | more


def encoded(data: Any) -> bytes:
    return json.dumps(data).encode()


def headers(event: str, body: bytes, *, secret: str = SECRET, guid: str = GUID) -> dict[str, str]:
    """Return the headers of a delivery as GitHub sends them."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/044aadd",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": guid,
        "X-GitHub-Hook-ID": "1",
        HEADER: signature_of(secret, body),
    }
