"""The web process' application: a delivery is checked, cut to an event, kept as a job, and only then answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.events import Event, Ignored, to_json
from bot.jobs.port import Enqueuer, JobsDown, Queue
from bot.logs import log
from bot.web.intake import Intake, Refused, Signed
from bot.web.metrics import CONTENT_TYPE, Metrics
from bot.web.payload import KNOWN_EVENTS, BadDelivery, event_of
from bot.web.settings import AppSettings

WEBHOOK = "/webhooks/github"
JOBS_SECONDS = 8.0  # the jobs' database has to answer in, for GitHub waits 10 s
RETRY_SECONDS = 60  # what a sender is told to wait while the database is down

_LOG = log(__name__)


def application(settings: AppSettings, enqueuer: Enqueuer, *, clock: Callable[[], float]) -> Starlette:
    """Return the application: the webhook, and three questions about how it is.

    Args:
        settings: Which App this is; its secrets are used here and shown nowhere.
        enqueuer: Where jobs are added; it is not closed here.
        clock: Seconds that only go up, for the histogram of answers.
    """
    web = _Web(settings, enqueuer, Intake(settings.webhook_secrets), Metrics(), clock)
    return Starlette(
        routes=[
            Route(WEBHOOK, web.delivery, methods=["POST"]),
            Route("/healthz", _healthz, methods=["GET"]),
            Route("/readyz", web.readyz, methods=["GET"]),
            Route("/metrics", web.metrics_text, methods=["GET"]),
        ]
    )


@dataclass(frozen=True)
class _Answer:
    status: int
    result: str  # queued | known | ignored | pong | refused | down
    told: dict[str, str]


@dataclass(frozen=True)
class _Web:
    settings: AppSettings
    enqueuer: Enqueuer
    intake: Intake
    metrics: Metrics
    clock: Callable[[], float]

    async def delivery(self, request: Request) -> Response:
        began, name, guid = self.clock(), request.headers.get("X-GitHub-Event", ""), ""
        try:
            signed = await self.intake.signed(request.headers, request.stream())
            guid, answer = signed.id, await self._taken(signed)
        except Refused as refusal:
            answer = _Answer(refusal.status, "refused", {"error": str(refusal)})
        except ClientDisconnect:
            answer = _Answer(400, "refused", {"error": "the payload ended before its end"})
        seconds = self.clock() - began
        self.metrics.answered(name if name in KNOWN_EVENTS else "other", answer.result, seconds)
        self._say(name, guid, answer, seconds)
        headers = {"Retry-After": str(RETRY_SECONDS)} if answer.status == 503 else None
        return JSONResponse(answer.told, answer.status, headers)

    async def _taken(self, signed: Signed) -> _Answer:
        told = {"delivery": str(signed.id), "event": signed.event}
        if signed.event == "ping":
            return _Answer(200, "pong", {**told, "result": "pong"})
        host, app_id = self.settings.web_host, self.settings.app_id
        try:
            event = event_of(signed.event, signed.body, own_app_id=app_id, host=host)
        except BadDelivery as error:
            return _Answer(400, "refused", {**told, "error": str(error)})
        if isinstance(event, Ignored):
            return _Answer(202, "ignored", {**told, "result": "ignored", "reason": event.reason})
        try:
            result = "queued" if await self._enqueued(signed, event) else "known"
        except (JobsDown, TimeoutError) as error:
            _LOG.error("jobs database down", delivery=signed.id, reason=str(error) or "no answer in time")
            return _Answer(503, "down", {**told, "error": "the jobs' database does not answer"})
        return _Answer(202, result, {**told, "result": result})

    async def _enqueued(self, signed: Signed, event: Event) -> bool:
        # Cut off in the middle, the job may be there all the same: the delivery is asked for again, and is then known.
        async with asyncio.timeout(JOBS_SECONDS):
            return await self.enqueuer.enqueue(Queue.INBOX, "arrive", f"gh:{signed.id}", signed.id, to_json(event))

    def _say(self, name: str, guid: str, answer: _Answer, seconds: float) -> None:
        """Log the answer; of a request that is not signed nothing is repeated but our own words."""
        why = answer.told.get("reason") or answer.told.get("error")
        said = {"delivery": guid, "event_name": name} if guid else {}
        said |= {"reason": why} if why else {}
        line = _LOG.warning if answer.status >= 400 else _LOG.info
        line(f"delivery {answer.result}", status=answer.status, ms=round(seconds * 1000, 1), **said)

    async def readyz(self, request: Request) -> Response:
        """Answer 200 where deliveries can be kept. The key was loaded before the application was made."""
        try:
            async with asyncio.timeout(JOBS_SECONDS):
                await self.enqueuer.check()
        except (JobsDown, TimeoutError) as error:
            _LOG.error("not ready", reason=str(error) or "no answer in time")
            return JSONResponse({"ready": False, "jobs": "down"}, 503)
        return JSONResponse({"ready": True, "jobs": "up", "app": self.settings.app_id})

    async def metrics_text(self, request: Request) -> Response:
        try:
            async with asyncio.timeout(JOBS_SECONDS):
                waiting = await self.enqueuer.waiting()
        except (JobsDown, TimeoutError):
            return Response(self.metrics.text(None), media_type=CONTENT_TYPE)
        return Response(self.metrics.text(waiting), media_type=CONTENT_TYPE)


async def _healthz(request: Request) -> Response:
    return PlainTextResponse("alive\n")
