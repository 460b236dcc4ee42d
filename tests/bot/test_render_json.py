"""The JSON form keeps its published contract, whatever text a repository puts into it."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from bot.render.json_format import render_json
from checks.finding import Suggestion
from checks.inference.report import Dropped
from checks.verdict import Silenced, Verdict
from tests.bot.verdicts import BAD, FIX, READING, UNUSED, WRITTEN, with_findings
from tests.strategies import unhurried, verdicts

SCHEMA = Path(__file__).parents[2] / "docs" / "verdict.schema.json"
KEYS = (
    "schema repository subject base head verdict one_liner counts coverage checks findings silenced silent_count"
    " notes versions ms reading"
)


@cache
def validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@settings(unhurried, max_examples=80)
@given(verdicts)
def test_every_verdict_keeps_the_published_schema(verdict: Verdict) -> None:
    text = render_json(verdict)
    assert text.isascii()
    document = json.loads(text)
    validator().validate(document)
    json.dumps(document, ensure_ascii=False).encode("utf-8")  # no lone surrogate is left
    assert [found["fingerprint"] for found in document["findings"]] == [f.fingerprint for f in verdict.findings]
    assert sum(document["counts"].values()) == len(verdict.findings)
    assert document["silent_count"] == len(verdict.silent)


def test_keys_come_in_a_fixed_order() -> None:
    reordered = replace(BAD, versions=dict(sorted(BAD.versions.items(), reverse=True)))
    assert render_json(BAD) == render_json(reordered)
    assert list(json.loads(render_json(BAD))) == KEYS.split()


def test_a_finding_says_all_it_knows() -> None:
    found = json.loads(render_json(BAD))["findings"]
    assert found[0]["also"] == ["ruff"]
    assert found[0]["symbol"] == "View.save"
    assert found[0]["evidence"][1] == {
        "kind": "caller",
        "path": "src/app/mail.py",
        "line": 40,
        "text": "        save(draft)",
    }
    assert found[0]["suggestion"] is None
    assert found[1]["suggestion"] == {
        "line": 1,
        "end_line": 2,
        "replacement": "import sys\n",
        "disposition": "safe",
        "origin": "ruff",
        "proof": {"applies": True, "gone": True},
        "provenance": None,
    }


@pytest.mark.parametrize("field", ["verdict", "counts", "findings"])
def test_the_schema_refuses_what_is_missing_or_unknown(field: str) -> None:
    document: dict[str, Any] = json.loads(render_json(BAD))
    assert not validator().is_valid({**document, "extra": 1})
    del document[field]
    assert not validator().is_valid(document)


@pytest.mark.parametrize("text", ["\udcff", "x = '\u202e'\n", "x\0", "a\rb\n"])
def test_a_suggestion_that_cannot_be_shown_as_it_is_is_left_out(text: str) -> None:
    hidden = Suggestion(1, 1, text, FIX.disposition, "ruff")
    document = json.loads(render_json(with_findings(replace(UNUSED, suggestion=hidden))))
    assert document["findings"][0]["suggestion"] is None


def test_every_field_of_the_schema_is_described() -> None:
    def undescribed(node: Any, name: str) -> list[str]:
        if not isinstance(node, dict):
            return []
        missing = [] if "description" in node or "$ref" in node else [name]
        for key, child in {**node.get("properties", {}), **node.get("$defs", {})}.items():
            missing += undescribed(child, f"{name}.{key}")
        return missing

    assert undescribed(json.loads(SCHEMA.read_text("utf-8")), "verdict") == []


def test_a_patch_by_a_model_tells_how_it_came_to_be() -> None:
    document = json.loads(render_json(replace(BAD, findings=(replace(UNUSED, suggestion=WRITTEN),))))
    validator().validate(document)
    told = document["findings"][0]["suggestion"]["provenance"]
    assert (told["model"], told["spans"], told["risk"], told["seed"]) == ("SmolLM2", [[3, 9]], 0.125, 3)
    assert told["tried"][0] == {
        "text": "os",
        "origin": "enumerated",
        "score": -1.5,
        "why": "it brings undefined-name",
    }


def test_what_a_model_read_satisfies_the_schema_and_holds_no_secret() -> None:
    leaky = replace(READING, dropped=(Dropped("logic-error", "refuted", "uses ghp_" + "a1B2" * 9, "x"),))
    said = json.loads(render_json(replace(BAD, reading=leaky)))
    validator().validate(said)
    assert said["reading"]["dollars"] == 0.01234
    assert "a1B2" not in json.dumps(said)


def test_what_is_held_back_is_told_apart() -> None:
    said = json.loads(render_json(replace(BAD, silenced=(Silenced(UNUSED, "like 3 dismissed", held=True),))))
    validator().validate(said)
    assert [entry["held"] for entry in said["silenced"]] == [True]
