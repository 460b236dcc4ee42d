"""What a stored value looks like: JSON, and nothing that could run when it is read."""

from __future__ import annotations

import json
from datetime import date
from typing import NoReturn

from dbos import Serializer
from dbos import _serialization as formats

from bot.jobs.port import Json

TEXT_KEPT = 2_000  # characters of an exception's text


class StepFailed(Exception):
    """An exception of an earlier life, as it was stored: its type's name and its text."""


class JsonSerializer(Serializer):
    """Stores values as ASCII JSON inside an envelope that tells a value from an exception.

    dbos's own JSON writes lone surrogates as they are, which no database takes: names of files in git can
    hold them, and a job that cannot store its end would hang.
    """

    def serialize(self, data: object) -> str:
        """Return the text to store; raises TypeError or ValueError for what JSON cannot hold."""
        if isinstance(data, BaseException):
            return json.dumps({"failed": [type(data).__name__, described(data)]})
        return json.dumps({"value": data}, default=_date, allow_nan=False, separators=(",", ":"))

    def deserialize(cls, serialized_data: str) -> Json:
        """Return a value, or a `StepFailed` where an exception was stored."""
        stored = json.loads(serialized_data)
        if "failed" in stored:
            kind, text = stored["failed"]
            return StepFailed(text if kind == StepFailed.__name__ else f"{kind}: {text}")
        return stored["value"]

    def name(self) -> str:
        """Return the name that each row says it was written with."""
        return "prudent_json"


def described(error: BaseException) -> str:
    """Return an exception's text, cut; never raises."""
    try:
        text = str(error)
    except Exception:  # a broken __str__ must not keep a job from ending
        text = "(its text could not be made)"
    return text if len(text) <= TEXT_KEPT else text[:TEXT_KEPT] + "…"


def plain(value: Json) -> Json:
    """Return a value as it will be read back: lists for tuples, text for keys.

    A first run must see what a resumed one sees, or the two take different ways.
    Raises TypeError or ValueError for what JSON cannot hold.
    """
    return json.loads(json.dumps(value, allow_nan=False))


def refuse_pickles() -> None:
    """Have dbos raise where a row asks to be unpickled: whoever can write a row could else run code here."""
    formats.DefaultSerializer.deserialize = _refuse  # type: ignore[assignment, method-assign]


def _refuse(*_: object) -> NoReturn:
    raise TypeError("a stored value is a pickle, which is never read")


def _date(value: object) -> str:
    if isinstance(value, date):  # dbos stores the times of schedules
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} is not JSON")
