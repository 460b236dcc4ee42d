"""The words of the inference check: what it reads with, and what it brings back.

    change, findings -> context -> passes -> claims -> grounded -> not refuted -> findings

Passes and verifier know no tool and no network beyond the `Chat` they are handed. What they answer is data; every
place, severity and text of a finding is worked out in code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from checks.check import Unseen
from checks.finding import Finding
from checks.inference.report import Dropped as Dropped
from checks.inference.report import Report as Report
from checks.inference.report import Triage as Triage
from checks.verdict import CheckRun
from models.chat.model import Chat
from models.model import NEVER, Stop


class Role(StrEnum):
    """What a model is asked for; each may have providers of its own."""

    FIND = "find"
    VERIFY = "verify"
    DEEP = "deep"
    TRIAGE = "triage"


class Enrichment(StrEnum):
    """What may be added to the context. Each is logged with its effect."""

    VERDICTS = "verdicts"  # earlier ones on this line of work
    NEIGHBOURS = "neighbours"  # of memory: like findings, and what became of them
    FINDINGS = "findings"  # of the other checks
    CONSTRAINTS = "constraints"
    CO_CHANGE = "co-change"
    DRIFT = "drift"  # versions named in the diff or the docs that differ from those pinned
    GUIDES = "guides"  # AGENTS.md, CONTRIBUTING, at base
    MISTAKES = "mistakes"  # of our own models: a checklist


class Checkpoint(Protocol):
    """Keeps what was read, so that a crash begins where it stopped."""

    def get(self, key: str) -> bytes | None:
        """Return what was kept under a key, None if nothing was."""
        ...

    def put(self, key: str, value: bytes) -> None:
        """Keep a value."""
        ...


@dataclass(frozen=True)
class Reader:
    """What the inference check reads with. `open` raises NoReader where there is nobody to ask for a role."""

    open: Callable[[Role], Chat]
    seconds: float = 180.0  # for one change, all passes
    tokens: int = 8_000  # of the context, instructions and answer in it
    is_deep: bool = False
    deep_tokens: int = 200_000  # that the deep mode may read of a change
    enrich: frozenset[Enrichment] = frozenset(Enrichment)
    checkpoint: Checkpoint | None = None
    stop: Stop = NEVER
    seed: int = 0
    passes: tuple[str, ...] = ()  # slugs; empty: all
    salt: bytes = b""  # a secret of the installation, from which fences are made; empty: drawn anew each time
    jobs: int = 1  # questions that may be put at once


@dataclass(frozen=True)
class Read:
    """What reading a change brought: findings without fingerprints yet, one run per pass, files not seen whole."""

    findings: tuple[Finding, ...] = ()
    runs: tuple[CheckRun, ...] = ()
    unseen: tuple[Unseen, ...] = ()
    notes: tuple[str, ...] = ()
    report: Report = field(default_factory=Report)
