"""The first review of a pull request, from the delivery to what people see."""

from __future__ import annotations

from tests.app import shop
from tests.app.running import Running
from tests.app.stories import calls, check_on, said
from tests.world.repository import Repository
from tests.world.world import World


def test_findings_are_said_on_their_lines_with_their_evidence(world: World, app: Running, repo: Repository) -> None:
    pull = repo.open_pull(world.person("alice"), {"shop.py": shop.THREE})
    now = said(world, app, pull)
    assert now.kinds == {"review": 1, "note": 3, "check": 1}
    (review,) = pull.reviews
    assert (review.state, review.commit) == ("COMMENTED", pull.head)
    assert review.body.startswith(
        f"<!-- prudent:review head={pull.head} job=rv:{repo.id}:{pull.number}:{pull.head} -->"
    )
    assert "1 blocking finding, 2 warnings in 1 file." in review.body
    assert "1 of 1 file reviewed." in review.body
    assert "Since the last review" not in review.body
    places = {thread.spot.line or 0: thread.notes[0].body for thread in pull.threads}
    assert sorted(places) == [6, 16, 26]
    assert "`ruff F821`" in places[6]
    assert '```suggestion\n    return kind == "gift"\n```' in places[16]
    assert sum("```suggestion" in body for body in places.values()) == 1
    assert len(calls(world)) <= 10, [f"{one.method} {one.path}" for one in calls(world)]


def test_the_check_run_is_the_gate_and_holds_the_whole_report(world: World, app: Running, repo: Repository) -> None:
    world.hooks.hold()
    pull = repo.open_pull(world.person("alice"), {"shop.py": shop.THREE})
    began: list[str] = []
    world.faults.add("POST", "/graphql$", then=lambda: began.extend(run.status for run in pull.checks()))
    world.hooks.release()
    said(world, app, pull)
    assert began == ["in_progress"]  # before anything is posted
    (run,) = pull.checks()
    assert (run.name, run.conclusion) == ("prudent", "failure")
    assert [(note["start_line"], note["annotation_level"]) for note in run.annotations] == [
        (6, "failure"),
        (16, "warning"),
        (26, "warning"),
    ]
    assert [action["identifier"] for action in run.actions] == ["rerun", "fix", "dismiss"]
    for slug in ("undefined-name", "is-with-literal", "duplicate-key"):
        assert f"`{slug}`" in (run.text or "")


def test_nothing_to_say_is_a_check_run_and_no_comment(world: World, app: Running, repo: Repository) -> None:
    pull = repo.open_pull(world.person("alice"), {"shop.py": shop.BEFORE + "\n\nCLOSED = True\n"})
    assert said(world, app, pull).kinds == {"check": 1}
    run = check_on(repo, pull.head)
    assert (run.conclusion, run.annotations) == ("success", [])
    assert [action["identifier"] for action in run.actions] == ["rerun"]
    assert not pull.reviews
    pull.push({"shop.py": shop.THREE})
    now = said(world, app, pull)
    assert now.kinds == {"review": 1, "note": 3, "check": 1}
    assert now.only("review").startswith("COMMENTED\n<!-- prudent:review ")
