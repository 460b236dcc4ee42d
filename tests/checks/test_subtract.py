from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from checks.finding import Confidence, Finding, Severity
from checks.subtract import new_in_head
from tests.checks.trees import change_of


def finding(
    path: str, line: int, text: str, slug: str = "bad-thing", symbol: str = "", message: str = "it is bad"
) -> Finding:
    return Finding("check", slug, Severity.WARN, Confidence.HIGH, path, line, line, message, text, symbol)


def told(text: str, path: str = "a.py", symbol: str = "") -> list[Finding]:
    """Return one finding for each line of a file that says bad."""
    return [
        finding(path, n, line.strip(), symbol=symbol) for n, line in enumerate(text.split("\n"), 1) if "bad" in line
    ]


def new(before: str, after: str) -> list[int]:
    """Return the lines of what is new between two versions of one file."""
    change = change_of({"a.py": before}, {"a.py": after})
    return [f.line for f in new_in_head(change, told(before), told(after))]


def test_what_base_had_is_old() -> None:
    assert new("bad\n", "bad\n") == []


def test_what_base_had_not_is_new() -> None:
    assert new("good\n", "good\nbad\n") == [2]


def test_lines_added_above_do_not_make_it_new() -> None:
    assert new("bad\n", "one\ntwo\nbad\n") == []


def test_indenting_a_line_does_not_make_it_new() -> None:
    assert new("bad(1)\n", "if x:\n    bad(1)\n") == []


def test_a_second_one_like_the_first_is_new_and_is_the_added_one() -> None:
    assert new("bad\nx\n", "bad\nx\nbad\n") == [3]
    assert new("x\nbad\n", "bad\nx\nbad\n") == [1]


def test_one_that_is_gone_pays_for_one_that_came() -> None:
    assert new("bad\nx\ny\n", "x\ny\nbad\n") == []


def test_a_renamed_file_brings_nothing_new() -> None:
    change = change_of({"old.py": "bad\n"}, {"new.py": "bad\n"}, {"new.py": "old.py"})
    assert new_in_head(change, told("bad\n", "old.py"), told("bad\n", "new.py")) == []


def test_code_moved_to_another_file_brings_nothing_new() -> None:
    change = change_of({"a.py": "bad\nx\n", "b.py": "y\n"}, {"a.py": "x\n", "b.py": "y\nbad\n"})
    assert new_in_head(change, told("bad\nx\n", "a.py"), told("y\nbad\n", "b.py")) == []


def test_code_copied_to_another_file_is_new_there() -> None:
    change = change_of({"a.py": "bad\n"}, {"a.py": "bad\n", "b.py": "bad\n"})
    head = [*told("bad\n", "a.py"), *told("bad\n", "b.py")]
    assert [f.path for f in new_in_head(change, told("bad\n", "a.py"), head)] == ["b.py"]


def test_a_renamed_definition_around_an_untouched_line_does_not_make_it_new() -> None:
    before, after = "def f():\n  bad\n", "def g():\n  bad\n"
    change = change_of({"a.py": before}, {"a.py": after})
    assert new_in_head(change, told(before, symbol="f"), told(after, symbol="g")) == []


def test_a_line_rewritten_around_the_same_named_defect_is_old() -> None:
    change = change_of({"a.py": "call(bad, 1)\n"}, {"a.py": "call(bad, 2)\n"})
    base = [finding("a.py", 1, "call(bad, 1)", message="`bad` is undefined")]
    head = [finding("a.py", 1, "call(bad, 2)", message="`bad` is undefined")]
    assert new_in_head(change, base, head) == []
    assert new_in_head(change, base, [replace(head[0], message="`worse` is undefined")]) != []


def test_a_line_rewritten_under_a_message_that_names_nothing_is_new() -> None:
    change = change_of({"a.py": "call(bad, 1)\n"}, {"a.py": "call(bad, 2)\n"})
    base, head = [finding("a.py", 1, "call(bad, 1)")], [finding("a.py", 1, "call(bad, 2)")]
    assert new_in_head(change, base, head) == head


def test_another_rule_on_the_same_line_is_new() -> None:
    change = change_of({"a.py": "bad\nx\n"}, {"a.py": "bad\ny\n"})
    head = [finding("a.py", 1, "bad"), finding("a.py", 1, "bad", slug="worse-thing")]
    assert [f.slug for f in new_in_head(change, told("bad\nx\n"), head)] == ["worse-thing"]


def test_a_finding_in_an_untouched_file_counts() -> None:
    change = change_of({"a.py": "def f(): ...\n", "b.py": "f()\n"}, {"a.py": "def f(x): ...\n", "b.py": "f()\n"})
    head = [finding("b.py", 1, "f()")]
    assert new_in_head(change, [], head) == head


lines = st.lists(st.sampled_from(["good", "bad", "bad 2", "", "  bad"]), max_size=8).map("\n".join)


@given(lines, lines)
def test_the_order_of_findings_does_not_matter(before: str, after: str) -> None:
    change = change_of({"a.py": before}, {"a.py": after})
    forward = new_in_head(change, told(before), told(after))
    assert forward == new_in_head(change, told(before)[::-1], told(after)[::-1])


@given(lines)
def test_equal_trees_bring_nothing_new(text: str) -> None:
    assert new_in_head(change_of({"a.py": text}, {"a.py": text}), told(text), told(text)) == []


@given(lines, st.integers(0, 8))
def test_one_line_more_is_exactly_one_finding_more(text: str, at: int) -> None:
    rows = text.split("\n")
    after = "\n".join([*rows[:at], "worse bad", *rows[at:]])
    assert [rows_text.strip() for rows_text in (f.text for f in _new(text, after))] == ["worse bad"]


@given(lines, lines)
def test_moving_a_whole_file_brings_nothing_new(text: str, other: str) -> None:
    change = change_of({"a.py": text, "b.py": other}, {"c.py": text, "b.py": other}, {"c.py": "a.py"})
    both = told(other, "b.py")
    assert new_in_head(change, [*told(text, "a.py"), *both], [*told(text, "c.py"), *both]) == []


@given(lines, lines)
def test_what_is_new_is_part_of_what_head_says(before: str, after: str) -> None:
    found = _new(before, after)
    assert all(f in told(after) for f in found)
    assert len(found) >= len(told(after)) - len(told(before))


def _new(before: str, after: str) -> list[Finding]:
    return new_in_head(change_of({"a.py": before}, {"a.py": after}), told(before), told(after))


def test_of_two_on_one_line_the_one_that_base_had_is_old() -> None:
    change = change_of({"a.py": "x = 1\nrun(one, two)\n"}, {"a.py": "x = 2\nrun(one, two)\n"})
    one, two = (finding("a.py", 2, "run(one, two)", message=f"`{name}` is not defined") for name in ("one", "two"))
    assert new_in_head(change, [two], [one, two]) == [one]
