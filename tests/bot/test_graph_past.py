"""`prudent graph salience` and `co-changes`, as a person types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli.main import main
from tests.repos import Repo


@pytest.fixture
def shop(repo: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Repo:
    """Return a repository of three files, two of which changed together four times."""
    monkeypatch.setenv("PRUDENT_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(repo.root)
    use = "from prices import total\n\n\ndef sell():\n    return total()\n"
    for number in range(4):
        repo.commit({"prices.py": f"def total():\n    return {number}\n", "prices.md": f"It is {number}.\n"})
    repo.commit(
        {"sell.py": use, "test_sell.py": "from sell import sell\n\n\ndef test_sell():\n    assert sell() == 3\n"}
    )
    return repo


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert main(["graph", *words, "--format", "json"]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_what_others_need_comes_before_what_nobody_needs(shop: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "salience", "--files")
    assert found["schema"] == "prudent.graph/1"
    rows = found["results"]
    assert isinstance(rows, list)
    paths = [row["path"] for row in rows]
    assert paths.index("prices.py") < paths.index("test_sell.py")
    assert {"score", "quadrant", "parts"} <= set(rows[0])
    assert all(0 <= row["score"] <= 1 for row in rows)


def test_one_quadrant_and_a_limit(shop: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    whole = answer(capsys, "salience")
    kinds = {row["quadrant"] for row in whole["results"]}  # type: ignore[attr-defined]
    for kind in kinds:
        rows = answer(capsys, "salience", "--quadrant", kind)["results"]
        assert {row["quadrant"] for row in rows} == {kind}  # type: ignore[attr-defined]
    assert answer(capsys, "salience", "--limit", "1")["truncated"] is True


def test_files_that_change_together(shop: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    rows = answer(capsys, "co-changes", "prices.py")["results"]
    assert [(row["path"], row["together"], row["of"]) for row in rows] == [("prices.md", 4, 4)]  # type: ignore[attr-defined]
    assert main(["graph", "co-changes", "sell.py"]) == 0
    assert capsys.readouterr().out.startswith("0 files changed at least 3 times together with sell.py")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["co-changes", "nothing.py"], "no such file at HEAD: nothing.py"),
        (["co-changes", "sell.py", "--rev", "nowhere"], "nowhere"),
        (["salience", "--rev", "nowhere"], "nowhere"),
        (["salience", "--quadrant", "loud"], "loud"),
    ],
)
def test_what_cannot_be_asked(shop: Repo, capsys: pytest.CaptureFixture[str], words: list[str], says: str) -> None:
    assert main(["graph", *words]) == 2
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1
