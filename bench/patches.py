"""Plant slips into real repositories, let a review patch them, and look at every patch by other means.

    python bench/patches.py CLONES [--only NAME,...] [--each 4] [--seed 1] [--model FILE|NAME]
        [--out FILE] [--wanted 300]

CLONES is a folder of clones. Each slip (see slips.py) is a patch to HEAD and is reviewed as `prudent review` would. Of
every suggestion that is shown, four things are then tried without asking the code that proved it: the lines can be
replaced and nothing else changes; Python's own compiler (node's for JavaScript) takes the file; a fresh review of the
patched tree says nothing of that kind about that file, and nothing that it does not say without the slip; ruff finds
no undefined name that the original file does not have.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.history import clones_in  # noqa: E402 (the script's own folder comes first)
from bench.slips import LANGUAGES, Slip, slips_in  # noqa: E402
from bot.pipeline import Options, change_of, review  # noqa: E402
from bot.sources import Sources, open_sources  # noqa: E402
from bot.writing import writer_of  # noqa: E402
from checks.finding import Finding, Severity, Suggestion  # noqa: E402
from checks.suggest import Writer  # noqa: E402
from checks.verdict import Verdict  # noqa: E402
from checks.workspace import open_workspace  # noqa: E402
from kb.errors import UserError  # noqa: E402
from kb.folders import cache_folder  # noqa: E402
from kb.repository import Repository  # noqa: E402
from kb.source import Source  # noqa: E402

RUFF = shutil.which("ruff", path=str(Path(sys.executable).parent)) or "ruff"


def reviewed(
    repository: Repository, sources: Sources, path: str, before: bytes, after: bytes, writer: Writer | None
) -> Verdict:
    """Return the verdict on HEAD with one file replaced."""
    comparison = repository.compare_patch(patch_between(path, before, after), "slip.patch")
    with open_workspace(cache_folder()) as workspace:
        return review(change_of(comparison, "bench"), workspace, Options(), sources, writer=writer)


def patch_between(path: str, before: bytes, after: bytes) -> bytes:
    """Return the difference of two versions of a file as a patch."""
    lines = [data.decode("utf-8", "surrogateescape").splitlines(keepends=True) for data in (before, after)]
    diff = unified_diff(*lines, f"a/{path}", f"b/{path}")
    text = "".join(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in diff)
    return text.encode("utf-8", "surrogateescape")


def rows_of(name: str, path: Path, writer: Writer, each: int, number: int) -> Iterator[dict[str, Any]]:
    """Yield one row per slip."""
    with Repository.open(path) as repository, open_sources(repository, cache_folder()) as sources:
        view = repository.view("HEAD")
        for language in LANGUAGES:
            for slip in slips_in(view, language, each, number):
                before = view.read(slip.path)
                began = time.monotonic()
                try:
                    verdict = reviewed(repository, sources, slip.path, before, slip.after, writer)
                except UserError as error:
                    print(f"{name}: {slip.path}: {error}", file=sys.stderr)
                    continue
                seconds = time.monotonic() - began
                row = {"repository": name, "language": language, "kind": slip.kind, "path": slip.path}
                row |= {"line": slip.line, "word": slip.word, "seconds": round(seconds, 2)}
                told = [one for one in verdict.findings if one.severity is not Severity.INFO]
                row["findings"] = [f"{one.slug}:{one.line} {one.message}" for one in told]
                row["patches"] = [
                    {
                        "slug": one.slug,
                        "origin": one.suggestion.origin,
                        "text": one.suggestion.replacement,
                        "risk": one.suggestion.provenance.risk if one.suggestion.provenance else None,
                        **looked_at(repository, sources, slip, before, one, one.suggestion, told),
                    }
                    for one in told
                    if one.suggestion is not None
                ]
                yield row


def looked_at(
    repository: Repository,
    sources: Sources,
    slip: Slip,
    before: bytes,
    finding: Finding,
    suggestion: Suggestion,
    told: list[Finding],
) -> dict[str, bool]:
    """Return what is true of a suggestion, found by other means than its proof."""
    source = Source(slip.path, slip.after)
    if finding.path != slip.path or not 1 <= suggestion.line <= suggestion.end_line <= source.line_count:
        return {"applies": False}
    span = source.span_of_lines(suggestion.line, suggestion.end_line)
    mended = slip.after[: span.start] + suggestion.replacement.encode() + slip.after[span.end :]
    said: tuple[Finding, ...] = ()
    known = {(one.slug, one.path, one.message) for one in told}
    if mended != before:
        said = reviewed(repository, sources, slip.path, before, mended, None).findings
    return {
        "applies": mended != slip.after,
        "parses": compiles(slip.path, mended) or not compiles(slip.path, before),  # newer syntax than ours
        "gone": not any((one.slug, one.path) == (finding.slug, finding.path) for one in said),
        "none_new": {(one.slug, one.path, one.message) for one in said} <= known,
        "no_undefined_name": undefined_names(slip.path, mended) <= undefined_names(slip.path, before),
        "restored": mended == before,
    }


def compiles(path: str, data: bytes) -> bool:
    """Return whether the language's own compiler takes a file; true where there is none here."""
    if path.endswith(".py"):
        try:
            compile(data, path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
        return True
    node = shutil.which("node")
    if node is None or not path.endswith((".js", ".cjs", ".mjs")):
        return True
    with tempfile.TemporaryDirectory() as folder:
        for suffix in (".mjs", ".cjs"):  # a module or a script: one of both has to take it
            file = Path(folder, f"file{suffix}")
            file.write_bytes(data)
            if subprocess.run([node, "--check", str(file)], capture_output=True).returncode == 0:
                return True
    return False


def undefined_names(path: str, data: bytes) -> int:
    """Return how many undefined names ruff sees in a Python file, 0 for others."""
    if not path.endswith(".py"):
        return 0
    words = [RUFF, "check", "--isolated", "--select", "F821,F822,F823", "--output-format", "json", "-"]
    done = subprocess.run(words, input=data, capture_output=True)
    return len(json.loads(done.stdout or b"[]"))


def main() -> int:
    """Plant, review, look, write and print; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clones", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--each", type=int, default=4, help="slips of each kind per language and repository")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--model")
    parser.add_argument("--out", type=Path, default=Path("patches.jsonl"))
    parser.add_argument("--wanted", type=int, default=10**9, help="stop when so many findings have been looked at")
    args = parser.parse_args()
    writer = writer_of(args.model, fetch=False)
    if writer is None:
        parser.error("models are switched off: name one with --model")
    only = set(filter(None, args.only.split(",")))
    rows: list[dict[str, Any]] = []
    with args.out.open("w", encoding="utf-8") as out:
        for name, path in clones_in(args.clones):
            if only and not any(wanted in name for wanted in only):
                continue
            for row in rows_of(name, path, writer, args.each, args.seed):
                rows.append(row)
                out.write(json.dumps(row) + "\n")
                out.flush()
            print_table(name, [row for row in rows if row["repository"] == name])
            if sum(len(row["findings"]) for row in rows) >= args.wanted:
                break
    print_table("all", rows)
    return 0


def print_table(name: str, rows: list[dict[str, Any]]) -> None:
    """Print what became of the slips, by kind."""
    said = [row for row in rows if row["findings"]]
    patches = [patch for row in rows for patch in row["patches"]]
    print(f"{name}: {len(rows)} slips, {len(said)} with a finding, {sum(len(r['findings']) for r in rows)} findings")
    for what in ("applies", "parses", "gone", "none_new", "no_undefined_name", "restored"):
        print(f"  {what:18} {sum(bool(patch.get(what)) for patch in patches):4} of {len(patches)} patches shown")
    for (language, kind), count in sorted(Counter((row["language"], row["kind"]) for row in said).items()):
        of_it = [row for row in said if (row["language"], row["kind"]) == (language, kind)]
        patched = sum(bool(row["patches"]) for row in of_it)
        restored = sum(any(patch.get("restored") for patch in row["patches"]) for row in of_it)
        print(f"  {language:11} {kind:18} {patched:3} of {count:3} patched, {restored:3} as it was", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
