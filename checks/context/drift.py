"""Versions that a change or the documents name and that differ from those pinned: notes for a reader.

Only what is sure is said: a whole version named in a command or in the form of a pin, of a package of which every
file of the tree that pins it pins one other version. And only what the change has a part in: it writes the mention,
or it moves the pin that a document still names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from checks.change import Change
from checks.context.pins import Pin, is_pin_file, pins_in, python_name
from kb.errors import CorruptObject
from kb.source import Source
from kb.view import View, shown

MOST = 20  # notes
LARGEST = 500_000  # bytes of a document that is searched
_VERSION = r"\d+(?:\.\d+)+(?:[A-Za-z0-9.+-]*[A-Za-z0-9])?"
_MENTIONS = (
    ("python", re.compile(rf"(?<![\w./@-])([A-Za-z0-9][\w.-]*)(?:\[[\w,]*\])?==({_VERSION})(?![\w.*])")),
    ("npm", re.compile(rf"(?<![\w./@-])((?:@[\w.-]+/)?[a-z0-9][\w.-]*)@({_VERSION})(?![\w.*])")),
    ("go", re.compile(rf"(?<![\w./@-])([a-z0-9][\w-]*\.[\w.-]+(?:/[\w.-]+)+)@(v{_VERSION})(?![\w.*])")),
)
_INSTALLS = {  # a mention counts where such a command stands before it on the line
    "python": re.compile(r"\b(?:pip3?|uv|pipx|poetry)\b[^\n]*\b(?:install|add)\b|^\s*[-*`]?\s*$|[\"'`]$"),
    "npm": re.compile(r"\b(?:npm|pnpm|yarn|bun|npx)\b"),
    "go": re.compile(r"\bgo\s+(?:get|install|run)\b"),
}
_DOCUMENTS = re.compile(
    r"(?:^|/)(?:README|INSTALL|CONTRIBUTING)[^/]*$|(?:^|/)docs?/.+\.(?:md|rst|txt)$|(?:^|/)(?:[\w.-]*\.)?[Dd]ockerfile[^/]*$"
    r"|^\.github/workflows/[^/]+\.ya?ml$|^\.gitlab-ci\.yml$|^\.circleci/config\.yml$|^azure-pipelines\.yml$|^tox\.ini$"
)
_PAST = re.compile(r"change|history|news|release|migrat|upgrad", re.IGNORECASE)  # tell of versions that were


class Drift(NamedTuple):
    """A mention at a line of head, and the pin that it differs from."""

    path: str
    line: int
    name: str
    version: str
    pin: Pin

    def __str__(self) -> str:
        """Return it as a sentence."""
        where = f"{shown(self.path)}:{self.line}"
        return f"{where} names {self.name} {self.version}; {shown(self.pin.path)} pins {self.pin.version}"


def drifted(change: Change, *, most: int = MOST) -> tuple[Drift, ...]:
    """Return the mentions that differ from what head pins and that the change has a part in, in order of place."""
    try:
        after = pins_in(change.head)
    except CorruptObject:
        return ()
    sure = {key: pins[0] for key, pins in after.items() if len({pin.version for pin in pins}) == 1}
    moved = _moved(change, sure) if any(is_pin_file(file.path) for file in change.files) else set()
    found: list[Drift] = []
    for path in sorted({*change.by_path, *(_documents(change.head) if moved else ())}):
        found += _in_file(change, path, sure, moved)
        if len(found) >= most:
            break
    return tuple(found[:most])


def _moved(change: Change, sure: Mapping[tuple[str, str], Pin]) -> set[tuple[str, str]]:
    """Return the packages whose pin the change moves to another version."""
    try:
        before = pins_in(change.base)
    except CorruptObject:
        return set()
    return {
        key for key, pin in sure.items() if key in before and pin.version not in {old.version for old in before[key]}
    }


def _documents(view: View) -> Iterator[str]:
    for path, entry in view.entries.items():
        if entry.is_file and _DOCUMENTS.search(path) and not _PAST.search(path):
            yield path


def _in_file(
    change: Change, path: str, sure: Mapping[tuple[str, str], Pin], moved: set[tuple[str, str]]
) -> Iterator[Drift]:
    file = change.by_path.get(path)
    if is_pin_file(path) or (file is not None and file.new is None) or _PAST.search(PurePosixPath(path).name):
        return
    try:
        data = change.head.read(path) if change.head.size(path) <= LARGEST else b""
    except (KeyError, CorruptObject):
        return
    added = file.added if file is not None else frozenset[int]()
    is_document = bool(_DOCUMENTS.search(path))
    source = Source(path, data)
    for number, text in enumerate(source.text.split("\n"), 1):
        if number not in added and not (moved and is_document):
            continue
        for world, name, version in mentions_in(text):
            pin = sure.get((world, name))
            is_ours = number in added or (world, name) in moved
            if pin is not None and is_ours and _differ(version, pin.version):
                yield Drift(path, number, name, version, pin)


def mentions_in(line: str) -> Iterator[tuple[str, str, str]]:
    """Yield (world, package, version) for every version that a line surely names for a package."""
    for world, pattern in _MENTIONS:
        for found in pattern.finditer(line):
            if _INSTALLS[world].search(line[: found.start()]):
                yield world, python_name(found[1]) if world == "python" else found[1], found[2]


def _differ(named: str, pinned: str) -> bool:
    """Return whether two versions are not the same: `1.2` also means `1.2.0`."""
    return _plain(named) != _plain(pinned)


def _plain(version: str) -> str:
    return re.sub(r"(?:\.0)+$", "", version.removeprefix("v").split("+")[0])
