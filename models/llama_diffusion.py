"""Diffusion models (dream, llada, llada-moe, rnd1) on llama.cpp: whole sequences in, logits of chosen places out.

Such a model keeps nothing between two calls: there is no cache, every token sees every other of its sequence, and
llama.cpp returns the logits of all of them. It ends the process where a batch is larger than the context was made
for, so sizes are checked here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from models.errors import Cancelled, ModelError, OutOfMemory, OutOfTime, TooLong
from models.llama_library import library
from models.llama_loaded import Handles, Loaded
from models.llama_memory import bytes_of_context, check_fits, machine_bytes
from models.model import NEVER, Stop

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from models.model import Logits

SHIFT: Final = "diffusion.shift_logits"
_ABORTED = 2  # what llama_decode returns then
_UNSHIFTED = ("llada", "llada-moe")  # where a file does not say: Dream-like models predict the next place


def shifts_logits(architecture: str, metadata: Mapping[str, object]) -> bool:
    """Return whether the logits of a place are found one place before it, from a file's metadata.

    Files of LLaDA say "false"; those of Dream say nothing and shift.
    """
    said = metadata.get(SHIFT)
    if said is None:
        return architecture not in _UNSHIFTED
    return str(said).lower() not in ("false", "0")


def rows_of(places: Sequence[int], *, shift: bool) -> list[int]:
    """Return in which rows of a sequence the logits of places are; the first place is its own even if shifted."""
    return [max(0, place - 1) for place in places] if shift else list(places)


@contextmanager
def opened(loaded: Loaded, *, window: int, sequences: int = 1, stop: Stop = NEVER) -> Iterator[LlamaDenoiser]:
    """Open a denoiser over a loaded model for `sequences` of up to `window` tokens, and free it afterwards.

    On a processor `stop` is asked within a step, too: such a step cannot be cut into parts. Raises OutOfMemory where
    there is no room for it, ModelError where the model has no mask token.
    """
    total = sequences * window
    heads = loaded.header.metadata.get(f"{loaded.header.architecture}.attention.head_count", 0)
    seen = total * total * 4 * (int(heads) if isinstance(heads, int) else 0)  # who sees whom: one number a head
    check_fits(loaded.header, bytes_of_context(loaded.header, 0, total, total) + seen, machine_bytes())
    denoiser = loaded.call(lambda handles: LlamaDenoiser(loaded, handles, (sequences, window), stop))
    try:
        yield denoiser
    finally:
        loaded.free(denoiser)


class LlamaDenoiser:
    """A `Denoiser` on one context of llama.cpp; made on the model's thread, used from any."""

    def __init__(self, loaded: Loaded, handles: Handles, shape: tuple[int, int], stop: Stop = NEVER) -> None:
        llama = library()
        self._loaded, self._shape, self._stop = loaded, shape, stop
        self._over: Cancelled | OutOfTime | None = None
        self._shift = shifts_logits(loaded.header.architecture, loaded.header.metadata)
        vocab = handles.vocab
        self._size = int(llama.llama_vocab_n_tokens(vocab))
        self._mask = int(llama.llama_vocab_mask(vocab))
        if not 0 <= self._mask < self._size:
            raise ModelError(f"{loaded.header.path.name} names no mask token, so it cannot fill in by diffusion")
        self._begin = _token(llama.llama_vocab_bos(vocab), is_used=llama.llama_vocab_get_add_bos(vocab))
        self._end = _token(llama.llama_vocab_eos(vocab), is_used=True)
        self._banned = _no_text(vocab, self._size, self._mask)
        self._context = _context(handles, shape)
        self._abort = llama.ggml_abort_callback(self._is_over)  # kept: llama.cpp holds no reference to it
        llama.llama_set_abort_callback(self._context, self._abort, None)
        self._batch = llama.llama_batch_init(shape[0] * shape[1], 0, 1)
        loaded.own(self)

    @property
    def mask(self) -> int:
        """Return the mask token."""
        return self._mask

    @property
    def begin(self) -> int | None:
        """Return the token that every sequence starts with, where the file asks for one."""
        return self._begin

    @property
    def end(self) -> int | None:
        """Return the token that ends a sequence."""
        return self._end

    @property
    def window(self) -> int:
        """Return how many tokens a sequence may have."""
        return self._shape[1]

    @property
    def banned(self) -> NDArray[np.int64]:
        """Return the tokens that are no text."""
        return self._banned

    def logits(self, canvas: NDArray[np.int32], places: Sequence[int]) -> Logits:
        """Return fresh logits (B, n, V) of places of the sequences (B, L).

        Raises TooLong, OutOfMemory, Cancelled, OutOfTime, ModelError.
        """
        count, length = canvas.shape
        if count > self._shape[0] or length > self._shape[1]:
            raise TooLong(f"{count} sequences of {length} tokens in a context made for {self._shape}")
        if not length or not count:
            raise ModelError("an empty canvas")
        if int(canvas.min()) < 0 or int(canvas.max()) >= self._size:
            raise ModelError(f"a token outside the vocabulary of {self._size}")
        if any(not 0 <= place < length for place in places):
            raise ModelError(f"a place outside the {length} tokens")
        return self._loaded.call(lambda _: self._run(canvas, places))

    def _run(self, canvas: NDArray[np.int32], places: Sequence[int]) -> Logits:
        import numpy as np

        llama = library()
        if self._context is None:
            raise ModelError("the denoiser was freed")
        count, length = canvas.shape
        self._fill(canvas)
        code = llama.llama_decode(self._context, self._batch)
        if code == _ABORTED and self._over is not None:
            over, self._over = self._over, None
            raise over
        if code:
            raise (OutOfMemory if code == -2 else ModelError)(f"llama.cpp could not decode a canvas: {code}")
        found = llama.llama_get_logits(self._context)
        every = np.ctypeslib.as_array(found, shape=(count, length, self._size))
        return every[:, rows_of(places, shift=self._shift), :].astype(np.float32, copy=True)

    def _is_over(self, _: object) -> bool:
        try:
            self._stop.check()
        except (Cancelled, OutOfTime) as over:
            self._over = over
        return self._over is not None

    def _fill(self, canvas: NDArray[np.int32]) -> None:
        """Write the sequences into the batch, one after the other; a token sees only its own sequence."""
        import numpy as np

        count, length = canvas.shape
        batch, total = self._batch, count * length
        batch.n_tokens = total
        np.ctypeslib.as_array(batch.token, shape=(total,))[:] = canvas.reshape(-1)
        np.ctypeslib.as_array(batch.pos, shape=(total,))[:] = np.tile(np.arange(length), count)
        np.ctypeslib.as_array(batch.n_seq_id, shape=(total,))[:] = 1
        np.ctypeslib.as_array(batch.logits, shape=(total,))[:] = 1
        for index in range(total):
            batch.seq_id[index][0] = index // length

    def free(self) -> None:
        """Free the context, on the model's thread; afterwards `logits` raises ModelError."""
        llama = library()
        if self._context is not None:
            llama.llama_batch_free(self._batch)
            llama.llama_free(self._context)
            self._context = None


