from __future__ import annotations

import builtins
import re
from pathlib import Path
from typing import Any

import pytest

from bot.evaluation.arms import Arm
from bot.evaluation.figures import arm_figures, by_function, kind_figures, pairs_of, thresholds
from bot.evaluation.journal import Row
from bot.evaluation.plot import MISSING, infill_plot, margin_plot, plotted, rank_plot
from bot.evaluation.report import infill_report, rank_report, repair_report

SETTINGS = {"model": "a | b", "seed": "1"}


def sample(arm: str, problem: int, line: int, number: int = 0, **more: Any) -> Row:
    row = {"key": "", "arm": arm, "problem": f"P/{problem}", "task": f"P/{problem}/L{line}", "sample": number}
    row |= {"text": "x", "parses": True, "bound": True, "ending": "passed", "seconds": 0.5, "tokens": 10}
    return {**row, "chosen": 4, "masks": 2, "us": [10, 20, 30, 1000], **more}


def rows() -> list[Row]:
    """Twelve lines of four problems: A solves those of the first problem, D also those of the second."""
    found: list[Row] = []
    for problem in range(4):
        for line in range(3):
            found.append({"arm": "gold", "problem": f"P/{problem}", "task": f"P/{problem}/L{line}", "ending": "passed"})
            found.append(sample("A", problem, line, ending="passed" if problem < 1 else "wrong", us=[], chosen=0))
            none = {"text": None, "parses": False, "bound": False, "ending": "none"} if problem == 3 else {}
            found.append(sample("D", problem, line, **({"ending": "passed" if problem < 2 else "name"} | none)))
    return found


def test_figures_of_an_arm_by_hand() -> None:
    found = arm_figures(rows(), Arm.D, seed=1)
    assert found is not None
    assert (found.samples, found.proposed, found.parses, found.bound) == (12, 9, 9, 9)
    assert found.passes[1].point == 0.5
    assert list(found.passes) == [1]
    assert (found.us_p50, found.us_p99, found.masks_per_token) == (20, 1000, 0.5)
    assert found.endings == {"name": 3, "none": 3, "passed": 6}
    free = arm_figures(rows(), Arm.A, seed=1)
    assert free is not None
    assert (free.us_p50, free.masks_per_token) == (None, None)
    assert arm_figures(rows(), Arm.C, seed=1) is None


def test_pass_at_k_goes_up_to_the_fewest_samples() -> None:
    several = [sample("B", 1, 1, number, ending="passed" if number == 0 else "wrong") for number in range(5)]
    several += [sample("B", 2, 1, number, ending="wrong") for number in range(4)]
    found = arm_figures(several, Arm.B, seed=1)
    assert found is not None
    assert list(found.passes) == [1, 2, 4]
    assert found.passes[1].point == pytest.approx(0.1)
    assert found.passes[4].point == pytest.approx(0.4)


def test_pairs_count_only_what_both_have() -> None:
    together = [*rows(), *(sample("B", problem, line) for problem in range(2) for line in range(3))]
    found = {(one.first, one.second): one for one in pairs_of(together, seed=1)}
    assert set(found) == {(Arm.A, Arm.B), (Arm.B, Arm.D)}
    pair = found[Arm.A, Arm.B]
    assert (pair.both, pair.only_first, pair.only_second) == (6, 0, 3)
    assert pair.p == 0.25
    assert pair.p_holm == 0.5
    assert pair.difference.point == 0.5
    assert (found[Arm.B, Arm.D].only_first, found[Arm.B, Arm.D].only_second) == (0, 0)


def ranking() -> list[Row]:
    row = {"kind": "order", "package": "p", "function": "p/a.py:f", "alternatives": 5, "listed": True, "first": True}
    row |= {"over_mutant": 3.0, "margin": 2.5, "clean_alternatives": 5, "clean_margin": -3.0, "clean_over": -3.0}
    return [
        row,
        {**row, "function": "p/a.py:g", "over_mutant": -1.0, "margin": -1.0, "clean_margin": 1.2, "clean_over": 7.0},
        {**row, "kind": "name", "package": "q", "first": False, "margin": 4.0, "clean_margin": None},
        {**row, "kind": "name", "listed": False, "first": False, "alternatives": 0, "margin": None},
    ]


