from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.history.model import FileChange, LoggedCommit
from kb.risk.features import (
    CHANGE_NAMES,
    FILE_NAMES,
    Surroundings,
    Touched,
    counted,
    features_of,
)
from kb.risk.features_graph import FileGraph, FileNode, graph_from
from kb.risk.past import GrowingPast, MinedPast, missed
from tests.risk.conftest import World

DAY = 86_400
NOW = 1_700_000_000


def past_with(*commits: tuple[int, str, bool, tuple[str, ...]]) -> GrowingPast:
    past = GrowingPast()
    for number, (days, author, is_fix, paths) in enumerate(commits):
        changes = tuple(FileChange("M", path) for path in paths)
        past.add(LoggedCommit(f"{number:040}", (), NOW - days * DAY, author, changes), is_fix)
    return past


def row_of(past: GrowingPast, *files: Touched, graph: FileGraph | None = None) -> dict[str, float]:
    found = features_of(files, Surroundings(past, graph or FileGraph(), {"a.py": [NOW - 5.0, NOW + 5.0]}), NOW)
    return dict(zip(CHANGE_NAMES, found.change, strict=True))


def test_the_past_of_a_file_is_counted() -> None:
    past = past_with((300, "x", True, ("a.py",)), (40, "y", False, ("a.py",)), (2, "y", False, ("a.py", "b.py")))
    row = row_of(past, Touched("a.py", "a.py", 10, 2, 3))
    assert row["commits_max"] == counted(3)
    assert row["authors_max"] == counted(2)
    assert row["days_max"] == counted(2)
    assert row["fixes_max"] == counted(1)
    assert row["findings_max"] == counted(1)  # what is accepted later is not known yet
    assert row["idle_max"] == counted(2)
    assert row["age_max"] == counted(300)
    assert row["added"] == counted(10)


def test_a_new_file_has_no_past_and_a_renamed_one_keeps_it() -> None:
    past = past_with((3, "x", False, ("a.py",)))
    assert row_of(past, Touched("n.py", "", 5, 0, 1))["commits_max"] == 0.0
    assert row_of(past, Touched("n.py", "a.py", 5, 0, 1))["commits_max"] == counted(1)
    past.add(LoggedCommit("f" * 40, (), NOW, "x", (FileChange("R", "n.py", "a.py"),)), False)
    assert row_of(past, Touched("n.py", "n.py", 5, 0, 1))["commits_max"] == counted(2)
    past.add(LoggedCommit("e" * 40, (), NOW, "x", (FileChange("A", "a.py"),)), False)
    assert row_of(past, Touched("a.py", "a.py", 5, 0, 1))["commits_max"] == counted(1)


def test_entropy_is_0_for_one_file_and_1_for_equal_parts() -> None:
    past = GrowingPast()
    assert row_of(past, Touched("a.py", "", 5, 0, 1))["entropy"] == 0.0
    assert row_of(past, Touched("a.py", "", 5, 0, 1), Touched("b.py", "", 0, 5, 1))["entropy"] == 1.0
    assert 0 < row_of(past, Touched("a.py", "", 50, 0, 1), Touched("b.py", "", 0, 5, 1))["entropy"] < 1
    assert row_of(past, Touched("a.py", "a.py", 0, 0, 0))["entropy"] == 0.0


def test_files_that_usually_change_together_are_missed() -> None:
    past = past_with(*[(n, "x", False, ("a.py", "b.py")) for n in range(3)], (9, "x", False, ("b.py",)))
    assert [path for _, path in missed(past, ["a.py"], NOW)] == ["a.py"]
    assert missed(past, ["a.py", "b.py"], NOW) == []
    assert missed(past_with((1, "x", False, ("a.py", "b.py"))), ["a.py"], NOW) == []
    sweep = tuple(f"f{n}.py" for n in range(60))
    assert missed(past_with(*[(n, "x", False, sweep) for n in range(5)]), ["f1.py"], NOW) == []


def test_neighbours_are_pooled_over_one_step_and_two() -> None:
    nodes = {
        "a.py": FileNode(0.5, 2, 1, 0, ("b.py", "c.py")),
        "b.py": FileNode(0.1, 0, 1, 1, ("a.py", "d.py")),
        "c.py": FileNode(0.1, 8, 0, 1, ()),
        "d.py": FileNode(0.1, 3, 0, 2, ()),
    }
    past = past_with((0, "x", True, ("b.py",)), (0, "x", False, ("d.py",)), (0, "x", False, ("b.py",)))
    row = row_of(past, Touched("a.py", "a.py", 1, 1, 1), graph=FileGraph(nodes))
    assert row["fan_in_max"] == counted(2)
    assert row["near_fan_in_max_max"] == counted(8)
    assert row["near_fan_in_mean_max"] == pytest.approx(counted(8) / 2)
    assert row["near_churn_max_max"] == pytest.approx(counted(2))
    assert row["near_churn_mean_max"] == pytest.approx(counted(2) / 2)
    assert row["far_churn_max_max"] == pytest.approx(counted(1))
    assert row["far_fixes_max_max"] == 0.0


def test_a_graph_is_the_same_after_it_was_kept() -> None:
    nodes = {"a.py": FileNode(0.25, 2, 1, 0, ("b.py",)), "b.py": FileNode(0.5, 0, 1, 1, ("a.py",))}
    assert graph_from(FileGraph(nodes).as_json()) == FileGraph(nodes)
    odd = FileGraph({"a.py": nodes["a.py"], "\udcff.py": nodes["b.py"]})
    assert odd.as_json()["paths"] == ["a.py"]


def test_training_and_use_see_the_same_numbers(world: World) -> None:
    changes = world.found.changes
    for number in [*sorted(world.rows)[::60], max(world.rows)]:
        history = world.history.history(changes[number - 1].oid)
        past = MinedPast(history, world.found.fixes)
        used = features_of(changes[number].files, Surroundings(past, world.graph, {}), history.known.newest)
        assert used.change == pytest.approx(world.rows[number].change)
        assert used.facts == world.rows[number].facts


def test_fixes_that_came_after_the_model_count_where_messages_can_be_read(world: World) -> None:
    history = world.history.history(world.found.tip)
    known = MinedPast(history, [oid[:12] for oid in world.found.fixes])
    message = world.repository.commits().message
    asked = MinedPast(history, (), 0, message)
    blind = MinedPast(history, ())
    now = history.known.newest
    assert asked.heat("core.py", now) == known.heat("core.py", now)
    assert known.heat("core.py", now)[1] > 0.0 == blind.heat("core.py", now)[1]


files = st.builds(
    Touched,
    st.sampled_from(["a.py", "b/c.py", "d.md", "tests/e.py"]),
    st.sampled_from(["", "a.py", "z.py"]),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.integers(0, 1000),
)


@given(st.lists(files, max_size=6), st.randoms())
def test_the_order_of_files_does_not_matter(changed: list[Touched], draw: object) -> None:
    unique = list({one.path: one for one in changed}.values())
    known = Surroundings(past_with((3, "x", True, ("a.py", "z.py"))), FileGraph(), {})
    found = features_of(unique, known, NOW)
    assert found == features_of(list(reversed(unique)), known, NOW)
    assert len(found.change) == len(CHANGE_NAMES)
    assert all(len(row) == len(FILE_NAMES) for row in found.files.values())
