"""Where a secret would do no harm, and what is no secret although it is shaped like one."""

from __future__ import annotations

import hashlib
import re
from enum import Enum, auto

from kb.secret_names import entropy


class Place(Enum):
    """What kind of file a secret stands in."""

    CODE = auto()
    SHOW = auto()  # documentation and examples
    TEST = auto()


_TEST = re.compile(
    r"(?:^|[^a-z])(?:tests?|testing|testdata|testcases?|specs?|fixtures?|__tests__|__snapshots__|snapshots?|e2e|mocks?|"
    r"cassettes?|conftest|stubs?|fakes?|dummy|golden|unittests?|itests?|integration|bench(?:marks?)?)(?![a-z])|"
    r"(?:^|/)t/"
)
_SHOW = re.compile(
    r"(?:^|[^a-z])(?:docs?|documentation|examples?|samples?|demos?|templates?|tutorials?|playground|snakeoil|localhost|"
    r"selfsigned|self-signed|changelog|changes|readme|news|dist|locales?|i18n|translations?)(?![a-z])|"
    r"\.(?:md|mdx|rst|txt|adoc|ipynb|html?|svg|po|pot|csv|tsv|map|lock)$"
)
_PLACEHOLDER = re.compile(
    r"example|sample|dummy|fake|placeholder|change.?me|redacted|your|insecure|not.?real|invalid|test|default|"
    r"(.)\1{4}|01234|12345|23456|34567|45678|56789|67890|98765|54321|abcde|bcdef|qwert",
    re.IGNORECASE,
)
_WAIVER = re.compile(
    r"allowlist[ -]secret|gitleaks:allow|trufflehog:ignore|\bnosec\b|noqa:.*\bS10[567]|secretlint-disable"
)
_CALLED = re.compile(r"example|sample|dummy|fake|placeholder", re.IGNORECASE)
_PIECE = re.compile(r"[A-Za-z0-9]+")
_SEARCH = re.compile(r"algolia|docsearch|indexName", re.IGNORECASE)
_PUBLIC_KEYS = re.compile(r"\.(?:jsx?|tsx?|mjs|vue|svelte|html?|xml|plist|dart|kt|swift)$|google-services\.json$")

# Keys that vendors print in their own documentation: the first 16 hex digits of their SHA-256.
_DOCUMENTED = frozenset(
    {
        "976b57ee8acdfcf4",  # GitHub's token in the post about the format
        "900e6c2bf8ce6c14",  # the Azure storage emulator
        "a28c56ecb012bfd0",  # the Cosmos DB emulator
    }
)


def place_of(path: str) -> Place:
    """Return what kind of file a path names."""
    lowered = path.lower()
    if _TEST.search(lowered):
        return Place.TEST
    return Place.SHOW if _SHOW.search(lowered) else Place.CODE


def is_placeholder(text: str) -> bool:
    """Return whether a well-shaped token was made up by a person: words, sequences, one character over and over."""
    longest = max(_PIECE.findall(text), key=len, default="")
    return bool(_PLACEHOLDER.search(text)) or entropy(longest or " ") < 2.8


def is_documented(text: str) -> bool:
    """Return whether a vendor's documentation prints exactly this key."""
    return hashlib.sha256(text.encode()).hexdigest()[:16] in _DOCUMENTED


def is_called_example(around: str) -> bool:
    """Return whether the text around a secret calls it a sample."""
    return bool(_CALLED.search(around))


def is_waived(line: str) -> bool:
    """Return whether the line carries another scanner's mark for "not a secret"."""
    return bool(_WAIVER.search(line))


def is_public_key(path: str, around: str) -> bool:
    """Return whether a Google API key stands where it is meant to be seen: in a client, beside Firebase's settings."""
    return bool(_PUBLIC_KEYS.search(path.lower())) or "firebase" in around.lower() or "authDomain" in around


def is_public_search(around: str) -> bool:
    """Return whether a key is a documentation search's, which every visitor's browser is sent."""
    return bool(_SEARCH.search(around))
