from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.cli.main import main
from bot.examine import Options, change_of, examined
from bot.pipeline import risk_in
from bot.sources import open_sources
from checks.workspace import open_workspace
from kb.folders import cache_folder
from kb.outcomes.store import open_store
from kb.repository import Repository
from tests.repos import Repo
from tests.risk.worlds import planted


def test_a_model_is_trained_kept_and_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = planted(tmp_path / "planted")
    repo = str(made.root)
    assert main(["risk", "show", "--repo", repo]) == 0
    assert "prudent risk train" in capsys.readouterr().out
    assert main(["risk", "train", "--repo", repo]) == 0
    assert "of which needed a fix within a year" in capsys.readouterr().out
    assert main(["risk", "show", "--repo", repo]) == 0
    assert "area under the curve" in capsys.readouterr().out
    assert main(["risk", "show", "HEAD~3..HEAD", "--repo", repo]) == 0
    assert "of earlier changes" in capsys.readouterr().out
    assert main(["risk", "show", "HEAD~3..HEAD", "--repo", repo, "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["schema"] == "prudent.risk/1"
    assert 0 <= said["risk"]["score"] <= 1
    assert "example.com" not in json.dumps(said)
    assert main(["risk", "show", "--repo", repo, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["measured"]["bad"] >= 30
    made.commit({"README.md": "Words\n"}, "Say more")
    assert main(["risk", "show", "HEAD~1..HEAD", "--repo", repo]) == 0
    assert "no risk to speak of" in capsys.readouterr().out


def test_a_short_history_is_refused_in_one_line(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.commit({"a.py": "x = 1\n"}, "Begin")
    assert main(["risk", "train", "--repo", str(repo.root)]) == 0
    assert capsys.readouterr().out == "no model: not enough history: 0 fix-inducing commits, 30 needed\n"
    assert main(["risk", "train", "--repo", str(repo.root), "--format", "json"]) == 0
    assert "refused" in json.loads(capsys.readouterr().out)
    assert main(["risk", "show", "--repo", str(repo.root)]) == 0
    assert "no risk model" in capsys.readouterr().out
    assert main(["risk", "train", "--repo", str(repo.root), "--rev", "nowhere"]) == 2


@pytest.mark.parametrize("seed", ["-1", str(2**32)])
def test_a_seed_that_no_library_takes_is_bad_usage(repo: Repo, seed: str) -> None:
    repo.commit({"a.py": "x = 1\n"}, "Begin")
    assert main(["risk", "train", "--repo", str(repo.root), "--seed", seed]) == 2


def test_what_is_shown_is_what_a_review_goes_by(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = planted(tmp_path / "planted")
    made.commit({".github/prudent.toml": '[review]\nignore = ["calm.py"]\n'}, "Leave out what is calm")
    core = made.git("show", "HEAD:core.py") + "\n"
    made.commit({"calm.py": "x = 1\n" * 200, "core.py": "y = 2\n" + core}, "Change much")
    assert main(["risk", "train", "--repo", str(made.root), "--rev", "HEAD~1"]) == 0
    capsys.readouterr()
    assert main(["risk", "show", "HEAD~1..HEAD", "--repo", str(made.root), "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)["risk"]
    with (
        open_store() as store,
        Repository.open(made.root) as repository,
        open_workspace(cache_folder()) as workspace,
        open_sources(repository, cache_folder()) as sources,
    ):
        memory = store.recollect(repository.identity, "main", datetime.now(UTC))
        change = change_of(repository.compare("HEAD~1..HEAD"), repository.identity)
        seen = examined(change, workspace, Options(checks=("ruff",)), replace(sources, memory=lambda: memory))
        risk = risk_in(seen)
    assert risk is not None
    assert "calm.py" not in risk.files
    assert (said["score"], said["rank"], said["files"]) == (risk.score, risk.rank, risk.files)
