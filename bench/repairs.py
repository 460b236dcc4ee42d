"""Find commits that were repaired soon after, review them as they came, and count how many breaks were seen.

    python bench/repairs.py CLONES [--days 60] [--most 10] [--only NAME,...] [--out FILE] [--reintroduce]

CLONES is a folder of clones. A repair is a small non-merge commit whose subject speaks of a NameError, an ImportError,
a missing import, a wrong argument, a typo in a name, a syntax error and the like. The lines it replaces are blamed on
its parent; the commit that brought them, if at most --days older, is taken as the break. The break is reviewed against
its parent. It counts as found when a posted finding stands in a file that the repair touches, on the blamed lines or
with one of them as evidence, or names an identifier that the repair adds or takes away.

No label is perfect: subjects lie, and blame points at the wrong line. With --reintroduce the repair itself is
reviewed backwards instead: base is the repaired tree, head the broken one, so what broke is known exactly. The rows in
--out are for looking at by hand.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.history import clones_in, reviews

SUBJECT = re.compile(
    r"(name ?error|import ?error|attribute ?error|type ?error|syntax ?error|reference ?error|unbound ?local"
    r"|module ?not ?found|indentation ?error|missing import|forgot(ten)? |add (missing )?import|not defined|undefined"
    r"|wrong (arg|param|name|import|variable|signature)|missing (arg|param|self|comma|paren|colon)"
    r"|missing (quote|variable|method)"
    r"|unexpected keyword|circular import|broken import|import(s)? (fix|error|problem)|fix(es|ed|ing)? (the |an? |bad "
    r"|wrong |some |broken |missing )*(import|syntax|indent|variable name|typo|nameerror|call|argument|param"
    r"|signature))",
    re.IGNORECASE,
)
ERROR = re.compile(
    r"NameError: |ImportError: cannot|ModuleNotFoundError: |UnboundLocalError: |SyntaxError: |IndentationError: "
    r"|AttributeError: (module|type object|'\w+' object) |got an unexpected keyword argument"
    r"|required positional argument"
    r"|takes (exactly |at least |at most |from )?\d+ .{0,30}arguments?|ReferenceError: |is not a function"
)
NOT_A_REPAIR = re.compile(
    r"(remove|drop|improve|support|better|raise|catch|handle|test|docs?|lint|mypy|typing)\b", re.I
)
CODE = (".py", ".js", ".ts", ".tsx", ".jsx", ".mjs", ".cjs")
PYTHON_PROSE = re.compile(r"\"{3}.*?\"{3}|'{3}.*?'{3}|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|#[^\n]*", re.DOTALL)
SCRIPT_PROSE = re.compile(r"/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|//[^\n]*", re.DOTALL)
USUAL = frozenset(("import", "from", "self", "return", "None", "True", "False", "def", "class", "not", "for", "str"))
DAY = 86_400


@dataclass(frozen=True)
class Repair:
    """A commit that mends another, and what it touches."""

    commit: str
    subject: str
    broke: str  # the commit to review
    paths: frozenset[str]
    lines: frozenset[tuple[str, int]]  # blamed lines, or those that undoing brings, as numbered in `broke`
    names: frozenset[str]


def git(repository: Path, *args: str) -> str:
    """Return what git prints, as text."""
    done = subprocess.run(["git", "-C", str(repository), *args], capture_output=True, check=False)
    return done.stdout.decode("utf-8", "replace")


def repairs_in(repository: Path, days: int, most: int, skip: int = 0) -> Iterator[Repair]:
    """Yield up to `most` repairs, newest first, each of another breaking commit."""
    seen: set[str] = set()
    log = git(repository, "log", "--no-merges", "--format=%H%x09%ct%x09%s%x09%B%x00", "--max-count=40000")
    for row in log.split("\0"):
        commit, when, subject, text = [*row.strip("\n").split("\t", 3), "", "", ""][:4]
        if not (SUBJECT.search(subject) or ERROR.search(text)) or NOT_A_REPAIR.match(subject):
            continue
        repair = repair_of(repository, commit, int(when), subject, days)
        if repair is not None and repair.broke not in seen:
            seen.add(repair.broke)
            if len(seen) > skip:
                yield repair
            if len(seen) == most + skip:
                return


def repair_of(repository: Path, commit: str, when: int, subject: str, days: int) -> Repair | None:
    """Return a commit as a repair, None if it is large, touches no code, or mends something old."""
    diff = git(repository, "diff", "-U0", "--no-ext-diff", "--no-color", f"{commit}~1", commit, "--")
    hunks = list(hunks_of(diff))
    if not hunks or len({path for path, *_ in hunks}) > 4 or sum(length for _, _, length in hunks) > 20:
        return None
    text = {sign: [line[1:] for line in diff.splitlines() if line[0] == sign and line[:3] != sign * 3] for sign in "+-"}
    words = {sign: set(re.findall(r"\b[A-Za-z_]\w*\b", "\n".join(lines))) for sign, lines in text.items()}
    paths = sorted({path for path, *_ in hunks})
    if not any(names_change(repository, commit, path) for path in paths):
        return None
    blamed = blamed_for(repository, commit, [hunk for hunk in hunks if hunk[2]], when - days * DAY, when)
    if not blamed:
        blamed = brought(repository, commit, words["+"] - words["-"], when - days * DAY, paths)
    if not blamed:
        blamed = brought(repository, commit, words["-"] - words["+"], when - days * DAY, [])
    if not blamed:
        return None
    broke = max(blamed, key=lambda one: len(blamed[one]))
    return Repair(
        commit, subject, broke, frozenset(paths), frozenset(blamed[broke]), frozenset(words["+"] | words["-"])
    )


def names_change(repository: Path, commit: str, path: str) -> bool:
    """Say whether other words stand in a file's code: a typo mended in prose or a string mends no name.

    Module paths of scripts are strings and count: what follows `from` and `require(` is looked at with its quotes.
    """
    prose = PYTHON_PROSE if path.endswith(".py") else SCRIPT_PROSE

    def words(revision: str) -> Counter[str]:
        text = git(repository, "show", f"{revision}:{path}")
        modules = re.findall(r"(?:\bfrom|\bimport|\brequire\()\s*(['\"][^'\"\n]+['\"])", text)
        return Counter([*re.findall(r"[A-Za-z_]\w*", prose.sub(" ", text)), *modules])

    return words(f"{commit}~1") != words(commit)


Blamed = dict[str, set[tuple[str, int]]]  # commit -> lines as numbered there


def blamed_for(repository: Path, commit: str, hunks: list[tuple[str, int, int]], since: int, until: int) -> Blamed:
    """Return the young commits that brought the lines which a repair replaces."""
    found: Blamed = {}
    for path, start, length in hunks:
        for broke, age, old_path, line in blame(repository, f"{commit}~1", path, start, length):
            if since <= age <= until:
                found.setdefault(broke, set()).add((old_path, line))
    return found


def brought(repository: Path, commit: str, names: set[str], since: int, paths: list[str]) -> Blamed:
    """Return the last young commits that changed how often a name stands in these paths, or anywhere.

    What a repair adds and does not take away is mostly an import or a parameter: who brought its use broke it.
    What it takes away in a line that is old was mostly lost elsewhere.
    """
    found: Blamed = {}
    for name in sorted(names - USUAL, key=len, reverse=True)[:6]:
        words = ("log", "--no-merges", "-1", f"--since={since}", "--format=%H", f"-S{name}", f"{commit}~1", "--")
        if broke := git(repository, *words, *paths).strip():
            diff = git(repository, "diff", "-U0", "--no-ext-diff", "--no-color", f"{broke}~1", broke, "--", *paths)
            found.setdefault(broke, set()).update(lines_with(diff, name))
    return found


def lines_with(diff: str, name: str) -> Iterator[tuple[str, int]]:
    """Yield (path, line) of every added line of a diff without context in which a word stands."""
    return ((path, line) for path, line, text in added_in(diff) if re.search(rf"\b{name}\b", text))


def added_in(diff: str) -> Iterator[tuple[str, int, str]]:
    """Yield (path, line, text) of every added line of a diff without context."""
    path, line = "", 0
    for row in diff.splitlines():
        if row.startswith("+++ "):
            path = row[6:]
        elif at := re.match(r"@@ -\S+ \+(\d+)", row):
            line = int(at.group(1))
        elif row.startswith("+"):
            yield path, line, row[1:]
            line += 1


def hunks_of(diff: str) -> Iterator[tuple[str, int, int]]:
    """Yield (path, first old line, number of old lines) of every hunk in code files."""
    path = ""
    for line in diff.splitlines():
        if line.startswith("--- "):
            path = line[6:] if line.startswith("--- a/") else ""
        elif line.startswith("@@") and path.endswith(CODE):
            found = re.match(r"@@ -(\d+)(?:,(\d+))?", line)
            assert found is not None
            yield path, int(found.group(1)), int(found.group(2) or 1)


def blame(repository: Path, revision: str, path: str, start: int, length: int) -> Iterator[tuple[str, int, str, int]]:
    """Yield (commit, its time, path there, line there) for each line."""
    span = f"{max(1, start)},+{length}"
    when, commit, line = 0, "", 0
    for row in git(repository, "blame", "-w", "--porcelain", "-L", span, revision, "--", path).splitlines():
        if found := re.match(r"([0-9a-f]{40}) (\d+)", row):
            commit, line = found.group(1), int(found.group(2))
        elif row.startswith("committer-time "):
            when = int(row.split()[1])
        elif row.startswith("filename "):
            filename = row[len("filename ") :]
        elif row.startswith("\t"):
            yield commit, when, filename, line


def reintroduced(repository: Path, repairs: list[Repair], folder: Path) -> tuple[Path, list[Repair]]:
    """Return a clone in which each repair is followed by a commit that undoes it, and the repairs with that commit."""
    git(folder, "clone", "-q", "--bare", "--shared", str(repository.resolve()), "clone.git")
    clone, undone = folder / "clone.git", []
    names = ("-c", "user.name=bench", "-c", "user.email=bench@example.com")
    for repair in repairs:
        words = (*names, "commit-tree", f"{repair.commit}~1^{{tree}}", "-p", repair.commit, "-m", "Change")
        diff = git(clone, "diff", "-U0", "--no-ext-diff", "--no-color", repair.commit, f"{repair.commit}~1", "--")
        lines = frozenset((path, line) for path, line, _ in added_in(diff) if path in repair.paths)
        undone.append(replace(repair, broke=git(clone, *words).strip(), lines=lines))
    return clone, undone


def is_found(repair: Repair, findings: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the finding that speaks of what the repair mends, None if there is none."""
    for finding in findings:
        if finding["slug"] == "syntax-error" and finding["path"] in repair.paths:
            return finding
        places = [(finding["path"], finding["line"]), *((e["path"], e["line"]) for e in finding["evidence"])]
        if any(place in repair.lines for place in places):
            return finding
        quoted = set(re.findall(r"[`'\"]([\w.]+)[`'\"]", finding["message"]))
        named = {part for name in quoted for part in name.split(".")} & repair.names
        if named and any(path in repair.paths for path, _ in places):
            return finding
    return None


