"""From an engine's diagnostics at base and at head to the findings that the change causes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from checks.change import Change
from checks.check import Report, Rule, Unseen
from checks.finding import Confidence, Evidence, Finding, Severity
from checks.knowledge import Knowledge
from checks.settings import Settings
from checks.static.engine import Diagnostic, Engine
from checks.static.engine_answer import Answer, Question, answers
from checks.subtract import new_in_head
from kb.diff import FileDiff
from kb.errors import CorruptObject, NotChecked
from kb.source import Source
from kb.view import Entry, View, source_at

UNPARSED = "invalid-syntax"  # what ruff and ty call a file they cannot parse
TEST_DATA = frozenset(
    {"testdata", "test_data", "test-data", "test_files", "testfiles", "testcases", "golden", "goldens", "fixture"}
    | {"fixtures", "__fixtures__", "__testfixtures__", "snapshots", "__snapshots__"}
)
TEST_FOLDERS = frozenset(("test", "tests", "testing", "spec", "specs", "__tests__", "e2e"))

Keep = Callable[[Change, Diagnostic, Rule], bool]
Grade = Callable[[Change, Diagnostic, Rule], tuple[Severity, Confidence]]
Place = Callable[[Change, Diagnostic, Finding], Finding | None]
InDark = Callable[[Change, Diagnostic], bool]


def keep_all(change: Change, diagnostic: Diagnostic, rule: Rule) -> bool:
    """Return True: every diagnostic is worth a finding."""
    return True


def grade_of_rule(change: Change, diagnostic: Diagnostic, rule: Rule) -> tuple[Severity, Confidence]:
    """Return the severity and confidence that the rule states."""
    return rule.severity, rule.confidence


def own_place(change: Change, diagnostic: Diagnostic, finding: Finding) -> Finding | None:
    """Return the finding where the engine put it."""
    return finding


def nothing_in_the_dark(change: Change, diagnostic: Diagnostic) -> bool:
    """Return False: what is said about a file that base could not parse cannot be compared."""
    return False


def review_with(
    engine: Engine,
    rules: tuple[Rule, ...],
    change: Change,
    knowledge: Knowledge,
    *,
    slug: str,
    keep: Keep = keep_all,
    severity: Grade = grade_of_rule,
    place: Place = own_place,
    in_dark: InDark = nothing_in_the_dark,
) -> Report:
    """Return what the engine says about head and did not say about base; raises NotChecked.

    `keep`, `severity` and `place` are asked about what is new in head only. `place` may move a finding
    to where the change caused it or, with None, drop it. `in_dark` is asked about files that base could
    not parse: whether the change brought this all the same. Of a file's syntax errors, the first is told.
    """
    files = [file for file in change.files if _can_ask(engine, file, knowledge.settings)]
    if not files:
        return Report()
    installed = engine.find()
    if installed is None:
        raise NotChecked(f"{engine.name} is not installed: {engine.how_to_get}")
    at_base = Question(engine, installed, change.base, _paths(engine, change.base, (f.old for f in files)))
    at_head = Question(engine, installed, change.head, _paths(engine, change.head, (f.new for f in files)))
    base, head = answers([at_base, at_head], knowledge)
    unseen = _unseen(files, base, head)
    lost = {note.path for note in unseen}
    broken = _codes_of_the_unparsed(rules)
    dark = _dark(files, base, broken)
    shape = _Shape(slug, engine.name, {code: rule for rule in rules for code in rule.codes})
    known = [d for d in shape.known(head, lost) if d.path not in dark or in_dark(change, d)]
    old, new = _without_equals(change, shape.known(base, lost), known)
    findings = {id(finding): (finding, said) for said in new for finding in [shape.finding(change.head, said)]}
    fresh = new_in_head(change, [shape.finding(change.base, d) for d in old], [f for f, _ in findings.values()])
    first = _without_echoes([findings[id(finding)] for finding in fresh], broken)
    told = (shape.told(change, said, finding, keep, severity, place) for finding, said in first)
    return Report(tuple(f for f in told if f and not _is_out(f.path, knowledge.settings)), unseen)


def is_test_data(path: str) -> bool:
    """Return whether a path lies in a folder of files that tests feed to something: wrong on purpose."""
    folders = path.lower().split("/")[:-1]
    if any(folder in TEST_DATA for folder in folders):
        return True
    return any(folder in TEST_FOLDERS and "data" in folders[at:] for at, folder in enumerate(folders))


def is_test(path: str) -> bool:
    """Return whether a path is of a test, by its folders and its name."""
    *folders, name = path.lower().split("/")
    stem = name.split(".")[0]
    named = stem.startswith("test_") or stem.endswith(("_test", "-test")) or stem in ("conftest", "tests", "test")
    return named or ".test." in name or ".spec." in name or any(folder in TEST_FOLDERS for folder in folders)


@dataclass(frozen=True)
class _Shape:
    """How diagnostics of one engine become findings."""

    check: str
    engine: str
    rules: Mapping[str, Rule]  # by the engine's code
    sources: dict[tuple[str, str], Source] = field(default_factory=dict)

    def known(self, said: Answer, lost: Collection[str]) -> list[Diagnostic]:
        """Return the diagnostics that a rule stands for, in files that both sides could be asked about."""
        return [d for d in said.diagnostics if d.code in self.rules and d.path not in lost]

    def finding(self, view: View, said: Diagnostic) -> Finding:
        """Return a diagnostic as a finding, with the code and the definition it stands in."""
        from kb.syntax.symbols import enclosing_symbol  # lazily: loads the grammars

        rule, source = self.rules[said.code], self.source(view, said.path)
        return Finding(
            check=self.check,
            slug=rule.slug,
            severity=rule.severity,
            confidence=rule.confidence,
            path=said.path,
            line=said.line,
            end_line=max(said.line, said.end_line),
            message=said.message,
            text=source.line(said.line).strip(),
            symbol=enclosing_symbol(source, said.line),
            evidence=(
                Evidence("engine", said.path, said.line, f"{self.engine} {said.code}: {said.message}"),
                *said.related,
            ),
            edits=said.edits,
            fix_origin=self.engine if said.edits else "",
            silent=rule.silent,
        )

    def told(
        self, change: Change, said: Diagnostic, finding: Finding, keep: Keep, severity: Grade, place: Place
    ) -> Finding | None:
        """Return a new finding graded and placed, None if it is not to be told."""
        rule = self.rules[said.code]
        if not keep(change, said, rule):
            return None
        grade, confidence = severity(change, said, rule)
        return place(change, said, replace(finding, severity=grade, confidence=confidence))

    def source(self, view: View, path: str) -> Source:
        """Return a file of a view, empty where it cannot be read."""
        key = (view.id, path)
        if key not in self.sources:
            try:
                self.sources[key] = source_at(view, path)
            except (KeyError, CorruptObject):
                self.sources[key] = Source(path, b"")
        return self.sources[key]


def _is_out(path: str, settings: Settings) -> bool:
    return settings.is_ignored(path) or settings.is_generated(path) or is_test_data(path)


def _can_ask(engine: Engine, file: FileDiff, settings: Settings) -> bool:
    sides = [side for side in (file.old, file.new) if side is not None and side.is_file and engine.covers(side.path)]
    return bool(sides) and not file.binary and not file.unread and not _is_out(file.path, settings)


def _paths(engine: Engine, view: View, changed: Iterable[Entry | None]) -> tuple[str, ...]:
    """Return what the engine is given: the whole tree, or the changed files, where it reads such files."""
    entries = view.entries.values() if engine.whole_tree else [entry for entry in changed if entry is not None]
    return tuple(sorted({entry.path for entry in entries if entry.is_file and engine.covers(entry.path)}))


def _unseen(files: Iterable[FileDiff], base: Answer, head: Answer) -> tuple[Unseen, ...]:
    """Return the changed files of which one side could not be given to the engine."""
    lost = [
        file.path
        for file in files
        if (file.old is not None and file.old.path in base.missing)
        or (file.new is not None and file.new.path in head.missing)
    ]
    return tuple(Unseen(path, "its name, its size or a damaged object keeps it from the engine") for path in lost)


def _codes_of_the_unparsed(rules: Iterable[Rule]) -> set[str]:
    """Return the codes that say that a file has no syntax tree, so that little else is said about it."""
    codes = {code for rule in rules if rule.slug == "syntax-error" for code in rule.codes}
    return {UNPARSED} if UNPARSED in codes else {UNPARSED, *codes}


def _dark(files: Iterable[FileDiff], base: Answer, broken: Collection[str]) -> set[str]:
    """Return the paths of the changed files that did not parse at base."""
    unparsed = {said.path for said in base.diagnostics if said.code in broken}
    dark = [file for file in files if file.old is not None and file.old.path in unparsed]
    return {path for file in dark for path in (file.path, file.old_path)}


def _without_echoes(
    fresh: Iterable[tuple[Finding, Diagnostic]], broken: Collection[str]
) -> list[tuple[Finding, Diagnostic]]:
    """Leave out all but the first syntax error of each file: the parser lost its way there."""
    seen: set[str] = set()
    kept = []
    for finding, said in fresh:
        if said.code in broken and said.path in seen:
            continue
        if said.code in broken:
            seen.add(said.path)
        kept.append((finding, said))
    return kept


def _without_equals(
    change: Change, base: list[Diagnostic], head: list[Diagnostic]
) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """Cancel what both sides say at one place of an untouched file: nearly all, and cheap to tell."""
    touched = {path for file in change.files for path in (file.path, file.old_path)}

    def less(these: list[Diagnostic], those: list[Diagnostic]) -> list[Diagnostic]:
        others = Counter(_spot(d) for d in those if d.path not in touched)
        left = []
        for one in these:
            if others[_spot(one)] > 0:
                others[_spot(one)] -= 1
            else:
                left.append(one)
        return left

    return less(base, head), less(head, base)


def _spot(said: Diagnostic) -> tuple[str, str, int, int, str]:
    return (said.path, said.code, said.line, said.column, said.message)
