"""The words of posting: what stands (`Posted`), what should stand (`Wanted`), and what to do about it (`Plan`)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.github.model import NewComment


class Stance(StrEnum):
    """How a review is submitted. Anything but COMMENT is opted into by the repository's settings."""

    COMMENT = "COMMENT"
    REQUEST_CHANGES = "REQUEST_CHANGES"
    APPROVE = "APPROVE"


@dataclass(frozen=True)
class Identity:
    """What makes a finding the same one on every push and pull request.

    `fingerprint` is exact: slug, path, symbol and text. `likeness` is the digest of slug and text alone: with it, a
    defect whose file or function was renamed, or that was moved, is known again (see `bot.posting.sameness`).
    `symbol` is the enclosing definition's digest ("" at module level): a hidden marker holds it, and no text.
    """

    fingerprint: str
    slug: str
    likeness: str
    path: str
    symbol: str


@dataclass(frozen=True)
class Standing:
    """One finding that stands on the pull request as a thread of ours.

    `check`, `base` and `head` tell what first posted it; "" where its marker does not say.
    """

    identity: Identity
    thread: str
    comment: int
    body: str
    is_resolved: bool
    is_fixed: bool  # we marked it as fixed
    is_pending: bool  # in a draft
    can_resolve: bool
    check: str = ""
    base: str = ""
    head: str = ""


@dataclass(frozen=True)
class Summary:
    """Our review whose body is the summary; the one that is edited in place."""

    review: int
    body: str
    url: str


@dataclass(frozen=True)
class Posted:
    """What of ours stands on a pull request, read from GitHub and nothing else."""

    summary: Summary | None
    threads: tuple[Standing, ...]
    drafts: tuple[tuple[int, str], ...]  # (review, its marker): never more than one, GitHub says
    stances: tuple[tuple[int, Stance, str], ...]  # (review, stance, commit): not dismissed, COMMENT left out
    submitted: frozenset[str]  # markers of reviews that are submitted


@dataclass(frozen=True)
class Inline:
    """One finding as an inline comment on a line that the diff has."""

    identity: Identity
    comment: NewComment


@dataclass(frozen=True)
class Wanted:
    """What should stand. `job` is the review's id; it becomes the marker that makes posting happen once.

    `inline` are all findings with a place in the diff, in order of importance, those that stand already among them;
    `identities` are all posted findings; `body_of` in `bot.posting.bodies` writes the summary from this and what stood.
    """

    job: str
    head: str
    stance: Stance
    inline: tuple[Inline, ...]
    identities: tuple[Identity, ...]


@dataclass(frozen=True)
class NewReview:
    """A review to make as a draft with all its comments, and then to submit."""

    marker: str
    body: str
    stance: Stance
    comments: tuple[NewComment, ...]


@dataclass(frozen=True)
class EditSummary:
    """Replace the summary's text."""

    review: int
    body: str


@dataclass(frozen=True)
class MarkFixed:
    """Resolve a thread whose finding is gone; where that is not allowed, edit its comment to `body`."""

    thread: str
    comment: int
    body: str
    can_resolve: bool


@dataclass(frozen=True)
class Unmark:
    """A finding that was marked fixed by an edited comment is back: give the comment its text again."""

    comment: int
    body: str


@dataclass(frozen=True)
class Dismiss:
    """Dismiss a stance of ours that no longer holds."""

    review: int
    message: str


@dataclass(frozen=True)
class DeleteDraft:
    """Delete a draft of ours that another review left behind."""

    review: int


Edit = EditSummary | MarkFixed | Unmark | Dismiss


@dataclass(frozen=True)
class Plan:
    """What to do: drafts away first, then the new review (draft, submit), then the edits. Empty if all stands."""

    delete: tuple[DeleteDraft, ...] = ()
    review: NewReview | None = None
    edits: tuple[Edit, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to do."""
        return not (self.delete or self.review or self.edits)
