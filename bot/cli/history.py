"""`prudent history`: what was decided before, and what became of it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.history_spent import spent_this_month
from kb.view import shown

if TYPE_CHECKING:
    from kb.outcomes.past import PastAudit, PastFinding
    from kb.repository import Repository

SCHEMA = "prudent.history/1"


@dataclass(frozen=True)
class _Asked:
    """What to look for; None means any."""

    repository: str | None = None
    base: str | None = None
    head: str | None = None
    path: str | None = None


@click.command()
@click.argument("target", required=False, metavar="[RANGE|PATH]")
@click.option("--slug", help="List findings of this slug instead of audits.")
@click.option("--repo", "folder", default=".", metavar="DIR", help="The repository; default: the current folder.")
@click.option("--all", "everywhere", is_flag=True, help="Look at every repository in the store.")
@click.option("--spent", is_flag=True, help="What models that read changes have cost this month, instead of audits.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="How many to list.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(
    target: str | None, slug: str | None, folder: str, everywhere: bool, spent: bool, limit: int, form: str
) -> None:
    """List the last audits of this repository, of a range, or of a path; or findings by slug.

    Each comes with what became of the findings: open, fixed, reopened, silenced.
    """
    from kb.outcomes.store import open_store

    if spent and (target is not None or slug is not None):
        raise click.UsageError("--spent takes neither a target nor --slug")
    asked = _asked(target, folder, everywhere)
    with open_store() as store:
        if spent:
            click.echo(spent_this_month(store, asked.repository or "", datetime.now(UTC), form))
            return
        if slug is not None:
            if asked.head is not None:
                raise click.UsageError("--slug takes a path, not a range")
            findings = store.findings(asked.repository, slug=slug, path=asked.path, limit=limit)
            click.echo(_json("findings", findings) if form == "json" else _findings_text(findings))
            return
        audits = store.audits(asked.repository, base=asked.base, head=asked.head, path=asked.path, limit=limit)
        click.echo(_json("audits", audits) if form == "json" else _audits_text(audits))


def _asked(target: str | None, folder: str, everywhere: bool) -> _Asked:
    is_range = target is not None and _is_range(target)
    if everywhere and not is_range:
        return _Asked(path=None if target is None else _tidy(target))
    from kb.repository import Repository

    with ExitStack() as stack:
        repository = stack.enter_context(Repository.open(folder))
        name = None if everywhere else repository.identity
        if target is None:
            return _Asked(name)
        if is_range:
            found = repository.compare(target)
            return _Asked(name, found.base_id, found.head_id)
        return _Asked(name, path=_path_in(repository, target))


def _is_range(target: str) -> bool:
    """Two dots make a range, unless they are a step up in a path or part of a file's name."""
    return ".." in target and ".." not in target.split("/") and not Path(target).exists()


def _path_in(repository: Repository, target: str) -> str | None:
    """Return a path as git names it: relative to the top folder, wherever in it we are."""
    if repository.work_tree is not None:
        top = os.path.realpath(repository.work_tree)
        here = os.path.normpath(Path(os.path.realpath(os.curdir), target))
        if Path(here).is_relative_to(top):
            return _tidy(os.path.relpath(here, top))
    return _tidy(target)


def _tidy(path: str) -> str | None:
    """Return the path in its shortest form; None for the top folder, which holds everything."""
    tidy = os.path.normpath(path)
    return None if tidy == "." else tidy


def _json(name: str, values: Sequence[PastAudit] | Sequence[PastFinding]) -> str:
    rows = [asdict(value) for value in values]
    return json.dumps({"schema": SCHEMA, name: rows}, indent=2, default=datetime.isoformat)


def _audits_text(audits: Sequence[PastAudit]) -> str:
    return "\n".join(line for audit in audits for line in _audit_lines(audit)) or "no audits"


def _audit_lines(audit: PastAudit) -> list[str]:
    counts = ", ".join(f"{number} {severity}" for severity, number in asdict(audit.counts).items() if number)
    became = ", ".join(f"{number} {kind}" for kind, number in audit.became)
    seen = f"{audit.reviewed} reviewed"
    if audit.partial or audit.skipped:
        seen += f", {audit.partial} partial, {audit.skipped} skipped"
    lines = [
        f"{audit.at:%Y-%m-%d %H:%M}Z  {shown(audit.overall)}  {shown(audit.subject)}"
        f"  {shown(audit.base[:12])}..{shown(audit.head[:12])}  {shown(audit.repository)}",
        f"    {shown(audit.one_liner)}",
        f"    {counts or 'no findings'}; files: {seen}",
    ]
    return [*lines, f"    what became of them: {became}"] if became else lines


def _findings_text(findings: Sequence[PastFinding]) -> str:
    return "\n".join(line for found in findings for line in _finding_lines(found)) or "no findings"


def _finding_lines(found: PastFinding) -> list[str]:
    finding = found.finding
    return [
        f"{found.became}  {shown(finding.severity)}  {shown(finding.slug)}  {shown(finding.path)}:{finding.line}",
        f"    {shown(finding.message)}",
        f"    {found.at:%Y-%m-%d %H:%M}Z  {shown(found.subject)}  {shown(found.head[:12])}  {shown(found.repository)}",
    ]
