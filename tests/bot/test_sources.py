"""What checks and patches may ask about a repository beyond the change."""

from __future__ import annotations

from pathlib import Path

from bot.sources import open_sources
from kb.repository import Repository
from tests.repos import Repo

SHOP = "def total(prices):\n    return sum(prices)\n\n\ndef lonely():\n    return 0\n"
USE = "from shop import total\n\n\ndef a():\n    return total([1])\n\n\ndef b():\n    return total([2])\n"


def test_a_place_that_much_depends_on_matters_more(repo: Repo, tmp_path: Path) -> None:
    repo.commit({"shop.py": SHOP, "use.py": USE}, "Begin")
    with Repository.open(repo.root) as repository, open_sources(repository, tmp_path) as sources:
        view, commit = repository.view("HEAD"), repo.git("rev-parse", "HEAD")
        assert sources.salience is not None
        scores = [sources.salience.score(view, commit, "shop.py", name) for name in ("total", "lonely", "gone")]
        assert scores[0] is not None
        assert scores[1] is not None
        assert 1 >= scores[0] > scores[1] >= 0
        assert scores[2] is None
        assert sources.salience.score(view, commit, "shop.py", "total") == scores[0]


def test_without_a_folder_to_keep_it_in_nothing_is_known_of_the_past(repo: Repo) -> None:
    repo.commit({"shop.py": SHOP}, "Begin")
    with Repository.open(repo.root) as repository, open_sources(repository, None) as sources:
        assert (sources.history, sources.salience) == (None, None)
