"""What other files see of a file: positions and bodies are not in it, everything that links rest on is."""

from __future__ import annotations

import random

import pytest

from kb.facts.extract import facts_of
from kb.facts.model import Facts, Status
from kb.graph.interface import changed_names, interface_of
from tests.kb.graph_worlds import PYTHON, TYPESCRIPT, Kind, World

BEFORE = '''\
"""About."""
import os
from pkg import thing
from typing import TYPE_CHECKING

LIMIT = 3

def make(a, b=1):
    """Say it."""
    local = a + b
    return local

class C(thing.D):
    size: int = 0

    def __init__(self, x):
        part = make(x)
        self.part = part

    def run(self):
        return self.part
'''


def changed(before: str, after: str, path: str = "m.py") -> set[str]:
    one, other = (interface_of(facts_of(path, text.encode())) for text in (before, after))
    return changed_names(one, other)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""About."""', '"""About something else, at length."""\n\n\n'),
        ("import os\n", "import os\n# why\n\n"),
        ('"""Say it."""', '"""Say it otherwise."""'),
        ("return local", "return local + 1"),
        ("local = a + b", "local = b"),
        ("return self.part", "print(self.part)\n        return 1"),
        ("    local = a + b\n", ""),
    ],
)
def test_what_nobody_else_sees_changes_nothing(old: str, new: str) -> None:
    assert old in BEFORE
    assert changed(BEFORE, BEFORE.replace(old, new)) == set()


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ("a, b=1", "a, b", {"make"}),
        ("a, b=1", "a, c=1", {"make"}),
        ("def make", "async def make", {"make"}),
        ("def make", "@cached\ndef make", {"make"}),
        ("def make", "def build", {"make", "build"}),
        ("LIMIT = 3", "LIMIT = make", {"LIMIT"}),
        ("LIMIT = 3", "LIMIT: int = 3", {"LIMIT"}),
        ("LIMIT = 3", "", {"LIMIT"}),
        ("thing.D", "thing.E", {"C"}),
        ("size: int", "size: str", {"C"}),
        ("def run(self)", "def run(self, fast)", {"C"}),
        ("def run", "@property\n    def run", {"C"}),
        ("part = make(x)", "part = C(x)", {"C"}),
        ("self.part = part", "self.piece = part", {"C"}),
        ("import os\n", "import sys as os\n", {"os"}),
        ("from pkg import thing", "from pkg import other as thing", {"thing"}),
        ("from pkg import thing", "from .pkg import thing", {"thing"}),
        ("return self.part\n", "return self.part\n\nC.extra = 1\n", {"C"}),
        ("return self.part\n", "return self.part\n\ndel LIMIT\n", {"LIMIT"}),
        ("return self.part", "return setattr(self, 'x', 1)", {"C"}),
    ],
)
def test_what_others_see_changes_its_name(old: str, new: str, names: set[str]) -> None:
    assert old in BEFORE
    found = changed(BEFORE, BEFORE.replace(old, new))
    assert names <= found <= names | {"*", ""}
    assert "*" in found


@pytest.mark.parametrize(
    "new",
    [
        "from pkg import *\nimport os\n",
        "import os\ndef __getattr__(name): ...\n",
        "import os\n__all__ = ['make']\n",
        "def (\n",
    ],
)
def test_what_bears_on_every_name_changes_the_empty_one(new: str) -> None:
    assert {"", "*"} <= changed(BEFORE, BEFORE.replace("import os\n", new))


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        ("export const f = 1", "export const f: string = 1", {"f"}),
        ("function f() {}\nexport { f as g }", "function f(a) {}\nexport { f as g }", {"f", "g"}),
        ("function f() {}\nexport default f", "function g() {}\nexport default g", {"f", "g", "default"}),
        ("export { a } from './x'", "export { a } from './y'", {"a"}),
        ("export class C { x: A }", "export class C { x: B }", {"C"}),
        ("export interface C { m(): void }", "export interface C { m(): void; n(): void }", {"C"}),
    ],
)
def test_exports_are_seen_with_what_they_stand_for(before: str, after: str, names: set[str]) -> None:
    assert names <= changed(before, after, "m.ts")
    assert changed(before, f"// comment\n\n{before}", "m.ts") == set()


def test_a_file_without_facts_shows_nothing_but_that() -> None:
    assert interface_of(Facts("python", Status.UNREAD)).keys() == {"", "*"}


@pytest.mark.parametrize("kind", [PYTHON, TYPESCRIPT], ids=["python", "typescript"])
@pytest.mark.parametrize("seed", range(20))
def test_positions_never_matter(kind: Kind, seed: int) -> None:
    world = World.begin(kind, seed)
    comment = "# moved\n\n" if kind is PYTHON else "// moved\n\n"
    for path, data in world.view().files.items():
        gap = "\n" * random.Random(seed).randint(1, 9)
        moved = (comment + gap).encode() + data
        assert changed_names(interface_of(facts_of(path, data)), interface_of(facts_of(path, moved))) == set()
