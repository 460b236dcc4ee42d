"""Registers every workflow and schedule with a worker's jobs: the map from an event to what is done about it."""

from __future__ import annotations

from typing import assert_never

from bot.events import (
    ButtonPressed,
    ChecksRerequested,
    Commented,
    Event,
    Ignored,
    InstallationGone,
    PullChanged,
    PullClosed,
    Pushed,
    Remarked,
    ThreadSettled,
    from_json,
)
from bot.jobs.port import Jobs, Json
from bot.logs import log
from bot.workflow.arrive import Arriving
from bot.workflow.became import Becoming
from bot.workflow.buttons import Buttons
from bot.workflow.calls import A_DAY, Caller, Halted
from bot.workflow.command import Commanding
from bot.workflow.parts import Parts
from bot.workflow.remarks import Remarking
from bot.workflow.review import Reviewing
from bot.workflow.risks import Training
from bot.workflow.upkeep import Upkeep


def register(jobs: Jobs, parts: Parts) -> Upkeep:
    """Register all that a worker can do; before it is launched. Returns the scheduled runs."""
    arriving, becoming = Arriving(jobs, parts), Becoming(jobs, parts)
    commanding = Commanding(jobs, parts, arriving)
    handlers = _Handlers(arriving, becoming, commanding, Buttons(jobs, parts, arriving), Remarking(jobs, parts))

    async def arrive(delivery: str, event: Json) -> Json:
        call = Caller(jobs, f"gh:{delivery}", delivery, A_DAY)
        try:
            done = await handlers.handle(call, from_json(event))
        except Halted as halted:  # the repository, the permission or the comment is gone: there is nobody to tell
            done = str(halted)
        log("arrive").info("handled", delivery=delivery, event_type=event["type"], done=done)
        return done

    jobs.workflow("arrive")(arrive)
    Reviewing(jobs, parts).register()
    upkeep = Upkeep(jobs, parts)
    upkeep.schedule()
    Training(jobs, parts).register()
    return upkeep


class _Handlers:
    def __init__(
        self, arriving: Arriving, becoming: Becoming, commanding: Commanding, buttons: Buttons, remarking: Remarking
    ) -> None:
        self._arriving, self._becoming = arriving, becoming
        self._commanding, self._buttons, self._remarking = commanding, buttons, remarking

    async def handle(self, call: Caller, event: Event) -> str:
        match event:
            case PullChanged():
                return await self._arriving.pull_changed(call, event)
            case PullClosed():
                return await self._becoming.pull_closed(call, event)
            case Commented():
                return await self._commanding.commented(call, event)
            case Remarked():
                return await self._remarking.remarked(call, event)
            case ThreadSettled():
                return await self._becoming.thread_settled(call, event)
            case ChecksRerequested():
                return await self._buttons.rerequested(call, event)
            case ButtonPressed():
                return await self._buttons.pressed(call, event)
            case Pushed():
                return await self._becoming.pushed(call, event)
            case InstallationGone():
                return await self._becoming.installation_gone(call, event)
            case Ignored():
                return event.reason
            case _:
                assert_never(event)
