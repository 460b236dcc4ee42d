"""How mirrors go: by age, for want of room, with their installation, and when the disk is full."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.mirrors import Mirrors, Pruned, Why, compare, in_use
from bot.mirrors.folder import size_of
from bot.mirrors.locks import locked
from tests.mirrors.projects import Project, fetched, refused
from tests.mirrors.served import Served

pytestmark = pytest.mark.asyncio
DAY = 86400.0


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def projects(served: Served, tmp_path: Path) -> list[Project]:
    return [Project(served, tmp_path / "work", name=name, id=number) for number, name in enumerate("abc", 1)]


async def filled(projects: list[Project], root: Path, clock: Clock, *, limit_gb: float = 1.0) -> Mirrors:
    """Return mirrors of all projects, fetched an hour apart."""
    served_at = Mirrors(root, git_url=projects_url(projects), limit_gb=limit_gb, clock=clock)
    for project in projects:
        await fetched(served_at, project, 1, project.pull(1, {"b.bin": random.Random(1).randbytes(40_000)}))
        clock.now += 3600
    return served_at


def projects_url(projects: list[Project]) -> str:
    return projects[0].served.url


def standing(mirrors: Mirrors, projects: list[Project]) -> list[str]:
    return [project.named.name for project in projects if mirrors.path_of(project.named).is_dir()]


async def test_what_was_not_used_for_a_month_goes(projects: list[Project], tmp_path: Path, clock: Clock) -> None:
    mirrors = await filled(projects, tmp_path / "m", clock)
    clock.now += 29 * DAY
    assert (await mirrors.prune()).removed == ()
    head = projects[1].pull(1, {"c.py": "x = 1\n"})
    await fetched(mirrors, projects[1], 1, head)
    clock.now += 2 * DAY
    assert (await mirrors.prune()).removed == ("3-1", "3-3")
    assert standing(mirrors, projects) == ["b"]
    assert sorted(path.name for path in (tmp_path / "m").iterdir()) == [".home", "3-2", "3-2.lock", "3-2.use"]


async def test_for_want_of_room_the_least_recently_used_goes(
    projects: list[Project], tmp_path: Path, clock: Clock
) -> None:
    mirrors = await filled(projects, tmp_path / "m", clock)
    sizes = [size_of(mirrors.path_of(project.named)) for project in projects]
    tight = Mirrors(tmp_path / "m", git_url=projects_url(projects), limit_gb=sum(sizes[1:]) * 1.2 / 2**30, clock=clock)
    assert await tight.prune() == Pruned(("3-1",), sum(sizes[1:]))
    assert standing(mirrors, projects) == ["b", "c"]
    assert await tight.prune() == Pruned((), sum(sizes[1:]))


async def test_what_was_used_just_now_stays_though_there_is_no_room(
    projects: list[Project], tmp_path: Path, clock: Clock
) -> None:
    mirrors = await filled(projects, tmp_path / "m", clock)
    clock.now -= 3600 - 60
    tight = Mirrors(tmp_path / "m", git_url=projects_url(projects), limit_gb=1e-6, clock=clock)
    assert (await tight.prune()).removed == ("3-1", "3-2")
    assert standing(mirrors, projects) == ["c"]


async def test_what_is_read_or_fetched_into_stays(projects: list[Project], tmp_path: Path, clock: Clock) -> None:
    mirrors = await filled(projects, tmp_path / "m", clock)
    first, second, _ = [mirrors.path_of(project.named) for project in projects]
    clock.now += 99 * DAY
    with in_use(first):
        clock.now += 99 * DAY
        async with locked(second, 0):
            assert (await mirrors.prune()).removed == ("3-3",)
            assert await mirrors.remove(3) == ()
    assert standing(mirrors, projects) == ["a", "b"]


async def test_an_installation_goes_with_its_mirrors(projects: list[Project], tmp_path: Path, clock: Clock) -> None:
    mirrors = await filled(projects, tmp_path / "m", clock)
    assert await mirrors.remove(33) == ()
    assert await mirrors.remove(3, [2]) == ("3-2",)
    assert await mirrors.remove(3) == ("3-1", "3-3")
    assert [path.name for path in (tmp_path / "m").iterdir()] == [".home"]
    assert await Mirrors(tmp_path / "none", git_url="https://github.com", limit_gb=1.0).remove(3) == ()


async def test_a_removed_mirror_comes_back_with_the_next_fetch(
    projects: list[Project], tmp_path: Path, clock: Clock
) -> None:
    mirrors = await filled(projects, tmp_path / "m", clock)
    await mirrors.remove(3)
    head = projects[0].pull(2, {"c.py": "x = 1\n"})
    assert (await fetched(mirrors, projects[0], 2, head)).head == head


async def test_removals_that_were_cut_short_are_finished(projects: list[Project], tmp_path: Path, clock: Clock) -> None:
    mirrors = await filled(projects, tmp_path / "m", clock)
    for name in (".trash-abc", ".new-abc"):
        (tmp_path / "m" / name / "objects").mkdir(parents=True)
    clock.now = (tmp_path / "m/.new-abc").stat().st_mtime + DAY
    await mirrors.prune()
    assert not list((tmp_path / "m").glob(".[nt]*"))


async def test_many_packs_become_one_and_lose_nothing(
    project: Project, mirrors: Mirrors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.mirrors.mirrors.MOST_PACKS", 3)
    first = project.pull(1, {"b.py": "x = 0\n"})
    head = first
    await fetched(mirrors, project, 1, head)
    for number in range(1, 5):
        head = project.pull(1, {"b.py": f"x = {number}\n"})  # each pushes the one before over
        await fetched(mirrors, project, 1, head)
    path = mirrors.path_of(project.named)
    assert len(list((path / "objects/pack").glob("*.pack"))) == 5
    await mirrors.prune()
    assert len(list((path / "objects/pack").glob("*.pack"))) == 1
    found = await fetched(mirrors, project, 1, head)
    for one in (first, head):
        assert [file.path for file in compare(path, found.target, one).files] == ["b.py"]


def limit_git(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Have mirrors run a git that is killed for writing a file of more than a megabyte."""
    folder.mkdir()
    wrapper = folder / "git"
    wrapper.write_text(f'#!/bin/sh\nulimit -f 2048\nexec {shutil.which("git")} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


async def test_a_git_that_is_killed_by_a_limit_is_no_damage(
    project: Project, mirrors: Mirrors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = (await fetched(mirrors, project, 1, project.pull(1, {"b.py": "x = 1\n"}))).path
    (path / "ours").touch()
    head = project.pull(2, {"noise.bin": random.Random(1).randbytes(2_000_000)})
    with monkeypatch.context() as patched:
        limit_git(patched, tmp_path / "bin")
        assert (await refused(mirrors, project, 2, head)).kind is Why.BUSY
    assert (path / "ours").exists()
    assert (await fetched(mirrors, project, 2, head)).head == head


@pytest.fixture
def tiny_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, Why]]:
    """Return a folder on a disk of 3 MB, and what a fetch into it says once that is full.

    Where mounting is not allowed, git may write no file of more than a megabyte, and is killed for it.
    """
    folder = tmp_path / "tiny"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        limit_git(monkeypatch, tmp_path / "bin")
        yield folder, Why.BUSY
        return
    yield folder, Why.DISK
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.slow
async def test_a_full_disk_is_said_and_takes_nothing_else_with_it(
    projects: list[Project], tiny_disk: tuple[Path, Why], clock: Clock
) -> None:
    folder, kind = tiny_disk
    large = projects[2].pull(1, {"noise.bin": random.Random(1).randbytes(5_000_000)})
    mirrors = await filled(projects[:2], folder, clock)
    assert (await refused(mirrors, projects[2], 1, large)).kind is kind
    assert standing(mirrors, projects) == ["a", "b"]
    assert await fetched(mirrors, projects[0], 1, projects[0].pull(1, {"c.py": "x = 1\n"}))
    grown = projects[1].pull(1, {"noise.bin": random.Random(2).randbytes(5_000_000)})
    assert (await refused(mirrors, projects[1], 1, grown)).kind is kind
    assert await fetched(mirrors, projects[1], 2, projects[1].pull(2, {"d.py": "x = 1\n"}))
