"""Python mistakes that ruff finds in the changed files: certain ones block, likely ones warn.

What it finds. Names that do not exist, code that does not compile, formats and calls that do not fit
their arguments, tests and assertions that cannot fail, and other slips with one sure reading.
Why it matters. Each is an error at run time, or code that does not do what it says.
When it stays silent. On style; on files that base could not parse, unless a second reader sees a new break in
them; on what a `noqa` at base already excused; on names that a tool puts in place; on comparisons and
expressions that a test makes on purpose.
How to fix. The finding says what is wrong; where ruff has a fix that it calls safe, it is offered.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from checks.change import Change
from checks.check import Report, Rule
from checks.finding import Confidence, Severity
from checks.knowledge import Knowledge, Limits
from checks.static.engine import Diagnostic, Installed
from checks.static.engine_check import review_with
from checks.static.isolation import run_isolated
from checks.static.programs import find_program, version_of
from checks.static.python_once import each_once
from checks.static.ruff_broken import is_new_break
from checks.static.ruff_doubt import excused_at_base, excused_now, is_doubtful, is_on_purpose, is_put_off, name_in
from checks.static.ruff_examples import EXAMPLES as EXAMPLES
from checks.static.ruff_rules import RULES as RULES
from checks.static.ty_names import may_come_from_elsewhere
from checks.static.ty_tree import Tree
from kb.errors import NotChecked
from kb.source import Edit, Source, Span

SLUG = "ruff"
SYNTAX = "invalid-syntax"
CODES = tuple(sorted({code for rule in RULES for code in rule.codes} - {SYNTAX}))
ARGUMENTS = (
    *("check", "--isolated", "--ignore-noqa", "--no-cache", "--no-respect-gitignore", "--exit-zero", "--quiet"),
    *("--output-format", "json", "--target-version", "py313", "--select", ",".join(CODES)),
)
NEWER = "(syntax was added in Python 3.14)"  # it is read all the same; annotations are judged as before 3.14
ARGV_BYTES = 100_000  # of file names in one call: far below what any system takes


class Ruff:
    """The engine: ruff with our rules, whatever configuration the reviewed repository has."""

    name = "ruff"
    whole_tree = False
    how_to_get = "pip install ruff==0.17.5"
    config_id = hashlib.sha256("\0".join((*ARGUMENTS, "3")).encode()).hexdigest()[:16]

    def find(self) -> Installed | None:
        """Return the ruff that is installed with Prudent, or the one on PATH."""
        program = find_program("ruff")
        return Installed(program, version_of(program)) if program else None

    def covers(self, path: str) -> bool:
        """Return whether this is Python source with a name that survives JSON; templates of it are not."""
        return path.endswith((".py", ".pyi")) and path.isprintable() and "{" not in path

    def run(
        self, installed: Installed, folder: Path, files: Sequence[str], *, home: Path, limits: Limits
    ) -> tuple[Diagnostic, ...]:
        """Return ruff's diagnostics; of a file that does not parse, only the syntax errors."""
        said: list[Diagnostic] = []
        for names in _chunks(files):
            argv = [str(installed.program), *ARGUMENTS, *(f"./{name}" for name in names)]
            said += _read(run_isolated(argv, cwd=folder, home=home, limits=limits, ok=(0,)), folder)
        return tuple(said)


ENGINE = Ruff()


def covers(path: str) -> bool:
    """Return whether ruff reads files of this name."""
    return ENGINE.covers(path)


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return what ruff says about head and not about base; raises NotChecked where it cannot run."""
    base, head = Tree(change.base), Tree(change.head)

    def keep(change: Change, said: Diagnostic, rule: Rule) -> bool:
        if said.code == "F821" and may_come_from_elsewhere(base, head, said.path, name_in(said)):
            return False
        if said.code in ("F821", "TC004") and is_put_off(base, head.source(said.path), said):
            return False
        return _keep(change, said, rule)

    report = review_with(
        ENGINE,
        RULES,
        change,
        knowledge,
        slug=SLUG,
        keep=keep,
        severity=_grade,
        in_dark=_is_new_break,
    )
    return replace(report, findings=each_once(report.findings))


def _is_new_break(change: Change, said: Diagnostic) -> bool:
    return said.code == SYNTAX and is_new_break(change, said)


def _keep(change: Change, said: Diagnostic, rule: Rule) -> bool:
    source = change.source(said.path)
    return not excused_at_base(change, said, source) and not is_on_purpose(said, source)


def _grade(change: Change, said: Diagnostic, rule: Rule) -> tuple[Severity, Confidence]:
    source = change.source(said.path)
    if excused_now(source.line(said.line), said.code):
        return Severity.INFO, Confidence.MEDIUM
    if rule.severity is Severity.BLOCK and is_doubtful(said, source):
        return Severity.WARN, Confidence.MEDIUM
    return rule.severity, rule.confidence


def _chunks(files: Sequence[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    length = 0
    for name in files:
        if chunk and length + len(name) > ARGV_BYTES:
            yield chunk
            chunk, length = [], 0
        chunk.append(name)
        length += 4 * len(name)  # no character takes more bytes
    if chunk:
        yield chunk


def _read(printed: bytes, folder: Path) -> list[Diagnostic]:
    """Return the diagnostics in ruff's JSON; raises NotChecked if this is not it."""
    root = folder.resolve()
    sources = lru_cache(maxsize=None)(lambda path: Source(path, (folder / path).read_bytes()))
    said: list[Diagnostic] = []
    broken: set[str] = set()
    try:
        rows = json.loads(printed)
        if not isinstance(rows, list):
            raise TypeError("not a list")
        for row in rows:
            path = Path(row["filename"]).relative_to(root).as_posix()
            code = row["code"] or SYNTAX
            if code == SYNTAX and row["message"].endswith(NEWER):
                continue
            if code == SYNTAX:
                broken.add(path)
            said.append(_diagnostic(row, code, sources(path)))
    except (ValueError, TypeError, KeyError, AttributeError, OSError) as error:
        raise NotChecked("ruff printed what is not its JSON format") from error
    return [one for one in said if one.code == SYNTAX or one.path not in broken]


def _diagnostic(row: Mapping[str, Any], code: str, source: Source) -> Diagnostic:
    start, end = row["location"], row["end_location"]
    last = end["row"] - (1 if end["column"] == 1 and end["row"] > start["row"] else 0)
    return Diagnostic(
        code=code,
        path=source.path,
        line=start["row"],
        end_line=last,
        message=row["message"],
        column=start["column"],
        edits=_edits(row["fix"], source),
    )


def _edits(fix: Mapping[str, Any] | None, source: Source) -> tuple[Edit, ...]:
    """Return a safe fix as byte edits; none where a lone carriage return makes ruff count lines otherwise."""
    if fix is None or fix["applicability"] != "safe" or re.search(rb"\r(?!\n)", source.data):
        return ()
    return tuple(
        Edit(Span(_offset(edit["location"], source), _offset(edit["end_location"], source)), edit["content"].encode())
        for edit in fix["edits"]
    )


def _offset(place: Mapping[str, int], source: Source) -> int:
    bom = place["row"] == 1 and source.data.startswith(b"\xef\xbb\xbf")  # ruff does not count it
    return source.offset_of(place["row"], place["column"] + (1 if bom else 0))
