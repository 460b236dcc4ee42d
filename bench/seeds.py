"""Breaks planted into real code: what is wrong is known exactly, because it was put there.

Only facts of single files are used to choose where, never links between files: a symbol qualifies when one
definition in the whole tree has its name and somebody elsewhere uses it. So the choice does not favour what the
linker resolves.
"""

from __future__ import annotations

import builtins
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from kb.facts.extract import facts_of  # noqa: E402 (the script's own folder comes first)
from kb.facts.model import Call, Definition, Facts, Flag, Kind, ParameterKind, Status, Use  # noqa: E402
from kb.source import Edit, Source, Span, apply_edits  # noqa: E402
from kb.view import View  # noqa: E402

CODE = (".py", ".ts", ".tsx", ".js", ".mjs", ".jsx")
LEFT_OUT = re.compile(
    r"(^|/)(tests?|__tests__|testing|docs?|examples?|fixtures|vendor|node_modules|dist|bench\w*)/|\.d\.ts$"
)
OTHERS_NAMES = {name for kind in (str, bytes, list, dict, set, object, int, tuple) for name in dir(kind)} | set(
    dir(builtins)
)
NOT_TOUCHED = (
    Flag.PROPERTY | Flag.SETTER | Flag.OVERLOAD | Flag.ABSTRACT | Flag.OVERRIDE | Flag.CONDITIONAL | Flag.GUARDED
)
ADDED, RENAMED = "prudent_added", "prudent_renamed"


@dataclass(frozen=True)
class Place:
    """A line of a file."""

    path: str
    line: int


@dataclass(frozen=True)
class Seed:
    """One planted break: the file with it, and every place that no longer works."""

    kind: str
    symbol: str
    path: str
    after: bytes
    breaks: tuple[Place, ...]
    is_advice: bool = False  # what is wrong with it is no failure: an info is enough


@dataclass
class Names:
    """Who defines and who uses each name in one tree."""

    sources: dict[str, Source] = field(default_factory=dict)
    facts: dict[str, Facts] = field(default_factory=dict)
    defined: defaultdict[str, list[tuple[str, Definition]]] = field(default_factory=lambda: defaultdict(list))
    called: defaultdict[str, list[tuple[str, Call]]] = field(default_factory=lambda: defaultdict(list))
    used: defaultdict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    bound: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))


Plant = Callable[[Names], Iterator[Seed]]


def names_of(view: View, suffixes: tuple[str, ...]) -> Names:
    """Return the names of all files of these kinds."""
    names = Names()
    for path, entry in view.entries.items():
        if not entry.is_file or not path.endswith(suffixes) or view.size(path) > 500_000:
            continue
        source = Source(path, view.read(path))
        facts = facts_of(path, source.data)
        names.sources[path], names.facts[path] = source, facts
        for row in facts.definitions:
            names.defined[row.name].append((path, row))
        for binding in facts.bindings:
            names.bound[binding.name] += 1
        for one in facts.imports:
            if one.name not in ("", "*"):
                names.used[one.name].append(Place(path, one.line))
        for call in facts.calls:
            names.called[last_of(call.chain)].append((path, call))
            names.used[last_of(call.chain)].append(Place(path, call.line))
        for use in facts.uses:
            names.used[last_of(use.chain)].append(Place(path, use.line))
    return names


def seeds_in(view: View, suffixes: tuple[str, ...], kinds: Sequence[Plant], wanted: int, number: int) -> list[Seed]:
    """Return at most `wanted` breaks of each kind, the same for the same tree and `number`."""
    names = names_of(view, suffixes)
    chance = random.Random(number)
    seeds: list[Seed] = []
    for plant in kinds:
        found = list(plant(names))
        chance.shuffle(found)
        seeds += found[:wanted]
    return seeds


def renamed(names: Names) -> Iterator[Seed]:
    """Yield functions, classes, methods and constants whose definition gets another name."""
    for path, row in unique(names):
        end = row.name_start + len(row.name.encode())
        edit = Edit(Span(row.name_start, end), RENAMED.encode())
        yield edited(names, f"rename {_noun(row)}", path, row, [edit], _uses(names, path, row))


def removed(names: Names) -> Iterator[Seed]:
    """Yield definitions that are taken out."""
    for path, row in unique(names):
        if row.kind not in (Kind.FUNCTION, Kind.METHOD) or row.flags & (Flag.EXPORTED | Flag.DEFAULT):
            continue
        start = names.sources[path].data[row.start : row.name_start].lstrip()
        if not start.startswith((b"def", b"async def", b"function", b"async function")):
            continue  # the name alone of `const name = ...`
        text = b"pass" if path.endswith(".py") else b""
        yield edited(
            names, f"remove {_noun(row)}", path, row, [Edit(Span(row.start, row.end), text)], _uses(names, path, row)
        )


