"""The examples of the checks on the graph, each on an index of its own."""

from __future__ import annotations

import pytest

from checks.check import Check, Example
from checks.constraint import (
    attribute_not_on_type,
    call_does_not_fit_signature,
    import_resolves_nowhere,
    public_api_broken,
    removed_symbol_still_used,
    undefined_name,
)
from tests.checks.constraint_runs import examples_of, holds

CHECKS = (
    call_does_not_fit_signature,
    removed_symbol_still_used,
    undefined_name,
    import_resolves_nowhere,
    attribute_not_on_type,
    public_api_broken,
)


@pytest.mark.parametrize(("check", "example"), examples_of(*CHECKS))
def test_an_example_fires_exactly_where_it_says(check: Check, example: Example) -> None:
    holds(check, example)
