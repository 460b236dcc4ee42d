"""Slips of the hand planted into real files: one word each, in a place that a check looks at.

Only facts of the file itself choose where; what was there before is known, so a patch can be told from the original.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.seeds import LEFT_OUT  # noqa: E402 (the script's own folder comes first)
from kb.facts.extract import facts_of  # noqa: E402
from kb.facts.model import Facts, Flag, Role, Status  # noqa: E402
from kb.source import Source  # noqa: E402
from kb.view import View, source_at  # noqa: E402

LANGUAGES = {"python": (".py",), "javascript": (".js", ".mjs", ".cjs"), "typescript": (".ts", ".tsx")}
SHORTEST = 4  # letters of a word in which a slip is still a slip
LARGEST = 150_000  # bytes of a file


@dataclass(frozen=True)
class Slip:
    """One planted slip: what kind, where, and the whole file with it."""

    kind: str
    path: str
    line: int
    word: str  # as it was
    after: bytes


Planting = Callable[[Source, Facts, random.Random], Iterator[tuple[int, int, str]]]


def slips_in(view: View, language: str, each: int, number: int) -> list[Slip]:
    """Return at most `each` slips of every kind, no two in one file of one kind, the same for one tree and number."""
    chance = random.Random(f"{number} {language}")
    paths = [path for path in sorted(view.entries) if path.endswith(LANGUAGES[language]) and not LEFT_OUT.search(path)]
    chance.shuffle(paths)
    found: list[Slip] = []
    for kind, planting in KINDS.items():
        wanted = each
        for path in paths:
            if not wanted:
                break
            slip = _slip(kind, planting, source_at(view, path), chance)
            if slip is not None:
                found.append(slip)
                wanted -= 1
    return found


def _slip(kind: str, planting: Planting, source: Source, chance: random.Random) -> Slip | None:
    if len(source.data) > LARGEST:
        return None
    facts = facts_of(source.path, source.data)
    if facts.status is not Status.WHOLE:
        return None
    places = list(planting(source, facts, chance))
    if not places:
        return None
    start, end, text = chance.choice(places)
    after = source.data[:start] + text.encode() + source.data[end:]
    return Slip(kind, source.path, source.line_of(start), source.data[start:end].decode(), after)


def slipped(word: str, chance: random.Random) -> str:
    """Return a word with two letters swapped, one left out, one doubled or one wrong; never the word itself."""
    at = chance.randrange(1, len(word) - 1)
    made = chance.choice(
        (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] * 2 + word[at + 1 :],
            word[:at] + chance.choice("aeiounrst") + word[at + 1 :],
        )
    )
    return made if made != word else word[:at] + word[at + 1 :]


def name_misspelt(source: Source, facts: Facts, chance: random.Random) -> Iterator[tuple[int, int, str]]:
    """Yield names that are read, misspelt."""
    for use in facts.uses:
        root = use.chain.partition(".")[0]
        if use.role is Role.READ and len(root) >= SHORTEST and root.isidentifier() and _stands(source, use.start, root):
            yield use.start, use.start + len(root), slipped(root, chance)


def callee_misspelt(source: Source, facts: Facts, chance: random.Random) -> Iterator[tuple[int, int, str]]:
    """Yield functions that are called by a bare name, misspelt."""
    for call in facts.calls:
        if call.chain.isidentifier() and len(call.chain) >= SHORTEST and _stands(source, call.start, call.chain):
            yield call.start, call.start + len(call.chain), slipped(call.chain, chance)


def member_misspelt(source: Source, facts: Facts, chance: random.Random) -> Iterator[tuple[int, int, str]]:
    """Yield attributes of `self`, `this` or a module that are read or called, misspelt."""
    rows = [(one.chain, one.start) for one in facts.calls]
    rows += [(one.chain, one.start) for one in facts.uses if one.role is Role.READ]
    modules = {row.alias for row in facts.imports if not row.name and row.alias}
    for chain, start in rows:
        root, dot, member = chain.partition(".")
        plain = dot and member.isidentifier() and len(member) >= SHORTEST and _stands(source, start, chain)
        if plain and (root in ("self", "this") or root in modules):
            at = start + len(root) + 1
            yield at, at + len(member), slipped(member, chance)


def keyword_misspelt(source: Source, facts: Facts, chance: random.Random) -> Iterator[tuple[int, int, str]]:
    """Yield keywords of calls to functions and classes of the same file, misspelt."""
    own = {row.name for row in facts.definitions}
    for call in facts.calls:
        if call.chain.rpartition(".")[2] not in own:
            continue
        for word in call.keywords:
            found = re.compile(rb"[(,\s]" + re.escape(word.encode()) + rb"\s*=[^=]").search(
                source.data, call.start, call.end
            )
            if found and len(word) >= SHORTEST:
                yield found.start() + 1, found.start() + 1 + len(word), slipped(word, chance)


def import_lost(source: Source, facts: Facts, chance: random.Random) -> Iterator[tuple[int, int, str]]:
    """Yield whole lines that import one module and nothing else, left out."""
    used = {one.chain.partition(".")[0] for one in (*facts.calls, *facts.uses)}
    for row in facts.imports:
        line = source.span_of_lines(row.line, row.line)
        text = source.data[line.start : line.end].strip()
        if row.scope == 0 and row.alias in used and text == b"import " + row.alias.encode():
            yield line.start, line.end, ""


def import_misspelt(source: Source, facts: Facts, chance: random.Random) -> Iterator[tuple[int, int, str]]:
    """Yield names that are imported from a module of the package itself, misspelt."""
    for row in facts.imports:
        near = row.level > 0 or row.module.startswith(".")
        found = source.data.find(row.name.encode(), row.start, row.end)
        if near and row.name.isidentifier() and len(row.name) >= SHORTEST and row.name != "default" and found >= 0:
            if row.module.rpartition(".")[2] == row.name or _stands(source, found, row.name) is False:
                continue
            yield found, found + len(row.name), slipped(row.name, chance)


def await_lost(source: Source, facts: Facts, chance: random.Random) -> Iterator[tuple[int, int, str]]:
    """Yield awaited calls, their `await` left out."""
    for call in facts.calls:
        if call.flags & Flag.AWAITED and source.data[call.start - 6 : call.start] == b"await ":
            yield call.start - 6, call.start, ""


KINDS: dict[str, Planting] = {
    "name misspelt": name_misspelt,
    "callee misspelt": callee_misspelt,
    "member misspelt": member_misspelt,
    "keyword misspelt": keyword_misspelt,
    "import lost": import_lost,
    "import misspelt": import_misspelt,
    "await lost": await_lost,
}


def _stands(source: Source, start: int, text: str) -> bool:
    end = start + len(text)
    return source.data[start:end] == text.encode() and not source.data[end : end + 1].isalnum()
