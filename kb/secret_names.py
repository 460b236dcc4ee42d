"""Values that look random under a name that says they are secret."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from kb.secret_formats import Secret, Strength

_TELLING = re.compile(
    r"(?:password|passwd|passphrase|pwd|secret|token|credentials?|"
    r"(?:api|access|auth|private|signing|encryption|account|shared|master|service)[_-]?key)"
    r"(?:[_-]?(?:key|value|token|\d{1,2}))?(?=[\"']?\]?\s{0,8}(?::=|=>|=|:))",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"[\w.-]{0,60}\Z", re.ASCII)
_HARMLESS = re.compile(
    r"hash|digest|md5|sha\d|checksum|etag|public|publishable|csrf|xsrf|nonce|salt|fingerprint|example|sample|dummy|"
    r"fake|mock|test|invalid|expected|cursor|next|page|continuation|integrity|site[_-]?key|sync|cache|lock|commit",
    re.IGNORECASE,
)
_QUOTED = re.compile(
    r"[\"']?\]?(?:\s{0,8}:\s{0,8}[A-Za-z][\w.]{0,30}(?=\s{0,8}=))?\s{0,8}(?::=|=>|=|:)\s{0,8}(?P<quote>[\"'`])"
    r"(?P<secret>[A-Za-z0-9+/_=~.-]{16,200})(?P=quote)"
)
_BARE = re.compile(r"=(?P<secret>[A-Za-z0-9+/_=~.-]{16,200})[ \t\r]*$", re.MULTILINE)
_PIECE = re.compile(r"[A-Za-z0-9]+")
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_WORD = re.compile(r"[a-z]{6,}")
_SEQUENCES = ("abcd", "1234", "4321", "qwer", "asdf", "0000", "1111", "aaaa", "ffff", "xxxx", "deadbeef")


def named_secrets_in(text: str) -> Iterator[Secret]:
    """Yield random-looking values set under a telling name: `api_key = "..."`, `API_KEY=...`."""
    for telling in _TELLING.finditer(text):
        around = _BEFORE.search(text, max(0, telling.start() - 60), telling.start())
        name = (around[0] if around else "") + telling[0]
        if _HARMLESS.search(name):
            continue
        match = _QUOTED.match(text, telling.end())
        if match is None and name.isupper():
            match = _BARE.match(text, telling.end())
        if match is not None and is_random(match["secret"]):
            yield Secret("value under a telling name", match.start("secret"), match.end("secret"), Strength.LIKELY)


def is_random(value: str) -> bool:
    """Return whether a value looks drawn by a machine: no words, no sequences, no low entropy."""
    lowered = value.lower()
    if any(sequence in lowered for sequence in _SEQUENCES):
        return False
    piece = max(_PIECE.findall(value), key=len, default="")
    if len(piece) < 16 or sum(c.isdigit() for c in piece) < 2 or piece.isdigit():
        return False
    if _HEX.fullmatch(piece):
        return len(piece) >= 32 and entropy(piece) >= 3.2
    if len(piece) < 20:
        return False
    if not piece.islower() and any(sum(c in "aeiou" for c in word) > 1 for word in _WORD.findall(piece)):
        return False
    least = 0.2 if piece.islower() or piece.isupper() else 0.42
    return entropy(piece) >= min(3.6 + (len(piece) - 20) * 0.03, 4.3) and _changes(piece) >= least


def entropy(text: str) -> float:
    """Return the Shannon entropy of a text's characters in bits per character."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())


def _changes(text: str) -> float:
    """Return how often neighbouring characters differ in kind (lower, upper, digit): words seldom do."""
    kinds = [c.isdigit() * 2 + c.isupper() for c in text]
    return sum(a != b for a, b in pairwise(kinds)) / max(1, len(kinds) - 1)
