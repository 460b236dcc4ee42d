"""The parts of the sandbox that can be looked at from outside: values as text, and the filter of system calls."""

from __future__ import annotations

import json
import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluation.inside.plain import read, written
from bot.evaluation.inside.refusal import MACHINES, filter_of

NUMBERS = st.booleans() | st.integers() | st.floats(allow_nan=False) | st.complex_numbers(allow_nan=False)
ATOMS = st.none() | NUMBERS | st.text()
FIRM = st.recursive(ATOMS, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3), max_leaves=6)
VALUES = st.recursive(
    FIRM, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(FIRM, inner, max_size=4), max_leaves=12
)
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050001, 0x80000000


@given(VALUES)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    line = written(value)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    got = read(line)
    assert got == value
    assert type(got) is type(value)


def test_what_equality_does_not_tell_apart_comes_back_too() -> None:
    assert math.isnan(read(written(math.nan)))
    assert math.copysign(1, read(written(-0.0))) == -1
    assert read(written([True, 1, 1.0])) == [True, 1, 1.0]
    assert [type(one) for one in read(written([True, 1, 1.0]))] == [bool, int, float]


def test_what_extends_data_is_taken_for_it() -> None:
    class Sly(int):
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = int.__hash__

    assert read(written(Sly(7))) == 7
    assert type(read(written(Sly(7)))) is int


@pytest.mark.parametrize("value", [object(), print, range(3), iter([]), {"a": object()}, b"bytes"])
def test_what_is_no_data_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="is not plain data"):
        written(value)


@given(st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_any_other_text_is_a_value_or_a_value_error(data: Any) -> None:
    try:
        got = read(json.dumps(data).encode())
    except ValueError:
        return
    assert read(written(got)) == got


def run_filter(program: bytes, architecture: int, number: int) -> int:
    """Run classic BPF on one system call, as the kernel does: only the four instructions that are used."""
    lines = [struct.unpack_from("=HBBI", program, at) for at in range(0, len(program), 8)]
    words, at, held = {0: number, 4: architecture}, 0, 0
    while True:
        code, yes, no, value = lines[at]
        if code == 0x06:
            return int(value)
        if code == 0x20:
            held = words[value]
        else:
            assert code in (0x15, 0x35)
            hit = held == value if code == 0x15 else held >= value
            at += yes if hit else no
        at += 1


@pytest.mark.parametrize("machine", MACHINES)
def test_the_filter_refuses_what_is_listed_and_nothing_else(machine: str) -> None:
    program, (architecture, calls) = filter_of(machine), MACHINES[machine]
    for number in range(600):
        wanted = REFUSE if number in calls.values() else ALLOW
        assert run_filter(program, architecture, number) == wanted, number
    assert run_filter(program, architecture, 0x40000000 + 1) == REFUSE
    assert run_filter(program, architecture ^ 1, 1) == KILL
    assert len(set(calls.values())) == len(calls)
