"""Reads a delivery's request in the order that costs least (headers, size, bytes, signature) or refuses, saying why."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from bot.events import DeliveryId
from bot.web.payload import LARGEST_BODY
from bot.web.signature import HEADER, is_signed

BODY_SECONDS = 9.0  # GitHub waits 10 s for an answer
MOST_BUFFERED = 8 * LARGEST_BODY  # bytes of unfinished and unchecked bodies at once: anybody can send those
_LONG = 256 * 1024  # bytes: a signature over more is worked out in a thread

_EVENT = re.compile(r"[a-z_]{1,64}")
_GUID = re.compile(r"[A-Za-z0-9-]{1,64}")


class Refused(Exception):
    """A request that is not taken: the HTTP status and what the sender should do, fit to be shown to anybody."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class Signed:
    """A delivery whose signature is right: its id, its event's name, its payload's bytes."""

    id: DeliveryId
    event: str
    body: bytes


class Intake:
    """Takes requests in, so many bytes at once."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = tuple(secrets)
        self._buffered = 0

    async def signed(self, headers: Mapping[str, str], chunks: AsyncIterator[bytes]) -> Signed:
        """Return the delivery of a request.

        Args:
            headers: The request's, whatever the case of their names.
            chunks: Its body, read no further than is needed.

        Raises:
            Refused: 400 bad headers, 401 no or a wrong signature, 408 too slow, 413 too large, 415 not JSON,
                503 too much at once.
        """
        _demand_json(headers)
        event, guid = headers.get("X-GitHub-Event", ""), headers.get("X-GitHub-Delivery", "")
        if not _EVENT.fullmatch(event) or not _GUID.fullmatch(guid):
            raise Refused(400, "X-GitHub-Event or X-GitHub-Delivery is missing or malformed: not a delivery of GitHub")
        signature = headers.get(HEADER, "")
        if not signature:
            raise Refused(401, f"{HEADER} is missing: set the webhook's secret on the App's settings page")
        _demand_bearable(headers.get("Content-Length", ""))
        body = await self._body(chunks)
        check = (signature, body, self._secrets)
        if not (await asyncio.to_thread(is_signed, *check) if len(body) > _LONG else is_signed(*check)):
            raise Refused(401, "the signature is not made with PRUDENT_WEBHOOK_SECRET: the App's secret is another one")
        return Signed(DeliveryId(guid), event, body)

    async def _body(self, chunks: AsyncIterator[bytes]) -> bytes:
        parts, size = [], 0
        try:
            async with asyncio.timeout(BODY_SECONDS):
                async for chunk in chunks:
                    size += len(chunk)
                    self._buffered += len(chunk)
                    if size > LARGEST_BODY:
                        raise Refused(413, f"the payload is larger than {LARGEST_BODY} bytes")
                    if self._buffered > MOST_BUFFERED:
                        raise Refused(503, "too many large deliveries at once")
                    parts.append(chunk)
        except TimeoutError:
            raise Refused(408, f"the payload did not arrive within {BODY_SECONDS:.0f} s") from None
        finally:
            self._buffered -= size
        return b"".join(parts)


def _demand_json(headers: Mapping[str, str]) -> None:
    form = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if form != "application/json":
        raise Refused(415, "choose application/json as the webhook's content type on the App's settings page")


def _demand_bearable(length: str) -> None:
    if length and not (length.isascii() and length.isdigit()):
        raise Refused(400, "Content-Length is not a number")
    if len(length) > 12 or int(length or 0) > LARGEST_BODY:
        raise Refused(413, f"the payload is larger than {LARGEST_BODY} bytes")
