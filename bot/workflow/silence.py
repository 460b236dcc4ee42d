"""Who asked us to be silent without a command: a resolved thread, a thumbs-down, a reply that says won't fix.

Only people who may write are heeded, and only about findings that still stand: a thread that is resolved because its
finding was fixed silences nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.commands.parse import wont_fix
from bot.events import Actor, Repo
from bot.github.model import PullState, Right, Thread
from bot.posting.model import Identity
from bot.posting.posted import is_us
from bot.workflow.ids import subject_of
from bot.workflow.parts import Parts
from kb.outcomes.app import Dismissal, DismissalSource


@dataclass(frozen=True)
class Signal:
    """One sign by one person on one thread of ours."""

    source: DismissalSource
    actor: Actor
    thread: Thread
    reason: str

    @property
    def mark(self) -> str:
        """Return what makes the dismissal happen once, and lets a later sign count after it was taken back."""
        return f"{self.source}:{self.thread.comment}:{self.actor.id}"


def signals_in(thread: Thread, bot_login: str) -> Iterator[Signal]:
    """Yield what people other than us have let us know on a thread."""
    if thread.is_resolved and thread.resolved_by is not None and not is_us(thread.resolved_by, bot_login):
        yield Signal(DismissalSource.THREAD, thread.resolved_by, thread, "resolved the thread")
    for actor in thread.thumbs_down:
        yield Signal(DismissalSource.REACTION, actor, thread, "thumbs down")
    for reply in thread.replies:
        if reply.author is not None and not reply.is_ours and wont_fix(reply.body):
            yield Signal(DismissalSource.REPLY, reply.author, thread, "said in a reply that it is not to be fixed")


async def heed(parts: Parts, repo: Repo, state: PullState, standing: Mapping[str, Identity]) -> None:
    """Keep a dismissal for every sign by somebody who may write.

    `standing`: by thread, the finding of now that the thread is about.
    """
    bot_login = (await parts.github.app()).bot_login
    for thread in state.threads:
        identity = standing.get(thread.node)
        if identity is None:
            continue
        for signal in signals_in(thread, bot_login):
            if (await parts.github.right_of(repo, signal.actor)).covers(Right.WRITE):
                asked = dismissal_of(repo, state.number, identity, signal.actor, signal.source, signal.reason, parts)
                await parts.ask(parts.store.dismiss, asked, mark=signal.mark)


def dismissal_of(
    repo: Repo, number: int, identity: Identity, actor: Actor, source: DismissalSource, reason: str, parts: Parts
) -> Dismissal:
    """Return what the store keeps of a dismissal."""
    return Dismissal(
        repository=repo.identity,
        fingerprint=identity.fingerprint,
        slug=identity.slug,
        likeness=identity.likeness,
        path=identity.path,
        symbol=identity.symbol,
        by=actor.login,
        by_id=actor.id,
        source=source,
        reason=reason,
        subject=subject_of(number),
        at=parts.now(),
    )
