"""What maintainers asked us to be silent about, taken out of a verdict; and the verdict on what could not be read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from bot.posting.markers import identity_of
from bot.posting.sameness import dismissed_of
from checks.fold import one_liner_of, overall_of
from checks.verdict import CheckRun, CheckStatus, Coverage, Overall, Silenced, Verdict
from kb.outcomes.app import Dismissal

READING = "review"  # the slug under which a review that could not be made is told


def without_dismissed(
    verdict: Verdict, dismissals: Sequence[Dismissal], renamed: Mapping[str, str], head_paths: Collection[str]
) -> Verdict:
    """Return the verdict with every dismissed finding silenced, and its answer folded anew.

    Maintainers decided about these, so they stand in the way of no approval; what else was silenced still does.

    `renamed`: earlier path -> path at head, since the head that was looked at before; `head_paths`: all paths at head.
    """
    by_finding = dismissed_of([identity_of(finding) for finding in verdict.findings], dismissals, renamed, head_paths)
    said, silenced = [], list(verdict.silenced)
    for finding in verdict.findings:
        asked = by_finding.get(finding.fingerprint)
        if asked is None:
            said.append(finding)
        else:
            silenced.append(Silenced(finding, f"dismissed by {asked.by}: {asked.reason}".removesuffix(": "), asked.by))
    if len(said) == len(verdict.findings):
        return verdict
    overall = overall_of(said, verdict.coverage, verdict.checks, verdict.silenced)
    return replace(
        verdict,
        findings=tuple(said),
        silenced=tuple(silenced),
        overall=overall,
        one_liner=one_liner_of(overall, said, verdict.coverage, verdict.checks),
    )


def unread_verdict(repository: str, subject: str, head: str, reason: str) -> Verdict:
    """Return the verdict on a head that could not be reviewed: not checked, nothing found, nothing fixed."""
    return Verdict(
        repository=repository,
        subject=subject,
        base="",
        head=head,
        overall=Overall.NOT_CHECKED,
        one_liner=f"Not checked: {reason}",
        findings=(),
        coverage=Coverage(),
        checks=(CheckRun(READING, CheckStatus.FAILED, 0, reason),),
    )
