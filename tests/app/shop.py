"""The little shop that the stories change. `BEFORE` has nothing to say, each `with_*` puts one finding in."""

from __future__ import annotations

BEFORE = '''\
"""A shop."""


def total(prices):
    """Return what is to be paid."""
    return sum(prices)


def has_any(prices):
    """Return whether anything is bought."""
    return len(prices) > 0


def is_gift(kind):
    """Return whether it is for somebody else."""
    return kind == "gift"


def first(names):
    """Return the name that sorts first."""
    return min(names)


def rates():
    """Return the rates by country."""
    return {"at": 20, "de": 19}


def last(names):
    """Return the name that sorts last."""
    return max(names)


def refuse():
    """Refuse."""
    raise ValueError("no")
'''


def with_undefined(text: str = BEFORE) -> str:
    """Return the shop with a name that nothing defines: `undefined-name`, blocking, no fix."""
    return _put(text, "return sum(prices)\n", "return sum(prices) + taxes\n")


def with_literal(text: str = BEFORE) -> str:
    """Return the shop with an identity test of a literal: `is-with-literal`, a warning with a proven fix."""
    return _put(text, 'kind == "gift"', 'kind is "gift"')


def with_key(text: str = BEFORE) -> str:
    """Return the shop with a key that is there twice: `duplicate-key`, a warning, no fix."""
    return _put(text, '"de": 19}', '"de": 19, "at": 10}')


def with_raise(text: str = BEFORE) -> str:
    """Return the shop raising what cannot be: `raises-what-is-no-exception`, a warning with a proven fix."""
    return _put(text, 'raise ValueError("no")', "raise NotImplemented")


def _put(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, "the shop is not as it was"
    return text.replace(old, new)


TWO = with_literal(with_undefined())
THREE = with_key(TWO)
