"""Whether the finding of a thread was fixed, or was merely not looked for: the law of the outcomes store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from bot.posting.model import Standing
from kb.outcomes.audit import Audit, Became
from kb.outcomes.derive import Landed, outcomes_of
from kb.outcomes.derive import Standing as Stood


def fixed_by(audit: Audit, landed: Landed, renamed: Mapping[str, str]) -> Callable[[Standing], bool]:
    """Return what tells whether an audit shows that a thread's finding is gone.

    Its check ran to its end and saw the file, and nothing with its fingerprint was found, silently or not.

    Args:
        audit: What was found now, and what was looked at.
        landed: Whether an earlier change may be part of the new base by now.
        renamed: Earlier paths to the paths at head.
    """

    @cache
    def is_fixed(standing: Standing) -> bool:
        mark, path = standing.identity.fingerprint, standing.identity.path
        stood = Stood(
            mark, standing.check, standing.identity.slug, renamed.get(path, path), standing.base, standing.head
        )
        outcomes = outcomes_of(audit, {mark: stood}, {}, landed).outcomes
        return any(one.kind is Became.FIXED and one.fingerprint == mark for one in outcomes)

    return is_fixed
