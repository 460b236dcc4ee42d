"""Models for tests: tiny random ones, written in milliseconds, and the path of the real one that slow tests read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from gguf import GGUFWriter

ROOT = Path(__file__).parents[2]
SMOLLM2 = ROOT / ".venv/models/SmolLM2-135M-Instruct.Q4_1.gguf"

END = "<|endoftext|>"
START = "<|im_start|>"
FIM = ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")
SUFFIX_FIRST = ("<[fim-prefix]>", "<[fim-suffix]>", "<[fim-middle]>")  # llama.cpp does not know these
MASK = "<|mask|>"
MARKER = "<tool_call>"  # a token that its vocabulary calls user-defined: llama.cpp reads it even from plain text
MERGES = (
    ("Ġ", "r"),
    ("e", "t"),
    ("Ġr", "et"),
    ("u", "r"),
    ("ur", "n"),
    ("Ġret", "urn"),
    ("Ġ", "Ġ"),
    ("ĠĠ", "ĠĠ"),
    ("i", "f"),
    ("d", "e"),
    ("de", "f"),
    ("s", "e"),
    ("l", "f"),
    ("se", "lf"),
    ("Ġ", "="),
    ("(", ")"),
)
NORMAL, UNKNOWN, CONTROL, USER, BYTE = 1, 2, 3, 4, 6


@pytest.fixture(scope="session")
def smollm2_path() -> Path:
    """Return where SmolLM2-135M-Instruct Q4_1 is."""
    if not SMOLLM2.exists():
        pytest.fail(f"{SMOLLM2.relative_to(ROOT)} is missing: `python3 dev.py slow` puts it there")
    return SMOLLM2


def byte_letters() -> list[str]:
    """Return the letter that stands for each byte in a byte-level vocabulary, in the order of bytes."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in plain else chr(next(others)) for byte in range(256)]


def tiny_gguf(
    path: Path,
    architecture: str = "llama",
    *,
    fim: tuple[str, ...] = FIM,
    seed: int = 0,
    layers: int = 2,
    width: int = 64,
    context: int = 512,
    shift_logits: bool | None = None,
    sentencepiece: bool = False,
) -> Path:
    """Write a random model of 64-wide layers with a byte-level vocabulary of about 280 tokens; returns its path.

    Architectures: llama, qwen2, dream, llada (with a mask token) and mamba (which cannot take tokens back). Ids: a
    byte is its own; then the merged texts; then `<|endoftext|>`, `<|im_start|>` (BOS), the marker, the FIM tokens,
    the mask. With `sentencepiece` the vocabulary is one like CodeLlama's: a BOS before every prompt, a space before
    every text, bytes that have no letter of their own spelt out.
    """
    from gguf import GGUFWriter, LlamaFileType

    writer = GGUFWriter(path, architecture)
    writer.add_name(f"tiny {architecture}")
    writer.add_file_type(LlamaFileType.ALL_F32)
    writer.add_context_length(context)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    if architecture == "mamba":
        _mamba_keys(writer, width)
    else:
        _attention_keys(writer, width)
    if architecture in ("llada", "dream"):
        writer.add_causal_attention(False)
    if shift_logits is not None:
        writer.add_diffusion_shift_logits(shift_logits)
    size = _pieces(writer) if sentencepiece else _vocabulary(writer, fim, with_mask=architecture in ("llada", "dream"))
    _weights(writer, architecture, size, layers, width, seed)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _attention_keys(writer: GGUFWriter, width: int) -> None:
    writer.add_feed_forward_length(2 * width)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(width // 4)
    writer.add_rope_freq_base(10000.0)


def _mamba_keys(writer: GGUFWriter, width: int) -> None:
    writer.add_feed_forward_length(0)
    writer.add_head_count(0)
    writer.add_ssm_conv_kernel(4)
    writer.add_ssm_inner_size(2 * width)
    writer.add_ssm_state_size(16)
    writer.add_ssm_time_step_rank(4)
    writer.add_layer_norm_rms_eps(1e-5)


def _vocabulary(writer: GGUFWriter, fim: tuple[str, ...], *, with_mask: bool) -> int:
    merged = list(dict.fromkeys(a + b for a, b in MERGES))
    control = [END, START]
    tokens = byte_letters() + merged + control + [MARKER, *fim] + ([MASK] if with_mask else [])
    kinds = [NORMAL] * (256 + len(merged)) + [CONTROL] * len(control) + [USER]
    kinds += [CONTROL] * (len(tokens) - len(kinds))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges([f"{a} {b}" for a, b in MERGES])
    writer.add_eos_token_id(tokens.index(END))
    writer.add_bos_token_id(tokens.index(START))
    writer.add_add_bos_token(False)
    if with_mask:
        writer.add_mask_token_id(tokens.index(MASK))
    return len(tokens)


def _pieces(writer: GGUFWriter) -> int:
    letters = ["▁", *"abcdefghijklmnopqrstuvwxyz0123456789()=:<>_", "▁▁", "re", "ret", "▁a"]
    fim = ["▁<PRE>", "▁<SUF>", "▁<MID>"]
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *letters, *fim]
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * 259 + [-float(at) for at in range(len(letters) + len(fim))])
    writer.add_token_types([UNKNOWN, CONTROL, CONTROL] + [BYTE] * 256 + [NORMAL] * len(letters) + [CONTROL] * 3)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    return len(tokens)


def _weights(writer: GGUFWriter, architecture: str, size: int, layers: int, width: int, seed: int) -> None:
    import numpy as np

    random = np.random.default_rng(seed)

    def add(name: str, *shape: int, mean: float = 0.0, spread: float | None = None) -> None:
        # Wide enough that logits differ by whole nats: a test that compares two of them can fail.
        wide = 1.5 / shape[-1] ** 0.5 if spread is None else spread
        writer.add_tensor(name, random.normal(mean, wide, shape).astype(np.float32))

    add("token_embd.weight", size, width, spread=1.0)
    add("output_norm.weight", width, mean=1.0, spread=0.1)
    add("output.weight", size, width, spread=0.4)
    for at in range(layers):
        block = f"blk.{at}"
        add(f"{block}.attn_norm.weight", width, mean=1.0, spread=0.1)
        if architecture == "mamba":
            inner = 2 * width
            add(f"{block}.ssm_in.weight", 2 * inner, width)
            add(f"{block}.ssm_conv1d.weight", inner, 4)
            add(f"{block}.ssm_conv1d.bias", inner)
            add(f"{block}.ssm_x.weight", 4 + 2 * 16, inner)
            add(f"{block}.ssm_dt.weight", inner, 4)
            add(f"{block}.ssm_dt.bias", inner)
            add(f"{block}.ssm_a", inner, 16, mean=-1.0, spread=0.1)
            add(f"{block}.ssm_d", inner, spread=0.5)
            add(f"{block}.ssm_out.weight", width, inner)
            continue
        for name, out in (("q", width), ("k", width // 2), ("v", width // 2)):
            add(f"{block}.attn_{name}.weight", out, width)
            if architecture in ("qwen2", "dream"):
                add(f"{block}.attn_{name}.bias", out, spread=0.1)
        add(f"{block}.attn_output.weight", width, width)
        add(f"{block}.ffn_norm.weight", width, mean=1.0, spread=0.1)
        add(f"{block}.ffn_gate.weight", 2 * width, width)
        add(f"{block}.ffn_up.weight", 2 * width, width)
        add(f"{block}.ffn_down.weight", width, 2 * width)
