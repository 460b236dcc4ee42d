"""A llama-cpp-python that can use this machine's GPU, built for it alone into a folder of its own."""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "llama-cpp-python==0.3.36"
NEEDS = ("numpy", "typing_extensions", "diskcache", "jinja2")  # of that package
SECONDS = 600  # that the build may take


class Missing(Exception):
    """Something that the measurement needs is not here."""


def has_llama(environment: Mapping[str, str], *, gpu: bool) -> bool:
    """Return whether a Python with this environment has llama.cpp, with a GPU that it can use if that is asked."""
    code = "import llama_cpp, sys; sys.exit(0 if llama_cpp.llama_supports_gpu_offload() or not int(sys.argv[1]) else 3)"
    asked = [sys.executable, "-c", code, str(int(gpu))]
    return subprocess.run(asked, env=dict(environment), capture_output=True).returncode == 0


def built(folder: Path, source: str, *, flash: bool) -> dict[str, str]:
    """Build it into a folder and return what has to be in the environment to use it; raises Missing.

    Left out are flash attention unless `flash`, and what one GPU does without: NCCL, virtual memory management, which
    would link the driver's own library.
    """
    flags = {
        "GGML_CUDA": "ON",
        "CMAKE_CUDA_ARCHITECTURES": _architecture(),
        "GGML_CUDA_FA": "ON" if flash else "OFF",
        "GGML_CUDA_NCCL": "OFF",
        "GGML_CUDA_NO_VMM": "ON",
        "LLAVA_BUILD": "OFF",
    }
    if shutil.which("nvcc") is None:
        raise Missing("no nvcc: install the CUDA toolkit, or a llama-cpp-python that can use the GPU")
    environment = os.environ | _cublas(folder / "cublas")
    environment["CMAKE_ARGS"] = " ".join(f"-D{name}={value}" for name, value in flags.items())
    environment["CMAKE_BUILD_PARALLEL_LEVEL"] = str(os.cpu_count() or 1)
    target = folder / "packages"
    lacking = [name for name in NEEDS if find_spec(name) is None]
    if lacking:
        _install(target, lacking, environment)
    _install(target, ["--no-deps", source], environment)
    found = {"PYTHONPATH": target, "LD_LIBRARY_PATH": folder / "cublas"}
    return {name: os.pathsep.join(filter(None, (str(path), os.environ.get(name)))) for name, path in found.items()}


def last_line(text: str) -> str:
    """Return the last line with something on it, cut to 300 characters."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no reason given")[:300]


def _architecture() -> str:
    """Return the compute capability of the GPU as CMake writes it: 90 for 9.0."""
    if shutil.which("nvidia-smi") is None:
        raise Missing("no NVIDIA GPU: there is no nvidia-smi (--cpu tries the script without one)")
    asked = ["nvidia-smi", "--query-gpu=compute_cap", "--format=csv,noheader"]
    found = subprocess.run(asked, capture_output=True, text=True)
    if found.returncode or not found.stdout.strip():
        raise Missing(f"nvidia-smi names no GPU: {last_line(found.stdout + found.stderr)}")
    return found.stdout.split()[0].replace(".", "")


def _install(target: Path, words: list[str], environment: Mapping[str, str]) -> None:
    command = [sys.executable, "-m", "pip", "install", "--target", str(target), *words]
    try:
        done = subprocess.run(command, env=dict(environment), capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        raise Missing(f"{words[-1]} was not built in {SECONDS} s on {os.cpu_count()} processors") from None
    if done.returncode:
        raise Missing(f"pip could not install {words[-1]}: {last_line(done.stdout + done.stderr)}")


def _cublas(folder: Path) -> dict[str, str]:
    """Return where CMake finds cuBLAS if the toolkit lacks it: in the Python package that PyTorch brings along."""
    folder.mkdir()
    if ctypes.util.find_library("cublas") or any(Path("/usr/local").glob("cuda*/**/libcublas.so*")):
        return {}
    packages = [Path(entry) / "nvidia" for entry in sys.path if entry]
    found = sorted({path for package in packages for path in package.glob("*/lib/libcublas*.so.*")})
    if not found:
        raise Missing("no cuBLAS, neither in the CUDA toolkit nor as the Python package nvidia-cublas")
    for path in found:
        for name in (path.name, path.name.split(".so")[0] + ".so"):
            if not (folder / name).exists():
                (folder / name).symlink_to(path)
    return {"CMAKE_LIBRARY_PATH": str(folder), "CPATH": str(found[0].parents[1] / "include")}
