"""The ids of jobs: they are what makes the same thing happen once, and what tells jobs of one pull request apart."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.events import Repo

_REVIEW = re.compile(r"rv:(\d+):(\d+):([0-9a-f]{40,64})(:[0-9A-Za-z-]+)?(~\d+)?")


@dataclass(frozen=True)
class ReviewId:
    """What a review's id says: `rv:<repository id>:<number>:<head>`, `:<who asked>` and `~<which time>` behind it."""

    repository: int
    number: int
    head: str
    asked: str = ""
    time: int = 1

    def __str__(self) -> str:
        asked = f":{self.asked}" if self.asked else ""
        again = f"~{self.time}" if self.time > 1 else ""
        return f"rv:{self.repository}:{self.number}:{self.head}{asked}{again}"


def review_prefix(repo: Repo, number: int) -> str:
    """Return how the ids of all reviews of one pull request begin; the colon keeps #1 and #12 apart."""
    return f"rv:{repo.id}:{number}:"


def review_id_of(job: str) -> ReviewId | None:
    """Return what a review's id says, None for any other id."""
    found = _REVIEW.fullmatch(job)
    if not found:
        return None
    asked, again = found.group(4) or ":", found.group(5) or "~1"
    return ReviewId(int(found.group(1)), int(found.group(2)), found.group(3), asked[1:], int(again[1:]))


def subject_of(number: int) -> str:
    """Return the name of a pull request as a line of work in the outcomes store."""
    return f"pull/{number}"
