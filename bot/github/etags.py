"""Answers that are kept while GitHub says they have not changed: a 304 costs nothing of the rate limit."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass

from bot.github.asks import Ask, Caller
from bot.github.replies import Reply

MOST = 512  # answers
LONGEST = 262_144  # bytes of one answer


@dataclass(frozen=True)
class Kept:
    """One answer and its tag."""

    etag: str
    reply: Reply


class Etags:
    """A bounded store of answers; the least recently used goes first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Caller, str], Kept] = OrderedDict()

    def of(self, caller: Caller, ask: Ask) -> Kept | None:
        """Return what is kept for a request: another installation's answer never is."""
        key = (caller, ask.target)
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key]

    def keep(self, caller: Caller, ask: Ask, reply: Reply) -> None:
        """Keep an answer that has a tag, if its request wants that; not one that was damaged on its way.

        What cannot be read would be asked about with its tag, and come back out of here as long as GitHub says that
        nothing has changed.
        """
        etag = reply.headers.get("etag", "")
        if not ask.remembers or not etag or len(reply.body) > LONGEST or not _is_whole(reply.body):
            return
        self._kept[caller, ask.target] = Kept(etag, reply)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)


def _is_whole(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True
