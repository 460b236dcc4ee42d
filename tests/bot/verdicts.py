"""Verdicts made by hand, for tests of what people read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from checks.finding import Confidence, Disposition, Evidence, Finding, Severity, Suggestion
from checks.inference.report import Dropped, Report, Triage
from checks.verdict import CheckRun, CheckStatus, Coverage, Overall, PathNote, Silenced, Verdict
from models.chat.model import Usage
from models.patch import Provenance, Tried

FIX = Suggestion(1, 2, "import sys\n", Disposition.SAFE, "ruff", {"applies": True, "gone": True})
WRITTEN = Suggestion(
    1,
    2,
    "import sys\n",
    Disposition.SAFE,
    "SmolLM2",
    {"applies": True, "finding_gone": True},
    Provenance(
        plan="identifier at a.py:1",
        spans=((3, 9),),
        model="SmolLM2",
        sha256="d" * 64,
        quantisation="Q4_1",
        sampler={"temperature": 0.6},
        seed=3,
        constraints=("syntax",),
        tried=(Tried("os", "enumerated", -1.5, "it brings undefined-name"), Tried("sys", "enumerated", 9.25)),
        risk=0.125,
        tokens=70,
        ms=12,
        notes=("a window of 512 tokens",),
    ),
)
QUOTES = {"b" * 16: "import os\nimport sys\n"}

BROKEN_CALL = Finding(
    "ty",
    "call-does-not-fit-signature",
    Severity.BLOCK,
    Confidence.HIGH,
    "src/app/views.py",
    12,
    14,
    "`save()` now needs a `user` that its caller in `mail.py` does not pass: it raises TypeError when it runs.",
    symbol="View.save",
    evidence=(
        Evidence("engine", "src/app/mail.py", 40, "ty missing-argument: no argument for parameter `user`"),
        Evidence("caller", "src/app/mail.py", 40, "        save(draft)"),
    ),
    fingerprint="a" * 16,
    also=("ruff",),
)
UNUSED = Finding(
    "ruff",
    "unused-import",
    Severity.INFO,
    Confidence.HIGH,
    "a.py",
    1,
    1,
    "`os` is imported and never used.",
    fingerprint="b" * 16,
    suggestion=FIX,
)
CLEAN = Verdict(
    repository="example",
    subject="main",
    base="b" * 40,
    head="c" * 40,
    overall=Overall.APPROVE,
    one_liner="Nothing to say about 2 files; everything was checked.",
    findings=(),
    coverage=Coverage(("a.py", "src/app/views.py")),
    checks=(CheckRun("ruff", CheckStatus.OK, 12), CheckRun("oxlint", CheckStatus.SKIPPED, 0, "no changed file for it")),
    versions={"prudent": "0.1.0", "ruff": "0.17.5"},
    ms=100,
)
BAD = replace(
    CLEAN,
    overall=Overall.REQUEST_CHANGES,
    one_liner="1 blocking finding, 1 remark; 2 of 4 files fully reviewed.",
    findings=(BROKEN_CALL, UNUSED),
    coverage=Coverage(
        ("a.py", "src/app/views.py"),
        (PathNote("big.py", "larger than 5 MB"),),
        (PathNote("uv.lock", "generated", True),),
    ),
    checks=(CheckRun("tsc", CheckStatus.SKIPPED, 0, "tsc is not installed", ("x.ts",)),),
    silenced=(Silenced(UNUSED, "kept for its side effect"),),
    notes=("prudent.toml changed: the old rules applied",),
)


def finding(**changes: Any) -> Finding:
    """Return a finding with some fields of its own."""
    return replace(BROKEN_CALL, **changes)


def with_findings(*findings: Finding, **changes: Any) -> Verdict:
    """Return a verdict with these findings."""
    return replace(BAD, findings=findings, **changes)


READING = Report(
    usage=Usage(input=1_200, output=90, read=3_000),
    micros=12_340,
    calls=3,
    models=("anthropic/some-model",),
    claims=4,
    dropped=(
        Dropped("logic-error", "quote not in head", "it fails", "total(xs)"),
        Dropped("logic-error", "refuted", "it fails", "total(ys)"),
        Dropped("security-hole", "refuted", "it leaks", "open(path)"),
    ),
    triaged=(Triage("0123456789abcdef", "drop", "a test's own name"),),
    effects={"guides": "40 tokens; no claim cites it"},
    context_tokens=4_100,
    windows=1,
    ms=2_300,
)
