"""Tokens a second of a 7B-sized model against what the memory's bandwidth allows, at batch 1, 8 and 32.

    python bench/bench_gpu.py [--type q8_0|q4_0|q4_k] [--bandwidth GB/S] [--source PATH] [--flash] [--folder FOLDER]
    python bench/bench_gpu.py --cpu

On a machine with an NVIDIA GPU and nvcc. Where the llama-cpp-python of this Python cannot use the GPU, one that can is
built into a temporary folder, for this GPU alone, in at most 10 minutes (`--source`: an unpacked or packed source of
llama-cpp-python where there is no index; without flash attention unless `--flash`, because its kernels are most of the
build). Then a random file of Qwen2-7B's shape is written and run: random weights run at the speed of real ones.

The ceiling of a step is bandwidth / (weights it reads + KV cache it reads). The bandwidth is that of a copy on the
device in the same run, bytes read and written counted, or what is given. Exits 2, in one line, where something is
missing. `--cpu` does the same with a tiny file on the processor: it tries out the script, its ratios mean nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.gpu_build import PACKAGE, Missing, built, has_llama, last_line  # noqa: E402
from bench.gpu_rates import PROMPT, WARM  # noqa: E402
from bench.random_gguf import QWEN2_7B, TINY, TYPES, Shape, read_bytes, tensors_of, write_random  # noqa: E402


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; returns 0, or 2 where something is missing."""
    options = _parser().parse_args(argv)
    try:
        return run(options)
    except Missing as reason:
        print(f"bench_gpu: {reason}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--cpu", action="store_true", help="try the script with a tiny file on the processor")
    parser.add_argument("--type", choices=sorted(TYPES), default="q8_0")
    parser.add_argument("--bandwidth", type=float, help="GB a second, instead of measuring a copy")
    parser.add_argument("--source", default=PACKAGE, help="of llama-cpp-python: a path instead of the index")
    parser.add_argument("--flash", action="store_true", help="build the kernels of flash attention, too")
    parser.add_argument("--folder", type=Path, help="for the file and the build; default: a temporary one")
    parser.add_argument("--batches", type=lambda text: [int(one) for one in text.split(",")], default=[1, 8, 32])
    parser.add_argument("--steps", type=int, default=64, help="tokens of each sequence that are timed")
    return parser


def run(options: argparse.Namespace) -> int:
    """Prepare, let a child process measure, and print the table; raises Missing."""
    shape = TINY if options.cpu else QWEN2_7B
    with tempfile.TemporaryDirectory(dir=options.folder) as temporary:
        folder = Path(temporary)
        environment = _with_llama(folder, options)
        path = folder / f"random-{options.type}.gguf"
        size = sum(tensor.bytes_in(TYPES[options.type]) for tensor in tensors_of(shape))
        if shutil.disk_usage(folder).free < 1.1 * size:
            raise Missing(f"{size / 1e9:.1f} GB on disk are needed in {folder}: say --folder")
        since = time.perf_counter()
        write_random(path, shape, options.type)
        print(f"file: {path.stat().st_size / 1e9:.2f} GB, written in {time.perf_counter() - since:.1f} s", flush=True)
        words = [str(path), "cpu" if options.cpu else "gpu", ",".join(map(str, options.batches)), str(options.steps)]
        words += [str(options.bandwidth)] if options.bandwidth else []
        command = [sys.executable, str(ROOT / "bench/gpu_rates.py"), *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise Missing(f"measuring ended with {done.returncode}: {last_line(done.stderr)}")
        _print(json.loads(done.stdout.splitlines()[-1]), shape, options)
    return 0


def _with_llama(folder: Path, options: argparse.Namespace) -> dict[str, str]:
    """Return an environment in which Python has a llama.cpp that fits, built now if need be; raises Missing."""
    environment = dict(os.environ)
    if has_llama(environment, gpu=not options.cpu):
        return environment
    if options.cpu:
        raise Missing("llama-cpp-python is not installed for this Python")
    since = time.perf_counter()
    environment |= built(folder, options.source, flash=options.flash)
    print(f"build: {time.perf_counter() - since:.0f} s on {os.cpu_count()} processors", flush=True)
    if not has_llama(environment, gpu=True):
        raise Missing("llama-cpp-python was built, and still sees no GPU")
    return environment


def ceiling_of(shape: Shape, kind: str, bandwidth: float, batch: int, length: float) -> float:
    """Return the tokens a second that bandwidth (bytes a second) allows for sequences of a mean length."""
    return batch * bandwidth / (read_bytes(shape, kind) + batch * length * shape.kv_bytes)


def _print(found: dict[str, Any], shape: Shape, options: argparse.Namespace) -> None:
    length = PROMPT + WARM + options.steps / 2
    print(f"on: llama-cpp-python {found['on']}")
    print(f"bandwidth: {found['bandwidth'] / 1e9:.0f} GB/s {'given' if options.bandwidth else 'of a copy'}")
    read = read_bytes(shape, options.type)
    print(f"model: {shape.layers} layers of {shape.width}, vocabulary {shape.vocabulary}, {options.type}")
    print(f"a step reads {read / 1e9:.3f} GB of weights and {length * shape.kv_bytes / 1e6:.1f} MB a sequence\n")
    print("| batch | tokens/s | ms a step | ceiling tokens/s | of the ceiling |")
    print("|---:|---:|---:|---:|---:|")
    for batch, rate in ((int(key), value) for key, value in found["rates"].items()):
        ceiling = ceiling_of(shape, options.type, found["bandwidth"], batch, length)
        print(f"| {batch} | {rate:.1f} | {1000 * batch / rate:.2f} | {ceiling:.0f} | {rate / ceiling:.0%} |")


if __name__ == "__main__":
    sys.exit(main())
