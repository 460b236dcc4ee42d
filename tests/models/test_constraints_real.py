"""How much real code the grammars accept: Python's own library and installed packages, JavaScript of the tools.

Every hole holds code that its language takes, so every one that is rejected is a fault of a grammar. Bodies whose
indentation is broken are held to the compiler.
"""

from __future__ import annotations

import ast
import os
import random
import site
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.source import Source
from kb.syntax.parse import Unparsed, parse
from models.constraints.check import satisfies
from models.constraints.compile import compiled
from models.constraints.extract import extract
from models.constraints.model import Intensity
from models.mask.holes import holes_in
from models.mask.model import Hole, Strategy

pytestmark = pytest.mark.slow
TOOLS = Path(__file__).parents[2] / ".venv" / "tools" / "node_modules"
LEAST = 0.999
EACH = 12  # holes of a file


def python_files() -> list[Path]:
    roots = [Path(sysconfig.get_path("stdlib")), *map(Path, site.getsitepackages())]
    return [path for root in roots for path in root.rglob("*.py") if "lib2to3" not in path.parts]


def script_files(*endings: str) -> list[Path]:
    return (
        [path for path in TOOLS.rglob("*") if path.name.endswith(endings) and path.is_file()] if TOOLS.exists() else []
    )


def holes(paths: list[Path], language: str, strategies: list[Strategy], most: int) -> Iterator[tuple[Source, Hole]]:
    """At most `most` holes, a few of each file, the files in an order that is always the same."""
    rng = random.Random(11)
    paths = sorted(path for path in paths if 200 < path.stat().st_size < 40_000)
    rng.shuffle(paths)
    for path in paths:
        source = Source(os.fspath(path), path.read_bytes())
        try:
            if parse(source.data, language).root_node.has_error:
                continue
            found = [hole for strategy in strategies for hole in holes_in(source, language, strategy)]
        except Unparsed:
            continue
        for hole in rng.sample(found, min(EACH, len(found))):
            if len(hole.text) > 4000:
                continue
            yield source, hole
            most -= 1
            if not most:
                return


def check(paths: list[Path], language: str, strategies: list[Strategy], most: int) -> None:
    """Hold the share of holes whose own text satisfies everything to LEAST, and print it."""
    if not paths:
        pytest.fail("the files are not there: `dev.py slow` puts them")
    rejected, count, domains = [], 0, 0
    for source, hole in holes(paths, language, strategies, most):
        count += 1
        made = compiled(extract(source, language, hole), Intensity.FULL)
        domains += len(made.hard)
        why = satisfies(made, hole.text)
        if why:
            rejected.append((source.path, source.line_of(hole.span.start), why))
    share = 1 - len(rejected) / count
    print(f"{language} {','.join(strategies)}: {share:.4%} of {count} holes accepted ({domains} grammars)")
    assert count > most / 2
    assert share >= LEAST, rejected[:5]


def test_real_python_bodies_are_accepted():
    check(python_files(), "python", [Strategy.BODY], 2000)


def test_real_python_expressions_and_names_are_accepted():
    check(python_files(), "python", [Strategy.EXPRESSIONS, Strategy.IDENTIFIERS, Strategy.TYPES], 1500)


def test_real_javascript_is_accepted():
    check(script_files(".js", ".mjs", ".cjs"), "javascript", [Strategy.STATEMENTS, Strategy.EXPRESSIONS], 1000)


def test_real_typescript_is_accepted():
    check(script_files(".d.ts"), "typescript", [Strategy.STATEMENTS, Strategy.TYPES], 600)


def is_one_body(indent: str, text: str) -> bool:
    """Whether the compiler takes a text as one function's body, no line of it having left the body."""
    inside = f"def f():\n  pass\n{indent}{text}\n" if len(indent) < 2 else f"async def f():\n{indent}{text}\n"
    try:
        return len(ast.parse(inside).body) == 1
    except (SyntaxError, ValueError):
        return False


def test_broken_indentation_of_real_bodies_is_rejected_where_the_compiler_does():
    rng = random.Random(3)
    seen = {True: 0, False: 0}
    for source, hole in holes(python_files(), "python", [Strategy.BODY], 700):
        text, indent = hole.text.decode("utf-8", "replace"), hole.indent.decode()
        lines = text.split("\n")
        if len(lines) < 3 or not indent or "\t" in text or "\\\n" in text or not is_one_body(indent, text):
            continue
        at = rng.randrange(1, len(lines))
        by = rng.choice([-4, -2, -1, 1, 2, 4])
        moved = lines[at].removeprefix(" " * -by) if by < 0 else " " * by + lines[at]
        changed = "\n".join([*lines[:at], moved, *lines[at + 1 :]])
        fine = is_one_body(indent, changed)
        seen[fine] += 1
        made = compiled(extract(source, "python", hole), Intensity.SYNTAX_ONLY)
        assert (satisfies(made, changed.encode()) == ()) is fine, (source.path, changed)
    print(f"indentation: {seen[False]} broken bodies rejected, {seen[True]} sound ones accepted")
    assert min(seen.values()) > 50
