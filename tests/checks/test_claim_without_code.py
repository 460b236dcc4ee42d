"""Claims held against diffs: what supports one, and what happens when a diff cannot be seen whole."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from checks.change import Change, Statement
from checks.finding import Finding, Side
from checks.knowledge import Knowledge
from checks.scope import scoped
from checks.settings import Settings
from checks.static import claim_without_code
from checks.workspace import open_workspace
from tests.checks.trees import change_of

CODE = "def total(prices):\n    return sum(prices)\n"
CHANGED = "def total(prices):\n    return sum(set(prices))\n"
Texts = Mapping[str, str | bytes | None]


def findings(change: Change, *statements: str) -> list[Finding]:
    change = replace(change, statements=tuple(Statement("commit 1a2b3c4", text) for text in statements))
    with open_workspace(None) as workspace:
        return list(claim_without_code.run(change, Knowledge(workspace)).findings)


def kinds(before: Texts, after: Texts, *statements: str) -> list[str]:
    return [finding.text for finding in findings(change_of(before, after), *statements)]


def with_also(also: Texts) -> list[str]:
    """Return what is said of a change that claims tests and docs and holds `also` beside a line of code."""
    return kinds({"shop.py": CODE}, {"shop.py": CHANGED, **also}, "Add tests and update docs")


def test_a_claim_that_nothing_supports_is_reported_with_the_sentence_as_evidence() -> None:
    (finding,) = findings(change_of({"shop.py": CODE}, {"shop.py": CHANGED}), "Round prices\n\nAlso add tests.")
    assert (finding.path, finding.line, finding.side) == ("shop.py", 2, Side.RIGHT)
    assert finding.message == "Commit 1a2b3c4 says tests were added, but this change adds none."
    assert [(e.kind, e.path, e.text) for e in finding.evidence] == [("claim", "", "commit 1a2b3c4: Also add tests.")]


def test_both_claims_of_one_sentence_are_reported() -> None:
    assert with_also({}) == ["tests", "docs docs"]


def test_the_same_claim_in_two_commits_is_reported_once() -> None:
    assert kinds({"shop.py": CODE}, {"shop.py": CHANGED}, "Add tests", "Add unit tests") == ["tests"]


@pytest.mark.parametrize(
    "also",
    [
        {"tests/test_shop.py": ""},
        {"shop.spec.ts": "x\n"},
        {"__snapshots__/shop.snap": "x\n"},
        {"src/lib.rs": "#[cfg(test)]\nmod t {}\n"},
        {"more.py": "def f():\n    '''\n    >>> f()\n    '''\n"},
        {"more.js": "it('adds', () => {})\n"},
        {".github/workflows/run.yml": "on: push\n"},
    ],
)
def test_anything_that_looks_like_a_test_supports_the_claim(also: Texts) -> None:
    assert "tests" not in with_also(also)


@pytest.mark.parametrize(
    "also",
    [
        {"docs/shop.md": "x\n"},
        {"README": "x\n"},
        {"more.py": "# why\n"},
        {"more.py": 'def f():\n    """\n    Words\n    """\n'},
        {"more.ts": "/**\n words\n */\n"},
        {"man/shop.1": "x\n"},
        {"more.xyz": "words // of a language not known\n"},
    ],
)
def test_anything_that_looks_like_documentation_supports_the_claim(also: Texts) -> None:
    assert "docs docs" not in with_also(also)


def test_a_line_within_a_docstring_is_documentation() -> None:
    before = 'def total(prices):\n    """Return the sum.\n\n    first\n    """\n    return sum(prices)\n'
    assert kinds({"shop.py": before}, {"shop.py": before.replace("first", "second")}, "Update docs") == []


@pytest.mark.parametrize(
    ("what", "file"), [("README", "README.md"), ("changelog", "CHANGES"), ("changelog", "news/41.fix")]
)
def test_a_named_document_needs_that_document(what: str, file: str) -> None:
    code = {"shop.py": CODE + "# a comment\n"}
    assert kinds({"shop.py": CODE}, code, f"Update {what}") == [f"docs {what}"]
    assert kinds({"shop.py": CODE}, {**code, file: "x\n"}, f"Update {what}") == []


def test_a_file_outside_the_review_still_supports_a_claim() -> None:
    change = change_of({"shop.py": CODE}, {"shop.py": CHANGED, "tests/shop.snap": "x\n"})
    reviewed, left_out = scoped(change, Settings())
    assert [note.path for note in left_out] == ["tests/shop.snap"]
    assert findings(reviewed, "Add tests") == []


def test_a_removal_that_did_not_happen() -> None:
    both = CODE + "\n\ndef old_total(prices):\n    return 0\n"
    changed = CHANGED + "\n\ndef old_total(prices):\n    return 0\n"
    (finding,) = findings(change_of({"shop.py": both}, {"shop.py": changed}), "Remove `old_total()`")
    assert finding.message == "Commit 1a2b3c4 says `old_total` was removed, but it still stands."


OLD = "def old_total(): ...\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"shop.py": CODE + OLD}, {"shop.py": CODE}),
        ({"shop.py": CODE + "print(old_total())\n", "old.py": OLD}, {"shop.py": CODE, "old.py": OLD}),
        ({"old-total.js": "x\n", "shop.py": OLD}, {"shop.py": OLD}),
        ({"shop.py": CODE}, {"shop.py": CHANGED}),
    ],
)
def test_a_removal_of_any_kind_is_a_removal(before: Texts, after: Texts) -> None:
    assert kinds(before, after, "Remove `old_total()`") == []


def test_a_fix_far_from_the_named_function() -> None:
    before = {"shop.py": CODE, "mail.py": "def send_mail(to):\n    pass\n"}
    (finding,) = findings(change_of(before, {**before, "shop.py": CHANGED}), "Fix `send_mail()`")
    assert finding.message == "Commit 1a2b3c4 says `send_mail` was fixed, but nothing near it changed."
    assert finding.path == "shop.py"


@pytest.mark.parametrize(
    "mail",
    [
        "import shop\n\n\ndef send_mail(to):\n    shop.total(to)\n",  # it uses what changed
        "",  # it is defined nowhere: a library's, or a word
    ],
)
def test_a_fix_that_may_be_near_enough(mail: str) -> None:
    before = {"shop.py": CODE, "mail.py": mail}
    assert kinds(before, {**before, "shop.py": CHANGED}, "Fix `send_mail()`") == []


def test_a_fix_in_a_file_that_mentions_the_name() -> None:
    before = {"shop.py": CODE + "send_mail(total([]))\n", "mail.py": "def send_mail(to):\n    pass\n"}
    assert kinds(before, {**before, "shop.py": CHANGED + "send_mail(total([]))\n"}, "Fix `send_mail()`") == []


def test_nothing_is_said_where_something_could_not_be_read() -> None:
    change = change_of({"shop.py": CODE}, {"shop.py": CHANGED})
    unread = replace(change, files=tuple(replace(file, unread="larger than 5 MB") for file in change.files))
    assert findings(unread, "Add tests") == []
    lost = change_of({"shop.py": CODE, "lost.py": None}, {"shop.py": CHANGED, "lost.py": None})
    assert findings(lost, "Remove `old_total()`") == []


def test_a_change_of_only_deletions_is_anchored_at_base() -> None:
    (finding,) = findings(change_of({"shop.py": CODE, "a.py": "x = 1\n"}, {"a.py": "x = 1\n"}), "Add tests")
    assert (finding.side, finding.path, finding.line) == (Side.LEFT, "shop.py", 1)


def test_an_empty_change_and_a_silent_author_are_fine(tmp_path: Path) -> None:
    assert kinds({"shop.py": CODE}, {"shop.py": CODE}, "Add tests") == []
    assert kinds({"shop.py": CODE}, {"shop.py": CHANGED}) == []


def test_hostile_names_of_files_and_statements_come_out_printable() -> None:
    change = change_of({}, {'a\n"b\x1b.zig': "const x = 1;\n"})
    change = replace(change, statements=(Statement("commit \x1b[2J", "Add tests"),))
    with open_workspace(None) as workspace:
        (finding,) = claim_without_code.run(change, Knowledge(workspace)).findings
    assert finding.message.isprintable()
    assert finding.evidence[0].text.isprintable()


@pytest.mark.parametrize("piece", ['" a', "'a ", "` ", "# ", "( ", "\n"])
def test_a_file_of_one_long_line_is_read_in_good_time(piece: str) -> None:
    began = time.process_time()
    findings(
        change_of({}, {"shop.py": piece * 300_000}), "Add tests, update docs. Remove `old_total()`. Fix `total()`."
    )
    assert time.process_time() - began < 10
