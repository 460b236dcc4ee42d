"""Git repositories over real smart HTTP on loopback: `git http-backend` behind a token, with faults to switch on."""

from __future__ import annotations

import base64
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.repos import ENVIRONMENT, Repo

TOKEN = "ghs_" + "a1B2" * 10


class Served:
    """What is served: bare repositories below `root`, each at /<owner>/<name>.git. Faults are plain attributes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.token = TOKEN
        self.status = 0  # answer everything so
        self.location = ""
        self.cut = 0  # bytes of a pack after which the connection ends
        self.chunk_pause = 0.0  # seconds before each 1 kB of a pack
        self.before_pack = 0.0
        self.seen: list[tuple[str, str]] = []  # (path, authorization)
        self.packing = threading.Event()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def add(self, full_name: str, repo: Repo) -> Repo:
        """Serve a copy of a repository; returns the bare one."""
        path = self.root / f"{full_name}.git"
        bare = Repo(path, bare=True)
        bare.git("config", "uploadpack.allowAnySHA1InWant", "true")
        bare.git("fetch", "-q", str(repo.root), "+refs/*:refs/*")
        return bare


class _Handler(BaseHTTPRequestHandler):
    served: Served

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

    def _answer(self, body: bytes) -> None:
        served = self.served
        path, _, query = self.path.partition("?")
        authorization = self.headers.get("Authorization", "")
        served.seen.append((self.path, authorization))
        expected = "Basic " + base64.b64encode(f"x-access-token:{served.token}".encode()).decode()
        if served.status:
            return self._refuse(served.status)
        if authorization != expected:
            return self._refuse(401)
        if not (served.root / path.split(".git")[0].lstrip("/")).with_suffix(".git").is_dir():
            return self._refuse(404)
        head, data = self._backend(path, query, body)
        is_pack = path.endswith("/git-upload-pack") and b"packfile" in data
        self.send_response(200)
        for line in head.split(b"\r\n"):
            name, _, value = line.decode().partition(": ")
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        with suppress(BrokenPipeError, ConnectionResetError):
            self._send(data, is_pack)

    def _send(self, data: bytes, is_pack: bool) -> None:
        served = self.served
        if not is_pack:
            self.wfile.write(data)
            return
        served.packing.set()
        time.sleep(served.before_pack)
        if served.cut:
            self.wfile.write(data[: served.cut])
            self.close_connection = True
        elif served.chunk_pause:
            for at in range(0, len(data), 1000):
                time.sleep(served.chunk_pause)
                self.wfile.write(data[at : at + 1000])
        else:
            self.wfile.write(data)

    def _refuse(self, status: int) -> None:
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
        if self.served.location:
            self.send_header("Location", self.served.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _backend(self, path: str, query: str, body: bytes) -> tuple[bytes, bytes]:
        environment = {
            **ENVIRONMENT,
            "GIT_PROJECT_ROOT": str(self.served.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        done = subprocess.run(["git", "http-backend"], input=body, capture_output=True, env=environment, check=False)
        head, _, data = done.stdout.partition(b"\r\n\r\n")
        return head, data


@contextmanager
def serving(root: Path) -> Iterator[Served]:
    """Serve what is below a folder until the end of the block."""
    served = Served(root)
    handler = type("Handler", (_Handler,), {"served": served})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    served.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
