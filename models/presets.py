"""Which model suits a machine: five presets, by the memory and the GPU that are found."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

GB = 2**30
_GPU = (1, 2)  # of ggml_backend_dev_type: GPU and integrated GPU
_NVIDIA = ("nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits")


class Preset(StrEnum):
    """What a user wants of a model; DIFFUSION is experimental and never chosen for anybody."""

    CPU = "cpu"
    FAST = "fast"
    BALANCED = "balanced"
    QUALITY = "quality"
    DIFFUSION = "diffusion"


MODELS: Mapping[Preset, str] = {  # preset -> name in the catalogue
    Preset.CPU: "qwen2.5-coder-0.5b",
    Preset.FAST: "qwen2.5-coder-1.5b",
    Preset.BALANCED: "qwen2.5-coder-7b",
    Preset.QUALITY: "qwen3-coder-30b-a3b",
    Preset.DIFFUSION: "dream-7b",
}


@dataclass(frozen=True)
class Machine:
    """What a model has to live on, in bytes. Of several GPUs the largest counts: a model is not split over them."""

    ram_bytes: int  # that this process may use
    gpu_bytes: int = 0  # 0 without a GPU


def preset_for(machine: Machine) -> Preset:
    """Return the largest preset whose model runs well here.

    A GPU has to hold the file and about 2 GB of context. Without one, speed decides: a processor's memory moves some
    20 GB a second, so that more than 2 GB of weights give fewer than ten tokens a second.
    """
    if machine.gpu_bytes >= 23 * GB:  # cards of "24 GB" have a little less
        return Preset.QUALITY
    if machine.gpu_bytes >= 10 * GB:
        return Preset.BALANCED
    if machine.gpu_bytes >= 3 * GB or machine.ram_bytes >= 12 * GB:
        return Preset.FAST
    return Preset.CPU


def this_machine(root: Path = Path("/"), *, gpus: Callable[[], int] | None = None) -> Machine:
    """Return what there is here: memory less than the machine's where a control group allows less."""
    meminfo = _text(root / "proc/meminfo")
    found = re.search(r"(?m)^MemTotal:\s+(\d+) kB", meminfo)
    total = int(found[1]) * 1024 if found else 0
    # v2 and v1 of control groups; "max" and absurdly large numbers mean no limit
    for name in ("sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes"):
        limit = _text(root / name).strip()
        if limit.isdigit():
            total = min(total, int(limit)) if total else int(limit)
    return Machine(total, (gpus or usable_gpu_bytes)())


def usable_gpu_bytes() -> int:
    """Return the memory of the largest GPU that llama.cpp can use as it was built; 0 without one, or without llama.cpp.

    A GPU that it cannot use counts as none: a model chosen for it would run on the processor.
    """
    from models.errors import ModelMissing
    from models.llama_memory import devices

    try:
        found = devices()
    except ModelMissing:
        return 0
    return max((device.total for device in found if device.kind in _GPU), default=0)


def nvidia_bytes(command: tuple[str, ...] = _NVIDIA) -> int:
    """Return the memory of the largest GPU that NVIDIA's own program lists; 0 without one, or without the program.

    Also where llama.cpp cannot use it: the difference is what `prudent doctor` points out.
    """
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    if said.returncode:
        return 0
    return max((int(line) * 2**20 for line in said.stdout.split() if line.isdigit()), default=0)


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace")
    except OSError:
        return ""
