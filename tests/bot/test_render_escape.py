"""Foreign text is made harmless for the place where it is read."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.render.escape import (
    code_lines,
    columns,
    commands_a_bot,
    cut,
    encodable,
    fence_for,
    markdown_code,
    markdown_text,
    printable,
    uri_of,
    wrapped,
)
from tests.strategies import texts, unhurried


@unhurried
@given(texts)
def test_printable_text_is_one_line_of_visible_characters(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert printable(shown) == shown
    assert encodable(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain \\ text", "plain \\ text"),
        ("\x1b[31m", r"\x1b[31m"),
        ("a\u202eb", r"a\u202eb"),
        ("a\u200bb\ufe0f\u3164", r"a\u200bb\ufe0f\u3164"),
        ("\udcff\ud800", r"\xff\ud800"),
        ("two\nlines\ttab\x7f\x9b", r"two\nlines\ttab\x7f\x9b"),
        ("naïve 漢字 😀", "naïve 漢字 😀"),
    ],
)
def test_what_would_not_be_seen_becomes_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_code_keeps_its_lines_and_its_indentation() -> None:
    assert code_lines("if x:\r\n\treturn\x07\n") == ["if x:", r"    return\x07"]
    assert code_lines("\n") == [""]


@unhurried
@given(texts)
def test_encodable_text_is_utf_8(text: str) -> None:
    encodable(text).encode("utf-8")


@unhurried
@given(texts.map(printable), st.integers(0, 60))
def test_cut_text_fits(text: str, width: int) -> None:
    shown = cut(text, width)
    assert columns(shown) <= width
    assert shown == text or shown.endswith("..."[:width])


@unhurried
@given(texts, st.integers(10, 80))
def test_wrapping_loses_no_word_and_keeps_to_the_width(text: str, width: int) -> None:
    lines = wrapped(text, width, indent="  ", hang="    ")
    assert "".join(lines).replace(" ", "") == printable(text).replace(" ", "")
    for line in lines:
        assert columns(line) <= width or " " not in line.strip()


def test_wide_characters_take_two_columns_and_marks_none() -> None:
    assert columns("漢字") == 4
    assert columns("e\u0301") == 1
    assert cut("漢字漢字", 6) == "漢..."


@unhurried
@given(texts)
def test_nothing_closes_a_code_span(text: str) -> None:
    span = markdown_code(text)
    ticks = re.match("`+", span)
    assert ticks is not None
    inner = span[len(ticks[0]) : -len(ticks[0])]
    assert span.endswith(ticks[0])
    assert ticks[0] not in re.findall("`+", inner)
    assert "\n" not in span
    assert "<!--" not in span


@unhurried
@given(texts)
def test_prose_has_no_active_character_outside_quoted_code(text: str) -> None:
    prose = re.sub(r"(?<![`\\])(`+)(?!`).*?(?<!`)\1(?!`)", "", markdown_text(text))
    assert not re.search(r"(?<!\\)[*_\[\]<>|~`$]", re.sub(r"\\\\", "", prose))
    assert not re.search(r"@\w|\\#\d|\w://", prose)
    assert "\n" not in prose


@pytest.mark.parametrize(
    ("text", "prose"),
    [
        ("Undefined name `foo`.", "Undefined name `foo`."),
        ("see [x](y) <b> & co", r"see \[x\](y) &lt;b&gt; &amp; co"),
        ("ask @octocat", "ask @&#8203;octocat"),
        ("fixes #12", r"fixes \#&#8203;12"),
        ("https://a.example www.a.example", "https&#8203;://a.example www&#8203;.a.example"),
        ("/approve", "&#8203;/approve"),
        ("1. first", "&#8203;1. first"),
        ("2 findings", "2 findings"),
        ("one ` tick", r"one \` tick"),
        ("", ""),
    ],
)
def test_prose_in_markdown(text: str, prose: str) -> None:
    assert markdown_text(text) == prose


@pytest.mark.parametrize(
    ("text", "code"),
    [("x", "`x`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), ("", "`(empty)`"), ("  ", "`(blank)`"), ("a|b", "`a|b`")],
)
def test_code_in_markdown(text: str, code: str) -> None:
    assert markdown_code(text) == code


def test_a_fence_is_longer_than_any_run_inside() -> None:
    assert fence_for("x") == "```"
    assert fence_for("a ```` b") == "`````"


@pytest.mark.parametrize(
    ("text", "ordered"),
    [
        ("x = 1\n/approve\n", True),
        ("  /lgtm cancel", True),
        ("@dependabot merge", True),
        ("<!-- prudent:review head=1 -->", True),
        ("@pytest.fixture\ndef f(): ...\n", False),
        ("@decorator\nclass A: ...\n", False),
        ("// a comment\n/* another */\n", False),
        ("a / b", False),
    ],
)
def test_orders_to_bots_are_known(text: str, ordered: bool) -> None:
    assert commands_a_bot(text) is ordered


@unhurried
@given(st.binary(min_size=1, max_size=30))
def test_any_path_git_can_store_survives_in_a_uri(path: bytes) -> None:
    uri = uri_of(path.decode("utf-8", "surrogateescape"))
    assert uri.isascii()
    assert unquote_to_bytes(uri) == path
