"""A new member of an enum that code which handles every other member does not know.

What it finds.
Enums, and TypeScript unions of words, that a change gave another member while a `match`, a `switch`, an `if` chain or a
table somewhere in the repository names all the members there were, and not the new one.

Why it matters.
The new member falls through: nothing happens, or the code ends with "unknown value".

When it stays silent.
When the code did not handle all members at base, when it has a default that does something, and when it was changed to
handle the new one.

How to fix.
Handle the new member there, or say what should happen to all others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.constraint.places import Places, Spot, with_callers
from checks.finding import Confidence, Finding, Severity
from checks.knowledge import Knowledge
from kb.facts.cases import CaseSet, cases_in
from kb.facts.model import Definition, Facts, Kind
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
WORDS = re.compile(r"""^\s*\|?\s*(?:'[^']*'|"[^"]*")(?:\s*\|\s*(?:'[^']*'|"[^"]*"))+\s*;?\s*$""")
WORD = re.compile(r"""'([^']*)'|"([^"]*)\"""")


@dataclass(frozen=True)
class _Type:
    """An enum or a union of words as one tree has it."""

    name: str
    path: str
    qualified: str
    members: dict[str, int]  # name -> line
    of_words: bool


def covers(path: str) -> bool:
    """Return whether enums and unions of this file can be read."""
    return path.endswith((".py", ".ts", ".tsx", ".mts", ".cts"))


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return the members that the change added and that code elsewhere does not handle."""
    files = [f for f in change.files if covers(f.path) and f.new is not None and f.old is not None]
    if not files:
        return Report()
    places = Places.of(change, knowledge)
    findings: list[Finding] = []
    for file in files:
        before = {one.qualified: one for one in _types_in(places.code.base, file.old_path)}
        for now in _types_in(places.code.head, file.path):
            old = before.get(now.qualified)
            if old is not None and set(old.members) < set(now.members):
                findings += _unhandled(places, old, now)
    return Report(tuple(findings))


def _types_in(code: Code, path: str) -> Iterator[_Type]:
    facts = code.facts(path)
    for row in facts.definitions:
        if row.kind is Kind.ENUM or (row.kind is Kind.CLASS and _is_enum(row)):
            found = {m.name: m.line for m in _members(facts, row) if not m.name.startswith("_")}
            if len(found) > 1:
                yield _Type(row.name, path, row.qualified, found, of_words=False)
        elif row.kind is Kind.TYPE and path.endswith((".ts", ".tsx", ".mts", ".cts")):
            text = code.source(path).data[row.start : row.end].decode("utf-8", "replace")
            words = text.partition("=")[2]
            if WORDS.match(words):
                members = dict.fromkeys((one or other for one, other in WORD.findall(words)), row.line)
                yield _Type(row.name, path, row.qualified, members, of_words=True)


def _is_enum(row: Definition) -> bool:
    return any(base.rpartition(".")[2] in ("Enum", "IntEnum", "StrEnum") for base in row.bases)


def _members(facts: Facts, row: Definition) -> Iterator[Definition]:
    for one in facts.definitions:
        if one.qualified.rpartition(".")[0] == row.qualified and one.kind in (Kind.MEMBER, Kind.CONSTANT):
            yield one


def _unhandled(places: Places, old: _Type, now: _Type) -> Iterator[Finding]:
    new = sorted(set(now.members) - set(old.members), key=lambda name: (now.members[name], name))
    spots = []
    for path in _users(places.code.base, old):
        at_head = places.new_path(path)
        if at_head not in places.code.head.view.entries or places.is_left_out(at_head):
            continue
        handled = [one for one in cases_in(places.code.base.source(path)) if _knows_all(one, old)]
        if handled:
            still = (one for one in cases_in(places.code.head.source(at_head)) if _knows_all(one, old))
            spots += [Spot(at_head, one.line) for one in still]
    if not spots:
        return
    line = now.members[new[0]]
    if not places.is_added(now.path, line):
        line = next((n for n in range(line, line + 50) if places.is_added(now.path, n)), line)
    others = f" and {len(new) - 1} more" if len(new) > 1 else ""
    told = f"`{new[0]}`{others} of `{now.name}` is not handled where every other member is"
    yield with_callers(places, places.finding(RULES[0], now.path, line, told), spots)


def _users(code: Code, old: _Type) -> list[str]:
    """Return the files that use a type: those with a path to it in the graph, and its own."""
    ids = [node_id(old.path, old.qualified), *(node_id(old.path, f"{old.qualified}.{name}") for name in old.members)]
    sources = {edge.src for edge in code.graph.edges_to(ids)}
    return sorted({node.path for node in code.graph.nodes(sources).values() if node.path} | {old.path})


def _knows_all(cases: CaseSet, old: _Type) -> bool:
    """Return whether a case set names exactly the members that there were, and leaves the others to nobody."""
    if cases.open or set(cases.members) != set(old.members):
        return False
    return cases.of == "" if old.of_words else cases.of.rpartition(".")[2] == old.name
