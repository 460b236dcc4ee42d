"""Every pass there is, in the order in which they are asked."""

from __future__ import annotations

from checks.inference import behaviour_without_test, claim_contradicted, logic_error, security_hole
from checks.inference.reading import Reading

READINGS: tuple[Reading, ...] = (logic_error, security_hole, behaviour_without_test, claim_contradicted)
