"""Proves a deterministic fix before it is shown: an unproven fix is no suggestion.

Proof = it applies; it parses with no new error; it touches only its lines and keeps the indentation; and when
every check is run again on the patched tree, the finding is gone and nothing new has come.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from checks.change import Change
from checks.finding import Disposition, Finding, Side, Suggestion
from checks.patched import patched
from kb.errors import CorruptObject, NotChecked
from kb.source import Source
from models.edit import Patch, keeps_indentation, keeps_to_its_lines, patch_of

MAX_PROVEN = 10  # suggestions per review: each costs one more run of the checks
MAX_LINES = 20  # a longer replacement is not a suggestion a person can judge at a glance

Inspect = Callable[[Change], Sequence[Finding]]


def with_suggestions(
    change: Change,
    findings: Sequence[Finding],
    inspect: Inspect,
    before: Counter[str],
    *,
    seconds: float = 20.0,
    clock: Callable[[], float] = time.monotonic,
) -> list[Finding]:
    """Return the findings, those whose fix could be proven with their suggestion.

    `inspect` runs every check on a change and returns all its findings, also those that somebody silenced; `before`
    counts the keys of what it returns for `change`. Fixes that are not proven within `seconds`, or beyond the first
    MAX_PROVEN, are left out: the finding stays, without a suggestion.
    """
    end, proven, result = clock() + seconds, 0, []
    for finding in findings:
        if finding.edits and proven < MAX_PROVEN and clock() < end:
            suggestion = prove(change, finding, before, inspect)
            proven += suggestion is not None
            result.append(replace(finding, suggestion=suggestion))
        else:
            result.append(finding)
    return result


@dataclass(frozen=True)
class Proof:
    """What was shown about a patch, step by step, and why it is no proof; `why` is "" where all of it holds."""

    steps: Mapping[str, bool]
    why: str = ""
    mends: frozenset[str] = frozenset()  # keys of all findings that go with it

    @property
    def holds(self) -> bool:
        """Return whether the patch may be shown."""
        return not self.why


def prove(change: Change, finding: Finding, before: Counter[str], inspect: Inspect) -> Suggestion | None:
    """Return the finding's fix as a safe suggestion, or None if any part of the proof fails."""
    if finding.path not in change.by_path or finding.side is not Side.RIGHT:
        return None
    try:
        source = change.source(finding.path)
    except (KeyError, CorruptObject):
        return None
    patch = patch_of(source, finding.edits)
    if patch is None:
        return None
    proof = proof_of(change, source, patch, finding, before, inspect)
    return suggestion_of(patch, proof, finding.fix_origin) if proof.holds else None


def suggestion_of(patch: Patch, proof: Proof, origin: str) -> Suggestion:
    """Return a proven patch as what people are shown."""
    return Suggestion(
        line=patch.line,
        end_line=patch.end_line,
        replacement=patch.replacement.decode("utf-8"),
        disposition=Disposition.SAFE,
        origin=origin,
        proof=dict(proof.steps),
    )


def proof_of(
    change: Change, source: Source, patch: Patch, finding: Finding | None, before: Counter[str], inspect: Inspect
) -> Proof:
    """Return what can be shown about a patch; `before` counts the keys of all findings on the change as it is.

    Without a finding (a place that somebody named) it is enough that nothing new comes.
    """
    steps = {"applies": True}
    if not _is_local(source, patch):
        return Proof(steps, "it reaches beyond its lines, or is too long to be judged at a glance")
    steps["only_its_range"] = True
    if not _parses(source, patch):
        return Proof(steps, "it does not parse")
    steps["parses"] = True
    try:
        said = inspect(patched(change, patch))
    except NotChecked as reason:
        return Proof(steps, f"the patched tree could not be checked: {reason}")
    after = Counter(map(key_of, said))
    if finding is not None:
        if after[key_of(finding)] >= before[key_of(finding)]:
            return Proof(steps, "the finding is still there")
        steps["finding_gone"] = True
    if new := after - before:
        slugs = sorted({key.split("\0")[0] for key in new})
        return Proof(steps, f"it brings {', '.join(slugs)}")
    return Proof({**steps, "none_new": True}, mends=frozenset(before - after))


def key_of(finding: Finding) -> str:
    """Return what two findings share that are the same one before and after a patch."""
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
