"""docs/checks/ says what the checks say, and is up to date."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot import docs
from bot.docs import FOLDER, HEADER, pages, stale_pages, write_pages
from checks.registry import DESCRIBED
from tests.bot.reference_checks import MADE

ROOT = Path(__file__).parents[2]


def test_the_pages_are_up_to_date() -> None:
    assert stale_pages(ROOT / FOLDER, pages(DESCRIBED)) == [], "run python -m bot.docs"


def test_every_check_has_a_page_and_every_slug_a_row() -> None:
    written = pages(MADE)
    assert sorted(written) == ["endless-loop.md", "index.md", "lint.md"]
    assert all(page.startswith(HEADER) for page in written.values())
    rows = [line for line in written["index.md"].splitlines() if line.startswith("| <a id=")]
    assert len(rows) == 3
    assert "[endless-loop](endless-loop.md), [lint](lint.md)" in rows[1]
    assert r"A name \| that misleads." in rows[0]
    assert "| silent |" in rows[0]


def test_a_page_shows_what_changes_and_what_fires() -> None:
    page = pages(MADE)["endless-loop.md"]
    assert "## What it finds\n\nLoops without a way out, over two lines.\n" in page
    assert "Commit message:\n\n```text\nLoop\n\nfor ever\n```\n" in page
    assert "`a.py`\n\n````diff\n-x = 1\n+while True:\n+    x = '```'\n````\n" in page
    assert "`b.py (deleted)`" in page
    assert "- `endless-loop` at `a.py:1`" in page
    assert "After the fix:\n\n```py\nwhile x:\n    pass\n```\n" in page
    assert "### A loop with a way out\n\n`a.py`\n\n```py\nfor x in y:\n    pass\n```\n\nStays silent.\n" in page


def test_an_engines_page_lists_every_rule() -> None:
    page = pages(MADE)["lint.md"]
    assert "Engine: lint; `prudent doctor` says how to get it. Files: javascript, python, typescript." in page
    assert re.findall(r"(?m)^### `(.*)`$", page) == ["bad-name", "endless-loop", "odd-quote"]
    assert "info, low confidence, silent, from N1, N2\n" in page


def test_fences_are_balanced() -> None:
    for name, page in pages(DESCRIBED).items():
        open_fence = ""
        for line in page.splitlines():
            run = re.match(r"`{3,}", line)
            if run and not open_fence:
                open_fence = run[0]
            elif run and line == open_fence:
                open_fence = ""
        assert open_fence == "", name


def test_stale_missing_and_orphaned_pages_are_told_and_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert docs.main(["--check"]) == 1
    assert docs.main([]) == 0
    assert docs.main(["--check"]) == 0
    (FOLDER / "index.md").write_text("old")
    (FOLDER / "gone.md").write_text("of no check")
    capsys.readouterr()
    assert docs.main(["--check"]) == 1
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [
        str(FOLDER / "gone.md"),
        str(FOLDER / "index.md"),
    ]
    write_pages(FOLDER, pages(DESCRIBED))
    assert docs.main(["--check"]) == 0
    assert not (FOLDER / "gone.md").exists()
