"""The part of the outcomes store that keeps mistakes of our models, remarks of people, and rules made of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from kb.errors import StoreError
from kb.memory.embed import open_embedder
from kb.memory.mistakes import failing, on_checklists
from kb.memory.model import LearnedRule, Mistake, RuleState
from kb.memory.promote_alike import Remark
from kb.outcomes import mistakes as kept_mistakes
from kb.outcomes import remarks as kept_remarks
from kb.outcomes import rules as kept_rules
from kb.outcomes.lessons_vectors import Embeds
from kb.outcomes.opened import Opened
from kb.outcomes.refused import refused_patches

Embedders = Callable[[], Embeds | None]
REFUSED = 200  # patches that people refused, of those that are remembered


class RulesStore(Opened):
    """Every write is committed when its method returns, and doing it twice is doing it once; only mistakes count on."""

    def note_mistakes(
        self,
        repository: str,
        mistakes: Sequence[Mistake],
        now: datetime,
        *,
        embedder: Embedders = open_embedder,
    ) -> int:
        """Keep mistakes of our models; one that is known or very much alike is counted again.

        Args:
            repository: Where they were made.
            mistakes: What `kb.memory.mistakes.mistake_of` made.
            now: When.
            embedder: Opens what tells likeness; it returns None where only equal texts are to be one.

        Returns:
            How many were not known.
        """
        chosen = embedder() if mistakes else None
        with self._writing() as session:
            return kept_mistakes.note_mistakes(session, repository, mistakes, now, chosen)

    def mistakes(self, repository: str, now: datetime) -> tuple[Mistake, ...]:
        """Return the mistakes of a repository that are heeded, the most frequent first."""
        with self._reading() as session:
            return kept_mistakes.mistakes_of(session, repository, now)

    def failed_patches(self, repository: str, now: datetime) -> tuple[tuple[str, str], ...]:
        """Return slug and text of patches that people refused or that failed their proof: not to be proposed again.

        Those that failed count as heeded now.
        """
        with self._reading() as session:
            refused = [(one.slug, one.text) for one in refused_patches(session, repository, REFUSED)]
            failed = failing(kept_mistakes.mistakes_of(session, repository, now), now.timestamp())
        if failed:
            with suppress(StoreError):  # it can only be read: they are heeded all the same
                self.heed_mistakes([one.id for one in failed], now)
        return tuple(dict.fromkeys([*refused, *((one.slug, one.pattern) for one in failed)]))

    def heed_checklists(self, repository: str, now: datetime) -> None:
        """Keep that the passes of a review were given their checklists: what is on them stays for another half year."""
        with self._writing() as session:
            told = on_checklists(kept_mistakes.mistakes_of(session, repository, now), now.timestamp())
            kept_mistakes.heed(session, [one.id for one in told], now)

    def heed_mistakes(self, ids: Collection[int], now: datetime) -> None:
        """Keep that mistakes were handed to a model: they stay for another half year."""
        with self._writing() as session:
            kept_mistakes.heed(session, ids, now)

    def archive_mistakes(self, now: datetime) -> int:
        """Archive the mistakes that nobody saw or heeded for half a year; returns how many."""
        with self._writing() as session:
            return kept_mistakes.archive(session, now)

    def note_remark(self, remark: Remark, *, embedder: Embedders = open_embedder) -> bool:
        """Keep a remark on code, without secrets; False if it is kept already."""
        with self._writing() as session:
            return kept_remarks.note_remark(session, remark, embedder())

    def remarks(self, repository: str, limit: int = 100) -> tuple[Remark, ...]:
        """Return the last remarks on code, newest first."""
        with self._reading() as session:
            return kept_remarks.remarks_of(session, repository, limit)

    def kind_of_remark(self, repository: str, mark: str, *, embedder: Embedders = open_embedder) -> tuple[Remark, ...]:
        """Return the remarks that say what one says, that one first; empty until it has recurred."""
        chosen = embedder()
        if chosen is None:
            return ()
        with self._reading() as session:
            return kept_remarks.kind_of_remark(session, repository, mark, chosen)

    def forget_remarks(self, now: datetime) -> int:
        """Delete the remarks that are older than a year; returns how many."""
        with self._writing() as session:
            return kept_remarks.forget_remarks(session, now - kept_remarks.KEPT)

    def propose_rule(self, rule: LearnedRule, at: datetime) -> LearnedRule | None:
        """Keep a rule as proposed; None if it, or one made of the same remarks, was there before."""
        with self._writing() as session:
            return kept_rules.propose(session, rule, at)

    def rules(self, repository: str, states: Collection[RuleState] = tuple(RuleState)) -> tuple[LearnedRule, ...]:
        """Return the learned rules of a repository by slug, with what they have hit."""
        with self._reading() as session:
            return tuple(kept_rules.rules_of(session, repository, states))

    def set_rule(self, repository: str, slug: str, state: RuleState, *, by: str, at: datetime) -> LearnedRule | None:
        """Put a rule into a state; returns it as it was before, None if there is none of this slug."""
        with self._writing() as session:
            return kept_rules.set_state(session, repository, slug, state, by, at)

    def retire_rules(self, now: datetime) -> int:
        """Retire the rules that are run and have hit nothing for half a year; returns how many."""
        with self._writing() as session:
            return kept_rules.retire(session, now)

    def voice(self, repository: str, slug: str, *, by: str, by_id: int, at: datetime) -> None:
        """Let a slug that went silent in a repository speak again; it is counted anew from this moment."""
        with self._writing() as session:
            kept_rules.voice(session, repository, slug, by, by_id, at)

    def voiced(self, repository: str) -> Mapping[str, float]:
        """Return when each slug was let speak again, in seconds since the epoch."""
        with self._reading() as session:
            return kept_rules.voiced(session, repository)
