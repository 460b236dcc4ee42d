"""`prudent serve`: the GitHub App; settings come from the environment only."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from bot.cli.terminal import is_terminal
from kb.errors import PrudentError


@click.command(name="serve")
@click.option(
    "--role",
    type=click.Choice(["all", "web", "worker"]),
    default="all",
    show_default=True,
    help="web takes deliveries in, worker reviews; all runs both.",
)
@click.option("--attached", is_flag=True, hidden=True, help="End with the process that holds standard input.")
@click.pass_context
def command(context: click.Context, role: str, attached: bool) -> None:
    """Run the GitHub App until it is told to stop.

    Settings come from the environment; README lists them. Exits with 2 if one is missing or wrong.
    """
    from bot.logs import configure, log
    from bot.reader import config_of
    from bot.reading.read import hide
    from bot.web.settings import settings_from
    from bot.web.variables import unknown_variables

    hide()  # web too: a reading process that was taken over is of the same user, and the key is in our environment
    settings = settings_from(os.environ)
    if role != "web":
        config_of(os.environ)  # a mistake in it is said now, not when the worker starts
    configure(settings.log_form or ("text" if is_terminal(sys.stderr) else "json"), role=role.replace("all", "web"))
    if not attached:
        for line in unknown_variables(os.environ):
            log(__name__).warning(line)
    if role != "worker":
        from bot.web.server import run

        context.exit(run(settings, _worker() if role == "all" else None))
    if attached:
        from bot.web.supervision import end_with_parent

        end_with_parent()
    context.exit(import_module("bot.workflow.worker").run(settings))


def _worker() -> list[str]:
    """Return the command that runs a worker with the environment that we have; -P: never from the current folder."""
    if not sys.executable:
        raise PrudentError("this Python does not know where it is; run web and worker as two processes (--role)")
    return [sys.executable, "-P", "-m", "bot.cli.main", "serve", "--role", "worker", "--attached"]
