"""Models read pull requests: what they find is posted, what they cost is counted, and their errors are never a pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.app import shop
from tests.app.processes import installed
from tests.app.provider import (
    CLEAN,
    KEY,
    VARIABLE,
    WHY,
    Gate,
    answered,
    config,
    provided,
    questions,
    with_defect,
)
from tests.app.running import Running, running, until
from tests.app.stories import check_on, identity_of, quiet, said, thread_about
from tests.world.hosted import anthropic_wire
from tests.world.hosted.server import Answer, Asked
from tests.world.repository import Repository
from tests.world.world import World

APPROVING = "[app]\napprove = true\n"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, KEY)


@pytest.fixture
def approving(world: World) -> Repository:
    """Return a repository whose maintainers let us approve."""
    return world.repository("acme/widgets", {"shop.py": shop.BEFORE, ".github/prudent.toml": APPROVING})


def test_what_a_model_finds_is_posted_with_what_it_cost(world: World, tmp_path: Path, repo: Repository) -> None:
    with provided() as hosted, running(world, tmp_path, PRUDENT_INFERENCE=config(hosted, tmp_path)) as app:
        pull = repo.open_pull(world.person("alice"), {"shop.py": with_defect()})
        said(world, app, pull)
        assert WHY in thread_about(pull, "logic-error").notes[0].body
        with app.store() as store:
            found = store.spent_in(identity_of(repo), f"pull/{pull.number}", now=datetime.now(UTC))
        assert (found.calls, found.failed) == (len(hosted.asked), 0)
        assert found.micros > 0
        assert not any(KEY in text for text in questions(hosted))
    assert not world.stuck_checks()


def refused(status: int, **headers: str) -> Answer:
    return anthropic_wire.refused(status, "hunter2 is not the key", **headers)


TROUBLES = {
    "the key is wrong": lambda asked: refused(401),
    "too many calls, for an hour": lambda asked: refused(429, retry_after="3600"),
    "an error in the middle": lambda asked: anthropic_wire.broken_by(answered(asked), "invalid_request_error"),
    "an answer that is none": lambda asked: anthropic_wire.called("{", name=asked.body["tools"][0]["name"]),
    "it declines": lambda asked: anthropic_wire.written("", ended="refusal"),
}


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(plan, id=name, marks=[] if name == "the key is wrong" else [pytest.mark.slow])
        for name, plan in TROUBLES.items()
    ],
)
def test_an_error_of_a_provider_is_never_a_pass(
    world: World, tmp_path: Path, approving: Repository, trouble: Callable[[Asked], Answer]
) -> None:
    with provided(trouble) as hosted, running(world, tmp_path, PRUDENT_INFERENCE=config(hosted, tmp_path)) as app:
        pull = approving.open_pull(world.person("alice"), {"shop.py": CLEAN})
        now = said(world, app, pull)
        assert hosted.asked
        assert not [review for review in pull.reviews if review.state == "APPROVED"]
        run = check_on(approving, pull.head)
        assert run.conclusion == "neutral"
        texts = " ".join(post.text for post in now.posts)
        assert "hunter2" not in texts
        assert hosted.url not in texts


@pytest.mark.slow
def test_without_trouble_the_same_is_approved(world: World, tmp_path: Path, approving: Repository) -> None:
    with provided() as hosted, running(world, tmp_path, PRUDENT_INFERENCE=config(hosted, tmp_path)) as app:
        pull = approving.open_pull(world.person("alice"), {"shop.py": CLEAN})
        said(world, app, pull)
        assert [review.state for review in pull.reviews] == ["APPROVED"]
        assert len(hosted.asked) >= 3


def test_a_cap_that_is_reached_is_told_and_never_a_pass(world: World, tmp_path: Path, approving: Repository) -> None:
    capped = "[caps]\npull_dollars = 0.000001\n"
    with provided() as hosted, running(world, tmp_path, PRUDENT_INFERENCE=config(hosted, tmp_path, capped)) as app:
        pull = approving.open_pull(world.person("alice"), {"shop.py": CLEAN})
        said(world, app, pull)
        assert hosted.asked == []
        assert not [review for review in pull.reviews if review.state == "APPROVED"]
        run = check_on(approving, pull.head)
        assert run.conclusion == "neutral"
        assert "budget of this pull request" in str(run)


def test_a_newer_push_hangs_up_at_once(world: World, tmp_path: Path, repo: Repository) -> None:
    gate = Gate()
    with provided(gate) as hosted, running(world, tmp_path, PRUDENT_INFERENCE=config(hosted, tmp_path)) as app:
        pull = repo.open_pull(world.person("alice"), {"shop.py": with_defect()})
        assert gate.held.wait(60)
        pull.push({"shop.py": CLEAN})
        # what was sent is counted, though nobody waits for it; the provider still holds its answer back
        until(lambda: hung_up(app), "the end of the first review's calls", seconds=20)
        assert not gate.open.is_set()
        gate.open.set()
        quiet(world, app)
        pull.unread()
        assert pull.threads == []
        assert check_on(repo, pull.head).conclusion == "success"


def hung_up(app: Running) -> int:
    """Return how many calls were ended before they were answered."""
    with app.store() as store:
        spent = store.spent_since(datetime(2020, 1, 1, tzinfo=UTC), now=datetime.now(UTC))
    return sum(one.failed for one in spent)


@pytest.mark.slow
def test_what_a_killed_worker_was_told_is_not_asked_again(world: World, tmp_path: Path, repo: Repository) -> None:
    """It dies while the second reading is under way: the next worker takes the review up, and pays for that alone."""
    gate = Gate("refutation")
    with provided(gate) as hosted, installed(world, tmp_path, PRUDENT_INFERENCE=config(hosted, tmp_path)) as app:
        worker = app.worker()
        pull = repo.open_pull(world.person("alice"), {"shop.py": with_defect()})
        assert gate.held.wait(60)
        before = len(hosted.asked)
        worker.kill_and_start()
        until(lambda: len(hosted.asked) > before, "the next worker's question")
        gate.open.set()
        app.settle()
        assert WHY in thread_about(pull, "logic-error").notes[0].body
        pull.unread()
        once = Counter(questions(hosted)).values()
        assert sorted(once) == [1] * (before - 1) + [2], "what was answered was kept, what was not is asked again"


@pytest.mark.slow
def test_none_reads_where_the_operator_says_so(
    world: World, tmp_path: Path, repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    with provided() as hosted:
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", hosted.url)
        with running(world, tmp_path, PRUDENT_INFERENCE="none") as app:
            pull = repo.open_pull(world.person("alice"), {"shop.py": with_defect()})
            said(world, app, pull)
            assert hosted.asked == []
            assert pull.threads == []
