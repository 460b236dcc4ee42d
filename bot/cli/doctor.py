"""`prudent doctor`: what is installed, what is missing, and how to get it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from bot.cli.terminal import wants_colour, width_of

if TYPE_CHECKING:
    from bot.diagnosis import Item

SCHEMA = "prudent.doctor/1"
NOT_READY = 3


@click.command(name="doctor")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--app", is_flag=True, help="Look at the GitHub App: key, clock, permissions, webhook, installations.")
@click.pass_context
def command(context: click.Context, form: str, app: bool) -> None:
    """Say what is installed, what is missing, and how to get it.

    Exits with 0 if reviews can run here, else with 3. With --app, GitHub is asked, with the settings in the
    environment: 1 if something is wrong there, 3 if it could not be checked.
    """
    if app:
        _doctor_app(context, form)
        return
    from bot.diagnosis import diagnose, is_ready
    from bot.output import write_output
    from checks.registry import CHECKS

    items = diagnose(CHECKS)
    ready = is_ready(items)
    if form == "json":
        rows = [asdict(item) for item in items]
        text = json.dumps({"schema": SCHEMA, "ready": ready, "items": rows}, indent=2) + "\n"
    else:
        colour = wants_colour(sys.stdout, os.environ)
        text = "\n".join(_lines(items, ready, colour, width_of(sys.stdout, os.environ))) + "\n"
    write_output(text, None)
    if not ready:
        context.exit(NOT_READY)


def _doctor_app(context: click.Context, form: str) -> None:
    from bot.cli.doctor_app import report
    from bot.output import write_output
    from bot.web.settings import settings_from

    text, code = report(settings_from(os.environ), form)
    write_output(text, None)
    if code:
        context.exit(code)


def _lines(items: tuple[Item, ...], ready: bool, colour: bool, width: int) -> Iterator[str]:
    from bot.render.escape import wrapped

    longest = max(len(item.name) for item in items)
    section = ""
    for item in sorted(items, key=lambda item: _SECTIONS.index(item.section)):
        if item.section != section:
            section = item.section
            yield f"{section}s" if section in ("engine", "program", "folder") else section
        mark = "ok     " if item.ok else "missing" if item.says == "not installed" else "problem"
        style = "32" if item.ok else "31" if item.needed else "33"
        lead = f"  {mark}  {item.name.ljust(longest)}  "
        first, *rest = wrapped(item.says, width, indent=lead, hang=" " * len(lead))
        yield f"  \x1b[{style}m{mark}\x1b[0m{first[2 + len(mark) :]}" if colour else first
        yield from rest
        if item.hint and not item.ok:
            yield from wrapped(f"-> {item.hint}", width, indent=" " * len(lead), hang=" " * (len(lead) + 3))
    yield ""
    yield "Reviews can run." if ready else "Reviews cannot run: mend what is marked as a problem above."


_SECTIONS = ("program", "engine", "syntax", "model", "store", "folder")
