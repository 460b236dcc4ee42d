"""Mirrors that are damaged, half made, or that somebody died in: the next fetch makes them good."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from bot.mirrors import Mirrors, Why, compare
from bot.mirrors.locks import LockTimeout, locked
from tests.mirrors.projects import Project, fetched, refused
from tests.mirrors.served import TOKEN, Served

pytestmark = pytest.mark.asyncio
ROOT = Path(__file__).parents[2]


def packs(mirror: Path) -> list[Path]:
    return sorted((mirror / "objects/pack").glob("*.pack"))


def overwrite(path: Path, data: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(data)


def truncate_pack(mirror: Path) -> None:
    overwrite(packs(mirror)[0], packs(mirror)[0].read_bytes()[:40])


def flip_pack(mirror: Path) -> None:
    data = bytearray(packs(mirror)[0].read_bytes())
    data[12:-20] = bytes(255 - byte for byte in data[12:-20])
    overwrite(packs(mirror)[0], bytes(data))


def lose_pack(mirror: Path) -> None:
    packs(mirror)[0].unlink()


def lose_blob(mirror: Path) -> None:
    """Histories and trees are whole, one file's content is not there."""
    (pack,) = packs(mirror)
    data = pack.read_bytes()
    for path in (pack.parent).iterdir():
        path.unlink()
    git = ["git", "-C", str(mirror)]
    subprocess.run([*git, "unpack-objects", "-q"], input=data, check=True)
    found = subprocess.run([*git, "hash-object", "--stdin"], input=b"x = 1\n", capture_output=True, check=True)
    blob = found.stdout.decode().strip()
    (mirror / "objects" / blob[:2] / blob[2:]).unlink()


def lose_index(mirror: Path) -> None:
    packs(mirror)[0].with_suffix(".idx").unlink()


def lose_objects(mirror: Path) -> None:
    shutil.rmtree(mirror / "objects")


def junk_in_refs(mirror: Path) -> None:
    for path in (mirror / "refs/prudent").rglob("*"):
        if path.is_file():
            path.write_bytes(b"\x00\xffnonsense")


def junk_in_packed_refs(mirror: Path) -> None:
    (mirror / "packed-refs").write_bytes(b"# pack-refs with: peeled\n\x00\x00nonsense\n")


def lose_head(mirror: Path) -> None:
    (mirror / "HEAD").unlink()


def junk_in_config(mirror: Path) -> None:
    (mirror / "config").write_bytes(b"[core\n\x00")


def leave_locks(mirror: Path) -> None:
    """What a git that was killed with the whole machine leaves: nobody's mark says so."""
    (mirror / "packed-refs.lock").touch()
    for path in list((mirror / "refs/prudent").rglob("*")):
        if path.is_file():
            path.with_name(path.name + ".lock").touch()
    (mirror / "refs/prudent/pulls/1.lock").touch()


def empty_it(mirror: Path) -> None:
    shutil.rmtree(mirror)
    mirror.mkdir()


DAMAGES = [
    truncate_pack,
    flip_pack,
    lose_pack,
    lose_blob,
    lose_index,
    lose_objects,
    junk_in_refs,
    junk_in_packed_refs,
    lose_head,
    junk_in_config,
    leave_locks,
    empty_it,
]


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_damaged_mirror_is_good_after_the_next_fetch(
    project: Project, mirrors: Mirrors, damage: Callable[[Path], None]
) -> None:
    first = project.pull(1, {"b.py": "x = 1\n"})
    damage((await fetched(mirrors, project, 1, first)).path)
    head = project.pull(1, {"c.py": "x = 1\n"}, on=first)
    found = await fetched(mirrors, project, 1, head)
    files = compare(found.path, found.target, head).files
    assert [(file.path, file.unread) for file in files] == [("b.py", ""), ("c.py", "")]
    said = subprocess.run(["git", "-C", str(found.path), "fsck", "--connectivity-only"], capture_output=True)
    assert said.returncode == 0


@pytest.mark.parametrize("damage", [flip_pack, lose_pack, lose_blob, junk_in_refs])
async def test_damage_is_noticed_though_nothing_new_has_to_come(
    project: Project, mirrors: Mirrors, damage: Callable[[Path], None]
) -> None:
    head = project.pull(1, {"b.py": "x = 1\n"})
    damage((await fetched(mirrors, project, 1, head)).path)
    found = await fetched(mirrors, project, 1, head)
    assert [(file.path, file.unread) for file in compare(found.path, found.target, head).files] == [("b.py", "")]


async def test_a_mirror_that_is_good_is_not_made_anew(project: Project, mirrors: Mirrors) -> None:
    first = project.pull(1, {"b.py": "x = 1\n"})
    path = (await fetched(mirrors, project, 1, first)).path
    (path / "ours").touch()
    await fetched(mirrors, project, 1, project.pull(1, {"c.py": "x = 1\n"}, on=first))
    assert (path / "ours").exists()


