"""`prudent serve` as a real process, and questions to it over loopback."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]


class Served:
    """A running process; `lines` are those of its log so far."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process, self._log = process, log
        self.url = ""

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.text().splitlines() if line.startswith("{")]

    def text(self) -> str:
        return self._log.read_text("utf-8", "replace")

    def wait_for(self, said: str, *, seconds: float = 30) -> str:
        """Return the log once it has a text."""
        deadline = time.monotonic() + seconds
        while said not in self.text():
            assert time.monotonic() < deadline, f"no {said!r} in: {self.text()}"
            assert self.process.poll() is None or said in self.text(), f"it ended: {self.text()}"
            time.sleep(0.02)
        return self.text()

    def ends(self, *, seconds: float = 30) -> int:
        """Return the exit code, and wait for it."""
        return self.process.wait(seconds)

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
        return httpx.post(self.url + path, content=body, headers=dict(headers), timeout=20)

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, timeout=20)


@contextmanager
def serving(environ: Mapping[str, str], folder: Path, *arguments: str, listens: bool = True) -> Iterator[Served]:
    """Give `prudent serve` on a free port; whatever happens, it does not outlive the test."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "serve.log"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PRUDENT")}
    environment = clean | {"PRUDENT_PORT": "0", "PRUDENT_LOG": "json"} | dict(environ)
    command = [sys.executable, "-P", "-m", "bot.cli.main", "serve", *arguments]
    with log.open("wb") as stream:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=stream, stderr=stream)
    served = Served(process, log)
    try:
        if listens:
            found = re.search(r'"port": (\d+)', served.wait_for('"event": "listening"'))
            assert found
            served.url = f"http://127.0.0.1:{found.group(1)}"
        yield served
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
