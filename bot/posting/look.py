"""What stands on a pull request and what should, side by side: what is new, back, gone, or was not looked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bot.posting.bodies import Delta
from bot.posting.links import Links
from bot.posting.markers import MOST_KNOWN, Known, State, identity_of, plain, state_in
from bot.posting.model import Identity, Posted, Standing, Wanted
from bot.posting.sameness import known_again, matched
from bot.render.wording import broken_runs
from checks.verdict import Overall, Verdict


@dataclass(frozen=True)
class Context:
    """What the plan must know besides.

    Attributes:
        verdict: What `Wanted` was made from; what was dismissed is among its silenced findings.
        links: Where lines can be read.
        is_fixed: Whether the finding of a thread is known to be gone (`bot.posting.gone`).
        renamed: Earlier paths to the paths at head.
        head_paths: All paths at head.
    """

    verdict: Verdict
    links: Links
    is_fixed: Callable[[Standing], bool]
    renamed: Mapping[str, str] = field(default_factory=dict)
    head_paths: Collection[str] = ()


@dataclass(frozen=True)
class Look:
    """What stands and what should, side by side."""

    posted: Posted
    wanted: Wanted
    context: Context

    @cached_property
    def threads(self) -> list[Standing]:
        """Return what people see; what is in a draft is not said yet."""
        return [standing for standing in self.posted.threads if not standing.is_pending]

    @cached_property
    def dismissed(self) -> tuple[Identity, ...]:
        """Return what is there and is not said, because somebody asked for silence."""
        return tuple(identity_of(entry.finding) for entry in self.context.verdict.silenced)

    @cached_property
    def present(self) -> tuple[Identity, ...]:
        """Return everything that is there, said or not."""
        return self.wanted.identities + self.dismissed

    @cached_property
    def before(self) -> dict[str, Standing]:
        """Return the thread of each finding that has one."""
        context = self.context
        return matched(self.threads, self.present, context.renamed, context.head_paths, is_fixed=context.is_fixed)

    @cached_property
    def state(self) -> State | None:
        """Return what the summary as it stands was made from."""
        return state_in(self.posted.summary.body) if self.posted.summary else None

    @cached_property
    def is_mine(self) -> bool:
        """Return whether this very review wrote the summary as it stands."""
        return self.state is not None and self.state.job == plain(self.wanted.job)

    @cached_property
    def known(self) -> tuple[Known, ...] | None:
        """Return what the last review told of; None where there was none."""
        if self.state is None:
            return None
        return self.state.was if self.is_mine else self.state.now

    @cached_property
    def remembered(self) -> dict[str, Known]:
        """Return what of the present the last review told of. Of what has moved, its thread says which it was."""
        found = known_again(self.known or (), self.present, self.context.renamed, self.context.head_paths)
        told = {known.fingerprint: known for known in self.known or ()}
        for known in found.values():
            told.pop(known.fingerprint, None)
        moved = {mark: told.get(old.identity.fingerprint) for mark, old in self.before.items() if mark not in found}
        return found | {mark: known for mark, known in moved.items() if known is not None}

    @cached_property
    def told(self) -> frozenset[str]:
        """Return the fingerprints of what a summary told of, this review's own among them."""
        mine = self.state.now if self.state and self.is_mine else ()
        again = known_again(mine, self.present, self.context.renamed, self.context.head_paths)
        return frozenset(self.remembered) | frozenset(again)

    @cached_property
    def back(self) -> frozenset[str]:
        """Return what is found again after its thread was resolved as fixed: nobody looks there, so it is said anew."""
        return frozenset(mark for mark, standing in self.before.items() if standing.is_fixed and standing.is_resolved)

    @cached_property
    def new(self) -> frozenset[str]:
        """Return what nothing of ours says yet."""
        return frozenset(
            mark for mark in self.news if mark not in self.told and (mark not in self.before or mark in self.back)
        )

    @cached_property
    def news(self) -> frozenset[str]:
        """Return what may be called new where nothing remembers it.

        A summary remembers the most important findings. Where there were more, one that it does not know is new for
        sure only if it is among those that are said on their lines: the others would be new on every push.
        """
        if len(self.known or ()) < MOST_KNOWN:
            return frozenset(identity.fingerprint for identity in self.wanted.identities)
        return frozenset(one.identity.fingerprint for one in self.wanted.inline)

    @cached_property
    def missing(self) -> list[Standing]:
        """Return the threads whose finding is not there."""
        there = {standing.comment for standing in self.before.values()}
        return [standing for standing in self.threads if standing.comment not in there]

    @cached_property
    def saw_all(self) -> bool:
        """Return whether silence about a finding means that it is gone."""
        verdict = self.context.verdict
        has_verdict = verdict.overall is not Overall.NOT_CHECKED
        return has_verdict and verdict.coverage.is_full and not broken_runs(verdict.checks)

    @cached_property
    def delta(self) -> Delta | None:
        """Return what changed since the last review; None for the first."""
        if self.known is None:
            return None
        marks = [identity.fingerprint for identity in self.wanted.identities]
        said = [mark in self.remembered or mark not in self.news for mark in marks]
        hushed = sum(identity.fingerprint in self.remembered for identity in self.dismissed)
        left = len(self.absent)
        return Delta(left - len(self.unseen), said.count(False), said.count(True), hushed, len(self.unseen))

    @cached_property
    def absent(self) -> list[Known]:
        """Return what the last review told of and is not there."""
        there = {known.fingerprint for known in self.remembered.values()}
        return [known for known in self.known or () if known.fingerprint not in there]

    @cached_property
    def unseen(self) -> list[Known]:
        """Return what of that may still be there: its check did not run, or its file was not read."""
        threads = {standing.identity.fingerprint: standing for standing in self.threads}

        def is_fixed(known: Known) -> bool:
            standing = threads.get(known.fingerprint)
            return self.saw_all if standing is None else standing.is_fixed or self.context.is_fixed(standing)

        return [known for known in self.absent if not is_fixed(known)]
