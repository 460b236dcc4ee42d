"""An import that makes modules import each other in a circle while they are being imported.

What it finds.
A new import between two files of the repository from whose target one comes back to the importing file by
imports that run when a module is imported. The circle is shown.

Why it matters.
Which module of a circle is complete when another asks it for a name depends on who was imported first. Such code
works until somebody imports it in another order.

When it stays silent.
When two of the files were in one circle at base already; for imports inside functions, below `if TYPE_CHECKING`, in a
`try`, or of types only; for a package whose `__init__` only gathers what its own modules define; and for circles of
more than eight files, in tests or in examples.

How to fix.
Move what both need into a third module, or import it in the function that needs it.
"""

from __future__ import annotations

import re

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.constraint.new_imports import NewImport, import_chain, new_imports
from checks.constraint.places import Places
from checks.finding import Confidence, Evidence, Finding, Severity
from checks.knowledge import Knowledge
from checks.static.engine_check import is_test
from kb.facts.extract import language_for
from kb.graph.code import CodeChange
from kb.graph.queries_imports import is_package_of

SLUG = "import-cycle-closed"
RULES = (
    Rule(
        SLUG,
        Severity.INFO,
        Confidence.HIGH,
        finds="Finds imports that close a circle of imports.",
        why="What works in a circle depends on which module is imported first.",
        fix="Move what both need into a third module, or import it where it is used.",
    ),
)

LONGEST = 8  # files in a circle that somebody may take apart
TRIED = re.compile(r"(^|/)(playground|examples?|demos?|samples?|bench\w*|docs?)/")  # circles that are there to be tried
MOST_IMPORTS = 100  # looked at in one change: each may take a walk through the whole graph

_TREE = {
    "shop/__init__.py": "",
    "shop/cart.py": "from shop.prices import total\n\n\ndef pay():\n    return total()\n",
    "shop/prices.py": "def total():\n    return 3\n",
}
_BACK = "from shop import cart\n\n\ndef total():\n    return cart.RATE\n"

EXAMPLES = (
    Example(
        "two modules import each other",
        before=_TREE,
        after={**_TREE, "shop/prices.py": _BACK},
        fires=((SLUG, "shop/prices.py", 1),),
    ),
    Example(
        "the import runs later",
        before=_TREE,
        after={**_TREE, "shop/prices.py": "def total():\n    from shop import cart\n\n    return cart.RATE\n"},
    ),
    Example(
        "only for types",
        before=_TREE,
        after={
            **_TREE,
            "shop/prices.py": "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from shop import cart\n\n\n"
            "def total(of: 'cart.Cart'):\n    return 3\n",
        },
    ),
    Example(
        "another import within a circle that was there",
        before={**_TREE, "shop/prices.py": _BACK, "shop/tax.py": "from shop import cart\n"},
        after={
            **_TREE,
            "shop/cart.py": "from shop.prices import total\nfrom shop import prices\n\nPAY = total(), prices\n",
            "shop/prices.py": _BACK,
            "shop/tax.py": "from shop import cart\n",
        },
    ),
)


def covers(path: str) -> bool:
    """Return whether this is a file whose imports are known."""
    return language_for(path, b"") in ("python", "javascript", "typescript", "tsx")


def reads(path: str) -> bool:
    """Return that no file counts as read: only its imports are looked at."""
    return False


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return the circles that the change closes, each once."""
    if not any(covers(file.path) for file in change.files):
        return Report()
    places = Places.of(change, knowledge)
    graphs = places.code
    found: dict[frozenset[str], Finding] = {}
    brought = sorted(new_imports(change, graphs), key=lambda one: (one.path, one.line, -len(one.target)))
    for new in brought[:MOST_IMPORTS]:
        if not covers(new.path) or is_package_of(new.target, new.path) or places.is_left_out(new.path):
            continue
        if is_test(new.path) or TRIED.search(new.path):
            continue
        back = import_chain(graphs.head.graph, new.target, [new.path])
        if not back or len(back) > LONGEST or _only_gathers(back, new):
            continue
        ring = frozenset(path for path, _ in back)
        is_told = any((one.path, one.line) == (new.path, new.line) for one in found.values())
        if ring not in found and not is_told and not _was_a_circle(places, ring):
            found[ring] = _finding(graphs, new, back)
    return Report(tuple(found.values()))


def _was_a_circle(places: Places, ring: frozenset[str]) -> bool:
    """Return whether two of the files, or one of them and one that is gone, were in one circle at base."""
    base, head = places.code.base, places.code.head
    olds = [old for path in sorted(ring) if (old := places.old_path(path)) in base.view.entries]
    gone = [file.old_path for file in places.change.files if file.old is not None and file.new is None][:20]
    for at, one in enumerate(olds):
        others = {*olds[at + 1 :], *(path for path in gone if path not in head.view.entries)}
        reached = import_chain(base.graph, one, others) if others else []
        while reached:
            other = reached[-1][0]
            if import_chain(base.graph, other, [one]):
                return True
            others.discard(other)
            reached = import_chain(base.graph, one, others) if others else []
    return False


def _only_gathers(back: list[tuple[str, int]], new: NewImport) -> bool:
    """Return whether the circle is a package and a module of its own: the usual shape of an `__init__`."""
    if len(back) != 2:
        return False
    one, other = sorted((new.path, new.target), key=len)
    folder, _, name = one.rpartition("/")
    return name.startswith(("__init__.", "index.")) and other.startswith(f"{folder}/" if folder else "")


def _finding(graphs: CodeChange, new: NewImport, back: list[tuple[str, int]]) -> Finding:
    circle = " -> ".join(f"`{path}`" for path in [new.path, *(path for path, _ in back)])
    source = graphs.head.source(new.path)
    steps = ((new.path, new.line), *((path, line) for path, line in back if line))
    return Finding(
        check=SLUG,
        slug=SLUG,
        severity=Severity.INFO,
        confidence=Confidence.HIGH,
        path=new.path,
        line=new.line,
        end_line=new.line,
        message=f"This import closes a circle of imports: {circle}.",
        text=source.line(new.line).strip(),
        evidence=tuple(
            Evidence("import", path, line, graphs.head.source(path).line(line).strip()[:200]) for path, line in steps
        ),
    )
