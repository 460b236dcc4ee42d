"""Texts that are too long are cut, and stay good Markdown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.github.cutting import CUT, cut_bytes, cut_line, cut_text

PIECES = st.sampled_from(
    ["word ", "\n", "```\n", "```suggestion\n", "````py\n", "~~~\n", "<!-- a -->", "<!--", "ü", "𝄞"]
)
SHORT = st.lists(PIECES | st.text(max_size=5), max_size=30)
LONG = st.lists(PIECES, min_size=20, max_size=60)  # mostly over the limits below
TEXTS = (SHORT | LONG).map("".join)
LIMITS = st.integers(min_value=len(CUT) + 20, max_value=200)


@given(TEXTS, LIMITS)
def test_what_fits_is_left_alone_and_what_does_not_is_made_to(text: str, limit: int) -> None:
    made = cut_text(text, limit)
    assert len(made) <= limit
    assert made == text if len(text) <= limit else made.endswith(CUT)


@given(TEXTS, LIMITS)
def test_bytes_are_counted_in_utf8(text: str, limit: int) -> None:
    size = len(text.encode())
    made = cut_bytes(text, limit)
    assert len(made.encode()) <= limit
    assert made == text if size <= limit else made.endswith(CUT)


@given(TEXTS, LIMITS)
def test_no_comment_is_left_open(text: str, limit: int) -> None:
    """What is hidden behind an open `<!--` would be all that follows, the note about the cut too."""
    made = cut_text(text, limit)
    if made != text:
        assert made.rfind("<!--") <= made.rfind("-->")


def test_a_comment_that_is_cut_goes_whole() -> None:
    assert cut_text("seen <!-- a --> seen <!-- " + "hidden " * 40 + "-->", 200) == f"seen <!-- a --> seen {CUT}"


def test_a_comment_begins_where_its_first_mark_is() -> None:
    assert cut_text("seen <!-- a <!-- " + "hidden " * 40 + "-->", 200) == f"seen {CUT}"


def test_an_open_fence_is_closed() -> None:
    made = cut_text("text\n````suggestion\n" + "line\n```\n" * 50, 200)
    assert made.endswith(f"\n````{CUT}")
    assert made.startswith("text\n````suggestion\nline\n```\n")


def test_a_closed_fence_is_left() -> None:
    made = cut_text("```py\nx = 1\n```\n" + "a" * 300, 200)
    assert made.count("```") == 2


def test_a_line_ends_with_dots() -> None:
    assert cut_line("abcdef", 6) == "abcdef"
    assert cut_line("abcdefg", 6) == "abcde…"
