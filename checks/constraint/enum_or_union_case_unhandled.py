"""A new member of an enum that code which handles every other member does not know.

What it finds.
Enums, and TypeScript unions of words, that a change gave another member while a `match`, a `switch`, an `if` chain or a
table somewhere in the repository names all the members there were, and not the new one.

Why it matters.
The new member falls through: nothing happens, or the code ends with "unknown value".

When it stays silent.
When the code did not handle all members at base, when anything else has a default that does something, when it was
changed to handle the new one, and in tests. A new name for a member that was there is no new member; flags are combined
and not told apart. Where other members may well need nothing, at least three must be named.

How to fix.
Handle the new member there, or say what should happen to all others.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.constraint.places import Places, Spot, with_callers
from checks.finding import Confidence, Finding, Severity
from checks.knowledge import Knowledge
from checks.static.engine_check import is_test
from kb.facts.cases import CaseSet, cases_in
from kb.facts.model import Definition, Flag, Kind
from kb.graph.code import Code
from kb.graph.model import node_id

SLUG = "enum-or-union-case-unhandled"
RULES = (
    Rule(
        SLUG,
        Severity.WARN,
        Confidence.MEDIUM,
        finds="Finds new members of an enum that code which handles all the others does not know.",
        why="The new member falls through where every other one is handled.",
        fix="Handle the new member there, or say what happens to all others.",
    ),
)

_ENUM = "from enum import Enum\n\n\nclass Color(Enum):\n    RED = 1\n    BLUE = 2\n"
_USE = (
    "from paint.colors import Color\n\n\ndef price(color):\n    if color is Color.RED:\n        return 3\n"
    "    elif color is Color.BLUE:\n        return 4\n    raise ValueError(color)\n"
)
_TREE = {"paint/__init__.py": "", "paint/colors.py": _ENUM, "paint/price.py": _USE}
_UNION = "export type State = 'open' | 'closed';\n"
_SWITCH = (
    "import { State } from './state';\n\nexport function icon(state: State) {\n  switch (state) {\n"
    "    case 'open':\n      return 1;\n    case 'closed':\n      return 2;\n  }\n}\n"
)

EXAMPLES = (
    Example(
        "a chain of conditions that knew every member",
        before=_TREE,
        after={**_TREE, "paint/colors.py": _ENUM + "    GREEN = 3\n"},
        fires=((SLUG, "paint/colors.py", 7),),
    ),
    Example(
        "a switch over the words of a union",
        before={"src/state.ts": _UNION, "src/icon.ts": _SWITCH},
        after={"src/state.ts": _UNION.replace("'closed'", "'closed' | 'merged'"), "src/icon.ts": _SWITCH},
        fires=((SLUG, "src/state.ts", 1),),
    ),
    Example(
        "the new member is handled too",
        before=_TREE,
        after={
            **_TREE,
            "paint/colors.py": _ENUM + "    GREEN = 3\n",
            "paint/price.py": _USE.replace("Color.BLUE:", "Color.BLUE or color is Color.GREEN:"),
        },
    ),
    Example(
        "the others have a default",
        before={**_TREE, "paint/price.py": _USE.replace("    raise", "    else:\n        return 5\n    raise")},
        after={
            **_TREE,
            "paint/colors.py": _ENUM + "    GREEN = 3\n",
            "paint/price.py": _USE.replace("    raise", "    else:\n        return 5\n    raise"),
        },
    ),
)
TYPED = (".ts", ".tsx", ".mts", ".cts")
FEWEST = 3  # members named, where nothing says that there should be no others
WORDS = re.compile(r"""^\s*\|?\s*(?:'[^']*'|"[^"]*")(?:\s*\|\s*(?:'[^']*'|"[^"]*"))+\s*;?\s*$""")
WORD = re.compile(r"""'([^']*)'|"([^"]*)\"""")
LITERAL = re.compile(r"""-?[\w.]+|'[^'\\]*'|"[^"\\]*\"""")


@dataclass(frozen=True)
class _Type:
    """An enum or a union of words as one tree has it; `names` has other names of members too."""

    name: str
    path: str
    qualified: str
    members: dict[str, int]  # name -> line
    names: frozenset[str]
    of_words: bool


