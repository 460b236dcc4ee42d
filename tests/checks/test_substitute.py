"""Whether one method can stand in for another, against calls tried one by one."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given

from checks.constraint.fit import misfit
from checks.constraint.substitute import nothing_shared, shapes_of
from kb.facts.extract import facts_of
from kb.facts.model import Definition, Flag, Kind, Parameter, ParameterKind, Signature
from tests.checks.test_fit import signatures

SELF = Parameter("self")


def method(signature: Signature, decorators: tuple[str, ...] = (), flags: int = 0) -> Definition:
    whole = Signature((SELF, *signature.parameters))
    return Definition("run", "C.run", Kind.METHOD, 1, 0, 9, 1, 1, 0, 2, flags, decorators, (), whole)


@given(signatures())
def test_every_call_that_is_tried_is_one_that_the_base_takes(base: Signature) -> None:
    for shape in shapes_of(base):
        assert misfit(base, shape, bound=False) is None


@given(signatures())
def test_a_method_stands_in_for_itself(base: Signature) -> None:
    assert nothing_shared(method(base), method(base)) is None


@given(signatures(), signatures())
def test_nothing_is_shared_where_every_call_that_the_base_takes_is_refused(
    base: Signature, override: Signature
) -> None:
    shape = nothing_shared(method(override), method(base))
    refused = [misfit(override, one, bound=False) is not None for one in shapes_of(base)]
    takes_more = {one.kind for one in base.parameters} & {ParameterKind.REST, ParameterKind.KEYWORDS}
    assert (shape is not None) == (all(refused) and not takes_more)
    if shape is not None:
        assert misfit(base, shape, bound=False) is None


@given(signatures(), signatures())
def test_one_that_takes_anything_stands_in_for_all(base: Signature, override: Signature) -> None:
    anything = Signature((Parameter("a", ParameterKind.REST), Parameter("k", ParameterKind.KEYWORDS)))
    assert nothing_shared(method(anything), method(base)) is None


@given(signatures())
def test_one_more_required_parameter_is_refused(base: Signature) -> None:
    stricter = Signature((*base.parameters[:0], Parameter("new", ParameterKind.KEYWORD_ONLY), *base.parameters))
    takes_more = {one.kind for one in base.parameters} & {ParameterKind.REST, ParameterKind.KEYWORDS}
    assert (nothing_shared(method(stricter), method(base)) is None) == bool(takes_more)


@dataclass(frozen=True)
class Pair:
    base: str
    override: str


@pytest.mark.parametrize(
    ("pair", "refused"),
    [
        (Pair("def run(self, a): ...", "def run(self, b): ..."), False),
        (Pair("def run(self, a): ...", "def run(self): ..."), True),
        (Pair("def run(self): ...", "def run(self, a=1): ..."), False),
        (Pair("def run(self, *a): ...", "def run(self, a): ..."), False),
        (Pair("def run(self, a, b=1): ...", "def run(self, a): ..."), False),
        (Pair("def run(self, a, b=1): ...", "def run(self, a, b): ..."), False),
        (Pair("def run(self, a, b=1): ...", "def run(self, a, b, c): ..."), True),
        (Pair("@staticmethod\n    def run(a): ...", "@staticmethod\n    def run(a, b): ..."), True),
        (Pair("@classmethod\n    def run(cls, a): ...", "@classmethod\n    def run(cls): ..."), True),
        (Pair("def run(self, *, a): ...", "def run(self, *, b): ..."), True),
        (Pair("def run(self, a): ...", "@wrapped\n    def run(self): ..."), False),
        (Pair("@property\n    def run(self): ...", "def run(self, a): ..."), False),
        (Pair("def run(*args): ...", "def run(self): ..."), False),
    ],
)
def test_methods_as_they_are_written(pair: Pair, refused: bool) -> None:
    rows = []
    for text in (pair.base, pair.override):
        facts = facts_of("a.py", f"class C:\n    {text}\n".encode())
        (row,) = [one for one in facts.definitions if one.name == "run"]
        rows.append(row)
    assert (nothing_shared(rows[1], rows[0]) is not None) == refused
    assert not rows[0].flags & Flag.ASYNC
