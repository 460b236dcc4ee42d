"""A name that nothing binds where it is used, since the change.

What it finds.
Names of a Python file that no scope, import or builtin gives, where base gave them: above all names that came through a
star import whose module lost them, which tools that look at one file cannot know. In JavaScript and TypeScript, names
whose definition or import the change takes out of a module that goes on using them.

Why it matters.
The line raises NameError, or ReferenceError, when it runs.

When it stays silent.
In files that write to their own namespace, or import everything from a module that is not in the repository; in code
that catches the error or is for types only; where base had the same name undefined.

How to fix.
Import or define the name, or correct its spelling.
"""

from __future__ import annotations

from dataclasses import replace

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.constraint.dangling import Dangling, dangling_in
from checks.constraint.missing import Lost, Missing
from checks.constraint.places import PYTHON, SCRIPTS, Places, Spot, quoted
from checks.finding import Confidence, Finding, Severity
from checks.knowledge import Knowledge
from checks.static.python_context import has_lazy_annotations, is_in_annotation
from kb.facts.model import Flag
from kb.graph.model import Want

SLUG = "undefined-name"
RULES = (
    Rule(
        SLUG,
        Severity.BLOCK,
        Confidence.HIGH,
        finds="Finds names that nothing defines where they are used.",
        why="The line raises NameError, or ReferenceError, when it runs.",
        fix="Import or define the name, or correct its spelling.",
    ),
)
MOST_USES = 5

_NAMES = "RATE = 2\nUNIT = 1\n"
_SELL = "from shop.names import *\n\n\ndef sell(items):\n    return sum(items) * UNIT\n"
_TREE = {"shop/__init__.py": "", "shop/names.py": _NAMES, "shop/sell.py": _SELL}

EXAMPLES = (
    Example(
        "a name that the starred module does not have",
        before=_TREE,
        after={**_TREE, "shop/sell.py": _SELL.replace("* UNIT", "* RATES")},
        fires=((SLUG, "shop/sell.py", 5),),
    ),
    Example(
        "the import of a name is removed and its use is not",
        before={"shop/sell.py": "from os import sep\n\n\ndef sell():\n    return sep\n"},
        after={"shop/sell.py": "def sell():\n    return sep\n"},
        fires=((SLUG, "shop/sell.py", 2),),
    ),
    Example(
        "a function is removed from a module that calls it",
        before={"src/sell.ts": "export const sell = () => rate()\n\nfunction rate() {\n  return 2\n}\n"},
        after={"src/sell.ts": "export const sell = () => rate()\n"},
        fires=((SLUG, "src/sell.ts", 1),),
    ),
    Example(
        "a star from a module that is not in the repository",
        before=_TREE,
        after={**_TREE, "shop/sell.py": "from other import *\n" + _SELL.replace("* UNIT", "* RATES")},
    ),
    Example(
        "the name was undefined before",
        before={"shop/sell.py": "def sell():\n    return sep\n"},
        after={"shop/sell.py": "def sell():\n    return sep\n\n\ndef sell_all():\n    return sep\n"},
    ),
)


def covers(path: str) -> bool:
    """Return whether this is a language whose names are resolved."""
    return path.endswith((*PYTHON, *SCRIPTS))


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return the names that became undefined, each once a file; raises NotChecked where there is no index."""
    if not any(covers(file.path) for file in change.files):
        return Report()
    missing = Missing(Places.of(change, knowledge))
    uses: dict[tuple[str, str], list[Lost]] = {}
    for lost in missing.of([Want.NAME]):
        if not _is_left_to_others(missing.places, lost) and missing.anchor(lost) is not None:
            uses.setdefault((lost.path, lost.miss.name), []).append(lost)
    places = missing.places
    found = [_finding(places, group) for group in uses.values()]
    found += [_of_dangling(places, one) for file in places.change.files for one in dangling_in(places, file)]
    return Report(tuple(found))


def _is_left_to_others(places: Places, lost: Lost) -> bool:
    """Return whether a name is listed in `__all__`, which ruff says, or in an annotation that is never evaluated."""
    if lost.miss.flags & Flag.EXPORTED.value:
        return True
    source = places.source(lost.path)
    column = lost.miss.start - source.starts[lost.miss.line - 1] + 1
    return has_lazy_annotations(source) and is_in_annotation(source, lost.miss.line, column)


def _of_dangling(places: Places, one: Dangling) -> Finding:
    spots = [Spot(one.path, line) for line in one.lines[1:MOST_USES]]
    related = [replace(places.caller(spot), kind="related") for spot in spots]
    here = quoted("quote", places.code.head, one.path, one.lines[0])
    there = quoted("definition", places.code.base, one.bound_at.path, one.bound_at.line)
    told = f"Name `{one.name}` is not defined"
    return places.finding(RULES[0], one.path, one.lines[0], told, evidence=(here, there, *related))


def _finding(places: Places, group: list[Lost]) -> Finding:
    path, line, name = group[0].path, group[0].miss.line, group[0].miss.name
    related = [replace(places.caller(lost.spot), kind="related") for lost in group[1:MOST_USES]]
    here = quoted("quote", places.code.head, path, line)
    return places.finding(RULES[0], path, line, f"Name `{name}` is not defined", evidence=(here, *related))
