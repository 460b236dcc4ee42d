"""What every check says of a change: the first stage of a review, and all that `prudent fix` needs of one."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.sources import SalienceSource, Sources
from checks import registry
from checks.attempt import Proving
from checks.change import Change, Statement
from checks.check import Check, Unseen
from checks.dedupe import merged
from checks.finding import Finding, with_fingerprints
from checks.knowledge import Knowledge, Limits, Workspace
from checks.prove import key_of, with_suggestions
from checks.runner import Ran, Watcher, run_checks
from checks.scope import coverage_of, scoped, without_reader
from checks.settings import Settings
from checks.settings_file import PATH as SETTINGS_PATH
from checks.settings_file import parse_settings
from checks.silence import apart
from checks.verdict import CheckRun, CheckStatus, Coverage, PathNote, Silenced
from kb.errors import BadSettings, CorruptObject, NotChecked, UserError
from kb.repository import Comparison

if TYPE_CHECKING:
    from kb.graph.code import Code

OWN_SLUGS = ("sarif-", "learned-")  # of findings that other tools' reports and learned rules bring


@dataclass(frozen=True)
class Options:
    """How a review is run; none of it comes from the reviewed repository."""

    checks: tuple[str, ...] = ()  # slugs of checks or rules; empty means all
    jobs: int = field(default_factory=lambda: min(8, 2 * (os.cpu_count() or 1)))
    limits: Limits = field(default_factory=Limits)
    sarif: tuple[Path, ...] = ()

    @property
    def deadline(self) -> float:
        """Return the seconds one check may take: base and head of an engine, and what is around them."""
        return 2 * self.limits.seconds + 30


def change_of(comparison: Comparison, repository: str) -> Change:
    """Return what git found as a change to review."""
    return Change(
        repository=repository,
        subject=comparison.subject,
        base_id=comparison.base_id,
        head_id=comparison.head_id,
        base=comparison.base,
        head=comparison.head,
        files=comparison.files,
        statements=tuple(Statement(origin, text) for origin, text in comparison.messages),
    )


@dataclass(frozen=True)
class Examined:
    """What the checks said of a change, before a verdict is folded, and what proofs of patches stand on."""

    change: Change  # what of it is reviewed
    findings: tuple[Finding, ...]  # with fingerprints, and suggestions where a check's own fix is proven
    silenced: tuple[Silenced, ...]
    runs: tuple[CheckRun, ...]
    left_out: tuple[PathNote, ...]
    unseen: tuple[Unseen, ...]
    proving: Proving
    knowledge: Knowledge
    checks: tuple[Check, ...]
    notes: tuple[str, ...]

    @property
    def settings(self) -> Settings:
        """Return the settings that the change is judged by."""
        return self.knowledge.settings

    def coverage(self, runs: Sequence[CheckRun] = (), unseen: Sequence[Unseen] = ()) -> Coverage:
        """Return where every changed file ended, with runs that came later and what they did not see."""
        return coverage_of(self.change, self.left_out, (*self.runs, *runs), (*self.unseen, *unseen))


def examined(
    change: Change,
    workspace: Workspace,
    options: Options,
    sources: Sources,
    *,
    watcher: Watcher | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Examined:
    """Return what every chosen check says of a change; raises UserError for bad settings or options."""
    settings, notes = settings_at_base(change)
    reviewed, left_out = scoped(change, settings)
    chosen = chosen_checks(registry.CHECKS, options.checks)
    knowledge = Knowledge(
        workspace,
        settings,
        options.limits,
        options.sarif,
        sources.code,
        sources.history,
        sources.memory,
        sources.commits,
    )

    def run(on: Change, watching: Watcher | None = None) -> list[Ran]:
        return run_checks(
            on, knowledge, chosen, jobs=options.jobs, deadline=options.deadline, watcher=watching, clock=clock
        )

    def inspect(patched: Change) -> list[Finding]:
        ran = run(patched)
        if any(r.run.status in (CheckStatus.FAILED, CheckStatus.TIMED_OUT) for r in ran):
            raise NotChecked("a check did not finish on the patched tree")
        return said_by(ran, settings, options.checks)

    ran = run(reviewed, watcher)
    runs = tuple(one.run for one in ran)
    findings = with_fingerprints(said_by(ran, settings, options.checks), change.identity)
    before = Counter(map(key_of, findings))  # what is silenced too: a patched tree brings it again
    findings, silenced, comments = apart(reviewed, findings)
    return Examined(
        change=reviewed,
        findings=tuple(with_suggestions(reviewed, findings, inspect, before)),
        silenced=tuple(silenced),
        runs=runs,
        left_out=tuple(left_out),
        unseen=(*unseen_by(ran), *without_reader(reviewed, registry.CHECKS)),
        proving=Proving(
            inspect, before, lambda: head_of(reviewed, knowledge), partial(salience_of, reviewed, sources.salience)
        ),
        knowledge=knowledge,
        checks=chosen,
        notes=(*notes, *comments),
    )


def head_of(change: Change, knowledge: Knowledge) -> Code | None:
    """Return the graph of head; None where there is none."""
    if knowledge.code is None:
        return None
    try:
        return knowledge.code.change(change.base, change.head, change.identity).head
    except NotChecked:
        return None


def salience_of(change: Change, source: SalienceSource | None, path: str, symbol: str) -> float | None:
    """Return how much a place of head mattered at base, 0 to 1; None where it was not there, or nobody can tell."""
    if source is None:
        return None
    return source.score(change.base, change.base_id, change.identity.get(path, path), symbol)


def settings_at_base(change: Change) -> tuple[Settings, list[str]]:
    """Return the settings that stand where the change's rules do (at base), and notes; raises BadSettings.

    A change to the settings does not judge itself: the old ones apply, and the reader is told.
    """
    rules, where = (change.base, "at base") if change.rules is None else (change.rules, "of the target branch")
    try:
        settings = parse_settings(rules.read(SETTINGS_PATH), registry.slugs(), origin=SETTINGS_PATH)
    except KeyError:
        settings = Settings()
    except CorruptObject as error:
        raise BadSettings(f"{SETTINGS_PATH}: {error}") from None
    if SETTINGS_PATH not in change.by_path:
        return settings, []
    notes = [f"{SETTINGS_PATH} changes here: the settings {where} applied to this review"]
    try:
        parse_settings(change.head.read(SETTINGS_PATH), registry.slugs(), origin=SETTINGS_PATH)
    except (KeyError, CorruptObject):
        pass
    except BadSettings as error:
        notes.append(f"the new settings cannot be used: {error}")
    return settings, notes


def chosen_checks(known: Sequence[Check], wanted: Collection[str]) -> tuple[Check, ...]:
    """Return the checks that were asked for by their own slug or by one of their rules'."""
    slugs = registry.slugs()
    for slug in wanted:
        if slug not in slugs and not slug.startswith(OWN_SLUGS):
            raise UserError(f"--checks: no check is called {slug!r}; `prudent checks` lists them")
    if not wanted:
        return tuple(known)
    families = tuple(prefix for prefix in OWN_SLUGS if any(slug.startswith(prefix) for slug in wanted))
    return tuple(
        check
        for check in known
        if check.SLUG in wanted or any(rule.slug in wanted for rule in check.RULES) or check.SLUG.startswith(families)
    )


def said_by(ran: Iterable[Ran], settings: Settings, wanted: Collection[str]) -> list[Finding]:
    """Return every defect once, with the repository's settings applied."""
    return merged(settled([finding for one in ran for finding in one.report.findings], settings, wanted))


def settled(findings: Iterable[Finding], settings: Settings, wanted: Collection[str]) -> list[Finding]:
    """Return what the repository's settings leave of the findings, with the severities that they give."""
    left = []
    for finding in findings:
        slug, path = finding.slug, finding.path
        if settings.is_disabled(slug, path) or settings.is_disabled(finding.check, path):
            continue
        if wanted and slug not in wanted and finding.check not in wanted:
            continue
        silent = finding.silent and slug not in settings.enable and slug not in wanted
        severity = settings.severity_of(slug, path, finding.severity)
        left.append(replace(finding, silent=silent, severity=severity))
    return left


def unseen_by(ran: Iterable[Ran]) -> list[Unseen]:
    """Return every file that a check could not see whole."""
    return [unseen for one in ran for unseen in one.report.unseen]
