"""Try the checks that ask git's past on merged commits, and on fixes that are taken back on purpose.

    python bench/past_checks.py CLONES [--commits 300] [--planted 40] [--only NAME,...] [--seconds 20] [--out FILE]

CLONES is a folder of clones (work trees or bare). First the newest non-merge commits of each are looked at, each
against its parent: what is said there stands in --out, one JSON line each, to be read by a person; commits of well-kept
repositories are mostly good. Then fixes of their history are undone at HEAD, one at a time, wherever the lines that a
fix brought still stand together, and it is counted for how many `fixed-before-and-back` speaks; fixes that came with a
test are counted apart. `--seconds` bounds each half for each repository. Printed are counts, and the time that each
check took for a change.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.history import clones_in  # noqa: E402 (the script's own folder comes first)
from bot.pipeline import change_of  # noqa: E402
from bot.sources import open_sources  # noqa: E402
from checks.change import Change  # noqa: E402
from checks.check import Check  # noqa: E402
from checks.history import fixed_before_and_back, hot_file_without_test, reverted_before  # noqa: E402
from checks.history.lines import is_program  # noqa: E402
from checks.knowledge import Knowledge  # noqa: E402
from checks.scope import scoped  # noqa: E402
from checks.settings import Settings  # noqa: E402
from checks.static.engine_check import is_test  # noqa: E402
from checks.workspace import open_workspace  # noqa: E402
from kb.diff import FileDiff, Hunk, Status  # noqa: E402
from kb.errors import UserError  # noqa: E402
from kb.folders import cache_folder  # noqa: E402
from kb.history.commits import PastHunk  # noqa: E402
from kb.history.fixes import is_fix  # noqa: E402
from kb.history.model import Known  # noqa: E402
from kb.history.past import History  # noqa: E402
from kb.repository import Repository  # noqa: E402
from kb.view import Entry, Overlay, blob_id  # noqa: E402

CHECKS: tuple[Check, ...] = (fixed_before_and_back, reverted_before, hot_file_without_test)


@dataclass
class Tally:
    """What was counted so far: milliseconds and changes spoken of by check; fixes taken back, and found."""

    commits: int = 0
    ms: dict[str, list[float]] = field(default_factory=lambda: {check.SLUG: [] for check in CHECKS})
    said: dict[str, int] = field(default_factory=lambda: {check.SLUG: 0 for check in CHECKS})
    tested: int = 0  # fixes taken back whose test would fail: the check leaves them to it
    planted: int = 0  # those without
    found: int = 0


@dataclass(frozen=True)
class Sliced:
    """The past of every commit of one line, cut from the past of its newest: much quicker than asking for each."""

    whole: History
    places: dict[str, int]

    def history(self, commit: str) -> History:
        """Return what is older than a commit, and itself; empty for commits off the line."""
        at = self.places.get(commit)
        if at is None:
            return History((), Known(0, 0, 0))
        return History(self.whole.commits[at:], self.whole.known._replace(newest=self.whole.commits[at].at))


def merged(
    name: str, repository: Repository, knowledge: Knowledge, oids: Iterable[str], out: IO[str], tally: Tally
) -> None:
    """Look at merged commits, each against its parent, and write down what is said."""
    for oid in oids:
        try:
            change, _ = scoped(change_of(repository.compare(f"{oid}~1..{oid}"), name), Settings())
        except UserError:
            continue
        tally.commits += 1
        for check in CHECKS:
            began = time.perf_counter()
            findings = check.run(change, knowledge).findings
            tally.ms[check.SLUG].append((time.perf_counter() - began) * 1000)
            tally.said[check.SLUG] += bool(findings)
            for finding in findings:
                row = {"repository": name, "commit": oid, "slug": finding.slug, "path": finding.path}
                told = [evidence.text for evidence in finding.evidence]
                out.write(
                    json.dumps({**row, "line": finding.line, "message": finding.message, "evidence": told}) + "\n"
                )


def taken_back(repository: Repository, knowledge: Knowledge, head: str, most: int) -> Iterator[tuple[Change, bool]]:
    """Yield changes that undo one fix each in one file of head, where its lines still stand together.

    With each: whether a test that came with the fix is there still, which would fail.
    """
    if knowledge.history is None or knowledge.commits is None:
        return
    view = repository.view(head)
    past = knowledge.history.history(head)
    fixes = [one for one in past.commits if not one.is_sweep and is_fix(knowledge.commits.message(one.oid))]
    made = 0
    for fix in fixes:
        paths = [path for path in fix.paths if is_program(path) and path in view.entries]
        hunks = knowledge.commits.patches([fix.oid], paths).get(fix.oid, ()) if paths else ()
        for path in paths:
            own = [hunk for hunk in hunks if hunk.path == path]
            lines = view.read(path).decode("utf-8", "replace").split("\n")
            undone = _undone(lines, own)
            if undone is not None and made < most:
                made += 1
                entry = view.entries[path]
                data = "\n".join(undone[0]).encode()
                file = FileDiff(Status.MODIFIED, entry, Entry(path, entry.mode, blob_id(data)), undone[1])
                change = Change(repository.identity, "planted", head, head, view, Overlay(view, {path: data}), (file,))
                yield change, any(is_test(other) and other in view.entries for other in fix.paths)


def _undone(lines: list[str], hunks: list[PastHunk]) -> tuple[list[str], tuple[Hunk, ...]] | None:
    """Return the lines with every hunk taken back, and what that changes; None unless each stands there once."""
    if not hunks or not all(hunk.old and hunk.new for hunk in hunks):
        return None
    made, shift = list(lines), 0
    places: list[Hunk] = []
    for hunk in hunks:
        at = [n for n in range(len(made)) if tuple(made[n : n + len(hunk.new)]) == hunk.new]
        if len(at) != 1 or (places and at[0] < places[-1].new_start):
            return None
        made[at[0] : at[0] + len(hunk.new)] = hunk.old
        places.append(Hunk(at[0] + 1 - shift, len(hunk.new), at[0] + 1, len(hunk.old)))
        shift += len(hunk.old) - len(hunk.new)
    return made, tuple(places)


def main() -> int:
    """Look, write and print; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clones", type=Path)
    parser.add_argument("--commits", type=int, default=300)
    parser.add_argument("--planted", type=int, default=40)
    parser.add_argument("--only", default="")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--out", type=Path, default=Path("past_checks.jsonl"))
    args = parser.parse_args()
    tally = Tally()
    with args.out.open("w", encoding="utf-8") as out:
        for name, path in clones_in(args.clones):
            if not args.only or any(wanted in name for wanted in args.only.split(",")):
                look(name, path, args, out, tally)
    print_tally(tally)
    return 0


