"""The commands: a closed union. `parse` makes them, `bot.workflow.command` obeys them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from bot.github.model import Right


@dataclass(frozen=True)
class Review:
    """Review the head again, now."""

    needs = Right.WRITE


@dataclass(frozen=True)
class History:
    """What was decided before: when, on what evidence, what became of it; of this pull request if none is named."""

    # At most one of the three is given.
    path: str | None = None
    slug: str | None = None
    number: int | None = None

    needs = Right.READ


@dataclass(frozen=True)
class Explain:
    """Tell all about one finding: its evidence, what became of it, what its check looks for."""

    finding: str | None  # a slug, or six or more digits of a fingerprint; None: the thread's

    needs = Right.READ


@dataclass(frozen=True)
class Dismiss:
    """Be silent about a finding for good."""

    finding: str | None
    reason: str

    needs = Right.WRITE


@dataclass(frozen=True)
class Undismiss:
    """Take a dismissal back."""

    finding: str | None

    needs = Right.WRITE


@dataclass(frozen=True)
class Fix:
    """Post or refresh the proven suggestion for a finding."""

    finding: str | None

    needs = Right.WRITE


@dataclass(frozen=True)
class Pause:
    """Stop reviewing pushes to this pull request."""

    needs = Right.WRITE


@dataclass(frozen=True)
class Resume:
    """Review pushes to this pull request again, beginning with its head."""

    needs = Right.WRITE


@dataclass(frozen=True)
class Status:
    """Where this pull request's reviews stand."""

    needs = Right.READ


class RuleAction(StrEnum):
    """What can be done with a rule. All but VOICE name a learned rule; VOICE names any slug."""

    LIST = "list"
    ENABLE = "enable"
    DISABLE = "disable"
    DROP = "drop"
    VOICE = "voice"


@dataclass(frozen=True)
class Rules:
    """The rules that comments here have proposed: list, enable, disable, drop; let a slug that went silent speak."""

    action: RuleAction = RuleAction.LIST
    slug: str = ""  # "" for the list

    needs = Right.WRITE
    takes: ClassVar[str] = "[enable SLUG | disable SLUG | drop SLUG | voice SLUG]"


@dataclass(frozen=True)
class Config:
    """The effective settings, and where each value comes from."""

    needs = Right.READ


@dataclass(frozen=True)
class Help:
    """What can be asked."""

    needs = Right.READ


Command = Review | History | Explain | Dismiss | Undismiss | Fix | Pause | Resume | Status | Rules | Config | Help


@dataclass(frozen=True)
class Misread:
    """A line that speaks to us and is no command; `text` says what is wrong and what was probably meant."""

    text: str
