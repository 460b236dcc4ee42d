"""What the workflows are made of: everything outside that they speak to, handed in once per worker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from bot.github.port import GitHub
from bot.mirrors import Mirrors
from bot.reading.model import Reading, Request, Unread

if TYPE_CHECKING:
    from bot.workflow.training import Asked, Taught, Untaught
    from kb.outcomes.store import OutcomeStore

T = TypeVar("T")


@dataclass(frozen=True)
class Parts:
    """The worker's hands. `read` reviews a change in a process without secrets; `cache` is its cache folder.

    `teach` learns a risk model in another such process, and gives up where the function it gets says so; None: never.
    `room` is for the reviews that fetch and read: those that sleep through somebody's rate limit take no place in it.
    """

    github: GitHub
    store: OutcomeStore
    mirrors: Mirrors
    read: Callable[[Request], Awaitable[Reading | Unread]]
    now: Callable[[], datetime]
    cache: str = ""
    model: str = ""  # file of the model that writes patches; "" for none
    room: asyncio.Semaphore = field(default_factory=partial(asyncio.Semaphore, 2))
    teach: Callable[[Asked, Callable[[], bool]], Awaitable[Taught | Untaught]] | None = None

    async def ask(self, question: Callable[..., T], *args: object, **named: object) -> T:
        """Return what the store (or git) answers; asked in a thread, so that the loop stays free."""
        return await asyncio.to_thread(question, *args, **named)
