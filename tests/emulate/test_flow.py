"""The whole App as people run it, on the emulator: a pull request is opened, and its review stands there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from tests.emulate.emulator import APP_ID, SECRET, SLUG, free_port
from tests.emulate.stage import Stage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(170)]
PATIENCE = 60.0  # seconds; 5 are usual on an idle machine
BEFORE = {
    "a.py": "def area(width, height):\n    return width * height\n",
    "b.py": "from a import area\n\nprint(area(2, 3))\n",
}
BROKEN = BEFORE | {"a.py": "def area(width, height:\n    return width * height\n"}
T = TypeVar("T")


@contextmanager
def serving(stage: Stage, folder: Path) -> Iterator[Path]:
    """Run `prudent serve` before the stage, and yield where its log goes."""
    port = free_port()
    log = folder / "serve.log"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PRUDENT_APP_ID": str(APP_ID),
        "PRUDENT_PRIVATE_KEY": stage.emulator.private_key,
        "PRUDENT_WEBHOOK_SECRET": SECRET,
        "PRUDENT_GITHUB_URL": stage.url,
        "PRUDENT_DATA": str(folder / "data"),
        "PRUDENT_CACHE": str(folder / "cache"),
        "PRUDENT_PORT": str(port),
        "PRUDENT_LOG": "json",
    }
    with log.open("wb") as out:
        app = subprocess.Popen(
            [sys.executable, "-P", "-m", "bot.cli.main", "serve"],
            env=environment,
            stdout=out,
            stderr=out,
            cwd=folder,
            start_new_session=True,
        )
    try:
        until(lambda: answers(f"http://127.0.0.1:{port}/readyz"), log)
        stage.hooks.app_url = f"http://127.0.0.1:{port}/webhooks/github"
        yield log
    finally:
        app.terminate()
        try:
            app.wait(20)
        finally:
            if app.poll() is None:
                os.killpg(app.pid, signal.SIGKILL)
                app.wait()


def answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def until(found: Callable[[], T], log: Path) -> T:
    """Return what is found as soon as it is something."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if got := found():
            return got
        time.sleep(0.1)
    raise AssertionError(log.read_text()[-4000:])


def reviews(stage: Stage, number: int) -> list[Any]:
    """Return the reviews that were submitted."""
    return [r for r in stage.said("GET", f"/pulls/{number}/reviews") if r["state"] != "PENDING"]


def checks(stage: Stage, head: str) -> list[tuple[str, str, str | None]]:
    runs = stage.said("GET", f"/commits/{head}/check-runs")["check_runs"]
    return [(run["name"], run["status"], run["conclusion"]) for run in runs]


def completed(stage: Stage, head: str) -> list[tuple[str, str, str | None]]:
    runs = checks(stage, head)
    return runs if runs and all(status == "completed" for _, status, _ in runs) else []


def test_an_opened_pull_request_is_reviewed_once_and_a_push_says_what_is_new(stage: Stage, tmp_path: Path) -> None:
    base = stage.commit("main", BEFORE)
    head = stage.commit("topic", BROKEN, parent=base)
    with serving(stage, tmp_path) as log:
        number = stage.open_pull("topic")
        ((name, _, conclusion),) = until(lambda: completed(stage, head), log)
        assert (name, conclusion) == ("prudent", "failure")
        (review,) = reviews(stage, number)
        assert review["user"]["login"] == f"{SLUG}[bot]"
        assert review["commit_id"] == head
        assert review["state"] in ("COMMENTED", "CHANGES_REQUESTED")
        (comment,) = stage.said("GET", f"/pulls/{number}/comments")
        assert comment["path"] == "a.py"
        anchor = stage.overlay.anchors[comment["id"]]
        assert (anchor.line, anchor.side) == (1, "RIGHT")

        mended = stage.commit("topic", BEFORE | {"c.py": "SIZE = 3\n"}, parent=head)
        until(lambda: completed(stage, mended), log)
        assert len(reviews(stage, number)) == 1
        assert len(stage.said("GET", f"/pulls/{number}/comments")) == 1
        assert "ghs_" not in log.read_text()
