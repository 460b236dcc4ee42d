"""What history checks ask of the past of a change: commits to its files that say something, and how they are quoted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import islice

from checks.change import Change
from checks.finding import Evidence
from kb.diff import FileDiff
from kb.history.commits import CommitSource
from kb.history.fixes import subject_of
from kb.history.past import History, PastCommit
from kb.redact import redact
from kb.view import shown

MOST_LOOKED_AT = 1_000  # newest commits to one file whose messages are read
LONGEST_SUBJECT = 100
_TAKES_BACK = re.compile(
    r"\b(?:revert(?:s|ed|ing)?|re-?appl(?:y|ies|ied)|re-?land(?:s|ed|ing)?|re-?instat\w*|roll(?:s|ed|ing)?[ -]?back"
    r"|back(?:s|ed|ing)?[ -]out|undo(?:es|ing)?|undid|restor(?:e|es|ed|ing)|bring(?:s|ing)? back|brought back"
    r"|go(?:es|ing)? back|back to)\b",
    re.IGNORECASE,
)


def takes_back(change: Change) -> bool:
    """Return whether a change says itself that it takes something back, or brings it back: its author knows."""
    return any(_TAKES_BACK.search(statement.text) for statement in change.statements)


def commits_that(
    say: Callable[[str], bool], history: History, commits: CommitSource, files: Iterable[FileDiff]
) -> list[PastCommit]:
    """Return the commits to these files that say what is asked for and are no sweeps, newest first."""
    found: dict[str, PastCommit] = {}
    for file in files:
        for commit in islice(history.commits_to(file.old_path), MOST_LOOKED_AT):
            if commit.oid not in found and not commit.is_sweep and say(commits.message(commit.oid)):
                found[commit.oid] = commit
    return sorted(found.values(), key=lambda commit: (-commit.at, commit.oid))


def day_of(at: float) -> str:
    """Return the day of a moment, UTC: "2026-01-31"."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def commit_evidence(commit: PastCommit, message: str, path: str, line: int) -> Evidence:
    """Return a commit as evidence: its id, its day, and its subject without secrets."""
    return Evidence("commit", path, line, f"{commit.oid[:12]} of {day_of(commit.at)}: {plain_subject(message)}")


def plain_subject(message: str) -> str:
    """Return a commit's subject fit to be shown: without secrets, printable, on one line, not long."""
    subject = shown(redact(subject_of(message)[:1_000]))
    return subject if len(subject) <= LONGEST_SUBJECT else f"{subject[: LONGEST_SUBJECT - 3]}..."
