"""Trouble on our own side: disks, databases, mirrors, and the reading process. A head is reviewed once all the same."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.app.running import Running, running, until
from tests.app.stories import identity_of
from tests.app.troubles import AFTER, nothing_left, opened, reviewed_once, settled, tick
from tests.world.world import World


@pytest.fixture
def hurried(world: World, tmp_path: Path) -> Iterator[Running]:
    """Return an App whose pauses are short."""
    with running(world, tmp_path, haste=20.0) as made:
        yield made


def mirror_of(app: Running) -> Path:
    """Return the one mirror."""
    (found,) = [path for path in app.settings.mirrors.iterdir() if path.is_dir() and path.name[0].isdigit()]
    return found


def readers() -> set[int]:
    """Return the processes that read a pull request for us now."""
    found = set()
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
                parent = int((process / "stat").read_bytes().rpartition(b")")[2].split()[1])
            except OSError:
                continue
            if b"bot.reading" in words and parent == os.getpid():
                found.add(int(process.name))
    return found


@pytest.mark.parametrize(
    "harm",
    [
        "packs gone",
        "half a pack",
        *(pytest.param(each, marks=pytest.mark.slow) for each in ("no HEAD", "refs are rubbish", "all gone")),
    ],
)
def test_a_mirror_that_is_damaged_on_disk_is_made_anew(world: World, hurried: Running, harm: str) -> None:
    pull = opened(world)
    settled(world, hurried)
    reviewed_once(pull)
    mirror = mirror_of(hurried)
    packs = [*mirror.glob("objects/pack/*.pack")]
    if harm == "packs gone":
        shutil.rmtree(mirror / "objects" / "pack")
    elif harm == "half a pack":
        for pack in packs:
            pack.chmod(0o600)
            os.truncate(pack, pack.stat().st_size // 2)
    elif harm == "no HEAD":
        (mirror / "HEAD").unlink()
    elif harm == "refs are rubbish":
        for ref in [path for path in (mirror / "refs").rglob("*") if path.is_file()]:
            ref.write_bytes(b"\xff" * 40)
    else:
        shutil.rmtree(mirror)
    pull.push({"shop.py": AFTER, "more.py": "x = 1\n"})
    settled(world, hurried)
    assert {post.kind for post in pull.unread()} == {"edit", "check"}
    assert pull.checks()[0].conclusion == "failure"
    nothing_left(pull)


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[tuple[Path, Callable[[], None]]]:
    """Return where mirrors shall be, on a disk that is full, and what makes room there.

    Where mounting is not allowed, a file stands where the folder of mirrors would be.
    """
    disk = tmp_path / "disk"
    disk.mkdir()
    mirrors = disk / "mirrors"
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        mirrors.write_text("no folder")
        yield mirrors, mirrors.unlink
        return
    filler = disk / "filler"
    with suppress(OSError), filler.open("wb") as stream:
        stream.write(b"x" * 2**21)
    yield mirrors, filler.unlink
    subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.parametrize("haste", [20.0, 10_000.0], ids=["for-a-while", "for-long"])
@pytest.mark.slow
def test_a_disk_that_is_full_keeps_a_review_waiting_and_loses_none(
    world: World,
    tmp_path: Path,
    full_disk: tuple[Path, Callable[[], None]],
    haste: float,
    caplog: pytest.LogCaptureFixture,
) -> None:
    mirrors, make_room = full_disk
    with running(world, tmp_path, haste=haste, PRUDENT_MIRRORS=str(mirrors)) as app:
        pull = opened(world)
        if haste > 20.0:
            settled(world, app)
            assert [(run.status, run.conclusion) for run in pull.checks()] == [("completed", "neutral")]
        until(lambda: "cannot be fetched now" in caplog.text, "a fetch that failed")
        make_room()
        tick(app, "sweep-pulls")
        settled(world, app)
        reviewed_once(pull)


def test_a_reading_process_that_is_killed_says_so_and_approves_nothing(world: World, hurried: Running) -> None:
    pull = opened(world)
    (pid,) = until(readers, "a reading process")
    os.kill(pid, signal.SIGKILL)
    settled(world, hurried)
    posts = pull.unread()
    assert {post.kind for post in posts} <= {"check", "review"}
    (run,) = pull.checks()
    assert (run.status, run.conclusion) == ("completed", "neutral")
    nothing_left(pull)


@pytest.mark.parametrize(
    "limit",
    # where memory ends, Python may wait for a thread that never starts: the time ends that, too
    [{"PRUDENT_REVIEW_SECONDS": "1"}, {"PRUDENT_REVIEW_MB": "128", "PRUDENT_REVIEW_SECONDS": "15"}],
)
def test_a_reading_process_that_hangs_or_eats_is_ended(world: World, tmp_path: Path, limit: dict[str, str]) -> None:
    with running(world, tmp_path, haste=20.0, **limit) as app:
        pull = opened(world)
        if "PRUDENT_REVIEW_MB" not in limit:
            (pid,) = until(readers, "a reading process")
            os.kill(pid, signal.SIGSTOP)
        settled(world, app)
        assert not readers()
        pull.unread()
        (run,) = pull.checks()
        assert run.status == "completed"
        assert run.conclusion in ("neutral", "failure")
        nothing_left(pull)


@pytest.mark.slow
def test_the_store_is_away_for_a_while(world: World, hurried: Running, caplog: pytest.LogCaptureFixture) -> None:
    store = hurried.settings.store_url.removeprefix("sqlite:///")
    pull = opened(world)
    until(lambda: world.asked("POST", "git-upload-pack"), "a fetch")
    with closing(sqlite3.connect(store, isolation_level=None)) as locked:
        locked.execute("BEGIN EXCLUSIVE")
        until(lambda: "Unreachable" in caplog.text, "a step that could not write")
        locked.execute("ROLLBACK")
    settled(world, hurried)
    reviewed_once(pull)
    with hurried.store() as kept:
        audits = kept.last_audit(identity_of(pull.repo), "pull/1")
    assert audits is not None


def test_the_jobs_database_is_away_for_a_while(world: World, hurried: Running) -> None:
    pull = opened(world)
    until(lambda: world.asked("POST", "git-upload-pack"), "a fetch")
    jobs = hurried.settings.jobs_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(jobs, isolation_level=None)) as locked:
        locked.execute("BEGIN EXCLUSIVE")
        pull.push({"more.py": "x = 1\n"})
        world.hooks.wait(30)
        assert world.hooks.last("pull_request").status_code == 503
        locked.execute("ROLLBACK")
    tick(hurried, "redeliver")
    settled(world, hurried)
    assert len([post for post in pull.unread() if post.kind == "note"]) == 1
    assert (pull.checks()[0].conclusion, pull.checks()[0].head) == ("failure", pull.head)
    nothing_left(pull)
