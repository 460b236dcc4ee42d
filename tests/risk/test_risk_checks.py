from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.examine import change_of
from bot.sources import open_sources
from checks.change import Change
from checks.finding import Confidence, Finding, Severity, Side
from checks.risk import HunkRisk, Risk, accepted_in, effort, ordered, risk_of
from kb.history.mine import EMPTY
from kb.history.past import History
from kb.memory.model import Fate, Lesson, Signal
from kb.risk.train import Trained
from tests.repos import Repo
from tests.risk.conftest import World

RISK = Risk(0.4, 0.5, (), {"a.py": 0.2, "b.py": 0.6}, {"a.py": (HunkRisk(10, 12, 0.9), HunkRisk(20, 20, 0.1))})


def finding(path: str, line: int, severity: Severity = Severity.WARN, slug: str = "x") -> Finding:
    return Finding("c", slug, severity, Confidence.HIGH, path, line, line, "m")


class NoHistory:
    def history(self, commit: str) -> History:
        return EMPTY


def last_change(world: World, back: int = 1) -> Change:
    number = len(world.found.changes) - back
    spec = f"{world.found.changes[number - 1].oid}..{world.found.changes[number].oid}"
    return change_of(world.repository.compare(spec), "r")


def test_a_change_is_scored_with_its_files_and_hunks(world: World, made: Trained) -> None:
    numbers = [n for n, one in enumerate(world.found.changes) if one.files[0].path == "core.py"]
    change = last_change(world, len(world.found.changes) - numbers[-1])
    found = risk_of(change, made.model.as_json(), world.history, message=world.repository.commits().message)
    assert found is not None
    assert 0.0 < found.score < 1.0
    assert set(found.files) == {"core.py"}
    (diff,) = change.files
    assert [(one.line, one.end_line) for one in found.hunks["core.py"]] == [
        (max(1, h.new_start), max(1, h.new_start + h.new_length - 1)) for h in diff.hunks
    ]
    again = risk_of(change, made.model.as_json(), world.history, message=world.repository.commits().message)
    assert again == found


def test_where_nothing_is_known_there_is_no_risk(world: World, made: Trained) -> None:
    change, body = last_change(world), made.model.as_json()
    assert risk_of(change, body, world.history) is not None
    assert risk_of(change, None, world.history) is None
    assert risk_of(change, body, None) is None
    assert risk_of(change, body, NoHistory()) is None
    assert risk_of(change, {**body, "format": "other"}, world.history) is None


def test_a_file_that_the_model_has_not_seen_is_placed_by_its_neighbours(world: World, made: Trained, tmp_path) -> None:
    numbers = [n for n, one in enumerate(world.found.changes) if one.files[0].path == "calm.py"]
    change = last_change(world, len(world.found.changes) - numbers[-1])
    without = {path: node for path, node in made.model.graph.nodes.items() if path != "calm.py"}
    model = replace(made.model, graph=replace(made.model.graph, nodes=without))
    asked: list[str] = []

    def score(path: str, symbol: str) -> float | None:
        asked.append(path)
        return 0.5

    with open_sources(world.repository, tmp_path) as sources:
        seen = risk_of(change, model.as_json(), world.history, sources.code, score)
    blind = risk_of(change, model.as_json(), world.history)
    known = risk_of(change, made.model.as_json(), world.history)
    assert asked == ["calm.py"]
    assert seen is not None
    assert blind is not None
    assert known is not None
    assert seen.score != blind.score
    assert abs(seen.score - known.score) <= abs(blind.score - known.score)


def test_the_riskier_place_comes_first_among_equals() -> None:
    given_ = [
        finding("a.py", 1),
        finding("a.py", 11),
        finding("b.py", 1),
        finding("z.py", 1),
        finding("z.py", 2, Severity.BLOCK),
        finding("b.py", 5, Severity.INFO),
    ]
    assert [(one.path, one.line) for one in ordered(given_, RISK)] == [
        ("z.py", 2),
        ("a.py", 11),
        ("b.py", 1),
        ("a.py", 1),
        ("z.py", 1),
        ("b.py", 5),
    ]


def test_a_line_of_base_has_the_score_of_its_file() -> None:
    assert RISK.at("a.py", 11) == 0.9
    assert RISK.at("a.py", 11, Side.LEFT) == 0.2
    assert RISK.at("nowhere.py", 1) == 0.0


findings = st.builds(
    finding, st.sampled_from(["a.py", "b.py", "z.py"]), st.integers(1, 25), st.sampled_from(Severity), st.just("s")
)


@given(st.lists(findings, max_size=8), st.integers(0, 99))
def test_the_order_is_of_severity_first_and_of_no_chance(some: list[Finding], seed: int) -> None:
    mixed = list(some)
    random.Random(seed).shuffle(mixed)
    assert ordered(some, RISK) == ordered(mixed, RISK)
    assert ordered(mixed, None) == sorted(some, key=lambda one: one.order)
    ranks = [one.severity.rank for one in ordered(some, RISK)]
    assert ranks == sorted(ranks)


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_risk_is_never_less_effort(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0.5 <= effort(Risk(0.1, low)) <= effort(Risk(0.1, high)) <= 2.0


def test_effort_is_as_usual_in_the_middle_and_where_nothing_is_known() -> None:
    assert [effort(None), effort(Risk(0.2, 0.5))] == [1.0, pytest.approx(1.0)]
    assert [effort(Risk(0.2, 0.0)), effort(Risk(0.2, 1.0))] == [0.5, 2.0]


def test_accepted_findings_are_gathered_by_path() -> None:
    def lesson(path: str, fate: Fate, at: float) -> Lesson:
        return Lesson(
            1,
            "r",
            "f",
            "f",
            "c",
            "s",
            "warn",
            path,
            "",
            "t",
            "",
            fate,
            Signal.FIXED,
            "",
            0,
            "pull/1",
            "",
            "",
            at,
            at + 1,
        )

    lessons = [
        lesson("a.py", Fate.ACCEPTED, 5.0),
        lesson("a.py", Fate.DISMISSED, 4.0),
        lesson("a.py", Fate.ACCEPTED, 2.0),
    ]
    assert accepted_in(lessons) == {"a.py": [2.0, 5.0]}


def test_nobody_who_is_no_model_is_asked_about_history(repo: Repo) -> None:
    repo.commit({"a.py": "x = 1\n"}, "Begin")
    repo.commit({"a.py": "x = 2\n"}, "Go on")
    from kb.repository import Repository

    class Asked:
        def history(self, commit: str) -> History:
            raise AssertionError("mined for nothing")

    with Repository.open(repo.root) as opened:
        assert risk_of(change_of(opened.compare("HEAD~1..HEAD"), "r"), None, Asked()) is None
