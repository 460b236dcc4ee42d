"""One defect, one finding: what several checks said about the same thing becomes one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from checks.finding import Evidence, Finding

_QUOTED = re.compile(r"`([^`]+)`|\"([^\"]+)\"|'([^']+)'")
# what one defect is called by checks that see only its consequence
_CONSEQUENCES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "removed-symbol-still-used": frozenset(
            {"import-resolves-nowhere", "undefined-name", "attribute-not-on-type", "public-api-broken"}
        ),
        "circular-import": frozenset({"import-cycle-closed"}),
        "call-does-not-fit-signature": frozenset({"public-api-broken"}),
    }
)
_WHATEVER_NAMED = frozenset({"import-cycle-closed", "public-api-broken"})  # at its place there is but one of them
_SURVIVES_SYNTAX_ERROR = frozenset({"syntax-error", "conflict-marker-left", "secret-added"})


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings with each defect once: the surest report wins and names the others in `also`.

    Two reports are of one defect when slug, path and side are equal, the lines overlap, they come from
    different checks, and neither names a thing that the other does not. What only follows from a finding at
    its place (a name is gone; it is not found) joins it. The result does not depend on the order of the input.
    """
    kept: list[Finding] = []
    for finding in sorted(findings, key=_surest_first):
        twin = next((n for n, other in enumerate(kept) if _same_defect(finding, other)), None)
        if twin is None:
            kept.append(finding)
        else:
            kept[twin] = _joined(kept[twin], finding)
    return sorted(_without_echoes(_with_consequences(kept)), key=lambda f: f.order)


def _surest_first(finding: Finding) -> tuple[object, ...]:
    return (
        finding.severity.rank,
        finding.confidence.rank,
        not finding.edits,
        finding.check,
        *finding.order,
        finding.end_line,
        finding.text,
    )


def _same_defect(one: Finding, other: Finding) -> bool:
    if (one.slug, one.path, one.side) != (other.slug, other.path, other.side):
        return False
    if one.check == other.check or one.check in other.also:
        return False
    if one.line > other.end_line or other.line > one.end_line:
        return False
    names = {subject_of(one), subject_of(other)} - {""}
    return len(names) < 2


def _with_consequences(findings: list[Finding]) -> list[Finding]:
    """Return the findings, each that only follows from another one at its place joined to that one."""
    causes = [n for n, finding in enumerate(findings) if finding.slug in _CONSEQUENCES]
    joined = list(findings)
    gone = set()
    for n, finding in enumerate(findings):
        cause = next((at for at in causes if _follows(finding, findings[at])), None)
        if cause is not None:
            joined[cause] = _joined(joined[cause], finding)
            gone.add(n)
    return [finding for n, finding in enumerate(joined) if n not in gone]


def _follows(finding: Finding, cause: Finding) -> bool:
    if finding.slug not in _CONSEQUENCES[cause.slug] or (finding.path, finding.side) != (cause.path, cause.side):
        return False
    if finding.line > cause.end_line or cause.line > finding.end_line:
        return False
    named = {next(filter(None, groups)).rsplit(".", 1)[-1] for groups in _QUOTED.findall(finding.message)}
    return not named or subject_of(cause) in named or finding.slug in _WHATEVER_NAMED


def subject_of(finding: Finding) -> str:
    """Return the last part of the first quoted name in the message, "" if there is none."""
    found = _QUOTED.search(finding.message)
    if found is None:
        return ""
    return next(group for group in found.groups() if group).rsplit(".", 1)[-1]


def _joined(winner: Finding, other: Finding) -> Finding:
    shown = {_place(evidence) for evidence in winner.evidence}
    evidence = winner.evidence + tuple(e for e in other.evidence if _place(e) not in shown)
    fix = winner if winner.edits else other
    worst = min((winner.severity, other.severity), key=lambda severity: severity.rank)
    return replace(
        winner,
        severity=worst,
        evidence=evidence,
        edits=fix.edits,
        fix_origin=fix.fix_origin,
        also=tuple(sorted({*winner.also, other.check, *other.also})),
        silent=winner.silent and other.silent,
    )


def _place(evidence: Evidence) -> tuple[str, str, int, str]:
    """Return what makes two pieces of evidence one: checks quote the same line with and without its end."""
    return (evidence.kind, evidence.path, evidence.line, evidence.text.rstrip(" :{(,"))


def _without_echoes(findings: list[Finding]) -> list[Finding]:
    """Leave out what an engine says about a file that does not parse: it follows from the syntax error."""
    broken = {finding.path for finding in findings if finding.slug == "syntax-error"}
    return [f for f in findings if f.path not in broken or f.slug in _SURVIVES_SYNTAX_ERROR]
