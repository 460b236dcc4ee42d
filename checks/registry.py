"""Every check there is, in the order in which they are started: the slow ones first."""

from __future__ import annotations

from collections.abc import Iterator

from checks.check import Check, Rule
from checks.static import (
    added_and_wired_to_nothing,
    ast_grep,
    circular_import,
    claim_without_code,
    oxlint,
    ruff,
    sarif_report,
    secret_added,
    skipped_test_added,
    stub_presented_as_done,
    syntax_error,
    test_asserts_nothing,
    tsc,
    ty,
)

CHECKS: tuple[Check, ...] = (
    ty,
    tsc,
    oxlint,
    ast_grep,
    ruff,
    circular_import,
    added_and_wired_to_nothing,
    syntax_error,
    secret_added,
    stub_presented_as_done,
    skipped_test_added,
    test_asserts_nothing,
    claim_without_code,
    sarif_report,
)


def rules() -> Iterator[tuple[Check, Rule]]:
    """Yield every rule with the check that reports it; several checks may report one slug."""
    for check in CHECKS:
        for rule in check.RULES:
            yield check, rule


def slugs() -> frozenset[str]:
    """Return every slug that a finding or a check can have."""
    return frozenset(rule.slug for _, rule in rules()) | {check.SLUG for check in CHECKS}
