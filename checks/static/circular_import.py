"""An import of the repository's own that fails because the change closed a circle.

What it finds.
Python modules that import one another so that one asks another for a name which that one, still being
imported itself, has not defined yet. Importing is followed on paper, statement by statement, from where
programs start: the packages, their `__main__`, the commands that the build files name, and the tests.

Why it matters.
The program, or the test, ends with ImportError before its first line of work.

When it stays silent.
When the same start failed at base, or is new; where the outcome depends on a condition, a `try`, or a call;
on circles that do no harm because of the order in which their modules are imported.

How to fix.
Move the import into the function that needs it, or what both modules need into a third one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.finding import Confidence, Evidence, Finding, Severity
from checks.knowledge import Knowledge
from checks.static.engine_check import is_test
from checks.static.import_graph import ImportGraph
from checks.static.import_run import Stuck, surely_fine, surely_stuck
from checks.static.import_steps import Kind, Step, steps_in
from checks.static.ty_tree import Tree
from kb.diff import FileDiff
from kb.source import Source

SLUG = "circular-import"
RULES = (
    Rule(
        SLUG,
        Severity.BLOCK,
        Confidence.HIGH,
        finds="Finds imports that fail because the change made the repository's own modules import each other.",
        why="The program ends with ImportError when it starts.",
        fix="Move the import into the function that needs it, or what both need into a third module.",
    ),
)

_APP = "from shop.prices import total\n\nRATE = 2\n\n\ndef sell():\n    return total()\n"
_PRICES = "def total():\n    return 3\n"
_TREE = {"shop/__init__.py": "from shop.app import sell\n", "shop/app.py": _APP, "shop/prices.py": _PRICES}

EXAMPLES = (
    Example(
        "a name is asked for before it is there",
        before=_TREE,
        after={**_TREE, "shop/prices.py": "from shop.app import RATE\n\n\ndef total():\n    return 3 * RATE\n"},
        fires=((SLUG, "shop/prices.py", 1),),
    ),
    Example(
        "the import runs later",
        before=_TREE,
        after={**_TREE, "shop/prices.py": "def total():\n    from shop.app import RATE\n\n    return 3 * RATE\n"},
    ),
    Example(
        "a circle that does no harm",
        before=_TREE,
        after={**_TREE, "shop/prices.py": "from shop import app\n\n\ndef total():\n    return 3 * app.RATE\n"},
    ),
)

IMPORTS = re.compile(r"^\s*(from\s+[.\w]+\s+import\b|import\s+\w)")
COMMANDS = re.compile(r"=\s*[\"']?([A-Za-z_][\w.]*):[A-Za-z_]\w*")
BUILD_FILES = ("setup.py", "setup.cfg", "pyproject.toml")
MOST_STARTS = 400
FAR = (Step(Kind.STAR, 0, module=""),)  # it may bind anything


@dataclass(frozen=True)
class _Paper:
    """Where imports are followed: both trees, and the head files from which a changed circle can be come to.

    The others are not read: nothing that they do depends on the circle.
    """

    base: Tree
    head: Tree
    near: frozenset[str]
    known: dict[str, Sequence[Step] | None] = field(default_factory=dict)  # by the content's id

    def newly_stuck(self, entry: Sequence[str]) -> Stuck | None:
        """Return where a start gets stuck at head that did not at base."""
        if not all(path in self.base.files for path in entry):
            return None
        stuck = surely_stuck(self.head, lambda path: self.steps(self.head, path) if path in self.near else FAR, entry)
        if stuck is None or not surely_fine(self.base, lambda path: self.steps(self.base, path), entry):
            return None
        return stuck

    def steps(self, tree: Tree, path: str) -> Sequence[Step] | None:
        """Return what a file does when it is imported, None where that cannot be read."""
        content = tree.view.entries[path].oid
        if content not in self.known:
            self.known[content] = steps_in(tree.source(path))
        return self.known[content]


def covers(path: str) -> bool:
    """Return whether this is Python."""
    return path.endswith(".py")


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return the imports that no longer work, each once."""
    files = [file for file in change.files if covers(file.path) and not file.binary and not file.unread]
    base, head = Tree(change.base), Tree(change.head)
    if not any(_touches_imports(base, head, file) for file in files):
        return Report()
    graph = ImportGraph(head)
    circles = graph.in_circles(file.path for file in files)
    if not circles:
        return Report()
    near = graph.reaching(circles)
    paper = _Paper(base, head, near)
    found: dict[tuple[str, int], Finding] = {}
    for entry in _starts(head):
        stuck = paper.newly_stuck(entry) if near & set(entry) else None
        if stuck is not None:
            finding = _finding(change, head, stuck, entry)
            found.setdefault((finding.path, finding.line), finding)
    return Report(tuple(found.values()))


