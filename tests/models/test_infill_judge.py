"""The cheap judgement: syntax, names, and calls of known functions."""

from __future__ import annotations

import pytest

from kb.source import Source
from models.judge import judge
from models.mask.holes import hole_at
from models.mask.model import Strategy

SOURCE = Source(
    "a.py",
    b"""import functools


def area(width, height, *, unit="m"):
    return width * height


def spread(*values, **options):
    return values, options


def first(one, /, two):
    return one


@functools.cache
def kept(one):
    return one


def use(width, height, more):
    return wrong
""",
)


def why(text: str) -> tuple[str, ...]:
    hole = hole_at(SOURCE, "python", SOURCE.data.index(b"wrong"), Strategy.EXPRESSIONS)
    assert hole is not None
    return judge(SOURCE, "python", hole, text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "area(width, height)",
        "area(width, height=height, unit='cm')",
        "area(*more)",
        "area(width, **more)",
        "spread(1, 2, three=3)",
        "first(1, two=2)",
        "kept(1, 2, 3)",
        "sorted(width, height, more)",
        "(lambda area: area(1))(width)",
        "width.area(1)",
    ],
)
def test_nothing_speaks_against_it(text: str) -> None:
    assert why(text) == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("area(width)", "`area` is not given `height`"),
        ("area(width, height, 'cm')", "`area` takes 2 arguments by position, not 3"),
        ("area(width, height, color=1)", "`area` has no parameter `color`"),
        ("area(width, height, width=1)", "`area` is given `width` twice"),
        ("area(**more)", ""),
        ("first(one=1, two=2)", "`first` has no parameter `one`"),
        ("first(*more)", ""),
        ("area(*more, color=1)", "`area` has no parameter `color`"),
        ("[area(x) for x in more]", "`area` is not given `height`"),
        ("heigth", "nothing binds `heigth`"),
        ("width +", "1 new syntax error"),
    ],
)
def test_what_cannot_be_right_is_named(text: str, reason: str) -> None:
    assert why(text) == ((reason,) if reason else ())


def test_a_file_that_cannot_be_parsed_is_said_so() -> None:
    deep = Source("a.py", b"x = " + b"[" * 90_000 + b"1" + b"]" * 90_000 + b"\n")
    hole = hole_at(SOURCE, "python", SOURCE.data.index(b"wrong"))
    assert hole is not None
    assert judge(deep, "python", hole, b"width") != ()
