"""A tiny file of tasks of our own, in the form of the benchmark's."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

LINES = {
    0: ["def add(a, b):\n", "    total = a + b\n", "    return total\n"],
    1: [
        "def largest(numbers):\n",
        "    best = numbers[0]\n",
        "    for number in numbers:\n",
        "        best = max(best, number)\n",
        "    return best\n",
    ],
    2: ["def half(x):\n", "    return x / 2\n"],
}
TESTS = {
    0: "def check(candidate):\n    assert candidate(1, 2) == 3\n    assert candidate(-1, 1) == 0\n",
    1: "def check(candidate):\n    assert candidate([1, 5, 2]) == 5\n    assert candidate([-3, -7]) == -3\n",
    2: "def check(candidate):\n    assert abs(candidate(3) - 1.5) < 1e-9\n",
}


def rows() -> list[dict[str, str]]:
    found = []
    for problem, lines in LINES.items():
        for at in range(1, len(lines)):
            found.append(
                {
                    "task_id": f"SingleLineInfilling/Ours/{problem}/L{at - 1}",
                    "entry_point": lines[0].split()[1].split("(")[0],
                    "prompt": "".join(lines[:at]),
                    "suffix": "".join(lines[at + 1 :]),
                    "canonical_solution": lines[at],
                    "test": TESTS[problem],
                }
            )
    return found


def written(folder: Path, *, licence: bool = True) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tasks-of-ours.jsonl.gz"
    path.write_bytes(packed(rows()))
    if licence:
        (folder / "LICENSE").write_text("Ours: do as you like.\n", encoding="ascii")
    return path


def packed(tasks: Sequence[dict[str, str]]) -> bytes:
    return gzip.compress("".join(json.dumps(row) + "\n" for row in tasks).encode(), mtime=0)
