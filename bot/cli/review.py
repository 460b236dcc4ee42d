"""`prudent review`: what a person asks for becomes a comparison, its verdict is written and logged."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from bot.audit import audit_of
from bot.cli.progress import Progress
from bot.cli.terminal import wants_colour, width_of
from bot.mistakes import mistakes_in, was_told
from bot.output import FORMATS, rendered, write_output
from bot.pipeline import Options, change_of, review
from bot.remembering import StoredMemory
from bot.sources import Sources, open_sources
from bot.writing import writer_of
from checks.change import Change
from checks.finding import Severity
from checks.inference.model import Reader
from checks.verdict import Overall, Verdict, worst
from checks.workspace import open_workspace
from kb.errors import StoreError, UserError
from kb.folders import cache_folder
from kb.repository import Comparison, Repository

LARGEST_PATCH = 100 * 2**20


@click.command(name="review")
@click.argument("what", required=False, metavar="[BASE..HEAD | PATCHFILE | -]")
@click.option("--repo", type=click.Path(path_type=Path), default=Path(), help="The repository (default: here).")
@click.option("--staged", is_flag=True, help="Review what is staged, against HEAD.")
@click.option("--worktree", is_flag=True, help="Review all that is not committed, against HEAD.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file, whole or not at all.")
@click.option(
    "--fail-on",
    type=click.Choice(["block", "warn", "never"]),
    default="block",
    show_default=True,
    help="Exit with 1 when a finding is at least this severe.",
)
@click.option("--checks", "checks", default="", metavar="SLUG,...", help="Run only these checks, or rules.")
@click.option("--sarif", multiple=True, type=click.Path(path_type=Path), help="A report of your own CI to read in.")
@click.option("--jobs", type=click.IntRange(1, 64), help="How many checks run at once.")
@click.option("--model", metavar="NAME", help="The model that writes patches (default: the one in use).")
@click.option("--no-model", is_flag=True, help="No model at all: no patches, and none reads the change.")
@click.option("--no-inference", is_flag=True, help="No model reads the change.")
@click.option("--deep", is_flag=True, help="Have models read much more of the repository than usual.")
@click.option("--no-log", is_flag=True, help="Do not log the verdict in the outcomes store.")
def command(
    what: str | None,
    repo: Path,
    staged: bool,
    worktree: bool,
    form: str,
    output: Path | None,
    fail_on: str,
    checks: str,
    sarif: tuple[Path, ...],
    jobs: int | None,
    model: str | None,
    no_model: bool,
    no_inference: bool,
    deep: bool,
    no_log: bool,
) -> int:
    """Review a range, a patch file, standard input (-), or what is not committed yet.

    Without an argument: from the merge base with the default branch to HEAD. BASE..HEAD and BASE...HEAD
    both review what HEAD adds since the two parted.
    """
    if sum([what is not None, staged, worktree]) > 1:
        raise UserError("name one thing to review: a range or patch, --staged, or --worktree")
    slugs = tuple(dict.fromkeys(slug.strip() for slug in checks.split(",") if slug.strip()))
    options = Options(slugs, jobs, sarif=sarif) if jobs else Options(slugs, sarif=sarif)
    warming = _warm_up(log=not no_log)
    with Repository.open(repo) as repository:
        comparison = _comparison(repository, what, staged=staged, worktree=worktree)
        change = change_of(comparison, repository.identity)
        cache = cache_folder()
        with (
            open_workspace(cache) as workspace,
            Progress(sys.stderr) as progress,
            open_sources(repository, cache, progress.indexing) as sources,
        ):
            writer = None if no_model else writer_of(model, repository=repository.identity, progress=progress.indexing)
            reader = None if no_model or no_inference else _reader(change, cache, model, deep=deep)
            knowing = _knowing(sources, change)
            verdict = review(change, workspace, options, knowing, writer=writer, reader=reader, watcher=progress)
        _write(verdict, change, form, output)
        warming.join()
        if not no_log:
            _log(verdict, repository)
    return _exit_code(verdict, fail_on)


def _reader(change: Change, cache: Path, model: str | None, *, deep: bool) -> Reader | None:
    """Return who reads the change; a model that is named for patches is the local one that reads, too."""
    from bot.reader import reader_of

    environ = os.environ | ({"PRUDENT_MODEL": model} if model else {})
    return reader_of(change.repository, change.subject, environ=environ, cache=cache, deep=deep, problem=_warn)


def _knowing(sources: Sources, change: Change) -> Sources:
    """Return the sources with what the outcomes store remembers of the repository."""
    memory = StoredMemory(change.repository, change.subject, datetime.now(UTC), os.environ)
    return replace(sources, memory=memory, notes=memory.notes)


def _warn(problem: str) -> None:
    print(f"prudent: what models cost is not counted: {problem}", file=sys.stderr)


def _comparison(repository: Repository, what: str | None, *, staged: bool, worktree: bool) -> Comparison:
    if staged:
        return repository.compare_staged()
    if worktree:
        return repository.compare_worktree()
    if what == "-":
        return repository.compare_patch(_read(sys.stdin.buffer.read(LARGEST_PATCH + 1), "-"), "standard input")
    if what is not None and ".." not in what and Path(what).is_file() and not _is_revision(repository, what):
        return repository.compare_patch(_read_file(Path(what)), what)
    return repository.compare(what)


def _is_revision(repository: Repository, name: str) -> bool:
    try:
        repository.view(name)
    except UserError:
        return False
    return True


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return _read(file.read(LARGEST_PATCH + 1), str(path))
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from None


def _read(data: bytes, name: str) -> bytes:
    if len(data) > LARGEST_PATCH:
        raise UserError(f"{name}: larger than {LARGEST_PATCH // 2**20} MB; review the commits instead of a patch")
    return data


def _warm_up(*, log: bool) -> threading.Thread:
    """Import the store's libraries (half a second) while git and the engines work."""

    def load() -> None:
        if log:
            from kb.outcomes.warm import warm_up

            warm_up()

    thread = threading.Thread(target=load, daemon=True)
    thread.start()
    return thread


def _write(verdict: Verdict, change: Change, form: str, output: Path | None) -> None:
    stream = sys.stdout
    colour = output is None and wants_colour(stream, os.environ)
    text = rendered(verdict, change, form, colour=colour, width=width_of(stream, os.environ))
    write_output(text, output)


def _log(verdict: Verdict, repository: Repository) -> None:
    """Log the verdict; whatever is wrong with the store, the verdict has been written and is kept."""
    from kb.outcomes.derive import landed_by
    from kb.outcomes.store import log_or_spool, open_store

    landed = landed_by(repository.merge_base)
    now = datetime.now(UTC)
    logged = log_or_spool(os.environ.get("PRUDENT_STORE"), audit_of(verdict, now=now), landed=landed)
    mistakes, is_told = mistakes_in(verdict, now), was_told(verdict)
    if not logged.problem and (mistakes or is_told):
        with suppress(StoreError), open_store(os.environ.get("PRUDENT_STORE")) as store:  # it was open a moment ago
            store.note_mistakes(verdict.repository, mistakes, now)
            if is_told:
                store.heed_checklists(verdict.repository, now)
    if logged.problem:
        print(f"prudent: {logged.problem}", file=sys.stderr)


def _exit_code(verdict: Verdict, fail_on: str) -> int:
    found = worst(verdict.findings)
    if fail_on != "never" and found is not None and found.rank <= Severity(fail_on).rank:
        return 1
    return 3 if verdict.overall is Overall.NOT_CHECKED else 0
