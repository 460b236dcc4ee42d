"""A firing and a silent change for ruff's rules: tests and documentation."""

from __future__ import annotations

from checks.check import Example

EXAMPLES: tuple[Example, ...] = ()
