"""`prudent checks`: every slug that a finding can have, in one table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bot.reference import Entry

SCHEMA = "prudent.checks/1"
LANGUAGES_SHOWN = 3
_TITLES = ("slug", "severity", "confidence", "", "reported by", "languages")


@click.command(name="checks")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(form: str) -> None:
    """List every slug that a finding can have: how bad, how sure, who reports it, posted or silent."""
    from bot.output import write_output
    from bot.reference import entries
    from checks.registry import DESCRIBED

    found = entries(DESCRIBED)
    write_output(_as_json(found) if form == "json" else _as_text(found), None)


def _as_json(found: Sequence[Entry]) -> str:
    rows = [
        {
            "slug": entry.slug,
            "severity": entry.severity.value,
            "confidence": entry.confidence.value,
            "posted": entry.posted,
            "reported_by": list(entry.checks),
            "languages": list(entry.languages),
            "finds": entry.rule.finds,
        }
        for entry in found
    ]
    return json.dumps({"schema": SCHEMA, "checks": rows}, indent=2) + "\n"


def _as_text(found: Sequence[Entry]) -> str:
    rows = [_TITLES, *(_row(entry) for entry in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_TITLES))]
    lines = ["  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)).rstrip() for row in rows]
    silent = sum(not entry.posted for entry in found)
    lines += [
        "",
        f"{len(found)} slugs, {silent} of them silent: recorded, not posted.",
        "`prudent explain SLUG` tells more.",
    ]
    return "\n".join(lines) + "\n"


def _row(entry: Entry) -> tuple[str, ...]:
    languages = entry.languages
    named = ", ".join(languages) if len(languages) <= LANGUAGES_SHOWN else f"{len(languages)} languages"
    posted = "posted" if entry.posted else "silent"
    return (entry.slug, entry.severity.value, entry.confidence.value, posted, ", ".join(entry.checks), named)
