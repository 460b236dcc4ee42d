"""Arms and the measurement of infilling, with a model that writes what it likes: the real decoder, the real sandbox."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.evaluation.arms import Arm, Bench, arms_of, sampled
from bot.evaluation.measure import Draws, Plan, infill
from bot.evaluation.tasks import Data, LineTask, data_from, tasks_in
from kb.errors import UserError
from models.constraints.model import Compiled
from models.mask.model import Hole
from models.scripted import Scripted
from tests.evaluation.data import packed, rows, written

TASKS = {task.name: task for task in tasks_in(packed(rows()), "ours")}
HALF = TASKS["Ours/2/L0"]


def free(task: LineTask, hole: Hole) -> Compiled | None:
    return None


def bench(*likes: str) -> Bench:
    """Return a bench with a model that writes these programs."""
    return Bench(Scripted([like.encode() for like in likes], fim=False, context=4096), 1, free)


def sample(task: LineTask, arm: Arm, likes: str) -> dict[str, object]:
    hole = task.hole
    assert hole is not None
    return dict(sampled(task, hole, arm, 0, bench(likes)))


def test_a_model_that_knows_the_line_solves_the_task() -> None:
    for arm in Arm:
        row = sample(HALF, arm, "def half(x):\n    return x / 2\n")
        assert (str(row["text"]).strip(), row["ending"], row["parses"], row["bound"]) == (
            "return x / 2",
            "passed",
            True,
            True,
        ), arm
        assert row["arm"] == arm.value
        assert json.loads(json.dumps(row)) == row


def test_of_several_candidates_the_one_that_makes_the_file_likeliest_is_taken() -> None:
    hole = HALF.hole
    assert hole is not None
    several = Bench(Scripted([b"def half(x):\n    return x / 2\n"], fim=False), 1, free, 1.5, candidates=6)
    row = sampled(HALF, hole, Arm.B, 0, several)
    assert len(row["texts"]) == 6
    assert row["text"] == "return x / 2"


def test_a_line_that_does_not_fit_the_model_is_not_solved_and_the_next_one_is_tried() -> None:
    hole = HALF.hole
    assert hole is not None
    row = sampled(HALF, hole, Arm.B, 0, Bench(Scripted([b"x"], context=64), 1, free))
    assert (row["text"], row["ending"], row["tokens"]) == (None, "none", 0)
    assert "context of 64 tokens" in row["fell"][0]


def test_a_wrong_line_is_tried_and_fails() -> None:
    row = sample(HALF, Arm.B, "def half(x):\n    return x // 2\n")
    assert (row["ending"], row["parses"], row["bound"]) == ("wrong", True, True)


def test_a_line_with_an_unbound_name_is_tried_by_arms_that_do_not_judge_and_falls_in_those_that_do() -> None:
    program = "def half(x):\n    return y / 2\n"
    free_row = sample(HALF, Arm.B, program)
    assert (free_row["ending"], free_row["parses"], free_row["bound"]) == ("name", True, False)
    judged = sample(HALF, Arm.E, program)
    assert (judged["text"], judged["ending"]) == (None, "none")
    assert "y" in str(judged["fell"])


def test_a_line_that_does_not_parse_is_told_apart() -> None:
    row = sample(HALF, Arm.A, "def half(x):\n    return x /\n")
    assert row["ending"] == "syntax"
    assert row["parses"] is False


def test_the_line_itself_is_not_shown_to_the_model() -> None:
    """A model that can only copy what it reads finds nothing to copy."""
    for task in TASKS.values():
        assert task.gold.strip().encode() not in task.source.data


def test_arms_are_named_by_letters() -> None:
    assert arms_of("A, c,A") == [Arm.A, Arm.C]
    for wrong in ("A,Z", "", ","):
        with pytest.raises(UserError, match="no such arm"):
            arms_of(wrong)


def data(folder: Path) -> Data:
    return data_from(written(folder / "given"), folder / "cache")


def test_a_measurement_ends_in_a_report_and_goes_on_where_it_was(tmp_path: Path) -> None:
    model = Scripted([b"def half(x):\n    return x / 2\n"], fim=False, context=4096)
    arms, out = [Arm.A, Arm.C, Arm.E], tmp_path / "out"
    report = infill(model, data(tmp_path), arms, Draws(2), Plan(out, limit=3))
    text = report.read_text(encoding="utf-8")
    assert "3 lines of 3 problems" in text
    assert "3 of 3 tests" in text
    assert "1 lines of the data are none" in text
    assert "pass@2" in text
    results = (out / "results.jsonl").read_bytes()
    assert results.count(b"\n") == 1 + 3 + 3 * 2 * len(arms)
    again = infill(model, data(tmp_path), arms, Draws(2), Plan(out, limit=3, resume=True))
    assert (out / "results.jsonl").read_bytes() == results
    assert again.read_text(encoding="utf-8") == text
    infill(model, data(tmp_path), arms, Draws(2), Plan(out, limit=4, resume=True))
    assert (out / "results.jsonl").read_bytes().startswith(results)


def test_other_data_or_another_seed_are_another_measurement(tmp_path: Path) -> None:
    model, out = Scripted([b"x"], context=4096), tmp_path / "out"
    infill(model, data(tmp_path), [Arm.B], Draws(), Plan(out, limit=1))
    with pytest.raises(UserError, match="another seed"):
        infill(model, data(tmp_path), [Arm.B], Draws(), Plan(out, limit=1, seed=2, resume=True))
    with pytest.raises(UserError, match="holds results already"):
        infill(model, data(tmp_path), [Arm.B], Draws(), Plan(out, limit=1))


def test_a_task_that_its_own_reference_fails_is_no_task(tmp_path: Path) -> None:
    broken = [{**row, "test": "def check(candidate):\n    assert False\n"} for row in rows() if "/0/" in row["task_id"]]
    tasks = tasks_in(packed([*broken, rows()[-1]]), "ours")
    report = infill(Scripted([b"x"], context=4096), Data("ours", "0", tasks), [Arm.B], Draws(), Plan(tmp_path))
    assert "1 of 3 tests" in report.read_text(encoding="utf-8")
    assert (tmp_path / "results.jsonl").read_bytes().count(b'"arm": "B"') == 1


def test_without_a_line_that_is_a_statement_there_is_nothing_to_measure(tmp_path: Path) -> None:
    heads = [row for row in rows() if row["canonical_solution"].endswith(":\n")]
    with pytest.raises(UserError, match="no line that is a whole statement"):
        infill(Scripted(), Data("ours", "0", tasks_in(packed(heads), "ours")), [Arm.A], Draws(), Plan(tmp_path))
