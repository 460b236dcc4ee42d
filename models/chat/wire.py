"""Connections to providers that can be hung up, and what their failures are called.

A read waits in the operating system, where neither a deadline nor a newer push is seen, and a server that sends a byte
now and then never lets it time out. So every call has a line of its own, and a thread that cuts it when it is time to.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from models.chat.errors import BadAnswer, BadRequest, ChatError, Overloaded, RateLimited, Unauthorised, Unreachable
from models.errors import ModelError
from models.model import Stop

if TYPE_CHECKING:
    import httpx2

CONNECT = 10.0  # seconds until there is a connection
SILENCE = 120.0  # seconds without a byte: models think for long, and send signs of life meanwhile
PATIENCE = 600.0  # seconds for one answer
LONGEST = 1 << 20  # letters of an answer
_GLANCE = 0.05  # seconds between two looks at whether the answer is still wanted
_KIND = re.compile(r"[a-z][a-z0-9_]{0,39}")

_OVERLOADED = frozenset({"overloaded_error", "api_error", "timeout_error", "server_error", "service_unavailable"})
_UNAUTHORISED = frozenset({"authentication_error", "permission_error", "billing_error", "insufficient_quota"})
_LIMITED = frozenset({"rate_limit_error", "rate_limit_exceeded", "requests", "tokens"})
_BAD = frozenset({"invalid_request_error", "not_found_error", "request_too_large"})


class NotTaken(BadRequest):
    """The question was not taken in this form (400, 422); another may be."""


class Line:
    """One call under way. `cut` closes its sockets, whatever waits on them."""

    def __init__(self, stop: Stop, patience: float, clock: Callable[[], float]) -> None:
        self._stop, self._patience, self._clock = stop, patience, clock
        self._since = clock()
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._is_cut = False

    def check(self) -> None:
        """Raise Cancelled or OutOfTime if the answer is not wanted any more, Unreachable if it takes too long."""
        self._stop.check()
        if self._clock() - self._since >= self._patience:
            raise Unreachable(f"no answer within {self._patience:g} seconds")

    def heard(self, name: str, info: Mapping[str, Any]) -> None:
        """Take note of a connection as it is made; called by httpcore as its trace extension."""
        if not name.endswith(("connect_tcp.complete", "start_tls.complete")):
            return
        found = info["return_value"].get_extra_info("socket")
        with self._lock:
            self._sockets.append(found)
            if self._is_cut:
                _shut(found)

    def cut(self) -> None:
        """Close all connections, now and from now on."""
        with self._lock:
            self._is_cut = True
            for found in self._sockets:
                _shut(found)


class Wire:
    """Makes the HTTP client that an SDK is given. Each call is made inside `line`, on any thread."""

    def __init__(
        self, *, patience: float = PATIENCE, silence: float = SILENCE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._patience, self._silence, self._clock = patience, silence, clock
        self._current = threading.local()

    def client(self, url: str) -> httpx2.Client:
        """Return a client whose connections are not kept, follow no redirect, and are known to the line in use.

        `url` is where it will ask: where that is not over TLS, the certificates need not be read, and none is trusted.
        """
        import ssl

        import httpx2

        is_plain = url.startswith("http://")
        return httpx2.Client(
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if is_plain else True,
            timeout=httpx2.Timeout(self._silence, connect=CONNECT),
            limits=httpx2.Limits(max_keepalive_connections=0),
            follow_redirects=False,  # a key goes where it was meant to go
            event_hooks={"request": [self._traced]},
        )

    @contextmanager
    def line(self, stop: Stop) -> Iterator[Line]:
        """Watch over the calls that this thread makes meanwhile; cut them when it is time to."""
        line, over = Line(stop, self._patience, self._clock), threading.Event()
        line.check()
        watcher = threading.Thread(target=_watch, args=(line, over), name="line", daemon=True)
        self._current.line = line
        watcher.start()
        try:
            yield line
        finally:
            self._current.line = None
            over.set()
            watcher.join()

    def _traced(self, request: httpx2.Request) -> None:
        line: Line | None = getattr(self._current, "line", None)
        if line is not None:
            request.extensions["trace"] = line.heard


def failure(who: str, status: int, kind: object, headers: Mapping[str, str]) -> ChatError:
    """Return the error for a status and the kind of error that a body names, which is believed only if it is a word.

    In the middle of an answer the status was 200: then the kind decides. Nothing else of a body is repeated.
    """
    word = kind if isinstance(kind, str) and _KIND.fullmatch(kind) else ""
    said = f"{who}: {status}{' ' + word if word else ''}"
    after = seconds_of(headers)
    if status < 300:
        if word in _LIMITED:
            return RateLimited(f"{said} in the middle of an answer", after)
        if word in _UNAUTHORISED:
            return Unauthorised(f"{said} in the middle of an answer")
        if word in _BAD:
            return BadRequest(f"{said} in the middle of an answer")
        if word in _OVERLOADED:
            return Overloaded(f"{said} in the middle of an answer", after)
        return Unreachable(f"{said}: an error in the middle of an answer")
    if status in (401, 402, 403) or word == "insufficient_quota":
        return Unauthorised(f"{said}: the key is wrong, may not do this, or is not paid for")
    if status == 429:
        return RateLimited(f"{said}: too many calls", after)
    if status == 408:
        return Unreachable(f"{said}: too slow")
    if status >= 500 or status == 409:
        return Overloaded(f"{said}: the provider cannot now", after)
    if status == 404:
        return BadRequest(f"{said}: there is no such model or address")
    is_form = status in (400, 422)
    return (NotTaken if is_form else BadRequest)(f"{said}: the provider does not take the question")


def check_length(letters: int) -> None:
    """Raise BadAnswer for more than any answer of ours has: a server may stream without end."""
    if letters > LONGEST:
        raise BadAnswer(f"the answer has more than {LONGEST} letters")


def seconds_of(headers: Mapping[str, str]) -> float | None:
    """Return how long a provider asks to wait (RFC 9110, 10.2.3: seconds or a date), None if it does not say."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        said = headers.get(name, "").strip()
        if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", said):
            return float(said) / unit
    with suppress(ValueError, TypeError, OverflowError):
        until, now = (parsedate_to_datetime(headers.get(name, "")) for name in ("retry-after", "date"))
        return max(0.0, (until - now).total_seconds())
    return None


def speakable(text: str) -> str:
    """Return a text that can be sent: half surrogate pairs, which come from paths that are no UTF-8, become "?"."""
    return text.encode("utf-8", "replace").decode()


def _watch(line: Line, over: threading.Event) -> None:
    while not over.wait(_GLANCE):
        try:
            line.check()
        except ModelError:
            line.cut()
            return


def _shut(found: socket.socket) -> None:
    with suppress(OSError):  # closed meanwhile
        found.shutdown(socket.SHUT_RDWR)
