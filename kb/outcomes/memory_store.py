"""The part of the outcomes store that remembers: lessons learnt from outcomes, and what a review may recall of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from kb.memory.embed import open_embedder
from kb.memory.model import Fate, Lesson, Recollection
from kb.outcomes import learning
from kb.outcomes import lessons as kept_lessons
from kb.outcomes.lessons_carried import take_in
from kb.outcomes.lessons_recalled import recollect
from kb.outcomes.lessons_vectors import Embeds
from kb.outcomes.opened import Opened

Embedders = Callable[[], Embeds | None]


class MemoryStore(Opened):
    """Every write is committed when its method returns, and doing it twice is doing it once."""

    def learn(self, repository: str, now: datetime, *, embedder: Embedders = open_embedder) -> int:
        """Turn what became of findings since the last time into lessons; returns how many are new.

        Args:
            repository: Whose outcomes.
            now: When; what has expired by then is not learnt.
            embedder: Opens what makes vectors; it returns None where lessons are to be known by exact likeness alone.
        """
        with self._writing() as session:
            return learning.learn(session, repository, now, embedder())

    def lessons(
        self,
        repository: str | None = None,
        *,
        slug: str | None = None,
        fate: Fate | None = None,
        path: str | None = None,
        forgotten: bool = False,
        now: datetime | None = None,
        limit: int = 20,
    ) -> tuple[Lesson, ...]:
        """Return the last lessons, newest first.

        Args:
            repository: Whose; None: everybody's.
            slug: Only those of this slug.
            fate: Only those that say this.
            path: Only those about this file, or about files in this folder.
            forgotten: Those that are no longer heeded too.
            now: Only those that have not expired by this moment.
            limit: How many at most.
        """
        with self._reading() as session:
            return kept_lessons.lessons_of(
                session,
                repository,
                slug=slug,
                fate=fate,
                path=path,
                forgotten=forgotten,
                now=now,
                limit=limit,
            )

    def forget_lesson(self, repository: str, number: int, *, by: str, at: datetime) -> bool:
        """Heed a lesson no longer; False if the repository has no such lesson, or it is forgotten already."""
        with self._writing() as session:
            return kept_lessons.forget(session, repository, number, by, at)

    def remember_lesson(self, repository: str, number: int, *, by: str) -> bool:
        """Heed a forgotten lesson again; False if the repository has no such lesson, or it is heeded."""
        with self._writing() as session:
            return kept_lessons.remember(session, repository, number, by)

    def import_lessons(
        self, repository: str, lessons: Sequence[Lesson], now: datetime, *, embedder: Embedders = open_embedder
    ) -> int:
        """Keep lessons of another store as imported ones, all or none; returns how many are new."""
        with self._writing() as session:
            return take_in(session, repository, lessons, now, embedder())

    def recollect(
        self, repository: str, subject: str, now: datetime, *, embedder: Embedders = open_embedder
    ) -> Recollection:
        """Return all that a review of a line of work may remember of its repository, as of one moment."""
        with self._reading(as_of_one_moment=True) as session:
            return recollect(session, repository, subject, now, embedder())
