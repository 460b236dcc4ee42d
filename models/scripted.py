"""A model that likes a few texts, for tests and documentation: no weights, no llama.cpp, and nothing left to chance.

Its tokens are bytes: ids 0..255 are themselves, 256 ends an answer, 257, 258 and 259 are the FIM tokens. It looks for
the longest tail of what it has read (back to the last token that is no byte) that begins one of the liked texts: the
next byte of that text is far likelier than any other, and after the whole text the end is. Where nothing matches it
begins with the first liked text; where it likes nothing it says nothing. So it writes what it likes, and it finds
what it likes likelier than other text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from models.errors import ModelError, TooLong
from models.model import NEVER, FimTokens, ModelInfo, Stop

if TYPE_CHECKING:
    import numpy as np
    from llguidance import LLTokenizer
    from numpy.typing import NDArray

    from models.model import Logits

END = 256
FIM = FimTokens(prefix=257, suffix=258, middle=259)
VOCABULARY = 260
LIKED = 12.0  # logit of the byte that is liked; all others have 0, so it has all but 0.2 % of the probability


class Scripted:
    """A Model over bytes that writes `likes` and scores them highly; pure, so any number of threads may call it."""

    def __init__(self, likes: Sequence[bytes] = (), *, fim: bool = True, context: int = 4096) -> None:
        self._likes = tuple(text for text in likes if text)
        self._open = True
        self._info = ModelInfo(
            name="scripted",
            sha256="",
            architecture="scripted",
            quantisation="none",
            parameters=0,
            context=context,
            vocabulary=VOCABULARY,
            ends=frozenset(range(END, VOCABULARY) if fim else [END]),
            fim=FIM if fim else None,
        )

    @property
    def info(self) -> ModelInfo:
        """Return what is known about it."""
        return self._info

    def tokens_of(self, text: bytes) -> tuple[int, ...]:
        """Return the bytes of a text."""
        self._check_open()
        return tuple(text)

    def bytes_of(self, tokens: Sequence[int]) -> bytes:
        """Return the bytes among the tokens."""
        self._check_open()
        _check(tokens)
        return bytes(token for token in tokens if token < END)

    @contextmanager
    def branches(
        self, prompt: Sequence[int], count: int = 1, *, room: int, stop: Stop = NEVER
    ) -> Iterator[ScriptedBranches]:
        """Branch a prompt; raises ModelError for an empty prompt, TooLong where prompt and room exceed the context."""
        self._check_open()
        if not prompt or count < 1 or room < 0:
            raise ModelError("a prompt has at least one token, one branch and no negative room")
        _check(prompt)
        if len(prompt) + room > self._info.context:
            raise TooLong(f"{len(prompt)} + {room} tokens do not fit the context of {self._info.context}")
        stop.check()
        opened = ScriptedBranches(self, tuple(prompt), count, room, stop)
        try:
            yield opened
        finally:
            opened.close()

    def masks(self) -> LLTokenizer:
        """Return the llguidance tokenizer of the bytes."""
        self._check_open()
        return self._tokenizer

    def close(self) -> None:
        """Refuse every later call."""
        self._open = False

    def logits_after(self, tokens: Sequence[int]) -> Logits:
        """Return the logits (260,) of what comes after the tokens."""
        import numpy as np

        self._check_open()
        row = np.zeros(VOCABULARY, dtype=np.float32)
        row[self._next(tokens)] = LIKED
        return row

    def _next(self, tokens: Sequence[int]) -> int:
        """Return the likeliest next token: of the longest match, and of those the first liked text's."""
        if not self._likes:
            return END
        longest = max(map(len, self._likes))
        tail = tokens[-longest:]
        text = bytes(tail[max((at + 1 for at, token in enumerate(tail) if token >= END), default=0) :])
        best, length = self._likes[0], 0
        for liked in self._likes:
            matched = next(n for n in range(min(len(text), len(liked)), -1, -1) if text.endswith(liked[:n]))
            if matched > length:
                best, length = liked, matched
        return best[length] if length < len(best) else END

    def _check_open(self) -> None:
        if not self._open:
            raise ModelError("the scripted model was closed")

    @cached_property
    def _tokenizer(self) -> LLTokenizer:
        from llguidance import LLTokenizer, TokenizerWrapper

        return LLTokenizer(TokenizerWrapper(_Bytes()), n_vocab=VOCABULARY, eos_token=END)


