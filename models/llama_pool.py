"""The contexts of one model: made as large as is needed, kept for the next prompt, and never more than is allowed."""

from __future__ import annotations

from models.llama_context import CHUNK, ROWS, Context
from models.llama_loaded import Handles, Loaded
from models.llama_memory import bytes_of_context, check_fits

_CELLS = 1024  # a context has at least as many
_BRANCHES = 8  # and room for as many branches


class Pool:
    """Contexts of a loaded model, one of them idle at most; every method on the model's thread."""

    def __init__(self, loaded: Loaded, size: int, memory: int) -> None:
        self._loaded, self._size, self._memory = loaded, size, memory
        self._idle: list[Context] = []
        self._taken: dict[Context, int] = {}  # bytes

    def take(self, handles: Handles, cells: int, sequences: int) -> Context:
        """Return a context for so many tokens and sequences: the idle one if it is large enough, else a new one.

        Raises OutOfMemory, naming the file, where the file, what is lent out and the new one are more than is allowed.
        """
        header = self._loaded.header
        if self._idle and self._idle[0].cells >= cells and self._idle[0].sequences >= sequences:
            context = self._idle.pop()
            self._taken[context] = bytes_of_context(header, context.cells, CHUNK, ROWS)
            return context
        self._drop_idle()
        lent = sum(self._taken.values())
        generous, exact = max(_CELLS, 1 << (cells - 1).bit_length()), -(-cells // CHUNK) * CHUNK
        if header.size + lent + bytes_of_context(header, generous, CHUNK, ROWS) > self._memory:
            generous = exact
        needed = bytes_of_context(header, generous, CHUNK, ROWS)
        check_fits(header, lent + needed, self._memory)
        context = Context(handles, cells=generous, sequences=max(sequences, _BRANCHES + 1), size=self._size)
        self._loaded.own(context)
        self._taken[context] = needed
        return context

    def give_back(self, context: Context) -> None:
        """Keep a context for the next prompt in place of the one kept before; free it if it is spoilt."""
        self._taken.pop(context, None)
        if context.spoilt:
            self._loaded.free(context)
            return
        self._drop_idle()
        self._idle.append(context)

    def _drop_idle(self) -> None:
        for idle in self._idle:
            self._loaded.free(idle)
        self._idle.clear()
