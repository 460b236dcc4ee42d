"""A verdict as JSON: the contract `prudent.verdict/1`, described by docs/verdict.schema.json."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from bot.render.escape import encodable
from bot.render.scrub import scrubbed
from checks.finding import Evidence, Finding, Suggestion
from checks.inference.report import Report
from checks.verdict import CheckRun, Coverage, PathNote, Silenced, Verdict
from models.patch import Provenance

SCHEMA = "prudent.verdict/1"


def render_json(verdict: Verdict) -> str:
    """Return the whole verdict, all findings included, as ASCII JSON with its keys in a fixed order."""
    clean = scrubbed(verdict)
    return json.dumps(
        {
            "schema": SCHEMA,
            "repository": encodable(clean.repository),
            "subject": encodable(clean.subject),
            "base": encodable(clean.base),
            "head": encodable(clean.head),
            "verdict": clean.overall.value,
            "one_liner": encodable(clean.one_liner),
            "counts": {severity.value: number for severity, number in clean.counts.items()},
            "coverage": _coverage(clean.coverage),
            "checks": [_check_run(run) for run in clean.checks],
            "findings": [_finding(finding) for finding in clean.findings],
            "silenced": [_silenced(entry) for entry in clean.silenced],
            "silent_count": len(clean.silent),
            "notes": [encodable(note) for note in clean.notes],
            "versions": {encodable(name): encodable(clean.versions[name]) for name in sorted(clean.versions)},
            "ms": clean.ms,
            "reading": _reading(clean.reading) if clean.reading else None,
        },
        indent=2,
    )


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "fingerprint": finding.fingerprint,
        "check": finding.check,
        "slug": finding.slug,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "path": encodable(finding.path),
        "line": finding.line,
        "end_line": finding.end_line,
        "side": finding.side.value,
        "message": encodable(finding.message),
        "symbol": encodable(finding.symbol),
        "evidence": [_evidence(evidence) for evidence in finding.evidence],
        "also": list(finding.also),
        "suggestion": _suggestion(finding.suggestion) if finding.suggestion else None,
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "kind": evidence.kind,
        "path": encodable(evidence.path),
        "line": evidence.line,
        "text": encodable(evidence.text),
    }


def _suggestion(suggestion: Suggestion) -> dict[str, Any]:
    return {
        "line": suggestion.line,
        "end_line": suggestion.end_line,
        "replacement": suggestion.replacement,
        "disposition": suggestion.disposition.value,
        "origin": encodable(suggestion.origin),
        "proof": {step: suggestion.proof[step] for step in sorted(suggestion.proof)},
        "provenance": provenance_of(suggestion.provenance) if suggestion.provenance else None,
    }


def provenance_of(provenance: Provenance) -> dict[str, Any]:
    """Return how a patch came to be, as JSON has it."""
    return {
        "plan": encodable(provenance.plan),
        "spans": [list(span) for span in provenance.spans],
        "model": encodable(provenance.model),
        "sha256": provenance.sha256,
        "quantisation": encodable(provenance.quantisation),
        "sampler": {name: provenance.sampler[name] for name in sorted(provenance.sampler)},
        "seed": provenance.seed,
        "constraints": list(provenance.constraints),
        "tried": [
            {"text": encodable(one.text), "origin": one.origin, "score": one.score, "why": encodable(one.why)}
            for one in provenance.tried
        ],
        "risk": provenance.risk,
        "tokens": provenance.tokens,
        "ms": provenance.ms,
        "notes": [encodable(note) for note in provenance.notes],
    }


def _coverage(coverage: Coverage) -> dict[str, Any]:
    def noted(note: PathNote) -> dict[str, Any]:
        return {"path": encodable(note.path), "reason": encodable(note.reason)}

    return {
        "reviewed": [encodable(path) for path in coverage.reviewed],
        "partial": [noted(note) for note in coverage.partial],
        "skipped": [{**noted(note), "chosen": note.chosen} for note in coverage.skipped],
    }


def _check_run(run: CheckRun) -> dict[str, Any]:
    return {
        "slug": run.slug,
        "status": run.status.value,
        "ms": run.ms,
        "reason": encodable(run.reason),
        "missed": [encodable(path) for path in run.missed],
    }


def _silenced(entry: Silenced) -> dict[str, Any]:
    return {
        "fingerprint": entry.finding.fingerprint,
        "slug": entry.finding.slug,
        "path": encodable(entry.finding.path),
        "line": entry.finding.line,
        "reason": encodable(entry.reason),
        "held": entry.held,
    }


def _reading(report: Report) -> dict[str, Any]:
    return {
        "models": [encodable(name) for name in report.models],
        "calls": report.calls,
        "usage": asdict(report.usage),
        "dollars": report.micros / 1_000_000,
        "claims": report.claims,
        "dropped": [{"slug": one.slug, "reason": one.reason, "text": encodable(one.text)} for one in report.dropped],
        "triaged": [asdict(one) | {"reason": encodable(one.reason)} for one in report.triaged],
        "effects": {name: encodable(report.effects[name]) for name in sorted(report.effects)},
        "context_tokens": report.context_tokens,
        "windows": report.windows,
        "ms": report.ms,
    }
