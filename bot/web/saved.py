"""Deliveries kept in files: what GitHub's own list of deliveries gives, headers and body, or a bare payload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from kb.errors import UserError


@dataclass(frozen=True)
class Saved:
    """A delivery from a file: its event's name and payload, and the App it was sent to where that is known."""

    event: str
    body: bytes
    app_id: int | None


_NOTHING = msgspec.Raw(b"null")


class _File(msgspec.Struct):
    """All the forms at once: of a bare payload nothing is found. GitHub's own form has both under `request`."""

    headers: dict[str, str] | None = None
    body: msgspec.Raw = _NOTHING
    payload: msgspec.Raw = _NOTHING
    request: msgspec.Raw = _NOTHING
    event: str | None = None


def saved_delivery(data: bytes, *, event: str | None) -> Saved:
    """Return the delivery that a file's bytes hold.

    Three forms are known: `{"headers": {...}, "body": ...}` with the body as JSON or as text, what GitHub's API tells
    of a delivery (`{"event": ..., "request": {"headers": {...}, "payload": ...}}`), and a payload alone.

    Args:
        data: The file.
        event: The event's name; None takes it from the headers.

    Raises:
        UserError: The file is not JSON, or the event's name is nowhere.
    """
    found = _read(data, what="the file")
    outer = found.event
    if found.request != _NOTHING and found.body == _NOTHING:
        found = _read(bytes(found.request), what="its request")
    headers = {name.lower(): value for name, value in (found.headers or {}).items()}
    name = event or headers.get("x-github-event") or outer
    if not name:
        raise UserError(
            "the file does not say which event it is; name it with --event, for example --event pull_request"
        )
    part = found.body if found.body != _NOTHING else found.payload
    return Saved(name, data if part == _NOTHING else _bytes(part), _app_id(headers))


def _read(data: bytes, *, what: str) -> _File:
    try:
        return msgspec.json.decode(data, type=_File)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise UserError(f"{what} is not a delivery as JSON") from None


def _bytes(part: msgspec.Raw) -> bytes:
    """Return a body's bytes; one that was saved as text is unpacked."""
    raw = bytes(part)
    try:
        return msgspec.json.decode(raw, type=str).encode() if raw[:1] == b'"' else raw
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise UserError("the body in the file is not text") from None


def _app_id(headers: Mapping[str, str]) -> int | None:
    target = headers.get("x-github-hook-installation-target-id", "")
    return int(target) if target.isascii() and target.isdigit() and len(target) < 20 else None
