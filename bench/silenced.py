"""Would memory have held back what maintainers silenced, and kept what they mended? Counted on real repositories.

    python bench/silenced.py CLONES [--only NAME,...] [--halves 2]

CLONES is a folder of clones (work trees or bare). Lines of HEAD with a `noqa` comment that names a rule of ruff count
as dismissed findings of that rule; findings of the same rules 1,200 commits of the main line ago that are gone while
their file is still there count as accepted. Of each rule two thirds, drawn by a fixed seed, are lessons, each file a
pull request of its own; the rest is asked about. What is silenced can be held back only if three distinct lessons of
its rule are dismissed ones: the share is printed of all, and of those.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.history import clones_in  # noqa: E402 (the script's own folder comes first)
from kb.memory.embed import Embedder, open_embedder  # noqa: E402
from kb.memory.filter import ENOUGH, Asked, Kind, distinct, judged  # noqa: E402
from kb.memory.model import Fate, Lesson, Recollection, Signal  # noqa: E402

BACK = 1_200  # commits
MOST_ASKED = 150  # of one rule of one repository
RUFF = str(Path(sys.executable).with_name("ruff"))
NOQA = re.compile(r"#\s*noqa:\s*([A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*)")


@dataclass(frozen=True)
class Said:
    """One finding of ruff: the line without its comment, and the codes that a comment on it names."""

    rule: str
    path: str
    message: str
    code: str
    silenced: frozenset[str]


def main(argv: Sequence[str]) -> int:
    """Measure, and print one JSON object; returns 0."""
    parser = argparse.ArgumentParser()
    parser.add_argument("clones", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--halves", type=int, default=2, help="how often lessons are drawn")
    asked = parser.parse_args(argv)
    embedder = open_embedder()
    if embedder is None:
        print("the package with the word vectors is not installed", file=sys.stderr)
        return 1
    counts: Counter[str] = Counter()
    for name, path in clones_in(asked.clones):
        if not asked.only or name in asked.only.split(","):
            lessons = lessons_of(path)
            counts["repositories"] += bool(lessons)
            for seed in range(asked.halves):
                counts += trial(lessons, seed, embedder)
    print(json.dumps({**counts, **shares(counts)}, indent=1))
    return 0


def shares(counts: Counter[str]) -> dict[str, float]:
    """Return what of the silenced was held back, of all and of those that could be, and what of the mended."""
    pairs = {
        "held of silenced": ("dismissed held", "dismissed"),
        "held of silenced with lessons": ("known held", "known"),
        "held of mended": ("accepted held", "accepted"),
        "raised of mended": ("accepted raised", "accepted"),
    }
    return {name: round(counts[part] / max(1, counts[whole]), 4) for name, (part, whole) in pairs.items()}


def lessons_of(clone: Path) -> list[Lesson]:
    """Return what a repository's maintainers silenced and mended."""
    line = git(clone, "rev-list", "--first-parent", "HEAD").decode().split()
    with tempfile.TemporaryDirectory() as folder:
        now, before = Path(folder, "now"), Path(folder, "before")
        files = unpack(clone, line[0], now)
        rules = {rule for path in files for text in lines_of(now / path) for rule in rules_in(text)}
        known = sorted(rule for rule in rules if run(RUFF, "rule", rule).returncode == 0)
        if not known:
            return []
        unpack(clone, line[min(len(line) - 1, BACK)], before)
        here, there = list(findings_in(now, known)), list(findings_in(before, known))
    left = {(one.rule, one.path, one.code) for one in here}
    dismissed = [one for one in here if one.rule in one.silenced]
    accepted = [one for one in there if one.path in files and (one.rule, one.path, one.code) not in left]
    told = [(one, Fate.DISMISSED) for one in dismissed] + [(one, Fate.ACCEPTED) for one in accepted]
    return [lesson(number, one, fate) for number, (one, fate) in enumerate(told)]