def parameter_added(names: Names) -> Iterator[Seed]:
    """Yield functions that get one more required parameter, the first."""
    for path, row in unique(names):
        calls = [(p, c) for p, c in calls_of(names, path, row) if _passes_no_more_than_needed(row, c)]
        if not calls or not is_plain(row) or not (path.endswith(".py") or path.endswith((".ts", ".tsx"))):
            continue
        at = first_parameter(names.sources[path], row)
        if at is None:
            continue
        typed = ADDED if path.endswith(".py") else f"{ADDED}: symbol"
        rest = row.signature.parameters[_own(row) :] if row.signature else ()
        text = typed + (", " if rest else "")
        if _own(row) and row.signature and not rest:
            continue
        yield edited(
            names,
            f"parameter added to {_noun(row)}",
            path,
            row,
            [Edit(Span(at, at), text.encode())],
            [Place(p, c.line) for p, c in calls],
        )


def _passes_no_more_than_needed(row: Definition, call: Call) -> bool:
    """Return whether a call leaves one value short when one more is asked for."""
    if row.signature is None or call.star or call.double_star:
        return False
    needed = [p for p in row.signature.parameters[_own(row) :] if not p.optional]
    plain = [p for p in needed if p.kind in (ParameterKind.POSITIONAL_ONLY, ParameterKind.EITHER)]
    return call.positional <= len(plain) and call.positional + len(call.keywords) <= len(needed)


def keyword_renamed(names: Names) -> Iterator[Seed]:
    """Yield functions one of whose parameters, passed by keyword somewhere, gets another name."""
    for path, row in unique(names):
        if not path.endswith(".py") or not is_plain(row) or row.signature is None:
            continue
        kinds = {p.kind for p in row.signature.parameters}
        if ParameterKind.KEYWORDS in kinds:
            continue
        for parameter in row.signature.parameters[_own(row) :]:
            calls = [
                (p, c) for p, c in calls_of(names, path, row) if parameter.name in c.keywords and not c.double_star
            ]
            if calls:
                yield _keyword_seed(names, path, row, parameter.name, [Place(p, c.line) for p, c in calls])
                break


def made_async(names: Names) -> Iterator[Seed]:
    """Yield plain functions that become coroutines while their callers do not await them."""
    for path, row in unique(names):
        calls = [(p, c) for p, c in calls_of(names, path, row) if not c.flags & (Flag.AWAITED | Flag.DECORATOR)]
        if not path.endswith(".py") or not is_plain(row) or not calls or row.flags & (Flag.ASYNC | Flag.GENERATOR):
            continue
        at = names.sources[path].data.rfind(b"def", row.start, row.name_start)
        if row.decorators or at < 0:
            continue
        edit = Edit(Span(at, at), b"async ")
        yield edited(names, f"{_noun(row)} made async", path, row, [edit], [Place(p, c.line) for p, c in calls])


def import_deleted(names: Names) -> Iterator[Seed]:
    """Yield files that lose an import whose name they use."""
    for path, facts in names.facts.items():
        if facts.status is not Status.WHOLE or LEFT_OUT.search(path) or not path.endswith(".py"):
            continue
        roots = _by_root(facts)
        starts = Counter(one.line for one in facts.imports)
        aliases = Counter(one.alias for one in facts.imports)
        bound = {row.name for row in (*facts.definitions, *facts.bindings)}
        for one in facts.imports:
            if one.flags & ~Flag.DEFERRED or starts[one.line] > 1 or aliases[one.alias] > 1 or one.alias in bound:
                continue
            uses = roots.get(one.alias, [])
            if one.scope or not uses or any(use.flags & (Flag.TYPING | Flag.GUARDED) for use in uses):
                continue
            source = names.sources[path]
            text = source.line(one.line)
            if not re.match(r"(from|import) [^(\\,;#]+$", text):
                continue
            start = source.span_of_lines(one.line, one.line).start
            after = apply_edits(source.data, (Edit(Span(start, start + len(text.encode())), b""),))
            yield Seed("import deleted", one.alias, path, after, tuple(Place(path, use.line) for use in uses))


def override_changed(names: Names) -> Iterator[Seed]:
    """Yield methods that get one more required parameter than the method they override has."""
    for path, facts in names.facts.items():
        if not path.endswith(".py") or LEFT_OUT.search(path) or facts.status is not Status.WHOLE:
            continue
        classes = {row.qualified: row for row in facts.definitions if row.kind is Kind.CLASS}
        for row in facts.definitions:
            owner = classes.get(row.qualified.rpartition(".")[0])
            if owner is None or not is_plain(row) or row.name.startswith("__") or len(owner.bases) != 1:
                continue
            base = only_class(names, owner.bases[0])
            over = base and next(
                (m for m in names.facts[base[0]].definitions if m.qualified == f"{base[1]}.{row.name}"), None
            )
            at = first_parameter(names.sources[path], row)
            if (
                not base
                or over is None
                or over.signature != row.signature
                or over.decorators
                or at is None
                or not row.signature
            ):
                continue
            if len(row.signature.parameters) < 2 or over.flags != row.flags & ~Flag.OVERRIDE:
                continue
            if any(p.optional or p.kind is not ParameterKind.EITHER for p in row.signature.parameters[1:]):
                continue  # some calls would fit both
            edit = Edit(Span(at, at), f"{ADDED}, ".encode())
            yield edited(
                names, "override changed", path, row, [edit], [Place(base[0], over.line), Place(path, row.line)]
            )


