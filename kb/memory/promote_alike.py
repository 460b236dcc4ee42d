"""Remarks of people on code, and which of them say one thing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Cosine above which two remarks say one thing. On the pairs of tests/rules/remark_pairs.py: 81 % of 47 pairs that ask
# for one thing lie above it, and none of 943 that do not.
ALIKE = 0.5
SUBJECTS = 3  # pull requests on which a kind of remark has to be made
APART = 2 * 86_400  # seconds between the first and the last, where one person made them all
FEWEST_WORDS = 2
LONGEST_TEXT, LONGEST_CODE = 1_000, 600  # characters that are kept

_FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|https?://\S+|@[\w-]+|^\s*>.*$", re.MULTILINE)
_WORDS = re.compile(r"[A-Za-z][A-Za-z0-9_]+")
_IDLE = (
    "a an and are as at be but by can could do does for from has have here how i if in is it its just let maybe me more"
    " need needs nit not of on one or our please pls same should so some than that the their them then there these"
    " they this to too us use used using want was we were what when which why will with would you your lgtm thanks"
    " instead again also always never rather"
)
_IDLE_WORDS = frozenset(_IDLE.split())


@dataclass(frozen=True)
class Remark:
    """One comment on code by somebody other than us, without secrets."""

    id: int
    repository: str
    mark: str  # GitHub's id of the comment
    subject: str  # "pull/12"
    by: str
    by_id: int
    path: str
    text: str
    code: str  # the lines that it is about
    at: float  # seconds since the epoch

    @property
    def example(self) -> str:
        """Return place and words, as rules quote the remarks they were made of."""
        return f"{self.subject} {self.path}: {said(self.text)[:200]}"


def said(text: str) -> str:
    """Return the prose of a comment on one line: no code blocks, quotes, hidden comments, links or mentions."""
    bare = _COMMENT.sub(" ", _FENCE.sub(" ", text.replace("\r\n", "\n")))
    return " ".join(_MARKUP.sub(r" \1 ", bare).split())


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a comment that carry its meaning, in order, in lower case."""
    return tuple(word.lower() for word in _WORDS.findall(said(text)) if word.lower() not in _IDLE_WORDS)


def meaning(text: str) -> str:
    """Return what of a comment is compared: the words that carry its meaning."""
    return " ".join(words_of(text))


def is_telling(remark: Remark) -> bool:
    """Return whether a remark could become part of a rule: it says something, about code that is known."""
    return len(words_of(remark.text)) >= FEWEST_WORDS and bool(remark.code.strip())


def kind_around(
    newest: Remark, remarks: Sequence[Remark], vectors: NDArray[np.float32], vector: NDArray[np.float32]
) -> tuple[Remark, ...]:
    """Return the remarks that say what the newest says, itself first; empty until it has recurred.

    Args:
        newest: The remark that was made last.
        remarks: The others of the repository, any order.
        vectors: Their unit rows, (len(remarks), D).
        vector: The unit row of the newest, (D,).
    """
    if not remarks:
        return ()
    near = vectors @ vector  # (len(remarks),)
    order = sorted(range(len(remarks)), key=lambda at: (-float(near[at]), remarks[at].mark))
    found = [newest, *(remarks[at] for at in order if near[at] > ALIKE and remarks[at].mark != newest.mark)]
    return tuple(found) if has_recurred(found) else ()


def has_recurred(remarks: Sequence[Remark]) -> bool:
    """Return whether remarks stand on three pull requests or more, and are two people's or days apart."""
    if len({remark.subject for remark in remarks}) < SUBJECTS:
        return False
    moments = [remark.at for remark in remarks]
    return len({remark.by_id for remark in remarks}) > 1 or max(moments) - min(moments) >= APART
