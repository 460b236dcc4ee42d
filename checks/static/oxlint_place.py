"""Where a break is shown: at the line that fails if the change wrote it, else at what the change did.

A reader of the change cannot be sent to a line that the change does not touch. The finding goes to the
definition that was changed or removed, and the lines that fail now are its evidence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from checks.finding import Evidence, Finding, Side
from checks.static.oxlint_bindings import bindings_of
from checks.static.oxlint_causes import CODE, Cause, Causes
from kb.errors import CorruptObject
from kb.source import Source
from kb.view import shown

MOST_CALLERS = 10
QUOTED = re.compile(r"'([^']+)'")


@dataclass(frozen=True)
class Failure:
    """What does not work any more: the name it is about, the file that held it if known, and how it reads."""

    name: str
    wording: str  # "is still imported", "is still called with the old arguments"
    home: str | None = None


def placed(causes: Causes, finding: Finding, failure: Failure) -> Finding | None:
    """Return the finding where the change is to blame; None if nothing in the change explains it."""
    if causes.is_new_line(finding.path, finding.line):
        return finding
    cause = causes.loss_of(failure.name, at=failure.home) or touched_definition(causes, failure.name)
    if cause is None and failure.home is not None:
        cause = removed_from(causes, failure.home)
    if cause is None:
        return finding if finding.path in causes.change.by_path else None
    return moved(causes, finding, cause, failure)


def touched_definition(causes: Causes, name: str) -> Cause | None:
    """Return where the change rewrote what defines a name: its line, or a line of its parameters."""
    for file in causes.change.files:
        if file.new is None or not file.new.is_file or file.binary or file.unread or not CODE.search(file.path):
            continue
        source = _source(causes, file.path)
        for line, last in _heads(source, name):
            gone = {file.to_new(old - 1) for old in file.removed if file.to_new(old) is None and old > 1}
            if any(at in file.added or at in gone for at in range(line, last + 1)):
                return Cause(file, line, removed=False)
    return None


def removed_from(causes: Causes, path: str) -> Cause | None:
    """Return the first line that the change took from a file, the first of all where the file itself is gone."""
    for file in causes.change.files:
        if file.old is not None and file.old.path == path:
            gone = file.new is None or file.new.path != path
            return Cause(file, 1 if gone or not file.removed else min(file.removed), removed=True)
    return None


def moved(causes: Causes, finding: Finding, cause: Cause, failure: Failure) -> Finding:
    """Return the finding at its cause, the failing line being its evidence."""
    from kb.syntax.symbols import enclosing_symbol  # lazily: loads the grammars

    entry = cause.file.old if cause.removed else cause.file.new
    if entry is None:
        return finding
    view = causes.change.base if cause.removed else causes.change.head
    source = Source(entry.path, view.read(entry.path))
    text = source.line(cause.line).strip()
    callers = (Evidence("caller", finding.path, finding.line, finding.text),)
    return replace(
        finding,
        path=cause.file.path,
        side=Side.LEFT if cause.removed else Side.RIGHT,
        line=cause.line,
        end_line=cause.line,
        text=text,
        symbol=enclosing_symbol(source, cause.line),
        message=_message(failure, callers),
        evidence=(*callers, Evidence("definition", entry.path, cause.line, text), *finding.evidence),
        edits=(),
        fix_origin="",
    )


def merged(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings with those of one cause made one, all failing lines being its evidence."""
    groups: dict[tuple[str, str, int, Side, str], list[Finding]] = {}
    for finding in findings:
        key = (finding.slug, finding.path, finding.line, finding.side, finding.text if _callers(finding) else "")
        groups.setdefault(key, []).append(finding)
    return tuple(one for group in groups.values() for one in _one_of(group))


def each_name_once(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings with only the first use of an undefined name in a file, the others being its evidence."""
    first: dict[tuple[str, str], Finding] = {}
    others = []
    for finding in sorted(findings, key=lambda f: (f.path, f.line)):
        named = QUOTED.search(finding.message) if finding.slug == "undefined-name" else None
        key = (finding.path, named[1]) if named else None
        if key is None:
            others.append(finding)
        elif key not in first:
            first[key] = finding
        elif len(first[key].evidence) < MOST_CALLERS:
            more = Evidence("related", finding.path, finding.line, finding.text)
            first[key] = replace(first[key], evidence=(*first[key].evidence, more))
    return (*first.values(), *others)


def _one_of(group: list[Finding]) -> list[Finding]:
    first = group[0]
    callers = [evidence for finding in group for evidence in _callers(finding)]
    if len(callers) < 2:
        return group
    rest = [evidence for evidence in first.evidence if evidence.kind != "caller"]
    head, _, tail = first.message.partition(": ")
    message = f"{head}: {tail} and {len(callers) - 1} more" if tail else first.message
    return [replace(first, message=message, evidence=(*callers[:MOST_CALLERS], *rest))]


def _callers(finding: Finding) -> list[Evidence]:
    return [evidence for evidence in finding.evidence if evidence.kind == "caller"]


def _message(failure: Failure, callers: Sequence[Evidence]) -> str:
    return f"`{failure.name}` {failure.wording}: {shown(callers[0].path)}:{callers[0].line}"


def _heads(source: Source, name: str) -> list[tuple[int, int]]:
    """Return first and last line of the head of every definition of a name, or of a class's constructor."""
    from kb.syntax.symbols import definitions  # lazily: loads the grammars

    heads = [
        (one.line, source.line_of(one.body.start) if one.body else one.end_line)
        for one in definitions(source)
        if one.name == name or one.qualified == f"{name}.constructor"
    ]
    return heads or [(bound.line, bound.line) for bound in bindings_of(source) if bound.name == name]


def _source(causes: Causes, path: str) -> Source:
    try:
        return causes.change.source(path)
    except CorruptObject:
        return Source(path, b"")
