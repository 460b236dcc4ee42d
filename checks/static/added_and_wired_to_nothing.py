"""A new public function, class or module that nothing in the repository names.

What it finds.
A public top-level function or class, or a whole module, in Python, JavaScript or TypeScript, that the
change adds and that no other text of the tree holds as a word: no code, test, configuration, document,
entry point or string.

Why it matters.
Code that nothing reaches is not tested by anything and does nothing for anyone: the wiring was forgotten.

When it stays silent.
For decorated definitions, names that a framework calls (tests, migrations, commands, hooks, handlers,
fixtures, pages, plugins), names below four letters, dunder names, exports of an index or package file,
overrides; when the name stood at base; when the tree cannot be read as a whole. Born silent: libraries
add public names for others to call, and only measurement can tell the two apart.

How to fix.
Call it, export it or register it where it is meant to be used; or leave it out of this change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.finding import Confidence, Evidence, Finding, Severity, Side
from checks.knowledge import Knowledge
from checks.static.changed_lines import changed_lines, source_of
from checks.static.whole_tree import TooLarge, texts_in
from kb.diff import FileDiff, Status
from kb.errors import CorruptObject
from kb.source import Source
from kb.syntax.languages import language_of
from kb.syntax.symbols import Definition, definitions
from kb.view import shown

SLUG = "added-and-wired-to-nothing"
RULES = (
    Rule(
        SLUG,
        Severity.INFO,
        Confidence.LOW,
        finds="Finds a new public function, class or module that nothing in the repository names.",
        why="Code that nothing reaches does nothing for anyone: often its wiring was forgotten.",
        fix="Call, export or register it where it is meant to be used, or leave it out.",
        silent=True,
    ),
)

_MAIN = "from shop.prices import total\n\nprint(total([1, 2]))\n"
_TOTAL = "def total(prices):\n    return sum(prices)\n"
_MEAN = "\n\ndef average(prices):\n    return total(prices) / len(prices)\n"
_BEFORE = {"shop/prices.py": _TOTAL, "main.py": _MAIN}
EXAMPLES = (
    Example(
        "a function that nothing names",
        before=_BEFORE,
        after={**_BEFORE, "shop/prices.py": _TOTAL + _MEAN},
        fires=((SLUG, "shop/prices.py", 5),),
    ),
    Example(
        "a module that nothing names",
        before=_BEFORE,
        after={**_BEFORE, "shop/rebates.py": "RATES = {}\n"},
        fires=((SLUG, "shop/rebates.py", 1),),
    ),
    Example(
        "a test, a document or a configuration names it",
        before=_BEFORE,
        after={**_BEFORE, "shop/prices.py": _TOTAL + _MEAN, "setup.cfg": "[shop]\nmean = shop.prices:average\n"},
    ),
    Example(
        "a framework finds it by its decorator or its name",
        before=_BEFORE,
        after={
            **_BEFORE,
            "shop/prices.py": _TOTAL + _MEAN.replace("def", "@register\ndef"),
            "shop/migrations/0002_rebates.py": "class Migration:\n    pass\n",
            "tests/test_rebates.py": "def test_rebates():\n    assert True\n",
        },
    ),
    Example(
        "it stood at base",
        before={**_BEFORE, "shop/prices.py": _TOTAL + _MEAN},
        after={**_BEFORE, "shop/prices.py": _TOTAL + _MEAN.replace("average(", "average(*, ")},
    ),
)

_LANGUAGES = ("python", "javascript", "typescript", "tsx")
_FOUND_BY_PATH = re.compile(
    r"(?:^|[/_.-])(?:tests?|testing|specs?|e2e|__tests__|conftest|migrations?|versions|commands?|management|fixtures?|plugins?"
    r"|pages|routes?|views?|app|api|examples?|samples?|docs?|bench\w*|scripts?|bin|tools?|playground|stories|templates?|hooks?"
    r"|tasks|setup|config|settings|manage|noxfile|fabfile|wsgi|asgi|mocks?|stubs?|typings|types|rules|contrib|locales?|i18n)"
    r"(?:[/_.-]|$)|(?:^|/)(?:__init__|__main__|index|main|mod|lib)\.\w+$|\.config\.|\.d\.[cm]?ts$|\.pyi$|(?:^|/)\.",
    re.IGNORECASE,
)
_FOUND_BY_NAME = re.compile(
    r"_|test|Test|on[A-Z_]|handle|pytest_|setup|teardown|visit_|do_|main$|upgrade$|downgrade$|default$|[A-Z]\w*Config$"
    r"|[A-Z]\w*(?:Test|Tests|TestCase|Admin|Migration|Command|Plugin|Handler|Middleware|Error|Exception|Warning|Meta)$"
)
_SHORTEST = 4


@dataclass(frozen=True)
class _Added:
    """A new name and where it stands; `definition` is None for a whole module."""

    name: str
    file: FileDiff
    definition: Definition | None = None


def covers(path: str) -> bool:
    """Return whether a file of this name holds code that other code is expected to name."""
    return language_of(path) in _LANGUAGES and not _FOUND_BY_PATH.search(path)


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return one silent finding for each new public name that stands nowhere else in the tree."""
    added = [one for file in change.files if file.added and covers(file.path) for one in _added(change, file)]
    if not added:
        return Report()
    try:
        unnamed = _unnamed(change, added)
    except (CorruptObject, TooLarge):
        return Report()
    modules = {one.file.path for one in unnamed if one.definition is None}
    findings = (_finding(change, one) for one in unnamed if one.definition is None or one.file.path not in modules)
    return Report(tuple(finding for finding in findings if finding is not None))


