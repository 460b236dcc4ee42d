"""Webhooks: signed, sent in order by a thread of their own, remembered for the redelivery API."""

from __future__ import annotations

import hashlib
import hmac
import json
import queue
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import httpx

from tests.world.app import Installation, covers
from tests.world.clock import stamp
from tests.world.contract import check_webhook

if TYPE_CHECKING:
    from tests.world.repository import Repository
    from tests.world.world import World

NEEDS = {  # event -> permission to read; installation events reach every App
    "pull_request": "pull_requests",
    "pull_request_review": "pull_requests",
    "pull_request_review_comment": "pull_requests",
    "pull_request_review_thread": "pull_requests",
    "issue_comment": "issues",
    "push": "contents",
    "check_run": "checks",
    "check_suite": "checks",
}
TIMEOUT = 10.0  # seconds that GitHub waits for an answer
Receiver = Callable[[dict[str, str], bytes], int]


@dataclass(frozen=True)
class Delivery:
    """One attempt to deliver. `status_code` is None before it was sent, 0 where nobody answered."""

    id: int
    guid: str
    event: str
    body: bytes
    action: str | None
    at: datetime
    installation: int
    repository: int | None
    redelivery: bool = False
    status_code: int | None = None
    seconds: float = 0.0

    @property
    def payload(self) -> dict[str, Any]:
        """Return what it carries."""
        told: dict[str, Any] = json.loads(self.body)
        return told

    @property
    def is_ok(self) -> bool:
        """Return whether it was answered with 2xx."""
        return self.status_code is not None and 200 <= self.status_code < 300

    @property
    def status(self) -> str:
        """Return the word of the redelivery API: "OK", or what went wrong."""
        if self.is_ok:
            return "OK"
        return f"Invalid HTTP Response: {self.status_code}" if self.status_code else "failed to connect to host"


