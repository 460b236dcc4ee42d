"""Does what is not done yet, one item after another, and writes each result down at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from bot.evaluation.journal import Journal, Row

if TYPE_CHECKING:
    from models.model import ModelInfo

_PACKAGES = ("prudent", "llama-cpp-python", "llguidance", "numpy")


@dataclass(frozen=True)
class Item:
    """One thing to be measured; `work` returns the row."""

    key: str
    work: Callable[[], Row]


@dataclass(frozen=True)
class Progress:
    """How far a run is: items done, of how many, and the seconds that this run has taken so far."""

    done: int
    total: int
    seconds: float


def run(
    items: Iterable[Item],
    journal: Journal,
    watch: Callable[[Progress], None] = lambda progress: None,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Work through the items that the journal has no row of; whatever `work` raises goes on to the caller."""
    began, todo = clock(), list(items)
    for number, item in enumerate(todo, 1):
        if item.key not in journal:
            journal.add(item.key, item.work())
            watch(Progress(number, len(todo), clock() - began))


def settings_of(kind: str, info: ModelInfo, *, seed: int, **more: str) -> dict[str, str]:
    """Return all that a row of this measurement depends on; two runs that agree in it can share a folder."""
    about = {"model": info.name, "sha256": info.sha256, "quantisation": info.quantisation}
    return {"measurement": kind, **about, "seed": str(seed), **more, **versions(_PACKAGES)}


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Return the versions of installed packages, "none" of those that are not."""
    return {name: _version(name) for name in packages}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
