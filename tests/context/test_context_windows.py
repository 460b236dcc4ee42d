"""Changes that do not fit one context: several, cut where statements end, and what none of them shows is said."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.change import Change
from checks.context.assemble import MOST_WINDOWS, assembled, windows
from checks.context.model import Budget, Context, Kind, lines_in, unseen_of
from checks.context.texts import LONGEST_LINE
from checks.context.tree import cuts_of
from kb.diff import FileDiff, Status
from kb.source import Source
from kb.view import Entry
from tests.checks.trees import Files, change_of
from tests.context.worlds import code_of, large, words

FUNCTION = (
    "def f{0}(a):\n    b = [\n        a,\n        {0},\n    ]\n    if b:\n"
    "        return '''x\n\n# y'''\n    return b\n\n\n"
)
MANY = "".join(FUNCTION.format(number) for number in range(60))
LONG = "def long(a):\n" + "".join(f"    if a > {n}:\n        a = a + {n}\n" for n in range(400)) + "    return a\n"


def shown_new(contexts: tuple[Context, ...]) -> set[tuple[str, int]]:
    return {
        (piece.path, line.number)
        for context in contexts
        for piece in context.pieces
        if piece.kind is Kind.CHANGED
        for line in lines_in(piece.text)
        if line.mark == "+"
    }


def test_every_new_line_is_in_one_of_the_contexts_and_each_is_within_its_budget() -> None:
    change = change_of({}, {"many.py": MANY, "few.py": "x = 1\n"})
    found = windows(change, code_of(change), None, words, Budget(2500))
    assert 1 < len(found) <= MOST_WINDOWS
    assert [one.window for one in found] == [*range(1, len(found) + 1)]
    assert {one.windows for one in found} == {len(found)}
    assert all(one.tokens == words(one.text) <= one.budget.code_tokens for one in found)
    assert unseen_of(found) == ()
    lines = {n for n, text in enumerate(MANY.split("\n"), 1) if text.strip() or "'''x" in MANY.split("\n")[n - 2]}
    assert {n for path, n in shown_new(found) if path == "many.py"} == lines
    assert ("few.py", 1) in shown_new(found)


def test_a_file_is_cut_between_definitions_where_that_can_be() -> None:
    change = change_of({}, {"many.py": MANY})
    for context in windows(change, None, None, words, Budget(2500)):
        for piece in context.pieces:
            ast.parse("\n".join(line.text for line in lines_in(piece.text)))


def test_a_definition_that_is_too_long_is_shown_around_what_changed() -> None:
    after = LONG.replace("a = a + 200\n", "a = a - 200\n")
    change = change_of({"a.py": LONG}, {"a.py": after})
    context = assembled(change, None, None, words, Budget(1000))
    text = context.text
    assert "1|def long(a):" in text
    assert "-403|        a = a + 200\n+403|        a = a - 200" in text
    assert "\n...\n" in text
    assert "a + 300" not in text
    assert unseen_of([context]) == ()


def test_what_lies_beyond_the_last_context_is_said() -> None:
    change = change_of({}, {"a.py": MANY, "b.py": MANY})
    found = windows(change, None, None, words, Budget(1000), most=2)
    assert len(found) == 2
    assert {one.path for one in unseen_of(found)} == {"a.py", "b.py"}
    assert all("beyond the 2 parts" in one.reason for one in unseen_of(found))
    assert found[0].left_out == found[1].left_out
    one = assembled(change, None, None, words, Budget(1000))
    assert "beyond the one part" in unseen_of([one])[0].reason


def test_the_salient_files_are_read_before_the_limit_is_met() -> None:
    change = change_of({}, {"a.py": MANY, "b.py": MANY})
    found = windows(change, None, lambda path, _: float(path == "b.py"), words, Budget(1000), most=2)
    assert {path for path, _ in shown_new(found)} == {"b.py"}


def test_what_cannot_be_shown_is_said() -> None:
    texts: dict[str, str | bytes | None] = {
        "lost.py": None,
        "long.py": f"x = '{'y' * LONGEST_LINE}'\nz = 1\n",
        "ok.py": "a = 1\n",
    }
    change = change_of({}, texts)
    plain, link = Entry("img.png", 0o100644, "1" * 40), Entry("link", 0o120000, "2" * 40)
    lost = next(file for file in change.files if file.path == "ok.py")
    more = (
        FileDiff(Status.ADDED, None, plain, binary=True),
        FileDiff(Status.ADDED, None, link),
        FileDiff(Status.ADDED, None, Entry("big.py", 0o100644, "3" * 40), unread="larger than 5 MB"),
        FileDiff(Status.ADDED, None, Entry("lost.py", 0o100644, "4" * 40), lost.hunks),
    )
    files = tuple(file for file in change.files if file.path != "lost.py")
    whole = Change("r", "s", "b", "h", Files({}), Files(texts), (*files, *more))
    found = windows(whole, None, None, words, Budget(4000))
    assert {one.path: one.reason for one in unseen_of(found)} == {
        "big.py": "larger than 5 MB",
        "img.png": "binary",
        "link": "not a plain file",
        "long.py": "a line of more than 2,000 characters",
        "lost.py": "cannot be read",
    }
    assert ("long.py", 2) in shown_new(found)


def test_a_line_that_is_dearer_than_the_budget_is_said() -> None:
    change = change_of({}, {"a.py": f"x = [{'1, ' * 300}]\n"})
    found = windows(change, None, None, words, Budget(100))
    assert unseen_of(found)[0].reason == "one of its lines does not fit the budget"
    assert found[0].text == ""


def test_there_is_a_context_even_of_nothing() -> None:
    (empty,) = windows(change_of({}, {}), None, None, words, Budget(100))
    assert (empty.text, empty.tokens, empty.left_out) == ("", 0, ())


@settings(max_examples=25)
@given(st.sets(st.integers(1, 600), min_size=1, max_size=12), st.integers(300, 3000))
def test_no_changed_line_is_ever_lost(numbers: set[int], total: int) -> None:
    before = MANY.split("\n")
    after = [f"{line} + {at}" if at in numbers and "return b" in line else line for at, line in enumerate(before, 1)]
    change = change_of({"m.py": MANY}, {"m.py": "\n".join(after)})
    found = windows(change, None, None, words, Budget(total), most=50)
    wanted = {("m.py", number) for file in change.files for number in file.added}
    assert unseen_of(found) == ()
    assert shown_new(found) == wanted
    assert all(one.tokens <= one.budget.code_tokens for one in found)


def test_neighbours_of_each_window_are_its_own() -> None:
    world = large(30, files=3)
    after = {path: text.replace("middle", "centre") for path, text in world.items()}
    change = change_of(world, after)
    found = windows(change, code_of(change), None, words, Budget(3000), most=30)
    assert len(found) > 2
    assert all(one.tokens <= one.budget.code_tokens for one in found)
    assert any(piece.kind is Kind.SIGNATURE for one in found for piece in one.pieces)


@pytest.mark.parametrize(
    ("text", "line", "inner"),
    [
        ("def f():\n    a = 1\n    b = 2\n\n\ndef g():\n    pass\n", 6, 3),
        ("x = [\n    1,\n    2,\n]\ny = 1\n", 5, 3),
        ("x = '''\na\nb\n'''\ny = 1\n", 5, 3),
    ],
)
def test_a_cut_inside_goes_through_more_than_one_between(text: str, line: int, inner: int) -> None:
    cuts = cuts_of(Source("a.py", text.encode()))
    assert cuts[line - 1] < cuts[inner - 1]
    assert len(cuts) == text.count("\n") + 1
