"""Who reads changes on the command line: by the operator's configuration alone, counted in the store."""

from __future__ import annotations

import json
import re
import stat
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.cli.main import main
from bot.diagnosis_inference import Fact, inference_facts
from bot.reader import config_of, reader_of, salt_in
from checks.inference.model import Role
from kb.errors import UserError
from kb.outcomes.spending import Spending
from kb.outcomes.store import open_store
from models.chat.config import ENRICHMENTS, ROLES, parse_config
from models.chat.errors import NoReader
from tests.app.provider import CLEAN, KEY, QUOTE, VARIABLE, WHY, answered, config, provided, with_defect
from tests.kb.audits import ROOT
from tests.repos import Repo
from tests.world.hosted import anthropic_wire

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HERE = "example.com/ada/palette"


def environ(**more: str) -> dict[str, str]:
    return {"PRUDENT_MODEL": "none", **more}


def test_switched_off_nobody_reads() -> None:
    assert config_of(environ(PRUDENT_INFERENCE="none", ANTHROPIC_API_KEY="k")) is None
    assert reader_of(HERE, "topic", environ=environ(PRUDENT_INFERENCE="None")) is None


def test_where_models_are_switched_off_and_nobody_said_more_nobody_reads() -> None:
    assert config_of(environ()) is None


def test_a_key_in_the_environment_is_enough() -> None:
    found = config_of(environ(ANTHROPIC_API_KEY="k"))
    assert found
    assert [one.kind for one in found.providers] == ["anthropic"]
    assert "k" not in repr(found).split("secret")


def test_the_default_model_is_too_small_to_read(tmp_path: Path) -> None:
    reader = reader_of(HERE, "topic", environ={}, cache=tmp_path)
    assert reader
    with pytest.raises(NoReader, match="no model large enough: smollm2-135m"):
        reader.open(Role.FIND)


def test_a_file_in_the_data_folder_counts_and_one_that_is_named_counts_more(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "inference.toml").write_text("[read]\nseconds = 7\ndeep = true\n")
    (tmp_path / "other.toml").write_text("[read]\nseconds = 9\nenrich = ['drift']\n")
    usual = reader_of(HERE, "topic", environ=environ())
    named = reader_of(HERE, "topic", environ=environ(PRUDENT_INFERENCE=str(tmp_path / "other.toml")))
    assert usual
    assert named
    assert (usual.seconds, usual.is_deep, named.seconds, named.is_deep) == (7, True, 9, False)
    assert [one.value for one in named.enrich] == ["drift"]
    deep = reader_of(HERE, "topic", environ=environ(PRUDENT_INFERENCE=str(tmp_path / "other.toml")), deep=True)
    assert deep
    assert deep.is_deep


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "there is no file"),
        ("[reed]\n", "did you mean read"),
        ("x" * (2**20 + 1), "larger than 1 MB"),
        ("=", "TOML"),
    ],
)
def test_a_configuration_that_is_none_is_said_before_anything_runs(tmp_path: Path, text: str | None, says: str) -> None:
    path = tmp_path / "mine.toml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UserError, match=says):
        reader_of(HERE, "topic", environ=environ(PRUDENT_INFERENCE=str(path)))


def test_fences_are_made_of_a_secret_that_is_made_once(tmp_path: Path) -> None:
    made = salt_in(tmp_path / "data")
    assert len(made) == 32
    assert salt_in(tmp_path / "data") == made
    assert stat.S_IMODE((tmp_path / "data" / "fences").stat().st_mode) == 0o600
    assert salt_in(tmp_path / "elsewhere") != made
    (tmp_path / "file").write_text("")
    assert len(salt_in(tmp_path / "file")) == 32, "where none can be kept"


