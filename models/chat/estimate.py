"""How many tokens a text has where nobody here can count them: rather too many than too few."""

from __future__ import annotations

import json

from models.chat.model import Ask

_ASCII = 2.5  # bytes of code a token; tokenizers of today take 3 to 4
_OTHER = 1.5  # bytes of other scripts a token: one to two tokens a letter
_TURN = 24  # tokens of what a provider puts around a question


def estimated(text: str) -> int:
    """Return an estimate of a text's tokens."""
    size = len(text.encode("utf-8", "surrogatepass"))
    plain = size if text.isascii() else sum(letter < "\x80" for letter in text)
    return -int(-(plain / _ASCII + (size - plain) / _OTHER) // 1)


def whole_of(ask: Ask) -> str:
    """Return all that a provider reads of a question, in one text."""
    return f"{ask.system}\n{ask.shared}\n{ask.question}\n{ask.name}\n{json.dumps(ask.schema)}"


def estimated_of(ask: Ask) -> int:
    """Return an estimate of the tokens of a question, its schema included."""
    return estimated(whole_of(ask)) + _TURN
