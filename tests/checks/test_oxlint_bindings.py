import pytest

from checks.static.oxlint_bindings import bindings_of, lost_bindings
from kb.source import Source
from tests.checks.trees import change_of


def names(text: str, path: str = "a.ts", *, member: bool = False) -> list[str]:
    return [b.name for b in bindings_of(Source(path, text.encode())) if b.member is member]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import d, { a as b, c } from 'x'", ["d", "b", "c"]),
        ("import * as ns from 'x'", ["ns"]),
        ("import r = require('x')", ["r"]),
        ("const { e, f: g, h = k, ...rest } = o", ["e", "g", "h", "rest"]),
        ("let [i, [j = 1], , ...l] = q", ["i", "j", "l"]),
        ("function fn(p, { q, r = s }, ...t) {}", ["fn", "p", "q", "r", "t"]),
        ("const f = v => v, g = (w, x = y) => 1", ["f", "v", "g", "w", "x"]),
        ("try {} catch (err) {}", ["err"]),
        ("for (const z of y) {}", ["z"]),
        ("class A<T> {}", ["A", "T"]),
        ("interface I {} type X = 1; enum E {} namespace N {}", ["I", "X", "E", "N"]),
        ("a = 1; b.c = d; f(g)", []),
    ],
)
def test_what_binds_a_name(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("class A { m() {} x = 1; #p = 2 }", ["m", "x", "#p"]),
        ("interface I { a: number; m(): void }", ["a", "m"]),
        ("enum E { A, B = 2 }", ["A", "B"]),
        ("const o = { a, b: 1, 'c-d': 2 }", ["a", "b", "c-d"]),
        ("export { a as b, c }", ["b", "c"]),
        ("export default function () {}", ["default"]),
    ],
)
def test_what_is_reached_through_something_else_is_a_member(text: str, expected: list[str]) -> None:
    assert names(text, member=True) == expected


@pytest.mark.parametrize("path", ["a.py", "a.vue", "a.json"])
def test_other_languages_bind_nothing(path: str) -> None:
    assert bindings_of(Source(path, b"const a = 1")) == ()


def test_a_name_bound_twice_is_lost_when_one_of_them_goes() -> None:
    change = change_of(
        {"a.js": "const f = (a) => a\nconst g = (a) => a\n"}, {"a.js": "const f = (a) => a\nconst g = () => a\n"}
    )
    assert [b.name for b in lost_bindings(change.base, change.head, change.files[0])] == ["a"]


def test_a_deleted_file_loses_all_and_a_new_one_nothing() -> None:
    change = change_of({"a.js": "const a = 1\n"}, {"b.js": "const b = 1\n"})
    lost = {file.path: [b.name for b in lost_bindings(change.base, change.head, file)] for file in change.files}
    assert lost == {"a.js": ["a"], "b.js": []}
