"""How far apart two names are, as a slip of the hand or of the memory takes one for the other."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

LONGEST = 100  # characters of a name that is compared letter by letter: longer ones cost the square of it
MOST = 2000  # names that are compared with one: a file may bind any number
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def distance(one: str, other: str) -> int:
    """Return how many characters are dropped, added, replaced or swapped with their neighbour between two names.

    The optimal string alignment distance: no part is changed twice. Takes time len(one) * len(other).
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name in small letters: `maxItems` and `max_items` have the same."""
    return tuple(word.lower() for word in _WORD.findall(name))


def is_slip(one: str, other: str) -> bool:
    """Return whether one name is likely meant for the other: the same words, or one slip in five letters."""
    if one == other:
        return False
    if words_of(one) == words_of(other) != ():
        return True
    shorter = min(len(one), len(other))
    if abs(len(one) - len(other)) > 3 or not 3 <= shorter <= LONGEST:
        return False
    return distance(one, other) <= max(1, shorter // 5)


def likeness(one: str, other: str) -> float:
    """Return 0..1: how alike two names are, by their letters or by their words, whichever says more."""
    longest = max(len(one), len(other), 1)
    by_letters = 1 - distance(one[:64], other[:64]) / longest
    mine, yours = set(words_of(one)), set(words_of(other))
    by_words = len(mine & yours) / len(mine | yours) if mine | yours else 0.0
    return max(0.0, by_letters, by_words)


def by_likeness(name: str, others: Iterable[str]) -> list[str]:
    """Return other names, those most alike first, ties by the alphabet; of very many those of about its length."""
    return sorted(comparable(name, set(others) - {name}), key=lambda other: (-likeness(name, other), other))


def comparable(name: str, others: Collection[str]) -> Collection[str]:
    """Return the names that are worth the time to compare: all, or the MOST whose length is nearest."""
    if len(others) <= MOST:
        return others
    return sorted(others, key=lambda other: (abs(len(other) - len(name)), other))[:MOST]
