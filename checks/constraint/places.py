"""Where a finding of the graph stands, and what is quoted for it: lines of base and head, callers, definitions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from checks.change import Change
from checks.check import Rule
from checks.finding import Confidence, Evidence, Finding, Severity, Side
from checks.knowledge import Knowledge
from checks.settings import Settings
from checks.static.engine_check import is_test, is_test_data
from checks.static.python_context import expects_error, is_excused, is_for_types_only
from kb.diff import FileDiff
from kb.errors import NotChecked
from kb.facts.model import Definition, Status
from kb.graph.code import Code, CodeChange
from kb.graph.model import Node
from kb.source import Source
from kb.view import shown

MOST_CALLERS = 5
LONGEST_QUOTE = 200
PYTHON = (".py", ".pyi", ".pyw")
TYPED = (".ts", ".tsx", ".mts", ".cts")
SCRIPTS = (*TYPED, ".js", ".jsx", ".mjs", ".cjs")
LOOKS_AWAY = re.compile(r"@ts-(?:expect-error|ignore|nocheck)\b")
TYPES_ONLY = re.compile(
    r"(?:^|/)(?:typ(?:e|ing)[-_]?(?:examples?|tests?|checks?)|typesafety|test-d|tsd|dtslint)/", re.I
)
FAILS = re.compile(r"\b(?:toThrow\w*|throws|rejects|expectError|expectType\w*)\b")


def graphs_of(change: Change, knowledge: Knowledge) -> CodeChange:
    """Return the graphs of both trees; raises NotChecked where there is no index."""
    if knowledge.code is None:
        raise NotChecked("there is no index of the code")
    return knowledge.code.change(change.base, change.head, change.identity)


@dataclass(frozen=True, order=True)
class Spot:
    """One line of a head file that uses something."""

    path: str
    line: int


@dataclass(frozen=True)
class Places:
    """A change and its graphs: which lines are new, which may fail, and how both are shown."""

    change: Change
    code: CodeChange
    settings: Settings

    @classmethod
    def of(cls, change: Change, knowledge: Knowledge) -> Places:
        """Return the places of a change; raises NotChecked where its trees have no index."""
        return cls(change, graphs_of(change, knowledge), knowledge.settings)

    def source(self, path: str) -> Source:
        """Return a head file, read once."""
        if path not in self._sources:
            self._sources[path] = self.code.head.source(path)
        return self._sources[path]

    def is_added(self, path: str, line: int) -> bool:
        """Return whether a head line is new or changed."""
        file = self.change.by_path.get(path)
        return file is not None and (file.old is None or line in file.added)

    def old_path(self, path: str) -> str:
        """Return where a head file was at base."""
        return self.code.renamed.get(path, path)

    def new_path(self, old_path: str) -> str:
        """Return where a base file is at head, if it is there at all."""
        return self._new_paths.get(old_path, old_path)

    def old_line(self, path: str, line: int) -> int | None:
        """Return where a head line was at base; None for a new one."""
        file = self.change.by_path.get(path)
        if file is None:
            return line
        return file.to_old(line) if file.old is not None else None

    def file_before(self, old_path: str) -> FileDiff | None:
        """Return what the change did to a base file; None if it left it alone."""
        return self._by_old_path.get(old_path)

    def is_left_out(self, path: str) -> bool:
        """Return whether nothing is said about a file: ignored, generated, fed to tests, or to type checkers only."""
        left_out = self.settings.is_ignored(path) or self.settings.is_generated(path)
        return left_out or is_test_data(path) or TYPES_ONLY.search(path) is not None

    def must_run(self, path: str, line: int) -> bool:
        """Return whether a head line is code that runs and is not meant to fail."""
        if self.is_left_out(path):
            return False
        source = self.source(path)
        if path.endswith(PYTHON):
            return not is_for_types_only(source, line) and not expects_error(source, line)
        above, at, below = source.line(line - 1), source.line(line), source.line(line + 1)
        if any(LOOKS_AWAY.search(text) for text in (source.line(line - 2), above, at, source.text[:2000])):
            return False
        return not any(FAILS.search(text) for text in (above, at, below))

    def must_work(self, path: str, line: int) -> bool:
        """Return whether a head line runs, is not meant to fail, and no comment tells a checker to look away.

        A comment of base that excuses a line was written for another reason than a break that the change brings.
        """
        excused = self.is_added(path, line) and is_excused(self.source(path), line)
        return self.must_run(path, line) and not excused

    def head_line(self, path: str, definition: Definition) -> int:
        """Return the line of a head definition that shows its change: the first new one of its head, else its name's.

        For TypeScript and others it is the name's: there the compiler speaks about that line.
        """
        if not path.endswith(PYTHON):
            return definition.line
        from kb.syntax.symbols import definitions  # lazily: loads the grammars

        source = self.source(path)
        found = [one for one in definitions(source) if one.line == definition.line and one.name == definition.name]
        body = next((one.body for one in found if one.body is not None), None)
        first = source.line_of(definition.start)
        last = source.line_of(max(definition.start, body.start - 1)) if body else definition.line
        return next((line for line in range(first, last + 1) if self.is_added(path, line)), definition.line)

    def caller(self, spot: Spot) -> Evidence:
        """Return a line of head that uses what the finding is about, as evidence."""
        return quoted("caller", self.code.head, spot.path, spot.line)

    def finding(
        self,
        rule: Rule,
        path: str,
        line: int,
        message: str,
        *,
        side: Side = Side.RIGHT,
        evidence: Sequence[Evidence] = (),
    ) -> Finding:
        """Return a finding of a rule at a line of a head file; with side LEFT, at a line of a base file.

        `path` is then the base path: the finding gets the path that the file has in the change.
        """
        from kb.syntax.symbols import enclosing_symbol  # lazily: loads the grammars

        source = self.code.base.source(path) if side is Side.LEFT else self.source(path)
        file = self._by_old_path.get(path) if side is Side.LEFT else None
        return Finding(
            check=rule.slug,
            slug=rule.slug,
            severity=rule.severity,
            confidence=rule.confidence,
            path=file.path if file is not None else path,
            line=line,
            end_line=line,
            message=message,
            text=source.line(line).strip(),
            symbol=enclosing_symbol(source, line),
            side=side,
            evidence=tuple(evidence),
            silent=rule.silent,
        )

    @cached_property
    def gone(self) -> dict[str, list[Node]]:
        """Return what changed files had at base and have no longer, by qualified name."""
        found: dict[str, list[Node]] = {}
        for file in self.change.files:
            if file.old is None:
                continue
            there = (
                {one.qualified for one in self.code.head.graph.nodes_in(file.path)} if file.new is not None else set()
            )
            for node in self.code.base.graph.nodes_in(file.old_path):
                if node.qualified and node.qualified not in there:
                    found.setdefault(node.qualified, []).append(node)
        return found

    @cached_property
    def _sources(self) -> dict[str, Source]:
        return {}

    @cached_property
    def _by_old_path(self) -> dict[str, FileDiff]:
        return {file.old_path: file for file in self.change.files if file.old is not None}

    @cached_property
    def _new_paths(self) -> dict[str, str]:
        return {old: new for new, old in self.code.renamed.items()}


def quoted(kind: str, code: Code, path: str, line: int) -> Evidence:
    """Return a line of a tree as evidence of a kind (`caller`, `definition`, `import`)."""
    return Evidence(kind, path, line, code.source(path).line(line).strip()[:LONGEST_QUOTE])


def with_callers(places: Places, finding: Finding, spots: Sequence[Spot]) -> Finding:
    """Return a finding with the lines that break: the first in the message, at most five as evidence, and the count.

    Lines of tests come last: whoever reads five of many wants those that users meet.
    """
    ordered = sorted(set(spots), key=lambda spot: (is_test(spot.path), spot))
    if not ordered:
        return finding
    first, more = ordered[0], len(ordered) - 1
    others = f", and at {'another place' if more == 1 else f'{more} other places'}" if more else ""
    told = f"{finding.message} ({shown(first.path)}:{first.line}){others}"
    callers = tuple(places.caller(spot) for spot in ordered[:MOST_CALLERS])
    return replace(finding, message=told, evidence=(*callers, *finding.evidence))


def softer(finding: Finding, severity: Severity, confidence: Confidence) -> Finding:
    """Return a finding that is less sure than its rule."""
    return replace(finding, severity=severity, confidence=confidence)


def is_whole(code: Code, path: str) -> bool:
    """Return whether a file's facts can prove that something is not there."""
    return code.facts(path).status is Status.WHOLE


def place_of(node: Node) -> str:
    """Return how a node is named to a reader: its qualified name, or its file's path."""
    return node.qualified or shown(node.path)
