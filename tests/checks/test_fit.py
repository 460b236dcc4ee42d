"""Fitting calls to signatures, against the calls that Python makes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.constraint.fit import Misfit, Wrong, misfit, shifted, told
from kb.facts.model import Parameter, ParameterKind, Signature
from kb.graph.model import Shape

NAMES = "abcdef"
KINDS = (
    ParameterKind.POSITIONAL_ONLY,
    ParameterKind.EITHER,
    ParameterKind.REST,
    ParameterKind.KEYWORD_ONLY,
    ParameterKind.KEYWORDS,
)  # in the order of `inspect`


@st.composite
def signatures(draw: st.DrawFn) -> Signature:
    names = iter(NAMES)
    only, either, named = draw(st.integers(0, 2)), draw(st.integers(0, 2)), draw(st.integers(0, 2))
    required = draw(st.integers(0, only + either))
    made = []
    for at in range(only + either):
        kind = ParameterKind.POSITIONAL_ONLY if at < only else ParameterKind.EITHER
        made.append(Parameter(next(names), kind, optional=at >= required))
    if draw(st.booleans()):
        made.append(Parameter("args", ParameterKind.REST))
    made += [Parameter(next(names), ParameterKind.KEYWORD_ONLY, optional=draw(st.booleans())) for _ in range(named)]
    if draw(st.booleans()):
        made.append(Parameter("kwargs", ParameterKind.KEYWORDS))
    return Signature(tuple(made))


shapes = st.builds(
    Shape,
    st.integers(0, 5),
    st.lists(st.sampled_from([*NAMES, "z"]), unique=True, max_size=3).map(tuple),
    st.booleans(),
    st.booleans(),
)


def written(signature: Signature) -> str:
    """Return the parameters as Python writes them."""
    words = []
    kinds = [p.kind for p in signature.parameters]
    for at, parameter in enumerate(signature.parameters):
        if parameter.kind is ParameterKind.KEYWORD_ONLY and ParameterKind.REST not in kinds and "*" not in words:
            words.append("*")
        stars = {ParameterKind.REST: "*", ParameterKind.KEYWORDS: "**"}.get(parameter.kind, "")
        words.append(stars + parameter.name + ("=0" if parameter.optional else ""))
        if parameter.kind is ParameterKind.POSITIONAL_ONLY and kinds[at + 1 : at + 2] != [parameter.kind]:
            words.append("/")
    return ", ".join(words)


def binds(function: Callable[..., int], positional: int, keywords: tuple[str, ...]) -> bool:
    """Return whether Python makes this call. `inspect.Signature.bind` of 3.11 errs where a name is positional-only."""
    try:
        return function(*range(positional), **dict.fromkeys(keywords, 0)) == 0
    except TypeError:
        return False


@given(signatures(), shapes, st.booleans())
def test_a_call_is_a_misfit_when_python_can_bind_it_in_no_way(signature: Signature, shape: Shape, bound: bool) -> None:
    first = shape.positional + bound
    counts = range(first, first + 6) if shape.star else (first,)
    free = [name for name in NAMES if name not in shape.keywords] if shape.double_star else []
    more = chain.from_iterable(combinations(free, size) for size in range(len(free) + 1))
    function = eval(f"lambda {written(signature)}: 0")
    fits = any(binds(function, count, (*shape.keywords, *words)) for words in more for count in counts)
    assert (misfit(signature, shape, bound) is None) == fits


def read(text: str) -> Signature:
    """Return the signature of `def f(text)`."""
    kinds = dict(zip(inspect._ParameterKind, KINDS, strict=True))
    parameters = inspect.signature(eval(f"lambda {text}: 0")).parameters.values()
    return Signature(tuple(Parameter(p.name, kinds[p.kind], optional=p.default is not p.empty) for p in parameters))


@pytest.mark.parametrize(
    ("signature", "shape", "bound", "expected"),
    [
        ("a, b", "1", False, "Required parameter `b` of `f` gets no value"),
        ("a, b", "0", False, "Required parameters `a`, `b` of `f` get no value"),
        ("self, a", "2", True, "Too many positional arguments for `f`: it takes 1, the call passes 2"),
        ("", "1", False, "Too many positional arguments for `f`: it takes 0, the call passes 1"),
        ("a=1", "0,b", False, "Keyword `b` matches no parameter of `f`"),
        ("a=1", "0,b,c", False, "Keywords `b`, `c` match no parameter of `f`"),
        ("a, b=1", "1,a", False, "Parameter `a` of `f` gets two values"),
        ("a, /", "0,a", False, "Positional-only parameter `a` of `f` passed by keyword"),
        ("*, a", "0", False, "Required parameter `a` of `f` gets no value"),
        ("a, b, c", "1,b,*", False, "Required parameter `c` of `f` gets no value"),
    ],
)
def test_what_is_told_about_a_misfit(signature: str, shape: str, bound: bool, expected: str) -> None:
    found = misfit(read(signature), Shape.read(shape), bound)
    assert found is not None
    assert told(found, "f") == expected


@pytest.mark.parametrize(
    ("signature", "shape", "bound"),
    [
        ("a, b", "1,*", False),
        ("a, b", "0,**", False),
        ("a, b", "0,*,**", False),
        ("*args", "7", True),
        ("a, **kwargs", "1,z", False),
        ("a, /, **kwargs", "1,a", False),
        ("self, a=1", "0", True),
    ],
)
def test_what_may_fit_is_no_misfit(signature: str, shape: str, bound: bool) -> None:
    assert misfit(read(signature), Shape.read(shape), bound) is None


@pytest.mark.parametrize(
    ("before", "now", "shape", "bound", "expected"),
    [
        ("a", "z, a=0", "1", False, ("z", "a")),
        ("self, a", "self, z, a=0", "1", True, ("z", "a")),
        ("a", "a, z=0", "1", False, None),
        ("a", "z", "1", False, None),  # renamed
        ("a, b", "b, a", "2", False, None),  # the call cannot say which it means
        ("a", "z, a=0", "0,a", False, None),
        ("a, b=1", "a, z, b=1", "1", False, None),
    ],
)
def test_a_value_that_reaches_another_parameter(
    before: str, now: str, shape: str, bound: bool, expected: tuple[str, str] | None
) -> None:
    found = shifted(read(before), read(now), Shape.read(shape), bound)
    assert found == (expected and Misfit(Wrong.SHIFTED, expected))


def test_a_method_without_a_receiver_cannot_be_called_through_one() -> None:
    assert misfit(Signature(), Shape(0), True) == Misfit(Wrong.TOO_MANY, (), 0, 0)
