"""How many threads a model is fastest with. On small shared machines that is one: ggml's threads spin at barriers."""

from __future__ import annotations

import time
from collections.abc import Callable

from models.errors import ModelError
from models.llama_context import Context, Fed
from models.llama_library import library
from models.llama_loaded import Handles
from models.model import NEVER

_SMALL = 2  # on so few cores, shared as those are, one thread
_FASTER = 0.9  # what twice the threads have to bring: a tenth of the time
_TOKENS = 4
_TRIES = 3


def fastest_threads(handles: Handles, cores: int, *, clock: Callable[[], float] = time.perf_counter) -> int:
    """Return the number of threads with which a few tokens are read soonest, measured; 1 on at most two cores."""
    if cores <= _SMALL:
        return 1
    size = int(library().llama_vocab_n_tokens(handles.vocab))
    try:
        context = Context(handles, cells=256, sequences=1, size=size)
    except ModelError:  # one that denoises: it is never read token by token
        return cores // 2
    try:
        return _fastest(context, cores, clock)
    finally:
        context.free()


def _fastest(context: Context, cores: int, clock: Callable[[], float]) -> int:
    """Return the last number of 1, 2, 4, ... threads that was worth its doubling."""
    count, best = 1, _seconds(context, 1, clock)
    while count * 2 <= cores:
        taken = _seconds(context, count * 2, clock)
        if taken > best * _FASTER:
            break
        count, best = count * 2, taken
    return count


def _seconds(context: Context, threads: int, clock: Callable[[], float]) -> float:
    """Return the seconds of the fastest of a few readings; the first pays for what is made at the first use."""
    context.use_threads(threads)
    taken = []
    for _ in range(_TRIES):
        start = clock()
        context.decode([Fed(at, 0, at, wanted=at == _TOKENS - 1) for at in range(_TOKENS)], NEVER)
        taken.append(clock() - start)
        context.clear()
    return min(taken)
