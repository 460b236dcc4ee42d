"""More breaks to plant: what goes wrong between classes, enums, coroutines and modules.

As in seeds.py, places are chosen from the facts of single files and from names that only one definition has.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.seeds import (  # noqa: E402 (the script's own folder comes first)
    ADDED,
    LEFT_OUT,
    Names,
    Place,
    Plant,
    Seed,
    calls_of,
    edited,
    first_parameter,
    is_plain,
    last_of,
    only_class,
    unique,
)
from kb.facts.cases import cases_in  # noqa: E402
from kb.facts.model import Definition, Flag, Kind, Status  # noqa: E402
from kb.source import Edit, Source, Span  # noqa: E402


def abstract_method_added(names: Names) -> Iterator[Seed]:
    """Yield classes that get one more abstract method, which a class that is made somewhere does not have."""
    made = _made_below(names)
    for path, facts in _python(names):
        for row in facts:
            owner = only_class(names, row.qualified.rpartition(".")[0])
            if not row.flags & Flag.ABSTRACT or row.flags & (Flag.PROPERTY | Flag.ASYNC) or not row.decorators:
                continue
            is_abc = any(one.qualified == owner[1] and one.flags & Flag.ABSTRACT for one in facts) if owner else False
            if owner is None or owner[0] != path or not is_abc or not (breaks := made.get(owner[1])):
                continue
            decorator = next((one for one in row.decorators if "abstract" in one), "abstractmethod")
            source = names.sources[path]
            start = source.span_of_lines(*(source.line_of(row.start),) * 2).start
            pad = b" " * (row.start - start)
            method = b"@%s\n%sdef %s(self): ...\n\n%s" % (decorator.encode(), pad, ADDED.encode(), pad)
            edits = [Edit(Span(row.start, row.start), method)]
            yield edited(names, "abstract method added", path, row, edits, breaks)
            break


def _made_below(names: Names) -> dict[str, list[Place]]:
    """Return where subclasses are made, by the name of the class that they name as their only base."""
    found: dict[str, list[Place]] = {}
    for _, facts in _python(names):
        for row in facts:
            if row.kind is not Kind.CLASS or len(row.bases) != 1 or len(names.defined[row.name]) != 1 or row.decorators:
                continue
            places = [Place(p, c.line) for p, c in names.called[row.name] if not c.flags & Flag.GUARDED]
            found.setdefault(last_of(row.bases[0]), []).extend(p for p in places if not LEFT_OUT.search(p.path))
    return found


def made_plain(names: Names) -> Iterator[Seed]:
    """Yield coroutines that become plain functions while callers await them."""
    for path, row in unique(names):
        source = names.sources[path]
        if not path.endswith(".py") or not row.flags & Flag.ASYNC or row.flags & Flag.GENERATOR or not is_plain(row):
            continue
        start = row.start
        if re.search(rb"\b(await|async)\b", source.data[start + 5 : row.end]) or source.data[start:][:6] != b"async ":
            continue
        breaks = [Place(p, c.line) for p, c in calls_of(names, path, row) if c.flags & Flag.AWAITED]
        if breaks:
            yield edited(names, "coroutine made plain", path, row, [Edit(Span(start, start + 6), b"")], breaks)


def case_added(names: Names) -> Iterator[Seed]:
    """Yield enums that get a member which code that names every other one does not."""
    users = {
        path: source for path, source in names.sources.items() if b"." in source.data and not LEFT_OUT.search(path)
    }
    for path, facts in names.facts.items():
        for row in facts.definitions:
            if row.kind is not Kind.ENUM or len(names.defined[row.name]) != 1 or LEFT_OUT.search(path):
                continue
            prefix = f"{row.qualified}."
            members = [m for m in facts.definitions if m.kind is Kind.MEMBER and m.qualified == prefix + m.name]
            seen = {m.name for m in members}
            breaks = [
                Place(user, one.line)
                for user, source in users.items()
                if row.name.encode() in source.data
                for one in cases_in(source)
                if not one.open and one.members == seen and last_of(one.of) == row.name
            ]
            if len(seen) > 1 and breaks:
                yield edited(names, "enum member added", path, row, [_member(names.sources[path], members[-1])], breaks)


def _member(source: Source, last: Definition) -> Edit:
    """Return the edit that adds a member after the last one, with a value of its kind."""
    text = source.data[last.start : last.end].decode("utf-8", "replace")
    _, equals, value = text.partition("=")
    value = value.strip()
    new = value if "auto" in value else "77177" if re.fullmatch(r"-?\w+", value) else f'"{ADDED}"'
    pad = source.line(last.line)[: len(source.line(last.line)) - len(source.line(last.line).lstrip())]
    between = ",\n" + pad if not source.path.endswith(".py") else "\n" + pad
    return Edit(Span(last.end, last.end), f"{between}{ADDED.upper()}{' = ' + new if equals else ''}".encode())


def circle_closed(names: Names) -> Iterator[Seed]:
    """Yield Python modules without imports of their own package that get one of a module which imports them."""
    leaves = {}
    for path, facts in names.facts.items():
        top = path.removeprefix("src/").partition("/")[0]
        own = any(one.level or one.module.partition(".")[0] == top for one in facts.imports)
        if path.endswith(".py") and not own and facts.status is Status.WHOLE and not LEFT_OUT.search(path):
            leaves[path.removeprefix("src/").removesuffix(".py").replace("/", ".")] = path
    for path, facts in names.facts.items():
        if LEFT_OUT.search(path) or not path.endswith(".py") or path.endswith("__init__.py"):
            continue
        module = path.removeprefix("src/").removesuffix(".py").replace("/", ".")
        for one in facts.imports:
            leaf = leaves.get(one.module)
            if leaf and leaf != path and not one.level and not one.scope and not one.flags and "." in module:
                data = names.sources[leaf].data
                line = f"import {module}\n" if data.endswith(b"\n") else f"\nimport {module}\n"
                same = [x for x in facts.imports if one.module in (x.module, f"{x.module}.{x.name}")]
                breaks = tuple(Place(path, x.line) for x in same)
                yield Seed("import closes a circle", one.module, leaf, data + line.encode(), breaks, is_advice=True)
                break


def base_changed(names: Names) -> Iterator[Seed]:
    """Yield methods that get one more required parameter while a method that overrides them does not."""
    for path, facts in _python(names):
        classes = {row.qualified: row for row in facts if row.kind is Kind.CLASS}
        for row in facts:
            owner = classes.get(row.qualified.rpartition(".")[0])
            if owner is None or not is_plain(row) or row.name.startswith("__") or len(owner.bases) != 1:
                continue
            found = only_class(names, owner.bases[0])
            found = found if found != (path, owner.qualified) else None  # a class named like its base elsewhere
            rows = names.facts[found[0]].definitions if found else ()
            over = next((one for one in rows if found and one.qualified == f"{found[1]}.{row.name}"), None)
            if found is None or over is None or not is_plain(over) or over.signature != row.signature:
                continue
            at = first_parameter(names.sources[found[0]], over)
            if at is None or not row.signature or len(row.signature.parameters) < 2:
                continue
            edits = [Edit(Span(at, at), f"{ADDED}, ".encode())]
            yield edited(names, "base changed", found[0], over, edits, [Place(path, row.line)])


def _python(names: Names) -> Iterator[tuple[str, tuple[Definition, ...]]]:
    for path, facts in names.facts.items():
        if path.endswith(".py") and not LEFT_OUT.search(path) and facts.status is Status.WHOLE:
            yield path, facts.definitions


KINDS: tuple[Plant, ...] = (
    abstract_method_added,
    made_plain,
    case_added,
    circle_closed,
    base_changed,
)