def test_ranking_by_kind_by_hand() -> None:
    found = {one.kind: one for one in kind_figures(ranking())}
    assert list(found) == ["name", "order", "all"]
    order = found["order"]
    assert (order.count, order.listed, order.preferred, order.first, order.best) == (2, 2, 1, 2, 1)
    everything = found["all"]
    assert (everything.count, everything.listed, everything.preferred, everything.first) == (4, 3, 3, 2)
    assert everything.alternatives == 3.75


def test_mutants_of_one_function_hang_together() -> None:
    """Four mutants of two functions: two of f are preferred, one of g is not; a resample takes functions whole."""
    found = by_function(ranking(), seed=1)
    assert found["preferred"].point == 0.75
    assert (found["preferred"].low, found["preferred"].high) == (0.0, 1.0)
    assert [one.point for one in found.values()] == [0.75, 0.5, 0.25, 0.25]


def test_a_margin_lets_through_what_reaches_it() -> None:
    found = {one.margin: one for one in thresholds(ranking(), [0.0, 2.0, 3.0])}
    assert (found[0.0].right, found[0.0].wrong, found[0.0].false, found[0.0].places) == (1, 1, 1, 4)
    assert (found[2.0].right, found[2.0].wrong, found[2.0].false) == (1, 1, 0)
    assert (found[3.0].right, found[3.0].wrong) == (0, 1)
    assert thresholds([]) == []


def test_a_report_is_sound_markdown_and_shows_the_figures() -> None:
    text = infill_report(rows(), SETTINGS, left_out=7, seed=1)
    assert "12 lines of 4 problems" in text
    assert "7 lines of the data are none" in text
    assert "12 of 12 tests" in text
    assert "| a \\| b |" in text
    assert re.search(r"\| D \| .* \| 12 \| 50\.0 % \(0\.0 to 100\.0\) \| 9 of 12 \(75\.0 %\)", text)
    for line in re.findall(r"(?m)^\|.*\|$", text):
        assert line.count(" | ") >= 1
    assert text == infill_report(rows(), SETTINGS, left_out=7, seed=1)


def test_the_other_reports_show_their_figures() -> None:
    text = rank_report(ranking(), SETTINGS, seed=1)
    assert "4 mutants of 2 functions of 2 packages" in text
    assert "| order | 2 | 5.0 | 2 of 2 (100.0 %) | 1, 50.0 % (9.5 to 90.5) |" in text
    slip = {"kind": "lost await", "package": "p", "became": "original", "slug": "s", "origin": "ruff"}
    became = [slip, {**slip, "became": "other"}, {**slip, "became": "silent"}, {**slip, "became": "unseen"}]
    text = repair_report(became, SETTINGS)
    assert "| lost await | 4 | 3 | 2 of 3 (66.7 %) | 1, 50.0 % (9.5 to 90.5) | 1 | 0 |" in text
    assert "ruff 2" in text
    assert repair_report([{**slip, "became": "unseen"}], SETTINGS)


def test_plots_are_pictures_and_equal_rows_give_equal_ones(tmp_path: Path) -> None:
    for name, draw in (
        ("infill", infill_plot(rows(), seed=1)),
        ("rank", rank_plot(ranking())),
        ("margin", margin_plot(ranking())),
    ):
        path = tmp_path / f"{name}.png"
        assert plotted(path, draw) == f"![{name}]({name}.png)"
        first = path.read_bytes()
        assert first.startswith(b"\x89PNG")
        plotted(path, draw)
        assert path.read_bytes() == first


def test_without_matplotlib_there_is_a_line_instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    assert plotted(tmp_path / "a.png", rank_plot(ranking())) == MISSING
    assert not (tmp_path / "a.png").exists()
