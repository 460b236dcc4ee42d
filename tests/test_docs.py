"""Everything that the docs show is true: commands run, files exist, settings parse, code compiles."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli.main import COMMANDS, main
from checks.registry import slugs
from checks.settings_file import parse_settings
from tests.repos import Repo

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("**/*.md"))]
PAGES = [page for page in PAGES if page.parent != ROOT / "docs" / "checks"]  # generated; their examples are tests
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
SETUP_ONLY = ("pip install", "git fetch")  # needs a network: shown, not run
OF_THE_APP = ("prudent setup", "prudent serve", "prudent doctor --app")  # need GitHub: only their help is asked
OF_A_MODEL = ("prudent models pull", "prudent models bench")  # need a network, or a model: only their help is asked


def blocks(language: str) -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for found in FENCE.finditer(page.read_text("utf-8")):
            if found.group(1) == language:
                yield page.relative_to(ROOT).as_posix(), found.group(2)


def commands() -> list[tuple[str, str]]:
    lines = [(page, line.split("  #")[0].strip()) for page, text in blocks("sh") for line in text.splitlines()]
    return [(page, line) for page, line in lines if line and not line.startswith(SETUP_ONLY)]


def dev_tasks() -> set[str]:
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return set(module.TASKS)


@pytest.fixture
def work(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """Return a repository in which every command of the docs makes sense, and make it the current folder."""
    repo.commit({"a.py": "def f():\n    return 1\n"}, "Begin")
    repo.git("checkout", "-q", "-b", "topic")
    repo.commit({"a.py": "def f():\n    return 2\n"}, "Return two")
    repo.write({"b.py": "x = 1\n", "change.patch": repo.git("format-patch", "-R", "-1", "--stdout") + "\n"})
    repo.write({"other.sarif": json.dumps({"version": "2.1.0", "runs": []})})
    repo.git("add", "b.py")
    monkeypatch.chdir(repo.root)
    return repo


@pytest.mark.parametrize(("page", "line"), commands(), ids=lambda value: value)
def test_a_command_runs(page: str, line: str, work: Repo) -> None:
    if line.startswith("python3 dev.py"):
        assert line.split()[2] in dev_tasks()
    elif line.startswith(OF_THE_APP + OF_A_MODEL):
        assert main([*shlex.split(line)[1:], "--help"]) == 0
    elif line.startswith("prudent "):
        assert main(shlex.split(line)[1:]) in (0, 1)
    else:
        assert line.startswith("git "), f"{page} shows a command that nobody runs: {line}"
        subprocess.run(line, shell=True, check=True, capture_output=True)


def test_the_docs_show_commands_at_all() -> None:
    assert len(commands()) > 10


def test_settings_that_are_shown_can_be_read() -> None:
    shown = list(blocks("toml"))
    assert shown
    for page, text in shown:
        assert parse_settings(text.encode(), slugs()), page
        assert tomllib.loads(text)


def test_code_that_is_shown_compiles() -> None:
    for page, text in blocks("python"):
        compile(text, page, "exec")
    for page, text in blocks("json"):
        for line in text.splitlines():
            assert json.loads(line), page


def test_every_block_has_a_language_that_is_tested() -> None:
    known = {"sh", "toml", "python", "json", "yaml", "text"}
    for page in PAGES:
        for found in FENCE.finditer(page.read_text("utf-8")):
            assert found.group(1) in known, f"{page.name}: {found.group(0)[:60]}"


def test_links_lead_somewhere() -> None:
    for page in PAGES:
        for link in LINK.findall(page.read_text("utf-8")):
            assert (page.parent / link).exists(), f"{page.name} links to {link}"


def test_every_command_and_option_is_documented() -> None:
    text = "\n".join(page.read_text("utf-8") for page in PAGES)
    for name in COMMANDS:
        assert f"prudent {name}" in text, name
    for slug in re.findall(r"`prudent: ignore\[([a-z-]+)\]", text):
        assert slug in slugs() | {"slug"}


def test_slugs_that_are_named_exist() -> None:
    for _, line in commands():
        words = shlex.split(line)
        if words[:2] == ["prudent", "explain"]:
            assert words[2] in slugs()
