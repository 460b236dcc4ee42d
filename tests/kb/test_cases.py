"""Where code tells members apart one by one, read from syntax."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.facts.cases import CaseSet, cases_in
from kb.source import Source


def told(text: str, path: str = "a.py") -> list[tuple[str, str, str, bool]]:
    return [(c.kind, c.of, " ".join(sorted(c.members)), c.open) for c in cases_in(Source(path, text.encode()))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("match c:\n    case A.X:\n        f()\n    case A.Y | A.Z:\n        g()\n", [("match", "A", "X Y Z", False)]),
        (
            "match c:\n    case A.X:\n        f()\n    case A.Y:\n        g()\n    case _:\n        h()\n",
            [("match", "A", "X Y", True)],
        ),
        (
            "match c:\n    case A.X:\n        f()\n    case A.Y:\n        g()\n    case _:\n        assert_never(c)\n",
            [("match", "A", "X Y", False)],
        ),
        ("match c:\n    case A.X if n:\n        f()\n    case A.Y:\n        g()\n", [("match", "A", "X Y", True)]),
        ("match c:\n    case A.X:\n        f()\n    case str():\n        g()\n", []),
        ("if c is A.X:\n    f()\nelif c == A.Y:\n    g()\n", [("if", "A", "X Y", False)]),
        ("if c is A.X:\n    f()\nelif c in (A.Y, A.Z):\n    g()\nelse:\n    h()\n", [("if", "A", "X Y Z", True)]),
        ("if c is A.X:\n    f()\nelif d is A.Y:\n    g()\n", []),
        ("if c is A.X:\n    f()\nelif c is A.Y and d:\n    g()\n", []),
        ("if c is A.X:\n    f()\nelif c is B.Y:\n    g()\n", []),
        ("t = {A.X: 1, A.Y: 2}\n", [("table", "A", "X Y", False)]),
        ("t = {A.X: 1, 'y': 2}\n", []),
        ("t = {A.X: 1, **more}\n", []),
        ("t = {A.X: 1}\n", []),
    ],
)
def test_python(text: str, expected: list[tuple[str, str, str, bool]]) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("switch (x) { case A.B: f(); break; case A.C: g() }", [("switch", "A", "B C", False)]),
        ("switch (x) { case 'b': f(); break; case \"c\": g() }", [("switch", "", "b c", False)]),
        ("switch (x) { case 'b': f(); case 'c': g(); default: h() }", [("switch", "", "b c", True)]),
        ("switch (x) { case 'b': f(); case 'c': g(); default: throw new Error(x) }", [("switch", "", "b c", False)]),
        (
            "switch (x) { case 'b': f(); case 'c': g(); default: { const y: never = x; return assertNever(y) } }",
            [("switch", "", "b c", False)],
        ),
        ("switch (x) { case 'b': f(); case 'c': g(); default: break }", [("switch", "", "b c", True)]),
        ("switch (x) { case 1: f(); case 2: g() }", []),
        ("switch (x) { case A.B: f(); case 'c': g() }", []),
    ],
)
def test_typescript(text: str, expected: list[tuple[str, str, str, bool]]) -> None:
    assert told(text, "a.ts") == expected


@pytest.mark.parametrize(
    ("path", "text", "is_open", "complete"),
    [
        ("a.py", "if c is A.X:\n    f()\nelif c is A.Y:\n    g()\nh()\n", False, False),
        ("a.py", "if c is A.X:\n    f()\nelif c is A.Y:\n    g()\nelse:\n    raise E\n", False, True),
        ("a.py", "if c is A.X:\n    return 1\nelif c is A.Y:\n    return 2\n# else\nreturn 3\n", True, False),
        ("a.py", "if c is A.X:\n    return 1\nelif c is A.Y:\n    return 2\n\n# never\nraise E\n", False, True),
        ("a.py", "if c is A.X:\n    return 1\nelif c is A.Y:\n    return 2\nassert_never(c)\n", False, True),
        ("a.py", "if c is A.X:\n    return 1\nelif c is A.Y:\n    return 2\n", False, True),
        ("a.py", "if c is A.X:\n    return\nelif c is A.Y:\n    return\n", False, False),
        ("a.py", "if c is A.X:\n    return 1\nelif c is A.Y:\n    f()\nreturn 3\n", False, False),
        ("a.py", "match c:\n    case A.X:\n        return 1\n    case A.Y:\n        return 2\nf()\n", True, False),
        (
            "a.py",
            "match c:\n    case A.X:\n        f()\n    case A.Y:\n        g()\n    case _:\n        f()\n",
            True,
            False,
        ),
        ("a.ts", "switch (x) { case A.B: return 1; case A.C: { return 2 } } f()", True, False),
        ("a.ts", "switch (x) { case A.B: case A.C: { return 2 } } throw x", False, True),
        ("a.ts", "switch (x) { case A.B: f(); break; case A.C: g() } h()", False, False),
        ("a.ts", "switch (x) { case A.B: return 1; case A.C: return 2; default: {} }", True, False),
    ],
)
def test_what_becomes_of_anything_else(path: str, text: str, is_open: bool, complete: bool) -> None:
    (found,) = cases_in(Source(path, text.encode()))
    assert (found.open, found.complete) == (is_open, complete)


def test_what_is_looked_at() -> None:
    def subject(text: str, path: str = "a.py") -> list[str]:
        return [one.subject for one in cases_in(Source(path, text.encode()))]

    assert subject("match a.b:\n    case A.X:\n        f()\n    case A.Y:\n        g()\n") == ["a.b"]
    assert subject("if a.b is A.X:\n    f()\nelif a.b is A.Y:\n    g()\n") == ["a.b"]
    assert subject("switch (this.state) { case 'a': f(); case 'b': g() }", "a.ts") == ["this.state"]
    assert subject("t = {A.X: 1, A.Y: 2}\n") == ["t"]
    assert subject("self.t = {A.X: 1, A.Y: 2}\n") == ["t"]
    assert subject("{A.X: 1, A.Y: 2}[c]\n") == [""]


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("t = {A.X: 1, A.Y: 2}\nt[c]\n", False),
        ("{A.X: 1, A.Y: 2}[c]\n", False),
        ("{A.X: 1, A.Y: 2}.get(c)\n", True),
        ("t = {A.X: 1, A.Y: 2}\nt.get(c, 3)\n", True),
        ("t = {A.X: 1, A.Y: 2}\nif c in t:\n    f()\n", True),
        ("self.t = {A.X: 1, A.Y: 2}\nif c in self.t:\n    f()\n", True),
        ("t = defaultdict(int, {A.X: 1, A.Y: 2})\n", True),
        ("t: dict[A, int] = {A.X: 1, A.Y: 2}\n", False),
    ],
)
def test_tables_that_do_without_a_member(text: str, is_open: bool) -> None:
    assert [one.open for one in cases_in(Source("a.py", text.encode()))] == [is_open]


def test_other_files_have_none() -> None:
    assert told("switch (x) { case A: f(); case B: g(); }", "a.c") == []
    assert cases_in(Source("a.py", b"(" * 6_000_000)) == ()


PIECES = [
    "match c:\n",
    "    case A.X:\n",
    "        f()\n",
    "    case _:\n",
    "if c is A.X:\n",
    "elif c in (A.Y,):\n",
    "{A.X: 1, A.Y: 2}",
    "else:\n",
    "\x00",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12), st.sampled_from(["a.py", "a.ts"]))
def test_broken_code_is_read_without_complaint(pieces: list[str], path: str) -> None:
    for one in cases_in(Source(path, "".join(pieces).encode())):
        assert isinstance(one, CaseSet)
        assert len(one.members) >= 1
