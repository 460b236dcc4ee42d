"""`prudent models bench`: tokens per second on this machine, and how many threads are fastest."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from bot.cli.models import shown_progress
from models.chosen import choice_of, file_of, named, our_means

if TYPE_CHECKING:
    from models.bench import Speed


@click.command(name="bench")
@click.argument("name", required=False, metavar="[NAME|PRESET|PATH]")
@click.option("--threads", type=click.IntRange(1, 1024), multiple=True, help="Numbers of threads to try; repeat it.")
def command(name: str | None, threads: tuple[int, ...]) -> None:
    """Measure a model (default: the one in use) and remember which number of threads was fastest.

    More threads are slower on a small or busy machine, since each waits for all others many times a token.
    """
    from models.bench import fastest, speeds, thread_counts
    from models.catalogue_kept import change_kept, read_kept
    from models.gguf_digest import sha256_of

    means = our_means(os.environ)
    kept = read_kept(means.data)
    choice = choice_of(None, os.environ, kept) if name is None else named(name, "what was asked for")
    with shown_progress() as progress:
        path = file_of(choice, means, progress=progress)
    counts = threads or thread_counts(_cores())
    click.echo(f"{choice.name}: tokens per second")
    measured: list[Speed] = []
    for speed in speeds(path, counts):
        click.echo(f"{speed.threads:4} thread{'s' if speed.threads > 1 else ' '}  {_numbers(speed)}")
        measured.append(speed)
    best = fastest(measured).threads
    change_kept(means.data, lambda kept: replace(kept, threads={**kept.threads, sha256_of(path): best}))
    click.echo(f"{best} thread{'s are' if best > 1 else ' is'} used for it from now on")


def _cores() -> int:
    """Return the cores that this process may run on."""
    affinity = getattr(os, "sched_getaffinity", None)  # Linux has it, macOS does not
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _numbers(speed: Speed) -> str:
    return f"{speed.prompt:8.1f} reading  {speed.generation:8.1f} writing  loaded in {speed.load:.2f} s"
