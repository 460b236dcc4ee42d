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


def said_on(stage: Stage, number: int) -> list[str]:
    """Return the bodies of the inline comments, without their markers."""
    return [c["body"].split("-->")[-1].strip() for c in stage.said("GET", f"/pulls/{number}/comments")]


def requests_for(stage: Stage, do: Callable[[], T], log: Path, head_of: Callable[[T], str]) -> tuple[T, int]:
    """Return what was done, and how many requests the App made about it."""
    before = len(stage.overlay.requests)
    done = do()
    until(lambda: completed(stage, head_of(done)), log)
    until(lambda: stage.overlay.requests[-1][0] == "PATCH", log)  # it is completed before its answer is counted
    return done, len([path for _, path, _ in stage.overlay.requests[before:] if ".git/" not in path])


def test_a_pull_request_is_reviewed_once_and_each_push_says_what_is_new(empty_stage: Stage, tmp_path: Path) -> None:
    stage = empty_stage
    base = stage.commit("main", BEFORE)
    head = stage.commit("topic", BROKEN, parent=base)
    with serving(stage, tmp_path) as log:
        number, first = requests_for(stage, lambda: stage.open_pull("topic"), log, lambda _: head)
        assert checks(stage, head) == [("prudent", "completed", "failure")]
        (review,) = reviews(stage, number)
        assert (review["user"]["login"], review["commit_id"]) == (f"{SLUG}[bot]", head)
        assert review["state"] in ("COMMENTED", "CHANGES_REQUESTED")
        (comment,) = stage.said("GET", f"/pulls/{number}/comments")
        anchor = stage.overlay.anchors[comment["id"]]
        assert (anchor.path, anchor.line, anchor.side) == ("a.py", 1, "RIGHT")
        assert first <= 10

        more = BROKEN | {"c.py": "SIZE = 3\n"}
        later, second = requests_for(stage, lambda: stage.commit("topic", more, parent=head), log, str)
        assert said_on(stage, number) == [comment["body"].split("-->")[-1].strip()]
        assert second <= 5

        mended = BEFORE | {"c.py": "SIZE = 3\n"}
        stage.commit("topic", mended, parent=later)
        until(lambda: said_on(stage, number)[0].startswith("**Fixed**"), log)
        assert len(reviews(stage, number)) == 1
        until(lambda: "1 fixed" in stage.overlay.bodies[review["id"]], log)
        assert "ghs_" not in log.read_text()


def test_a_command_is_answered_once_and_a_strangers_is_not_obeyed(empty_stage: Stage, tmp_path: Path) -> None:
    stage = empty_stage
    base = stage.commit("main", BEFORE)
    head = stage.commit("topic", BROKEN, parent=base)
    with serving(stage, tmp_path) as log:
        number = stage.open_pull("topic")
        until(lambda: completed(stage, head), log)
        asked = stage.said("POST", f"/issues/{number}/comments", {"body": "/prudent help"})["id"]
        until(lambda: ours(stage, number), log)
        until(lambda: f"{stage.path}/issues/comments/{asked}" in stage.overlay.reactions, log)
        stranger = httpx.Client(base_url=stage.emulator.url, headers={"Authorization": "Bearer bob_token"})
        with stranger:
            stranger.post(f"{stage.path}/issues/{number}/comments", json={"body": "/prudent pause"})
        stage.commit("topic", BROKEN | {"c.py": "SIZE = 3\n"}, parent=head)
        later = stage.git_says("rev-parse", "topic")
        until(lambda: completed(stage, later), log)
        assert checks(stage, later) == [("prudent", "completed", "failure")]
        (answer,) = ours(stage, number)
        assert "/prudent dismiss FINDING REASON" in answer


def ours(stage: Stage, number: int) -> list[str]:
    """Return what the App said in the conversation."""
    comments = stage.said("GET", f"/issues/{number}/comments")
    return [comment["body"] for comment in comments if comment["user"]["login"] == f"{SLUG}[bot]"]
