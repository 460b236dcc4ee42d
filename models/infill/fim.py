"""The prompt for a hole, made of token ids: never of text in which a marker could be forged.

A model that was trained to fill in is given prefix and suffix between its own FIM tokens, in its own order (prefix
first, or suffix first). Any other model is given the prefix and goes on from there; how well what it writes goes with
the suffix is told afterwards, by the likelihood of the whole splice.

A prompt never ends inside a word. A tokeniser takes ` foo(` and ` foo()` apart in different ways, and after an end that
real text does not have at that place a model's next token is a thousand times less likely than it should be. So the
prompt ends before the last white space in front of the hole, at the end of a token, and what stands between there and
the hole is *forced*: the model writes it again, and nothing else may be written until it is there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from models.infill.window import Window
from models.model import Model

_FORCED_BYTES = 96  # a word with white space before it; where none is so near, what is in front of the last token
_INSTRUCTION = 200  # characters
_LAST_WORD = re.compile(rb"\s*\S*\s*\Z")

_HASH, _SLASHES, _DASHES = (b"# ", b""), (b"// ", b""), (b"-- ", b"")
COMMENTS: Mapping[str, tuple[bytes, bytes]] = MappingProxyType(
    {
        **dict.fromkeys(("python", "ruby", "bash", "toml", "yaml", "hcl"), _HASH),
        **dict.fromkeys(("javascript", "typescript", "tsx", "go", "rust", "java", "c", "cpp", "csharp"), _SLASHES),
        **dict.fromkeys(("php", "kotlin", "swift", "scala", "zig"), _SLASHES),
        "lua": _DASHES,
        "css": (b"/* ", b" */"),
        "html": (b"<!-- ", b" -->"),
    }
)


@dataclass(frozen=True)
class Prompt:
    """Tokens to be read, and the bytes that have to be written before the hole begins."""

    tokens: tuple[int, ...]
    forced: bytes = b""
    order: str = "prefix"  # also "prefix, suffix" and "suffix, prefix": where the model is given both


def prompt_of(model: Model, window: Window, *, opening: bytes = b"", heal: bool = True) -> Prompt:
    """Return the prompt for what a window shows.

    `opening` is a line put in front of the prefix, in the prompt only. With `heal` false nothing is forced.
    """
    fim = model.info.fim
    kept, forced = _prefix_tokens(model, opening + window.prefix, len(window.prefix), heal)
    first = () if model.info.begin is None else (model.info.begin,)
    if fim is None:
        return Prompt(first + kept or model.tokens_of(b"\n"), forced)
    prefix, suffix = (fim.prefix, *kept), (fim.suffix, *model.tokens_of(window.suffix))
    middle = () if fim.middle is None else (fim.middle,)
    if fim.suffix_first:
        return Prompt(first + suffix + prefix + middle, forced, "suffix, prefix")
    return Prompt(first + prefix + suffix + middle, forced, "prefix, suffix")


def _prefix_tokens(model: Model, text: bytes, own: int, heal: bool) -> tuple[tuple[int, ...], bytes]:
    """Return the tokens of a prefix up to a safe byte, and the bytes after it; `own` bytes at its end may be forced."""
    tokens = model.tokens_of(text)
    if not heal or not text:
        return tokens, b""
    near = text[-_FORCED_BYTES:]
    word = _LAST_WORD.search(near)
    whole = word is not None and (word.start() > 0 or len(near) == len(text))
    safe = len(text) - len(near) + word.start() if word and whole else len(text) - 1
    kept, size = list(tokens), len(text)
    while kept and size > safe:
        size -= len(model.bytes_of((kept.pop(),)))
    forced = text[size:]
    if model.bytes_of(kept) != text[:size] or len(forced) > own or not _is_text(forced):
        return tokens, b""
    return tuple(kept), forced


def _is_text(forced: bytes) -> bool:
    """Return whether a grammar can say it: UTF-8 without control characters other than white space."""
    try:
        characters = forced.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not any((ord(one) < 32 and one not in "\t\n\r") or ord(one) == 127 for one in characters)


def opening_line(language: str, instruction: str) -> bytes:
    """Return what a user asks for as one comment line of the language, b"" where there is nothing or no such line.

    The text is untrusted: it is cut to 200 characters of one line, and cannot end the comment that it stands in.
    """
    opens, closes = COMMENTS.get(language, (b"", b""))
    plain = "".join(one if one.isprintable() else " " for one in instruction)
    for mark in ("*/", "-->", "--!>", "?>"):
        while mark in plain:
            plain = plain.replace(mark, " ")
    plain = " ".join(plain.split())[:_INSTRUCTION].strip()
    return opens + plain.encode("utf-8", "replace") + closes + b"\n" if plain and opens else b""