KINDS: tuple[Plant, ...] = (
    renamed,
    removed,
    parameter_added,
    keyword_renamed,
    made_async,
    import_deleted,
    override_changed,
)


def _by_root(facts: Facts) -> dict[str, list[Call | Use]]:
    """Return every reference by the name that its chain begins with."""
    found: dict[str, list[Call | Use]] = {}
    for one in (*facts.uses, *facts.calls):
        found.setdefault(re.split(r"[.(\[^]", one.chain, maxsplit=1)[0], []).append(one)
    return found


def unique(names: Names) -> Iterator[tuple[str, Definition]]:
    """Yield definitions that alone have their name in the tree, in files that can be trusted, used somewhere."""
    for name, rows in sorted(names.defined.items()):
        if len(rows) != 1 or len(name) < 4 or name in OTHERS_NAMES or names.bound[name] or name.startswith("__"):
            continue
        path, row = rows[0]
        kinds = (Kind.FUNCTION, Kind.METHOD, Kind.CLASS, Kind.CONSTANT)
        if row.kind not in kinds or row.flags & NOT_TOUCHED or row.decorators or LEFT_OUT.search(path):
            continue
        if "." in row.qualified and row.kind is not Kind.METHOD:
            continue
        if names.facts[path].status is Status.WHOLE and _uses(names, path, row):
            yield path, row


def _uses(names: Names, path: str, row: Definition) -> list[Place]:
    lines = range(row.line, row.end_line + 1)
    return [p for p in names.used[row.name] if not (p.path == path and p.line in lines)]


def calls_of(names: Names, path: str, row: Definition) -> list[tuple[str, Call]]:
    """Return the calls of a definition's name, but for those in its own body."""
    lines = range(row.line, row.end_line + 1)
    return [(p, c) for p, c in names.called[row.name] if not (p == path and c.line in lines)]


def is_plain(row: Definition) -> bool:
    """Return whether this is a function whose signature no decorator changes."""
    return row.kind in (Kind.FUNCTION, Kind.METHOD) and not row.decorators and row.signature is not None


def _own(row: Definition) -> int:
    """Return how many parameters the receiver takes."""
    first = row.signature.parameters[:1] if row.signature else ()
    return int(row.kind is Kind.METHOD and bool(first) and first[0].name in ("self", "cls"))


def first_parameter(source: Source, row: Definition) -> int | None:
    """Return the offset at which the first parameter after `self` stands or would stand."""
    start = row.name_start + len(row.name.encode())
    found = re.compile(rb"\s*(<[^()]*>)?\s*\(\s*(?:self\s*(,\s*|(?=\))))?").match(source.data, start)
    return found.end() if found else None


def _keyword_seed(names: Names, path: str, row: Definition, name: str, breaks: list[Place]) -> Seed:
    source = names.sources[path]
    span = source.data[row.name_start : row.end]
    changed = re.sub(rb"(?<![\w.])%s(?!\w)" % re.escape(name.encode()), RENAMED.encode(), span)
    edit = Edit(Span(row.name_start, row.end), changed)
    return edited(names, f"keyword renamed of {_noun(row)}", path, row, [edit], breaks)


def only_class(names: Names, chain: str) -> tuple[str, str] | None:
    """Return the path and qualified name of the class that alone has a chain's last name."""
    rows = [(p, d) for p, d in names.defined.get(last_of(chain), ()) if d.kind is Kind.CLASS]
    return (rows[0][0], rows[0][1].qualified) if len(rows) == 1 and len(names.defined[last_of(chain)]) == 1 else None


def edited(names: Names, kind: str, path: str, row: Definition, edits: list[Edit], breaks: list[Place]) -> Seed:
    """Return the break that these edits to a file make."""
    after = apply_edits(names.sources[path].data, tuple(edits))
    return Seed(kind, row.qualified, path, after, tuple(dict.fromkeys(breaks)))


def _noun(row: Definition) -> str:
    return {Kind.FUNCTION: "function", Kind.METHOD: "method", Kind.CLASS: "class"}.get(row.kind, "constant")


def last_of(chain: str) -> str:
    """Return the last name of a chain."""
    return chain.rstrip("()[]^").rpartition(".")[2]


def languages(view: View) -> Mapping[str, tuple[str, ...]]:
    """Return the languages of a tree worth planting in: those with at least 20 files."""
    kinds = {"python": (".py",), "typescript": (".ts", ".tsx")}
    return {k: s for k, s in kinds.items() if sum(path.endswith(s) for path in view.entries) >= 20}
