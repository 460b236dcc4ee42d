"""Whether a diff could be what a claim speaks of. In doubt it could.

A path or a line that merely looks like a test or like documentation is enough: only a diff in which
nothing at all does leaves the claim without support.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.change import Change
from checks.finding import Side
from checks.static.changed_lines import changed_lines, paths_outside, source_of
from checks.static.claims import Claim, ClaimKind
from checks.static.whole_tree import texts_in
from kb.diff import FileDiff
from kb.source import Source
from kb.syntax.languages import language_of
from kb.syntax.parse import Unparsed, parse, walk

_TEST_PATH = re.compile(
    r"test|spec|snap|fixture|e2e|cypress|playwright|bench|example|sample|mock|golden|expected|fuzz|corpus|scenario"
    r"|(?:^|[/_.-])(?:qa|checks?|features?|cases?|inputs?|outputs?|data|stories)[/_-]|\.ya?ml$|\.toml$|\.cfg$|\.ini$"
    r"|makefile|noxfile",
    re.IGNORECASE,
)
_TEST_LINE = re.compile(
    r"(?<![a-z])[Tt]est|[a-z]Test|TEST|\b[Ss]pecs?\b|[Aa]ssert\w*[(.]|\bexpect[(.]|[( .'\"]should\b[( .]"
    r"|>>>|\bit\(|\bcheck\w*\("
)
_DOC_PATH = re.compile(
    r"doc|\.(?:md|mdx|markdown|rst|txt|adoc|html?|ipynb|po|pot|tex|[1-9]|org|pyi|ya?ml|toml|json|cfg|svg|png)$|\.d\.[cm]?ts$"
    r"|readme|man/|manual|wiki|site|website|www|guide|tutorial|change|news|history|example|sample|locale|help|blog"
    r"|pages|contributing|authors|license|notebook|vignette|story|stories",
    re.IGNORECASE,
)
_NAMED_DOCS = (
    ("readme", re.compile(r"read.?me|\.(?:md|mdx|markdown|rst|txt|adoc|html?)$|doc", re.IGNORECASE)),
    ("changelog", re.compile(r"change|news|history|release|fragment|\.(?:md|mdx|rst|txt|adoc|ya?ml)$", re.IGNORECASE)),
)
_DOC_LINE = re.compile(r"#|//|/\*|^\s*\*|\"\"\"|'''|--|<!--|\"[^\" ]* [^\"]*\"|'[^' ]* [^']*'|`[^` ]* [^`]*`")
_PROSE_KINDS = ("comment", "string", "template")
_SHORT_NAME = 4


def is_supported(change: Change, claim: Claim) -> bool:
    """Return whether anything in the change could be what the claim says; True where it cannot be known.

    Raises TooLarge and CorruptObject when the tree had to be searched and could not be.
    """
    if any(file.binary or file.unread for file in change.files):
        return True
    match claim.kind:
        case ClaimKind.TESTS:
            return _has_tests(change)
        case ClaimKind.DOCS:
            return _has_docs(change, claim.name.lower())
        case ClaimKind.FIX:
            return _touches(change, claim.name.rpartition(".")[2])
        case ClaimKind.REMOVAL:
            return _removes(change, claim.name.rpartition(".")[2])
        case ClaimKind.FEATURE:
            return True


def _paths(change: Change) -> Iterator[str]:
    yield from paths_outside(change)
    for file in change.files:
        yield from (entry.path for entry in (file.old, file.new) if entry is not None)


def _has_tests(change: Change) -> bool:
    if any(_TEST_PATH.search(path) for path in _paths(change)):
        return True
    return any(_TEST_LINE.search(text) for file in change.files for _, text in changed_lines(change, file, Side.RIGHT))


def _has_docs(change: Change, what: str) -> bool:
    named = next((pattern for word, pattern in _NAMED_DOCS if what.startswith(word)), None)
    if any((named or _DOC_PATH).search(path) for path in _paths(change)):
        return True
    if named is not None:
        return False
    return any(_has_prose(change, file, side) for file in change.files for side in Side)


def _has_prose(change: Change, file: FileDiff, side: Side) -> bool:
    """Return whether a changed line holds a comment or text, or lies within one."""
    source = source_of(change, file, side)
    if source is None:
        return False
    lines = dict(changed_lines(change, file, side))
    return any(_DOC_LINE.search(text) for text in lines.values()) or not lines.keys().isdisjoint(_prose_lines(source))


def _prose_lines(source: Source) -> Iterator[int]:
    language = language_of(source.path, source.data[:256])
    if language is None:
        yield from range(1, source.line_count + 1)
        return
    try:
        tree = parse(source.data, language)
    except Unparsed:
        yield from range(1, source.line_count + 1)
        return
    for node in walk(tree):
        if any(kind in node.type for kind in _PROSE_KINDS):
            yield from range(node.start_point[0] + 1, node.end_point[0] + 2)


def _touches(change: Change, name: str) -> bool:
    """Return whether a changed file, or a file that defines `name`, has to do with both."""
    if len(name) < _SHORT_NAME or paths_outside(change):
        return True
    sides = [source_of(change, file, side) for file in change.files for side in Side]
    if any(name.lower() in f"{source.path}\n{source.text}".lower() for source in sides if source is not None):
        return True
    stems = {path.rpartition("/")[2].partition(".")[0] for path in _paths(change)}
    definers = list(_definers(change, name))
    return not definers or any(stem in source.text for stem in stems for source in definers)


def _removes(change: Change, name: str) -> bool:
    """Return whether any removed line or path holds `name`, or nothing of that name stands any more."""
    if len(name) < _SHORT_NAME or paths_outside(change):
        return True
    flat = _flat(name)
    for file in change.files:
        if flat in _flat(f"{file.path} {file.old_path}"):
            return True
        if any(flat in _flat(text) for _, text in changed_lines(change, file, Side.LEFT)):
            return True
    return next(_definers(change, name), None) is None


def _flat(text: str) -> str:
    return re.sub(r"[_\W]", "", text).lower()


def _definers(change: Change, name: str) -> Iterator[Source]:
    """Yield the files of head that define a function, class or constant of this name."""
    word = re.escape(name)
    pattern = re.compile(
        rf"\b(?:def|class|function|func|fn|const|let|var|type|interface|struct|trait|enum)\s+\*?{word}\b"
        rf"|^[ \t]*(?:static[ \t]+|async[ \t]+)*{word}\s*(?:\([^()]*\)\s*\{{|[:=]\s*(?:async\s*)?(?:function\b|\())",
        re.MULTILINE,
    )
    for source in texts_in(change.head, first=lambda path: path not in change.by_path):
        if name.encode() in source.data and language_of(source.path) and pattern.search(source.text):
            yield source
