"""What a model costs: several candidates over one prefix against one, and a prefix taken over against one read again.

    python bench/bench_model.py [MODEL.gguf]

The prompt is Prudent's own source. One thread, and times are this process's own processor time, so that they are the
same on a machine that is shared; what other processes take does not count. Every run reads a prompt that was never
read before: only its first token differs.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from models.llama import LoadOptions, load  # noqa: E402 (the script's own folder comes first)
from models.llama_model import LlamaModel  # noqa: E402

MODEL = ROOT / ".venv/models/SmolLM2-135M-Instruct.Q4_1.gguf"
PREFIX, ANSWER, LONG, CANDIDATES, TRIES = 512, 32, 1024, 8, 3


def gate(name: str, value: float, bar: float, size: str) -> bool:
    """Print one line of the report; returns whether the bar was missed."""
    missed = value > bar
    print(f"{'MISS' if missed else 'ok  '} {name}: {value:.3g} (bar <= {bar}; {size})", flush=True)
    return missed


def seconds(function: Callable[[], object]) -> float:
    """Return the processor time of one call."""
    start = time.process_time()
    function()
    return time.process_time() - start


def write(model: LlamaModel, prompt: tuple[int, ...], count: int) -> float:
    """Write ANSWER tokens on each branch of a prompt; returns the seconds after the prompt was read."""
    with model.branches(prompt, count, room=ANSWER) as branches:
        start = time.process_time()
        ranked = branches.logits(0).argsort()
        following = {at: [int(ranked[-1 - at])] for at in range(count)}
        for _ in range(ANSWER):
            rows = branches.advance(following)
            following = {at: [int(row[-1].argmax())] for at, row in rows.items()}
        return time.process_time() - start


def candidates(path: Path, prompt: tuple[int, ...]) -> bool:
    """Measure CANDIDATES branches against one; returns whether the bar was missed."""
    model = load(path, options=LoadOptions(threads=1))
    write(model, prompt[:8], CANDIDATES)  # what is made at the first use is not measured
    fresh = iter(range(1000, 2000))
    decoding: dict[int, list[float]] = {1: [], CANDIDATES: []}
    whole: dict[int, list[float]] = {1: [], CANDIDATES: []}
    for _ in range(TRIES):
        for count in (1, CANDIDATES):
            unread = (next(fresh), *prompt[1:PREFIX])
            whole[count].append(seconds(lambda: decoding[count].append(write(model, unread, count))))  # noqa: B023
    model.close()
    one, many = (statistics.median(whole[count]) for count in (1, CANDIDATES))
    size = f"{PREFIX} tokens read once, {ANSWER} written on each; {many:.2f} s against {one:.2f} s of CPU"
    missed = gate(f"{CANDIDATES} candidates over one prefix / one", many / one, 2.5, size)
    one, many = (statistics.median(decoding[count]) for count in (1, CANDIDATES))
    print(
        f"     of it writing alone: {many / one:.3g} times one ({1000 * many / ANSWER:.1f} ms a step of {CANDIDATES})"
    )
    return missed


def snapshots(path: Path, prompt: tuple[int, ...]) -> bool:
    """Measure a snapshot that is restored against its prompt being read; returns whether the bar was missed."""
    read, restored = [], []
    with tempfile.TemporaryDirectory() as folder:
        for at in range(TRIES):
            unread = (1000 + at, *prompt[1:LONG])
            for found in (read, restored):
                model = load(path, options=LoadOptions(threads=1, snapshots=Path(folder)))
                with model.branches((5,), room=1):
                    pass
                found.append(seconds(lambda: model.branches(unread, room=1).__enter__()))  # noqa: B023
                model.close()
        stored = max(file.stat().st_size for file in Path(folder).iterdir())
    size = f"{LONG} tokens, {stored / 1e6:.1f} MB; {statistics.median(restored):.3f} s of CPU"
    return gate("prefix restored / read again", statistics.median(restored) / statistics.median(read), 0.1, size)


def main(arguments: list[str]) -> int:
    """Measure and print; returns 1 if a gate is missed."""
    path = Path(arguments[0]) if arguments else MODEL
    model = load(path, options=LoadOptions(threads=1))
    print(f"{model.info.name} {model.info.quantisation}, {model.info.parameters / 1e6:.0f}M parameters, one thread")
    text = b"".join(file.read_bytes() for file in sorted((ROOT / "models").glob("llama_*.py")))
    prompt = model.tokens_of(text)
    model.close()
    missed = [candidates(path, prompt), snapshots(path, prompt)]
    print("gates: missed" if any(missed) else "gates: held")
    return int(any(missed))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
