"""The words of memory: lessons, mistakes, learned rules, and the recollection of them that a review is handed.

The outcomes store keeps all of it (kb/outcomes/rows.py, migration 0004). A review gets a `Recollection`: a value of one
repository, made by who may open the store, written to a file for the process that may not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LIFE = 365 * 86_400  # seconds after which a lesson is no longer heeded
IDLE = 183 * 86_400  # seconds without use after which a mistake is archived
SAME = 0.95  # cosine above which two patterns of mistakes are one


class Fate(StrEnum):
    """What a lesson says: people wanted the finding, or they did not."""

    ACCEPTED = "accepted"
    DISMISSED = "dismissed"


class Signal(StrEnum):
    """By what sign people let us know."""

    DISMISSED = "dismissed"  # by command, button, or a reply that says won't fix
    RESOLVED = "resolved"  # the thread, by hand, with the finding standing
    DISLIKED = "disliked"
    LIKED = "liked"
    FIXED = "fixed"  # by a push to a change that was merged later
    COMMITTED = "committed"  # the suggestion was
    MERGED = "merged"  # with the finding open
    REVERTED = "reverted"  # a change that was merged with the finding open
    IMPORTED = "imported"  # the lesson came from another store


@dataclass(frozen=True)
class Lesson:
    """One finding and what people made of it. `by` may write to the repository; "" where nobody in particular.

    `text` is what the finding said and `code` what it was about, both without secrets. `evidence` says where to look:
    "pull/12 at 1a2b3c4". `about` is the finding's likeness, or its fingerprint where it has none. Which lessons are
    distinct is `kb.memory.filter`'s law. `forgotten` says by whom, where the lesson is no longer heeded.
    """

    id: int
    repository: str
    fingerprint: str
    about: str
    check: str
    slug: str
    severity: str
    path: str
    symbol: str
    text: str
    code: str
    fate: Fate
    signal: Signal
    by: str
    by_id: int
    subject: str
    evidence: str
    reason: str
    at: float  # seconds since the epoch
    expires: float
    weight: float = 1.0
    forgotten: str = ""


class MistakeKind(StrEnum):
    """What our own model got wrong."""

    PATCH = "patch"  # a patch that failed its proof, or was refused by people
    CLAIM = "claim"  # a claim that was refuted


@dataclass(frozen=True)
class Mistake:
    """A pattern of our own models' mistakes: what it looks like, how often it was seen, and what to heed next time."""

    id: int
    repository: str
    kind: MistakeKind
    slug: str  # of the finding, or of the pass
    pattern: str  # the text that was wrong, without secrets
    why: str  # how it failed: "undefined name", "quote not in head"
    times: int
    at: float  # last seen
    used: float  # last heeded, 0: never
    example: str = ""  # where: "pull/12 at 1a2b3c4"


class RuleState(StrEnum):
    """Where a learned rule stands."""

    PROPOSED = "proposed"
    ENABLED = "enabled"
    DISABLED = "disabled"
    RETIRED = "retired"


@dataclass(frozen=True)
class LearnedRule:
    """A rule made of a comment that recurred. `kind` is "ast-grep" (body: its YAML) or "constraint" (body: TOML)."""

    id: int
    repository: str
    slug: str
    kind: str
    body: str
    message: str
    examples: tuple[str, ...]  # the comments and places it was made of
    state: RuleState
    by: str
    at: float
    hits: int = 0
    last_hit: float = 0.0


@dataclass(frozen=True)
class Earlier:
    """An earlier audit of some line of work, and how that ended: "merged", "closed", "reverted", "open"."""

    audit: int
    subject: str
    head: str
    overall: str
    one_liner: str
    at: float
    paths: tuple[str, ...] = ()
    standing: tuple[tuple[str, str, str, str], ...] = ()  # fingerprint, slug, path, message of what stands
    ended: str = "open"


@dataclass(frozen=True)
class Trust:
    """How findings of one slug fared in one repository: Beta posterior of being accepted."""

    slug: str
    accepted: int
    dismissed: int
    mean: float
    low: float  # 90 % interval
    high: float
    is_silenced: bool = False  # more than a tenth dismissed: recorded, not posted, until a maintainer says otherwise
    notice: str = ""  # what maintainers are told, and the way back


@dataclass(frozen=True)
class Recollection:
    """All that a review may remember of its repository.

    `vectors` (len(lessons), D) and `code_vectors` are unit rows by the embedder named in `embedder`; a recollection of
    another embedder's is not compared. `mistake_vectors` (len(mistakes), D).
    """

    repository: str
    embedder: str
    lessons: tuple[Lesson, ...] = ()
    vectors: NDArray[np.float16] | None = None
    code_vectors: NDArray[np.float16] | None = None
    mistakes: tuple[Mistake, ...] = ()
    mistake_vectors: NDArray[np.float16] | None = None
    trust: Mapping[str, Trust] = field(default_factory=dict)
    rules: tuple[LearnedRule, ...] = ()
    here: tuple[Earlier, ...] = ()  # of this line of work, newest first
    elsewhere: tuple[Earlier, ...] = ()  # of others that ended, newest first
    risk: Mapping[str, Any] | None = None  # kb.risk's model of this installation
    now: float = 0.0  # when it was made
