"""The shape of a pass: a module that says what a model is asked to look for, listed in `checks.inference.passes`.

It is described as a check is, and has no run of its own: all passes are read together by `checks.inference.read`.
File order in a pass's module: docstring contract, `SLUG`, `RULES`, `KINDS`, `TASK`, `TRAITS`, `EXAMPLES`, `TOLD`,
`covers`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from checks.check import Described
from checks.finding import Confidence
from checks.inference.claims import Named
from checks.scope import PROSE
from kb.syntax.languages import language_of

STANDS: Mapping[str, Any] = {"refuted": False, "because": "", "why": "", "missing": ""}


@dataclass(frozen=True)
class Traits:
    """How a pass differs from the others."""

    sees_statements: bool = False  # the author's text; its claims then quote a sentence of it
    is_security: bool = False  # is shown no text but code, and compared with findings of security
    is_about_tests: bool = False  # its claims end where a test of the change reaches the code


@dataclass(frozen=True)
class Told:
    """What a model says of an example: the pass's answer, and the verifier's to each claim that comes so far."""

    claims: Sequence[Mapping[str, Any]] = ()
    verdict: Mapping[str, Any] = field(default_factory=lambda: STANDS)


class Reading(Described, Protocol):
    """A pass over a change by a model."""

    @property
    def KINDS(self) -> tuple[str, ...]:
        """Return what its claims can be of."""
        ...

    @property
    def TASK(self) -> str:
        """Return what a model is asked to look for, and what not."""
        ...

    @property
    def TRAITS(self) -> Traits:
        """Return how it differs from other passes."""
        ...

    @property
    def TOLD(self) -> Mapping[str, Told]:
        """Return what a model says of each example, by its name; nothing of those that are not named."""
        ...


def is_code(path: str) -> bool:
    """Return whether a file at this path holds a program."""
    name = path.rpartition("/")[2]
    suffix = f".{name.rpartition('.')[2].lower()}" if "." in name else ""
    return suffix not in PROSE and language_of(path) not in (None, "json", "yaml", "toml", "css", "html")


def told(
    path: str,
    quote: str,
    kind: str,
    why: str,
    input: str = "",
    *,
    names: Sequence[Named] = (),
    confidence: Confidence = Confidence.MEDIUM,
    sentence: str | None = None,
) -> dict[str, Any]:
    """Return a claim as a model answers it: what examples and tests are written with."""
    said: dict[str, Any] = {
        "path": path,
        "quote": quote,
        "kind": kind,
        "why": why,
        "input": input,
        "names": [{"name": one.name, "says": one.says.value} for one in names],
        "confidence": confidence.value,
    }
    return said if sentence is None else {**said, "sentence": sentence}
