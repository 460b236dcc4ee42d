from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.history.past import History
from kb.risk.features import CHANGE_NAMES, CHANGE_SIZES, Touched
from kb.risk.fit import Table, fitted
from kb.risk.mined import Mined, rows_of
from kb.risk.model import RiskModel, Scorer, Split, model_from
from kb.risk.predict import Predictor
from kb.risk.train import GAP, NotEnough, Trained, trained
from tests.risk.conftest import World

TREE = (Split(0.1, 0, 1.5, 1, 2), Split(-1.0), Split(0.8, 1, 0.0, 3, 4), Split(0.5), Split(1.0))
KNOTS = ((-2.0, 0.1), (0.0, 0.3), (2.0, 0.9))
GROWN = Scorer(("a", "b"), (0.0, 0.0), (1.0, 1.0), 0.2, trees=(TREE,), knots=KNOTS, ranks=(-1.0, 0.0, 1.0))
LINE = replace(GROWN, trees=(), coef=(0.5, -1.0), mean=(1.0, 2.0), scale=(2.0, 0.5))


def core(lines: int = 8) -> list[Touched]:
    return [Touched("core.py", "core.py", lines, 1, 2)]


def test_a_line_adds_what_is_off_the_mean() -> None:
    assert LINE.parts((3.0, 2.5)) == (0.5, -1.0)
    assert LINE.raw((3.0, 2.5)) == pytest.approx(-0.3)


def test_a_tree_adds_what_each_question_changes() -> None:
    assert GROWN.parts((1.0, 5.0)) == (pytest.approx(-1.1), 0.0)
    assert GROWN.parts((2.0, 5.0)) == (pytest.approx(0.7), pytest.approx(0.2))
    assert GROWN.raw((2.0, 5.0)) == pytest.approx(0.2 - 0.1 + 0.1 + 0.9)


