"""Check runs: made on commits, annotated in parts, finished, asked for again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world.world import World
from tests.world_selftest.asking import Asker, installed, opened, pardon, refusals

R = "/repos/acme/widgets"


def begun(world: World) -> tuple[Asker, int]:
    repo, pull = opened(world)
    asker = installed(world, repo)
    answer = asker.post(f"{R}/check-runs", name="prudent", head_sha=pull.head, status="in_progress", external_id="rv:1")
    assert answer.status_code == 201, answer.text
    number: int = answer.json()["id"]
    return asker, number


def notes(count: int, *, start: int = 1) -> dict[str, Any]:
    each = {"path": "a.py", "start_line": 1, "end_line": 1, "annotation_level": "notice"}
    return {
        "title": "t",
        "summary": "s",
        "annotations": [{**each, "message": f"m{n}"} for n in range(start, start + count)],
    }


def test_annotations_are_added_never_replaced(world: World) -> None:
    asker, number = begun(world)
    run = f"{R}/check-runs/{number}"
    assert [asker.patch(run, output=notes(50, start=at)).status_code for at in (1, 51)] == [200, 200]
    assert "50 items" in refusals(asker.patch(run, output=notes(51)))
    pardon(world, "annotations")
    listed = asker.get(f"{run}/annotations?per_page=100").json()
    assert [each["message"] for each in listed] == [f"m{n}" for n in range(1, 101)]
    assert asker.get(run).json()["output"]["annotations_count"] == 100


def test_a_conclusion_completes_it_and_it_counts_as_posted(world: World) -> None:
    asker, number = begun(world)
    pull = next(world.every_pull())
    assert [r.external for r in world.stuck_checks()] == ["rv:1"]
    assert pull.unread() == []
    told = asker.patch(f"{R}/check-runs/{number}", conclusion="neutral", output={"title": "t", "summary": "s"}).json()
    assert (told["status"], told["conclusion"]) == ("completed", "neutral")
    assert told["completed_at"]
    assert world.stuck_checks() == []
    assert [(post.kind, post.text) for post in pull.unread()] == [("check", "neutral\nt\ns")]


@pytest.mark.parametrize(
    "body",
    [
        {"output": {"title": "t", "summary": "x" * 65_536}},
        {"output": {"title": "t", "summary": "s", "text": "x" * 65_536}},
        {"actions": [{"label": "l", "description": "d", "identifier": str(n)} for n in range(4)]},
        {"actions": [{"label": "l" * 21, "description": "d", "identifier": "i"}]},
        {"actions": [{"label": "l", "description": "d" * 41, "identifier": "i"}]},
        {"status": "completed"},
        {"conclusion": "fine"},
    ],
)
def test_what_is_over_a_limit_changes_nothing(world: World, body: dict[str, Any]) -> None:
    asker, number = begun(world)
    before = asker.get(f"{R}/check-runs/{number}").json()
    refusals(asker.patch(f"{R}/check-runs/{number}", **body))
    assert asker.get(f"{R}/check-runs/{number}").json() == before
    assert world.violations
    world.violations.clear()


def test_runs_of_a_commit_are_listed_newest_first(world: World) -> None:
    asker, first = begun(world)
    head = next(world.every_pull()).head
    second = asker.post(f"{R}/check-runs", name="prudent", head_sha=head).json()["id"]
    latest, every = (asker.get(f"{R}/commits/{head}/check-runs?filter={kind}").json() for kind in ("latest", "all"))
    assert [run["id"] for run in latest["check_runs"]] == [second]
    assert ([run["id"] for run in every["check_runs"]], every["total_count"]) == ([second, first], 2)
    suites = asker.get(f"{R}/commits/{head}/check-suites").json()
    assert suites["total_count"] == 1


def test_a_run_needs_a_commit_that_is_there(world: World) -> None:
    asker, _ = begun(world)
    assert "No commit found" in refusals(asker.post(f"{R}/check-runs", name="x", head_sha="0" * 40))


def test_a_run_on_a_forks_head_names_no_pull_request(world: World) -> None:
    repo = world.repository("acme/widgets", {"a.py": "1\n"})
    eve = world.person("eve")
    pull = repo.open_pull(eve, {"a.py": "2\n"}, fork=repo.fork(eve))
    told = installed(world, repo).post(f"{R}/check-runs", name="prudent", head_sha=pull.head).json()
    assert told["pull_requests"] == []


def test_buttons_are_pressed_when_a_run_has_ended(world: World) -> None:
    asker, number = begun(world)
    repo = next(iter(world.repositories.values()))
    run, bob = repo.runs[number], world.person("bob")
    button = {"label": "Fix", "description": "Post the fix", "identifier": "fix"}
    with pytest.raises(AssertionError, match="ended"):
        repo.press(run, "fix", bob)
    asker.patch(f"{R}/check-runs/{number}", conclusion="failure", output=notes(1), actions=[button])
    with pytest.raises(AssertionError, match="no button"):
        repo.press(run, "dismiss", bob)
    repo.press(run, "fix", bob)
    told = world.hooks.last("check_run", "requested_action").payload
    assert told["requested_action"] == {"identifier": "fix"}
    assert told["check_run"]["external_id"] == "rv:1"
    repo.rerun(run, bob)
    assert world.hooks.last("check_run", "rerequested").payload["sender"]["login"] == "bob"
    assert run.status == "completed"  # the run itself is not changed
    repo.rerun_all(run.head, bob)
    assert world.hooks.last("check_suite", "rerequested").payload["check_suite"]["head_sha"] == run.head
    next(world.every_pull()).unread()