def covers(path: str) -> bool:
    """Return whether enums and unions of this file can be read."""
    return path.endswith((".py", *TYPED))


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return the members that the change added and that code elsewhere does not handle."""
    files = [f for f in change.files if covers(f.path) and f.new is not None and f.old is not None]
    if not files:
        return Report()
    places = Places.of(change, knowledge)
    findings: list[Finding] = []
    for file in files:
        before = {one.qualified: one for one in _types_in(places.code.base, file.old_path)}
        for now in _types_in(places.code.head, file.path) if before else ():
            old = before.get(now.qualified)
            if old is not None and set(old.members) < set(now.members):
                findings += _unhandled(places, old, now)
    return Report(tuple(findings))


def _types_in(code: Code, path: str) -> Iterator[_Type]:
    """Yield the enums and unions of a file that has each of them once."""
    facts = code.facts(path)
    defined = Counter(row.qualified for row in facts.definitions)
    for row in facts.definitions:
        if defined[row.qualified] > 1 or row.flags & Flag.CONDITIONAL:
            continue
        if row.kind is Kind.ENUM and not any("Flag" in base for base in row.bases):
            yield from _enum(code, path, row)
        elif row.kind is Kind.TYPE and path.endswith(TYPED):
            words = _text(code, path, row).partition("=")[2]
            if WORDS.match(words):
                members = dict.fromkeys((one or other for one, other in WORD.findall(words)), row.line)
                yield _Type(row.name, path, row.qualified, members, frozenset(members), of_words=True)


def _enum(code: Code, path: str, row: Definition) -> Iterator[_Type]:
    """Yield an enum of two members or more, those of equal value taken together; none for one of bits."""
    members: dict[str, int] = {}
    names: set[str] = set()
    values: set[str] = set()
    for one in code.facts(path).definitions:
        if one.kind is not Kind.MEMBER or one.qualified.rpartition(".")[0] != row.qualified:
            continue
        value = _text(code, path, one).partition("=")[2].strip()
        if "<<" in value or "|" in value:
            return
        names.add(one.name)
        if value in values or value in names or value.removeprefix(f"{row.name}.") in names:
            continue
        values |= {value} if LITERAL.fullmatch(value) else set()
        members[one.name] = one.line
    if len(members) > 1:
        yield _Type(row.name, path, row.qualified, members, frozenset(names), of_words=False)


def _text(code: Code, path: str, row: Definition) -> str:
    return code.source(path).data[row.start : row.end].decode("utf-8", "replace")


def _unhandled(places: Places, old: _Type, now: _Type) -> Iterator[Finding]:
    new = sorted(set(now.members) - set(old.members), key=lambda name: (now.members[name], name))
    spots, complete = [], False
    for path, lines in _users(places.code.base, old).items():
        at_head = places.new_path(path)
        if at_head not in places.code.head.view.entries or places.is_left_out(at_head) or is_test(at_head):
            continue
        text = places.code.base.source(path).text
        handled = [one for one in cases_in(places.code.base.source(path)) if _knows_all(one, old, lines, text)]
        if handled:
            still = [one for one in cases_in(places.code.head.source(at_head)) if _knows_all(one, old, None, text)]
            spots += [Spot(at_head, one.line) for one in still]
            complete = complete or any(one.complete for one in still)
    if not spots:
        return
    line = now.members[new[0]]
    if not places.is_added(now.path, line):
        line = next((n for n in range(line, line + 50) if places.is_added(now.path, n)), line)
    others = f" and {len(new) - 1} more" if len(new) > 1 else ""
    told = f"`{new[0]}`{others} of `{now.name}` is not handled where every other member is"
    found = places.finding(RULES[0], now.path, line, told)
    yield with_callers(places, replace(found, confidence=Confidence.HIGH) if complete else found, spots)


def _users(code: Code, old: _Type) -> dict[str, set[int]]:
    """Return the files that use a type, its own too, with the lines of which the graph says so."""
    ids = [node_id(old.path, old.qualified), *(node_id(old.path, f"{old.qualified}.{name}") for name in old.names)]
    edges = code.graph.edges_to(ids)
    paths = {one.id: one.path for one in code.graph.nodes({edge.src for edge in edges}).values()}
    found: dict[str, set[int]] = {old.path: set()}
    for edge in edges:
        if edge.src in paths:
            found.setdefault(paths[edge.src], set()).add(edge.line)
    return {path: found[path] for path in sorted(found)}


def _knows_all(cases: CaseSet, old: _Type, lines: set[int] | None, text: str) -> bool:
    """Return whether a case set names exactly the members that there were, and leaves the others to nobody.

    That it is of this type: an enum is named, on a line (of `lines`, if given) that leads to it; of a union the text of
    the file says so of what is looked at.
    """
    if cases.open or not (set(old.members) <= cases.members <= old.names):
        return False
    if len(cases.members) < FEWEST and not cases.complete:
        return False
    if old.of_words:
        subject = re.escape(cases.subject.rpartition(".")[2])
        return cases.of == "" and re.search(rf"\b{subject}\??\s*:\s*{re.escape(old.name)}\b", text) is not None
    is_named = cases.of.rpartition(".")[2] == old.name
    return is_named and (lines is None or any(cases.line <= line <= cases.end_line for line in lines))
