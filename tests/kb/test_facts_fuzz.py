"""Whatever the bytes are, extraction ends, says the same twice, and points into the file."""

from __future__ import annotations

import sysconfig
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from kb.facts.model import Facts, ScopeKind
from kb.facts.python import extract
from kb.facts.store import decoded, encoded
from tests.strategies import unhurried

LIBRARY = Path(sysconfig.get_path("stdlib"))
NAMES = ("dataclasses.py", "enum.py", "typing.py", "contextlib.py", "functools.py", "asyncio/tasks.py")
PIECES = (
    *b"def f(~class C(~):\n~    ~\n~lambda ~[~]~{~}~f'{~}'~import a.b~ as ~from . ~import *~async ~await ".split(b"~"),
    *b"yield ~x~.y".split(b"~"),
    *b" = ~: int~match x:\n~case ~*~**~@~try:\n~except E as e:\n~with ~global x\n~nonlocal x\n~del ~__all__ = ~'".split(
        b"~"
    ),
    *b"\xff~\x00~\xef\xbb\xbf~\r\n~\t~type X[T] = ~if hasattr(x, 'y'):\n~# TODO\n~:=~\\\n~self.~exec x in y\n".split(
        b"~"
    ),
    *b'print >>x, y\n~...~pass\n~\xc3\xa9~(~)~,~;~->~for x in ~class C[T]:\n~def g[T](~"""'.split(b"~"),
)


@cache
def library(name: str) -> bytes:
    path = LIBRARY / name
    return path.read_bytes()[:60_000] if path.is_file() else b"x = 1\n"


def hold(data: bytes) -> Facts:
    """Extract, and check what holds for any file."""
    facts = extract(data, "python")
    assert extract(data, "python") == facts
    assert decoded(encoded(facts)) == facts
    end = len(data)
    lines = data.count(b"\n") + 1
    scopes = facts.scopes
    assert (scopes[0].kind, scopes[0].parent) == (ScopeKind.MODULE, -1)
    for number, scope in enumerate(scopes):
        assert -1 <= scope.parent < max(number, 1)
        assert 0 <= scope.start <= scope.end <= end
        assert scope.definition < len(facts.definitions)
        if scope.definition >= 0:
            assert facts.definitions[scope.definition].inner == number
    for one in facts.definitions:
        assert 0 <= one.start <= one.name_start <= one.end <= end
        assert 1 <= one.line <= lines
        assert one.line <= one.end_line or one.end == one.name_start
        assert -1 <= one.inner < len(scopes)
        assert 0 <= one.scope < len(scopes)
    for rows in (facts.bindings, facts.imports, facts.calls, facts.uses, facts.holes):
        starts = [row.start for row in rows]
        assert starts == sorted(starts)
        assert all(0 <= row.start <= end and 1 <= row.line <= lines and 0 <= row.scope < len(scopes) for row in rows)
    assert all(call.start <= call.end <= end for call in facts.calls)
    return facts


@settings(unhurried, max_examples=150)
@given(st.binary(max_size=300))
def test_random_bytes(data: bytes) -> None:
    hold(data)


@settings(unhurried, max_examples=400)
@given(st.lists(st.sampled_from(PIECES), max_size=60).map(b"".join))
def test_pieces_of_python_in_any_order(data: bytes) -> None:
    hold(data)


@settings(unhurried, max_examples=40)
@given(st.sampled_from(NAMES), st.floats(0, 1), st.integers(0, 6000))
def test_real_files_cut_anywhere(name: str, share: float, length: int) -> None:
    data = library(name)
    start = int(len(data) * share)
    hold(data[start : start + length])


@settings(unhurried, max_examples=40)
@given(st.sampled_from(NAMES), st.floats(0, 1), st.sampled_from(PIECES), st.integers(0, 40))
def test_real_files_with_something_put_in(name: str, share: float, piece: bytes, gone: int) -> None:
    data = library(name)[:8000]
    at = int(len(data) * share)
    hold(data[:at] + piece + data[at + gone :])


@settings(unhurried, max_examples=60)
@given(st.sampled_from(PIECES), st.sampled_from(PIECES), st.integers(1, 3000))
def test_the_same_again_and_again(piece: bytes, other: bytes, times: int) -> None:
    hold(piece * times + other * times)
