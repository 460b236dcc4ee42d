"""Every pass's examples, with what a model would answer: they fire exactly where they say."""

from __future__ import annotations

import re

import pytest

from bot.docs import check_page
from bot.reference import contract_of
from checks.check import Example
from checks.finding import Severity
from checks.inference.claims import schema_of
from checks.inference.model import Reader
from checks.inference.passes import READINGS
from checks.inference.reading import Reading, Told
from checks.registry import CHECKS
from checks.verdict import CheckStatus
from models.chat.schema import check_schema
from tests.inference.reads import opened, places, read, says, scripted

CASES = [pytest.param(one, example, id=f"{one.SLUG}-{example.name}") for one in READINGS for example in one.EXAMPLES]


@pytest.mark.parametrize(("reading", "example"), CASES)
def test_an_example_fires_exactly_where_it_says(reading: Reading, example: Example) -> None:
    told = reading.TOLD.get(example.name, Told())
    chat = scripted(says({reading.SLUG: told.claims}, told.verdict))
    reader = Reader(opened(chat), passes=(reading.SLUG,), salt=b"tests")
    found = read(example.before, example.after, chat, statement=example.statement, reader=reader)
    assert [run.slug for run in found.runs] == [reading.SLUG]
    assert found.runs[0].status is CheckStatus.OK, found.runs[0].reason
    assert places(found) == sorted(example.fires)
    assert all(one.evidence for one in found.findings)
    if not example.fires and told.claims:
        assert found.report.dropped, "it was silent because of nothing"


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.SLUG)
def test_every_pass_has_its_contract_and_both_kinds_of_examples(reading: Reading) -> None:
    contract = contract_of(reading)
    assert [heading for heading, _ in contract.sections] == [
        "What it finds",
        "Why it matters",
        "When it stays silent",
        "How to fix",
    ]
    assert re.fullmatch("[a-z]+(-[a-z]+)*", reading.SLUG)
    assert any(example.fires for example in reading.EXAMPLES)
    assert any(not example.fires for example in reading.EXAMPLES)
    assert {*reading.TOLD} <= {example.name for example in reading.EXAMPLES}
    for rule in reading.RULES:
        assert rule.finds.endswith(".")
        assert rule.severity is not Severity.BLOCK, "a model alone never blocks"
    assert "## Examples" in check_page(reading)


def test_no_pass_is_called_as_a_check_is() -> None:
    slugs = [reading.SLUG for reading in READINGS]
    assert len(slugs) == len(set(slugs))
    assert not {*slugs} & {check.SLUG for check in CHECKS}


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.SLUG)
@pytest.mark.parametrize("cites", [(), ("findings", "mistakes")])
def test_a_schema_is_one_that_every_provider_takes(reading: Reading, cites: tuple[str, ...]) -> None:
    check_schema(schema_of(reading.KINDS, cites, with_sentence=reading.TRAITS.sees_statements))
