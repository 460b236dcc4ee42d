"""Who may be in a mirror at one time."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.mirrors import Fetched, Mirrors, NotFetched, Why, in_use
from bot.mirrors.locks import locked
from tests.mirrors.projects import Project, fetched, refused
from tests.mirrors.served import TOKEN, Served

pytestmark = pytest.mark.asyncio
ROOT = Path(__file__).parents[2]


async def test_many_fetches_at_once_all_come(project: Project, served: Served, tmp_path: Path) -> None:
    """Two workers' views of one disk; the mirror is made by whoever is first."""
    heads = {number: project.pull(number, {f"f{number}.py": "x = 1\n"}) for number in range(1, 7)}
    workers = [Mirrors(tmp_path / "shared", git_url=served.url, limit_gb=1.0) for _ in range(2)]
    outcomes = await asyncio.gather(*(fetched(workers[n % 2], project, n, head) for n, head in heads.items()))
    assert [outcome.head for outcome in outcomes] == list(heads.values())


OTHER = """
import asyncio, sys
from pathlib import Path
from bot.events import Repo
from bot.mirrors import Mirrors
root, url, number, head = sys.argv[1:]
mirrors = Mirrors(Path(root), git_url=url, limit_gb=1.0)
print(type(asyncio.run(mirrors.fetch(Repo(3, 7, "acme", "widgets"), int(number), head, "main", TOKEN))).__name__)
"""


async def test_two_processes_fetch_into_one_new_mirror(project: Project, served: Served, tmp_path: Path) -> None:
    heads = {number: project.pull(number, {f"f{number}.py": "x = 1\n"}) for number in (1, 2)}
    program = OTHER.replace("TOKEN", repr(TOKEN))
    others = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "shared"), served.url, str(number), head],
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        for number, head in heads.items()
    ]
    answers = [await asyncio.to_thread(other.communicate) for other in others]
    assert [out for out, _ in answers] == [b"Fetched\n"] * 2


async def test_who_waits_too_long_is_told_so(project: Project, served: Served, tmp_path: Path) -> None:
    head = project.pull(1, {"b.py": "x = 1\n"})
    mirrors = Mirrors(tmp_path / "m", git_url=served.url, limit_gb=1.0, patience=0.2)
    await fetched(mirrors, project, 1, head)
    async with locked(mirrors.path_of(project.named), 0):
        assert (await refused(mirrors, project, 1, head)).kind is Why.BUSY
    assert (await fetched(mirrors, project, 1, head)).head == head


async def test_reading_does_not_keep_a_fetch_waiting(project: Project, mirrors: Mirrors) -> None:
    head = project.pull(1, {"b.py": "x = 1\n"})
    with in_use((await fetched(mirrors, project, 1, head)).path):
        began = time.monotonic()
        await fetched(mirrors, project, 1, project.pull(1, {"c.py": "x = 1\n"}))
        assert time.monotonic() - began < 20


async def test_one_that_fails_for_want_of_a_repository_does_not_disturb_one_that_waits(
    project: Project, served: Served, tmp_path: Path
) -> None:
    """The first takes its lock file away with the mirror that came to nothing, while the second waits on it."""
    head = project.pull(1, {"b.py": "x = 1\n"})
    mirrors = Mirrors(tmp_path / "m", git_url=served.url, limit_gb=1.0)
    outcomes = await asyncio.gather(
        *(mirrors.fetch(project.named, number, head, "main", TOKEN) for number in (9, 1, 9, 1, 9))
    )
    assert [type(outcome) for outcome in outcomes] == [NotFetched, Fetched, NotFetched, Fetched, NotFetched]
