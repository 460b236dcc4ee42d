"""A file that the change moves or deletes, and that configuration, CI, a build file or a document still names.

What it finds.
Paths in workflow files, `package.json`, `pyproject.toml`, `setup.cfg`, `MANIFEST.in`, Dockerfiles, makefiles, shell
scripts, `CODEOWNERS`, links of Markdown and directives of reStructuredText, and modules in entry points and after
`-m`, that led to a file or folder of the repository before the change and lead nowhere after it.

Why it matters.
No compiler reads these places: the job, the package or the page breaks when it is run, published or opened.

When it stays silent.
For words that a variable, a glob or an address runs into; in comments, changelogs and other texts about the past, lists
of what to ignore, outputs; for what git ignores at head, since a build may make it; for lines that the change
wrote, and where it writes the old path elsewhere, so that something stands in for it.

How to fix.
Name the new path, or take the reference away with the file.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.constraint.path_formats import Format, format_of
from checks.constraint.path_mentions import Mention, mentions_in
from checks.constraint.path_tree import PathTree, normal
from checks.finding import Confidence, Evidence, Finding, Severity, Side
from checks.knowledge import Knowledge
from checks.static.changed_lines import changed_lines
from kb.source import Source
from kb.view import shown

SLUG = "moved-file-still-referenced"
RULES = (
    Rule(
        SLUG,
        Severity.WARN,
        Confidence.HIGH,
        finds="Finds paths of moved or deleted files that configuration, CI, build files or documents still name.",
        why="No compiler reads these places: they break when the job is run or the package is built.",
        fix="Name the new path, or take the reference away with the file.",
    ),
)

_CI = "jobs:\n  test:\n    steps:\n      - run: python tools/check.py --all\n"
_TREE = {".github/workflows/ci.yml": _CI, "tools/check.py": "print('checked')\n"}
_ENTRY = '[project.scripts]\nshop = "shop.cli:main"\n'
_CLI = "def main():\n    print('sold')\n"
EXAMPLES = (
    Example(
        "a script that CI runs is moved",
        before=_TREE,
        after={".github/workflows/ci.yml": _CI, "scripts/check.py": "print('checked')\n"},
        fires=((SLUG, ".github/workflows/ci.yml", 4),),
    ),
    Example(
        "the module of an entry point is deleted",
        before={"pyproject.toml": _ENTRY, "shop/__init__.py": "", "shop/cli.py": _CLI},
        after={"pyproject.toml": _ENTRY, "shop/__init__.py": ""},
        fires=((SLUG, "pyproject.toml", 2),),
    ),
    Example(
        "the reference moves along",
        before=_TREE,
        after={
            ".github/workflows/ci.yml": _CI.replace("tools", "scripts"),
            "scripts/check.py": "print('checked')\n",
        },
    ),
    Example(
        "only the past and a comment name it",
        before={**_TREE, ".github/workflows/ci.yml": "# see tools/check.py\n", "CHANGES.md": "[old](tools/check.py)\n"},
        after={".github/workflows/ci.yml": "# see tools/check.py\n", "CHANGES.md": "[old](tools/check.py)\n"},
    ),
    Example(
        "a build makes it",
        before={"package.json": '{"main": "./dist/index.js"}\n', "dist/index.js": "module.exports = {}\n"},
        after={"package.json": '{"main": "./dist/index.js"}\n', ".gitignore": "dist/\n"},
    ),
)

MOST = 10  # findings; a whole folder may have been moved
_DOCS_FOLDER = re.compile(r"^docs_dir:\s*[\"']?([\w./-]+)", re.MULTILINE)


@dataclass(frozen=True)
class _Trees:
    """Both sides of a change, as places that paths lead to."""

    change: Change
    base: PathTree
    head: PathTree
    gone: frozenset[str]  # files of base whose paths hold nothing at head
    now: dict[str, str]  # where files that were moved are now


def covers(path: str) -> bool:
    """Return True: any file may be named somewhere."""
    return True


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return one finding for each file that names something that is gone, at most ten."""
    base, head = change.base.entries, change.head.entries
    gone = frozenset(path for path in base if path not in head)
    if not gone:
        return Report()
    now = {old: new for new, old in change.identity.items()}
    trees = _Trees(change, PathTree(change.base), PathTree(change.head), gone, now)
    words = _words_of(gone)
    found: list[Finding] = []
    for path in sorted(head):
        format = format_of(path)
        if format is None or knowledge.settings.is_ignored(path) or knowledge.settings.is_generated(path):
            continue
        found += _findings(trees, path, format, words)
    return Report(tuple(found[:MOST]))


