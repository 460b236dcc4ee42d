"""Bugs in JavaScript and TypeScript, found by oxlint.

What it finds. Code that throws when it runs (a constant assigned, a name whose import was removed, a file that
no longer parses), and code that cannot mean what it says (a condition tested twice, a value compared
with itself). With the whole tree at hand: imports of names that a file
of the repository no longer exports, also where the importing file is not part of the change.

Why it matters. Most of these pass review because they read like the code beside them.

When it stays silent. On style, on whatever was there before, on names that a bundler or a test runner
defines, on test data, on Flow, and on modules whose exports cannot all be seen.

How to fix. Each rule says so.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.change import Change
from checks.check import Report, Rule
from checks.finding import Finding
from checks.knowledge import Knowledge, Limits
from checks.static.engine import Diagnostic, Installed
from checks.static.engine_check import is_test, review_with
from checks.static.isolation import run_isolated
from checks.static.oxlint_causes import Causes, resolved
from checks.static.oxlint_place import Failure, each_name_once, merged, placed
from checks.static.oxlint_rules import (
    EARLY,
    EXAMPLES,
    FILE_RULES,
    LAST_PLACE,
    NOT_EXPORTED,
    PARSE,
    RULES,
    TREE_RULES,
    UNDEFINED,
    config_for,
)
from checks.static.programs import find_program, version_of
from kb.errors import NotChecked

__all__ = ["EXAMPLES", "RULES", "SLUG", "covers", "run"]

SLUG = "oxlint"
READER = 1  # part of the cache key: changes when `_diagnostics` reads the output differently
SUFFIXES = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".vue")
TEMPLATE = re.compile(r"(?:^|/)_?templates?(?:[-/]|$)|<%|\{\{", re.IGNORECASE)
EARLY_ERROR = re.compile(
    r"has already been declared|is only allowed|loops are only allowed|^Illegal |undefined label|^Missing initializer"
    r"|^Duplicated export|^Export '.+' is not defined|^Private field|^'super' can only"
)
QUOTED = re.compile(r"['\"`]([^'\"`]+)['\"`]")
IN_TESTS = frozenset({"syntax-error", "undefined-name", "duplicate-key", "constant-reassigned"})
ARGV_BYTES = 100_000  # of file names in one call: far below what any system takes


@dataclass(frozen=True)
class Oxlint:
    """The engine: with `whole_tree` it follows imports, without it reads one file at a time."""

    name: str
    whole_tree: bool
    rules: tuple[Rule, ...]
    how_to_get: str = "pip install oxlint==1.89.0"

    @property
    def config_id(self) -> str:
        """Return a digest of our configuration and of how its output is read."""
        return hashlib.sha256(f"{READER} {config_for(self.rules)}".encode()).hexdigest()[:16]

    def find(self) -> Installed | None:
        """Return the oxlint that is installed with Prudent, or the one on PATH."""
        program = find_program("oxlint")
        return Installed(program, version_of(program)) if program else None

    def covers(self, path: str) -> bool:
        """Return whether oxlint reads a file of this name; packages that were checked in are not ours."""
        return covers(path)

    def run(
        self, installed: Installed, folder: Path, files: Sequence[str], *, home: Path, limits: Limits
    ) -> tuple[Diagnostic, ...]:
        """Return what oxlint says about the files; raises NotChecked."""
        config = home / "oxlint.json"
        config.write_text(config_for(self.rules))
        flags = ["--disable-nested-config", "--no-ignore", "--no-error-on-unmatched-pattern", "--format=json"]
        start = [str(installed.program), "--config", str(config), *flags]
        said: list[Diagnostic] = []
        for batch in _batches(files):
            said += _read(run_isolated([*start, *batch], cwd=folder, home=home, limits=limits), frozenset(files))
        return tuple(_once(said))


FILES = Oxlint("oxlint", whole_tree=False, rules=FILE_RULES)
TREE = Oxlint("oxlint-imports", whole_tree=True, rules=TREE_RULES)


def covers(path: str) -> bool:
    """Return whether the check looks at a file of this name."""
    return path.endswith(SUFFIXES) and "node_modules" not in path.split("/")


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return what oxlint says about the change; raises NotChecked."""
    judge = _Judge(change, Causes(change))
    files = review_with(FILES, FILE_RULES, change, knowledge, slug=SLUG, keep=judge.keeps, place=judge.place)
    found = each_name_once(files.findings)
    if not judge.causes.may_break_imports():
        return Report(found, files.unseen)
    tree = review_with(TREE, TREE_RULES, change, knowledge, slug=SLUG, keep=judge.keeps, place=judge.place)
    unseen = tuple(dict.fromkeys((*files.unseen, *tree.unseen)))
    return Report((*found, *merged(tree.findings)), unseen)