def signature(secret: str, body: bytes) -> str:
    """Return X-Hub-Signature-256 of a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Hooks:
    """All deliveries to the App. `receiver`, where set, takes them instead of a URL: (headers, body) -> status."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.receiver: Receiver | None = None
        self.deliveries: list[Delivery] = []
        self._places: dict[int, int] = {}
        self.is_held = False
        self._queue: queue.Queue[Delivery | None] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._client: httpx.Client | None = None

    # ---- what the world sends

    def send(self, repo: Repository, event: str, payload: dict[str, Any]) -> None:
        """Send an event of a repository, where the App is installed there, may read it, and asked for it."""
        installation = self.world.installation_of(repo)
        if installation is None or installation.is_suspended or event not in installation.events:
            return
        if covers(installation.permissions.get(NEEDS[event]), "read"):
            self._add(event, payload, installation.id, repo.id)

    def tell(self, installation: Installation, event: str, payload: dict[str, Any]) -> None:
        """Send an event of an installation: every App gets those."""
        self._add(event, payload, installation.id, None)

    def ping(self) -> None:
        """Send what GitHub sends when a webhook is set up."""
        app, born = self.world.app, stamp(self.world.born)
        config = {"content_type": "json", "insecure_ssl": "0", "url": app.webhook_url or "https://example.com/hook"}
        url = f"{self.world.url}/app/hook"
        hook = {
            "type": "App",
            "id": app.id,
            "name": "web",
            "active": True,
            "app_id": app.id,
            "config": config,
            "events": list(app.events),
            "url": url,
            "ping_url": f"{url}/pings",
            "created_at": born,
            "updated_at": born,
            "deliveries_url": f"{url}/deliveries",
        }
        self._add("ping", {"zen": "Keep it logically awesome.", "hook_id": app.id, "hook": hook}, 0, None)

    # ---- what tests do with deliveries

    def hold(self) -> None:
        """Send nothing from now on: `deliver` sends what is in `deliveries`, in any order."""
        self.is_held = True

    def release(self) -> None:
        """Send again, what was held first."""
        self.is_held = False
        for each in self.deliveries:
            if each.status_code is None:
                self._enqueue(each)

    def last(self, event: str, action: str | None = None) -> Delivery:
        """Return the newest delivery of an event."""
        found = [d for d in self.deliveries if d.event == event and (action is None or d.action == action)]
        assert found, f"nothing of {event} {action or ''} was delivered"
        return found[-1]

    def deliver(self, delivery: Delivery) -> int:
        """Deliver now and return the status (0: no answer). One that was sent before goes out under the same guid."""
        if delivery.status_code is not None:
            return self.redeliver(delivery).status_code or 0
        return self._sent(delivery).status_code or 0

    def redeliver(self, delivery: Delivery) -> Delivery:
        """Deliver again now, as the button in the settings does: same guid, new id."""
        return self._sent(self._copied(delivery))

    def again(self, delivery: Delivery) -> None:
        """Deliver again soon, as the API does."""
        self._enqueue(self._copied(delivery))

    def _copied(self, delivery: Delivery) -> Delivery:
        now = self.world.clock.now()
        made = replace(delivery, id=self.world.next_id(), at=now, redelivery=True, status_code=None)
        self._remember(made)
        return made

    def _remember(self, delivery: Delivery) -> None:
        self._places[delivery.id] = len(self.deliveries)
        self.deliveries.append(delivery)

    def post(self, event: str, body: bytes, *, secret: str | None = None, guid: str | None = None) -> int:
        """Send any bytes as a delivery (forged, truncated, oversize) and return the status; nothing is remembered."""
        return self._post(self.headers(event, body, guid or str(uuid.uuid4()), secret), body)

    def headers(self, event: str, body: bytes, guid: str, secret: str | None = None) -> dict[str, str]:
        """Return the headers of a delivery."""
        app = self.world.app
        return {
            "Accept": "*/*",
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/044aadd",
            "X-GitHub-Delivery": guid,
            "X-GitHub-Event": event,
            "X-GitHub-Hook-ID": str(app.id),
            "X-GitHub-Hook-Installation-Target-ID": str(app.id),
            "X-GitHub-Hook-Installation-Target-Type": "integration",
            "X-Hub-Signature-256": signature(app.webhook_secret if secret is None else secret, body),
        }

    def wait(self, seconds: float = 20.0) -> None:
        """Wait until everything is sent that is not held."""
        ends = time.monotonic() + seconds
        while self._queue.unfinished_tasks:
            assert time.monotonic() < ends, "webhooks are not delivered in time"
            time.sleep(0.002)

    def close(self) -> None:
        """Stop the thread; what is not sent is forgotten."""
        self.is_held = True
        if self._thread:
            self._queue.put(None)
            self._thread.join(TIMEOUT + 1)
        if self._client:
            self._client.close()

    # ---- how they go out

    def _add(self, event: str, payload: dict[str, Any], installation: int, repository: int | None) -> None:
        self.world.violations += [f"webhook {event}: {text}" for text in check_webhook(event, payload)]
        guid, number, body = str(uuid.uuid4()), self.world.next_id(), json.dumps(payload).encode()
        at, action = self.world.clock.now(), payload.get("action")
        made = Delivery(number, guid, event, body, action, at, installation, repository)
        self._remember(made)
        if not self.is_held:
            self._enqueue(made)

    def _enqueue(self, delivery: Delivery) -> None:
        if self.receiver is None and not self.world.app.webhook_url:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="world-hooks", daemon=True)
            self._thread.start()
        self._queue.put(delivery)

    def _run(self) -> None:
        while (delivery := self._queue.get()) is not None:
            if not self.is_held or delivery.redelivery:
                self._sent(delivery)
            self._queue.task_done()
        self._queue.task_done()

    def _sent(self, delivery: Delivery) -> Delivery:
        began = time.monotonic()
        status = self._post(self.headers(delivery.event, delivery.body, delivery.guid), delivery.body)
        done = replace(delivery, status_code=status, seconds=time.monotonic() - began)
        self.deliveries[self._places[delivery.id]] = done
        return done

    def _post(self, headers: dict[str, str], body: bytes) -> int:
        if self.receiver is not None:
            return self.receiver(headers, body)
        if self._client is None:
            self._client = httpx.Client(timeout=TIMEOUT)
        try:
            return self._client.post(self.world.app.webhook_url, content=body, headers=headers).status_code
        except httpx.HTTPError:
            return 0
