"""`prudent serve` as people run it: real processes, a real jobs database, signals and kills."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from bot.cli.main import main
from bot.web.application import WEBHOOK
from bot.web.payload import LARGEST_BODY
from tests.web.deliveries import GUID, SECRET, encoded, headers, opened
from tests.web.keys import environment
from tests.web.serving import ROOT, Served, serving

BODY = encoded(opened())
NOWHERE = {"PRUDENT_GITHUB_URL": "http://127.0.0.1:1"}  # nobody listens there


def jobs_in(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "data" / "jobs.db") as database:
        return sorted(row[0] for row in database.execute("SELECT workflow_uuid FROM workflow_status"))


def pids(served: Served) -> list[int]:
    return [int(str(line["pid"])) for line in served.lines() if line["event"] == "worker started"]


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 30
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < deadline, f"{pid} is still there"
        time.sleep(0.02)


def test_without_settings_it_refuses_to_start_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [
        name for name in os.environ if name.startswith("PRUDENT") and name not in ("PRUDENT_DATA", "PRUDENT_CACHE")
    ]:
        monkeypatch.delenv(name)
    assert main(["serve"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "PRUDENT_WEBHOOK_SECRET is not set" in err


HIDDEN = """
import ctypes, os, subprocess, sys
import bot.cli.serve, bot.logs, bot.reader, bot.reading.read, bot.web.settings
from bot.cli.main import main
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
looks = lambda: subprocess.run(["cat", f"/proc/{os.getpid()}/environ"], capture_output=True).stdout.count(b"hush")
before = looks()
main(["serve", "--role", sys.argv[1]])
print(before, looks())
"""


@pytest.mark.parametrize("role", ["all", "web", "worker"])
def test_no_process_of_the_same_user_can_read_the_environment_of_any_role(role: str) -> None:
    environ = {"PATH": os.environ["PATH"], "PRUDENT_PRIVATE_KEY": "hush"}
    done = subprocess.run([sys.executable, "-c", HIDDEN, role], capture_output=True, cwd=ROOT, env=environ, check=True)
    assert done.stdout.split() == [b"1", b"0"]


def test_an_address_that_is_taken_is_a_usage_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        environ = environment(tmp_path, PRUDENT_PORT=str(taken.getsockname()[1]))
        with serving(environ, tmp_path, "--role", "web", listens=False) as served:
            assert served.ends() == 2
    assert "cannot listen on 127.0.0.1" in served.text()
    assert "Traceback" not in served.text()


def test_a_delivery_is_on_the_disk_when_it_is_answered(tmp_path: Path) -> None:
    with serving(environment(tmp_path), tmp_path, "--role", "web") as served:
        answer = served.post(WEBHOOK, BODY, headers("pull_request", BODY))
        assert (answer.status_code, answer.json()["result"]) == (202, "queued")
        assert "server" not in answer.headers
        served.process.kill()
        served.ends()
    assert jobs_in(tmp_path) == [f"gh:{GUID}"]
    with serving(environment(tmp_path), tmp_path / "again", "--role", "web") as served:
        assert served.post(WEBHOOK, BODY, headers("pull_request", BODY)).json()["result"] == "known"
        assert served.get("/readyz").json()["ready"]
        assert 'prudent_jobs_waiting{queue="inbox"} 1.0' in served.get("/metrics").text
    assert served.ends() == 0
    assert SECRET not in served.text()
    assert '"event": "stopped"' in served.text()


def test_oversized_headers_and_bodies_are_refused_and_the_next_delivery_is_taken(tmp_path: Path) -> None:
    with serving(environment(tmp_path), tmp_path, "--role", "web") as served:
        sent = headers("pull_request", BODY)
        with suppress(httpx.TransportError):  # the connection may be closed while we still write
            assert served.post(WEBHOOK, BODY, sent | {"X-Large": "x" * 700_000}).status_code == 400
        assert 'result="queued"' not in served.get("/metrics").text
        host, port = served.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as line:
            lines = [f"{name}: {value}" for name, value in (sent | {"Content-Length": str(LARGEST_BODY + 1)}).items()]
            line.sendall("\r\n".join([f"POST {WEBHOOK} HTTP/1.1", "Host: app", *lines, "", ""]).encode())
            assert line.recv(1000).startswith(b"HTTP/1.1 413")  # before a byte of the body was sent
        assert served.post(WEBHOOK, BODY, sent).json()["result"] == "queued"


def test_a_delivery_that_breaks_off_is_no_job(tmp_path: Path) -> None:
    with serving(environment(tmp_path), tmp_path, "--role", "web") as served:
        host, port = served.url.removeprefix("http://").split(":")
        lines = [f"{name}: {value}" for name, value in headers("pull_request", BODY).items()]
        head = "\r\n".join([f"POST {WEBHOOK} HTTP/1.1", "Host: app", f"Content-Length: {len(BODY)}", *lines, "", ""])
        with socket.create_connection((host, int(port))) as line:
            line.sendall(head.encode() + BODY[: len(BODY) // 2])
        served.wait_for("ended before its end")
        assert served.get("/healthz").text == "alive\n"
    assert jobs_in(tmp_path) == []


def test_a_misspelt_variable_is_warned_about_once(tmp_path: Path) -> None:
    with serving(environment(tmp_path, PRUDENT_REVEIWS="4"), tmp_path, "--role", "web") as served:
        assert served.text().count("did you mean PRUDENT_REVIEWS?") == 1


def test_a_killed_worker_is_started_again_and_ends_with_the_web_process(tmp_path: Path) -> None:
    with serving(environment(tmp_path, **NOWHERE), tmp_path) as served:
        served.wait_for("worker started")
        os.kill(pids(served)[0], signal.SIGKILL)
        served.wait_for('"code": -9')
        deadline = time.monotonic() + 30
        while len(pids(served)) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert httpx.get(f"{served.url}/healthz", timeout=20).status_code == 200
        served.process.terminate()
        assert served.ends() == 0
    for pid in pids(served):
        wait_until_gone(pid)


def test_a_worker_does_not_outlive_a_web_process_that_was_killed(tmp_path: Path) -> None:
    with serving(environment(tmp_path, **NOWHERE), tmp_path) as served:
        served.wait_for("worker started")
        served.process.kill()
        served.ends()
    wait_until_gone(pids(served)[0])


@pytest.mark.slow
def test_a_worker_that_cannot_run_as_it_is_set_up_ends_the_web_process_too(tmp_path: Path) -> None:
    """It is tried three times, with pauses: one refusal may come from a predecessor that still holds the file."""
    with serving(environment(tmp_path, PRUDENT_STORE="nonsense://x"), tmp_path, listens=False) as served:
        assert served.ends(seconds=60) == 2
    assert served.text().count("prudent: no driver for nonsense is installed") == 3
    assert "worker refuses to run" in served.text()
