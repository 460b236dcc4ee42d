"""Whether a model repeats a secret of the change: whole, a piece of it, turned round, or written another way.

No model is shown a secret that we recognise. Should one come to know it all the same, it could write it so that no
pattern finds it again. Here the secrets themselves are known, so every usual way of writing them is.
"""

from __future__ import annotations

import codecs
import unicodedata
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import quote

from checks.change import Change
from checks.inference.claims import Claim
from checks.inference.model import Triage
from kb.errors import CorruptObject
from kb.redact import taken_from

PIECE = 12  # letters and digits in a row that are a secret's: so many are no chance
MOST, LONGEST = 200, 4_000  # secrets of one change that are looked for, characters of each
UNSAID = "[secret: repeated]"  # what stands for a claim then: it is dropped as one about the mark
_ALIGNMENTS = (b"", b"x", b"xx")  # base64 writes a text in three ways, by where it begins


@dataclass(frozen=True)
class Secrets:
    """The secrets in the files and texts of a change; looked for when a model has said something, not before.

    `paths` are other files of head that models are shown parts of.
    """

    change: Change
    paths: tuple[str, ...] = ()

    def withheld(self, claims: Sequence[Claim]) -> tuple[Claim, ...]:
        """Return the claims, those that repeat a secret without a word of theirs; all are, if together they do."""
        kept = tuple(_wordless(one) if self.are_in(*_words_of(one)) else one for one in claims)
        if self.are_in(*(word for one in kept for word in _words_of(one))):
            return tuple(map(_wordless, kept))
        return kept

    def unsaid(self, triage: Sequence[Triage]) -> tuple[Triage, ...]:
        """Return the decisions, without reasons that repeat a secret."""
        is_told = self.are_in(*(one.reason for one in triage))
        return tuple(replace(one, reason="") for one in triage) if is_told else tuple(triage)

    def are_in(self, *texts: str) -> bool:
        """Return whether one of these texts, or all in a row, hold a piece of a secret."""
        found = [_plain(text) for text in texts]
        return any(self._is_in(text) for text in (*found, "".join(found)))

    def _is_in(self, text: str) -> bool:
        return any(text[at : at + PIECE] in self._pieces for at in range(len(text) - PIECE + 1))

    @cached_property
    def _pieces(self) -> frozenset[str]:
        """All runs of `PIECE` letters and digits of every secret, in every way of writing it."""
        known = sorted({one[:LONGEST] for text in self._texts() for one in taken_from(text)})[:MOST]
        written = [_plain(form) for secret in known for form in _written(secret)]
        return frozenset(form[at : at + PIECE] for form in written for at in range(len(form) - PIECE + 1))

    def _texts(self) -> Iterator[str]:
        change = self.change
        yield from (statement.text for statement in change.statements)
        files = [(file.path, change.source) for file in change.files if file.new is not None]
        files += [(file.old_path, change.base_source) for file in change.files if file.old is not None]
        files += [(path, change.source) for path in self.paths if path not in change.by_path]
        for path, read in files:
            try:
                yield read(path).text
            except (KeyError, CorruptObject):
                continue


def _wordless(claim: Claim) -> Claim:
    return replace(claim, path="", quote="", why=UNSAID, input="", names=(), said="")


def _words_of(claim: Claim) -> tuple[str, ...]:
    return (claim.why, claim.input, *(one.name for one in claim.names), claim.said, claim.quote, claim.path)


def _written(secret: str) -> Iterator[str]:
    """Yield the ways in which a secret can be written: forwards and backwards, as it is and in the usual codes."""
    for text in (secret, secret[::-1]):
        data = text.encode("utf-8", "replace")
        yield from (text, codecs.encode(text, "rot13"), data.hex(), quote(text, safe=""))
        for before in _ALIGNMENTS:
            code = b64encode(before + data).decode().rstrip("=")
            yield code[2 * len(before) : -1]  # what the letters beside it have no part in


def _plain(text: str) -> str:
    """Return a text's letters and digits alone, small and in their usual form: what is put between them counts not."""
    return "".join(one for one in unicodedata.normalize("NFKC", text).casefold() if one.isalnum())
