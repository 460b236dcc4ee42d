"""What the reading process is asked, and what it answers; both cross as JSON, and the answer is validated."""

from __future__ import annotations

from dataclasses import dataclass

from checks.verdict import Verdict


@dataclass(frozen=True)
class Hosted:
    """A model that is asked through the pipe, for one role: its name for people, its size, its measure of tokens."""

    role: str
    name: str
    context: int
    bytes_per_token: float


@dataclass(frozen=True)
class Local:
    """A model that the reading process loads itself, as it does for patches: so no text of strangers meets native code
    in a process that holds keys. `context` 0: as many tokens as it was trained on.
    """

    name: str
    path: str
    roles: tuple[str, ...]
    context: int = 0


@dataclass(frozen=True)
class Inference:
    """What the operator's configuration says of reading with models; `missing`: why nobody is asked, for people."""

    hosted: tuple[Hosted, ...] = ()
    local: tuple[Local, ...] = ()
    local_first: tuple[str, ...] = ()  # roles for which those of this machine are asked before the hosted ones
    missing: str = ""
    seconds: float = 180.0
    tokens: int = 8_000
    is_deep: bool = False
    deep_tokens: int = 200_000
    enrich: tuple[str, ...] = ()
    salt: str = ""  # hexadecimal: what fences are made from


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
    recollection: str = ""  # file of what is remembered; "" for nothing
    inference: Inference | None = None  # who may be asked, and how much; None: nobody


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
