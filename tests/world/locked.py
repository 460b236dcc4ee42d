"""The lock that people and the server share: a test acts in one thread while the App is answered in others."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from tests.world.world import World


class InWorld(Protocol):
    """What belongs to a world."""

    @property
    def world(self) -> World:
        """Return the world."""
        ...


Args = ParamSpec("Args")
Result = TypeVar("Result")
Self = TypeVar("Self", bound=InWorld)


def locked(method: Callable[Concatenate[Self, Args], Result]) -> Callable[Concatenate[Self, Args], Result]:
    """Let a method hold the world's lock from beginning to end."""

    @wraps(method)
    def held(self: Self, /, *args: Args.args, **kwargs: Args.kwargs) -> Result:
        with self.world.lock:
            return method(self, *args, **kwargs)

    return held
