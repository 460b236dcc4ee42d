"""`prudent index`: builds, shows and removes the index."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from bot.cli import main as program
from bot.cli.index_progress import IndexProgress, progress_line
from tests.bot.test_progress import Screen
from tests.repos import Repo

FILES = {"a.py": "def make(x):\n    return x\n", "b.py": "from a import make\n\nmake(1)\n", "README.md": "Read me\n"}


@pytest.fixture
def project(repo: Repo) -> Repo:
    repo.commit(FILES)
    return repo


def run(*arguments: str | Path) -> int:
    return program.main(["index", *map(str, arguments)])


def test_building_says_what_it_took(project: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--repo", project.root) == 0
    said = capsys.readouterr()
    assert re.fullmatch(
        r"2 files: 2 read, 0 read before, 2 linked; 3 nodes and \d+ edges, \d+% of references unresolved; "
        r"\d+\.\d s, \d+\.\d MB on disk\n",
        said.out,
    )
    assert said.err == ""
    assert run("HEAD", "--repo", project.root) == 0
    assert capsys.readouterr().out.startswith("2 files: 0 read, 2 read before, 0 linked;")


def test_a_revision_can_be_named(project: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    project.commit({"c.py": "import a\n"})
    assert run("HEAD~1", "--repo", project.root) == 0
    assert capsys.readouterr().out.startswith("2 files:")
    assert run("build", "main", "--repo", project.root) == 0
    assert capsys.readouterr().out.startswith("3 files: 1 read, 2 read before, 1 linked;")


def test_quiet_says_nothing(project: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("-q", "--repo", project.root) == 0
    assert capsys.readouterr() == ("", "")


def test_bad_input_is_one_line(project: Repo, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("nowhere", "--repo", project.root) == 2
    assert run("--repo", tmp_path / "none") == 2
    assert run("HEAD", "more", "--repo", project.root) == 2
    assert len(capsys.readouterr().err.splitlines()) == 3


def test_status_and_clear(project: Repo, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("status", "--repo", project.root) == 0
    assert capsys.readouterr().out == "no index; `prudent index` makes it\n"
    run("-q", "--repo", project.root)
    assert run("status", "--repo", project.root) == 0
    said = capsys.readouterr().out
    assert said.startswith("index of the files of HEAD: 2 files, ")
    assert str(tmp_path / "cache" / "graph") in said
    project.commit({"a.py": "x = 1\n"})
    run("status", "--repo", project.root)
    assert "index of tree " in capsys.readouterr().out
    assert run("clear", "--repo", project.root) == 0
    assert capsys.readouterr().out.startswith("removed ")
    assert list((tmp_path / "cache" / "graph").iterdir()) == []


def test_an_index_that_cannot_be_kept_says_why(
    project: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("PRUDENT_CACHE", str(tmp_path / "file"))
    assert run("--repo", project.root) == 0
    said = capsys.readouterr()
    assert said.out.startswith("2 files: 2 read")
    assert "the index is kept in memory" in said.err


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    said = capsys.readouterr().out
    assert "[REV]" in said
    for name in ("build", "clear", "status", "sync"):
        assert f"\n  {name} " in said


def test_the_line_says_how_far_it_is() -> None:
    assert progress_line("linking", 0, 4) == f"linking  [{'-' * 24}]  0/4"
    assert progress_line("linking", 2, 4) == f"linking  [{'#' * 12}{'-' * 12}]  2/4"
    assert progress_line("reading", 0, 0) == f"reading  [{'#' * 24}]  0/0"


def test_progress_shows_on_a_terminal_and_is_gone_in_the_end() -> None:
    screen, now = Screen(), [0.0]
    with IndexProgress(screen.stream, environ={"TERM": "xterm", "COLUMNS": "30"}, clock=lambda: now[0]) as progress:
        progress("reading", 1, 100)  # too early to show
        for step in range(2, 6):
            now[0] += 0.6
            progress("reading", step, 100)
        screen.until(b"reading  [-")
    seen = screen.close()
    assert seen.count(b"\r\x1b[K") == 5
    assert seen.endswith(b"\r\x1b[K")
    assert max(len(line) for line in seen.split(b"\r\x1b[K")) < 30


@pytest.mark.parametrize("environ", [{"TERM": "dumb"}, {}])
def test_progress_is_nothing_elsewhere(environ: dict[str, str]) -> None:
    screen, now = Screen(), [0.0]
    for stream, quiet in ((io.StringIO(), False), (screen.stream, True), (screen.stream, False)):
        with IndexProgress(stream, quiet=quiet, environ=environ, clock=lambda: now[0]) as progress:
            now[0] += 9
            progress("reading", 1, 2)
        assert not isinstance(stream, io.StringIO) or stream.getvalue() == ""
    assert screen.close() == b""
