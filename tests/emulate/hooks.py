"""The emulator's webhooks, made like GitHub's on their way to the App: ids that differ, fields that are missing."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import Response

from tests.emulate.emulator import ALICE, SECRET
from tests.emulate.overlay import Ask, Overlay


@dataclass(frozen=True)
class Delivery:
    """One webhook as it goes to the App."""

    event: str
    payload: dict[str, Any]
    guid: str

    @property
    def body(self) -> bytes:
        """Return the bytes that are signed."""
        return json.dumps(self.payload).encode()

    @property
    def headers(self) -> dict[str, str]:
        """Return GitHub's headers."""
        signature = hmac.new(SECRET.encode(), self.body, hashlib.sha256).hexdigest()
        return {
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/0",
            "X-GitHub-Event": self.event,
            "X-GitHub-Delivery": self.guid,
            "X-Hub-Signature-256": f"sha256={signature}",
        }


class Hooks:
    """Takes the emulator's deliveries, corrects them and passes them on to `app_url`, where there is one."""

    def __init__(self, overlay: Overlay) -> None:
        self.overlay = overlay
        self.app_url = ""
        self.delivered: list[Delivery] = []
        self.forged = 0  # deliveries that the emulator has signed wrongly

    async def endpoint(self, request: Request) -> Response:
        """Take one delivery."""
        raw = await request.body()
        wanted = "sha256=" + hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(wanted, request.headers.get("x-hub-signature-256", "")):
            self.forged += 1
            return Response(status_code=401)
        async for event, payload in self._corrected(request.headers["x-github-event"], json.loads(raw)):
            delivery = Delivery(event, payload, str(uuid.uuid4()))  # the emulator's ids are not unique
            self.delivered.append(delivery)
            if self.app_url:
                await self._pass_on(delivery)
        return Response(status_code=202)

    async def _pass_on(self, delivery: Delivery) -> None:
        """Deliver once, as GitHub does: an App that is not there has missed it."""
        async with httpx.AsyncClient() as client:
            with suppress(httpx.TransportError):
                await client.post(self.app_url, content=delivery.body, headers=delivery.headers)

    async def _corrected(self, event: str, payload: dict[str, Any]) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Yield what GitHub would deliver."""
        pull = payload.get("pull_request")
        if event == "pull_request" and pull:
            payload.setdefault("number", pull["number"])
        if event == "pull_request_review":
            payload["review"]["state"] = payload["review"]["state"].lower()
        if event == "issue_comment":
            here = f"{self._repo(payload)}/pulls/{payload['issue']['number']}"
            found = await self.overlay.pull(_ask(here), here)
            if found.status == 200:
                payload["issue"]["pull_request"] = {"url": found.body["url"], "html_url": found.body["html_url"]}
        yield event, payload
        if event == "push":
            async for each in self._synchronized(payload):
                yield each

    async def _synchronized(self, payload: dict[str, Any]) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Yield the event that a push to a pull request's branch is, which the emulator never sends."""
        here = f"{self._repo(payload)}/pulls"
        open_ones = await self.overlay.forward(_ask(here), query={"state": "open"})
        for pull in open_ones.body:
            if payload["ref"] == f"refs/heads/{pull['head']['ref']}" and not payload.get("created"):
                pull["head"]["sha"] = payload["after"]
                told = {name: payload[name] for name in ("before", "after", "repository", "sender", "installation")}
                yield "pull_request", {"action": "synchronize", "number": pull["number"], "pull_request": pull} | told

    def _repo(self, payload: dict[str, Any]) -> str:
        return f"/repos/{payload['repository']['full_name']}"


def _ask(path: str) -> Ask:
    return Ask("GET", path, {}, {"authorization": f"Bearer {ALICE}"})
