"""What all texts of one prompt have in common, and the ways in which a text ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from models.mask.model import Hole

_REPEATS, _PERIOD, _LEAST_REPEATED = 4, 24, 16  # times, longest period and length in tokens of what is repetition


class Ended(StrEnum):
    """Why a text ended."""

    END = "end"  # the model said so
    WHOLE = "whole"  # the grammar allows nothing more
    SUFFIX = "suffix"  # the model went on with what stands after the hole
    LEFT = "left"  # the text has left the hole
    REPEATED = "repeated"
    FULL = "full"  # as many tokens as there may be
    STUCK = "stuck"  # nothing may come next


@dataclass(frozen=True)
class Reasoning:
    """How a model that reasons sets it apart: it writes freely until `close`, and only then into the hole.

    `close_token` is the id of the delimiter where it is a special token, which has no text of its own.
    """

    open: bytes = b""
    close: bytes = b"</think>"
    close_token: int | None = None
    most: int = 512  # tokens; then the delimiter is written for it


@dataclass(frozen=True)
class Rules:
    """What all texts of one prompt have in common."""

    hole: Hole
    language: str
    suffix: bytes
    forced: bytes
    room: int  # tokens of the hole's text at most
    ends: frozenset[int]
    piece: Callable[[int], bytes]  # the text of one token
    whole: Callable[[bytes], bool] = lambda text: True  # whether the tree finds a text whole in its hole
    reasoning: Reasoning | None = None
    close: tuple[int, ...] = ()  # the delimiter after reasoning, in tokens


def is_repeating(tokens: Sequence[int]) -> bool:
    """Return whether a text ends by saying the same four times over, in at least 16 tokens."""
    for period in range(1, _PERIOD + 1):
        times = max(_REPEATS, -(-_LEAST_REPEATED // period))
        tail = tokens[-period * times :]
        if len(tail) == period * times and list(tail) == list(tail[:period]) * times:
            return True
    return False
