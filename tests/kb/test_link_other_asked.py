"""The law behind linking only what changed: who asked nothing whose answer changed is linked as before."""

from __future__ import annotations

import random
import re

import pytest

from kb.facts.extract import facts_of
from kb.graph.interface import PRESENCE, STAR, changed_names, interface_of
from kb.graph.model import Asked
from kb.graph.other import OtherLinker
from tests.kb import test_link_other_classes, test_link_other_compiled
from tests.kb.other_trees import tree
from tests.kb.trees_in_memory import MemoryTree

CASES = test_link_other_classes.CASES | test_link_other_compiled.CASES
CONFIGURING = ("go.mod", "Cargo.toml", "Package.swift")
_WORD = re.compile(r"[A-Za-z_]\w+")


def edited(files: dict[str, str], choose: random.Random) -> dict[str, str]:
    """Return the files after one edit: a line dropped or doubled, a word renamed, a file gone, moved or copied."""
    made, path = dict(files), choose.choice(sorted(files))
    lines = made[path].splitlines(keepends=True) or ["\n"]
    at, how = choose.randrange(len(lines)), choose.randrange(7)
    words = sorted({word for text in files.values() for word in _WORD.findall(text)})
    if how == 0:
        del lines[at]
    elif how == 1:
        lines.insert(at, choose.choice(choose.choice(list(files.values())).splitlines(keepends=True) or ["\n"]))
    elif how in (2, 3):
        one = choose.choice(_WORD.findall(lines[at]) or ["a"])
        lines[at] = lines[at].replace(one, choose.choice(words))
    elif how == 4:
        return {other: text for other, text in made.items() if other != path or len(made) < 2}
    elif how == 5:
        folder, _, name = path.rpartition("/")
        made[f"{folder}/x{name}" if folder else f"x{name}"] = made[path]
        return made
    else:
        other = choose.choice(sorted(files))
        made[path], made[other] = made[other], made[path]
        return made
    made[path] = "".join(lines)
    return made


def questions(before: dict[str, str], after: dict[str, str]) -> set[Asked]:
    """Return every question about a path whose answer differs between two trees."""
    found = set()
    for path in before.keys() | after.keys():
        if before.get(path) != after.get(path):
            old = interface_of(facts_of(path, before[path].encode())) if path in before else {}
            new = interface_of(facts_of(path, after[path].encode())) if path in after else {}
            found |= {Asked(path, name) for name in changed_names(old, new)}
            if (path in before) != (path in after) or path.endswith(CONFIGURING):
                found |= {Asked(path, PRESENCE), Asked(path, STAR)}
    return found


@pytest.mark.parametrize("language", CASES)
def test_only_who_asked_for_a_change_is_linked_differently(language: str) -> None:
    for seed in range(4):
        check_sequence(language, seed)


@pytest.mark.slow
@pytest.mark.parametrize("language", CASES)
def test_a_hundred_sequences(language: str) -> None:
    for seed in range(100, 200):
        check_sequence(language, seed)


def check_sequence(language: str, seed: int) -> None:
    """Assert the law for each of four edits in a row."""
    choose = random.Random(f"{language} {seed}")
    files = tree(CASES[language][0])
    for _ in range(4):
        after = edited(files, choose)
        one, other = OtherLinker(MemoryTree(files)), OtherLinker(MemoryTree(after))
        changed = questions(files, after)
        for path in files.keys() & after.keys():
            before_link, after_link = one.link(path), other.link(path)
            if files[path] != after[path] or before_link == after_link:
                continue
            asked = before_link.asked | {Asked(question.path, PRESENCE) for question in before_link.asked}
            led = {q.name for q in asked if not q.path and one.answer(q.name) != other.answer(q.name)}
            assert asked & changed or led, path
        files = after
