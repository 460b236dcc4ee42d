"""Lessons and recollections for the tests of memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from kb.memory.embed import open_embedder
from kb.memory.model import LIFE, Fate, Lesson, Recollection, Signal
from tests.kb.audits import NOON

NOW = NOON.timestamp()
HERE = "example.com/ada/palette"


def lesson(number: int = 1, fate: Fate = Fate.DISMISSED, **more: object) -> Lesson:
    """Return a lesson; another number is another finding on another pull request, with the same text."""
    made = Lesson(
        id=number,
        repository=HERE,
        fingerprint=f"f{number}",
        about="like",
        check="ruff",
        slug="unused-import",
        severity="warn",
        path=f"app/part{number}.py",
        symbol="",
        text="`os` is imported and never used",
        code="import os",
        fate=fate,
        signal=Signal.DISMISSED if fate is Fate.DISMISSED else Signal.FIXED,
        by="ada",
        by_id=7,
        subject=f"pull/{number}",
        evidence=f"pull/{number} at 1a2b3c4",
        reason="by design",
        at=NOW - 1000 + number,
        expires=NOW - 1000 + number + LIFE,
    )
    return replace(made, **more)


def recollection(lessons: Sequence[Lesson], **more: object) -> Recollection:
    """Return a recollection of lessons, with vectors."""
    embedder = open_embedder()
    assert embedder is not None
    made = Recollection(
        HERE,
        embedder.name,
        tuple(lessons),
        vectors=embedder.vectors([one.text for one in lessons]).astype(np.float16),
        code_vectors=embedder.vectors([one.code for one in lessons]).astype(np.float16),
        now=NOW,
    )
    return replace(made, **more)
