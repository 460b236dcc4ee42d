"""What memory is measured with: a history that people judged, a replay of it, a stream that is reviewed twice."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.evaluate import command
from bot.evaluation.forge import Forge, new_forge
from bot.evaluation.linted import UNKNOWN, UNWANTED, WANTED, Remark, Taste, commits_to_replay, remarks_on, with_fates
from bot.evaluation.replay import Arm, People, replayed
from kb.errors import UserError
from kb.memory.embed import open_embedder
from kb.repository import Repository

DAY = 86_400
CONFIGURATION = '[tool.ruff.lint]\nselect = ["F", "E4"]\nignore = ["F841"]\n'


def history(folder: Path, states: Sequence[dict[str, str]]) -> Path:
    """Return a bare repository whose main line went through these states, one a day."""
    forge, tip = new_forge(folder / "made.git"), None
    for number, files in enumerate(states):
        tip = forge.commit(files, f"State {number}", parent=tip, at=1_700_000_000 + number * DAY)
    subprocess.run(["git", "-C", str(forge.folder), "update-ref", "HEAD", str(tip)], check=True)
    return forge.folder


def remarks_of(folder: Path) -> list[Remark]:
    with Repository.open(folder) as repository:
        rows = [remarks_on(repository, one) for one in commits_to_replay(repository, "HEAD", 50)]
        return with_fates(rows, repository, "HEAD")


def remark(number: int, fate: str, slug: str, text: str, code: str) -> Remark:
    return Remark(f"{number:040x}", 1_700_000_000 + number * DAY, f"m{number}.py", slug, text, code, fate)


@pytest.mark.parametrize(
    ("slug", "wanted"),
    [("F401", True), ("F841", False), ("E402", True), ("E501", False), ("D100", False)],
)
def test_the_longest_name_that_fits_decides(slug: str, wanted: bool) -> None:
    assert Taste(frozenset({"F", "E4"}), frozenset({"F841"})).wants(slug) is wanted
    assert Taste(frozenset({"ALL"}), frozenset({"F841", "E5", "D"})).wants(slug) is wanted


def test_what_people_made_of_a_remark_is_read_from_their_own_words(tmp_path: Path) -> None:
    before = "import os\nimport sys  # noqa: F401 it is used by name\n\n\ndef f():\n    left = 1\n    return 2\n"
    after = "import sys  # noqa: F401 it is used by name\n\n\ndef f():\n    left = 1\n    return 2\n"
    states = [{"pyproject.toml": CONFIGURATION, "a.py": "x = 1\n"}, {"a.py": before}, {"a.py": after}]
    found = {(one.slug, one.code): one.fate for one in remarks_of(history(tmp_path, states))}
    assert found["F401", "import os"] == WANTED
    assert found["F401", "import sys"] == UNWANTED
    assert found["F841", "left = 1"] == UNWANTED
    assert ("F401", "x = 1") not in found


def test_of_a_selected_rule_that_still_stands_nothing_can_be_said(tmp_path: Path) -> None:
    states = [{"pyproject.toml": CONFIGURATION, "a.py": "x = 1\n"}, {"a.py": "import os\n"}]
    assert {one.fate for one in remarks_of(history(tmp_path, states)) if one.slug == "F401"} == {UNKNOWN}


@pytest.mark.parametrize("text", ["", "[tool.ruff]\nline-length = 80\n", "[tool.ruff.lint\n"])
def test_a_project_that_does_not_say_what_it_wants_is_refused(tmp_path: Path, text: str) -> None:
    folder = history(tmp_path, [{"pyproject.toml": text, "a.py": "x = 1\n"}, {"a.py": "import os\n"}])
    with pytest.raises(UserError, match=r"newest commit"):
        remarks_of(folder)


def test_noise_of_one_kind_is_held_back_after_three_and_what_is_wanted_is_kept() -> None:
    noise = [remark(n, UNWANTED, "D103", f"Missing docstring in function {n}", f"def f{n}():") for n in range(20)]
    wanted = [remark(n, WANTED, "F401", f"`m{n}` imported but unused", f"import m{n}") for n in range(20)]
    mixed = [one for pair in zip(noise, wanted, strict=True) for one in pair]
    for arm in (Arm.FILTER, Arm.BOTH):
        last = replayed(mixed, open_embedder(), People(answered=1.0, mistaken=0.0), arm)[-1]
        assert (last.unwanted, last.wanted) == (20, 20)
        assert last.held_unwanted >= 15
        assert last.held_wanted == 0


@given(st.lists(st.sampled_from((WANTED, UNWANTED, UNKNOWN)), max_size=25), st.integers(0, 3))
def test_nothing_is_known_before_it_was_learnt(fates: list[str], seed: int) -> None:
    stream = [remark(n, fate, "D103", "Missing docstring", "def f():") for n, fate in enumerate(fates)]
    people = People(answered=1.0, mistaken=0.0, seed=seed)
    steps = replayed(stream, None, people)
    assert len(steps) == sum(fate != UNKNOWN for fate in fates)
    assert all(step.held_unwanted + step.held_wanted == 0 for step in steps[:3])
    for end in range(len(fates)):
        assert replayed(stream[:end], None, people) == steps[: sum(fate != UNKNOWN for fate in fates[:end])]


def test_without_answers_nothing_is_learnt() -> None:
    stream = [remark(n, UNWANTED, "D103", "Missing docstring", "def f():") for n in range(30)]
    assert replayed(stream, open_embedder(), People(answered=0.0))[-1].held_unwanted == 0


def test_remarks_of_one_commit_are_judged_before_any_of_them_is_answered() -> None:
    stream = [replace(remark(1, UNWANTED, "D103", "Missing", f"def f{n}():"), path=f"p{n}.py") for n in range(9)]
    assert replayed(stream, None, People(answered=1.0, mistaken=0.0))[-1].held_unwanted == 0


def test_a_commit_is_taken_back_where_that_applies(tmp_path: Path) -> None:
    forge = new_forge(tmp_path / "made.git")
    first = forge.commit({"a.py": "one\n"}, "One", parent=None, at=1)
    second = forge.commit({"a.py": "two\n"}, "Two", parent=first, at=2)
    third = forge.commit({"b.py": "b\n"}, "B", parent=second, at=3)
    back = forge.revert(second, third, "Back", at=4)
    with Repository.open(forge.folder) as repository:
        assert back is not None
        assert repository.view(back).read("a.py") == b"one\n"
        assert repository.view(back).read("b.py") == b"b\n"
    assert forge.revert(second, first, "Back", at=4) is None


def test_a_repository_that_is_borrowed_from_is_not_written_to(tmp_path: Path) -> None:
    folder = history(tmp_path, [{"a.py": "one\n"}])
    before = sorted(path.relative_to(folder) for path in folder.rglob("*"))
    forge = new_forge(tmp_path / "other.git", folder)
    forge.commit({"a.py": "two\n"}, "Two", parent=None, at=2)
    assert sorted(path.relative_to(folder) for path in folder.rglob("*")) == before


def test_a_forge_that_git_cannot_make_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="git clone failed"):
        new_forge(tmp_path / "other.git", tmp_path / "none")
    with pytest.raises(UserError, match="git read-tree failed"):
        Forge(tmp_path / "none.git").commit({}, "x", parent="0" * 40, at=1)


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ([{"a.py": "x = 1\n"}], "configuration of ruff"),
        ([{"pyproject.toml": CONFIGURATION, "a.py": "x = 1\n"}, {"a.py": "y = 1\n"}], "too few"),
    ],
)
def test_a_history_that_teaches_nothing_is_refused_before_anything_is_measured(
    tmp_path: Path, states: list[dict[str, str]], said: str
) -> None:
    folder = history(tmp_path, states)
    done = CliRunner().invoke(command, ["memory", "--repo", str(folder), "--out", str(tmp_path / "out")])
    assert isinstance(done.exception, UserError)
    assert said in str(done.exception)
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_stream_reviewed_twice_is_told_once_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    states = [{"pyproject.toml": CONFIGURATION, "a.py": "x = 0\n"}]
    states += [{"a.py": f"import m{n}\n\n\ndef f{n}():\n    left = {n}\n"} for n in range(25)]
    folder, out = history(tmp_path, states), tmp_path / "out"
    words = ["memory", "--repo", str(folder), "--limit", "20", "--out", str(out)]
    done = CliRunner().invoke(command, words, catch_exceptions=False)
    assert done.exit_code == 0
    report = (out / "report.md").read_text("utf-8")
    rows = {tuple(cell.strip() for cell in line.split("|")[1:4]): line for line in report.splitlines() if "|" in line}

    def cells(stream: str, planted: str, turn: str) -> list[str]:
        return [cell.strip() for cell in rows[stream, planted, turn].split("|")[4:-1]]

    assert cells("shop", "noise, dismissed every time", "first")[1:3] == ["3", "3"]
    assert cells("shop", "noise, dismissed every time", "second")[1:3] == ["0", "6"]
    assert cells("shop", "noise, dismissed every time", "without memory")[1:3] == ["6", "0"]
    assert cells("shop", "a fix taken back", "second")[1:5] == ["6", "0", "6", "6"]
    assert cells("shop", "a name that nothing binds", "second")[1:4] == ["6", "0", "6"]
    assert cells("shop", "clean", "second")[1:] == ["0", "0", "0", "0", "0"]
    results = (out / "results.jsonl").read_text("utf-8").splitlines()
    (out / "results.jsonl").write_text("".join(f"{line}\n" for line in results[:-5]), "utf-8")
    assert CliRunner().invoke(command, [*words, "--resume"], catch_exceptions=False).exit_code == 0
    assert (out / "report.md").read_text("utf-8") == report
