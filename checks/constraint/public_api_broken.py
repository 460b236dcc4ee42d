"""A public name that users of the package rely on, taken away or changed so that their code breaks.

What it finds.
Names that a package lists in `__all__`, passes on from its `__init__`, or exports from its entry, which the change
removes, or whose parameters it removes, renames, moves or makes required, while nothing in the repository breaks.

Why it matters.
Those who use the package learn of it when their code fails; semantic versioning asks for a new major version.

When it stays silent.
Before version 1.0, when the version says that a new major is coming, when the name was deprecated, when a changelog or
a document that the change touches names it; for projects that are not packaged, tests, documents and private names;
where something in the repository breaks too, which other checks say.

How to fix.
Keep the old name or signature with a warning for one version, or raise the major version.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.constraint.api import breaks
from checks.constraint.calls import Calls
from checks.constraint.gone import Gone
from checks.constraint.missing import Missing
from checks.constraint.places import PYTHON, SCRIPTS, Places, is_whole, quoted, softer
from checks.constraint.public import Public
from checks.finding import Confidence, Finding, Severity, Side
from checks.knowledge import Knowledge
from kb.diff import FileDiff
from kb.facts.model import Definition
from kb.graph.model import Node, NodeKind, node_id

SLUG = "public-api-broken"
RULES = (
    Rule(
        SLUG,
        Severity.INFO,
        Confidence.MEDIUM,
        finds="Finds public names that the change removes or changes so that other people's code breaks.",
        why="Users of the package learn of it when their code fails.",
        fix="Keep the old name or signature for one version, or raise the major version.",
    ),
)
MOST = 5
DEPRECATED = re.compile(r"deprecat", re.I)
PROSE = (".md", ".rst", ".txt", ".adoc", ".mdx")

_PROJECT = '[project]\nname = "shop"\nversion = "2.1.0"\n'
_PRICES = '__all__ = ["total"]\n\n\ndef total(items, rate=1):\n    return sum(items) * rate\n'
_TREE = {"pyproject.toml": _PROJECT, "shop/__init__.py": "", "shop/prices.py": _PRICES}

EXAMPLES = (
    Example(
        "a parameter is renamed",
        before=_TREE,
        after={**_TREE, "shop/prices.py": _PRICES.replace("rate", "factor")},
        fires=((SLUG, "shop/prices.py", 4),),
    ),
    Example(
        "a listed function is removed",
        before=_TREE,
        after={**_TREE, "shop/prices.py": "__all__ = []\n"},
        fires=((SLUG, "shop/prices.py", 4),),
    ),
    Example(
        "a parameter is added at the end, with a default",
        before=_TREE,
        after={**_TREE, "shop/prices.py": _PRICES.replace("rate=1", "rate=1, unit=1")},
    ),
    Example(
        "the version says that a new major is coming",
        before=_TREE,
        after={
            **_TREE,
            "shop/prices.py": _PRICES.replace("rate", "factor"),
            "pyproject.toml": _PROJECT.replace("2.1.0", "3.0.0"),
        },
    ),
    Example(
        "a name that nobody lists",
        before={**_TREE, "shop/prices.py": _PRICES.replace('"total"', "")},
        after={**_TREE, "shop/prices.py": _PRICES.replace('"total"', "").replace("rate", "factor")},
    ),
    Example(
        "the changelog speaks of it",
        before={**_TREE, "CHANGES.md": "# Changes\n"},
        after={
            **_TREE,
            "shop/prices.py": _PRICES.replace("rate", "factor"),
            "CHANGES.md": "# Changes\n\n`total` takes `factor` now.\n",
        },
    ),
)


def covers(path: str) -> bool:
    """Return whether this is a language whose public names are known."""
    return path.endswith((*PYTHON, *SCRIPTS))


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return what breaks for users outside, at most five; raises NotChecked where there is no index."""
    if not any(covers(file.old_path) for file in change.files):
        return Report()
    interface = _Interface(Places.of(change, knowledge))
    found = sorted(interface.findings(), key=lambda one: one.order)
    return Report(tuple(found[:MOST]))


