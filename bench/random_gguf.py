"""Writes a GGUF file of a real model's shape with random weights: it runs as fast as the real one and knows nothing.

A chunk of random blocks is made once and written again and again, so that gigabytes take as long as the disk does.
Numbers of the format: ggml's docs/gguf.md and its block types.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

ALIGNMENT = 32
CHUNK = 64 << 20  # bytes of random blocks before they repeat
F32 = 0


@dataclass(frozen=True)
class Blocks:
    """A quantisation: ggml's number of the type, weights and bytes of a block, and where its scales stand."""

    type: int
    weights: int
    bytes: int
    scales: int  # 16-bit floats at the start of a block
    scale: float  # what they are set to: random ones would be infinite


TYPES = {
    "q8_0": Blocks(8, 32, 34, 1, 0.0004),
    "q4_0": Blocks(2, 32, 18, 1, 0.006),
    "q4_k": Blocks(12, 256, 144, 2, 0.0001),
}


@dataclass(frozen=True)
class Shape:
    """The dimensions of a Qwen2 model."""

    layers: int
    width: int
    feed_forward: int
    heads: int
    kv_heads: int
    vocabulary: int
    context: int = 32768

    @property
    def head(self) -> int:
        """Return the width of one head."""
        return self.width // self.heads

    @property
    def kv_bytes(self) -> int:
        """Return the bytes that the KV cache takes per token, at 16 bits a number."""
        return 2 * self.layers * self.kv_heads * self.head * 2


QWEN2_7B = Shape(28, 3584, 18944, 28, 4, 152064)
TINY = Shape(2, 256, 512, 4, 2, 1024, context=4096)


@dataclass(frozen=True)
class Tensor:
    """A tensor of the file; `shape` has the length of a row first, as ggml does."""

    name: str
    shape: tuple[int, ...]
    is_matrix: bool

    def bytes_in(self, blocks: Blocks) -> int:
        """Return its size in the file."""
        count = 1
        for length in self.shape:
            count *= length
        return count // blocks.weights * blocks.bytes if self.is_matrix else 4 * count


def tensors_of(shape: Shape) -> Iterator[Tensor]:
    """Yield the tensors of a Qwen2 model, the output apart from the embedding, as in its 7B."""
    width, kv = shape.width, shape.kv_heads * shape.head
    yield Tensor("token_embd.weight", (width, shape.vocabulary), True)
    yield Tensor("output_norm.weight", (width,), False)
    yield Tensor("output.weight", (width, shape.vocabulary), True)
    for layer in range(shape.layers):
        block = f"blk.{layer}"
        for norm in ("attn_norm", "ffn_norm"):
            yield Tensor(f"{block}.{norm}.weight", (width,), False)
        for name, out in (("q", width), ("k", kv), ("v", kv)):
            yield Tensor(f"{block}.attn_{name}.weight", (width, out), True)
            yield Tensor(f"{block}.attn_{name}.bias", (out,), False)
        yield Tensor(f"{block}.attn_output.weight", (width, width), True)
        yield Tensor(f"{block}.ffn_gate.weight", (width, shape.feed_forward), True)
        yield Tensor(f"{block}.ffn_up.weight", (width, shape.feed_forward), True)
        yield Tensor(f"{block}.ffn_down.weight", (shape.feed_forward, width), True)


def read_bytes(shape: Shape, kind: str) -> int:
    """Return the bytes of weights that one step reads: all but the embedding, of which it looks up single rows."""
    blocks = TYPES[kind]
    return sum(one.bytes_in(blocks) for one in tensors_of(shape) if one.name != "token_embd.weight")


def write_random(path: Path, shape: Shape, kind: str, seed: int = 0) -> int:
    """Write the file and return its size in bytes; raises OSError where the disk is full."""
    blocks, tensors = TYPES[kind], list(tensors_of(shape))
    chunk = _random_blocks(blocks, seed)
    with path.open("wb") as file:
        file.write(_header(shape, kind, tensors))
        for tensor in tensors:
            file.write(bytes(-file.tell() % ALIGNMENT))
            _write_tensor(file, tensor, blocks, chunk)
        return file.tell()


def _write_tensor(file: BinaryIO, tensor: Tensor, blocks: Blocks, chunk: bytes) -> None:
    if not tensor.is_matrix:
        value = 0.0 if tensor.name.endswith(".bias") else 1.0
        file.write(struct.pack("<f", value) * tensor.shape[0])
        return
    left = tensor.bytes_in(blocks)
    while left > 0:
        file.write(chunk[:left])
        left -= len(chunk)


def _random_blocks(blocks: Blocks, seed: int) -> bytes:
    import numpy as np

    count = CHUNK // blocks.bytes
    rows = np.random.default_rng(seed).integers(0, 256, (count, blocks.bytes), dtype=np.uint8)
    rows[:, : 2 * blocks.scales] = np.tile(np.array([blocks.scale], dtype="<f2").view(np.uint8), blocks.scales)
    return rows.tobytes()


def _header(shape: Shape, kind: str, tensors: list[Tensor]) -> bytes:
    """Return everything before the data; a vocabulary of numbers only needs no words."""
    numbers = {
        "context_length": shape.context,
        "embedding_length": shape.width,
        "block_count": shape.layers,
        "feed_forward_length": shape.feed_forward,
        "attention.head_count": shape.heads,
        "attention.head_count_kv": shape.kv_heads,
        "vocab_size": shape.vocabulary,
    }
    rows = [_text("general.architecture", "qwen2"), _text("general.name", f"random {kind}")]
    rows += [_text("tokenizer.ggml.model", "none")]
    rows += [_string(f"qwen2.{name}") + struct.pack("<II", 4, value) for name, value in numbers.items()]
    reals = {"attention.layer_norm_rms_epsilon": 1e-6, "rope.freq_base": 1e6}
    rows += [_string(f"qwen2.{name}") + struct.pack("<If", 6, value) for name, value in reals.items()]
    infos, offset, blocks = [], 0, TYPES[kind]
    for tensor in tensors:
        dimensions = struct.pack(f"<I{len(tensor.shape)}Q", len(tensor.shape), *tensor.shape)
        type_ = blocks.type if tensor.is_matrix else F32
        infos.append(_string(tensor.name) + dimensions + struct.pack("<IQ", type_, offset))
        offset += tensor.bytes_in(blocks)
        offset += -offset % ALIGNMENT
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(rows)) + b"".join(rows) + b"".join(infos)
    return head + bytes(-len(head) % ALIGNMENT)


def _string(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def _text(key: str, value: str) -> bytes:
    return _string(key) + struct.pack("<I", 8) + _string(value)
