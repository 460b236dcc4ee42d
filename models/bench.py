"""How fast a model runs here, by numbers of threads."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

PROMPT, ANSWER = 512, 48  # tokens that are read and written for one measurement

_CODE = (
    b"def total(items: list[int]) -> int:\n"
    b"    result = 0\n    for item in items:\n        result += item\n    return result\n\n\n"
)


@dataclass(frozen=True)
class Speed:
    """What was measured with one number of threads."""

    threads: int
    prompt: float  # tokens a second
    generation: float  # tokens a second
    load: float  # seconds


def thread_counts(cores: int) -> tuple[int, ...]:
    """Return the numbers worth trying: 1, 2, 4, ... and all cores."""
    counts, count = [], 1
    while count < cores:
        counts.append(count)
        count *= 2
    return (*counts, cores)


def speeds(path: Path, counts: Iterable[int], *, clock: Callable[[], float] = time.perf_counter) -> Iterator[Speed]:
    """Load a file once for each number of threads and measure it; raises ModelError."""
    from models.llama import LoadOptions, load

    for count in counts:
        start = clock()
        model = load(path, options=LoadOptions(threads=count))
        try:
            loaded = clock() - start
            longest = max(2, min(PROMPT, model.info.context - ANSWER - 1))
            prompt = (model.tokens_of(_CODE) * (longest // 8 + 1))[:longest]
            with model.branches(prompt[:2], room=2):  # what is made at the first use is not measured
                pass
            start = clock()
            with model.branches(prompt, room=ANSWER) as branches:
                token = int(branches.logits(0).argmax())
                read = clock() - start
                start = clock()
                for _ in range(ANSWER):
                    token = int(branches.advance({0: [token]})[0][-1].argmax())
                written = clock() - start
        finally:
            model.close()
        yield Speed(count, len(prompt) / read, ANSWER / written, loaded)


def fastest(measured: Iterable[Speed]) -> Speed:
    """Return the one that reads a prompt and writes an answer soonest; of equals the one with fewer threads."""
    return min(measured, key=lambda speed: (PROMPT / speed.prompt + ANSWER / speed.generation, speed.threads))
