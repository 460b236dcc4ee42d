"""Imports the store ahead of time, in a thread, while something else is waited for."""

from __future__ import annotations


def warm_up() -> None:
    """Import everything that logging needs; half a second that then need not be waited for."""
    import kb.outcomes.store  # noqa: F401  # the import is the effect
