"""Verdicts of a small world: eight defects in three files, of which the diff shows some."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from copy import deepcopy
from dataclasses import replace

from bot.posting.anchors import Anchors, from_patches
from bot.posting.model import Plan, Standing, Wanted
from bot.posting.plan import Context, plan
from bot.posting.wanted import wanted_of
from checks.finding import Finding, Severity, with_fingerprints
from checks.fold import one_liner_of, overall_of
from checks.settings import AppOptions
from checks.verdict import CheckRun, CheckStatus, Coverage, PathNote, Silenced, Verdict
from tests.bot.verdicts import finding
from tests.posting.standings import BASE, HEAD, LINKS, Pull

PATCH = "@@ -1,20 +1,20 @@\n" + "".join(f"-old {n}\n+new {n}\n" for n in range(20))
ANCHORS: Anchors = from_patches({"a.py": PATCH, "b.py": PATCH})
PATHS = ("a.py", "b.py", "c.py")


def _defect(number: int) -> Finding:
    severity = (Severity.BLOCK, Severity.WARN, Severity.INFO)[number % 3]
    path = PATHS[number % 3] if number < 6 else "a.py"
    return finding(
        check="odd",
        slug=f"rule-{number % 2}",
        path=path,
        line=number + 1,
        end_line=number + 1,
        severity=severity,
        message=f"Defect {number}.",
        text="equal" if number > 5 else f"text {number}",  # 6 and 7 are equal but for their rule
        symbol=f"f{number % 4}",
        evidence=(),
        also=(),
    )


DEFECTS: tuple[Finding, ...] = tuple(
    sorted(with_fingerprints([_defect(number) for number in range(8)], {}), key=lambda one: one.message)
)
DEFAULTS = AppOptions()


def verdict_of(
    found: Collection[int],
    silenced: Collection[int] = (),
    *,
    head: str = HEAD,
    partial: bool = False,
    broken: bool = False,
) -> Verdict:
    """Return the verdict on a head that has these defects."""
    findings = sorted((one for n, one in enumerate(DEFECTS) if n in found and n not in silenced), key=lambda f: f.order)
    hushed = tuple(Silenced(one, "no") for n, one in enumerate(DEFECTS) if n in found and n in silenced)
    note = (PathNote("c.py", "larger than 5 MB"),) if partial else ()
    coverage = Coverage(("a.py", "b.py") if partial else PATHS, note)
    runs = (CheckRun("odd", CheckStatus.FAILED if broken else CheckStatus.OK, 1),)
    overall = overall_of(findings, coverage, runs, ())
    one_liner = one_liner_of(overall, findings, coverage, runs)
    return Verdict("r", "pull/1", BASE, head, overall, one_liner, tuple(findings), coverage, runs, silenced=hushed)


def wanted(verdict: Verdict, job: str, options: AppOptions = DEFAULTS) -> Wanted:
    links = replace(LINKS, head=verdict.head)
    return wanted_of(verdict, ANCHORS, job=job, head=verdict.head, options=options, links=links)


def context(verdict: Verdict) -> Context:
    present = {one.fingerprint for one in verdict.findings} | {one.finding.fingerprint for one in verdict.silenced}
    clear = verdict.coverage.is_full and all(run.status is CheckStatus.OK for run in verdict.checks)

    def is_fixed(standing: Standing) -> bool:
        return clear and standing.identity.fingerprint not in present

    return Context(verdict, replace(LINKS, head=verdict.head), is_fixed, {}, PATHS)


def review(
    pull: Pull,
    verdict: Verdict,
    job: str,
    options: AppOptions = DEFAULTS,
    deaths: Sequence[int] = (),
) -> Plan:
    """Post a verdict; `deaths`: after how many calls each attempt before the last one dies. Returns the first plan."""
    pull.head = verdict.head
    aim, around = wanted(verdict, job, options), context(verdict)
    first = plan(pull.posted, aim, around)
    straight = deepcopy(pull)
    straight.apply(first)
    for calls in deaths:
        pull.apply(plan(pull.posted, aim, around), calls)
    pull.apply(plan(pull.posted, aim, around))
    assert plan(pull.posted, aim, around).is_empty, "done, and still something to do"
    assert pull.look() == straight.look(), "a death changed the end"
    assert sorted(pull.written) == sorted(straight.written), "a death said something twice, or never"
    return first
