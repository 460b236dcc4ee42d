"""An HTTP server that answers as it was told to, byte for byte: late, in part, with a reset, or not at all.

It is written on sockets because what is tested is what happens between the bytes.
"""

from __future__ import annotations

import json
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    path: str
    headers: Mapping[str, str]  # names in small letters
    body: Any  # what its JSON says


@dataclass(frozen=True)
class Answer:
    """What is sent back. `chunks` are sent one by one, as HTTP chunks; `cut` is how many bytes of all that are sent."""

    chunks: tuple[bytes, ...]
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/event-stream"),)
    cut: int | None = None
    reset: bool = True  # how the connection ends where it was cut: by a reset, or politely
    pause: float = 0.0  # seconds between two chunks
    drip: float = 0.0  # seconds between two bytes, after the header

    @property
    def header(self) -> bytes:
        """Return what is sent before the chunks."""
        lines = [f"HTTP/1.1 {self.status} Said", *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join([*lines, "Transfer-Encoding: chunked", "Connection: close", "", ""]).encode()

    @property
    def parts(self) -> tuple[bytes, ...]:
        """Return all that is sent, the header first."""
        return (self.header, *(b"%x\r\n%s\r\n" % (len(one), one) for one in self.chunks if one), b"0\r\n\r\n")


def said(status: int, body: Mapping[str, Any], **headers: str) -> Answer:
    """Return an answer of plain JSON."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Answer((json.dumps(body).encode(),), status, (("Content-Type", "application/json"), *named))


@dataclass
class Hosted:
    """The server. `plan` says what is answered to a request; `asked` are those that came."""

    plan: Callable[[Asked], Answer]
    asked: list[Asked] = field(default_factory=list)
    wrong: list[Exception] = field(default_factory=list)  # what a plan raised: a request that was none

    def __enter__(self) -> Hosted:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.hosted = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        if error is None and self.wrong:
            raise self.wrong[0]

    @property
    def url(self) -> str:
        """Return where it is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 64
    hosted: Hosted


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        with suppress(ConnectionError, TimeoutError):
            hosted = self.server.hosted
            asked = self._read()
            hosted.asked.append(asked)
            try:
                answer = hosted.plan(asked)
            except Exception as error:
                hosted.wrong.append(error)
                return
            self._send(answer)

    def _read(self) -> Asked:
        line = self.rfile.readline().decode("ascii")
        headers = {}
        while header := self.rfile.readline().decode("latin-1").strip():
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        body = self.rfile.read(int(headers.get("content-length", "0")))
        return Asked(line.split(" ")[1], headers, json.loads(body) if body else None)

    def _send(self, answer: Answer) -> None:
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        left = sum(map(len, answer.parts)) if answer.cut is None else answer.cut
        for at, part in enumerate(answer.parts):
            now, left = part[:left], left - len(part[:left])
            if at and answer.drip:
                for byte in now:
                    self.connection.sendall(bytes([byte]))
                    time.sleep(answer.drip)
            else:
                self.connection.sendall(now)
            if left <= 0:
                break
            if at and answer.pause:
                time.sleep(answer.pause)
        if answer.cut is not None and answer.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
