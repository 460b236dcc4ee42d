"""Answers and their schemas: what satisfies one, compared with jsonschema, and what no error repeats."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.chat.errors import BadAnswer
from models.chat.schema import answer_in, answer_of, check_schema

CLAIM = {
    "type": "object",
    "properties": {
        "quote": {"type": "string", "minLength": 1, "maxLength": 5, "description": "of the code"},
        "kind": {"type": "string", "enum": ["bug", "leak"]},
        "line": {"type": "integer", "minimum": 1, "maximum": 9},
        "sure": {"type": "number", "minimum": 0, "maximum": 1},
        "fix": {"type": ["string", "null"]},
    },
    "required": ["quote", "kind", "line", "sure", "fix"],
    "additionalProperties": False,
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "claims": {"type": "array", "minItems": 0, "maxItems": 2, "items": CLAIM},
        "done": {"type": "boolean"},
        "version": {"type": "string", "const": "1"},
    },
    "required": ["claims", "done", "version"],
    "additionalProperties": False,
}
GOOD = {"quote": "x = 1", "kind": "bug", "line": 3, "sure": 0.5, "fix": None}

near = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 12),
    st.sampled_from([0.5, 2.5, -1.5]),
    st.sampled_from(["", "bug", "leak", "1", "x = 1", "too long", "ünïcö", "\U0001f600" * 5]),
)
claims = st.fixed_dictionaries({name: st.one_of(st.just(good), near) for name, good in GOOD.items()})
answers = st.fixed_dictionaries(
    {
        "claims": st.one_of(near, st.lists(st.one_of(claims, near), max_size=3)),
        "done": st.one_of(st.booleans(), near),
        "version": st.one_of(st.just("1"), near),
    },
    optional={"more": near},
)


def satisfies(data: object) -> bool:
    try:
        return answer_in(json.dumps(data), SCHEMA) == data
    except BadAnswer:
        return False


@given(answers)
def test_what_satisfies_a_schema_is_what_jsonschema_says(data: object) -> None:
    assert satisfies(data) == jsonschema.Draft202012Validator(SCHEMA).is_valid(data)


def test_an_answer_comes_back_as_it_was_sent() -> None:
    data = {"claims": [GOOD], "done": True, "version": "1"}
    assert answer_of(data, SCHEMA) == data


@pytest.mark.parametrize("cut", range(len(json.dumps({"claims": [GOOD], "done": True, "version": "1"}))))
def test_a_part_of_an_answer_is_none(cut: int) -> None:
    text = json.dumps({"claims": [GOOD], "done": True, "version": "1"})
    with pytest.raises(BadAnswer, match="no JSON, or is cut off"):
        answer_in(text[:cut], SCHEMA)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"claims": [], "done": "true", "version": "1"}', "done: bool_type"),
        ('{"claims": [], "done": 1, "version": "1"}', "done: bool_type"),
        ('{"claims": [], "version": "1"}', "done: missing"),
        ('{"claims": {}, "done": true, "version": "1"}', "claims: list_type"),
        ('{"claims": [], "done": true, "version": "2"}', "version: literal_error"),
        ('[{"claims": [], "done": true, "version": "1"}]', "answer: dict_type"),
        ('{"claims": [], "done": true, "version": "1"} and more', "no JSON"),
        ('{"claims": [], "done": NaN, "version": "1"}', "done: bool_type"),
        ("\ud800", "answer: string_unicode"),
        ("", "no JSON"),
        ("[" * 100_000, "no JSON"),
        (" " * (1 << 23), "characters"),
    ],
)
def test_an_error_says_where_and_how(text: str, said: str) -> None:
    with pytest.raises(BadAnswer, match=said):
        answer_in(text, SCHEMA)


def test_a_lone_surrogate_is_no_text() -> None:
    with pytest.raises(BadAnswer):
        answer_in('{"claims": [], "done": true, "version": "\\ud800"}', SCHEMA)


def test_no_error_repeats_what_was_answered() -> None:
    told = {
        "claims": [{**GOOD, "kind": "hunter2", "hunter2": "hunter2"}],
        "hunter2": 1,
        "done": "hunter2",
        "version": "1",
    }
    with pytest.raises(BadAnswer) as found:
        answer_of(told, SCHEMA)
    assert "hunter2" not in str(found.value)
    assert "and 1 more" in str(found.value)
    assert found.value.__cause__ is None


@pytest.mark.parametrize("data", [{"done": float("nan")}, {"done": {1, 2}}, {"done": b"yes"}])
def test_what_json_cannot_say_is_no_answer(data: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer, match="no JSON"):
        answer_of(data, SCHEMA)


def of(child: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": child}, "required": ["a"], "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "array", "items": {"type": "string"}}, "an object's"),
        ({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}, "there are no others"),
        ({**of({"type": "string"}), "required": []}, "all properties are required"),
        (of({}), "answer.a: a schema has one type"),
        (of({"type": ["string", "integer"]}), "one type"),
        (of({"type": "null"}), "one type"),
        (of({"type": "text"}), "one type"),
        (of({"type": "string", "pattern": "a+"}), "not every provider takes pattern of string"),
        (of({"type": "integer", "maxLength": 3}), "maxLength of integer"),
        (of({"type": "array"}), "what its items are"),
        (of({"type": "array", "items": of({"$ref": "#"})}), r"answer.a\[\].a"),
        (of({"type": "string", "enum": ["a", 1]}), "lists strings"),
        (of({"type": "string", "enum": []}), "lists strings"),
    ],
)
def test_a_schema_that_some_provider_refuses_is_none(schema: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check_schema(schema)


def test_ours_is_one() -> None:
    check_schema(SCHEMA)