def _words_of(gone: frozenset[str]) -> re.Pattern[bytes]:
    """Return what finds the last part of any path that is gone, or of a folder around it."""
    parts = {part for path in gone for part in path.split("/")[-3:]}
    stems = {part.partition(".")[0] or part for part in parts}
    raw = sorted(stem.encode("utf-8", "surrogateescape") for stem in stems)
    return re.compile(b"|".join(re.escape(word) for word in raw[:2000]))


def _findings(trees: _Trees, path: str, format: Format, words: re.Pattern[bytes]) -> Iterator[Finding]:
    old_path = trees.change.identity.get(path, path)
    source, before = trees.head.source(path), trees.base.source(old_path)
    if source is None or before is None or not words.search(source.data):
        return
    stood = set(before.text.splitlines())
    said: set[str] = set()
    for mention in mentions_in(format, source.text):
        if source.line(mention.line) not in stood:
            continue
        target = _lost(trees, mention, old_path, path)
        if target is not None and target not in said and not _is_written(trees.change, mention.word):
            said.add(target)
            yield _finding(trees, source, mention, target)


def _lost(trees: _Trees, mention: Mention, old_path: str, path: str) -> str | None:
    """Return the file or folder of base that a mention led to, if it leads nowhere at head."""
    before, after = posixpath.dirname(old_path), posixpath.dirname(path)
    if mention.is_module:
        files = trees.base.module(mention.word, before)
        is_lost = files and all(file in trees.gone for file in files)
        return files[0] if is_lost and not trees.head.may_import(mention.word, after) else None
    led = [place for place in _places(trees.base, mention.word, old_path) if trees.base.holds(place)]
    if not led or any(trees.head.holds(place) or trees.head.may_hold(place) for place in led):
        return None
    if any(trees.head.holds(place) for place in _places(trees.head, mention.word, path)):
        return None
    return led[0]


def _places(tree: PathTree, word: str, path: str) -> list[str]:
    """Return what a word in a file may mean: from the root, from the file, from where its format counts."""
    folders = ["", posixpath.dirname(path)]
    if posixpath.basename(path) in ("mkdocs.yml", "mkdocs.yaml"):
        chosen = _DOCS_FOLDER.search(tree.text(path))
        folders.append(posixpath.join(folders[1], chosen[1] if chosen else "docs"))
    if path.endswith(".rst") and word.startswith("/"):
        folders += [folder for folder in tree.folders if f"{folder}/conf.py" in tree.view.entries]
    places = (normal(folder, word.lstrip("/")) for folder in folders)
    return [place for place in dict.fromkeys(places) if place is not None]


def _is_written(change: Change, word: str) -> bool:
    """Return whether the change itself writes the old path: then its author knows, and something stands in for it."""
    inner = re.escape(word.lstrip("./"))
    plain = re.compile(rf"(?<![\w/.-]){inner}(?![\w/-])")
    return any(plain.search(text) for file in change.files for _, text in changed_lines(change, file, Side.RIGHT))


def _finding(trees: _Trees, source: Source, mention: Mention, target: str) -> Finding:
    moved = trees.now.get(target, "")
    what = f"which this change moves to `{moved}`" if moved else "which this change removes"
    quoted = shown(source.line(mention.line).strip()[:200])
    evidence = [Evidence("quote", source.path, mention.line, quoted)]
    if file := next((file for file in trees.change.files if file.old and file.old.path == target), None):
        evidence.append(Evidence("related", file.path, 1, shown(f"{file.status}: {target}")))
    return Finding(
        check=SLUG,
        slug=SLUG,
        severity=RULES[0].severity,
        confidence=RULES[0].confidence,
        path=source.path,
        line=mention.line,
        end_line=mention.line,
        message=shown(f"`{mention.word}` still names `{target}`, {what}."),
        text=mention.word,
        evidence=tuple(evidence),
        silent=RULES[0].silent,
    )
