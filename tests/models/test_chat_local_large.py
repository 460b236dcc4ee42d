"""A model of a billion parameters, all of them zero and none of them on the disk: it is opened, and it reviews."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from gguf import GGMLQuantizationType, GGUFWriter, LlamaFileType

from models.chat.config import Config, Provider, open_chat
from models.chat.local_chat import LEAST
from models.chat.model import Ask, Free, Purpose
from models.gguf import read_header
from tests.models.weights import byte_letters

LAYERS, WIDTH, WIDE = 64, 64, 80_000
SCHEMA = {
    "type": "object",
    "properties": {"yes": {"type": "boolean"}},
    "required": ["yes"],
    "additionalProperties": False,
}


def test_models_that_are_called_1b_are_large_enough() -> None:
    assert 494_032_768 < LEAST < 999_885_952  # Qwen2.5 0.5B, Gemma 3 1B


@pytest.mark.slow
def test_a_local_model_that_is_large_enough_answers(tmp_path: Path) -> None:
    path = sparse_gguf(tmp_path / "zeros.gguf")
    assert read_header(path).parameters > LEAST
    assert path.stat().st_blocks * 512 < path.stat().st_size / 100  # a hole
    environ = {"PRUDENT_CACHE": str(tmp_path), "PRUDENT_DATA": str(tmp_path)}
    ledger = Free()
    config = Config((Provider("local", "local", str(path), context=1024),))
    with closing(open_chat(config, "find", ledger, environ=environ)) as chat:
        assert (chat.name, chat.context, chat.tokens("ab")) == ("local/zeros", 1024, 2)
        reply = chat.ask(Ask("S", "Q", SCHEMA, "said", most=30), Purpose("find"))
    assert set(reply.data) == {"yes"}
    assert (reply.micros, ledger.spent[0].ended) == (0, "answered")


def sparse_gguf(path: Path) -> Path:
    """Write a model whose weights are a hole in its file; returns its path."""
    writer = GGUFWriter(path, "llama")
    writer.add_name("zeros")
    writer.add_file_type(LlamaFileType.MOSTLY_Q4_0)
    writer.add_context_length(2048)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(WIDE)
    writer.add_head_count(4)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // 4)
    tokens = [*byte_letters(), "<|end|>"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([1] * 256 + [3])
    writer.add_token_merges(["a b"])
    writer.add_eos_token_id(256)
    plain = {"token_embd": (257, WIDTH), "output": (257, WIDTH), "output_norm": (WIDTH,)}
    size = sum(_tensor(writer, name, *shape) for name, shape in plain.items())
    for at in range(LAYERS):
        for name in ("attn_norm", "ffn_norm"):
            size += _tensor(writer, f"blk.{at}.{name}", WIDTH)
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            size += _tensor(writer, f"blk.{at}.{name}", WIDTH, WIDTH)
        for name, shape in (("gate", (WIDE, WIDTH)), ("up", (WIDE, WIDTH)), ("down", (WIDTH, WIDE))):
            size += _quantised(writer, f"blk.{at}.ffn_{name}", *shape)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    assert writer.fout is not None
    start = _aligned(writer.fout[0].tell())
    writer.close()
    with path.open("r+b") as file:
        file.truncate(start + size)
    return path


def _tensor(writer: GGUFWriter, name: str, *shape: int) -> int:
    size = 4 * int(np.prod(shape))
    writer.add_tensor_info(f"{name}.weight", shape, np.dtype(np.float32), size)
    return _aligned(size)


def _quantised(writer: GGUFWriter, name: str, rows: int, columns: int) -> int:
    """Add a tensor of blocks of 32 weights in 18 bytes (Q4_0)."""
    width = columns // 32 * 18
    kind = GGMLQuantizationType.Q4_0
    writer.add_tensor_info(f"{name}.weight", (rows, width), np.dtype(np.uint8), rows * width, raw_dtype=kind)
    return _aligned(rows * width)


def _aligned(size: int) -> int:
    return -(-size // 32) * 32
