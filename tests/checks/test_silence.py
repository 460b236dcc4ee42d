"""Inline comments silence one finding each, need a reason, and are counted."""

from __future__ import annotations

import pytest

from checks.finding import Side
from checks.silence import apart, requests_in
from kb.source import Source
from tests.checks.planted import change_adding, finding


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", "x = f()  # prudent: ignore[planted] f is given by the host\n"),
        ("a.py", "# prudent: ignore[planted] f is given by the host\nx = f()\n"),
        ("a.ts", "f(); // Prudent: ignore[other, planted] f is given by the host\n"),
        ("a.js", "/* prudent: ignore[planted] f is given by the host */\nf();\n"),
        ("a.go", "package a\n// prudent: ignore[planted] f is given by the host\nvar x = f()\n"),
    ],
)
def test_a_comment_silences_its_line_or_the_next(path: str, text: str) -> None:
    line = next(n for n, content in enumerate(text.splitlines(), 1) if "f()" in content)
    said, silenced, notes = apart(change_adding({path: text}), [finding(path=path, line=line)])
    assert (said, notes) == ([], [])
    assert [s.reason for s in silenced] == ["f is given by the host"]


@pytest.mark.parametrize(
    "text",
    [
        "x = 'prudent: ignore[planted] in a string'; f()\n",
        "x = f()  # prudent: ignore[other] another slug\n",
        "x = 1  # prudent: ignore[planted] another line\ny = f()\n",
        "x = f()  # prudent ignore planted\n",
    ],
)
def test_anything_else_silences_nothing(text: str) -> None:
    line = next(n for n, content in enumerate(text.splitlines(), 1) if "f()" in content)
    said, silenced, notes = apart(change_adding({"a.py": text}), [finding(line=line)])
    assert (len(said), silenced, notes) == (1, [], [])


def test_a_comment_without_a_reason_is_not_honoured_and_says_so() -> None:
    change = change_adding({"a.py": "x = f()  # prudent: ignore[planted]\n"})
    said, silenced, notes = apart(change, [finding()])
    assert (len(said), silenced) == (1, [])
    assert notes == ["a.py:1: the ignore comment gives no reason: not honoured"]


def test_what_is_said_about_base_cannot_be_silenced_from_head() -> None:
    change = change_adding({"a.py": "x = f()  # prudent: ignore[planted] why\n"})
    said, _, _ = apart(change, [finding(side=Side.LEFT)])
    assert len(said) == 1


def test_each_request_names_its_line_and_slugs() -> None:
    source = Source("a.py", b"a\n# prudent: ignore[x, y] both\nb  # prudent: ignore[z] one\n")
    asked = [(r.line, sorted(r.slugs), r.reason) for r in requests_in(source)]
    assert asked == [(3, ["x", "y"], "both"), (3, ["z"], "one")]
