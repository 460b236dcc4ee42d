"""A Model that llama.cpp runs: prompts that are read once and branched, and what is asked of its vocabulary."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.errors import ModelError, TooLong
from models.gguf import GgufHeader
from models.llama_branches import LlamaBranches
from models.llama_context import Context
from models.llama_library import library
from models.llama_loaded import Handles, Loaded
from models.llama_pool import Pool
from models.llama_prompt import read_prompt
from models.llama_state import Snapshots
from models.llama_vocabulary import Vocabulary, check_tokens
from models.model import NEVER, ModelInfo, Stop

if TYPE_CHECKING:
    from llguidance import LLTokenizer

_EXTRA = ("diffusion.", "tokenizer.ggml.mask_token_id", "general.license", "general.basename")


@dataclass(frozen=True)
class Bounds:
    """What a loaded model may take."""

    memory: int  # bytes, file and contexts
    snapshots: Snapshots | None = None


class LlamaModel:
    """A model in llama.cpp; any thread may call it. `loaded` is what other backends of the same file build on."""

    def __init__(self, loaded: Loaded, sha256: str, bounds: Bounds) -> None:
        self.loaded, self._bounds = loaded, bounds
        self._vocabulary = loaded.call(lambda handles: Vocabulary(handles.vocab))
        self._info = loaded.call(lambda handles: _info(loaded.header, handles, sha256, self._vocabulary))
        self._pool = Pool(loaded, self._info.vocabulary, bounds.memory)
        self._masks: LLTokenizer | None = None

    @property
    def info(self) -> ModelInfo:
        """Return what is known about it."""
        return self._info

    def tokens_of(self, text: bytes) -> tuple[int, ...]:
        """Return the tokens of plain text, in which nothing is read as a special token."""
        return self.loaded.call(lambda _: self._vocabulary.tokens_of(text))

    def bytes_of(self, tokens: Sequence[int]) -> bytes:
        """Return the text of tokens; special ones have none. Raises ModelError for a number that is no token."""
        return self.loaded.call(lambda _: self._vocabulary.bytes_of(tokens))

    @contextmanager
    def branches(
        self, prompt: Sequence[int], count: int = 1, *, room: int, stop: Stop = NEVER
    ) -> Iterator[LlamaBranches]:
        """Read a prompt once and branch it; raises TooLong, OutOfMemory, Cancelled, OutOfTime, ModelError."""
        tokens = tuple(map(int, prompt))
        self._check(tokens, count, room)
        context = self.loaded.call(lambda handles: self._read(handles, tokens, count, room, stop), stop)
        opened = LlamaBranches(self.loaded, self._info, context, count, room, stop)
        try:
            yield opened
        finally:
            opened.close()
            self._give_back(context)

    def masks(self) -> LLTokenizer:
        """Return the llguidance tokenizer of this vocabulary, made once."""
        return self.loaded.call(lambda _: self._made_masks())

    def close(self) -> None:
        """Free it once the calls under way have ended; afterwards every call raises ModelError."""
        self.loaded.close()

    def _check(self, prompt: tuple[int, ...], count: int, room: int) -> None:
        info = self._info
        if info.is_diffusion:
            raise ModelError(f"{info.name} denoises texts: it does not continue them")
        most = int(library().llama_max_parallel_sequences()) - 1
        if not prompt or not 0 < count <= most or room < 0:
            raise ModelError(f"a prompt has at least one token, 1 to {most} branches and no negative room")
        check_tokens(prompt, info.vocabulary)
        if len(prompt) + room > info.context:
            raise TooLong(f"{len(prompt)} + {room} tokens do not fit the context of {info.context} of {info.name}")

    def _read(self, handles: Handles, prompt: tuple[int, ...], count: int, room: int, stop: Stop) -> Context:
        """Return a context that holds the prompt and lends it to each branch."""
        stop.check()
        context = self._pool.take(handles, len(prompt) + count * room, count + 1)
        try:
            snapshots, can_forget = self._bounds.snapshots, self._info.can_forget
            read_prompt(context, prompt, can_forget=can_forget, snapshots=snapshots, stop=stop)
            for branch in range(count):
                context.lend(branch + 1)
        except BaseException:
            self._give_back(context)
            raise
        return context

    def _give_back(self, context: Context) -> None:
        with contextlib.suppress(ModelError):  # closed meanwhile: it is freed
            self.loaded.call(lambda _: self._pool.give_back(context))

    def _made_masks(self) -> LLTokenizer:
        if self._masks is None:
            from llguidance import LLTokenizer, TokenizerWrapper

            words = _Words(self)
            ends = sorted(self._info.ends) or [words.eos_token_id]
            self._masks = LLTokenizer(TokenizerWrapper(words), n_vocab=self._info.vocabulary, eos_token=ends)
        return self._masks

    def words(self) -> tuple[list[bytes], list[int]]:
        """Return the bytes of every token, a name in brackets for special ones, and which those are."""
        kinds = self._vocabulary.kinds
        pieces = self.loaded.call(lambda _: [self._vocabulary.piece(token) for token in range(kinds.size)])
        hidden = [token for token, piece in enumerate(pieces) if not piece or token in kinds.markers]
        for token in hidden:
            pieces[token] = b"<|%d|>" % token
        return pieces, hidden


class _Words:
    """What llguidance asks of a tokenizer. It may outlive the model, and then spells: raising there is a panic."""

    bos_token_id = None

    def __init__(self, model: LlamaModel) -> None:
        self._model = model
        self.tokens, self.special_token_ids = model.words()
        self.eos_token_id = min(model.info.ends, default=0)

    def __call__(self, text: bytes) -> list[int]:
        try:
            return list(self._model.tokens_of(text))
        except ModelError:
            single = {piece[0]: token for token, piece in enumerate(self.tokens) if len(piece) == 1}
            return [single[byte] for byte in text if byte in single]


def _info(header: GgufHeader, handles: Handles, sha256: str, vocabulary: Vocabulary) -> ModelInfo:
    llama, kinds = library(), vocabulary.kinds
    backwards = llama.llama_model_is_recurrent(handles.model) or llama.llama_model_is_hybrid(handles.model)
    return ModelInfo(
        name=re.sub(rf"[-._]{re.escape(header.quantisation)}$", "", header.path.stem, flags=re.IGNORECASE),
        sha256=sha256,
        architecture=header.architecture,
        quantisation=header.quantisation,
        parameters=header.parameters,
        context=int(llama.llama_model_n_ctx_train(handles.model)),
        vocabulary=kinds.size,
        begin=kinds.begin,
        ends=kinds.ends,
        fim=kinds.fim,
        mask=kinds.mask,
        is_diffusion=bool(llama.llama_model_is_diffusion(handles.model)),
        can_forget=not backwards,
        extra={key: str(value) for key, value in sorted(header.metadata.items()) if key.startswith(_EXTRA)},
    )
