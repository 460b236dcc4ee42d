"""An import of what this repository does not have, since the change.

What it finds.
Imports of a module of the repository's own that is not there, of a name that the module does not have or no longer
passes on, and of a package that nothing declares although the project declares its dependencies.

Why it matters.
The importing module cannot be imported, or does not compile.

When it stays silent.
Where the import may fail and something else is done then; on modules that a build writes; on modules that give names
which no text shows; on packages in tests, in documents and in scripts beside the project.

How to fix.
Correct the import, pass the name on again, or declare the package.
"""

from __future__ import annotations

from dataclasses import replace

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.constraint.gone import module_name
from checks.constraint.missing import Anchor, Lost, Missing
from checks.constraint.places import PYTHON, SCRIPTS, Places, Spot, quoted, softer, with_callers
from checks.constraint.undeclared import undeclared_in
from checks.finding import Confidence, Finding, Severity, Side
from checks.knowledge import Knowledge
from kb.graph.model import Want

SLUG = "import-resolves-nowhere"
RULES = (
    Rule(
        SLUG,
        Severity.BLOCK,
        Confidence.HIGH,
        finds="Finds imports of modules and names that the repository does not have.",
        why="The importing module cannot be imported, or does not compile.",
        fix="Correct the import, or pass the name on again.",
    ),
)

_INIT = "from shop.prices import total\n"
_PRICES = "def total(items):\n    return sum(items)\n"
_SELL = "from shop import total\n\n\ndef sell(items):\n    return total(items)\n"
_TREE = {"shop/__init__.py": _INIT, "shop/prices.py": _PRICES, "app/__init__.py": "", "app/sell.py": _SELL}
_LOAD = "export function load(name: string): string {\n  return name\n}\n"

EXAMPLES = (
    Example(
        "a new import of a name that the module does not have",
        before=_TREE,
        after={**_TREE, "app/new.py": "from shop.prices import totals\n"},
        fires=((SLUG, "app/new.py", 1),),
    ),
    Example(
        "a new import of a module that is not there",
        before=_TREE,
        after={**_TREE, "app/new.py": "from shop.price import total\n"},
        fires=((SLUG, "app/new.py", 1),),
    ),
    Example(
        "a package no longer passes a name on",
        before=_TREE,
        after={**_TREE, "shop/__init__.py": ""},
        fires=((SLUG, "shop/__init__.py", 1),),
    ),
    Example(
        "a new import in TypeScript",
        before={"src/load.ts": _LOAD},
        after={"src/load.ts": _LOAD, "src/use.ts": "import { loads } from './load'\n\nexport const one = loads('a')\n"},
        fires=((SLUG, "src/use.ts", 1),),
    ),
    Example(
        "the import may fail",
        before=_TREE,
        after={**_TREE, "app/new.py": "try:\n    from shop.price import total\nexcept ImportError:\n    total = sum\n"},
    ),
    Example(
        "a module that the build writes",
        before=_TREE,
        after={**_TREE, "app/new.py": "from shop._version import version\n", ".gitignore": "shop/_version.py\n"},
    ),
    Example(
        "a package that nothing declares is recorded",
        before={**_TREE, "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["click"]\n'},
        after={
            **_TREE,
            "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["click"]\n',
            "app/new.py": "import click\nimport yaml\n",
        },
        fires=((SLUG, "app/new.py", 2),),
    ),
    Example("other people's packages", before=_TREE, after={**_TREE, "app/new.py": "from yaml import nothing\n"}),
)


def covers(path: str) -> bool:
    """Return whether this is a language whose imports are resolved."""
    return path.endswith((*PYTHON, *SCRIPTS))


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return the imports that became wrong; raises NotChecked where there is no index."""
    if not any(covers(file.path) for file in change.files):
        return Report()
    missing = Missing(Places.of(change, knowledge))
    groups: dict[tuple[Anchor, str], list[Lost]] = {}
    for lost in missing.of([Want.MODULE, Want.MEMBER]):
        anchor = missing.anchor(lost)
        if anchor is not None:
            groups.setdefault((anchor, lost.miss.name), []).append(lost)
    places = missing.places
    found = [_finding(places, anchor, group) for (anchor, _), group in groups.items()]
    return Report((*found, *(_undeclared(places, spot, name) for spot, name in undeclared_in(places))))


def _undeclared(places: Places, spot: Spot, name: str) -> Finding:
    """Return what is only recorded: a dependency's own dependency may bring the package all the same."""
    told = f"Package `{name}` is not among the declared dependencies"
    here = quoted("quote", places.code.head, spot.path, spot.line)
    made = places.finding(RULES[0], spot.path, spot.line, told, evidence=(here,))
    return replace(softer(made, Severity.INFO, Confidence.LOW), silent=True)


def _finding(places: Places, anchor: Anchor, group: list[Lost]) -> Finding:
    miss = group[0].miss
    if miss.want is Want.MODULE:
        told = f"Module `{miss.name}` is not in this repository"
    elif group[0].path.endswith(PYTHON):
        told = f"Module `{module_name(miss.inside)}` has no member `{miss.name}`"
    else:  # unquoted: the compiler names the specifier first
        told = f"The module {module_name(miss.inside)} exports no {miss.name}"
    if anchor.side is Side.LEFT:
        evidence = (quoted("definition", places.code.base, anchor.path, anchor.line),)
        made = places.finding(RULES[0], anchor.path, anchor.line, told, side=Side.LEFT, evidence=evidence)
        return with_callers(places, made, [lost.spot for lost in group])
    here = quoted("quote", places.code.head, anchor.path, anchor.line)
    return places.finding(RULES[0], anchor.path, anchor.line, told, evidence=(here,))
