"""What models are shown, and what is left of what they say."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.inference.fence import Fence, fence_of
from checks.inference.guard import is_about_marker, line_in, lines_in, path_in, prose_in, said
from kb.redact import redact
from tests.kb.tokens import AWS_ID, AWS_SECRET, KEY, tokens

FAMILIES = [
    "<|im_start|>",
    "<|im_end|>",
    "<|begin_of_text|>",
    "<|start_header_id|>",
    "<|eot_id|>",
    "<|endoftext|>",
    "<|fim_prefix|>",
    "<|user|>",
    "<｜User｜>",
    "<｜fim▁begin｜>",
    "<[fim-suffix]>",
    "[INST]",
    "[/INST]",
    "<<SYS>>",
    "<</SYS>>",
    "<start_of_turn>",
    "<end_of_turn>",
    "<s>",
    "</s>",
    "<bos>",
    "<fim_middle>",
    "<tool_call>",
    "</tool_call>",
    "<think>",
    "[TOOL_CALLS]",
    "[SYSTEM_PROMPT]",
]


@pytest.mark.parametrize("token", FAMILIES)
def test_a_token_of_a_template_is_shown_as_what_it_is_called(token: str) -> None:
    for text in (line_in(f'x = "{token}"'), prose_in(f"a {token} b", 100), said(f"a {token} b", 100)):
        assert token not in text
        assert "[token: " in text


@pytest.mark.parametrize("line", ["Human: hi", "  Assistant: yes", "System:", "User: x"])
def test_a_turn_of_a_conversation_is_none(line: str) -> None:
    assert prose_in(f"a\n{line}\nb", 100).split("\n")[1].lstrip().startswith("[token: ")


@pytest.mark.parametrize(
    "line", ["if a <b and c> d:", "x: list[str]", "for <T>(x: T) => x", "human: str = 1", "a | b |> c"]
)
def test_ordinary_code_is_shown_as_it_stands(line: str) -> None:
    assert line_in(line) == line


@pytest.mark.parametrize(
    "hidden",
    [
        "\u200b",
        "\u200d\u200d",
        "\u202e",
        "\u2066",
        "\ufeff",
        "\u00ad",
        "\U000e0041\U000e0042",
        "\ufe0f\ufe0f",
        "\x1b",
        "\x00",
    ],
)
def test_what_nobody_sees_is_counted_in_code_and_gone_from_prose(hidden: str) -> None:
    assert line_in(f"a{hidden}b") == f"a[hidden: {len(hidden)}]b"
    assert prose_in(f"a{hidden}b", 100) == "ab"
    assert said(f"a{hidden}b", 100) == "ab"


def test_one_selector_behind_a_sign_is_part_of_it() -> None:
    assert prose_in("done ✔\ufe0f now", 100) == "done ✔\ufe0f now"


def test_what_markdown_hides_from_people_is_hidden_from_models() -> None:
    text = "a <!-- one\ntwo --> b ![alt](http://x/y) ![r][ref] <img src='x'> c <!-- open"
    assert prose_in(text, 200).split() == ["a", "b", "c"]


def test_a_secret_over_several_lines_is_out_and_no_line_moves() -> None:
    text = f"a = 1\nkey = '''\n{KEY}'''\nb = 2\n"
    shown = lines_in(text)
    assert len(shown) == len(text.split("\n"))
    assert shown[0] == "a = 1"
    assert shown[-2] == "b = 2"
    body = {line for line in KEY.split("\n") if line}
    assert not body & set(shown)


def test_a_part_of_a_key_is_known_by_the_whole_file() -> None:
    text = f"id = {AWS_ID}\nregion = x\nsecret = {AWS_SECRET}\n"
    assert AWS_SECRET not in "\n".join(lines_in(text))


@given(st.lists(st.one_of(st.text(max_size=30), tokens()), max_size=6))
def test_no_secret_is_shown_and_lines_stay_as_many(pieces: list[str]) -> None:
    text = "\n".join(pieces)
    shown = lines_in(text)
    assert len(shown) == len(text.split("\n"))
    assert redact("\n".join(shown)).count("[secret: ") >= "\n".join(shown).count("[secret: ")


@given(tokens())
def test_a_token_leaves_in_no_text(token: str) -> None:
    for text in (line_in(f'key = "{token}"'), prose_in(f"use {token} here", 500), said(f"use {token} here", 500)):
        assert token not in text


@given(st.text(max_size=300))
def test_what_a_model_says_is_one_harmless_line(text: str) -> None:
    told = said(text, 120)
    assert len(told) <= 120
    assert "\n" not in told
    assert "\r" not in told
    assert all(unicodedata.category(c) not in ("Cc", "Cs") for c in told)
    assert "://" not in told or not re.search(r"(?i)\b[a-z]{2,}://\S", told)
    assert "@" not in re.sub(r"@(?![\w/\[])", "", told)
    assert "![" not in told
    assert not re.match(r"/\w", told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("see https://evil.example/x?y=1 now", "see [link] now"),
        ("[click](https://evil.example)", "click"),
        ("![p](https://evil.example)", ""),
        ("www.evil.example", "[link]"),
        ("javascript:alert(1)", "[link]"),
        ("thanks @admin", "thanks admin"),
        ("/prudent approve", "prudent approve"),
        ("please /prudent dismiss all", "please prudent dismiss all"),
        ("a\n/approve\nb", "a /approve b"),
        ("<b>bold</b>", "‹b>bold‹/b>"),
        ("if a < b", "if a < b"),
        ("x <!-- y --> z", "x z"),
        ("A" * 200, "[...]"),
        ("`f(x)` fails", "`f(x)` fails"),
        ("GET /api/users fails", "GET /api/users fails"),
    ],
)
def test_what_is_active_in_a_models_text_is_plain(text: str, told: str) -> None:
    assert said(text, 200) == told


def test_what_is_long_is_cut() -> None:
    assert said("word " * 100, 40) == ("word " * 100)[:37] + "..."
    assert len(prose_in("x y " * 10_000, 100)) == 100
    assert len(line_in("x y " * 10_000)) == 2_000


def test_a_path_is_one_line() -> None:
    assert "\n" not in path_in("a\nSYSTEM: x.py")
    assert path_in("src/<|im_start|>.py") == "src/[token: im_start].py"


@pytest.mark.parametrize("text", ["The [secret: GitHub token] is bad", "a redacted value", "secret: KIND"])
def test_speaking_of_the_mark_is_noticed(text: str) -> None:
    assert is_about_marker("fine", text)
    assert not is_about_marker("a secret is logged", "the key is secret")


def test_fences_are_the_installations_own_and_change_with_the_head() -> None:
    assert fence_of(b"salt", "abc", 0) == fence_of(b"salt", "abc", 0)
    different = {fence_of(b"salt", "abc", 0), fence_of(b"other", "abc", 0), fence_of(b"salt", "abd", 0)}
    different |= {fence_of(b"salt", "abc", 1), fence_of(b"", "abc", 0), fence_of(b"", "abc", 0)}
    assert len(different) == 6
    assert all(re.fullmatch("[0-9a-f]{20}", one.mark) for one in different)


@given(st.text(max_size=80))
def test_nothing_closes_a_fence_from_within(text: str) -> None:
    fence = Fence("0123456789abcdef0123")
    around = fence.around(f"{text}\nEND {fence.mark}\n{text}")
    assert around.count(fence.mark) == 2
    assert fence.mark in fence.about
