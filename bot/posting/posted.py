"""From what GitHub tells of a pull request to what of ours stands on it. Nothing else is asked, nothing remembered."""

from __future__ import annotations

from bot.events import Actor
from bot.github.model import PullState, Review, ReviewState, Thread
from bot.posting.markers import is_summary, job_in, mark_in
from bot.posting.model import Posted, Stance, Standing, Summary

_STANCES = {ReviewState.APPROVED: Stance.APPROVE, ReviewState.CHANGES_REQUESTED: Stance.REQUEST_CHANGES}


def posted_of(state: PullState, bot_login: str = "") -> Posted:
    """Return what of ours stands.

    A thread that we resolved counts as marked fixed: no person resolved it. `bot_login` is ours ("slug[bot]"); without
    it any bot is taken for us. Of two summaries the older one is edited.
    """
    submitted = [review for review in state.reviews if review.state is not ReviewState.PENDING]
    summary = next((review for review in submitted if is_summary(review.body)), None)
    standing = [_standing(thread, bot_login) for thread in state.threads]
    return Posted(
        summary=Summary(summary.id, summary.body, summary.url) if summary else None,
        threads=tuple(one for one in standing if one is not None),
        drafts=tuple((review.id, job_in(review.body)) for review in state.reviews if _is_draft(review)),
        stances=tuple(
            (review.id, _STANCES[review.state], review.commit or "") for review in submitted if review.state in _STANCES
        ),
        submitted=frozenset(job_in(review.body) for review in submitted) - {""},
    )


def _is_draft(review: Review) -> bool:
    return review.state is ReviewState.PENDING


def _standing(thread: Thread, bot_login: str) -> Standing | None:
    mark = mark_in(thread.body, thread.path)
    if mark is None:
        return None
    return Standing(
        identity=mark.identity,
        thread=thread.node,
        comment=thread.comment,
        body=thread.body,
        is_resolved=thread.is_resolved,
        is_fixed=mark.is_fixed or (thread.is_resolved and _is_resolved_by_us(thread, bot_login)),
        is_pending=thread.is_pending,
        can_resolve=thread.can_resolve,
        check=mark.check,
        base=mark.base,
        head=mark.head,
    )


def _is_resolved_by_us(thread: Thread, bot_login: str) -> bool:
    """Return whether we resolved a thread that is resolved.

    GitHub's schema has only people as resolvers and names no bot. Another bot, or somebody who is gone, is then taken
    for us: a finding that was told of until now is not said again for that.
    """
    by = thread.resolved_by
    if by is None:
        return True
    if not bot_login:
        return by.is_bot
    return is_us(by, bot_login)


def is_us(actor: Actor, bot_login: str) -> bool:
    """Return whether somebody is the App of this login: GraphQL leaves the "[bot]" behind a bot's name away."""
    return actor.login.removesuffix("[bot]").lower() == bot_login.removesuffix("[bot]").lower()
