"""New in head: what is said about head less what was already true at base.

Five passes, each over what the last one left, and each a multiset: as many findings are old as base
has of the same kind. A pass may only make us silent, so the weaker the likeness, the later the pass.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence

from checks.change import Change
from checks.finding import Finding, normalised

QUOTED = re.compile(r"[`'\"‘“]\w")

Key = Callable[[Finding], Hashable | None]


def new_in_head(change: Change, at_base: Sequence[Finding], at_head: Sequence[Finding]) -> list[Finding]:
    """Return the head findings that base does not have, in order of place.

    `at_base` has base paths and base line numbers. Files renamed, code moved within the change, lines
    only shifted or re-indented, and definitions renamed around a finding do not make it new.
    """
    old = sorted(at_base, key=_place)
    new = sorted(at_head, key=lambda f: (_is_on_added_line(change, f), *_place(f)))
    base_path = _base_paths(change)
    passes: tuple[tuple[Key, Key], ...] = (
        (_said_at_base, lambda f: _said_of_head(change, f)),
        (_line_at_base, lambda f: _line_of_head(change, f)),
        (lambda f: _named(f, f.path), lambda f: _named(f, base_path(f.path))),
        (_text, _text),
        (lambda f: _said(f, f.path), lambda f: _said(f, base_path(f.path))),
    )
    for base_key, head_key in passes:
        old, new = _match(old, new, base_key, head_key)
    return sorted(new, key=_place)


def _match(old: list[Finding], new: list[Finding], base_key: Key, head_key: Key) -> tuple[list[Finding], list[Finding]]:
    """Return what is left of both after pairing equal keys; the first in order are paired first."""
    waiting: defaultdict[Hashable, list[Finding]] = defaultdict(list)
    left_old: list[Finding] = []
    left_new: list[Finding] = []
    for finding in old:
        key = base_key(finding)
        (left_old if key is None else waiting[key]).append(finding)
    for finding in new:
        key = head_key(finding)
        if key is not None and waiting.get(key):
            waiting[key].pop(0)
        else:
            left_new.append(finding)
    left_old += [finding for findings in waiting.values() for finding in findings]
    return sorted(left_old, key=_place), left_new


def _place(finding: Finding) -> tuple[str, int, int, str, str, str, str]:
    return (
        finding.path,
        finding.line,
        finding.end_line,
        finding.slug,
        finding.symbol,
        finding.text,
        finding.message,
    )


def _is_on_added_line(change: Change, finding: Finding) -> bool:
    file = change.by_path.get(finding.path)
    return file is not None and finding.line in file.added


def _base_paths(change: Change) -> Callable[[str], str]:
    return lambda path: change.identity.get(path, path)


def _said_at_base(finding: Finding) -> Hashable:
    return (*_line_at_base(finding), finding.message)


def _said_of_head(change: Change, finding: Finding) -> Hashable | None:
    """Return the key of a finding's line at base and its message: of several on a line, each finds its own."""
    line = _line_of_head(change, finding)
    return None if line is None else (*line, finding.message)


def _line_at_base(finding: Finding) -> tuple[str, str, int]:
    return (finding.slug, finding.path, finding.line)


def _line_of_head(change: Change, finding: Finding) -> tuple[str, str, int] | None:
    """Return the key of the base line that this unchanged head line was; None for a new line."""
    file = change.by_path.get(finding.path)
    if file is None:
        return (finding.slug, finding.path, finding.line)
    line = file.to_old(finding.line) if file.old is not None else None
    return None if line is None else (finding.slug, file.old_path, line)


def _named(finding: Finding, path: str) -> Hashable:
    return (finding.slug, path, finding.symbol, normalised(finding.text))


def _text(finding: Finding) -> Hashable | None:
    text = normalised(finding.text)
    return (finding.slug, text) if text else None


def _said(finding: Finding, path: str) -> Hashable | None:
    """Return a key for a message that names something: the line was rewritten around the same defect."""
    return (finding.slug, path, finding.message) if QUOTED.search(finding.message) else None
