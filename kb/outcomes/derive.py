"""What one audit says about the findings that stood before it: a pure function."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from functools import cache

from kb.errors import UserError
from kb.outcomes.audit import Audit, Became, LoggedFinding, Seen, State

Landed = Callable[[str, str, str], bool]
"""(base then, head then, base now) -> whether part of the earlier change may be in the base by now."""


def landed_unknown(base_then: str, head_then: str, base_now: str) -> bool:
    """Return True: without the repository at hand, the base may hold anything."""
    return True


def landed_by(merge_base: Callable[[str, str], str]) -> Landed:
    """Return what tells from history whether an earlier change is part of the new base.

    It is not if the earlier head and the new base meet no later than where the earlier change began. What
    git cannot answer (a work tree's head is no commit, a commit is gone) counts as landed.
    """

    @cache  # the findings of one review all ask the same
    def landed(base_then: str, head_then: str, base_now: str) -> bool:
        try:
            meet = merge_base(head_then, base_now)
            return merge_base(meet, base_then) != meet
        except UserError:
            return True

    return landed


@dataclass(frozen=True)
class Standing:
    """A finding that was posted on a line of work and has been neither fixed nor silenced since."""

    fingerprint: str
    check: str
    slug: str
    path: str
    base: str  # of the audit that last posted it
    head: str
    likeness: str = ""  # see LoggedFinding


@dataclass(frozen=True)
class Derived:
    """One thing that became of one finding."""

    kind: Became
    fingerprint: str
    slug: str
    path: str
    detail: str = ""


@dataclass(frozen=True)
class Derivation:
    """What to append to the outcomes, and which findings stand from now on."""

    outcomes: tuple[Derived, ...]
    stands: tuple[LoggedFinding, ...]  # posted now
    falls: tuple[str, ...]  # fingerprints that no longer stand


def outcomes_of(
    audit: Audit,
    standing: Mapping[str, Standing],
    latest: Mapping[str, str],
    landed: Landed = landed_unknown,
    dismissed: Set[str] = frozenset(),
) -> Derivation:
    """Return what became of the findings of this audit and of those standing before it.

    Args:
        audit: What was found now.
        standing: By fingerprint, what stood on the same repository and subject.
        latest: By fingerprint, the kind of the last outcome there among those that audits derive.
        landed: Tells whether an earlier change may be part of the new base.
        dismissed: Fingerprints whose dismissal is known there: their silence is no news.
    """
    posted = {f.fingerprint: f for f in audit.findings if f.state is State.POSTED}
    now = {f.fingerprint: f for f in audit.findings} | posted
    outcomes: list[Derived] = []
    stands, falls = [], []
    for mark, finding in now.items():
        last = latest.get(mark)
        if finding.state is State.POSTED:
            stands.append(finding)
            if last in (Became.FIXED, Became.SILENCED):
                outcomes.append(_of(Became.REOPENED, finding, f"was {last}"))
        elif finding.state is State.SILENCED:
            falls.append(mark)
            if last != Became.SILENCED and mark not in dismissed:
                outcomes.append(_of(Became.SILENCED, finding, finding.reason))
    gone = _Gone(audit, landed)
    renamed = Counter((f.path, f.likeness) for mark, f in now.items() if mark not in standing and f.likeness)
    for mark, old in standing.items():
        if mark in now or not gone.is_fixed(old):
            continue
        falls.append(mark)
        if renamed[old.path, old.likeness]:  # the same text under another symbol: its function was renamed
            renamed[old.path, old.likeness] -= 1
        else:
            outcomes.append(Derived(Became.FIXED, mark, old.slug, old.path))
    return Derivation(tuple(outcomes), tuple(stands), tuple(falls))


def _of(kind: Became, finding: LoggedFinding, detail: str) -> Derived:
    return Derived(kind, finding.fingerprint, finding.slug, finding.path, detail)


class _Gone:
    """Judges whether a finding that is no longer reported was fixed, or merely not looked for."""

    def __init__(self, audit: Audit, landed: Landed) -> None:
        self._audit = audit
        self._landed = landed
        self._ran = frozenset(audit.ran)
        self._reviewed = audit.paths(Seen.REVIEWED)
        self._unseen = audit.paths(Seen.PARTIAL) | audit.paths(Seen.SKIPPED)

    def is_fixed(self, old: Standing) -> bool:
        if old.check not in self._ran or old.path in self._unseen:
            return False
        if old.path not in self._reviewed:
            # The file left the change. With the same base it is as it was before the defect, unless it was
            # renamed to a file that was not seen; with another base the defect may have been merged.
            return old.base == self._audit.base and self._audit.full
        return old.base == self._audit.base or not self._landed(old.base, old.head, self._audit.base)
