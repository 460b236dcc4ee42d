"""One finding for what a change does many times over in one file: the first place, the others as its evidence."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import replace

from checks.finding import Evidence, Finding, Severity

QUOTED = re.compile(r"`([^`]+)`")
MOST_PLACES = 10


def each_once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return one finding per file for each undefined name, and for each slip; other errors one by one."""
    groups: defaultdict[Hashable, list[Finding]] = defaultdict(list)
    for finding in sorted(findings, key=lambda one: (one.severity.rank, one.path, one.line)):
        groups[_key(finding)].append(finding)
    return tuple(sorted((_one_of(group) for group in groups.values()), key=lambda one: (one.path, one.line)))


def _key(finding: Finding) -> Hashable:
    if finding.slug == "undefined-name":
        return (finding.slug, finding.path, *QUOTED.findall(finding.message)[:1])
    return (finding.slug, finding.path) if finding.severity is not Severity.BLOCK else id(finding)


def _one_of(group: list[Finding]) -> Finding:
    first, *others = group
    if not others:
        return first
    more = (Evidence("related", one.path, one.line, one.text) for one in others[:MOST_PLACES])
    places = "another place" if len(others) == 1 else f"{len(others)} other places"
    message = f"{first.message.removesuffix('.')}, and in {places} of the file"
    return replace(first, message=message, evidence=(*first.evidence, *more))
