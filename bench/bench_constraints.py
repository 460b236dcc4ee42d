"""What constraints cost: extracting, compiling, loading a grammar, checking a text; p50 and p99 with the input's size.

    python bench/bench_constraints.py [FOLDER]

The holes are those of the Python files of the folder (default: this Python's standard library), a few of each file,
always the same. Milliseconds of one thread's own processor time.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import sys
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from kb.source import Source  # noqa: E402 (the script's own folder comes first)
from kb.syntax.parse import Unparsed, parse  # noqa: E402
from models.constraints.check import satisfies  # noqa: E402
from models.constraints.compile import Compiler  # noqa: E402
from models.constraints.extract import extract  # noqa: E402
from models.constraints.ir import ConstraintIR  # noqa: E402
from models.constraints.model import Compiled, Intensity  # noqa: E402
from models.mask.holes import holes_in  # noqa: E402
from models.mask.model import Hole, Strategy  # noqa: E402

_T = TypeVar("_T")
HOLES = 600
EACH = 6
LARGEST = 60_000


def main(folder: Path) -> int:
    """Measure, and print one JSON object; returns 0."""
    taken: dict[str, list[float]] = {}
    compiler, made = Compiler(kept=10_000), list[tuple[ConstraintIR, Compiled]]()
    sizes = []
    for source, hole in holes(folder):
        sizes.append(len(source.data))
        ir = timed(taken, "extract", lambda s=source, h=hole: extract(s, "python", h))
        found = timed(taken, "compile", lambda one=ir: compiler.compiled(one, Intensity.FULL))
        timed(taken, "check, first of its grammar or not", lambda c=found, h=hole: satisfies(c, h.text))
        timed(taken, "check again", lambda c=found, h=hole: satisfies(c, h.text))
        made.append((ir, found))
    for ir, _ in made:
        timed(taken, "compile, equal content", lambda one=ir: compiler.compiled(one, Intensity.FULL))
    figures = {name: {"p50_ms": middle(values), "p99_ms": high(values)} for name, values in taken.items()}
    print(
        json.dumps(
            {
                "holes": len(made),
                "file_bytes_p50": int(statistics.median(sizes)),
                "pieces": compiler.pieces_made,
                "pieces_asked": sum(len(found.hard) for _, found in made),
                "hits": compiler.hits,
                **figures,
            },
            indent=2,
        )
    )
    return 0


def holes(folder: Path) -> list[tuple[Source, Hole]]:
    """Return holes of every strategy in files of a folder, always the same ones."""
    rng, found = random.Random(7), []
    paths = sorted(path for path in folder.rglob("*.py") if 200 < path.stat().st_size < LARGEST)
    rng.shuffle(paths)
    for path in paths:
        source = Source(os.fspath(path), path.read_bytes())
        try:
            if parse(source.data, "python").root_node.has_error:
                continue
            here = [hole for strategy in Strategy for hole in holes_in(source, "python", strategy)]
        except Unparsed:
            continue
        found += [(source, hole) for hole in rng.sample(here, min(EACH, len(here)))]
        if len(found) >= HOLES:
            break
    return found[:HOLES]


def timed(taken: dict[str, list[float]], name: str, run: Callable[[], _T]) -> _T:
    """Return what a function returns, and note how long it took."""
    since = time.thread_time()
    found = run()
    taken.setdefault(name, []).append((time.thread_time() - since) * 1000)
    return found


def middle(values: list[float]) -> float:
    """Return the median, in three decimals."""
    return round(statistics.median(values), 3)


def high(values: list[float]) -> float:
    """Return the value that 99 of 100 do not exceed."""
    return round(sorted(values)[int(len(values) * 0.99)], 3)


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(sysconfig.get_path("stdlib"))))
