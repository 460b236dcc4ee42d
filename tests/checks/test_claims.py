"""What is read as a claim, and the many sentences that only look like one."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from checks.change import Statement
from checks.static.claims import LONGEST, Claim, ClaimKind, claims_in, sentences_in

FEATURE = ClaimKind.FEATURE


def claimed(*texts: str) -> list[tuple[str, str]]:
    claims = claims_in([Statement(f"commit {number}", text) for number, text in enumerate(texts)])
    return [(claim.kind.value, claim.name) for claim in claims if claim.kind is not FEATURE]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Add tests", ("tests", "")),
        ("Added regression tests for empty baskets.", ("tests", "")),
        ("Fix rounding, add unit tests (#41)", ("tests", "")),
        ("Round prices\n\n- Adds a few more tests\n- Rename total", ("tests", "")),
        ("fix(shop): add test cases for len(G) != 3", ("tests", "")),
        ("Implement rebates with tests", ("tests", "")),
        ("Round prices\n\nThis rounds. Also add tests that\ncover the empty basket.", ("tests", "")),
        ("Update docs", ("docs", "docs")),
        ("Round prices and update the README", ("docs", "README")),
        ("Add changelog entry", ("docs", "changelog entry")),
        ("Fix `Cart.total()` to round", ("fix", "Cart.total")),
        ("Fixed a crash in total()", ("fix", "total")),
        ("Remove the deprecated function `old_total`", ("removal", "old_total")),
        ("Drop `old_total()`, it was unused", ("removal", "old_total")),
    ],
)
def test_a_plain_sentence_is_a_claim(text: str, expected: tuple[str, str]) -> None:
    assert claimed(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "Will add tests later",
        "Should we add tests?",
        "Add tests?",
        "TODO: add tests",
        "WIP: add tests",
        "Do not add tests",
        "Fix total without adding tests",
        "Add tests: none",
        "Round prices\n\nAdd tests in a follow-up",
        "Round prices\n\n> add tests",
        "Round prices\n\n- [ ] Added tests\n- [x] Added tests",
        "Round prices\n\n```\nadd tests\n```",
        "Round prices\n\n    add tests",
        "Round prices\n\n## Add tests",
        "Round prices\n\nCo-authored-by: Add tests <add@example.com>",
        "Round prices (#41)\n\n* Round\n\n* Add tests",
        "Add node 26 to test matrices",
        "Add tests to the CI workflow",
        "Add test dependencies",
        "Add tests directory to the sdist",
        "Add test for numpy availability",
        "Add noqas for unit tests",
        'Revert "Add tests"',
        "Merge branch 'add tests'",
        "Bump version\n\nAdd tests",
        "fixup! Add tests",
        "chore(deps): add tests",
        "1.2.0\n\n- Add tests",
        "docs: round prices",
        "Update docs build",
        "Document.write is gone",
        "Remove spaces between `+` and `:`",
        "Remove `ecmaVersion` and `sourceType` from `ParserOptions`",
        "Remove `total()` call in bill",
        "See https://example.org/add-tests",
        "",
        "\n\n\n",
    ],
)
def test_what_is_no_plain_claim_is_left_alone(text: str) -> None:
    assert claimed(text) == []


def test_one_commit_that_takes_something_back_silences_all() -> None:
    assert claimed("Add tests", 'Revert "Add tests"') == []
    assert claimed("Add tests", "Round prices") == [("tests", "")]


def test_a_feature_is_claimed_by_a_sentence_that_begins_with_a_verb() -> None:
    (claim,) = claims_in([Statement("commit 1a2b3c4", "feat: add user export")])
    assert claim == Claim(FEATURE, "commit 1a2b3c4", "add user export")
    assert claims_in([Statement("x", "Users and exports")]) == ()


def test_evidence_is_one_printable_line_without_a_file() -> None:
    evidence = Claim(ClaimKind.TESTS, "commit 1", "Add \x1b[2J tests\u202e " + "x" * 500).evidence
    assert (evidence.kind, evidence.path, evidence.line) == ("claim", "", 0)
    assert evidence.text.isprintable()
    assert len(evidence.text) < 250


PIECES = ("add tests", "```", "fix `total`", "- [ ] ", "\n", " ", ".", "(", "> ", "* ", "feat: ", "no ", "?", "x")


@given(st.lists(st.sampled_from(PIECES)).map("".join) | st.text())
@example("`" * 5000)
@example("add " * 5000 + "tests")
@example("fix (" * 3000)
def test_no_text_breaks_the_reading(text: str) -> None:
    for sentence in sentences_in(text):
        assert sentence.strip()
    for claim in claims_in([Statement("commit 1", text)]):
        assert set(claim.sentence.split()) <= set(text.split()), "a quotation holds nothing that was not said"


@pytest.mark.parametrize(
    "piece", ["add a ", "add a few new ", "`a", "(", "[a] ", "fix the ", "remove the old ", "- ", "a/b: "]
)
def test_reading_takes_no_longer_than_the_text_is_long(piece: str) -> None:
    began = time.process_time()
    claims_in([Statement("commit 1", piece * (4 * LONGEST // len(piece)))])
    assert time.process_time() - began < 1
