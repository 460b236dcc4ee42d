"""What the reading process is asked, and what it answers; both cross as JSON, and the answer is validated."""

from __future__ import annotations

from dataclasses import dataclass

from checks.verdict import Verdict


@dataclass(frozen=True)
class Request:
    """One change to review, in a bare mirror on this machine.

    `target` is the tip of the target branch: the settings are read there, and the merge base is found with it.
    `title` and `body` are the pull request's, untrusted.
    """

    mirror: str
    repository: str  # identity
    subject: str  # "pull/12"
    target: str
    head: str
    title: str = ""
    body: str = ""
    cache: str = ""  # folder; "" for none
    model: str = ""  # file of the model that writes patches; "" for none
    refused: tuple[tuple[str, str], ...] = ()  # slug and lines of patches that people refused here


@dataclass(frozen=True)
class Reading:
    """A review that was made: its verdict, secrets taken out of it.

    Its lines are not trusted: who posts them works the diff out again (`bot.mirrors`).
    """

    verdict: Verdict


@dataclass(frozen=True)
class Unread:
    """No verdict: bad settings at the target's tip, no common history, a crash, a time-out, too much memory.

    `ours`: the reason lies with us (a crash, a limit), not with the repository. `again`: it lies with the mirror,
    which the next fetch makes good.
    """

    reason: str
    ours: bool
    again: bool = False
