from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli.main import main
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
