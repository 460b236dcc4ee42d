"""One context of a model: its KV cache, the batch that is read next, and the logits that come of it.

All sequences share one cache ("unified"), so what is read once on sequence 0 is lent to the others without a copy.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.errors import ModelError, OutOfMemory, TooLong
from models.llama_library import library, listening
from models.llama_loaded import Handles
from models.model import NEVER, Stop

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.model import Logits

CHUNK = 256  # tokens read at once of a prompt: the same cuts every time give the same numbers every time
ROWS = 64  # logits asked for at once: 39 MB at a vocabulary of 150,000
LENT = 0  # the sequence that holds the prompt


@dataclass(frozen=True)
class Fed:
    """A token to be read: on which sequence, at which place, and whether the logits after it are wanted."""

    token: int
    sequence: int
    position: int
    wanted: bool = True


class Context:
    """A llama.cpp context; every method on its model's thread. `tokens` are on sequence LENT, `row` follows them."""

    def __init__(self, handles: Handles, *, cells: int, sequences: int, size: int) -> None:
        self._llama = llama = library()
        self.cells, self.sequences, self._size = cells, sequences, size
        self.tokens: tuple[int, ...] = ()
        self.row: Logits | None = None
        self.spoilt = False
        self._stop = NEVER
        self._abort = llama.ggml_abort_callback(self._asked_to_stop)
        self._never = llama.ggml_abort_callback()
        params = _params(handles, cells, sequences)
        with listening() as said:
            self._context = llama.llama_init_from_model(handles.model, params)
        if not self._context:
            reason = said[-1] if said else "llama.cpp gave no reason"
            raise OutOfMemory(f"no context for {cells} tokens on {sequences} sequences: {reason}")
        self._memory = llama.llama_get_memory(self._context)
        self._batch = llama.llama_batch_init(CHUNK, 0, 1)
        self._token, self._place, self._wanted = (self._view(name) for name in ("token", "pos", "logits"))
        self._view("n_seq_id")[:] = 1
        if not self._memory:
            self.free()
            raise ModelError("this model does not continue texts: it denoises or embeds them")

    def free(self) -> None:
        """Give it back to llama.cpp."""
        if self._context:
            self._llama.llama_batch_free(self._batch)
            self._llama.llama_free(self._context)
        self._context = None

    def read(self, tokens: Sequence[int], stop: Stop) -> None:
        """Append tokens to the prompt, chunk by chunk; `row` is what follows. A stop waits for one operation only."""
        for start in range(0, len(tokens), CHUNK):
            stop.check()
            part = tokens[start : start + CHUNK]
            place, last = len(self.tokens), start + CHUNK >= len(tokens)
            fed = [Fed(token, LENT, place + at, wanted=False) for at, token in enumerate(part)]
            if last:
                fed[-1] = Fed(part[-1], LENT, place + len(part) - 1)
            rows = self.decode(fed, stop, interruptible=True)
            self.tokens += tuple(part)
            self.row = rows[0].copy() if last else None

    def decode(self, fed: Sequence[Fed], stop: Stop, *, interruptible: bool = False) -> Logits:
        """Read one batch of at most CHUNK tokens, ROWS of them wanted; returns a view of the logits (wanted, V).

        The view holds until the next batch. After an error the context is spoilt: what it holds is not known.
        """
        wanted = sum(one.wanted for one in fed)
        if not 0 < len(fed) <= CHUNK or wanted > ROWS or self.spoilt or not self._context:
            raise ModelError("this context cannot read that: it was stopped in the middle, or freed")
        for at, one in enumerate(fed):
            self._token[at], self._place[at], self._wanted[at] = one.token, one.position, one.wanted
            self._batch.seq_id[at][0] = one.sequence
        self._batch.n_tokens = len(fed)
        self.spoilt = True
        code = self._decoded(stop, interruptible)
        if code == 2:  # aborted
            stop.check()
        if code == 1:
            raise TooLong(f"the context of {self.cells} tokens is full")
        if code:
            raise ModelError(f"llama.cpp could not read {len(fed)} tokens (code {code})")
        self.spoilt = False
        if not wanted:
            return np.empty((0, self._size), dtype=np.float32)
        return np.ctypeslib.as_array(self._llama.llama_get_logits(self._context), shape=(wanted, self._size))

    def lend(self, sequence: int) -> None:
        """Let a sequence begin with the prompt, in place of whatever it held."""
        self._llama.llama_memory_seq_rm(self._memory, sequence, -1, -1)
        self._llama.llama_memory_seq_cp(self._memory, LENT, sequence, -1, -1)

    def forget(self, sequence: int, start: int) -> bool:
        """Forget a sequence from a position on; returns whether the model can."""
        return bool(self._llama.llama_memory_seq_rm(self._memory, sequence, start, -1))

    def keep(self, count: int) -> None:
        """Forget all but the first `count` tokens of the prompt, of all sequences."""
        for sequence in range(LENT + 1, self.sequences):
            self._llama.llama_memory_seq_rm(self._memory, sequence, -1, -1)
        if count == len(self.tokens):
            return
        if count == 0 or not self.forget(LENT, count):
            self.clear()
        self.tokens, self.row = self.tokens[:count], None

    def state(self) -> bytes:
        """Return all that the prompt's sequence holds, as llama.cpp writes it."""
        size = int(self._llama.llama_state_seq_get_size(self._context, LENT))
        buffer = (ctypes.c_uint8 * size)()
        written = int(self._llama.llama_state_seq_get_data(self._context, buffer, size, LENT))
        return bytes(memoryview(buffer)[:written])

    def restore(self, state: bytes, tokens: tuple[int, ...], row: Logits) -> bool:
        """Take over what `state` returned for these tokens; returns whether llama.cpp accepted it."""
        self.clear()
        if len(tokens) > self.cells or not state:
            return False
        buffer = (ctypes.c_uint8 * len(state)).from_buffer_copy(state)
        with listening():
            read = self._llama.llama_state_seq_set_data(self._context, buffer, len(state), LENT)
        if int(read) != len(state) or int(self._llama.llama_memory_seq_pos_max(self._memory, LENT)) + 1 != len(tokens):
            self.clear()
            return False
        self.tokens, self.row = tokens, row
        return True

    def clear(self) -> None:
        """Forget everything, on all sequences."""
        self._llama.llama_memory_clear(self._memory, False)
        self.tokens, self.row = (), None

    def use_threads(self, count: int) -> None:
        """Compute with so many threads from now on."""
        self._llama.llama_set_n_threads(self._context, count, count)

    def _view(self, name: str) -> NDArray[np.int32]:
        """Return numpy's view (CHUNK,) of an array of the batch."""
        return np.ctypeslib.as_array(getattr(self._batch, name), shape=(CHUNK,))

    def _decoded(self, stop: Stop, interruptible: bool) -> int:
        if not interruptible:
            return int(self._llama.llama_decode(self._context, self._batch))
        self._stop = stop
        self._llama.llama_set_abort_callback(self._context, self._abort, None)
        try:
            return int(self._llama.llama_decode(self._context, self._batch))
        finally:
            self._llama.llama_set_abort_callback(self._context, self._never, None)
            self._stop = NEVER

    def _asked_to_stop(self, _: object) -> bool:
        try:
            self._stop.check()
        except ModelError:
            return True
        return False


def _params(handles: Handles, cells: int, sequences: int) -> ctypes.Structure:
    params = library().llama_context_default_params()
    params.n_ctx, params.n_seq_max, params.kv_unified = cells, sequences, True
    params.n_batch = params.n_ubatch = CHUNK
    params.n_outputs_max = ROWS
    params.n_threads = params.n_threads_batch = handles.threads
    params.flash_attn_type = handles.flash
    params.swa_full = True  # a window that forgets cannot take tokens back
    params.no_perf = True
    return params  # type: ignore[no-any-return]