def _touches_imports(base: Tree, head: Tree, file: FileDiff) -> bool:
    """Return whether the change added or moved an import, or the file itself."""
    if file.old is None or file.new is None or file.path != file.old_path:
        return True
    added = (head.source(file.path).line(line) for line in file.added)
    removed = (base.source(file.old_path).line(line) for line in file.removed)
    return any(IMPORTS.match(text) for text in (*added, *removed))


def _starts(tree: Tree) -> list[tuple[str, ...]]:
    """Return what is imported first: packages and programs, then tests with what is set up for them."""
    programs = [path for name, paths in tree.modules.items() if _is_program(name, paths) for path in paths]
    programs += [path for name in _commands(tree) for path in tree.module(name)]
    tests = sorted(path for path in tree.files if is_test(path) and re.search(r"(^|/)test_[^/]*\.py$", path))
    starts: list[tuple[str, ...]] = [(path,) for path in dict.fromkeys(programs) if path.endswith(".py")]
    starts += [(*_set_up(tree, path), path) for path in tests]
    return starts[:MOST_STARTS]


def _is_program(name: str, paths: frozenset[str]) -> bool:
    if len(paths) != 1:
        return False
    path = next(iter(paths))
    return path.endswith("/__main__.py") or ("." not in name and path.endswith("/__init__.py") and not is_test(path))


def _commands(tree: Tree) -> Iterator[str]:
    for path in tree.view.entries:
        if path in BUILD_FILES:
            yield from COMMANDS.findall(tree.source(path).text)


def _set_up(tree: Tree, path: str) -> list[str]:
    """Return the `conftest` files that pytest imports before a test, outermost first."""
    folders = path.split("/")[:-1]
    places = ["/".join([*folders[:depth], "conftest.py"]) for depth in range(len(folders) + 1)]
    return [place for place in places if place in tree.files]


def _finding(change: Change, head: Tree, stuck: Stuck, entry: Sequence[str]) -> Finding:
    path, line = next(((p, n) for p, n in reversed(stuck.frames) if _is_added(change, p, n)), (stuck.path, stuck.line))
    source, asked = head.source(path), head.source(stuck.of)
    told = (
        f"Importing `{entry[-1]}` fails: {stuck.path}:{stuck.line} asks for `{stuck.name}` of `{stuck.of}`,"
        f" which is still being imported and defines it only in line {stuck.later}."
    )
    steps = tuple(Evidence("import", p, n, _quoted(head.source(p), n)) for p, n in stuck.frames)
    return Finding(
        check=SLUG,
        slug=SLUG,
        severity=Severity.BLOCK,
        confidence=Confidence.HIGH,
        path=path,
        line=line,
        end_line=line,
        message=told,
        text=source.line(line).strip(),
        evidence=(*steps, Evidence("definition", stuck.of, stuck.later, _quoted(asked, stuck.later))),
    )


def _is_added(change: Change, path: str, line: int) -> bool:
    file = change.by_path.get(path)
    return file is not None and line in file.added


def _quoted(source: Source, line: int) -> str:
    return source.line(line).strip()[:200]
