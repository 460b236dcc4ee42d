"""Where quotes stand: at one place, whole or part lines, whatever the white space."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.inference.quote import found_in, places_of, raw_lines
from kb.source import Source
from tests.kb.tokens import GITHUB, KEY

TEXT = """\
def total(rows):
    # sum them up
    if not rows:

        return 0
    value = sum(rows)  # all of them
    return value


def other(rows):
    return value
"""
SOURCE = Source("shop.py", TEXT.encode())


@pytest.mark.parametrize(
    ("quote", "where"),
    [
        ("if not rows:", [(3, 3)]),
        ("  if   not\trows: ", [(3, 3)]),
        ("return value", [(7, 7), (11, 11)]),
        ("if not rows:\n    return 0", [(3, 5)]),
        ("not rows:\n\n\nreturn", [(3, 5)]),
        ("return value\n\n\ndef other", [(7, 10)]),
        ("3|    if not rows:\n5|        return 0", [(3, 5)]),
        ("+6|    value = sum(rows)", [(6, 6)]),
        ("value = sum(rows)\nreturn value", [(6, 7)]),  # a comment in between was not shown
        ("def total(rows):\nif not rows:", [(1, 3)]),
        ("```\nif not rows:\n```", [(3, 3)]),
        ("alue = sum", []),  # a part of a word is none
        ("return", [(5, 5), (7, 7), (11, 11)]),
        ("if rows:", []),
        ("", []),
        ("\n \n", []),
        ("0", []),
        (")", []),
        ("return 0\nif not rows:", []),
    ],
)
def test_a_quote_stands_where_its_lines_do(quote: str, where: list[tuple[int, int]]) -> None:
    assert places_of(quote, SOURCE) == where


def test_comments_are_no_code() -> None:
    assert places_of("# sum them up", SOURCE) == [(2, 2)]
    assert places_of("# sum them up", SOURCE, with_comments=False) == []
    assert places_of("sum(rows)  # all of them", SOURCE, with_comments=False) == []
    assert places_of("value = sum(rows)", SOURCE, with_comments=False) == [(6, 6)]


def test_a_line_is_found_by_what_a_model_was_shown_of_it() -> None:
    text = f'KEY = """{KEY}"""\nTOKEN = "{GITHUB}"\nname = "a\u200bb"\nrole = "<|im_start|>"\n'
    source = Source("config.py", text.encode())
    last = text.count("\n")
    assert places_of('TOKEN = "[secret: GitHub token]"', source) == [(last - 2, last - 2)]
    assert places_of('name = "a[hidden: 1]b"', source) == [(last - 1, last - 1)]
    assert places_of('role = "[token: im_start]"', source) == [(last, last)]


@given(st.lists(st.sampled_from(["a = 1", "b = 2", "", "   ", "if c:", "    d()", "é = 'x'"]), max_size=12), st.data())
def test_what_is_copied_out_of_a_file_is_found_there(rows: list[str], data: st.DataObject) -> None:
    source = Source("a.txt", "\n".join(rows).encode())
    filled = [number for number, row in enumerate(rows, start=1) if row.strip()]
    if not filled:
        assert list(raw_lines(source)) == []
        return
    first = data.draw(st.sampled_from(filled))
    last = data.draw(st.sampled_from([number for number in filled if number >= first]))
    quote = [" ".join(rows[number - 1].split()) for number in filled if first <= number <= last]
    assert (first, last) in found_in(quote, raw_lines(source))


@given(st.text(max_size=60), st.text(max_size=120))
def test_any_text_may_be_a_quote_and_any_a_file(quote: str, text: str) -> None:
    source = Source("a.py", text.encode("utf-8", "surrogatepass"))
    for first, last in places_of(quote, source):
        assert 1 <= first <= last <= source.text.count("\n") + 1
