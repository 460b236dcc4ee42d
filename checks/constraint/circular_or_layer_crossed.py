"""An import against the direction in which the repository's parts depend on each other.

What it finds.
A new import from one layer into another that it may not import. Layers are declared in `.github/prudent.toml`
(`[[layer]]`). Where none are declared, folders count: one that many files of another import, and that never imported
from it, now does.

Why it matters.
A direction that is held once can be tested, moved and understood part by part. It is lost one import at a time.

When it stays silent.
For imports that were there at base, inside functions, for types only or in tests. What is only implied is recorded and
not posted, unless the check is enabled.

How to fix.
Move what is needed to the layer below, or hand it in from above.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.constraint.new_imports import NewImport, new_imports
from checks.constraint.places import graphs_of
from checks.finding import Confidence, Evidence, Finding, Severity
from checks.knowledge import Knowledge
from checks.settings import Settings
from checks.static.engine_check import is_test
from kb.facts.extract import language_for
from kb.graph.code import CodeChange
from kb.graph.model import EdgeKind, node_id

SLUG = "circular-or-layer-crossed"
RULES = (
    Rule(
        SLUG,
        Severity.BLOCK,
        Confidence.HIGH,
        finds="Finds imports from one layer into another that it may not import.",
        why="The direction of dependencies is lost one import at a time.",
        fix="Move what is needed to the layer below, or hand it in from above.",
    ),
)
FEWEST_FILES = 10  # that import a folder before its direction counts as implied

_LAYERS = '[[layer]]\nname = "web"\nglobs = ["web/**"]\n\n[[layer]]\nname = "store"\nglobs = ["store/**"]\n'
_TREE = {
    ".github/prudent.toml": _LAYERS,
    "web/__init__.py": "",
    "web/pages.py": "from store.rows import load\n\nTITLE = 'Shop'\n\n\ndef page():\n    return load()\n",
    "store/__init__.py": "",
    "store/rows.py": "def load():\n    return []\n",
}
_USERS = {f"app/page{n}.py": "from core.rows import load\n" for n in range(FEWEST_FILES)}
_IMPLIED = {**_USERS, "app/__init__.py": "", "core/__init__.py": "", "core/rows.py": "def load():\n    return []\n"}

EXAMPLES = (
    Example(
        "the lower layer imports the upper one",
        before=_TREE,
        after={**_TREE, "store/rows.py": "from web.pages import TITLE\n\n\ndef load():\n    return [TITLE]\n"},
        fires=((SLUG, "store/rows.py", 1),),
    ),
    Example(
        "a direction that is not declared and was always held",
        before=_IMPLIED,
        after={**_IMPLIED, "core/rows.py": "from app import page1\n\n\ndef load():\n    return [page1]\n"},
        fires=((SLUG, "core/rows.py", 1),),
    ),
    Example(
        "the upper layer imports the lower one",
        before=_TREE,
        after={**_TREE, "web/more.py": "from store.rows import load\n"},
    ),
)


def covers(path: str) -> bool:
    """Return whether this is a file whose imports are known."""
    return language_for(path, b"") is not None


def reads(path: str) -> bool:
    """Return that no file counts as read: only its imports are looked at."""
    return False


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return the imports that cross layers, declared or implied."""
    graphs = graphs_of(change, knowledge)
    brought = [new for new in new_imports(change, graphs) if not is_test(new.path) and not is_test(new.target)]
    if knowledge.settings.layers:
        return Report(tuple(_declared(brought, graphs, knowledge.settings)))
    folders = _Folders(graphs)
    return Report(tuple(_implied(brought, graphs, folders)))


def _declared(brought: list[NewImport], graphs: CodeChange, settings: Settings) -> Iterator[Finding]:
    known: set[tuple[str, int]] = set()
    for new in sorted(brought, key=lambda one: (one.path, one.line, -len(one.target))):
        one, other = settings.layer_of(new.path), settings.layer_of(new.target)
        if one is None or other is None or one == other or other.name in one.imports:
            continue
        if (new.path, new.line) in known:
            continue  # a module, and the package that it is in
        known.add((new.path, new.line))
        allowed = ", ".join(f"`{name}`" for name in one.imports) or "nothing"
        told = f"`{one.name}` may import {allowed}, not `{other.name}`: this imports `{new.target}`."
        rule = Evidence("rule", settings.origin, 1, f"layer {one.name} imports {', '.join(one.imports) or 'nothing'}")
        yield _finding(graphs, new, told, Severity.BLOCK, (rule,))


def _implied(brought: list[NewImport], graphs: CodeChange, folders: _Folders) -> Iterator[Finding]:
    told: set[tuple[str, str]] = set()
    for new in brought:
        pair = folders.apart(new.path, new.target)
        if pair is None or pair in told or folders.base[pair] or folders.base[pair[::-1]] < FEWEST_FILES:
            continue
        told.add(pair)
        count = folders.base[pair[::-1]]
        says = (
            f"`{pair[0]}` never imported from `{pair[1]}`, while {count} files of `{pair[1]}` import from `{pair[0]}`."
        )
        shown = folders.example(pair[::-1])
        yield _finding(graphs, new, says, Severity.INFO, (shown,), silent=True)


@dataclass(frozen=True)
class _Folders:
    """How many files of one folder imported another at base."""

    graphs: CodeChange

    @cached_property
    def base(self) -> Counter[tuple[str, str]]:
        """Return how many files of one folder import the other, by (folder, imported folder)."""
        return Counter((folder, imported) for _, folder, imported in self.pairs)

    @cached_property
    def pairs(self) -> dict[tuple[str, str, str], int]:
        """Return (importing file, its folder, imported folder) with the line of one such import."""
        graph = self.graphs.base.graph
        paths = [path for path in graph.files() if not is_test(path)]
        by_id = {node_id(path, ""): path for path in paths}
        found: dict[tuple[str, str, str], int] = {}
        for edge in graph.edges_from(list(by_id), [EdgeKind.IMPORTS]):
            target = by_id.get(edge.dst)
            pair = self.apart(by_id[edge.src], target) if target else None
            if pair is not None:
                found.setdefault((by_id[edge.src], *pair), edge.line)
        return found

    def example(self, pair: tuple[str, str]) -> Evidence:
        """Return one import of this direction at base."""
        path, line = min((path, line) for (path, *found), line in self.pairs.items() if tuple(found) == pair)
        return Evidence("related", path, line, self.graphs.base.source(path).line(line).strip()[:200])

    def apart(self, one: str, other: str) -> tuple[str, str] | None:
        """Return the folders at which two paths part; None if one lies in a folder around the other."""
        first, second = one.split("/")[:-1], other.split("/")[:-1]
        depth = next((n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), None)
        if depth is None:
            return None
        return "/".join(first[: depth + 1]), "/".join(second[: depth + 1])


def _finding(
    graphs: CodeChange,
    new: NewImport,
    told: str,
    severity: Severity,
    shown: tuple[Evidence, ...],
    *,
    silent: bool = False,
) -> Finding:
    text = graphs.head.source(new.path).line(new.line).strip()
    return Finding(
        check=SLUG,
        slug=SLUG,
        severity=severity,
        confidence=Confidence.HIGH if severity is Severity.BLOCK else Confidence.MEDIUM,
        path=new.path,
        line=new.line,
        end_line=new.line,
        message=told,
        text=text,
        evidence=(Evidence("import", new.path, new.line, text[:200]), *shown),
        silent=silent,
    )