async def test_a_server_that_sends_a_broken_history_is_told_apart(project: Project, mirrors: Mirrors) -> None:
    """Two entries of one name: which of them a reader sees is anybody's guess, so git is told to refuse them."""
    blob = project.bare.git("hash-object", "-w", "--stdin", stdin=b"x = 1\n")
    entry = b"100644 a.py\0" + bytes.fromhex(blob)
    tree = project.bare.git("hash-object", "-t", "tree", "-w", "--stdin", "--literally", stdin=entry + entry)
    head = project.bare.git("commit-tree", tree, "-p", project.base, "-m", "Twice")
    project.bare.git("update-ref", "refs/pull/1/head", head)
    good = project.pull(2, {"b.py": "x = 1\n"})
    path = (await fetched(mirrors, project, 2, good)).path
    (path / "ours").touch()
    answer = await refused(mirrors, project, 1, head)
    assert (answer.kind, answer.reason) == (Why.DAMAGED, "git refuses an object of this repository")
    assert (path / "ours").exists(), "a mirror is not made anew for what strangers push"


async def test_an_old_history_with_small_faults_is_taken(project: Project, mirrors: Mirrors) -> None:
    tree = project.bare.git("rev-parse", f"{project.base}^{{tree}}")
    text = f"tree {tree}\nparent {project.base}\nauthor A <a@b> 1 +051800\ncommitter <> 1 +0000\n\nOld\n"
    head = project.bare.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=text.encode())
    project.bare.git("update-ref", "refs/pull/1/head", head)
    assert (await fetched(mirrors, project, 1, head)).head == head


async def test_a_cancelled_fetch_ends_git_and_the_next_one_is_whole(
    project: Project, mirrors: Mirrors, served: Served
) -> None:
    head = project.pull(1, {"noise.bin": random.Random(1).randbytes(300_000)})
    served.chunk_pause = 0.02
    task = asyncio.create_task(fetched(mirrors, project, 1, head))
    await asyncio.to_thread(served.packing.wait, 10)
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert gits_of(mirrors.path_of(project.named)) == []
    served.chunk_pause = 0.0
    found = await fetched(mirrors, project, 1, head)
    assert leftovers(found.path) == []


async def test_a_fetch_that_takes_too_long_is_ended(project: Project, served: Served, tmp_path: Path) -> None:
    hasty = Mirrors(tmp_path / "hasty", git_url=served.url, limit_gb=1.0, seconds=0.4)
    head = project.pull(1, {"b.py": "x = 1\n"})
    served.before_pack = 2.0
    assert (await refused(hasty, project, 1, head)).kind is Why.UNREACHABLE
    assert gits_of(hasty.path_of(project.named)) == []
    assert not hasty.path_of(project.named).exists()


KILLED = """
import asyncio, sys
from pathlib import Path
from bot.events import Repo
from bot.mirrors import Mirrors
root, url, head = sys.argv[1:]
mirrors = Mirrors(Path(root), git_url=url, limit_gb=1.0)
asyncio.run(mirrors.fetch(Repo(3, 7, "acme", "widgets"), 1, head, "main", TOKEN))
"""


@pytest.mark.slow
async def test_after_a_kill_the_next_worker_waits_for_the_git_that_lives_on_and_cleans_up(
    project: Project, mirrors: Mirrors, served: Served
) -> None:
    first = project.pull(1, {"b.py": "x = 1\n"})
    path = (await fetched(mirrors, project, 1, first)).path
    head = project.pull(1, {"noise.bin": random.Random(1).randbytes(300_000)}, on=first)
    served.packing.clear()
    served.chunk_pause = 0.004
    worker = subprocess.Popen(
        [sys.executable, "-c", KILLED.replace("TOKEN", repr(TOKEN)), str(path.parent), served.url, head], cwd=ROOT
    )
    await asyncio.to_thread(served.packing.wait, 20)
    await asyncio.sleep(0.2)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert gits_of(path), "git lives on for a while"
    with pytest.raises(LockTimeout):
        async with locked(path, 0):
            raise AssertionError("two would write into one mirror")
    (path / "objects/pack/tmp_pack_left").write_bytes(b"half")
    (path / "packed-refs.lock").touch()
    (path / "ours").touch()
    found = await fetched(mirrors, project, 1, head)
    assert gits_of(path) == []
    assert leftovers(path) == []
    assert (path / "ours").exists(), "what is only half done needs no new mirror"
    assert len(compare(found.path, found.target, head).files) == 2


@pytest.mark.slow
async def test_a_git_that_is_killed_with_its_worker_leaves_nothing_that_hurts(
    project: Project, mirrors: Mirrors, served: Served
) -> None:
    head = project.pull(1, {"noise.bin": random.Random(1).randbytes(300_000)})
    served.chunk_pause = 0.01
    path = mirrors.path_of(project.named)
    worker = subprocess.Popen(
        [sys.executable, "-c", KILLED.replace("TOKEN", repr(TOKEN)), str(path.parent), served.url, head], cwd=ROOT
    )
    await asyncio.to_thread(served.packing.wait, 20)
    await asyncio.sleep(0.2)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    for pid in gits_of(path):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert leftovers(path) != []
    served.chunk_pause = 0.0
    await fetched(mirrors, project, 1, head)
    assert leftovers(path) == []


def gits_of(mirror: Path) -> list[int]:
    """Return the processes whose environment names a mirror."""
    found = []
    deadline = time.monotonic() + 0.5
    while True:
        found = [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/environ") if names(path, mirror)]
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def names(environ: Path, mirror: Path) -> bool:
    try:
        return f"GIT_DIR={mirror}\0".encode() in environ.read_bytes()
    except OSError:
        return False


def leftovers(mirror: Path) -> list[str]:
    return [path.name for path in mirror.rglob("*") if path.name.startswith("tmp_") or path.name.endswith(".lock")]