@pytest.fixture
def reviewed(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """Return a repository with a defect on top that no rule sees, and go there."""
    monkeypatch.setenv(VARIABLE, KEY)
    monkeypatch.chdir(repo.root)
    repo.commit({"shop.py": CLEAN}, "Begin")
    repo.commit({"shop.py": with_defect()}, "Change")
    return repo


def review(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    main(["review", "HEAD~1..HEAD", "--format", "json", *arguments])
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_a_review_is_read_counted_and_told_once(
    reviewed: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with provided() as hosted:
        monkeypatch.setenv("PRUDENT_INFERENCE", config(hosted, tmp_path))
        told = review(capsys)
        assert WHY in json.dumps(told["findings"])
        assert told["reading"]
        asked = len(hosted.asked)
        assert review(capsys, "--no-inference")["reading"] is None
        assert review(capsys, "--no-model")["reading"] is None
        assert len(hosted.asked) == asked
    assert main(["history", "--spent"]) == 0
    text = capsys.readouterr().out
    assert "find    anthropic/claude-sonnet-4-6" in text
    assert "verify" in text
    assert text.splitlines()[-1].split()[:2] == ["all", str(asked)]


def test_an_error_of_the_provider_is_not_checked(
    reviewed: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with provided(lambda asked: anthropic_wire.refused(401)) as hosted:
        monkeypatch.setenv("PRUDENT_INFERENCE", config(hosted, tmp_path))
        told = review(capsys)
    assert told["verdict"] != "approve"
    assert QUOTE not in json.dumps(told["findings"])


def test_a_review_that_may_not_be_logged_is_counted_nevertheless(
    reviewed: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with provided(answered) as hosted:
        monkeypatch.setenv("PRUDENT_INFERENCE", config(hosted, tmp_path))
        review(capsys, "--no-log")
    with open_store() as store:
        assert store.spent_since(datetime(2020, 1, 1, tzinfo=UTC), now=datetime.now(UTC))
        assert store.audits() == ()


def spent(**more: object) -> Spending:
    values = {"role": "find", "provider": "anthropic", "model": "big", "micros": 2_500_000, "ended": "answered"}
    values |= {"repository": HERE, "subject": "topic", "input": 1_000, "output": 10, "read": 5, "written": 0}
    return Spending(**{**values, "at": datetime.now(UTC), **more})  # type: ignore[arg-type]


def test_history_says_what_was_spent_this_month(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["history", "--spent", "--all"]) == 0
    assert capsys.readouterr().out.startswith("nothing since ")
    with open_store() as store:
        store.spent_note(spent())
        store.spent_note(spent(at=datetime(2020, 1, 1, tzinfo=UTC)))
    assert main(["history", "--spent", "--all"]) == 0
    assert [line.split() for line in capsys.readouterr().out.splitlines()[2:]] == [
        ["find", "anthropic/big", "1", "0", "1,005", "5", "10", "$2.50"]
    ]
    assert main(["history", "--spent", "--all", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["schema"], [one["micros"] for one in told["spent"]]) == ("prudent.spent/1", [2_500_000])
    assert main(["history", "--spent", "--all", "--slug", "x"]) == 2
    assert main(["history", "--spent", "x.py"]) == 2


def facts(**more: str) -> dict[str, Fact]:
    return {fact.name: fact for fact in inference_facts(environ(**more), datetime.now(UTC))}


def test_the_doctor_says_who_reads_and_asks_nobody(tmp_path: Path) -> None:
    assert facts()["readers"].says == "no model reads changes: switched off"
    assert facts(ANTHROPIC_API_KEY="hush")["readers"].says.startswith("anthropic/claude-")
    small = {fact.name: fact.says for fact in inference_facts({}, NOON)}
    assert small["readers"].startswith("not local (no model large enough: smollm2-135m")
    with provided() as hosted:
        path = config(hosted, tmp_path, "[roles]\nverify = []\n[caps]\nmonth_dollars = 20\n")
        found = facts(PRUDENT_INFERENCE=path, STORY_KEY=KEY)
        assert hosted.asked == []
    assert found["readers"].says.startswith("find: anthropic/claude-sonnet-4-6; verify: nobody; deep: anthropic")
    assert "spent" not in found
    with open_store() as store:
        store.spent_note(spent())
    assert facts(PRUDENT_INFERENCE=path, STORY_KEY=KEY)["spent"].says.startswith("$2.50 of $20.00 in 1 calls since ")


def test_the_doctor_names_a_configuration_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[reed]\n")
    found = facts(PRUDENT_INFERENCE=str(tmp_path / "mine.toml"))["readers"]
    assert not found.ok
    assert "did you mean read" in found.says


def test_the_configuration_that_the_docs_show_is_one() -> None:
    (shown,) = re.findall(r"(?ms)^```text\n(.*?)^```", (ROOT / "docs" / "inference.md").read_text("utf-8"))
    found = parse_config(shown.encode(), {"ANTHROPIC_API_KEY": "k"}, "docs")
    assert [one.name for one in found.providers] == ["claude", "near", "here"]
    assert (found.caps.pull_micros, found.read.tokens) == (500_000, 8_000)
    assert set(tomllib.loads(shown)) == {"provider", "roles", "caps", "read"}
    for word in (*ROLES, *ENRICHMENTS):
        assert f"| `{word}` |" in (ROOT / "docs" / "inference.md").read_text("utf-8")
