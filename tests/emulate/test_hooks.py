"""The emulator's signed webhooks, as they come to the App: who signed them, and which events they become."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import jwt
import pytest

from bot.events import Actor, Commented, Event, Ignored, PullChanged, PullClosed, Pushed
from bot.web.payload import event_of
from bot.web.signature import HEADER, is_signed
from tests.emulate.emulator import APP_ID, INSTALLATION, SECRET
from tests.emulate.hooks import Delivery
from tests.emulate.stage import Stage

FILES = {"a.py": "x = 1\n"}
PATIENCE = 10.0  # seconds


def awaited(stage: Stage, is_wanted: Callable[[Delivery], bool]) -> Delivery:
    """Return the first delivery that is wanted, once it has come."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        for delivery in list(stage.hooks.delivered):
            if is_wanted(delivery):
                return delivery
        time.sleep(0.01)
    raise AssertionError([(each.event, each.payload.get("action")) for each in stage.hooks.delivered])


def event_from(stage: Stage, delivery: Delivery) -> Event:
    """Return what the App makes of a delivery, whose signature it believes."""
    assert is_signed(delivery.headers[HEADER], delivery.body, [SECRET])
    assert not is_signed(delivery.headers[HEADER], delivery.body + b" ", [SECRET])
    return event_of(delivery.event, delivery.body, own_app_id=APP_ID, host=stage.repo.host)


def of(event: str, action: str | None = None) -> Callable[[Delivery], bool]:
    return lambda delivery: delivery.event == event and delivery.payload.get("action") == action


@pytest.fixture
def pulled(stage: Stage) -> tuple[Stage, int, str, str]:
    """Return a stage with a pull request: its number, its head, its base."""
    base = stage.commit("main", FILES)
    head = stage.commit("topic", FILES | {"b.py": "y = 2\n"}, parent=base)
    return stage, stage.open_pull("topic"), head, base


def alice(stage: Stage) -> Actor:
    return Actor(stage.person.get("/users/alice").json()["id"], "alice")


def test_an_opened_pull_request_arrives(pulled: tuple[Stage, int, str, str]) -> None:
    stage, number, head, _ = pulled
    found = event_from(stage, awaited(stage, of("pull_request", "opened")))
    assert found == PullChanged(stage.repo, number, head, "opened", alice(stage))


def test_a_push_arrives_as_a_new_head(pulled: tuple[Stage, int, str, str]) -> None:
    stage, number, head, _ = pulled
    later = stage.commit("topic", FILES | {"b.py": "y = 3\n"}, parent=head)
    found = event_from(stage, awaited(stage, of("pull_request", "synchronize")))
    assert found == PullChanged(stage.repo, number, later, "synchronize", alice(stage))


def test_a_merge_arrives_with_its_commit(pulled: tuple[Stage, int, str, str]) -> None:
    stage, number, head, _ = pulled
    merged = stage.said("PUT", f"/pulls/{number}/merge", {"merge_method": "squash"})["sha"]
    found = event_from(stage, awaited(stage, of("pull_request", "closed")))
    assert found == PullClosed(stage.repo, number, head, True, merged, alice(stage))


def test_a_revert_on_the_default_branch_arrives(pulled: tuple[Stage, int, str, str]) -> None:
    stage, _, head, _ = pulled
    told = {"message": f'Revert "on topic"\n\nThis reverts commit {head}.\n', "content": "eA==", "branch": "main"}
    after = stage.said("PUT", "/contents/c.py", told)["commit"]["sha"]
    found = event_from(stage, awaited(stage, lambda each: each.event == "push" and each.payload["after"] == after))
    assert found == Pushed(stage.repo, after, (head,))


def test_a_command_arrives_and_our_own_words_do_not(pulled: tuple[Stage, int, str, str]) -> None:
    stage, number, _, _ = pulled
    command = stage.said("POST", f"/issues/{number}/comments", {"body": "/prudent review"})["id"]
    found = event_from(stage, awaited(stage, of("issue_comment", "created")))
    assert found == Commented(stage.repo, number, command, "/prudent review", alice(stage), in_review=False)
    ours = httpx.post(
        f"{stage.emulator.url}{stage.path}/issues/{number}/comments",
        headers={"Authorization": f"Bearer {installation_token(stage)}"},
        json={"body": "/prudent review"},
    ).json()["id"]
    echo = awaited(stage, lambda each: each.event == "issue_comment" and each.payload["comment"]["id"] == ours)
    assert event_from(stage, echo) == Ignored("a bot's comment")


def test_a_comment_on_an_issue_is_not_ours(stage: Stage) -> None:
    number = stage.said("POST", "/issues", {"title": "an issue"})["number"]
    stage.said("POST", f"/issues/{number}/comments", {"body": "/prudent review"})
    found = event_from(stage, awaited(stage, of("issue_comment", "created")))
    assert found == Ignored("a comment on an issue, not on a pull request")


def test_sixty_comments_at_once_all_arrive_under_ids_of_their_own(pulled: tuple[Stage, int, str, str]) -> None:
    stage, number, _, _ = pulled

    def comment(each: int) -> int:
        return int(stage.said("POST", f"/issues/{number}/comments", {"body": f"/prudent status {each}"})["id"])

    with ThreadPoolExecutor(8) as people:
        made = set(people.map(comment, range(60)))
    ends = time.monotonic() + PATIENCE
    while len(arrived := [d for d in stage.hooks.delivered if of("issue_comment", "created")(d)]) < 60:
        assert time.monotonic() < ends, len(arrived)
        time.sleep(0.05)
    assert {delivery.payload["comment"]["id"] for delivery in arrived} == made
    assert len({delivery.guid for delivery in arrived}) == 60


def installation_token(stage: Stage) -> str:
    now = int(time.time())
    signed = jwt.encode({"iss": str(APP_ID), "iat": now - 60, "exp": now + 540}, stage.emulator.private_key, "RS256")
    made = httpx.post(
        f"{stage.emulator.url}/app/installations/{INSTALLATION}/access_tokens",
        headers={"Authorization": f"Bearer {signed}"},
    )
    return str(made.json()["token"])
