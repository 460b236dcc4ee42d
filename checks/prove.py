"""Proves a deterministic fix before it is shown: an unproven fix is no suggestion.

Proof = it applies; it parses with no new error; it touches only its lines and keeps the indentation; and when
every check is run again on the patched tree, the finding is gone and nothing new has come.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from checks.change import Change
from checks.finding import Disposition, Finding, Side, Suggestion
from kb.diff import FileDiff, Hunk
from kb.errors import CorruptObject, NotChecked
from kb.source import Source
from kb.view import Overlay
from models.edit import Patch, keeps_indentation, keeps_to_its_lines, patch_of

MAX_PROVEN = 10  # suggestions per review: each costs one more run of the checks
MAX_LINES = 20  # a longer replacement is not a suggestion a person can judge at a glance

Inspect = Callable[[Change], Sequence[Finding]]


def with_suggestions(
    change: Change,
    findings: Sequence[Finding],
    inspect: Inspect,
    *,
    seconds: float = 20.0,
    clock: Callable[[], float] = time.monotonic,
) -> list[Finding]:
    """Return the findings, those whose fix could be proven with their suggestion.

    `inspect` runs every check on a change and returns all its findings. Fixes that are not proven within
    `seconds`, or beyond the first MAX_PROVEN, are left out: the finding stays, without a suggestion.
    """
    end, proven, result = clock() + seconds, 0, []
    before = Counter(map(_key, findings))
    for finding in findings:
        if finding.edits and proven < MAX_PROVEN and clock() < end:
            suggestion = prove(change, finding, before, inspect)
            proven += suggestion is not None
            result.append(replace(finding, suggestion=suggestion))
        else:
            result.append(finding)
    return result


def prove(change: Change, finding: Finding, before: Counter[str], inspect: Inspect) -> Suggestion | None:
    """Return the finding's fix as a safe suggestion, or None if any part of the proof fails."""
    file = change.by_path.get(finding.path)
    if file is None or finding.side is not Side.RIGHT:
        return None
    try:
        source = change.source(finding.path)
    except (KeyError, CorruptObject):
        return None
    patch = patch_of(source, finding.edits)
    if patch is None or not _is_local(source, patch) or not _parses(source, patch):
        return None
    try:
        after = Counter(map(_key, inspect(patched(change, file, patch))))
    except NotChecked:
        return None
    key = _key(finding)
    if after[key] >= before[key] or after - before:
        return None
    return Suggestion(
        line=patch.line,
        end_line=patch.end_line,
        replacement=patch.replacement.decode("utf-8"),
        disposition=Disposition.SAFE,
        origin=finding.fix_origin,
        proof={"applies": True, "parses": True, "only_its_range": True, "finding_gone": True, "none_new": True},
    )


def _key(finding: Finding) -> str:
    return "\0".join([finding.slug, finding.path, finding.symbol, " ".join(finding.text.split())])


def _is_local(source: Source, patch: Patch) -> bool:
    if patch.end_line - patch.line + 1 > MAX_LINES or patch.new_length > MAX_LINES:
        return False
    try:
        patch.replacement.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return keeps_to_its_lines(source, patch) and keeps_indentation(source, patch)


def _parses(source: Source, patch: Patch) -> bool:
    from kb.syntax.languages import language_of
    from kb.syntax.parse import errors_in, parse

    language = language_of(source.path, source.data[:200])
    if language is None:
        return False
    return len(errors_in(parse(patch.data, language))) <= len(errors_in(parse(source.data, language)))


def patched(change: Change, file: FileDiff, patch: Patch) -> Change:
    """Return the change as it would be with the patch applied on top of its head."""
    head = Overlay(change.head, {patch.path: patch.data})
    entry = head.entries[patch.path]
    hunks = with_replacement(file.hunks, patch.line, patch.end_line, patch.new_length)
    files = tuple(replace(f, new=entry, hunks=hunks) if f.path == file.path else f for f in change.files)
    return replace(change, head=head, head_id=head.id, files=files)


def with_replacement(hunks: Sequence[Hunk], first: int, last: int, length: int) -> tuple[Hunk, ...]:
    """Return base-to-patched hunks, given base-to-head `hunks` and head lines first..last replaced by `length` lines.

    Hunks that touch the replaced lines become one with them.
    """
    low, high = first, last + 1  # half-open, in head lines
    growth = length - (last - first + 1)
    before, after, shift = [], [], 0
    old_low: int | None = None
    for hunk in hunks:
        start = hunk.new_start if hunk.new_length else hunk.new_start + 1
        end = start + hunk.new_length
        if end < low:
            before.append(hunk)
            shift += hunk.old_length - hunk.new_length
        elif start > high:
            after.append(replace(hunk, new_start=hunk.new_start + growth))
        else:
            old_start = hunk.old_start if hunk.old_length else hunk.old_start + 1
            if old_low is None:
                old_low = min(low + shift, old_start)
            low, high = min(low, start), max(high, end)
            shift += hunk.old_length - hunk.new_length
    if old_low is None:
        old_low = low + shift
    return (*before, _hunk(old_low, high + shift, low, high + growth), *after)


def _hunk(old_low: int, old_high: int, new_low: int, new_high: int) -> Hunk:
    old_length, new_length = old_high - old_low, new_high - new_low
    return Hunk(old_low - (not old_length), old_length, new_low - (not new_length), new_length)
