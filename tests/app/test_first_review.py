"""The first review of a pull request, from the delivery to what people see."""

from __future__ import annotations

from tests.app.running import Running, until
from tests.world.world import World

BEFORE = "def total(prices):\n    return sum(prices)\n"
AFTER = "def total(prices):\n    return sum(prices) + taxes\n"


def test_a_finding_is_said_once_on_its_line_and_the_check_fails(world: World, app: Running) -> None:
    repo = world.repository("acme/widgets", {"shop.py": BEFORE})
    pull = repo.open_pull(world.person("alice"), {"shop.py": AFTER})
    (run,) = until(lambda: [run for run in repo.runs.values() if run.status == "completed"], "a finished check")
    assert (run.name, run.conclusion) == ("prudent", "failure")
    posts = pull.unread()
    print([post.kind for post in posts])
    assert any("undefined-name" in post.text for post in posts)