def _added(change: Change, file: FileDiff) -> Iterator[_Added]:
    head, base = source_of(change, file, Side.RIGHT), source_of(change, file, Side.LEFT)
    if head is None:
        return
    if file.status is Status.ADDED and _is_public(stem := file.path.rpartition("/")[2].partition(".")[0]):
        yield _Added(stem, file)
    known = {definition.name for definition in definitions(base)} if base is not None else set()
    for definition in definitions(head):
        is_new = definition.line in file.added and definition.name not in known and "." not in definition.qualified
        if (
            is_new
            and not definition.decorators
            and _is_public(definition.name)
            and not _was_moved(change, definition.name)
        ):
            yield _Added(definition.name, file, definition)


def _is_public(name: str) -> bool:
    return len(name) >= _SHORTEST and name.isidentifier() and not _FOUND_BY_NAME.match(name)


def _was_moved(change: Change, name: str) -> bool:
    word = re.compile(rf"\b{re.escape(name)}\b")
    return any(word.search(text) for file in change.files for _, text in changed_lines(change, file, Side.LEFT))


def _unnamed(change: Change, added: list[_Added]) -> list[_Added]:
    """Return those that no text of the head tree names beside themselves; reads the tree once."""
    left = list(added)
    for source in texts_in(change.head, first=lambda path: 0 if path in change.by_path else 1):
        present = [one for one in left if one.name.encode() in source.data]
        left = [one for one in left if one not in present or not _names(source, one)]
        if not left:
            break
    paths = "\n".join(change.head.entries)
    return [
        one for one in left if one.definition is not None or len(re.findall(rf"\b{re.escape(one.name)}\b", paths)) < 2
    ]


def _names(source: Source, one: _Added) -> bool:
    """Return whether a text holds the name as a word, outside the definition or module itself."""
    data = source.data
    if source.path == one.file.path:
        if one.definition is None:
            return False
        span = one.definition.span
        data = data[: span.start] + data[span.end :]
    return re.search(rb"(?<!\w)" + re.escape(one.name.encode()) + rb"(?!\w)", data) is not None


def _finding(change: Change, one: _Added) -> Finding | None:
    source = source_of(change, one.file, Side.RIGHT)
    if source is None:
        return None
    line = one.definition.line if one.definition else 1
    kind = one.definition.kind if one.definition else "module"
    return Finding(
        SLUG,
        SLUG,
        RULES[0].severity,
        RULES[0].confidence,
        source.path,
        line,
        line,
        message=shown(f"Nothing in the repository names the new {kind} `{one.name}`."),
        text=one.name,
        symbol=one.definition.qualified if one.definition else "",
        evidence=(Evidence("definition", source.path, line, shown(source.line(line).strip()[:200])),),
        silent=RULES[0].silent,
    )
