"""From a verdict to what should stand on the pull request."""

from __future__ import annotations

from bot.github.model import NewComment
from bot.posting.anchors import Anchors, Place
from bot.posting.bodies import inline_body
from bot.posting.links import Links
from bot.posting.markers import identity_of
from bot.posting.model import Inline, Stance, Wanted
from bot.render.scrub import scrubbed
from bot.render.wording import broken_runs
from checks.finding import Disposition, Finding, Side
from checks.settings import MOST_COMMENTS, AppOptions
from checks.verdict import Overall, Verdict


def wanted_of(verdict: Verdict, anchors: Anchors, *, job: str, head: str, options: AppOptions, links: Links) -> Wanted:
    """Return what should stand: the most important findings with a place on their lines, the rest in the summary."""
    inline: list[Inline] = []
    for finding, clean in zip(verdict.findings, scrubbed(verdict).findings, strict=True):
        if len(inline) >= min(options.max_comments, MOST_COMMENTS):
            break
        place, with_suggestion = _placed(finding, anchors)
        if place is None:
            continue
        identity = identity_of(finding)
        body = inline_body(clean, identity, base=verdict.base, head=head, link="", with_suggestion=with_suggestion)
        comment = NewComment(place.path, place.line, place.side, body, place.start_line)
        inline.append(Inline(identity, comment))
    identities = tuple(identity_of(finding) for finding in verdict.findings)
    return Wanted(job, head, stance_of(verdict, options), tuple(inline), identities)


def stance_of(verdict: Verdict, options: AppOptions) -> Stance:
    """Return how a review is submitted: a comment, unless the settings ask for more and everything was seen."""
    if not verdict.coverage.is_full or broken_runs(verdict.checks):
        return Stance.COMMENT
    if options.request_changes and verdict.overall is Overall.REQUEST_CHANGES:
        return Stance.REQUEST_CHANGES
    if options.approve and verdict.overall is Overall.APPROVE:
        return Stance.APPROVE
    return Stance.COMMENT


def _placed(finding: Finding, anchors: Anchors) -> tuple[Place | None, bool]:
    """Return where a finding's comment goes, and whether its suggestion can be committed there.

    GitHub replaces exactly the lines that a comment spans, so the comment then spans the suggestion's lines.
    """
    place, suggestion = anchors.anchor(finding), finding.suggestion
    if place is None or suggestion is None or suggestion.disposition is not Disposition.SAFE:
        return place, False
    spans = anchors.suggestion(finding.path, suggestion) if finding.side is Side.RIGHT else None
    return (spans, True) if spans else (place, False)
