"""Brings the mined commits up to one commit, and gives the history that leads to it.

Mining looks only at what is new since the last time. After a forced push the commits that were left behind stay in
the file and are simply not reached from the new tip; a clone that was deepened is mined again.
"""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from kb.errors import UserError
from kb.history import store
from kb.history.model import LONGEST, MOST_COMMITS, Known
from kb.history.past import History, past_of
from kb.repository import Repository

MOST_LOOKS = 4  # at the log for one answer; more would mean that git and we disagree on what is missing
EMPTY = History((), Known(0, 0, 0, is_whole=False))


class MinedHistory:
    """A `HistorySource` over an open repository and a cache folder. Safe to ask from several threads."""

    def __init__(
        self, repository: Repository, folder: Path, *, most: int = MOST_COMMITS, longest: int = LONGEST
    ) -> None:
        self._repository, self._most, self._longest = repository, most, longest
        self._store = store.CommitStore.of(folder, repository.identity)
        self._lock = Lock()
        self._made: dict[str, History] = {}

    def history(self, commit: str) -> History:
        """Return the history of a commit, mined as far as it was not; empty if git has no such commit."""
        with self._lock:
            if commit not in self._made:
                try:
                    self._made[commit] = self._kept(commit)
                except UserError:  # a tree's id, or a history that git cannot read: nothing is known
                    self._made[commit] = EMPTY
            return self._made[commit]

    def _kept(self, commit: str) -> History:
        """Return the history of a commit by way of the file, or, if that fails us, without it."""
        try:
            with closing(self._store.open()) as database:
                return self._mined(database, commit)
        except sqlite3.OperationalError:  # locked for long, a full disk
            pass
        except sqlite3.DatabaseError:
            self._store.remove()
        with closing(store.in_memory()) as database:
            return self._mined(database, commit)

    def _mined(self, database: sqlite3.Connection, commit: str) -> History:
        cut = self._repository.history_cut()
        if store.fact_in(database, "cut") != cut:
            store.begin_anew(database, {"cut": cut})
        reached = self._brought_up(database, commit)
        commits = store.commits_in(database, reached.oids)
        times = [one.at for one in commits]
        known = Known(len(commits), max(times, default=0), min(times, default=0), bool(cut), not reached.missing)
        return past_of(commits, known)

    def _brought_up(self, database: sqlite3.Connection, commit: str) -> Reached:
        """Return what is reached from a commit once everything that git has is mined."""
        graph = store.graph_in(database)
        if len(graph) > store.MOST_ROWS:
            store.begin_anew(database, {"cut": self._repository.history_cut()})
            graph = {}
        reached = reached_from(graph, commit, self._most, self._longest)
        since = store.tips_in(database)
        for _ in range(MOST_LOOKS):
            if not reached.missing:
                break
            logged = self._repository.log(reached.missing, since=since, most=self._most)
            fresh = [one for one in logged.commits if one.oid not in graph]
            store.add(database, fresh, commit)
            graph.update((one.oid, (one.at, one.parents)) for one in fresh)
            reached = reached_from(graph, commit, self._most, self._longest)
            if not logged.whole or not (fresh or since):
                break
            since = []  # what leads to a tip was cut at our bounds, and may be needed from here
        return reached


class Reached(NamedTuple):
    """The mined commits that one commit descends from, newest first, and those that should be and are not mined."""

    oids: tuple[str, ...]
    missing: tuple[str, ...]


def reached_from(graph: Mapping[str, tuple[int, tuple[str, ...]]], tip: str, most: int, longest: int) -> Reached:
    """Return at most `most` commits of the last `longest` seconds before the tip, newest first.

    Of two commits of one second the smaller id comes first, so the order depends on nothing else.
    """
    if tip not in graph:
        return Reached((), (tip,))
    oldest = graph[tip][0] - longest
    queue, seen = [(-graph[tip][0], tip)], {tip}
    oids: list[str] = []
    missing: set[str] = set()
    while queue and len(oids) < most:
        _, oid = heapq.heappop(queue)
        oids.append(oid)
        for parent in graph[oid][1]:
            if parent in seen:
                continue
            seen.add(parent)
            if parent not in graph:
                missing.add(parent)
            elif graph[parent][0] >= oldest:
                heapq.heappush(queue, (-graph[parent][0], parent))
    # the newest missing one is older than its child: where we are full, it would not have fitted in
    return Reached(tuple(oids), () if len(oids) >= most else tuple(sorted(missing)))
