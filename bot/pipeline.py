"""The one sentence of the program: change -> findings -> verdict. Only this file knows the order.

examined -> remembered -> read by a model -> patched -> folded
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version

from bot.examine import Examined as Examined
from bot.examine import Options as Options
from bot.examine import change_of as change_of
from bot.examine import examined, settled
from bot.sources import Sources
from bot.still_open import still_open
from checks.attempt import Proving
from checks.change import Change
from checks.check import Check
from checks.finding import Finding, with_fingerprints
from checks.fold import one_liner_of, overall_of
from checks.inference.model import Read, Reader
from checks.inference.passes import READINGS
from checks.inference.read import read_change
from checks.inference.triage import heeded
from checks.knowledge import Workspace
from checks.remember import remembered
from checks.risk import Risk, accepted_in, effort, ordered, risk_of
from checks.runner import Watcher
from checks.silence import apart
from checks.suggest import Writer, with_patches
from checks.verdict import CheckRun, CheckStatus, Fallen, Overall, Silenced, Verdict
from kb.errors import CorruptObject, NotChecked
from kb.memory.embed import open_embedder
from models.patch import Tried


def review(
    change: Change,
    workspace: Workspace,
    options: Options,
    sources: Sources = Sources(),  # noqa: B008 (frozen, and empty)
    *,
    writer: Writer | None = None,
    reader: Reader | None = None,
    watcher: Watcher | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Verdict:
    """Return the verdict on a change; raises UserError for bad settings or options.

    `sources` know the graphs of the two trees, the past, and what is remembered; checks that need what is not there do
    not run. `reader` has models read the change, `writer` proposes patches for findings that no check can mend; None:
    nobody does.
    """
    began = clock()
    seen = examined(change, workspace, options, sources, watcher=watcher, clock=clock)
    told = _remembered(seen, seen.findings)
    risk = risk_in(seen) if told.findings or reader is not None else None
    read = _read(seen, told.findings, reader, risk, options, clock)
    told = _heard(seen, told, read, options)
    runs = (*seen.runs, *read.runs)
    standing = () if options.checks else still_open(seen, runs, told.findings)  # who asks for some wants no others
    findings, notes = ordered((*told.findings, *standing), risk), [*seen.notes, *sources.notes(), *told.notes]
    fallen: list[Fallen] = []
    if writer is not None:
        paced = replace(writer, seconds=writer.seconds * effort(risk), fell=partial(_keep, fallen))
        findings, unwritten = with_patches(seen.change, findings, _riskier(seen.proving, risk), paced, clock=clock)
        notes += unwritten
    posted = tuple(f for f in findings if not f.silent)
    silenced = (*seen.silenced, *told.silenced)
    coverage = seen.coverage(read.runs, read.unseen)
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
        reading=read.report if read.runs else None,
        fallen=tuple(fallen),
    )


@dataclass(frozen=True)
class _Told:
    """What is said so far, what is not, and what the reader must know of that."""

    findings: tuple[Finding, ...]
    silenced: tuple[Silenced, ...] = ()
    notes: tuple[str, ...] = ()


def _keep(fallen: list[Fallen], slug: str, tried: Sequence[Tried]) -> None:
    fallen += [Fallen(slug, one.text, one.why) for one in tried]


def _remembered(seen: Examined, findings: Sequence[Finding]) -> _Told:
    """Return what memory leaves of findings: what is like much that was dismissed is held back."""
    memory = seen.knowledge.memory()
    if memory is None:
        return _Told(tuple(findings))
    done = remembered(findings, memory, open_embedder(), now=memory.now, enabled=seen.settings.enable)
    return _Told(done.findings, done.silenced, done.notes)


def risk_in(seen: Examined) -> Risk | None:
    """Return how risky the change is, by what was learnt of its repository; None where nothing was."""
    knowledge, memory = seen.knowledge, seen.knowledge.memory()
    if memory is None or memory.risk is None:
        return None
    try:
        return risk_of(
            seen.change,
            memory.risk,
            knowledge.history,
            knowledge.code,
            seen.proving.salience,
            accepted=accepted_in(memory.lessons),
            message=knowledge.commits.message if knowledge.commits else None,
        )
    except (NotChecked, CorruptObject):
        return None  # findings are in their usual order then


def _riskier(proving: Proving, risk: Risk | None) -> Proving:
    """Return what proofs stand on, with places as salient as they are risky: constraints are the stricter there."""
    if risk is None:
        return proving
    files, salience = risk.files, proving.salience

    def raised(path: str, symbol: str) -> float | None:
        known = salience(path, symbol)
        return max(known or 0.0, files[path]) if path in files else known

    return replace(proving, salience=raised)


def _read(
    seen: Examined,
    findings: Sequence[Finding],
    reader: Reader | None,
    risk: Risk | None,
    options: Options,
    clock: Callable[[], float],
) -> Read:
    """Return what models say of the change; nothing where nobody is to read, or no pass of theirs was asked for."""
    slugs = tuple(reading.SLUG for reading in READINGS if not options.checks or reading.SLUG in options.checks)
    if reader is None or not slugs:
        return Read()
    change, proving = seen.change, seen.proving
    wanted = replace(reader, passes=slugs, seconds=reader.seconds * effort(risk))
    return read_change(change, findings, seen.knowledge, proving.code(), proving.salience, wanted, clock)


def _heard(seen: Examined, told: _Told, read: Read, options: Options) -> _Told:
    """Return all that is said with what models found: it is treated as what checks find."""
    found = with_fingerprints(settled(read.findings, seen.settings, options.checks), seen.change.identity)
    said, silenced, comments = apart(seen.change, found)
    new = _remembered(seen, said)
    return _Told(
        (*heeded(told.findings, read.report.triaged), *new.findings),
        (*told.silenced, *silenced, *new.silenced),
        (*told.notes, *read.notes, *comments, *new.notes),
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