def _context(handles: Handles, shape: tuple[int, int]) -> Any:  # noqa: ANN401 (an opaque pointer)
    """Return a context whose one micro-batch holds everything: such a model cannot be read in parts."""
    llama = library()
    params = llama.llama_context_default_params()
    params.n_ctx = params.n_batch = params.n_ubatch = shape[0] * shape[1]
    params.n_seq_max = shape[0]
    params.n_threads = params.n_threads_batch = handles.threads
    # Flash attention rounds to 16 bits: a sequence then has other logits beside a second one than alone (by 0.03).
    params.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_DISABLED
    context = llama.llama_init_from_model(handles.model, params)
    if not context:
        raise OutOfMemory(f"no room for a context of {shape[0]} sequences of {shape[1]} tokens")
    return context


def _token(token: int, *, is_used: bool) -> int | None:
    return int(token) if is_used and token >= 0 else None


def _no_text(vocab: Any, size: int, mask: int) -> NDArray[np.int64]:  # noqa: ANN401
    """Return the tokens that stand for no text of a file: control tokens, ends, unused ones, the mask."""
    import numpy as np

    llama = library()
    kinds = llama.LLAMA_TOKEN_ATTR_UNKNOWN | llama.LLAMA_TOKEN_ATTR_UNUSED | llama.LLAMA_TOKEN_ATTR_CONTROL
    found = [
        token
        for token in range(size)
        if token == mask or llama.llama_vocab_get_attr(vocab, token) & kinds or llama.llama_vocab_is_eog(vocab, token)
    ]
    return np.array(found, dtype=np.int64)
