"""Every check there is, in the order in which they are started: the slow ones first; and the passes of a model."""

from __future__ import annotations

from collections.abc import Iterator

from checks.check import Check, Described, Rule
from checks.constraint import (
    abstract_method_left_open,
    attribute_not_on_type,
    await_missing_or_lost,
    call_does_not_fit_signature,
    circular_or_layer_crossed,
    co_change_missing,
    convention_broken,
    enum_or_union_case_unhandled,
    import_cycle_closed,
    import_resolves_nowhere,
    moved_file_still_referenced,
    override_breaks_base,
    public_api_broken,
    removed_symbol_still_used,
    undefined_name,
)
from checks.history import (
    dismissed_before,
    fixed_before_and_back,
    hot_file_without_test,
    model_mistake_seen_before,
    reverted_before,
    similar_change_failed,
    verdict_on_earlier_head,
)
from checks.inference.passes import READINGS
from checks.learned import learned_rule
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
    removed_symbol_still_used,
    call_does_not_fit_signature,
    undefined_name,
    import_resolves_nowhere,
    attribute_not_on_type,
    override_breaks_base,
    abstract_method_left_open,
    await_missing_or_lost,
    enum_or_union_case_unhandled,
    import_cycle_closed,
    circular_or_layer_crossed,
    public_api_broken,
    moved_file_still_referenced,
    co_change_missing,
    convention_broken,
    fixed_before_and_back,
    reverted_before,
    hot_file_without_test,
    similar_change_failed,
    verdict_on_earlier_head,
    dismissed_before,
    model_mistake_seen_before,
    learned_rule,
    added_and_wired_to_nothing,
    syntax_error,
    secret_added,
    stub_presented_as_done,
    skipped_test_added,
    test_asserts_nothing,
    claim_without_code,
    sarif_report,
)


DESCRIBED: tuple[Described, ...] = (*CHECKS, *READINGS)
"""All that has findings: what there is to explain, to list, and to switch off."""


def rules() -> Iterator[tuple[Described, Rule]]:
    """Yield every rule with the check or pass that reports it; several checks may report one slug."""
    for described in DESCRIBED:
        for rule in described.RULES:
            yield described, rule


def slugs() -> frozenset[str]:
    """Return every slug that a finding or a check can have."""
    return frozenset(rule.slug for _, rule in rules()) | {described.SLUG for described in DESCRIBED}
