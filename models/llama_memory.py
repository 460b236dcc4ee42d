"""What fits: into the memory that a caller allows, and onto a GPU.

Estimates are of what llama.cpp allocates: the file, which is mapped, the KV cache of a context (layers * KV heads *
(key + value length) * 2 bytes per token), its logits, and a working buffer.
"""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass
from pathlib import Path

from models.errors import OutOfMemory
from models.gguf import GgufHeader
from models.llama_library import library

_GPU = (1, 2)  # of ggml_backend_dev_type: GPU and integrated GPU
_SPARE = 512 << 20  # left free on a GPU for the working buffers and whoever draws the screen
_WORKING = 16  # numbers per element of the embedding and token of a batch: measured on llama and qwen2, rounded up


@dataclass(frozen=True)
class Device:
    """A device that llama.cpp can compute on."""

    kind: int
    free: int  # bytes
    total: int


def devices() -> list[Device]:
    """Return the devices that llama.cpp sees, by its own query."""
    library()
    from llama_cpp import _ggml

    ggml = _ggml.libggml
    sizes = ctypes.POINTER(ctypes.c_size_t)
    count = ctypes.CFUNCTYPE(ctypes.c_size_t)(("ggml_backend_dev_count", ggml))
    device_at = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_size_t)(("ggml_backend_dev_get", ggml))
    kind_of = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(("ggml_backend_dev_type", ggml))
    ask_memory = ctypes.CFUNCTYPE(None, ctypes.c_void_p, sizes, sizes)(("ggml_backend_dev_memory", ggml))
    found = []
    for at in range(count()):
        device, free, total = device_at(at), ctypes.c_size_t(0), ctypes.c_size_t(0)
        ask_memory(device, ctypes.byref(free), ctypes.byref(total))
        found.append(Device(kind_of(device), free.value, total.value))
    return found


def gpu_layers_for(header: GgufHeader, found: list[Device]) -> int:
    """Return how many layers fit into the free memory of the GPUs; all of them and the output count layers + 1."""
    free = sum(max(0, device.free - _SPARE) for device in found if device.kind in _GPU)
    if not free or not header.layers:
        return 0
    per_layer = (header.size + header.cell_bytes * min(header.context or 4096, 4096)) // (header.layers + 1)
    return int(min(header.layers + 1, free // max(1, per_layer)))


def machine_bytes() -> int:
    """Return how much memory this process can have at most: the machine's, or its control group's limit."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 1 << 62
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text("ascii").strip()
    except OSError:
        return total
    return min(total, int(limit)) if limit.isdecimal() else total


def bytes_of_context(header: GgufHeader, cells: int, batch: int, rows: int) -> int:
    """Return the bytes of a context of `cells` tokens that reads `batch` tokens and returns `rows` logits at once."""
    seen = cells * _number(header, "attention.head_count")  # who sees whom: a number per head and pair
    working = 4 * batch * (seen + _WORKING * _number(header, "embedding_length"))
    return cells * header.cell_bytes + 2 * rows * header.vocabulary * 4 + working


def check_fits(header: GgufHeader, context: int, limit: int) -> None:
    """Raise OutOfMemory, naming the file and the figures, if the file and a context are more than is allowed."""
    if header.size + context > limit:
        raise OutOfMemory(
            f"{header.path} needs about {_mib(header.size + context)} MiB ({_mib(header.size)} for the file, "
            f"{_mib(context)} for what it reads), and {_mib(limit)} MiB are allowed"
        )


def _number(header: GgufHeader, key: str) -> int:
    value = header.metadata.get(f"{header.architecture}.{key}", 0)
    return value if isinstance(value, int) else 0


def _mib(size: int) -> str:
    return f"{-(-size // (1 << 20)):,}"
