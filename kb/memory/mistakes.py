"""Mistakes of our own models: when two are one, which of them are heeded, and how the next model is told.

A mistake is kept as a pattern (the text that was wrong) with why it was. Patches that failed are not proposed again;
claims that were refuted become lines of a checklist. Nothing of it is an instruction of the repository's: a line is
made from our own words, and what a model once wrote stands in it as a short quote in which nothing is active.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from kb.memory.model import IDLE, Mistake, MistakeKind, Recollection
from kb.redact import redact

LONGEST_PATTERN, LONGEST_WHY, LONGEST_QUOTE = 4_000, 200, 100  # characters
HEEDED = 20  # mistakes of one slug that are handed to one review

_INERT = re.compile(r"[^\w\s.,:;=+*/%()\[\]{}'\"-]")


def mistake_of(
    repository: str, kind: MistakeKind, slug: str, pattern: str, why: str, *, at: float, example: str = ""
) -> Mistake:
    """Return a mistake as it may be kept: secrets out of it, cut to size.

    Args:
        repository: Where it was made.
        kind: A patch or a claim.
        slug: Of the finding that the patch was for, or of the pass that claimed.
        pattern: The text that was wrong.
        why: How it failed.
        at: When, in seconds since the epoch.
        example: Where: "pull/12 at 1a2b3c4".
    """
    text, reason = redact(pattern)[:LONGEST_PATTERN], redact(why)[:LONGEST_WHY]
    return Mistake(0, repository, kind, slug, text, reason, 1, at, 0.0, redact(example)[:LONGEST_WHY])


def normal(pattern: str) -> str:
    """Return a pattern with every run of white space as one blank: what is equal so is one mistake."""
    return " ".join(pattern.split())


def is_alive(mistake: Mistake, now: float) -> bool:
    """Return whether a mistake was seen or heeded within IDLE seconds."""
    return max(mistake.at, mistake.used) >= now - IDLE


def heeded(mistakes: Iterable[Mistake], slug: str, kind: MistakeKind, now: float, limit: int) -> tuple[Mistake, ...]:
    """Return the mistakes of a slug that the next model is told of: the most frequent first, then the newest."""
    found = [one for one in mistakes if one.slug == slug and one.kind is kind and is_alive(one, now)]
    return tuple(sorted(found, key=lambda one: (-one.times, -one.at, one.pattern))[:limit])


def checklist(recollection: Recollection, slug: str, limit: int) -> tuple[str, ...]:
    """Return what a pass has claimed wrongly here before, a line each, for the instructions of its next run."""
    known = heeded(recollection.mistakes, slug, MistakeKind.CLAIM, recollection.now, limit)
    return tuple(_line(one) for one in known)


def failing(mistakes: Iterable[Mistake], now: float) -> tuple[Mistake, ...]:
    """Return the patches that failed and are not to be proposed again: at most HEEDED of each slug."""
    return _of_each_slug(mistakes, MistakeKind.PATCH, now)


def on_checklists(mistakes: Iterable[Mistake], now: float) -> tuple[Mistake, ...]:
    """Return the claims that passes are told of, or could be: at most HEEDED of each slug."""
    return _of_each_slug(mistakes, MistakeKind.CLAIM, now)


def _of_each_slug(mistakes: Iterable[Mistake], kind: MistakeKind, now: float) -> tuple[Mistake, ...]:
    known = tuple(mistakes)
    slugs = sorted({one.slug for one in known if one.kind is kind})
    return tuple(one for slug in slugs for one in heeded(known, slug, kind, now, HEEDED))


def _line(mistake: Mistake) -> str:
    often = "once" if mistake.times == 1 else f"{mistake.times} times"
    return f"Wrong here {often} before ({_quoted(mistake.why)}), do not repeat it: `{_quoted(mistake.pattern)}`"


def _quoted(text: str) -> str:
    """Return foreign text as one short line in which no fence, markup, address or template token is left."""
    inert = _INERT.sub(" ", redact(text)).replace("://", " ")
    line = " ".join("".join(c for c in inert if c.isprintable() or c.isspace()).split())
    return line if len(line) <= LONGEST_QUOTE else line[: LONGEST_QUOTE - 3] + "..."
