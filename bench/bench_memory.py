"""What memory costs: a vector, a question about a finding, a recollection from the store and from its file.

    python bench/bench_memory.py [ROWS ...]

The lessons are made up: thirty slugs, texts of eight to twenty words. A question is asked of the slug that a thirtieth
of them have, and of one that all of them have: the worst there is. Milliseconds of processor time; questions: the
middle of several.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from kb.memory.embed import Embedder, open_embedder  # noqa: E402 (the script's own folder comes first)
from kb.memory.file import read_recollection, write_recollection  # noqa: E402
from kb.memory.filter import Asked, judged  # noqa: E402
from kb.memory.model import LIFE, Fate, Lesson, Recollection, Signal  # noqa: E402
from kb.outcomes.store import open_store  # noqa: E402

SIZES = (1_000, 10_000, 100_000)
IN_STORE = 10_000  # lessons; more are only asked
SLUGS = 30
QUESTIONS = 15
WORDS = [
    "value",
    "check",
    "return",
    "None",
    "list",
    "index",
    "file",
    "path",
    "open",
    "close",
    "name",
    "user",
    "error",
    "raise",
    "call",
    "test",
    "loop",
    "query",
    "row",
]
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def main(sizes: tuple[int, ...]) -> int:
    """Measure, and print one JSON object; returns 0."""
    embedder = open_embedder()
    if embedder is None:
        print("the package with the word vectors is not installed", file=sys.stderr)
        return 1
    figures: dict[str, object] = {"embed": embedding(embedder), "by lessons": [asked(n, embedder) for n in sizes]}
    print(json.dumps({**figures, "processors": os.cpu_count()}, indent=1))
    return 0


def embedding(embedder: Embedder) -> dict[str, float]:
    """Return what the first vector and every later one cost."""
    chance = random.Random(1)
    texts = [sentence(chance) for _ in range(5_000)]
    first = taken(lambda: embedder.vectors(texts[:1]))
    return {"first_ms": first, "each_us": round(1_000 * taken(lambda: embedder.vectors(texts)) / len(texts), 1)}


def asked(size: int, embedder: Embedder) -> dict[str, float]:
    """Return what memory of this many lessons costs."""
    chance = random.Random(size)
    lessons = tuple(made(number, chance) for number in range(size))
    kept: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        if size <= IN_STORE:
            with open_store(f"sqlite:///{folder}/outcomes.db") as store:
                kept["keep_ms"] = taken(lambda: store.import_lessons("r", lessons, NOW))
                kept["recollect_ms"] = taken(lambda: store.recollect("r", "pull/0", NOW))
        recollection = Recollection(
            "r",
            embedder.name,
            lessons,
            vectors=embedder.vectors([one.text for one in lessons]).astype("f2"),
            code_vectors=embedder.vectors([one.code for one in lessons]).astype("f2"),
            now=NOW.timestamp(),
        )
        path = Path(folder) / "memory"
        write = taken(lambda: write_recollection(recollection, path))
        read = taken(lambda: read_recollection(path))
        mapped, _ = read_recollection(path)
        megabytes = round(path.stat().st_size / 2**20, 1)
    assert mapped is not None
    one_slug = replace(mapped, lessons=tuple(replace(one, slug="slug0") for one in mapped.lessons))
    return {
        "lessons": len(mapped.lessons),
        "question_ms": question(mapped, embedder, chance),
        "question_of_one_slug_ms": question(one_slug, embedder, chance),
        **kept,
        "write_ms": write,
        "read_ms": read,
        "file_mb": megabytes,
    }


def question(recollection: Recollection, embedder: Embedder, chance: random.Random) -> float:
    """Return the milliseconds of one question, its two vectors included."""
    times = []
    for number in range(QUESTIONS):
        text, code = sentence(chance), sentence(chance)
        times.append(taken(lambda n=number, t=text, c=code: ask(recollection, embedder, n, t, c)))
    return statistics.median(times)


def ask(recollection: Recollection, embedder: Embedder, number: int, text: str, code: str) -> object:
    """Ask memory about one finding."""
    vector, code_vector = embedder.vectors([text, code])
    return judged([Asked("slug0", f"new{number}", f"new{number}", vector, code_vector)], recollection)


def made(number: int, chance: random.Random) -> Lesson:
    """Return a lesson about one finding of one pull request."""
    at = NOW.timestamp() - 1 - number
    return Lesson(
        id=0,
        repository="r",
        fingerprint=f"f{number}",
        about=f"a{number}",
        check="ruff",
        slug=f"slug{number % SLUGS}",
        severity="warn",
        path=f"src/part{number % 97}.py",
        symbol="",
        text=sentence(chance),
        code=sentence(chance),
        fate=chance.choice(list(Fate)),
        signal=Signal.DISMISSED,
        by="ada",
        by_id=7,
        subject=f"pull/{number}",
        evidence=f"pull/{number}",
        reason="",
        at=at,
        expires=at + LIFE,
    )


def sentence(chance: random.Random) -> str:
    """Return eight to twenty words."""
    return " ".join(chance.choices(WORDS, k=chance.randint(8, 20)))


def taken(act: Callable[[], object]) -> float:
    """Return the milliseconds of processor time that an act takes, of all threads."""
    began = time.process_time()
    act()
    return round((time.process_time() - began) * 1_000, 2)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", type=int, default=SIZES, help="lessons that are remembered")
    raise SystemExit(main(tuple(parser.parse_args().rows)))
