"""Which finding is which: the same defect before and now, whatever was renamed, moved, rebased or squashed.

The exact fingerprint comes first. What is left on both sides is paired by its likeness (rule and text), one to one, the
surest reason first: the same path (the symbol was renamed), the same symbol in a file that was renamed or is gone, the
file alone, and last the same named symbol where the earlier finding is known to be fixed (a definition that moved).
Two equal defects stay two: nothing is ever paired twice, and the order of what is given does not matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
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
    """What of a finding is compared. Paths are digests. `target`: the path it must have now, "" for any."""

    fingerprint: str
    likeness: str
    symbol: str
    path: str
    target: str = ""
    is_gone: bool = False  # its file is
    is_fixed: bool = False  # it is: what is like it elsewhere was moved
    is_worn: bool = False  # its thread says fixed, or is resolved: another with this fingerprint goes first


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
        renamed: Earlier paths to the paths at head.
        head_paths: All paths at head.
        is_fixed: Whether an earlier finding is known to be gone from where it was.
    """
    keys = []
    exact = {identity.fingerprint for identity in now}
    for standing in previous:
        identity = standing.identity
        target = digest_of(renamed.get(identity.path, ""))
        gone = not target and identity.path not in head_paths
        worn = standing.is_fixed or standing.is_resolved
        fixed = identity.fingerprint not in exact and is_fixed(standing)
        keys.append(_key(identity, target, is_gone=gone, is_fixed=fixed, is_worn=worn))
    return _named(previous, now, _pairs(keys, [_key(identity) for identity in now]))


def known_again(
    previous: Sequence[Known], now: Sequence[Identity], renamed: Mapping[str, str], head_paths: Collection[str]
) -> dict[str, Known]:
    """Return for each finding of now that a summary remembers which one it was, by the same law as `matched`."""
    targets = {digest_of(old): digest_of(new) for old, new in renamed.items()}
    at_head: set[str] | None = None
    mine = [_key(identity) for identity in now]
    exact, alike = {key.fingerprint for key in mine}, {key.likeness for key in mine}
    keys = []
    for known in previous:
        gone = False
        if known.path not in targets and known.fingerprint not in exact and known.likeness in alike:
            at_head = at_head or {digest_of(path) for path in head_paths}
            gone = known.path not in at_head
        target = targets.get(known.path, "")
        keys.append(_Key(known.fingerprint, known.likeness, known.symbol, known.path, target, gone))
    return _named(previous, now, _pairs(keys, mine))


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

    A dismissal silences one finding of a review: of two equal ones, dismissed once, the other is said. Without
    `head_paths` no file counts as gone.
    """
    keys = []
    for recorded in dismissals:
        target = digest_of(renamed.get(recorded.path, ""))
        gone = bool(head_paths) and not target and recorded.path not in head_paths
        keys.append(_key(recorded, target, is_gone=gone))
    return _named(dismissals, identities, _pairs(keys, [_key(identity) for identity in identities]))


def _key(
    recorded: Recorded, target: str = "", *, is_gone: bool = False, is_fixed: bool = False, is_worn: bool = False
) -> _Key:
    symbol, path = symbol_key(recorded.symbol), digest_of(recorded.path)
    return _Key(recorded.fingerprint, recorded.likeness, symbol, path, target, is_gone, is_fixed, is_worn)


def _named(previous: Sequence[T], now: Sequence[Identity], pairs: Mapping[int, int]) -> dict[str, T]:
    found: dict[str, T] = {}
    for at in sorted(pairs):
        found.setdefault(now[at].fingerprint, previous[pairs[at]])
    return found


def _pairs(before: Sequence[_Key], now: Sequence[_Key]) -> dict[int, int]:
    """Return which of `before` each of `now` is, by their places in the two sequences."""
    order = sorted(range(len(before)), key=lambda at: (before[at].is_worn, before[at].fingerprint, -at))
    exact: dict[str, int] = {}
    for at in order:
        exact.setdefault(before[at].fingerprint, at)
    pairs = {at: exact[key.fingerprint] for at, key in enumerate(now) if key.fingerprint in exact}
    taken = {before[at].fingerprint for at in pairs.values()}
    free_before = [at for mark, at in exact.items() if mark not in taken and before[at].likeness]
    free_now = sorted((at for at in range(len(now)) if at not in pairs), key=lambda at: now[at].fingerprint)
    for old_key, new_key in _REASONS:
        made = _zipped(((at, old_key(before[at])) for at in free_before), ((at, new_key(now[at])) for at in free_now))
        pairs |= made
        free_before = [at for at in free_before if at not in set(made.values())]
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
