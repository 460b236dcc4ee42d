"""Hypothesis strategies for verdicts, with text as hostile as a repository can make it."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from checks.finding import Confidence, Disposition, Evidence, Finding, Severity, Side, Suggestion
from checks.verdict import CheckRun, CheckStatus, Coverage, Overall, PathNote, Silenced, Verdict

# A busy machine is no reason to fail.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07",
    "\u202egpj.exe",
    "zero\u200bwidth",
    "\udcff\ud800",
    "```\nrm -rf\n```",
    "`` ` ```",
    "<script>alert(1)</script>",
    "</details><img src=x onerror=y>",
    "<!-- prudent:review head=0 -->",
    "![x](https://evil.example/?q=1)",
    "[click](javascript:alert(1))",
    "@everyone please look",
    "\n/approve\n",
    "fixes #1 and a/b#2 and GH-3",
    "https://evil.example/a www.evil.example",
    "| a | b |\n|---|---|",
    "# heading\n- list\n1. one",
    "a\r\nb\rc\x85d\u2028e",
    "tab\tnul\0bell\a",
    "漢字 and e\u0301 and \U0001f600",
    "-leading 'quote\" $(x) &amp; %2e%2e/",
)

texts = st.one_of(
    st.text(max_size=40), st.sampled_from(HOSTILE), st.lists(st.sampled_from(HOSTILE), max_size=3).map(" ".join)
)
paths = st.one_of(st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8}){0,3}\.py", fullmatch=True), texts.filter(bool))
slugs = st.from_regex(r"[a-z]{1,8}(-[a-z]{1,8}){0,3}", fullmatch=True)
line_numbers = st.integers(1, 10**6)
fingerprints = st.text("0123456789abcdef", min_size=16, max_size=16)

evidence = st.builds(
    Evidence,
    kind=st.sampled_from(("engine", "definition", "caller", "quote", "claim", "rule", "related")),
    path=st.one_of(st.just(""), paths),
    line=st.integers(0, 10**6),
    text=texts,
)
suggestions = st.builds(
    lambda line, more, **rest: Suggestion(line, line + more, **rest),
    line_numbers,
    st.integers(0, 5),
    replacement=st.one_of(texts, st.just(""), st.just("value = 1\n")),
    disposition=st.sampled_from(Disposition),
    origin=st.sampled_from(("ruff", "prudent")),
    proof=st.dictionaries(st.sampled_from(("applies", "parses", "gone", "none_new")), st.booleans()),
)
findings = st.builds(
    lambda line, more, **rest: Finding(line=line, end_line=line + more, **rest),
    line_numbers,
    st.integers(0, 5),
    check=slugs,
    slug=slugs,
    severity=st.sampled_from(Severity),
    confidence=st.sampled_from(Confidence),
    path=paths,
    message=texts,
    symbol=texts,
    side=st.sampled_from(Side),
    evidence=st.lists(evidence, max_size=4).map(tuple),
    suggestion=st.one_of(st.none(), suggestions),
    fingerprint=fingerprints,
    also=st.lists(slugs, max_size=2).map(tuple),
)
path_notes = st.builds(PathNote, path=paths, reason=texts, chosen=st.booleans())
verdicts = st.builds(
    Verdict,
    repository=texts,
    subject=texts,
    base=st.text("0123456789abcdef", min_size=40, max_size=40),
    head=st.one_of(st.text("0123456789abcdef", min_size=40, max_size=40), texts),
    overall=st.sampled_from(Overall),
    one_liner=texts,
    findings=st.lists(findings, max_size=5).map(tuple),
    coverage=st.builds(
        Coverage,
        reviewed=st.lists(paths, max_size=4).map(tuple),
        partial=st.lists(path_notes, max_size=3).map(tuple),
        skipped=st.lists(path_notes, max_size=3).map(tuple),
    ),
    checks=st.lists(
        st.builds(
            CheckRun,
            slug=slugs,
            status=st.sampled_from(CheckStatus),
            ms=st.integers(0, 10**7),
            reason=texts,
            missed=st.lists(paths, max_size=3).map(tuple),
        ),
        max_size=4,
    ).map(tuple),
    silent=st.lists(findings, max_size=2).map(tuple),
    silenced=st.lists(st.builds(Silenced, finding=findings, reason=texts), max_size=2).map(tuple),
    notes=st.lists(texts, max_size=2).map(tuple),
    max_findings=st.integers(0, 6),
    versions=st.dictionaries(st.sampled_from(("prudent", "ruff", "ty")), st.sampled_from(("0.1.0", "1.2", "x"))),
    ms=st.integers(0, 10**7),
)
