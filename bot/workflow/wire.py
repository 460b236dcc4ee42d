"""Values that cross between a workflow and its steps as JSON."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from bot.events import Actor, Repo
from bot.github.model import Pull
from bot.jobs.port import Json

T = TypeVar("T")


def to_json(value: object) -> Json:
    """Return a struct or dataclass as what JSON can hold."""
    return msgspec.to_builtins(value)


def read(data: Json, kind: type[T]) -> T:
    """Return the value that `to_json` made; raises msgspec.ValidationError for anything else."""
    return msgspec.convert(data, kind)


def repo_from(data: Json) -> Repo:
    """Return the repository that `to_json` made."""
    return read(data, Repo)


def actor_from(data: Json) -> Actor:
    """Return the actor that `to_json` made."""
    return read(data, Actor)


def pull_from(data: Json) -> Pull:
    """Return the pull request that `to_json` made."""
    return read(data, Pull)
