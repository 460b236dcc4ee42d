"""`prudent index`: the graph of the code on disk, made before somebody waits for it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.index_progress import IndexProgress
from bot.render.escape import printable
from kb.folders import cache_folder
from kb.repository import Repository

if TYPE_CHECKING:
    from kb.graph.index import Index, Report

# name -> (module with `command`, one line of help); imported only when used
_ELSEWHERE = {"sync": ("bot.cli.index_sync", "Mirror the default branch in a graph server.")}
_BUILD = "build"


class _Commands(click.Group):
    """A group whose first command need not be named: `prudent index HEAD` is `prudent index build HEAD`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), *_ELSEWHERE]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _ELSEWHERE:
            command: click.Command = import_module(_ELSEWHERE[cmd_name][0]).command
            return command
        return super().get_command(ctx, cmd_name)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in (*self.list_commands(ctx), *ctx.help_option_names):
            args = [_BUILD, *args]
        return super().parse_args(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, "[REV] [OPTIONS] | COMMAND [ARGS]...")

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, command.get_short_help_str(80)) for name, command in sorted(self.commands.items())]
        rows += [(name, line) for name, (_, line) in _ELSEWHERE.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


_repo = click.option("--repo", type=click.Path(path_type=Path), default=Path(), help="The repository (default: here).")


@click.group(name="index", cls=_Commands)
def command() -> None:
    """Make, or bring up to date, the index of a repository: what every file says, and who refers to what.

    A review makes what it lacks by itself. Building the index of the branch that work is merged into, in a scheduled
    job for example, saves it the time. REV is HEAD if it is not given.
    """


@command.command(_BUILD)
@click.argument("rev", required=False, default="HEAD")
@_repo
@click.option("-q", "--quiet", is_flag=True, help="Say nothing unless something is wrong.")
def build(rev: str, repo: Path, quiet: bool) -> None:
    """Index the files of a revision (default: HEAD)."""
    with Repository.open(repo) as repository, IndexProgress(sys.stderr, quiet=quiet) as progress:
        with _index_of(repository, progress) as index:
            report = index.build(repository.view(rev))
        progress.close()
        if report.trouble:
            print(f"prudent: {printable(report.trouble)}", file=sys.stderr)
        if not quiet:
            _say(_summary(report))


@command.command("status")
@_repo
def status(repo: Path) -> None:
    """Say of which files there is an index, where it is and how large."""
    with Repository.open(repo) as repository, _index_of(repository) as index:
        stored = index.stored()
        if stored is None:
            _say("no index; `prudent index` makes it")
            return
        same = "the files of HEAD" if stored.tree == repository.view("HEAD").id else f"tree {printable(stored.tree)}"
        place = printable(str(index.folder))
        _say(f"index of {same}: {stored.files} files, {_size(index.size())} in {place}")


@command.command("clear")
@_repo
def clear(repo: Path) -> None:
    """Remove the index of this repository; it can be made again."""
    with Repository.open(repo) as repository, _index_of(repository) as index:
        size = index.size()
        index.clear()
        _say(f"removed {_size(size)}")


@contextmanager
def _index_of(repository: Repository, progress: IndexProgress | None = None) -> Iterator[Index]:
    from kb.graph.index import Index

    index = Index.open(cache_folder() / "graph", repository.identity, progress)
    try:
        yield index
    finally:
        index.close()


def _summary(report: Report) -> str:
    parts = [
        f"{report.files:,} files: {report.parsed:,} read, {report.files - report.parsed:,} read before, "
        f"{report.linked:,} linked",
        f"{report.nodes:,} nodes and {report.edges:,} edges, {report.unresolved:.0%} of references unresolved",
        f"{report.seconds:.1f} s, {_size(report.size)}",
    ]
    return "; ".join(parts)


def _say(text: str) -> None:
    """Write a line. The writer of verdicts is not used: with it comes every check, which takes longer than the work."""
    click.echo(text.encode(sys.stdout.encoding or "utf-8", "backslashreplace"))


def _size(size: int) -> str:
    return f"{size / 2**20:.1f} MB on disk"
