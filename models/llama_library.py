"""llama.cpp itself: found or said to be missing, started once, and its chatter kept instead of printed.

The log of llama.cpp is one for the whole process, so what hears it is too: each thread keeps what was said on it
while it was listening, and everything else is dropped.
"""

from __future__ import annotations

import ctypes
import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from models.errors import ModelMissing

_WARNING, _ERROR = 3, 4  # of ggml_log_level: what may explain a failure
_KEPT = 20

_heard = threading.local()


@functools.cache
def library() -> ModuleType:
    """Return the low-level bindings of llama.cpp, started; raises ModelMissing, saying how to install them."""
    try:
        import llama_cpp
    except (ImportError, OSError, RuntimeError) as error:  # the last two where a shared library does not load
        raise ModelMissing(
            f"llama.cpp cannot be used ({error}): install it with `pip install llama-cpp-python==0.3.36`, "
            "or do without a model with --no-model"
        ) from error
    llama_cpp.llama_log_set(_CALLBACK, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()
    return llama_cpp


@contextmanager
def listening() -> Iterator[list[str]]:
    """Collect the last warnings and errors that llama.cpp utters on this thread, one line each."""
    before, lines = getattr(_heard, "lines", None), list[str]()
    _heard.lines = lines
    try:
        yield lines
    finally:
        _heard.lines = before


def _hear(level: int, text: bytes | None, _: object) -> None:
    lines: list[str] | None = getattr(_heard, "lines", None)
    if lines is None or text is None or level not in (_WARNING, _ERROR):
        return
    line = text.decode("utf-8", "replace").strip()
    if line:
        lines.append(line)
        del lines[:-_KEPT]


_CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)(_hear)
