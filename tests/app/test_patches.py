"""Patches by a real model in pull requests: suggestions that GitHub can commit, and how they came to be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.app import shop
from tests.app.running import Running, running
from tests.app.stories import said
from tests.world.records import User
from tests.world.repository import Repository
from tests.world.world import World

pytestmark = pytest.mark.slow  # real weights

SLIP = shop.BEFORE + "\n\ndef first_of(baskets):\n    return [basket for basket in basket]\n"


def test_a_slip_is_mended_by_a_suggestion_that_can_be_committed(
    world: World, tmp_path: Path, repo: Repository, bob: User, smollm2_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRUDENT_MODEL", str(smollm2_path))
    with running(world, tmp_path) as app:
        pull = repo.open_pull(world.person("alice"), {"shop.py": SLIP})
        said(world, app, pull)
        (thread,) = pull.threads
        (note,) = thread.notes
        assert "```suggestion\n    return [basket for basket in baskets]\n```" in note.body
        assert "Proposed by `SmolLM2-135M-Instruct`, proven; risk 0." in note.body
        (logged,) = logged_of(app)
        assert logged["model"] == "SmolLM2-135M-Instruct"
        assert [one["text"] for one in logged["tried"] if not one["why"]] == ["return [basket for basket in baskets]"]
        pull.commit_suggestion(note, bob)
        said(world, app, pull)
        assert "**Fixed** as of" in note.body
        assert not world.stuck_checks()


def logged_of(app: Running) -> list[dict[str, Any]]:
    """Return how the suggestions in the store came to be."""
    with app.store() as store:
        rows = [row["suggestion"] for row in store.export() if row["kind"] == "finding" and row["suggestion"]]
    return [row["provenance"] for row in rows]


def test_a_model_that_is_not_there_leaves_the_review_as_it_is(
    world: World, tmp_path: Path, repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRUDENT_MODEL", str(tmp_path / "gone.gguf"))
    with running(world, tmp_path) as app:
        pull = repo.open_pull(world.person("alice"), {"shop.py": SLIP})
        said(world, app, pull)
        (thread,) = pull.threads
        assert "undefined-name" in thread.notes[0].body
        assert "suggestion" not in thread.notes[0].body
        assert not world.stuck_checks()
