"""The tokens of a model: plain text to tokens and back, where answers end, and how a hole is spelt.

The text of a repository is hostile. It is tokenised with special tokens left unread, and where llama.cpp reads some
all the same (those that a vocabulary calls "user-defined"), the text is taken apart inside them first.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.errors import ModelError, TooLong
from models.llama_library import library
from models.model import FimTokens

_UNKNOWN, _CONTROL, _USER = 1 << 0, 1 << 3, 1 << 4  # of llama_token_attr
_SPECIAL = _UNKNOWN | _CONTROL | _USER
_LONGEST = 1 << 30  # bytes; llama.cpp counts in 32 bits
_VALID = re.compile("[\udc80-\udcff]|[^\udc80-\udcff]+")  # bytes that are no UTF-8, one by one, and what is between
_MARKUP = re.compile(rb"<[^\s<>]+>|\[/?[A-Za-z0-9_]+\]")  # what is markup to a model, not a word or white space
_BY_TEXT = (  # prefix, suffix, middle, suffix first: formats whose tokens llama.cpp does not look for
    ("<[fim-prefix]>", "<[fim-suffix]>", "<[fim-middle]>", True),  # Seed-Coder
    ("[PREFIX]", "[SUFFIX]", "", True),  # Codestral
    ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", False),
    ("<fim_prefix>", "<fim_suffix>", "<fim_middle>", False),
    ("<fim-prefix>", "<fim-suffix>", "<fim-middle>", False),
)
_CHAT = re.compile(rb"<\|?(im_start|start_header_id|start_of_turn|start_of_role|user|assistant|system)\|?>")


@dataclass(frozen=True)
class Kinds:
    """What is special about a vocabulary; asked of llama.cpp once, on its thread."""

    size: int
    begin: int | None = None
    ends: frozenset[int] = frozenset()
    fim: FimTokens | None = None
    mask: int | None = None
    special: frozenset[int] = frozenset()
    markers: frozenset[int] = frozenset()  # special ones that llama.cpp reads from plain text, and that are markup


class Vocabulary:
    """llama.cpp's tokenizer of one model; every method on the model's thread."""

    def __init__(self, vocab: int) -> None:
        self._llama, self._vocab = library(), vocab
        self._pieces: dict[int, bytes] = {}
        self._single: dict[int, int] | None = None
        self.kinds = self._kinds_of_tokens()
        texts = sorted({self.piece(token) for token in self.kinds.markers}, key=lambda text: (-len(text), text))
        self._marker = re.compile(b"|".join(map(re.escape, texts))) if texts else None
        self._prefixes = self.bytes_of(self._plain(b"a")) == b" a"  # SentencePiece puts a space before all text

    def tokens_of(self, text: bytes) -> tuple[int, ...]:
        """Return the tokens of plain text; their bytes are the text, but for bytes that the vocabulary cannot spell."""
        found: list[int] = []
        for part in self._parts(text):
            found += self._unprefixed(part) if isinstance(part, bytes) else [part]
        return tuple(found)

    def bytes_of(self, tokens: Sequence[int]) -> bytes:
        """Return the text of tokens; raises ModelError for a number that is no token."""
        return b"".join(map(self.piece, tokens))

    def piece(self, token: int) -> bytes:
        """Return the text of one token, b"" of a special one."""
        known = self._pieces.get(token)
        if known is None:
            check_tokens([token], self.kinds.size)
            known = self._pieces[token] = self._piece(token)
        return known

    def _parts(self, text: bytes) -> Iterator[bytes | int]:
        """Yield the text in parts that hold no marker whole; bytes that are no UTF-8 as their own tokens."""
        for match in _VALID.finditer(text.decode("utf-8", "surrogateescape")):
            part = match[0].encode("utf-8", "surrogateescape")
            single = self._single_bytes().get(part[0]) if len(part) == 1 and part[0] > 0x7F else None
            if single is not None:
                yield single  # llama.cpp would read U+FFFD, another text
                continue
            start = 0
            for cut in self._inside_markers(part):
                yield part[start:cut]
                start = cut
            yield part[start:]

    def _inside_markers(self, text: bytes) -> Iterator[int]:
        """Yield a place inside every marker of a text, overlapping ones too."""
        at = 0
        while self._marker is not None and (match := self._marker.search(text, at)):
            at = match.start() + 1
            yield at

    def _unprefixed(self, text: bytes) -> list[int]:
        """Return the tokens of a text without the space that a vocabulary puts before it."""
        if not self._prefixes:
            return self._plain(text)
        for lead in (b"\n", b"a", b"0"):
            tokens, read = self._plain(lead + text), b""
            for at, token in enumerate(tokens):
                read += self.piece(token)
                if read == b" " + lead:
                    return tokens[at + 1 :]
        return self._plain(text)

    def _plain(self, text: bytes) -> list[int]:
        if not text:
            return []
        if len(text) > _LONGEST:
            raise TooLong(f"a text of {len(text)} bytes is too long for any model")
        room = len(text) + 8
        buffer = (ctypes.c_int32 * room)()
        count = int(self._llama.llama_tokenize(self._vocab, text, len(text), buffer, room, False, False))
        if count < 0:
            raise ModelError(f"the tokenizer refused a text of {len(text)} bytes")
        return list(buffer[:count])

    def _piece(self, token: int) -> bytes:
        for size in (64, 1 << 16):
            buffer = ctypes.create_string_buffer(size)
            length = int(self._llama.llama_token_to_piece(self._vocab, token, buffer, size, 0, False))
            if length >= 0:
                return buffer.raw[:length]
        return b""

    def _single_bytes(self) -> dict[int, int]:
        """Return the token of each byte above 0x7F that has one of its own."""
        if self._single is None:
            pieces = ((self.piece(token), token) for token in range(self.kinds.size - 1, -1, -1))
            self._single = {piece[0]: token for piece, token in pieces if len(piece) == 1 and piece[0] > 0x7F}
        return self._single

    def _kinds_of_tokens(self) -> Kinds:
        llama, vocab = self._llama, self._vocab
        size = int(llama.llama_vocab_n_tokens(vocab))
        self.kinds = Kinds(size)
        special = {
            token: attr for token in range(size) if (attr := llama.llama_vocab_get_attr(vocab, token)) & _SPECIAL
        }
        texts = {token: llama.llama_vocab_get_text(vocab, token) or b"" for token in special}
        fim = self._fim({text.decode("utf-8", "replace"): token for token, text in sorted(texts.items(), reverse=True)})
        ends = {token for token in special if llama.llama_vocab_is_eog(vocab, token)}
        ends |= {llama.llama_vocab_eos(vocab), llama.llama_vocab_eot(vocab)} - {-1}
        ends |= {token for token in (fim.prefix, fim.suffix, fim.middle) if token is not None} if fim else set()
        begin, mask = int(llama.llama_vocab_bos(vocab)), int(llama.llama_vocab_mask(vocab))
        is_chat = bool(_CHAT.fullmatch(texts.get(begin, b"")))
        return Kinds(
            size,
            begin=begin if begin >= 0 and llama.llama_vocab_get_add_bos(vocab) and not is_chat else None,
            ends=frozenset(ends),
            fim=fim,
            mask=mask if mask >= 0 else None,
            special=frozenset(special),
            markers=frozenset(
                token for token, attr in special.items() if attr & _USER and _MARKUP.fullmatch(self.piece(token))
            ),
        )

    def _fim(self, special: dict[str, int]) -> FimTokens | None:
        """Return the tokens that spell a hole: those that llama.cpp found, else by their text."""
        llama, vocab = self._llama, self._vocab
        prefix, suffix = int(llama.llama_vocab_fim_pre(vocab)), int(llama.llama_vocab_fim_suf(vocab))
        middle = int(llama.llama_vocab_fim_mid(vocab))
        if prefix >= 0 and suffix >= 0:
            return FimTokens(prefix, suffix, middle if middle >= 0 else None)
        for before, after, between, suffix_first in _BY_TEXT:
            if before in special and after in special and (not between or between in special):
                return FimTokens(special[before], special[after], special.get(between), suffix_first)
        return None


def check_tokens(tokens: Sequence[int], size: int) -> None:
    """Raise ModelError if a number is no token: llama.cpp would end the process."""
    if tokens and not (min(tokens) >= 0 and max(tokens) < size):
        raise ModelError(f"a token is none of the {size} of the vocabulary")
