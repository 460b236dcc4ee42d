"""The one sentence of the program: change -> findings -> verdict. Only this file knows the order.

examined -> patched -> folded
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version

from bot.examine import Options as Options
from bot.examine import change_of as change_of
from bot.examine import examined
from bot.sources import Sources
from checks.change import Change
from checks.check import Check
from checks.fold import one_liner_of, overall_of
from checks.knowledge import Workspace
from checks.runner import Watcher
from checks.suggest import Writer, with_patches
from checks.verdict import CheckRun, CheckStatus, Overall, Verdict


def review(
    change: Change,
    workspace: Workspace,
    options: Options,
    sources: Sources = Sources(),  # noqa: B008 (frozen, and empty)
    *,
    writer: Writer | None = None,
    watcher: Watcher | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Verdict:
    """Return the verdict on a change; raises UserError for bad settings or options.

    `sources` know the graphs of the two trees and the past; checks that need what is not there do not run. `writer`
    proposes patches for findings that no check can mend; None: nobody does.
    """
    began = clock()
    seen = examined(change, workspace, options, sources, watcher=watcher, clock=clock)
    notes, silenced = [*seen.notes], seen.silenced
    findings, runs = list(seen.findings), seen.runs
    if writer is not None:
        findings, unwritten = with_patches(seen.change, findings, seen.proving, writer, clock=clock)
        notes += unwritten
    posted = tuple(sorted((f for f in findings if not f.silent), key=lambda f: f.order))
    coverage = seen.coverage()
    overall = overall_of(posted, coverage, runs, silenced)
    if options.checks:
        notes = [*notes, f"only these were asked for: {', '.join(options.checks)}"]
        overall = Overall.COMMENT if overall is Overall.APPROVE else overall
    return Verdict(
        repository=change.repository,
        subject=change.subject,
        base=change.base_id,
        head=change.head_id,
        overall=overall,
        one_liner=one_liner_of(overall, posted, coverage, runs),
        findings=posted,
        coverage=coverage,
        checks=runs,
        silent=tuple(f for f in findings if f.silent),
        silenced=silenced,
        notes=tuple(notes),
        max_findings=seen.settings.max_findings,
        versions=versions_of(seen.checks, runs),
        ms=round((clock() - began) * 1000),
    )


def versions_of(checks: Sequence[Check], runs: Sequence[CheckRun]) -> dict[str, str]:
    """Return the versions of Prudent and of every engine that ran."""
    versions = {"prudent": version("prudent")}
    ended_well = {run.slug for run in runs if run.status is CheckStatus.OK}
    for check in checks:
        engine = getattr(check, "ENGINE", None)
        if engine is not None and check.SLUG in ended_well and (installed := engine.find()) is not None:
            number = re.search(r"\d[\w.+-]*", installed.version)  # programs print their name with it
            versions[engine.name] = number.group() if number else installed.version
    return versions
