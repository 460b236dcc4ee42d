"""Review the last commits of real repositories one by one, and count what is said.

    python bench/history.py CLONES [--commits 20] [--skip 0] [--only NAME,...] [--out FILE]

CLONES is a folder of clones (work trees or bare). For each, the last non-merge commits of HEAD that touch code are
reviewed against their parent, each on its own, as a pull request of that commit would be. One JSON line per commit
goes to --out; a table of findings per repository and per slug is printed. Commits of well-kept repositories are
mostly good, so what is said about them is mostly noise: each blocking finding wants a look by hand.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bot.pipeline import Options, change_of, review  # noqa: E402 (the script's own folder comes first)
from bot.render.json_format import render_json  # noqa: E402
from bot.sources import open_sources  # noqa: E402
from checks.finding import Finding  # noqa: E402
from checks.workspace import open_workspace  # noqa: E402
from kb.errors import UserError  # noqa: E402
from kb.folders import cache_folder  # noqa: E402
from kb.repository import Repository  # noqa: E402

CODE = ("*.py", "*.js", "*.ts", "*.tsx", "*.jsx", "*.mjs", "*.cjs", "*.vue", "*.go", "*.rs", "*.java", "*.rb", "*.c")


def clones_in(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield (name, git folder) of every clone directly below a folder, or one level further down."""
    for path in sorted(folder.iterdir()):
        for candidate in (path, path / "repo", path / ".git"):
            if (candidate / "HEAD").exists() or (candidate / ".git").exists():
                yield path.name, candidate
                break


def commits_of(repository: Path, count: int, skip: int) -> list[str]:
    """Return the newest non-merge commits that have a parent and touch code."""
    words = ["log", "--no-merges", "--format=%H %P", f"--skip={skip}", f"--max-count={count}", "--", *CODE]
    done = subprocess.run(["git", "-C", str(repository), *words], capture_output=True, text=True, check=True)
    return [line.split()[0] for line in done.stdout.splitlines() if " " in line.strip()]


def reviews(name: str, path: Path, commits: list[str]) -> Iterator[dict[str, Any]]:
    """Yield one row per commit: the verdict as JSON, with what was recorded silently, or why there is none."""
    with Repository.open(path) as repository:
        for commit in commits:
            began = time.monotonic()
            try:
                change = change_of(repository.compare(f"{commit}~1..{commit}"), name)
            except UserError as error:
                yield {"repository": name, "commit": commit, "error": str(error)}
                continue
            cache = cache_folder()
            with open_workspace(cache) as workspace, open_sources(repository, cache) as sources:
                verdict = review(change, workspace, Options(), sources)
            row = json.loads(render_json(verdict))
            row["silent"] = [short(finding) for finding in verdict.silent]
            yield {"repository": name, "commit": commit, "seconds": time.monotonic() - began, **row}


def short(finding: Finding) -> dict[str, Any]:
    """Return what one needs to look a finding up."""
    return {"slug": finding.slug, "path": finding.path, "line": finding.line, "message": finding.message}


def main() -> int:
    """Review, write and print; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clones", type=Path)
    parser.add_argument("--commits", type=int, default=20)
    parser.add_argument("--skip", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--out", type=Path, default=Path("history.jsonl"))
    args = parser.parse_args()
    only = set(filter(None, args.only.split(",")))
    rows = []
    with args.out.open("w", encoding="utf-8") as out:
        for name, path in clones_in(args.clones):
            if only and not any(wanted in name for wanted in only):
                continue
            for row in reviews(name, path, commits_of(path, args.commits, args.skip)):
                rows.append(row)
                out.write(json.dumps(row) + "\n")
                out.flush()
            print_repository(name, [row for row in rows if row["repository"] == name])
    print_slugs(rows)
    return 0


def print_repository(name: str, rows: list[dict[str, Any]]) -> None:
    """Print one repository's line."""
    counts = Counter(f["severity"] for row in rows for f in row.get("findings", ()))
    verdicts = Counter(row.get("verdict", "error") for row in rows)
    seconds = sorted(row["seconds"] for row in rows if "seconds" in row)
    middle = seconds[len(seconds) // 2] if seconds else 0.0
    print(
        f"{name}: {len(rows)} commits, {counts['block']} block, {counts['warn']} warn, {counts['info']} info,"
        f" median {middle:.1f} s, {dict(verdicts)}",
        flush=True,
    )


def print_slugs(rows: list[dict[str, Any]]) -> None:
    """Print how often each slug was posted and recorded, over all commits."""
    posted = Counter((f["slug"], f["severity"]) for row in rows for f in row.get("findings", ()))
    silent = Counter(f["slug"] for row in rows for f in row.get("silent", ()))
    said = sum(1 for row in rows if row.get("findings"))
    print(f"\n{len(rows)} commits, {said} with anything said, {sum(posted.values())} findings")
    for (slug, severity), number in posted.most_common():
        print(f"  {number:4} {severity:5} {slug}")
    for slug, number in silent.most_common():
        print(f"  {number:4} silent {slug}")


if __name__ == "__main__":
    raise SystemExit(main())
