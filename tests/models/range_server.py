"""A web server on loopback that behaves as badly as a test asks: cuts connections, ignores ranges, lies, redirects."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Served:
    """What stands at an address, and how it is sent."""

    body: bytes = b""
    kind: str = "application/octet-stream"
    status: int = 200
    ranges: bool = True
    cuts: list[int] = field(default_factory=list)  # bytes sent of each answer before the connection breaks
    failures: list[int] = field(default_factory=list)  # statuses of the first answers
    headers: dict[str, str] = field(default_factory=dict)
    says: int | None = None  # a Content-Length that is not true
    shifted: int = 0  # how far the part that is sent begins behind what was asked for
    gate: threading.Event | None = None  # nothing is sent before it is set


@dataclass(frozen=True)
class Asked:
    """A request that arrived."""

    method: str
    path: str
    headers: dict[str, str]

    @property
    def range(self) -> str:
        return self.headers.get("Range", "")


class Server:
    """Addresses and what stands there; `asked` is what was wanted, in order."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.pages: dict[str, Served] = {}
        self.asked: list[Asked] = []

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def asked_for(self, path: str, method: str = "GET") -> list[Asked]:
        return [asked for asked in self.asked if (asked.path, asked.method) == (path, method)]


@contextmanager
def serving(port: int = 0) -> Iterator[Server]:
    """Run a server until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            served = self._served()
            if served.gate is not None:
                assert served.gate.wait(20)
            if served.failures:
                self._answer(served.failures.pop(0), b"", {})
                return
            start = self._start(served)
            if start > len(served.body) or (start and start == len(served.body)):
                self._answer(416, b"", {})
                return
            begins = start + served.shifted if start else 0
            more = {"Content-Range": f"bytes {begins}-{len(served.body) - 1}/{len(served.body)}"} if start else {}
            cut = served.cuts.pop(0) if served.cuts else None
            self._answer(206 if start else served.status, served.body[begins:], {**served.headers, **more}, served, cut)

        def do_HEAD(self) -> None:
            served = self._served()
            self._answer(served.status, b"", {**served.headers, "Content-Length": str(len(served.body))}, served)

        def _served(self) -> Served:
            server.asked.append(Asked(self.command, self.path, dict(self.headers)))
            return server.pages.get(self.path, Served(status=404))

        def _start(self, served: Served) -> int:
            found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            matches = self.headers.get("If-Range") in (None, served.headers.get("ETag"))
            return int(found[1]) if found and served.ranges and matches and served.status == 200 else 0

        def _answer(
            self,
            status: int,
            body: bytes,
            headers: dict[str, str],
            served: Served | None = None,
            cut: int | None = None,
        ) -> None:
            self.send_response(status)
            said = len(body) if served is None or served.says is None else served.says
            defaults = {"Content-Type": served.kind if served else "text/plain", "Content-Length": str(said)}
            for name, value in (defaults | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body if cut is None else body[:cut])
            if cut is not None or said != len(body):
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass  # the other side has gone: tests do that on purpose

    with Quiet(("127.0.0.1", port), Handler) as listening:
        server = Server(listening.server_address[1])
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()
