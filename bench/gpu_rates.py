"""The child process of bench_gpu.py: bandwidth, and tokens a second at each batch size, as one line of JSON.

    python bench/gpu_rates.py FILE cpu|gpu BATCHES STEPS [GB/S]

It is a process of its own because the llama.cpp that can use the GPU may have been built a minute ago.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

PROMPT, WARM = 128, 4  # tokens of each sequence before, steps before the clock starts
COPIES = 20
ON_DEVICE = 3  # cudaMemcpyDeviceToDevice


def main(argv: Sequence[str]) -> int:
    """Measure and print; returns 0, or 2, in one line, where something is missing."""
    path, device, batches, steps, *given = argv
    try:
        found = measure(Path(path), device == "cpu", [int(one) for one in batches.split(",")], int(steps), given)
    except RuntimeError as reason:
        print(reason, file=sys.stderr)
        return 2
    print(json.dumps(found))
    return 0


def measure(path: Path, on_cpu: bool, batches: Sequence[int], steps: int, given: Sequence[str]) -> dict[str, Any]:
    """Return bandwidth (bytes a second), rates (tokens a second) and what it ran on; raises RuntimeError."""
    import llama_cpp

    bandwidth = float(given[0]) * 1e9 if given else (_copy_cpu() if on_cpu else _copy_gpu())
    params = llama_cpp.llama_model_default_params()
    params.n_gpu_layers = 0 if on_cpu else 999
    model = llama_cpp.llama_model_load_from_file(os.fsencode(path), params)
    if not model:
        raise RuntimeError(f"llama.cpp does not load {path}")
    rates = {batch: _rate(model, batch, steps) for batch in batches}
    return {"bandwidth": bandwidth, "rates": rates, "on": f"{llama_cpp.__version__}, {_device(on_cpu)}"}


def _device(on_cpu: bool) -> str:
    if on_cpu:
        return "processor, one thread"
    asked = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    return subprocess.run(asked, capture_output=True, text=True).stdout.strip()


def _rate(model: Any, batch: int, steps: int) -> float:  # noqa: ANN401
    """Return the tokens a second of `batch` sequences that are continued side by side."""
    import llama_cpp

    size = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))
    params = llama_cpp.llama_context_default_params()
    params.n_ctx = batch * (-(-(PROMPT + WARM + steps) // 256) * 256)
    params.n_seq_max, params.n_batch, params.n_ubatch = batch, 512, 512
    params.n_threads = params.n_threads_batch = 1
    context = llama_cpp.llama_init_from_model(model, params)
    if not context:
        raise RuntimeError(f"no room for {batch} sequences")
    tokens = llama_cpp.llama_batch_init(512, 0, 1)
    for sequence in range(batch):
        rows = [((7 * at + sequence) % size, at, sequence) for at in range(PROMPT)]
        _decode(context, tokens, rows, last_only=True)
    since = 0.0
    for step in range(WARM + steps):
        if step == WARM:
            since = time.perf_counter()
        at = PROMPT + step
        rows = [((11 * at + sequence) % size, at, sequence) for sequence in range(batch)]
        _decode(context, tokens, rows, last_only=False)
    seconds = time.perf_counter() - since
    llama_cpp.llama_batch_free(tokens)
    llama_cpp.llama_free(context)
    return batch * steps / seconds


def _decode(context: Any, batch: Any, rows: list[tuple[int, int, int]], *, last_only: bool) -> None:  # noqa: ANN401
    """Decode rows of (token, position, sequence) and wait until their logits are here."""
    import llama_cpp

    batch.n_tokens = len(rows)
    for index, (token, at, sequence) in enumerate(rows):
        batch.token[index], batch.pos[index] = token, at
        batch.n_seq_id[index], batch.seq_id[index][0] = 1, sequence
        batch.logits[index] = not last_only or index == len(rows) - 1
    code = llama_cpp.llama_decode(context, batch)
    if code:
        raise RuntimeError(f"llama.cpp could not decode {len(rows)} tokens: {code}")
    llama_cpp.llama_get_logits(context)


def _copy_cpu() -> float:
    """Return the bytes a second, read and written, of a copy in memory by one thread."""
    size = 256 << 20
    source, target = ctypes.create_string_buffer(size), ctypes.create_string_buffer(size)
    ctypes.memmove(target, source, size)
    since = time.perf_counter()
    for _ in range(3):
        ctypes.memmove(target, source, size)
    return 3 * 2 * size / (time.perf_counter() - since)


def _copy_gpu() -> float:
    """Return the bytes a second, read and written, of a copy of 1 GiB on the device; raises RuntimeError."""
    named = ctypes.util.find_library("cudart")
    paths = [named] if named else sorted(map(str, Path("/usr/local").glob("cuda*/**/libcudart.so.*")), reverse=True)
    if not paths:
        raise RuntimeError("no libcudart: give --bandwidth GB/S")
    cuda, size = ctypes.CDLL(paths[0]), 1 << 30
    pointers = [ctypes.c_void_p(), ctypes.c_void_p()]
    words = ctypes.c_size_t(size)
    if any(cuda.cudaMalloc(ctypes.byref(one), words) for one in pointers):
        raise RuntimeError("the GPU has no 2 GiB free: give --bandwidth GB/S")
    target, source = pointers
    cuda.cudaMemset(source, 1, words)
    for turn in range(COPIES + 1):
        if turn == 1:
            cuda.cudaDeviceSynchronize()
            since = time.perf_counter()
        if cuda.cudaMemcpyAsync(target, source, words, ON_DEVICE, None):
            raise RuntimeError("a copy on the GPU failed: give --bandwidth GB/S")
    cuda.cudaDeviceSynchronize()
    seconds = time.perf_counter() - since
    for one in pointers:
        cuda.cudaFree(one)
    return COPIES * 2 * size / seconds


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
