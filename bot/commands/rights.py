"""Who may give which command, and how often."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.commands.model import Command
from bot.github.model import Right

A_WHILE = timedelta(hours=1)
MOST = 20  # commands by one person in that time


def allowed(command: Command, right: Right, *, is_author: bool) -> str | None:
    """Return why somebody may not give a command; None if they may.

    Args:
        command: What is asked.
        right: What the person may do in the repository.
        is_author: Whether the person opened the pull request: they may ask, whatever their right.
    """
    if command.needs is Right.READ:
        # Anybody can read a public repository: that alone must not make us write there.
        if is_author or right.covers(Right.TRIAGE):
            return None
        return "That takes triage rights in this repository, or being the pull request's author."
    if right.covers(command.needs):
        return None
    return f"That takes {command.needs.value} rights in this repository."


def too_often(times: Sequence[datetime], now: datetime) -> str | None:
    """Return why a person has to wait who gave commands at these times; None if they need not.

    `times` are those of earlier commands, in any order; those older than `A_WHILE` do not count.
    """
    recent = sorted(moment for moment in times if now - A_WHILE < moment <= now)
    if len(recent) < MOST:
        return None
    wait = recent[-MOST] + A_WHILE - now
    minutes = max(1, -(-int(wait.total_seconds()) // 60))
    return f"Those were {MOST} commands in an hour; the next is read in {minutes} min."
