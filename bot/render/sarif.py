"""A verdict as SARIF 2.1.0, for code scanning and editors.

A finding about a line of the base file (side LEFT) has no line at head to stand on. Its location is then
the file without a region, and the base line is a related location below another root, BASEROOT.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.render.escape import encodable, printable, uri_of
from bot.render.scrub import scrubbed
from bot.render.wording import broken_runs
from checks.check import Rule
from checks.finding import Disposition, Evidence, Finding, Severity, Side, Suggestion
from checks.verdict import CheckRun, CheckStatus, Overall, PathNote, Verdict

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {Severity.BLOCK: "error", Severity.WARN: "warning", Severity.INFO: "note"}
HEAD_ROOT, BASE_ROOT = "SRCROOT", "BASEROOT"

_SEMVER = re.compile(r"\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")
_LINK = re.compile(r"\[(?=[^\]]*\]\()")  # what a viewer would turn into a link

Json = dict[str, Any]


def render_sarif(verdict: Verdict, rules: Mapping[str, Rule] | None = None, *, help_base: str = "") -> str:
    """Return the verdict as one SARIF run, as ASCII JSON.

    `rules` tells what each slug means (bot.reference.rules_by_slug); `help_base` is the address below
    which the pages of docs/checks/ are published, if they are.
    """
    clean = scrubbed(verdict)
    posted = [(finding, None) for finding in clean.findings]
    hushed = [(entry.finding, entry.reason) for entry in clean.silenced]
    slugs = sorted({finding.slug for finding, _ in [*posted, *hushed]})
    run: Json = {
        "tool": {
            "driver": {
                "name": "Prudent",
                **_version(clean.versions.get("prudent", "")),
                "rules": [_rule(slug, (rules or {}).get(slug), help_base) for slug in slugs],
            },
            "extensions": [
                {"name": printable(name), "version": printable(clean.versions[name].removeprefix(name).strip())}
                for name in sorted(clean.versions)
                if name != "prudent"
            ],
        },
        "originalUriBaseIds": {
            HEAD_ROOT: {"description": {"text": "The repository at the reviewed head."}},
            BASE_ROOT: {"description": {"text": "The repository at the base of the change."}},
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(clean)],
        "results": [_result(finding, slugs, reason) for finding, reason in [*posted, *hushed]],
        "properties": _run_properties(clean),
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _run_properties(verdict: Verdict) -> Json:
    return {
        "repository": encodable(verdict.repository),
        "base": encodable(verdict.base),
        "head": encodable(verdict.head),
        "verdict": verdict.overall.value,
        "oneLiner": printable(verdict.one_liner),
        "notes": [printable(note) for note in verdict.notes],
    }


def _version(version: str) -> Json:
    if not version:
        return {}
    return {"version": version, **({"semanticVersion": version} if _SEMVER.fullmatch(version) else {})}


def _rule(slug: str, rule: Rule | None, help_base: str) -> Json:
    described: Json = {"id": slug, "name": "".join(word.capitalize() for word in re.split(r"\W+", slug))}
    if help_base:
        described["helpUri"] = f"{help_base.rstrip('/')}/index.md#{uri_of(slug)}"
    if rule is None:
        return described
    more = f"Run `prudent explain {slug}` for examples."
    paragraphs = [text for text in (rule.finds, rule.why, rule.fix, more) if text]
    return {
        **described,
        "shortDescription": {"text": rule.finds},
        "fullDescription": {"text": " ".join(paragraphs[:-1])},
        "help": {"text": "\n\n".join(paragraphs), "markdown": "\n\n".join(paragraphs)},
        "defaultConfiguration": {"level": LEVELS[rule.severity], "enabled": not rule.silent},
        "properties": {"precision": _PRECISION[rule.confidence.value], "tags": list(rule.codes)},
    }


_PRECISION = {"high": "very-high", "medium": "high", "low": "medium"}  # the words code scanning knows


def _result(finding: Finding, slugs: Sequence[str], silenced: str | None) -> Json:
    result: Json = {
        "ruleId": finding.slug,
        "ruleIndex": slugs.index(finding.slug),
        "level": LEVELS[finding.severity],
        "message": _message(finding.message or finding.slug),
        "locations": [_location(finding)],
        "partialFingerprints": {"prudent/v1": finding.fingerprint},
        "relatedLocations": _related(finding),
        "properties": {
            "check": finding.check,
            "severity": finding.severity.value,
            "confidence": finding.confidence.value,
            "side": finding.side.value,
            "also": sorted(set(finding.also)),
        },
    }
    if silenced is not None:
        result["suppressions"] = [{"kind": "inSource", "justification": printable(silenced)}]
    suggestion = finding.suggestion
    if suggestion and suggestion.disposition is Disposition.SAFE and finding.side is Side.RIGHT:
        result["fixes"] = [_fix(finding.path, suggestion)]
    return result


def _location(finding: Finding) -> Json:
    location: Json = {}
    if finding.path:
        region = finding.side is Side.RIGHT and _region(finding.line, finding.end_line)
        location["physicalLocation"] = _place(finding.path, HEAD_ROOT, region or None)
    if finding.symbol:
        location["logicalLocations"] = [{"fullyQualifiedName": printable(finding.symbol)}]
    return location


def _related(finding: Finding) -> list[Json]:
    related: list[Json] = []
    if finding.side is Side.LEFT and finding.path:
        place = _place(finding.path, BASE_ROOT, _region(finding.line, finding.end_line))
        related.append({"id": 1, "physicalLocation": place, "message": {"text": "The line in the base file."}})
    for evidence in finding.evidence:
        related.append(_exhibit(evidence, len(related) + 1))
    return related


def _exhibit(evidence: Evidence, number: int) -> Json:
    location: Json = {"id": number, "message": _message(f"{evidence.kind}: {evidence.text}")}
    if evidence.path:
        location["physicalLocation"] = _place(evidence.path, HEAD_ROOT, _region(evidence.line, evidence.line))
    return location


def _place(path: str, root: str, region: Json | None) -> Json:
    place: Json = {"artifactLocation": {"uri": uri_of(path), "uriBaseId": root}}
    return {**place, "region": region} if region else place


def _region(line: int, end_line: int) -> Json | None:
    return {"startLine": line, "endLine": max(line, end_line)} if line > 0 else None


def _message(text: str) -> Json:
    return {"text": _LINK.sub(r"\\[", "\n".join(printable(line) for line in text.splitlines()) or "(no text)")}


def _fix(path: str, suggestion: Suggestion) -> Json:
    region: Json = {"startLine": suggestion.line, "endLine": suggestion.end_line}
    if not suggestion.replacement:  # the lines go, their line ends included
        region = {"startLine": suggestion.line, "startColumn": 1, "endLine": suggestion.end_line + 1, "endColumn": 1}
    content = suggestion.replacement.removesuffix("\n").removesuffix("\r")
    return {
        "description": {"text": f"Proven fix by {printable(suggestion.origin)}."},
        "artifactChanges": [
            {
                "artifactLocation": {"uri": uri_of(path), "uriBaseId": HEAD_ROOT},
                "replacements": [{"deletedRegion": region, "insertedContent": {"text": content}}],
            }
        ],
    }


def _invocation(verdict: Verdict) -> Json:
    notifications = [_unrun(run) for run in broken_runs(verdict.checks)]
    notifications += [_unseen(note, "partly reviewed") for note in verdict.coverage.partial]
    notifications += [_unseen(note, "not reviewed") for note in verdict.coverage.skipped]
    return {
        "executionSuccessful": verdict.overall is not Overall.NOT_CHECKED,
        "toolExecutionNotifications": notifications,
    }


def _unrun(run: CheckRun) -> Json:
    return {
        "level": "warning" if run.status is CheckStatus.SKIPPED else "error",
        "descriptor": {"id": run.slug},
        "message": _message(f"{run.slug}: {run.status.value}: {run.reason or 'no reason given'}"),
    }


def _unseen(note: PathNote, how: str) -> Json:
    return {
        "level": "note" if note.chosen else "warning",
        "message": _message(f"{how}: {note.reason}"),
        "locations": [{"physicalLocation": _place(note.path, HEAD_ROOT, None)}] if note.path else [],
    }