def look(name: str, path: Path, args: argparse.Namespace, out: IO[str], tally: Tally) -> None:
    """Look at one repository, both ways."""
    listed = ["git", "-C", str(path), "log", "--no-merges", "--format=%H", f"--max-count={args.commits}"]
    oids = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split()
    cache = cache_folder()
    with (
        Repository.open(path) as repository,
        open_workspace(cache) as workspace,
        open_sources(repository, cache) as known,
    ):
        if known.history is None or not oids:
            return
        whole = known.history.history(oids[0])
        history = Sliced(whole, {commit.oid: at for at, commit in enumerate(whole.commits)})
        knowledge = Knowledge(workspace, Settings(), history=history, commits=known.commits)
        before = replace(tally)
        merged(name, repository, knowledge, within(oids, args.seconds), out, tally)
        began = time.monotonic()
        for change, is_tested in taken_back(repository, knowledge, oids[0], args.planted):
            if time.monotonic() - began > args.seconds:
                break
            tally.tested += is_tested
            tally.planted += not is_tested
            tally.found += bool(fixed_before_and_back.run(change, knowledge).findings)
    print(
        f"{name}: {tally.commits - before.commits} commits, {tally.found - before.found} of "
        f"{tally.planted - before.planted} undone fixes found",
        flush=True,
    )


def within(oids: list[str], seconds: float) -> Iterator[str]:
    """Yield ids until the time is over."""
    began = time.monotonic()
    for oid in oids:
        if time.monotonic() - began > seconds:
            return
        yield oid


def print_tally(tally: Tally) -> None:
    """Print how often each check spoke and how long it took, and how many undone fixes were found."""
    for slug, times in tally.ms.items():
        times.sort()
        middle, high = (times[min(len(times) - 1, int(len(times) * share))] if times else 0.0 for share in (0.5, 0.95))
        print(f"{slug}: spoke of {tally.said[slug]} of {tally.commits} commits; p50 {middle:.0f} ms, p95 {high:.0f} ms")
    print(f"undone fixes found: {tally.found} of {tally.planted}; {tally.tested} more have a test that would fail")


if __name__ == "__main__":
    raise SystemExit(main())
