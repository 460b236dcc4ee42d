"""Lessons as JSON lines, to be carried from one store to another: the published format `prudent.lesson/1`.

Times are ISO 8601 with their zone. A line that is read in is believed in nothing: every field has a type, a length and
a range, and the first wrong line is named.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import msgspec

from kb.errors import UserError
from kb.memory.model import LIFE, Fate, Lesson, Signal
from kb.redact import redact
from kb.view import shown

SCHEMA = "prudent.lesson/1"
MOST_LINES = 100_000
LONGEST_LINE = 100_000  # bytes
_AHEAD = timedelta(days=1)  # clocks differ

_Key = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]
_Short = Annotated[str, msgspec.Meta(max_length=1_000)]
_Long = Annotated[str, msgspec.Meta(max_length=12_000)]
_Number = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_Weight = Annotated[float, msgspec.Meta(gt=0, le=2)]
_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    """One lesson as a line of the file."""

    schema: Literal["prudent.lesson/1"]
    repository: _Key
    fingerprint: _Key
    about: _Key
    check: _Short
    slug: _Key
    severity: Literal["block", "warn", "info", ""]
    path: _Short
    symbol: _Short
    text: _Long
    code: _Long
    fate: Fate
    signal: Signal
    by: _Short
    by_id: _Number
    subject: _Key
    evidence: _Short
    reason: _Long
    at: _Moment
    expires: _Moment
    weight: _Weight


def line_of(lesson: Lesson) -> str:
    """Return a lesson as one line, without its end."""
    values = {name: getattr(lesson, name) for name in _Line.__struct_fields__ if name != "schema"}
    moments = {name: datetime.fromtimestamp(values[name], UTC).isoformat() for name in ("at", "expires")}
    return json.dumps({"schema": SCHEMA, **values, **moments})


def lessons_in(lines: Iterable[bytes], now: datetime) -> list[Lesson]:
    """Return the lessons of a file's lines, secrets out of them; raises UserError that names the first wrong line.

    Their ids are 0, and what they say of themselves is kept: whose word they are is up to who takes them in.
    """
    found = []
    for number, line in enumerate(lines, 1):
        if number > MOST_LINES:
            raise UserError(f"the file has more than {MOST_LINES} lines; import it in parts")
        if line.strip():
            found.append(_lesson(line, number, now))
    return found


def _lesson(line: bytes, number: int, now: datetime) -> Lesson:
    if len(line) > LONGEST_LINE:
        raise UserError(f"line {number} is longer than {LONGEST_LINE} bytes: no lesson is")
    try:
        read = msgspec.json.decode(line, type=_Line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UserError(f"line {number} is no lesson: {shown(str(error))}") from None
    if read.at > now + _AHEAD:
        raise UserError(f"line {number} is no lesson: its time is in the future")
    if not read.at < read.expires <= read.at + timedelta(seconds=LIFE):
        raise UserError(f"line {number} is no lesson: it expires before it begins, or after more than a year")
    if not math.isfinite(read.weight):
        raise UserError(f"line {number} is no lesson: its weight is no number")
    values = {name: getattr(read, name) for name in _Line.__struct_fields__ if name != "schema"}
    for name in ("text", "code", "reason", "evidence", "path", "symbol", "by"):
        values[name] = redact(values[name])
    return Lesson(id=0, **{**values, "at": read.at.timestamp(), "expires": read.expires.timestamp()})
