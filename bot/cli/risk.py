"""`prudent risk`: learn from the repository's own fixes how risky a change is, and say so of one."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.index_progress import IndexProgress
from bot.render.escape import printable
from kb.folders import cache_folder
from kb.repository import Repository

if TYPE_CHECKING:
    from checks.risk import Risk
    from kb.memory.model import Lesson
    from kb.outcomes.risks import KeptRisk
    from kb.outcomes.store import OutcomeStore
    from kb.risk.train import Trained

SCHEMA = "prudent.risk/1"
_repo = click.option("--repo", "folder", type=click.Path(path_type=Path), default=Path(), help="The repository.")
_form = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)


@click.group(name="risk")
def command() -> None:
    """Learn which changes needed a fix later, and say how risky a change is.

    The risk orders findings and says how long a model looks. It is about code and never about people.
    """


@command.command()
@_repo
@click.option("--rev", default="HEAD", show_default=True, metavar="REV", help="Learn from what leads to it.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, help="Of what is drawn by lot (default: 0).")
@_form
def train(folder: Path, rev: str, seed: int, form: str) -> None:
    """Learn a model from the repository's history and outcomes, and keep it in the store.

    It makes none where fewer than 30 changes are known to have needed a fix, and says so.
    """
    from kb.outcomes.store import open_store
    from kb.risk.train import NotEnough

    with open_store() as store, Repository.open(folder) as repository:
        try:
            made = _taught(repository, rev, store, seed)
        except NotEnough as refused:  # a young repository is no error: who trains by the clock tries again
            click.echo(
                json.dumps({"schema": SCHEMA, "refused": str(refused)}) if form == "json" else f"no model: {refused}"
            )
            return
        body, measured = made.model.as_json(), made.measured
        store.keep_risk(repository.identity, made.version, body, measured, datetime.now(UTC))
    if form == "json":
        click.echo(json.dumps({"schema": SCHEMA, "version": made.version, "measured": measured}, indent=2))
        return
    click.echo("\n".join(_learnt_lines(measured)))


def _taught(repository: Repository, rev: str, store: OutcomeStore, seed: int) -> Trained:
    """Return the model that the past up to a revision teaches, with what the store knows; raises NotEnough."""
    from checks.risk import accepted_in
    from kb.risk.learn import learnt

    accepted, reverted = accepted_in(_lessons(repository, store)), store.reverted_merges(repository.identity)
    tip, cache = repository.merge_base(rev, rev), cache_folder()
    with IndexProgress(sys.stderr) as progress:
        return learnt(repository, tip, cache, accepted=accepted, also_bad=reverted, progress=progress, seed=seed)


def _lessons(repository: Repository, store: OutcomeStore) -> Sequence[Lesson]:
    """Return the lessons that a review would heed now, so that what is said here is what a review goes by."""
    return store.recollect(repository.identity, "", datetime.now(UTC), embedder=lambda: None).lessons


def _learnt_lines(measured: Mapping[str, Any]) -> list[str]:
    lines = [f"learnt from {measured['changes']:,} changes, {measured['bad']} of which needed a fix within a year"]
    for name, what in (("change", "whole changes"), ("file", "single files")):
        one = measured[name]
        lines.append(
            f"  {what}: {one['kind']}, area under the curve {one['area']:.2f} on {one['tried']:,} later ones"
            f" (size alone {one['size_area']:.2f}), Brier score {one['brier']:.3f}"
        )
    return lines


@command.command()
@click.argument("spec", required=False, metavar="[BASE..HEAD]")
@_repo
@_form
def show(spec: str | None, folder: Path, form: str) -> None:
    """Say how risky a range is, and why; without a range, what model there is."""
    from kb.outcomes.store import open_store

    with open_store() as store, Repository.open(folder) as repository:
        kept = store.risk_of(repository.identity)
        if kept is None:
            click.echo("null" if form == "json" else "no risk model: prudent risk train makes one")
            return
        if spec is None:
            click.echo(_model_json(kept) if form == "json" else "\n".join(_model_lines(kept)))
            return
        found = _risk(repository, spec, kept, store)
    if form == "json":
        click.echo(json.dumps({"schema": SCHEMA, "risk": None if found is None else asdict(found)}, indent=2))
        return
    click.echo("\n".join(_risk_lines(found)))


def _risk(repository: Repository, spec: str, kept: KeptRisk, store: OutcomeStore) -> Risk | None:
    from bot.examine import change_of, salience_of, settings_at_base
    from bot.sources import open_sources
    from checks.risk import accepted_in, risk_of
    from checks.scope import scoped

    whole = change_of(repository.compare(spec), repository.identity)
    change, _ = scoped(whole, settings_at_base(whole)[0])  # of what a review leaves out it has no risk either
    accepted = accepted_in(_lessons(repository, store))
    with open_sources(repository, cache_folder()) as sources:
        return risk_of(
            change,
            kept.body,
            sources.history,
            sources.code,
            lambda path, symbol: salience_of(change, sources.salience, path, symbol),
            accepted=accepted,
            message=repository.commits().message,
        )


def _model_json(kept: KeptRisk) -> str:
    return json.dumps(
        {"schema": SCHEMA, "version": kept.version, "at": kept.at.isoformat(), "measured": kept.measured}, indent=2
    )


def _model_lines(kept: KeptRisk) -> Sequence[str]:
    return [f"risk model {printable(kept.version)} of {kept.at:%Y-%m-%d}", *_learnt_lines(kept.measured)]


def _risk_lines(found: Risk | None) -> Sequence[str]:
    if found is None:
        return ["no risk: the model is of another version, or nothing is known of the past"]
    if not found.files:
        return ["no risk to speak of: no source changes, or only tests"]
    lines = [f"risk {found.score:.2f}, more than {found.rank:.0%} of earlier changes"]
    lines += [f"  {one.text}" + (f" ({printable(one.path)})" if one.path else "") for one in found.factors]
    ranked = sorted(found.files.items(), key=lambda item: (-item[1], item[0]))
    return [*lines, *(f"  {score:.2f}  {printable(path)}" for path, score in ranked)]
