"""`prudent history --spent`: what models that read changes have cost this month, by role and model."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from kb.view import shown

if TYPE_CHECKING:
    from kb.outcomes.spending import SpentSum
    from kb.outcomes.store import OutcomeStore

SCHEMA = "prudent.spent/1"
HEAD = ("role", "model", "calls", "failed", "tokens in", "of them kept", "tokens out", "cost")


def spent_this_month(store: OutcomeStore, repository: str, now: datetime, form: str) -> str:
    """Return what was spent since the month began (UTC) as text or JSON; "" is every repository."""
    from kb.outcomes.spending import month_of

    since = month_of(now)
    sums = store.spent_since(since, repository, now=now)
    if form == "json":
        return json.dumps(
            {"schema": SCHEMA, "since": since.isoformat(), "spent": [asdict(one) for one in sums]}, indent=2
        )
    if not sums:
        return f"nothing since {since:%Y-%m-%d}"
    rows = [HEAD, *map(_row, sums)]
    if len(sums) > 1:
        rows.append(_row(_total(sums)))
    widths = [max(len(row[at]) for row in rows) for at in range(len(HEAD))]
    return "\n".join([f"since {since:%Y-%m-%d}, UTC", *(_line(row, widths) for row in rows)])


def _row(one: SpentSum) -> tuple[str, ...]:
    from kb.outcomes.spending import dollars

    name = "/".join(filter(None, (one.provider, one.model))) or ("under way" if one.role else "")
    counts = (one.calls, one.failed, one.input + one.read + one.written, one.read, one.output)
    return (shown(one.role or "all"), shown(name), *(f"{count:,}" for count in counts), dollars(one.micros))


def _total(sums: tuple[SpentSum, ...]) -> SpentSum:
    from kb.outcomes.spending import SpentSum as Sum

    names = ("calls", "failed", "input", "output", "read", "written", "micros")
    return Sum(**{name: sum(getattr(one, name) for one in sums) for name in names})


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    cells = [
        cell.ljust(width) if at < 2 else cell.rjust(width)
        for at, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(["", *cells]).rstrip()