@dataclass(frozen=True)
class _Interface:
    """Compares what a change's project offers before and after."""

    places: Places

    @cached_property
    def missing(self) -> Missing:
        return Missing(self.places)

    @cached_property
    def public(self) -> Public:
        return Public(self.places.code.base)

    @cached_property
    def told_already(self) -> set[int]:
        """Return the base ids of what breaks something in the repository: that is said elsewhere."""
        causes = {gone.node.id for lost in self.missing.found if (gone := self.missing.cause(lost))}
        calls = Calls(self.places)
        paths = [path for path in self.places.code.relinked if covers(path)]
        unfit = [one.callee.node for path in paths for one in calls.unfit_in(path)]
        return causes | {node_id(self.places.old_path(node.path), node.qualified) for node in unfit}

    @cached_property
    def prose(self) -> str:
        """Return every line that the change adds to changelogs and documents."""
        lines = []
        for file in self.places.change.files:
            if file.new is not None and file.path.lower().endswith(PROSE):
                source = self.places.code.head.source(file.path)
                lines += [source.line(number) for number in sorted(file.added)]
        return "\n".join(lines)

    def findings(self) -> Iterator[Finding]:
        """Yield what breaks: names that are gone, then definitions that changed."""
        for gone in self.missing.losses.by_id.values():
            if gone.node.kind is not NodeKind.FILE and self._matters(gone.node):
                yield from self._removed(gone)
        for file in self.places.change.files:
            if file.old is not None and file.new is not None and covers(file.old_path) and not file.binary:
                yield from self._changed_in(file)

    def _matters(self, node: Node) -> bool:
        """Return whether a node of base is public and its change comes unannounced."""
        name = node.qualified.rpartition(".")[2]
        if self.places.is_left_out(node.path) or not self.public.is_offered(node):
            return False
        version = self.public.version(node.path)
        after = Public(self.places.code.head).version(self.places.new_path(node.path))
        if version is None or version.may_break or (after is not None and after.major > version.major):
            return False
        if re.search(rf"\b{re.escape(name)}\b", self.prose) or self._is_deprecated(node):
            return False
        return node.id not in self.told_already

    def _is_deprecated(self, node: Node) -> bool:
        base = self.places.code.base
        data = base.source(node.path).data
        rows = base.definitions(node)
        return any(DEPRECATED.search(data[row.start : row.end].decode("utf-8", "replace")) for row in rows)

    def _removed(self, gone: Gone) -> Iterator[Finding]:
        """Yield a finding for a name that nothing in head offers in its place."""
        losses, head = self.missing.losses, self.places.code.head
        if losses.outermost(gone) != gone or ("." in gone.node.qualified and gone.node.kind is NodeKind.VARIABLE):
            return
        if any(node.path.endswith((*PYTHON, *SCRIPTS)) for node in head.graph.nodes_named(gone.name, limit=20)):
            return
        told = f"`{gone.node.qualified}` is public and gone{losses.successor(gone)}"
        evidence = (losses.evidence(gone),)
        yield self.places.finding(RULES[0], gone.node.path, gone.line, told, side=Side.LEFT, evidence=evidence)

    def _changed_in(self, file: FileDiff) -> Iterator[Finding]:
        """Yield a finding for each public definition of a file that no longer takes what it took."""
        base, head = self.places.code.base, self.places.code.head
        if not is_whole(base, file.old_path) or not is_whole(head, file.path):
            return
        nodes = {node.qualified: node for node in head.graph.nodes_in(file.path)}
        for node in base.graph.nodes_in(file.old_path):
            now = nodes.get(node.qualified)
            if node.kind is not NodeKind.FUNCTION or now is None:
                continue
            old, new = base.definitions(node), head.definitions(now)
            found = breaks(old[0], new[0]) if len(old) == len(new) == 1 else []
            if found and self._matters(node):
                yield self._changed(file, old[0], new[0], found)

    def _changed(self, file: FileDiff, old: Definition, new: Definition, found: list[str]) -> Finding:
        line = self.places.head_line(file.path, new)
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        told = f"`{new.qualified}` is public, and its callers outside may break: {found[0]}{more}"
        evidence = (
            quoted("definition", self.places.code.base, file.old_path, old.line),
            quoted("definition", self.places.code.head, file.path, new.line),
        )
        made = self.places.finding(RULES[0], file.path, line, told, evidence=evidence)
        return softer(made, Severity.INFO, Confidence.MEDIUM)
