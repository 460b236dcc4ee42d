"""A file with some of its nodes masked, and the way back."""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass

from kb.errors import UserError
from kb.source import Edit, Source, apply_edits
from models.mask.holes import holes_in
from models.mask.model import Hole, Strategy

TOKEN = b"<MASK>"
_LONGEST_TOKEN = 64  # bytes
_NO_TOKEN = re.compile(rb"[\x00-\x20\x7f]")


@dataclass(frozen=True)
class Masked:
    """A file in which `token` stands for each of `holes`, whose spans are those of the file before."""

    data: bytes
    token: bytes
    holes: tuple[Hole, ...]


def mask(source: Source, language: str, strategy: Strategy, ratio: float, seed: int, token: bytes = TOKEN) -> Masked:
    """Return the file with the share `ratio` of a strategy's holes masked, one at least if there are any.

    The choice depends on the bytes, the strategy, the ratio and the seed alone; with a larger ratio the same holes
    and more are masked. Raises UserError for a ratio outside 0..1 and for a token that cannot be told from the
    file, Unparsed where there is no tree.
    """
    if not 0 <= ratio <= 1:
        raise UserError(f"a ratio is between 0 and 1, not {ratio:g}")
    _check_token(source, token)
    found = holes_in(source, language, strategy)
    count = max(math.floor(ratio * len(found) + 0.5), 1) if found and ratio > 0 else 0
    drawn = sorted(found, key=lambda hole: _lot(hole, strategy, seed))[:count]
    holes = tuple(sorted(drawn, key=lambda hole: hole.span.start))
    data = apply_edits(source.data, tuple(Edit(hole.span, token) for hole in holes))
    if _occurrences(data, token) != len(holes):
        raise UserError(f"the mask token {_shown(token)} runs into the text beside a hole: choose another")
    return Masked(data, token, holes)


def unmask(masked: Masked) -> bytes:
    """Return the file as it was; raises UserError where the masked text is not what `mask` returned."""
    pieces, at, before = [], 0, 0
    for hole in masked.holes:
        start = at + hole.span.start - before
        if masked.data[start : start + len(masked.token)] != masked.token:
            raise UserError("the masked text was changed: a mask token is not where it stood")
        pieces += [masked.data[at:start], hole.text]
        at, before = start + len(masked.token), hole.span.end
    return b"".join([*pieces, masked.data[at:]])


def _lot(hole: Hole, strategy: Strategy, seed: int) -> tuple[bytes, int]:
    drawn = f"{seed}:{strategy.value}:{hole.span.start}:{hole.span.end}"
    return hashlib.sha256(drawn.encode()).digest(), hole.span.start


def _check_token(source: Source, token: bytes) -> None:
    if not token or len(token) > _LONGEST_TOKEN or _NO_TOKEN.search(token):
        raise UserError(f"a mask token is 1 to {_LONGEST_TOKEN} bytes without white space or control characters")
    if token in source.data:
        raise UserError(f"the mask token {_shown(token)} stands in the file: choose another")


def _occurrences(data: bytes, token: bytes) -> int:
    """Return how often a token stands in a text, those that overlap counted too."""
    count, at = 0, data.find(token)
    while at != -1:
        count, at = count + 1, data.find(token, at + 1)
    return count


def _shown(token: bytes) -> str:
    return ascii(token.decode("utf-8", "replace"))
