"""A model in llama.cpp's hands, and the one thread that may touch it.

llama.cpp promises nothing to two threads that use one model or context at once. So every call to it is a function
handed to `Loaded.call`, from whichever thread; they run one after the other on the thread that owns the model.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar

from models.errors import ModelError
from models.gguf import GgufHeader
from models.llama_library import library
from models.model import NEVER, Stop

T = TypeVar("T")
_PATIENCE = 0.05  # seconds between two questions whether an answer is still wanted


@dataclass(frozen=True)
class Handles:
    """llama.cpp's pointers to a model, for use on its own thread only, and how contexts on it are to be made."""

    model: int
    vocab: int
    threads: int
    gpu_layers: int
    flash: int  # llama_flash_attn_type


class Freed(Protocol):
    """What is made on a model and has to be gone before it."""

    def free(self) -> None:
        """Give it back to llama.cpp; called on the model's thread, once or more."""
        ...


class Loaded:
    """A loaded model: its file's header, its thread, and everything that was made on it."""

    def __init__(self, header: GgufHeader, load: Callable[[], Handles]) -> None:
        self.header = header
        self._lock = threading.Lock()
        self._closed = False
        self._made: list[Freed] = []
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="llama")
        try:
            self._owner = self._thread.submit(threading.get_ident).result()
            self._handles = self._thread.submit(load).result()
        except BaseException:
            self._thread.shutdown(wait=False)
            raise

    @property
    def closed(self) -> bool:
        """Return whether it was closed."""
        return self._closed

    def call(self, function: Callable[[Handles], T], stop: Stop = NEVER) -> T:
        """Run a function on the model's thread and return what it returns.

        Raises ModelError after `close`, Cancelled and OutOfTime if `stop` says so before it is the function's turn;
        once it runs, it has to ask `stop` itself.
        """
        if threading.get_ident() == self._owner:  # a question asked while a call runs: it is the same call
            return function(self._handles)
        with self._lock:
            if self._closed:
                raise ModelError(f"{self.header.path.name} was closed")
            future = self._thread.submit(function, self._handles)
        while True:
            try:
                return future.result(timeout=None if stop is NEVER else _PATIENCE)
            except TimeoutError:
                if future.done():
                    raise
                _give_up(future, stop)

    def own(self, made: Freed) -> None:
        """Remember what has to be freed before the model is; on the model's thread."""
        self._made.append(made)

    def free(self, made: Freed) -> None:
        """Free what was made on it before; nothing if the model was closed meanwhile."""

        def freed(_: Handles) -> None:
            if made in self._made:
                self._made.remove(made)
                made.free()

        with contextlib.suppress(ModelError):
            self.call(freed)

    def close(self) -> None:
        """Let the calls under way end, then free everything. A second time it does nothing."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            future = self._thread.submit(self._freed)
        if threading.get_ident() != self._owner:
            future.result()
        self._thread.shutdown(wait=False)

    def _freed(self) -> None:
        for made in reversed(self._made):
            made.free()
        self._made.clear()
        library().llama_model_free(self._handles.model)


def _give_up(future: Future[T], stop: Stop) -> None:
    """Raise what `stop` says if the function has not begun; one that has is waited for."""
    try:
        stop.check()
    except ModelError:
        if future.cancel():
            raise
