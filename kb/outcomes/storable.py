"""Text and numbers in a form that every database takes.

Postgres refuses NUL and lone surrogates, and numbers beyond 64 bits; its indexes refuse long keys. What
comes from a repository may hold any of them, and an audit must not be lost over a strange path.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar

from kb.outcomes.audit import Audit, LoggedFinding

LONGEST_KEY = 400  # bytes; three such keys fit one entry of a Postgres index (2704 bytes)
LARGEST = 2**63 - 1

T = TypeVar("T")


def storable(text: str) -> str:
    """Return the text with NUL and lone surrogates written as escapes; other text is returned as it is."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def key(text: str) -> str:
    """Return storable text that is short enough for an index; a cut text ends in a digest of the whole."""
    text = storable(text)
    data = text.encode()
    if len(data) <= LONGEST_KEY:
        return text
    return data[: LONGEST_KEY - 17].decode("utf-8", "ignore") + "~" + hashlib.sha256(data).hexdigest()[:16]


def storable_audit(audit: Audit) -> Audit:
    """Return the audit with every text and number storable, and what is searched by cut to a key."""
    clean = _clean(audit)
    return replace(
        clean,
        repository=key(clean.repository),
        subject=key(clean.subject),
        head=key(clean.head),
        findings=tuple(_with_keys(finding) for finding in clean.findings),
    )


def _with_keys(finding: LoggedFinding) -> LoggedFinding:
    return replace(finding, fingerprint=key(finding.fingerprint), slug=key(finding.slug))


def _clean(value: T) -> T:
    clean: Any = value
    if isinstance(value, Enum | bool):
        return value
    if isinstance(value, str):
        clean = storable(value)
    elif isinstance(value, int):
        clean = max(-LARGEST, min(LARGEST, value))
    elif isinstance(value, float):
        clean = value if math.isfinite(value) else None  # JSON has no other numbers
    elif isinstance(value, tuple | list):
        clean = type(value)(_clean(item) for item in value)
    elif isinstance(value, Mapping):
        clean = {_clean(name): _clean(item) for name, item in value.items()}
    elif is_dataclass(value) and not isinstance(value, type):
        clean = replace(value, **{f.name: _clean(getattr(value, f.name)) for f in fields(value)})
    return clean  # type: ignore[no-any-return]
