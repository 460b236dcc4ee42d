"""Which finding is which: the same defect before and now, whatever was renamed, moved, rebased or squashed.

The exact fingerprint comes first. What is left on both sides is paired by its likeness (rule and text), one to one, the
surest reason first: the same path (the symbol was renamed), the same symbol in a file that was renamed or is gone, the
file alone, and last the same named symbol where the earlier finding is known to be fixed (a definition that moved).
Two equal defects stay two: nothing is ever paired twice, and the order of what is given does not matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol, TypeVar

from bot.posting.markers import Known, digest_of, symbol_key
from bot.posting.model import Identity, Standing


class Recorded(Protocol):
    """A finding as somebody keeps it; `symbol` is its name or its digest."""

    @property
    def fingerprint(self) -> str:
        """Return the exact identity."""
        ...

    @property
    def likeness(self) -> str:
        """Return the digest of rule and text; "" is like nothing."""
        ...

    @property
    def path(self) -> str:
        """Return the path where it was."""
        ...

    @property
    def symbol(self) -> str:
        """Return the enclosing definition."""
        ...


T = TypeVar("T")
R = TypeVar("R", bound=Recorded)


@dataclass(frozen=True)
class _Key:
    """What of a finding is compared; symbol and path are digests."""

    fingerprint: str
    likeness: str
    symbol: str
    path: str
    is_fixed: bool = False  # it is known to be: what is like it elsewhere was moved
    is_worn: bool = False  # its thread says fixed, or is resolved: another with this fingerprint goes first
    target: str = ""  # the path it must have now, because its file was renamed
    is_gone: bool = False  # its file is, so that any path will do


def matched(
    previous: Sequence[Standing],
    now: Sequence[Identity],
    renamed: Mapping[str, str],
    head_paths: Collection[str],
    *,
    is_fixed: Callable[[Standing], bool] = lambda standing: False,
) -> dict[str, Standing]:
    """Return for each finding of now that stood before which one it was, by the fingerprint it has now.

    Args:
        previous: What stands as threads. Where two have one fingerprint, the open one is meant.
        now: What is found now.
        renamed: Earlier paths to the paths at head; a path that is still at head was copied, and stays what it is.
        head_paths: All paths at head. Without any no file counts as gone.
        is_fixed: Whether an earlier finding is known to be gone from where it was.
    """
    exact = {identity.fingerprint for identity in now}
    keys = [
        _key(
            standing.identity,
            is_fixed=standing.identity.fingerprint not in exact and is_fixed(standing),
            is_worn=standing.is_fixed or standing.is_resolved,
        )
        for standing in previous
    ]
    return _named(previous, now, _pairs(keys, [_key(one) for one in now], _Moves(renamed, head_paths)))


def known_again(
    previous: Sequence[Known], now: Sequence[Identity], renamed: Mapping[str, str], head_paths: Collection[str]
) -> dict[str, Known]:
    """Return for each finding of now that a summary remembers which one it was, by the same law as `matched`."""
    keys = [_Key(known.fingerprint, known.likeness, known.symbol, known.path) for known in previous]
    return _named(previous, now, _pairs(keys, [_key(one) for one in now], _Moves(renamed, head_paths)))


def dismissed(identity: Identity, dismissals: Sequence[R], renamed: Mapping[str, str]) -> R | None:
    """Return the dismissal that speaks of this finding, None if there is none."""
    return dismissed_of([identity], dismissals, renamed, ()).get(identity.fingerprint)


def dismissed_of(
    identities: Sequence[Identity],
    dismissals: Sequence[R],
    renamed: Mapping[str, str],
    head_paths: Collection[str],
) -> dict[str, R]:
    """Return the dismissal of each finding that is dismissed, by its fingerprint.

    A dismissal silences one finding of a review: of two equal ones, dismissed once, the other is said.
    """
    keys = [_key(recorded) for recorded in dismissals]
    return _named(dismissals, identities, _pairs(keys, [_key(one) for one in identities], _Moves(renamed, head_paths)))


def _key(recorded: Recorded, *, is_fixed: bool = False, is_worn: bool = False) -> _Key:
    symbol, path = symbol_key(recorded.symbol), digest_of(recorded.path)
    return _Key(recorded.fingerprint, recorded.likeness, symbol, path, is_fixed, is_worn)


def _named(previous: Sequence[T], now: Sequence[Identity], pairs: Mapping[int, int]) -> dict[str, T]:
    found: dict[str, T] = {}
    for at in sorted(pairs):
        found.setdefault(now[at].fingerprint, previous[pairs[at]])
    return found


@dataclass(frozen=True)
class _Moves:
    """Where files went, asked by the digests of their paths; worked out when first needed."""

    renamed: Mapping[str, str]
    head_paths: Collection[str]

    @cached_property
    def targets(self) -> dict[str, str]:
        return {digest_of(old): digest_of(new) for old, new in self.renamed.items()}

    @cached_property
    def at_head(self) -> frozenset[str]:
        return frozenset(digest_of(path) for path in self.head_paths)

    def followed(self, key: _Key) -> _Key:
        if key.path in self.at_head:
            return key
        target = self.targets.get(key.path, "")
        return replace(key, target=target, is_gone=bool(self.at_head) and not target)


def _pairs(before: Sequence[_Key], now: Sequence[_Key], moves: _Moves) -> dict[int, int]:
    """Return which of `before` each of `now` is, by their places in the two sequences."""
    order = sorted(range(len(before)), key=lambda at: (before[at].is_worn, before[at].fingerprint, -at))
    exact: dict[str, int] = {}
    for at in order:
        exact.setdefault(before[at].fingerprint, at)
    pairs = {at: exact[key.fingerprint] for at, key in enumerate(now) if key.fingerprint in exact}
    taken = {before[at].fingerprint for at in pairs.values()}
    free_now = sorted((at for at in range(len(now)) if at not in pairs), key=lambda at: now[at].fingerprint)
    alike = {now[at].likeness for at in free_now} - {""}
    free = {
        at: moves.followed(before[at])
        for mark, at in exact.items()
        if mark not in taken and before[at].likeness in alike
    }
    for old_key, new_key in _REASONS:
        made = _zipped(((at, old_key(key)) for at, key in free.items()), ((at, new_key(now[at])) for at in free_now))
        pairs |= made
        free = {at: key for at, key in free.items() if at not in set(made.values())}
        free_now = [at for at in free_now if at not in made]
    return pairs


_Place = tuple[str, ...] | None  # None: cannot be paired for this reason
_REASONS: tuple[tuple[Callable[[_Key], _Place], Callable[[_Key], _Place]], ...] = (
    (lambda old: (old.likeness, old.path), lambda new: (new.likeness, new.path)),
    (
        lambda old: (old.likeness, old.symbol, old.target) if old.target else None,
        lambda new: (new.likeness, new.symbol, new.path),
    ),
    (
        lambda old: (old.likeness, old.symbol) if old.is_gone else None,
        lambda new: (new.likeness, new.symbol),
    ),
    (lambda old: (old.likeness, old.target) if old.target else None, lambda new: (new.likeness, new.path)),
    (lambda old: (old.likeness,) if old.is_gone else None, lambda new: (new.likeness,)),
    (
        lambda old: (old.likeness, old.symbol) if old.is_fixed and old.symbol else None,
        lambda new: (new.likeness, new.symbol),
    ),
)


def _zipped(before: Iterable[tuple[int, _Place]], now: Iterable[tuple[int, _Place]]) -> dict[int, int]:
    waiting: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for at, place in before:
        if place is not None:
            waiting[place].append(at)
    return {at: waiting[place].pop(0) for at, place in now if place is not None and waiting.get(place)}
