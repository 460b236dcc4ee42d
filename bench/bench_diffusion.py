"""What a step of masked diffusion costs: llama.cpp's part and ours, at a real vocabulary, in the same run.

    python bench/bench_diffusion.py [--vocabulary 152064] [--tokens 512] [--masks 32] [--threads 1]

A Dream file of two small layers with random weights and a vocabulary of numbers is written and asked. So the model's
own part is as small as it can be, and what is printed for ours (log-probabilities, certainty, choice) is what a real
model has to add. Printed with it: bytes of logits that each step moves.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from models.diffusion.canvas import Canvas  # noqa: E402
from models.diffusion.denoise import denoise  # noqa: E402
from models.diffusion.settings import Settings  # noqa: E402
from models.llama import LoadOptions, load  # noqa: E402
from models.llama_diffusion import opened  # noqa: E402
from models.llama_model import LlamaModel  # noqa: E402

ROUNDS = 5


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--vocabulary", type=int, default=152064)
    parser.add_argument("--tokens", type=int, default=512)
    parser.add_argument("--masks", type=int, default=32)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        path = write_dream(Path(folder) / "dream.gguf", options.vocabulary)
        model = load(path, options=LoadOptions(threads=options.threads))
        try:
            measure(model, options)
        finally:
            model.close()
    return 0


def write_dream(path: Path, vocabulary: int, layers: int = 2, width: int = 64) -> Path:
    """Write a random Dream file with as many tokens as that: bytes, words of no meaning, and the mask."""
    import numpy as np
    from gguf import GGUFWriter, LlamaFileType

    from tests.models.weights import byte_letters

    words = [*byte_letters(), *(f"w{number:06}" for number in range(vocabulary - 258)), "<|end|>", "<|mask|>"]
    writer = GGUFWriter(path, "dream")
    writer.add_file_type(LlamaFileType.ALL_F32)
    writer.add_context_length(2048)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(2 * width)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(words)
    writer.add_token_types([1] * (vocabulary - 2) + [3, 3])
    writer.add_token_merges(["a b"])
    writer.add_eos_token_id(vocabulary - 2)
    writer.add_mask_token_id(vocabulary - 1)
    random = np.random.default_rng(0)
    shapes = {"token_embd": (vocabulary, width), "output": (vocabulary, width)}
    for block in (f"blk.{at}." for at in range(layers)):
        shapes |= {block + "attn_q": (width, width), block + "attn_output": (width, width)}
        shapes |= {block + name: (width // 2, width) for name in ("attn_k", "attn_v")}
        shapes |= {block + name: (2 * width, width) for name in ("ffn_gate", "ffn_up")}
        shapes |= {block + "ffn_down": (width, 2 * width)}
        for name in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"{block}{name}.weight", np.ones(width, dtype=np.float32))
        for name, size in (("q", width), ("k", width // 2), ("v", width // 2)):
            writer.add_tensor(f"{block}attn_{name}.bias", np.zeros(size, dtype=np.float32))
    writer.add_tensor("output_norm.weight", np.ones(width, dtype=np.float32))
    for name, shape in shapes.items():
        writer.add_tensor(f"{name}.weight", random.normal(0, 0.3, shape).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def measure(model: LlamaModel, options: argparse.Namespace) -> None:
    """Print the times of a step, and of the whole hole with as many masks, with and without guidance."""
    import numpy as np

    start, length = (options.tokens - options.masks) // 2, options.masks
    with opened(model.loaded, window=options.tokens, sequences=2) as denoiser:
        around = [(at * 37) % 256 for at in range(options.tokens)]
        around[start : start + length] = [denoiser.mask] * length
        canvas = Canvas(tuple(around), start, length)
        tokens = np.array([around], dtype=np.int32)
        bare = _median(lambda: denoiser.logits(tokens, [0]))
        print(f"{options.tokens} tokens, {length} masks, vocabulary {options.vocabulary}, {options.threads} thread(s)")
        print(f"logits a step: {options.tokens * options.vocabulary * 4 / 1e6:.0f} MB")
        print(f"llama.cpp's step (two layers of 64 and the output), wall time: {1000 * bare:.0f} ms")
        for name, block in (("all places open", None), ("blocks of 8", 8)):
            since = time.thread_time()  # of this thread: llama.cpp works on the model's
            found = denoise(denoiser, canvas, Settings(threshold=None, block=block))
            ours = (time.thread_time() - since) / found.steps
            print(f"{name}: {found.steps} steps, ours {1000 * ours:.1f} ms a step of CPU time")


def _median(work: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        since = time.perf_counter()
        work()
        times.append(time.perf_counter() - since)
    return statistics.median(times)


if __name__ == "__main__":
    sys.exit(main())