def row_of(repair: Repair, row: dict[str, Any]) -> dict[str, Any]:
    """Return a review's row with what it was measured against."""
    hit = is_found(repair, row.get("findings", []))
    return {**row, "repair": repair.commit, "subject": repair.subject, "paths": sorted(repair.paths), "hit": hit}


def main() -> int:
    """Mine, review, print; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clones", type=Path)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--most", type=int, default=10)
    parser.add_argument("--only", default="")
    parser.add_argument("--reintroduce", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("repairs.jsonl"))
    args = parser.parse_args()
    only = set(filter(None, args.only.split(",")))
    total = found = 0
    with args.out.open("w", encoding="utf-8") as out:
        for name, path in clones_in(args.clones):
            if only and not any(wanted in name for wanted in only):
                continue
            repairs = list(repairs_in(path, args.days, args.most))
            with tempfile.TemporaryDirectory() as folder:
                where = path
                if args.reintroduce:
                    where, repairs = reintroduced(path, repairs, Path(folder))
                rows = [
                    row_of(*pair)
                    for pair in zip(repairs, reviews(name, where, [r.broke for r in repairs]), strict=True)
                ]
            hits = sum(row["hit"] is not None for row in rows)
            out.writelines(json.dumps(row) + "\n" for row in rows)
            total, found = total + len(repairs), found + hits
            print(f"{name}: {hits} of {len(repairs)} breaks found", flush=True)
    print(f"\n{found} of {total} breaks found")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
