"""What of a repository's text may reach a grammar: names that are names, words without control characters, in quotes.

Text of the reviewed repository is hostile. It becomes part of a grammar only as one string literal (`quoted`), and
only after this.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from models.constraints.grammars.template import quoted

__all__ = ["MOST_NAMES", "is_name", "names_of", "quoted", "text_of", "word_of"]

LONGEST_NAME: Final = 200  # characters; nobody writes longer ones, and a lexer pays for each
LONGEST_WORD: Final = 80
MOST_NAMES: Final = 5000  # in one vocabulary
_JAVASCRIPT: Final = re.compile(r"[^\W\d]\w*|[\w$]*\$[\w$]*")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def is_name(text: str, language: str = "python") -> bool:
    """Return whether a text is one identifier of a language, and not too long."""
    if not 0 < len(text) <= LONGEST_NAME or not text.isprintable():
        return False
    if language == "python":
        return text.isidentifier()
    return _JAVASCRIPT.fullmatch(text) is not None and not text[0].isdigit()


def names_of(texts: Iterable[str], language: str = "python") -> tuple[str, ...]:
    """Return those of the texts that are names, each once, in order of the alphabet, at most MOST_NAMES of them."""
    return tuple(sorted({text for text in texts if is_name(text, language)})[:MOST_NAMES])


def word_of(text: str) -> str:
    """Return a text as a word that may be preferred: one line without control characters; "" if it is none."""
    word = text.strip()
    return word if 0 < len(word) <= LONGEST_WORD and word.isprintable() and " " not in word else ""


def text_of(data: bytes, most: int) -> str:
    """Return bytes as text that is safe to store and to show, cut to `most` characters."""
    return _CONTROL.sub("\ufffd", data.decode("utf-8", "replace"))[:most]
