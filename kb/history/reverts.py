"""What a commit takes back, by what it says in the words that git and GitHub write for a revert."""

from __future__ import annotations

import re
from typing import NamedTuple

from kb.history.fixes import subject_of

_BODY = re.compile(r"\bThis reverts commit ([0-9a-f]{7,64})\b", re.IGNORECASE)
_SUBJECT = re.compile(
    r"^\s*(?:\w+(?:\([^)]*\))?!?:\s+)?Revert(?:s|ed|ing)?:?\s+[\"'“](.+?)[\"'”](?:\s*\(#\d+\))?\s*$", re.IGNORECASE
)
_AGAIN = re.compile(
    r"^\s*(?:\w+(?:\([^)]*\))?!?:\s+)?(?:Revert\s+[\"'“]\s*Revert\b|Re-?apply\b|Re-?land\b)", re.IGNORECASE
)


class Reverted(NamedTuple):
    """What a commit took back: the id that it names, "" if it names none, and the subject that it quotes."""

    oid: str
    subject: str


def reverted_in(message: str) -> Reverted | None:
    """Return what a commit takes back; None if it does not say that it takes back another.

    A revert of a revert brings something back: it is none.
    """
    subject = subject_of(message)
    if _AGAIN.match(subject):
        return None
    named, quoted = _BODY.search(message), _SUBJECT.match(subject)
    if named is None and quoted is None:
        return None
    return Reverted(named[1].lower() if named else "", quoted[1].strip() if quoted else "")
