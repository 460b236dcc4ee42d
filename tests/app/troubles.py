"""What must hold whatever goes wrong: every head is reviewed, once, nothing is left open, and nothing is approved."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Sequence

from bot.jobs.client import open_enqueuer
from bot.jobs.port import Queue
from tests.app.running import Running, until
from tests.jobs.lives import rows
from tests.world.pull import Pull
from tests.world.records import Post
from tests.world.world import World

BEFORE = "def total(prices):\n    return sum(prices)\n"
AFTER = "def total(prices):\n    return sum(prices) + taxes\n"
SLUG = " slug=undefined-name "
ENDED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")


def opened(world: World, owner: str = "acme") -> Pull:
    """Return a new pull request with one finding, in a repository and an installation of its own."""
    repo = world.repository(f"{owner}/widgets", {"shop.py": BEFORE})
    return repo.open_pull(world.person("alice"), {"shop.py": AFTER})


def tick(app: Running, name: str) -> None:
    """Have a scheduled run happen now, and wait until it has ended well."""
    job = f"tick:{name}:{uuid.uuid4()}"

    async def ask() -> None:
        desk = open_enqueuer(app.settings.jobs_url)
        try:
            await desk.enqueue(Queue.UPKEEP, "clock", job, "2026-01-01T00:00:00+00:00", name)
        finally:
            await desk.close()

    asyncio.run(ask())
    until(lambda: states(app.settings.jobs_url, job)[job] in ENDED, f"{name} to end")
    assert states(app.settings.jobs_url, job)[job] == "SUCCESS"


def states(jobs_url: str, prefix: str = "") -> dict[str, str]:
    """Return how jobs whose ids begin so stand, by id."""
    found = rows(jobs_url, "SELECT workflow_uuid, status FROM {jobs} ORDER BY created_at")
    return {job: status for job, status in found if job.startswith(prefix)}


def is_idle(jobs_url: str) -> bool:
    """Return whether no delivery, review or log waits or runs."""
    work = {job: state for job, state in states(jobs_url).items() if not job.startswith("sched-")}
    return all(state in ENDED for state in work.values())


def settled(world: World, app: Running) -> None:
    """Wait until what was sent has arrived, and all that came of it has ended."""

    def is_settled() -> bool:
        world.hooks.wait()
        return is_idle(app.settings.jobs_url)

    until(is_settled, "an App without work")


def reviewed_once(pull: Pull) -> list[Post]:
    """Check that a pull request of `opened` has its one review with its one comment and ended checks; read all."""
    posts = pull.unread()
    kinds = Counter(post.kind for post in posts)
    where = pull.repo.full_name
    assert (kinds["review"], kinds["note"]) == (1, 1), f"{where}: {[(post.kind, post.text[:80]) for post in posts]}"
    (review,) = pull.reviews
    assert (review.state, review.commit) == ("COMMENTED", pull.head)
    assert SLUG in pull.threads[0].notes[0].body
    newest = pull.checks()[0]
    assert (newest.status, newest.conclusion) == ("completed", "failure"), f"{where}: {newest.title}"
    nothing_left(pull)
    return posts


def nothing_left(pull: Pull, *, may_succeed: bool = False) -> None:
    """Check that no draft and no check run is left open, and nothing was ever approved.

    `may_succeed`: the findings were fixed, so that a check run may say so.
    """
    assert not pull.drafts()
    assert not [run for run in pull.repo.runs.values() if run.status != "completed"]
    assert not [review for review in pull.reviews if review.state == "APPROVED"]
    assert may_succeed or not [run for run in pull.repo.runs.values() if run.conclusion == "success"]


def all_reviewed_once(pulls: Sequence[Pull]) -> None:
    """Check each of several."""
    for pull in pulls:
        reviewed_once(pull)
