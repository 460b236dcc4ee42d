"""Changes that ty must and must not speak about."""

from __future__ import annotations

from checks.check import Example

EXAMPLES: tuple[Example, ...] = ()
