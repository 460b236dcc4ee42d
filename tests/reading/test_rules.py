"""Whose settings judge a pull request: those at the tip of the target branch, whatever it branched off from."""

from dataclasses import replace

import pytest

from bot.pipeline import Options, change_of, review
from checks.workspace import open_workspace
from kb.errors import BadSettings
from kb.repository import Repository
from tests.repos import Repo

PATH = ".github/prudent.toml"
BROKEN = "def f():\n    return missing\n"


@pytest.fixture
def parted(repo: Repo) -> Repo:
    """Return a repository whose main switched a check off after `topic` had parted with a finding of that check."""
    repo.commit({"a.py": "x = 1\n", ".gitattributes": ""}, "Begin")
    repo.git("checkout", "-q", "-b", "topic")
    repo.commit({"b.py": BROKEN}, "Add b")
    repo.git("checkout", "-q", "main")
    repo.commit({PATH: "[checks]\ndisable = ['undefined-name']\n"}, "Silence")
    return repo


def slugs(repo: Repo, rules: str | None) -> list[str]:
    with Repository.open(repo.root) as opened, open_workspace(None) as workspace:
        change = change_of(opened.compare("main...topic"), "r")
        change = replace(change, rules=None if rules is None else opened.view(rules))
        return [finding.slug for finding in review(change, workspace, Options()).findings]


def test_the_target_branch_rules_where_it_is_known(parted: Repo) -> None:
    assert slugs(parted, "main") == []


def test_base_rules_where_no_target_is_known(parted: Repo) -> None:
    assert slugs(parted, None) == ["undefined-name"]


def test_rules_that_were_dropped_on_the_target_are_gone_for_a_branch_that_parted_before(repo: Repo) -> None:
    repo.commit({"a.py": "x = 1\n", PATH: "[checks]\ndisable = ['undefined-name']\n"}, "Begin silently")
    repo.git("checkout", "-q", "-b", "topic")
    repo.commit({"b.py": BROKEN}, "Add b")
    repo.git("checkout", "-q", "main")
    repo.commit({PATH: None}, "Speak")
    assert slugs(repo, "main") == ["undefined-name"]


def test_broken_rules_on_the_target_are_an_error(parted: Repo) -> None:
    parted.commit({PATH: "[checks]\ndisabel = []\n"}, "Break the settings")
    with pytest.raises(BadSettings, match=r"prudent\.toml:2"):
        slugs(parted, "main")


def test_a_change_to_the_rules_is_judged_by_those_of_the_target_and_told(parted: Repo) -> None:
    parted.git("checkout", "-q", "topic")
    parted.commit({PATH: "[checks]\nenable = []\n"}, "Other settings")
    with Repository.open(parted.root) as opened, open_workspace(None) as workspace:
        change = replace(change_of(opened.compare("main...topic"), "r"), rules=opened.view("main"))
        verdict = review(change, workspace, Options())
    assert verdict.findings == ()
    assert any("the settings of the target branch applied" in note for note in verdict.notes)


def test_marks_of_generated_files_are_read_where_the_settings_are(parted: Repo) -> None:
    """An old branch keeps no exemption that was taken back, and none that came later is withheld from it."""
    parted.commit({".gitattributes": "b.py linguist-generated\n", PATH: None}, "Call b generated, later")
    with Repository.open(parted.root) as opened, open_workspace(None) as workspace:
        change = replace(change_of(opened.compare("main...topic"), "r"), rules=opened.view("main"))
        verdict = review(change, workspace, Options())
    assert [note.path for note in verdict.coverage.skipped] == ["b.py"]
