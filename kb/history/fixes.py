"""Whether a commit mends a fault, by what it says: careful words, for what is built on them quotes that commit.

A subject that says what kind of work it is ("fix:", "docs:", "feat:") is believed. Mending of what is no behaviour
(spelling, style, documents, builds, tests, types) does not count.
"""

from __future__ import annotations

import re

LONGEST = 1_000  # characters of a subject that are looked at
_TYPE = re.compile(r"^\s*(\w+)(?:\(([^)]*)\))?!?:\s")
_FIX_TYPES = frozenset({"fix", "bugfix", "hotfix", "bug", "security"})
_OTHER_TYPES = frozenset(
    {"build", "chore", "ci", "dep", "deps", "doc", "docs", "feat", "feature", "format", "improve", "lint", "meta"}
    | {"perf", "refactor", "release", "revert", "style", "test", "tests", "tools", "types", "upgrade", "update"}
)
_SUBJECT = re.compile(
    r"\b(?:fix(?:e[sd])?|fixing|bug(?:fix(?:e[sd])?|s)?|hotfix|regress(?:ion|ions|ed)?|CVE-\d+-\d+"
    r"|vulnerabilit(?:y|ies)|crash(?:es|ed|ing)?|deadlocks?|memory leaks?|leak(?:s|ed|ing)?|race condition|segfaults?"
    r"|infinite (?:loop|recursion)"
    r"|off[- ]by[- ]one|use[- ]after[- ]free|(?:stack|buffer|integer) overflow|data loss|corrupt(?:ion|ed|s)?)\b",
    re.IGNORECASE,
)
_BODY = re.compile(r"\b(?:fix(?:e[sd])?:?\s+(?:\w+/\w+)?#\d+|CVE-\d+-\d+)", re.IGNORECASE)
_NO_BEHAVIOUR = re.compile(
    r"\b(?:typos?|spell(?:ing)?|misspell\w*|grammar|wording|docs?|docstrings?|documentation|documented|comments?|readme"
    r"|change ?logs?|changes|news|examples?|links?|urls?|lint\w*|pylint|flake8|pyflakes|ruff|eslint|rubocop|clippy|mypy"
    r"|pyright|typings?"
    r"|type hints?|annotations?|types|format(?:ting)?|whitespace|indent(?:ation)?|style|pep ?-?(?:8|257)"
    r"|imports?|isort|black|prettier|warnings?|deprecat\w*|tests?|testing|testsuite|unittests?|flaky|CI|travis|appveyor"
    r"|github actions?|workflows?|tox|nox|coverage|codecov"
    r"|help texts?|builds?|compil\w+|packaging|setup\.py|makefile|releases?|versions?"
    r"|merge|conflicts?|copyright|licen[sc]e|pre-commit|benchmarks?|translations?"
    r"|rename\w*|refactor\w*|clean ?up|fixtures?"
    r")\b",
    re.IGNORECASE,
)
_NO_FIX = re.compile(
    r"^\s*(?:fixup!|squash!|amend!|Merge\b|Revert(?:s|ed|ing)?\b|Reapply\b|Bump\b|bug report|add(?:s|ed|ing)?\b)", re.I
)


def is_fix(message: str) -> bool:
    """Return whether a commit's message says, with some certainty, that it mends how the program behaves."""
    subject = subject_of(message)
    if len(subject.split()) < 2 or _NO_FIX.match(subject):
        return False
    kind = _TYPE.match(subject)
    word = kind[1].lower() if kind else ""
    if word in _OTHER_TYPES:
        return False
    told = f"{kind[2] or ''} {subject[kind.end() :]}" if kind and word in _FIX_TYPES else subject
    if _NO_BEHAVIOUR.search(told) or _NO_FIX.match(told):
        return False
    return word in _FIX_TYPES or _SUBJECT.search(subject) is not None or _BODY.search(message) is not None


def is_about_behaviour(message: str) -> bool:
    """Return whether a commit's message leaves it open that it changes how the program behaves."""
    subject = subject_of(message)
    kind = _TYPE.match(subject)
    is_other = kind is not None and kind[1].lower() in _OTHER_TYPES - {"feat", "feature", "improve", "perf", "update"}
    return not is_other and not _NO_BEHAVIOUR.search(subject)


def subject_of(message: str) -> str:
    """Return the first line of a commit's message, at most 1,000 characters of it."""
    return message.strip().partition("\n")[0][:LONGEST].strip()
