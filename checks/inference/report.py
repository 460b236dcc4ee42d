"""What the inference check did, what it cost, and what it did not say, for people and for the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.chat.model import Usage


@dataclass(frozen=True)
class Dropped:
    """A claim that was not said: of which pass, what, and which step it failed."""

    slug: str
    reason: str  # "quote not in head", "quote in several places", "name exists", "refuted", "duplicate of ruff-F821"
    text: str = ""
    pattern: str = ""  # the code that it quoted


@dataclass(frozen=True)
class Triage:
    """What a model would do with a finding of another check. It never silences a blocking one or any of security."""

    fingerprint: str
    decision: str  # "keep", "drop", "merge"
    reason: str


@dataclass(frozen=True)
class Report:
    """What the inference check cost and did, for people and for the log."""

    usage: Usage = field(default_factory=Usage)
    micros: int = 0
    calls: int = 0
    models: tuple[str, ...] = ()
    claims: int = 0
    dropped: tuple[Dropped, ...] = ()
    triaged: tuple[Triage, ...] = ()
    effects: Mapping[str, str] = field(default_factory=dict)  # by enrichment: what it added, and what came of it
    context_tokens: int = 0
    windows: int = 0  # parts that files were cut into
    ms: int = 0