class ScriptedBranches:
    """Continuations of one prompt under a scripted model."""

    def __init__(self, model: Scripted, prompt: tuple[int, ...], count: int, room: int, stop: Stop) -> None:
        self._model, self._prompt, self._room, self._stop = model, prompt, room, stop
        self._tails: list[list[int]] = [[] for _ in range(count)]
        self._open = True

    @property
    def count(self) -> int:
        """Return how many branches there are."""
        return len(self._tails)

    def logits(self, branch: int) -> Logits:
        """Return the logits (260,) of what comes next on a branch."""
        return self._model.logits_after((*self._prompt, *self._tail(branch)))

    def advance(self, tokens: Mapping[int, Sequence[int]]) -> dict[int, Logits]:
        """Append tokens; returns per branch the logits (n, 260). Raises TooLong, and then appends nothing."""
        import numpy as np

        self._check_fits(tokens)
        self._stop.check()
        found = {}
        for branch, more in tokens.items():
            tail, rows = self._tail(branch), np.empty((len(more), VOCABULARY), dtype=np.float32)
            for at, token in enumerate(more):
                tail.append(token)
                rows[at] = self._model.logits_after((*self._prompt, *tail))
            found[branch] = rows
        return found

    def logprobs(self, tokens: Mapping[int, Sequence[int]]) -> dict[int, NDArray[np.float64]]:
        """Append tokens; returns per branch the natural log-probability (n,) of each."""
        import numpy as np

        firsts = {branch: self.logits(branch) for branch in tokens}
        found = {}
        for branch, rows in self.advance(tokens).items():
            before = np.concatenate((firsts[branch][None], rows))[:-1].astype(np.float64)  # (n, 260)
            chosen = before[np.arange(len(before)), np.asarray(tokens[branch], dtype=np.int64)]
            found[branch] = chosen - np.log(np.exp(before).sum(axis=1))
        return found

    def rollback(self, branch: int, count: int) -> None:
        """Forget the last `count` tokens of a branch; raises ModelError where it has fewer."""
        tail = self._tail(branch)
        if not 0 <= count <= len(tail):
            raise ModelError(f"branch {branch} has {len(tail)} tokens, not {count} to forget")
        del tail[len(tail) - count :]

    def close(self) -> None:
        """Refuse every later call."""
        self._open = False

    def _tail(self, branch: int) -> list[int]:
        if not self._open:
            raise ModelError("these branches were closed")
        if not 0 <= branch < len(self._tails):
            raise ModelError(f"there is no branch {branch}")
        return self._tails[branch]

    def _check_fits(self, tokens: Mapping[int, Sequence[int]]) -> None:
        for branch, more in tokens.items():
            _check(more)
            if len(self._tail(branch)) + len(more) > self._room:
                raise TooLong(f"branch {branch} has room for {self._room} tokens")


class _Bytes:
    """What llguidance asks of a tokenizer."""

    eos_token_id = END
    bos_token_id = None
    special_token_ids = tuple(range(END, VOCABULARY))
    tokens = (*(bytes([byte]) for byte in range(END)), b"<end>", b"<prefix>", b"<suffix>", b"<middle>")

    def __call__(self, text: bytes) -> list[int]:
        return list(text)


def _check(tokens: Sequence[int]) -> None:
    if any(not 0 <= token < VOCABULARY for token in tokens):
        raise ModelError(f"a token is none of the {VOCABULARY} of the vocabulary")
