"""What an earlier review of this line of work found, that still stands, and that nobody looked for this time."""

from __future__ import annotations

from collections.abc import Sequence

from bot.examine import Examined, settled
from checks import registry
from checks.finding import Finding, with_fingerprints
from checks.history.verdict_on_earlier_head import left_open
from checks.verdict import NOTHING_TO_SEE, CheckRun, CheckStatus


def still_open(seen: Examined, runs: Sequence[CheckRun], findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return findings for what is open since an earlier head, with fingerprints; what is told already is left out.

    `runs` are all of this review's, those of models too.
    """
    memory, commits = seen.knowledge.memory(), seen.knowledge.commits
    if memory is None or commits is None or not memory.here:
        return ()
    looked_for = slugs_looked_for(runs)
    told = {one.fingerprint for one in findings}

    def is_looked_for(slug: str) -> bool:
        return slug in looked_for or seen.settings.is_disabled(slug, "") or slug.startswith(_BY_ITSELF)

    found = left_open(seen.change, memory, commits, is_looked_for, told)
    made = with_fingerprints(settled(found, seen.settings, ()), seen.change.identity)
    return tuple(one for one in made if one.fingerprint not in told)


_BY_ITSELF = ("sarif-", "learned-")  # slugs from outside: their own checks know whether they were looked for


def slugs_looked_for(runs: Sequence[CheckRun]) -> frozenset[str]:
    """Return the slugs of which this run would have told: their check ended well, or had nothing to look at."""
    ended = {
        run.slug
        for run in runs
        if run.status is CheckStatus.OK or (run.status is CheckStatus.SKIPPED and run.reason == NOTHING_TO_SEE)
    }
    return frozenset(
        slug
        for one in registry.DESCRIBED
        if one.SLUG in ended
        for slug in (one.SLUG, *(rule.slug for rule in one.RULES))
    )
