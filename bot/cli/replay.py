"""`prudent replay`: what a saved delivery is cut to; offline, and nothing is posted."""

from __future__ import annotations

import json
from pathlib import Path

import click

from kb.errors import UserError


@click.command(name="replay")
@click.argument("delivery", type=click.Path(path_type=Path))
@click.option("--event", "name", help="The event's name, where the file does not say it.")
@click.option("--app", "app_id", type=click.IntRange(min=0), help="The App's id (default: the one in the headers).")
@click.option("--host", default="github.com", show_default=True, help="The web host of the GitHub it came from.")
def command(delivery: Path, name: str | None, app_id: int | None, host: str) -> None:
    """Print the event that a saved DELIVERY is cut to, as JSON.

    DELIVERY holds {"headers": ..., "body": ...}, or what GitHub's list of deliveries tells of one, or a payload.
    An event of type Ignored says why nothing would be done.
    """
    from bot.events import to_json
    from bot.output import write_output
    from bot.web.payload import LARGEST_BODY, BadDelivery, event_of
    from bot.web.saved import saved_delivery

    saved = saved_delivery(_read(delivery, 2 * LARGEST_BODY), event=name)
    try:
        event = event_of(saved.event, saved.body, own_app_id=app_id or saved.app_id or 0, host=host)
    except BadDelivery as error:
        raise UserError(f"{delivery} is not a delivery of {saved.event}: {error}") from None
    write_output(json.dumps(to_json(event), indent=2) + "\n", None)


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(most + 1)
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror})") from None
    if len(data) > most:
        raise UserError(f"{path} is larger than any delivery")
    return data
