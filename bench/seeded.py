"""Plant breaks into real repositories and count how many a review finds, with the broken caller named.

    python bench/seeded.py CLONES [--only NAME,...] [--kinds KIND,...] [--each 6] [--seed 1] [--out FILE]

CLONES is a folder of clones. Each break is a patch to HEAD (see seeds.py) and is reviewed as `prudent review` would.
KIND is the name of a function that plants it, in seeds.py or seeds_classes.py.
*Found* means: a posted finding, block or warn (for what is only advice, info too), whose place or evidence is one of
the places that no longer work.
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.history import clones_in  # noqa: E402 (the script's own folder comes first)
from bench.seeds import KINDS, Plant, Seed, languages, seeds_in  # noqa: E402
from bench.seeds_classes import KINDS as KINDS_OF_CLASSES  # noqa: E402
from bot.pipeline import Options, change_of, review  # noqa: E402
from bot.sources import open_sources  # noqa: E402
from checks.finding import Finding, Severity  # noqa: E402
from checks.workspace import open_workspace  # noqa: E402
from kb.diff import FileDiff  # noqa: E402
from kb.errors import UserError  # noqa: E402
from kb.folders import cache_folder  # noqa: E402
from kb.repository import Repository  # noqa: E402


def patch_of(seed: Seed, before: bytes) -> bytes:
    """Return the break as a patch."""
    lines = [data.decode("utf-8", "surrogateescape").splitlines(keepends=True) for data in (before, seed.after)]
    diff = difflib.unified_diff(*lines, f"a/{seed.path}", f"b/{seed.path}")
    text = "".join(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in diff)
    return text.encode("utf-8", "surrogateescape")


def names_a_caller(finding: Finding, seed: Seed, file: FileDiff) -> bool:
    """Return whether the finding stands at, or shows as evidence, a place that no longer works."""
    broken = {(place.path, place.line) for place in seed.breaks if place.path != seed.path}
    broken |= {(seed.path, file.to_new(place.line) or 0) for place in seed.breaks if place.path == seed.path}
    shown = {(finding.path, line) for line in range(finding.line, finding.end_line + 1)}
    shown |= {(evidence.path, evidence.line) for evidence in finding.evidence}
    near = {(path, line + shift) for path, line in shown for shift in (-1, 0, 1)}  # a call's name on the next line
    return bool(near & broken)


def reviews(name: str, path: Path, kinds: Sequence[Plant], each: int, number: int) -> Iterator[dict[str, Any]]:
    """Yield one row per planted break."""
    cache = cache_folder()
    with Repository.open(path) as repository, open_sources(repository, cache) as sources:
        view = repository.view("HEAD")
        for language, suffixes in languages(view).items():
            for seed in seeds_in(view, suffixes, kinds, each, number):
                try:
                    comparison = repository.compare_patch(patch_of(seed, view.read(seed.path)), "seed.patch")
                except UserError as error:
                    print(f"{name}: {seed.symbol}: {error}", file=sys.stderr)
                    continue
                with open_workspace(cache) as workspace:
                    verdict = review(change_of(comparison, name), workspace, Options(), sources)
                yield row_of(name, language, seed, verdict.findings, comparison.files[0])


def row_of(name: str, language: str, seed: Seed, findings: tuple[Finding, ...], file: FileDiff) -> dict[str, Any]:
    """Return what became of one break."""
    loud = [one for one in findings if seed.is_advice or one.severity is not Severity.INFO]
    return {
        "repository": name,
        "language": language,
        "kind": seed.kind,
        "path": seed.path,
        "symbol": seed.symbol,
        "breaks": [f"{place.path}:{place.line}" for place in seed.breaks[:5]],
        "said": bool(loud),
        "found": any(names_a_caller(finding, seed, file) for finding in loud),
        "findings": [f"{f.severity} {f.check} {f.slug} {f.path}:{f.line} {f.message}" for f in loud],
    }


def main() -> int:
    """Plant, review, write and print; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clones", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--kinds", default="")
    parser.add_argument("--each", type=int, default=6, help="breaks of each kind per language and repository")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("seeded.jsonl"))
    args = parser.parse_args()
    only = set(filter(None, args.only.split(",")))
    named = set(filter(None, args.kinds.split(",")))
    kinds = [one for one in (*KINDS, *KINDS_OF_CLASSES) if not named or one.__name__ in named]
    rows = []
    with args.out.open("w", encoding="utf-8") as out:
        for name, path in clones_in(args.clones):
            if only and not any(wanted in name for wanted in only):
                continue
            for row in reviews(name, path, kinds, args.each, args.seed):
                rows.append(row)
                out.write(json.dumps(row) + "\n")
                out.flush()
            print_table(name, [row for row in rows if row["repository"] == name])
    print_table("all", rows)
    return 0


def print_table(name: str, rows: list[dict[str, Any]]) -> None:
    """Print the share found, by kind."""
    found = sum(row["found"] for row in rows)
    said = sum(row["said"] for row in rows)
    print(f"{name}: {found} of {len(rows)} found with a caller named; something said about {said}", flush=True)
    kinds = Counter((row["language"], row["kind"]) for row in rows)
    for (language, kind), count in sorted(kinds.items()):
        hits = sum(row["found"] for row in rows if (row["language"], row["kind"]) == (language, kind))
        print(f"  {language:11} {kind:32} {hits:3} of {count}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