@dataclass(frozen=True)
class _Judge:
    """Decides which of oxlint's new complaints are the change's fault, and how sure that is."""

    change: Change
    causes: Causes

    def keeps(self, change: Change, said: Diagnostic, rule: Rule) -> bool:
        """Return whether the change is to blame for what oxlint says."""
        if said.code in UNDEFINED:
            return self.causes.lost_here(said.path, _quoted(said)[0])
        if said.code == NOT_EXPORTED:
            name, specifier = _quoted(said)
            return self.causes.lacks_export(said.path, said.line, specifier, name)
        if said.code == PARSE:
            return not _is_sample(said.path) and self._is_newly_broken(said.path)
        if said.code == EARLY:
            return not _is_sample(said.path)
        return not is_test(said.path) or rule.slug in IN_TESTS

    def place(self, change: Change, said: Diagnostic, finding: Finding) -> Finding | None:
        """Return the finding where the change is to blame."""
        if said.code != NOT_EXPORTED:
            return finding
        name, specifier = _quoted(said)
        home = resolved(change.head, said.path, specifier)
        return placed(self.causes, finding, Failure(name, "is still imported", home))

    def _is_newly_broken(self, path: str) -> bool:
        """Return whether our own grammar agrees: base could be parsed (or there was none), head cannot."""
        file = self.change.by_path.get(path)
        if file is None:
            return False
        before = file.old is None or _is_broken(self.change.base.read(file.old.path), path) is False
        return before and _is_broken(self.change.head.read(path), path) is True


def _is_sample(path: str) -> bool:
    """Return whether a file may be broken on purpose: a template, or in a test's folder and no test itself."""
    name = path.rsplit("/", 1)[-1]
    return TEMPLATE.search(path) is not None or (is_test(path) and ".test." not in name and ".spec." not in name)


def _is_broken(data: bytes, path: str) -> bool | None:
    """Return whether our grammar finds an error; None where it cannot tell."""
    from kb.syntax.languages import language_of  # lazily: loads the grammars
    from kb.syntax.parse import Unparsed, parse

    language = language_of(path)
    if language is None or TEMPLATE.search(data.decode("utf-8", "replace")):
        return None
    try:
        return parse(data, language).root_node.has_error
    except Unparsed:
        return None


def _batches(files: Sequence[str]) -> list[list[str]]:
    """Return the files as arguments, in lists that fit on a command line."""
    batches: list[list[str]] = [[]]
    length = 0
    for path in files:
        length += 4 * len(path)  # no character takes more bytes
        if length > ARGV_BYTES:
            batches.append([])
            length = 0
        batches[-1].append(f"./{path}")
    return batches


def _quoted(said: Diagnostic) -> list[str]:
    return QUOTED.findall(said.message)


def _read(printed: bytes, files: frozenset[str]) -> Iterable[Diagnostic]:
    """Return the diagnostics in oxlint's JSON, in its order; raises NotChecked if this is not it."""
    try:
        rows = json.loads(printed)["diagnostics"]
        said = [_diagnostic(row) for row in rows if row["labels"]]  # without: a file that is not UTF-8
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise NotChecked("oxlint printed what is not its JSON format") from error
    return (one for one in said if one.path in files)


def _once(said: Iterable[Diagnostic]) -> Iterable[Diagnostic]:
    """Return one diagnostic where two plugins have the same rule, and the first where a file is broken."""
    first: dict[tuple[str, ...], Diagnostic] = {}
    for one in sorted(said, key=lambda d: (d.path, d.line, d.column)):
        rule = one.code.split("(")[-1]
        broken = one.code in (PARSE, EARLY)
        first.setdefault((one.path,) if broken else (one.path, rule, str(one.line), str(one.column)), one)
    return first.values()


def _diagnostic(row: Mapping[str, Any]) -> Diagnostic:
    message = str(row["message"]).split("\n", 1)[0]
    code = row.get("code") or (EARLY if EARLY_ERROR.search(message) else PARSE)
    if code == NOT_EXPORTED:
        message = f"{message} in {' '.join(QUOTED.findall(row['help'])[:1])!r}"
    spans = [label["span"] for label in row["labels"]]
    span = spans[-1 if code in LAST_PLACE else 0]
    return Diagnostic(code, row["filename"], span["line"], span["line"], message, span["column"])