@given(st.floats(-9, 9), st.floats(-9, 9))
def test_more_log_odds_are_never_less_likely_nor_of_lower_rank(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0.1 <= LINE.probability(low) <= LINE.probability(high) <= 0.9
    assert 0.0 <= LINE.rank(low) <= LINE.rank(high) <= 1.0


def test_a_rank_is_a_share_of_earlier_changes() -> None:
    assert [LINE.rank(raw) for raw in (-5.0, -1.0, 0.5, 1.0, 5.0)] == [0.0, 0.0, 0.75, 1.0, 1.0]


def test_what_was_planted_is_learnt(world: World, made: Trained) -> None:
    assert made.change.area > 0.75
    assert made.file.area > 0.75
    assert made.bad >= 30
    history = world.history.history(world.found.tip)
    predictor = Predictor(made.model, history)
    hot, calm = (predictor.predicted([Touched(p, p, 8, 1, 2)]) for p in ("core.py", "calm.py"))
    assert hot.score > 2 * calm.score
    assert hot.rank > calm.rank
    assert hot.files["core.py"] > calm.files["calm.py"]


def test_the_chance_that_is_said_is_about_the_share_that_was_bad(world: World, made: Trained) -> None:
    said = [made.model.change.probability(made.model.change.raw(row.change)) for row in world.rows.values()]
    culprits = {one.culprit for one in world.found.blames}
    share = sum(one in culprits for one in world.rows) / len(world.rows)
    assert sum(said) / len(said) == pytest.approx(share, abs=0.1)


def test_it_is_the_same_each_time_and_after_it_was_kept(world: World, made: Trained) -> None:
    again = trained(world.found, world.rows, world.graph)
    assert again.model == made.model
    body = json.loads(json.dumps(made.model.as_json()))
    back = model_from(body)
    assert back is not None
    history = world.history.history(world.found.tip)
    assert Predictor(back, history).predicted(core()) == Predictor(made.model, history).predicted(core())


def test_nothing_after_the_split_is_heard_of(world: World) -> None:
    split = 320
    known = trained(world.found, world.rows, world.graph, until=split)
    found = world.found
    oids = {one.oid for one in found.changes[:split]}
    cut = Mined(
        found.changes[split - 1].oid,
        found.changes[:split],
        tuple(one for one in found.blames if one.fix < split),
        tuple(one for one in found.commits if one.oid in oids),
        found.fixes & oids,
    )
    alone = trained(cut, rows_of(cut, world.graph, {}), world.graph)
    assert known.model.change == alone.model.change
    assert known.model.file == alone.model.file
    assert known.changes == sum(
        one.at <= found.changes[split - 1].at - GAP for one in found.changes[1:split] if one.is_learnt_from
    )


def test_too_short_a_past_is_refused(world: World) -> None:
    with pytest.raises(NotEnough, match=r"not enough history: \d+ fix-inducing commits, 30 needed"):
        trained(world.found, world.rows, world.graph, until=80)
    with pytest.raises(NotEnough, match="0 fix-inducing"):
        trained(Mined("", (), (), (), frozenset()), {}, world.graph)


def test_what_was_taken_back_later_counts_as_bad(world: World, made: Trained) -> None:
    calm = [one.oid for one in world.found.changes[1:150] if one.files[0].path == "calm.py"]
    told = trained(world.found, world.rows, world.graph, also_bad=calm)
    assert told.bad > made.bad + 10


def test_defects_too_close_together_cannot_be_tried() -> None:
    bad = [n < 40 for n in range(200)]
    rows = [[float(n % 7)] * len(CHANGE_NAMES) for n in range(200)]
    table = Table(CHANGE_NAMES, frozenset(CHANGE_SIZES), rows, range(200), [1] * 200, bad, lambda n: bad)
    assert fitted(table, 0) is None


def test_trees_are_taken_where_a_line_cannot_tell() -> None:
    rows = [[float((n * 7) % 13) if name == "added" else 0.0 for name in CHANGE_NAMES] for n in range(1_200)]
    bad = [4 <= row[0] <= 8 for row in rows]
    table = Table(CHANGE_NAMES, frozenset(CHANGE_SIZES), rows, range(1_200), [1] * 1_200, bad, lambda n: bad)
    found = fitted(table, 0)
    assert found is not None
    assert found.scorer.kind == "boosted"
    assert found.area > 0.99 > 0.6 > found.size_area
    assert found.brier < 0.05
    assert sum(found.scorer.raw(row) > 0 for row in rows) == sum(bad)


def test_factors_are_facts_without_names(world: World, made: Trained) -> None:
    found = Predictor(made.model, world.history.history(world.found.tip)).predicted(core(60))
    assert found.factors
    assert len(found.factors) <= 3
    told = " ".join(one.text for one in found.factors)
    assert "a0@example.com" not in told
    assert [one.weight for one in found.factors] == sorted((one.weight for one in found.factors), reverse=True)
    fact = found.features.facts[0]
    for one in found.factors:
        if one.text.startswith("changed on"):
            assert one.text == f"changed on {fact.days} of the last 90 days"
        if one.text.startswith("fixed"):
            assert one.text == f"fixed {fact.fixes} times within a year"
        if "lines" in one.text:
            assert one.text == "61 lines changed"


def test_a_change_of_tests_alone_has_no_risk(world: World, made: Trained) -> None:
    predictor = Predictor(made.model, world.history.history(world.found.tip))
    found = predictor.predicted([Touched("tests/test_core.py", "tests/test_core.py", 500, 0, 9)])
    assert (found.score, found.rank, found.files) == (0.0, 0.0, {})


def test_without_a_past_there_is_still_a_score(made: Trained) -> None:
    from kb.history.model import Known

    predictor = Predictor(made.model, History((), Known(0, 0, 0)))
    assert 0.0 <= predictor.predicted(core()).score <= 1.0


def body_of(model: RiskModel) -> dict[str, Any]:
    return json.loads(json.dumps(model.as_json()))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format",), "0.0"),
        (("at",), "soon"),
        (("change",), None),
        (("change", "names"), ["lines"]),
        (("change", "scale"), [0.0] * len(CHANGE_NAMES)),
        (("change", "coef"), [1.0]),
        (("change", "knots"), []),
        (("change", "knots"), [[1.0, 0.5], [0.0, 0.6]]),
        (("change", "knots"), [[0.0, 7.0]]),
        (("change", "ranks"), [2.0, 1.0]),
        (("change", "ranks"), [math.inf, math.inf]),
        (("graph", "rows"), [[0.1, 1, 1, 0, [99_999]]]),
    ],
)
def test_a_body_that_is_no_model_is_none(made: Trained, path: tuple[str, ...], value: object) -> None:
    body = body_of(made.model)
    assert model_from(body) is not None
    inner = body
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    assert model_from(body) is None


@pytest.mark.parametrize(
    "tree", [[], [[0.1, 0, 1.0, 0, 0]], [[0.1, 0, 1.0, 1, 7], [0.2]], [[0.1, 999, 1.0, 1, 2], [0.1], [0.2]], [["x"]]]
)
def test_a_tree_that_would_not_end_is_none(made: Trained, tree: list[Any]) -> None:
    body = body_of(made.model)
    good = [[0.1, 0, 1.0, 1, 2], [0.1], [0.2]]
    body["change"] |= {"coef": [], "trees": [good]}
    assert model_from(body) is not None
    body["change"]["trees"] = [good, tree]
    assert model_from(body) is None
