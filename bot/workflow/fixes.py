"""Posts proven suggestions that somebody asked for, as a review of their own: drafted, then submitted, once.

What can be committed already, because a thread of ours offers it on its lines, is not offered a second time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.events import Repo
from bot.github.errors import Gone, Unreachable
from bot.github.model import Pull, PullState, ReviewState
from bot.posting.links import Links
from bot.posting.markers import delta_marker, identity_in, plain
from bot.posting.posted import posted_of
from bot.posting.wanted import wanted_of
from bot.workflow.ground import ground_of, mirror_with
from bot.workflow.ids import subject_of
from bot.workflow.parts import Parts
from checks.finding import Disposition, Finding
from checks.settings import MOST_COMMENTS, AppOptions
from checks.verdict import Coverage, Overall, Verdict

_BLOCK = re.compile(r"(?ms)^(`{3,})suggestion\n.*?^\1$")


async def post_fixes(parts: Parts, repo: Repo, pull: Pull, findings: Sequence[Finding], job: str) -> int:
    """Post the safe suggestions of findings on this head as one review, and return how many stand on their lines now.

    0 where none of them is safe, or none stands on lines that GitHub can commit to. `job` makes it happen once.
    """
    safe = [one for one in findings if one.suggestion and one.suggestion.disposition is Disposition.SAFE][
        :MOST_COMMENTS
    ]
    if not safe:
        return 0
    state = await parts.github.state(repo, pull.number)
    if plain(job) in posted_of(state).submitted:
        return len(safe)
    path, target = await mirror_with(parts, repo, pull, pull.base)
    ground = await parts.ask(ground_of, path, target, pull.head, "")
    alone = Verdict(
        "", subject_of(pull.number), ground.base, pull.head, Overall.COMMENT, "", tuple(safe), Coverage(), ()
    )
    options = AppOptions(max_comments=MOST_COMMENTS)
    links = Links(repo, ground.base, pull.head)
    wanted = wanted_of(alone, ground.anchors, job=job, head=pull.head, options=options, links=links)
    fixable = {
        one.fingerprint for one in safe if one.suggestion and ground.anchors.suggestion(one.path, one.suggestion)
    }
    asked = [one for one in wanted.inline if one.identity.fingerprint in fixable]
    offered = _offered(state)
    comments = [one.comment for one in asked if offered.get(one.identity.fingerprint) != _block(one.comment.body)]
    if not comments:
        return len(asked)
    draft = next((number for number, marker in posted_of(state).drafts if marker == plain(job)), None)
    if draft is None:
        for left, _ in posted_of(state).drafts:
            await parts.github.delete_draft(repo, pull.number, left)
        body = f"{delta_marker(job, pull.head)}\nProven fixes, as asked for: {len(comments)}."
        made = await parts.github.create_draft(repo, pull.number, commit=pull.head, body=body, comments=comments)
        draft = made.id
    try:
        review = await parts.github.review(repo, pull.number, draft)
        if review.state is ReviewState.PENDING:
            await parts.github.submit(repo, pull.number, draft, event="COMMENT", body=review.body)
    except Gone as gone:  # by a review of a new head, which makes its own: all is looked at again
        raise Unreachable(f"the draft was taken away: {gone}") from gone
    return len(asked)


def _offered(state: PullState) -> dict[str, str]:
    """Return the suggestions that can be committed now, by the fingerprint of their finding."""
    found = {}
    for thread in state.threads:
        identity = identity_in(thread.body, thread.path)
        if identity and thread.line is not None and not (thread.is_resolved or thread.is_pending):
            found[identity.fingerprint] = _block(thread.body)
    return found


def _block(body: str) -> str:
    block = _BLOCK.search(body.replace("\r\n", "\n"))
    return block[0] if block else ""
