"""Constraints as data: written and read without loss, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.constraints.ir import (
    Constraint,
    ConstraintIR,
    Grammar,
    HoleSpec,
    Inhabitants,
    Kind,
    Pattern,
    Preferences,
    Priority,
    Schema,
    Words,
)
from models.constraints.ir_json import BadConstraints, canonical, from_json, to_json
from models.constraints.model import Domain
from models.constraints.regex import faults_of, lark_of_regex
from models.constraints.sanitise import is_name, names_of, text_of, word_of
from tests.models.constraining import SPEC, takes

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
many = st.lists(texts, max_size=3).map(tuple)
weights = st.lists(st.tuples(texts, st.floats(-9, 9)), max_size=3).map(tuple)
demand = {
    "kind": st.sampled_from(Kind),
    "domain": st.sampled_from(Domain),
    "priority": st.sampled_from(Priority),
    "why": texts,
}
constraints = st.one_of(
    st.builds(Grammar, **demand, language=texts, node_class=texts, indent=texts, is_inline=st.booleans(), lark=texts),
    st.builds(Schema, **demand, schema=texts),
    st.builds(Pattern, **demand, regex=texts),
    st.builds(Words, **demand, role=st.sampled_from(["names", "modules"]), words=many),
    st.builds(Inhabitants, **demand, type=texts, words=many),
    st.builds(Preferences, **demand, words=weights),
)
holes = st.builds(
    HoleSpec, path=texts, language=texts, start=st.integers(0, 99), end=st.integers(0, 99), kind=texts, scale=texts,
    node_class=texts, indent=texts, is_inline=st.booleans(), text=texts, symbol=texts, wanted=texts,
)  # fmt: skip
irs = st.builds(
    ConstraintIR,
    hole=holes,
    constraints=st.lists(constraints, max_size=4).map(tuple),
    names=st.none() | many,
    feasibility=st.floats(0, 1),
    notes=many,
)


@given(irs)
def test_what_is_written_is_read_back(ir):
    assert from_json(to_json(ir)) == ir
    assert to_json(from_json(to_json(ir))) == to_json(ir)


def test_the_reason_is_no_part_of_the_content():
    one: Constraint = Words(Kind.TYPE_SAFETY, Domain.TYPES, Priority.REQUIRED, "because", words=("a",))
    assert canonical(one) == canonical(replace(one, why="for another reason"))
    assert canonical(one) != canonical(replace(one, words=("b",)))


GOOD = json.loads(to_json(ConstraintIR(SPEC, (Words(Kind.SEMANTIC, Domain.TYPES, Priority.HINT, "w"),))))
BROKEN = {
    "no JSON": ("{", "no JSON"),
    "no object": ("[]", "no object"),
    "too deep": ("[" * 100_000, "no JSON"),
    "another version": ({**GOOD, "version": 2}, "version 2"),
    "no version": ({key: value for key, value in GOOD.items() if key != "version"}, "version None"),
    "an unknown key": ({**GOOD, "extra": 1}, "'extra'"),
    "no hole": ({**GOOD, "hole": None}, "hole is no object"),
    "a hole that lacks something": ({**GOOD, "hole": {"path": "a"}}, "hole lacks"),
    "a hole with too much": ({**GOOD, "hole": {**GOOD["hole"], "x": 1}}, "unknown key 'x'"),
    "a wrong type": ({**GOOD, "hole": {**GOOD["hole"], "start": "1"}}, "hole.start is no int"),
    "a truth value for a number": ({**GOOD, "hole": {**GOOD["hole"], "start": True}}, "hole.start is no int"),
    "names that are none": ({**GOOD, "names": [1]}, "names is no list of strings"),
    "a feasibility beyond 1": ({**GOOD, "feasibility": 2}, "feasibility"),
    "constraints that are no list": ({**GOOD, "constraints": {}}, "constraints is no list"),
    "a constraint that is none": ({**GOOD, "constraints": [1]}, "constraints[0] is no object"),
    "an unknown form": ({**GOOD, "constraints": [{"form": "x"}]}, "constraints[0].form"),
    "an unknown kind": ({**GOOD, "constraints": [{**GOOD["constraints"][0], "kind": "x"}]}, "kind is 'x'"),
    "an unknown priority": ({**GOOD, "constraints": [{**GOOD["constraints"][0], "priority": 100}]}, "priority is 100"),
    "weights that are none": (
        {**GOOD, "constraints": [{**GOOD["constraints"][0], "form": "preferences", "words": [["a"]], "role": "x"}]},
        "constraints[0]",
    ),
}


@pytest.mark.parametrize(("data", "said"), BROKEN.values(), ids=list(BROKEN))
def test_what_is_no_ir_is_refused_and_says_where(data, said):
    with pytest.raises(BadConstraints) as refused:
        from_json(data if isinstance(data, str) else json.dumps(data))
    assert said in str(refused.value)


def test_a_huge_text_is_refused():
    with pytest.raises(BadConstraints):
        from_json(" " * 3_000_000)


@pytest.mark.parametrize(
    "regex", ["a+b*", r"[a-z_]\w{0,30}", r"\d{1,3}(\.\d{1,3}){3}", "(ab|c)?", "a/b", r"\\1", "[(]?=", "x{3}"]
)
def test_a_plain_expression_is_taken(regex):
    assert faults_of(regex) == ()


@pytest.mark.parametrize(
    "regex",
    [
        "",
        "(a+)+",
        "(a*b*)*",
        "((a+)b)*",
        "(a{2,})+",
        r"(a)\1",
        "(?P<x>a)(?P=x)",
        "a(?=b)",
        "(?<!a)b",
        "a" * 501,
        "a\x00b",
        "(a{900}){900}",
        "a{100000}",
        "[",
        "(",
        "a)",
        "*",
    ],
)
def test_an_expression_that_grows_or_is_none_is_refused(regex):
    assert faults_of(regex) != ()


@given(st.text(st.sampled_from("ab/\\n[](){}*+?|.^$\n\"'`#%"), min_size=1, max_size=12))
def test_an_expression_cannot_leave_its_own_quotes(regex):
    """Whatever it is: either refused, or a grammar of one rule in which nothing else was defined."""
    if faults_of(regex) == ():
        lark = lark_of_regex(regex)
        assert lark.count("\n") == 1
        assert not takes(lark, "start: /.*/")


def test_names_and_words_are_cleaned():
    assert names_of(["b", "a", "a", "1a", "a b", "a\n", "x" * 300, "\u202ea", "", "if"]) == ("a", "b", "if")
    assert is_name("$", "javascript")
    assert not is_name("$", "python")
    assert not is_name("a-b", "javascript")
    assert word_of(" a\x00 ") == ""
    assert word_of("a b") == ""
    assert word_of('"') == '"'
    assert text_of(b"a\x00\xff\xe2\x80\xae", 3) == "a\ufffd\ufffd"
