"""The lists of node kinds: every word is known to its grammar, and every language has holes."""

from __future__ import annotations

from dataclasses import fields

import pytest

from kb.source import Source
from kb.syntax.languages import LANGUAGES
from kb.syntax.opening import kinds_of
from kb.syntax.parse import Unparsed, errors_in, grammar_of, parse
from models.mask.holes import holes_in
from models.mask.model import Strategy
from tests.models.mask_samples import SAMPLES

FAMILIES = {
    "typescript": ("javascript", "typescript", "tsx"),
    "tsx": ("javascript", "typescript", "tsx"),
    "cpp": ("c", "cpp"),
}
NOT_LISTS = {"comments", "indented", "a_statement", "a_value", "inside"}


def words(language: str) -> set[str]:
    kinds = kinds_of(language)
    lists = {word for field in fields(kinds) if field.name not in NOT_LISTS for word in getattr(kinds, field.name)}
    around = {word.removeprefix("async ") for words in kinds.inside.values() for word in words}
    return lists | set(kinds.inside) | around


def is_known(word: str, language: str) -> bool:
    grammar = grammar_of(language)
    named = {
        grammar.node_kind_for_id(number)
        for number in range(grammar.node_kind_count)
        if grammar.node_kind_is_named(number)
    }
    names = {grammar.field_name_for_id(number) for number in range(1, grammar.field_count + 1)}
    parent, dot, field = word.partition(".")
    if dot:
        return parent in named and field in names
    return all(kind in named for kind in word.split("/"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_known_to_the_grammar(language: str) -> None:
    family = FAMILIES.get(language, (language,))
    assert words(language)
    assert [word for word in sorted(words(language)) if not any(is_known(word, one) for one in family)] == []


def test_a_planted_word_is_found() -> None:
    assert not is_known("no_such_kind", "python")
    assert not is_known("call.no_such_field", "python")


def test_there_is_a_sample_of_every_language() -> None:
    assert sorted(SAMPLES) == sorted(LANGUAGES)


@pytest.mark.parametrize("language", SAMPLES)
def test_the_samples_are_what_they_say(language: str) -> None:
    assert errors_in(parse(SAMPLES[language], language)) == ()


@pytest.mark.parametrize("language", SAMPLES)
def test_every_language_has_holes_of_every_strategy_it_has_nodes_for(language: str) -> None:
    kinds = kinds_of(language)
    source = Source("sample", SAMPLES[language])
    expected = {
        Strategy.STATEMENTS: True,
        Strategy.EXPRESSIONS: True,
        Strategy.HYBRID: True,
        Strategy.BODY: bool(kinds.bodies),
        Strategy.IDENTIFIERS: bool(kinds.identifiers),
        Strategy.TYPES: bool(kinds.types),
        Strategy.COMMENTS: language != "json",
    }
    assert {strategy: bool(holes_in(source, language, strategy)) for strategy in expected} == expected


def test_a_language_that_nobody_knows_has_no_kinds() -> None:
    with pytest.raises(Unparsed, match="no grammar for klingon"):
        kinds_of("klingon")
