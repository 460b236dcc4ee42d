"""The GPU benchmark, tried without a GPU: its random file is a model, its table adds up, what is missing is said."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.bench_gpu import ceiling_of
from bench.random_gguf import QWEN2_7B, TINY, TYPES, read_bytes, tensors_of, write_random
from models.gguf import read_header

ROOT = Path(__file__).parents[2]


def bench(*words: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "bench/bench_gpu.py"), *words]
    environment = os.environ | ({"PATH": str(path)} if path else {})
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100)


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_a_random_file_is_what_its_header_says(tmp_path: Path, kind: str) -> None:
    size = write_random(tmp_path / "one.gguf", TINY, kind)
    write_random(tmp_path / "again.gguf", TINY, kind)
    header = read_header(tmp_path / "one.gguf")
    assert header.size == size == (tmp_path / "one.gguf").stat().st_size
    assert header.architecture == "qwen2"
    assert header.layers == TINY.layers
    assert header.cell_bytes == TINY.kv_bytes
    assert (tmp_path / "one.gguf").read_bytes() == (tmp_path / "again.gguf").read_bytes()


def test_the_shape_is_that_of_a_7b_model() -> None:
    weights = sum(tensor.bytes_in(TYPES["q8_0"]) for tensor in tensors_of(QWEN2_7B)) / 34 * 32
    assert weights == pytest.approx(7.62e9, rel=0.01)
    assert read_bytes(QWEN2_7B, "q8_0") == pytest.approx(7.51e9, rel=0.01)
    assert QWEN2_7B.kv_bytes == 57344


def test_the_ceiling_is_bandwidth_over_what_a_step_reads() -> None:
    weights = read_bytes(QWEN2_7B, "q8_0")
    assert ceiling_of(QWEN2_7B, "q8_0", weights, 1, 0) == 1
    assert ceiling_of(QWEN2_7B, "q8_0", 2 * weights, 8, 0) == 16
    full = weights / QWEN2_7B.kv_bytes  # a cache as large as the weights
    assert ceiling_of(QWEN2_7B, "q8_0", weights, 1, full) == pytest.approx(0.5)


def test_the_script_runs_to_its_table_on_a_processor(tmp_path: Path) -> None:
    done = bench("--cpu", "--batches", "1,2", "--steps", "8", "--folder", str(tmp_path))
    assert done.returncode == 0, done.stderr
    rows = re.findall(r"^\| (\d+) \| ([\d.]+) \| ([\d.]+) \| (\d+) \| (\d+)% \|$", done.stdout, re.MULTILINE)
    assert [row[0] for row in rows] == ["1", "2"]
    for batch, rate, milliseconds, ceiling, share in rows:
        assert float(rate) * float(milliseconds) / 1000 == pytest.approx(int(batch), rel=0.1, abs=0.1)
        assert int(share) == pytest.approx(100 * float(rate) / int(ceiling), abs=1)
    assert not list(tmp_path.iterdir())


def test_what_is_missing_is_said_in_one_line(tmp_path: Path) -> None:
    """A PATH with a fake GPU on it, then with a fake compiler, too: the build then fails over its source."""

    def missing(*words: str) -> str:
        done = bench(*words, path=tmp_path)
        assert done.returncode == 2
        assert done.stderr.startswith("bench_gpu: ")
        assert done.stderr.count("\n") == 1
        return done.stderr

    assert "no NVIDIA GPU" in missing()
    program(tmp_path, "nvidia-smi", "echo No devices were found; exit 6")
    assert "names no GPU: No devices were found" in missing()
    program(tmp_path, "nvidia-smi", "echo 9.0")
    assert "no nvcc" in missing()
    program(tmp_path, "nvcc", "exit 1")
    said = missing("--source", str(tmp_path / "nowhere"))
    assert "no cuBLAS" in said or "pip could not install" in said