def trial(lessons: Sequence[Lesson], seed: int, embedder: Embedder) -> Counter[str]:
    """Return what one draw of lessons makes of the rest."""
    by_rule: dict[str, list[Lesson]] = defaultdict(list)
    for one in lessons:
        by_rule[one.slug].append(one)
    chance, counts = random.Random(seed), Counter[str]()
    for rule in sorted(by_rule):
        drawn = by_rule[rule]
        chance.shuffle(drawn)
        if not any(one.fate is Fate.DISMISSED for one in drawn):
            continue
        taught, rest = drawn[: len(drawn) * 2 // 3], drawn[len(drawn) * 2 // 3 :][:MOST_ASKED]
        is_known = len(distinct([one for one in taught if one.fate is Fate.DISMISSED])) >= ENOUGH
        for one, kind in zip(rest, kinds(taught, rest, embedder), strict=True):
            counts[one.fate.value] += 1
            counts[f"{one.fate} {kind}"] += 1
            if is_known and one.fate is Fate.DISMISSED:
                counts["known"] += 1
                counts[f"known {kind}"] += 1
    return counts


def kinds(taught: Sequence[Lesson], rest: Sequence[Lesson], embedder: Embedder) -> list[Kind]:
    """Return what memory of some lessons says of others."""
    recollection = Recollection(
        "r",
        embedder.name,
        tuple(taught),
        vectors=embedder.vectors([one.text for one in taught]).astype("f2"),
        code_vectors=embedder.vectors([one.code for one in taught]).astype("f2"),
    )
    texts, codes = embedder.vectors([one.text for one in rest]), embedder.vectors([one.code for one in rest])
    asked = [
        Asked(one.slug, one.about, one.fingerprint, text, code)
        for one, text, code in zip(rest, texts, codes, strict=True)
    ]
    return [judgement.kind for judgement in judged(asked, recollection)]


def lesson(number: int, said: Said, fate: Fate) -> Lesson:
    """Return a finding of ruff as a lesson; the same line of one file is one finding, each file one pull request."""
    return Lesson(
        id=number,
        repository="r",
        fingerprint=f"{said.rule} {said.path} {said.code}",
        about=f"{said.rule} {said.code}",
        check="ruff",
        slug=said.rule,
        severity="warn",
        path=said.path,
        symbol="",
        text=said.message,
        code=said.code,
        fate=fate,
        signal=Signal.DISMISSED,
        by="",
        by_id=0,
        subject=said.path,
        evidence="",
        reason="",
        at=0.0,
        expires=1.0,
    )


def findings_in(folder: Path, rules: Sequence[str]) -> Iterator[Said]:
    """Yield what ruff says of a tree whatever its comments ask for."""
    words = ["check", "--isolated", "--ignore-noqa", "--no-cache", "--quiet", "--output-format", "json"]
    done = run(RUFF, *words, "--select", ",".join(rules), ".", cwd=folder)
    texts: dict[str, list[str]] = {}
    for one in json.loads(done.stdout or b"[]"):
        path = Path(one["filename"]).resolve().relative_to(folder.resolve()).as_posix()
        lines = texts.setdefault(path, lines_of(folder / path))
        rows = {one["location"]["row"], one.get("noqa_row") or 0}
        silenced = {rule for row in rows if 0 < row <= len(lines) for rule in rules_in(lines[row - 1])}
        first = lines[min(one["location"]["row"], len(lines)) - 1] if lines else ""
        code = NOQA.split(first)[0].strip()
        if one["code"]:
            yield Said(one["code"], path, one["message"], code, frozenset(silenced))


def rules_in(line: str) -> list[str]:
    """Return the rules that a line's `noqa` comment names."""
    found = NOQA.search(line)
    return re.findall(r"[A-Z]+[0-9]+", found.group(1)) if found else []


def lines_of(path: Path) -> list[str]:
    """Return a file's lines; none of what is no file."""
    return path.read_text("utf-8", "replace").splitlines() if path.is_file() else []


def unpack(clone: Path, commit: str, folder: Path) -> set[str]:
    """Write the Python files of a commit to a folder; returns their paths."""
    folder.mkdir()
    packed = subprocess.run(["git", "-C", str(clone), "archive", commit, "--", "*.py"], capture_output=True)
    if packed.returncode == 0:
        subprocess.run(["tar", "x", "-C", str(folder)], input=packed.stdout, check=True)
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.py")}


def git(clone: Path, *words: str) -> bytes:
    """Return what git prints."""
    return subprocess.run(["git", "-C", str(clone), *words], capture_output=True, check=True).stdout


def run(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run a program and return how it ended."""
    return subprocess.run(words, capture_output=True, cwd=cwd, check=False)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
