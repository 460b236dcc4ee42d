from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.model import Config, Dismiss, Explain, Fix, Help, History, Pause, Resume, Review, Status, Undismiss
from bot.commands.rights import A_WHILE, MOST, allowed, too_often
from bot.github.model import Right

READING = [Help(), Status(), Config(), History(), Explain(None)]
WRITING = [Review(), Dismiss(None, "x"), Undismiss(None), Fix(None), Pause(), Resume()]
NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("command", READING)
def test_who_may_ask(command: Help) -> None:
    for right in (Right.TRIAGE, Right.WRITE, Right.MAINTAIN, Right.ADMIN):
        assert allowed(command, right, is_author=False) is None
    for right in (Right.NONE, Right.READ):
        assert allowed(command, right, is_author=True) is None
        assert allowed(command, right, is_author=False) == (
            "That takes triage rights in this repository, or being the pull request's author."
        )


@pytest.mark.parametrize("command", WRITING)
def test_who_may_order(command: Review) -> None:
    for is_author in (True, False):
        for right in (Right.WRITE, Right.MAINTAIN, Right.ADMIN):
            assert allowed(command, right, is_author=is_author) is None
        for right in (Right.NONE, Right.READ, Right.TRIAGE):
            assert allowed(command, right, is_author=is_author) == "That takes write rights in this repository."


def test_twenty_commands_in_an_hour_are_enough() -> None:
    times = [NOW - timedelta(minutes=2 * n + 1) for n in range(MOST)]
    assert too_often(times[1:], NOW) is None
    assert too_often(times, NOW) == "Those were 20 commands in an hour; the next is read in 21 min."
    assert too_often(times, NOW + timedelta(minutes=21)) is None
    assert too_often([*times[1:], NOW - A_WHILE, NOW + A_WHILE], NOW) is None


@given(st.lists(st.integers(0, 7200), max_size=60))
def test_however_often_somebody_asks_no_hour_sees_more(seconds: list[int]) -> None:
    taken: list[datetime] = []
    for second in sorted(seconds):
        now = NOW + timedelta(seconds=second)
        if too_often(taken, now) is None:
            taken.append(now)
            assert sum(now - A_WHILE < moment for moment in taken) <= MOST
