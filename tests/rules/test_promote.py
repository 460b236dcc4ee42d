"""From remarks to a rule: which remarks say one thing, what their code has in common, and when there is no rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.memory.embed import open_embedder
from kb.memory.model import RuleState
from kb.memory.promote import can_propose, is_rare, proposal_of, rule_of
from kb.memory.promote_alike import ALIKE, APART, Remark, has_recurred, is_telling, kind_around, meaning, said
from kb.memory.promote_body import BadRule, Body, Forbidden, Pattern, kind_of, read_body, written
from kb.memory.promote_shape import common_shape, matches, shapes_in, stands_alone
from kb.repository import Repository
from kb.syntax.parse import parse, walk
from tests.repos import Repo
from tests.rules.remark_pairs import ASKED

DAY = 86_400.0


def remark(number: int, text: str = "use the logger, not print", code: str = "print(x)", **more: object) -> Remark:
    made = Remark(
        number, "r", str(number), f"pull/{number}", "bob", 7, f"src/part{number}.py", text, code, number * DAY
    )
    return replace(made, **more)


def shape(language: str, *codes: str) -> tuple[str, str] | None:
    found = common_shape([shapes_in(code, language) for code in codes])
    return (found.pattern, found.kind) if found is not None else None


@pytest.mark.parametrize(
    ("language", "codes", "pattern", "kind"),
    [
        ("python", ["    print(total)", "print(x, file=y)", "    print('hi')"], "print($$$Z)", "call"),
        ("python", ["if x == None:", "while self.y == None:"], "$A == None", "comparison_operator"),
        ("python", ["r = requests.get(u)", "return requests.get(v, headers=h)"], "requests.get($$$Z)", "call"),
        ("python", ["now = datetime.utcnow()", "f(datetime.utcnow())"], "datetime.utcnow()", "call"),
        ("python", ["time.sleep(5)", "    time.sleep(n)"], "time.sleep($A)", "call"),
        ("python", ["for i in range(len(a)):", "for j in range(len(b.c)):"], "range(len($A))", "call"),
        ("python", ["same(a, a)", "same(b.c, b.c)"], "same($A, $A)", "call"),
        ("tsx", ["console.log(a)", "console.log('x', b);"], "console.log($$$Z)", "call_expression"),
        ("tsx", ["if (x == null) {", "return z == null;"], "$A == null", "binary_expression"),
        ("tsx", ["e.innerHTML = x;", "this.e.innerHTML = f();"], "$A.innerHTML = $B", "assignment_expression"),
        ("typescript", ["const x = y as any;", "f(z as any)"], "$A as any", "as_expression"),
    ],
)
def test_what_is_equal_stays_and_what_differs_is_a_hole(
    language: str, codes: list[str], pattern: str, kind: str
) -> None:
    assert shape(language, *codes) == (pattern, kind)


@pytest.mark.parametrize(
    ("language", "codes"),
    [
        ("python", ["x = a + b", "y = foo(3)", "z = 1"]),
        ("python", ["def f(a=[]):", "def g(b, c=[]):"]),
        ("python", ["except:", "except:"]),
        ("python", ["self.x", "self.y"]),
        ("python", ["x = f'{a}' % b", 'y = "k" % c']),
        ("python", ["# print it", "# print it"]),
        ("python", ["", ""]),
        ("python", ["print(x)", "print x y z ((("]),
        ("tsx", ["var x = 1;", "var y = f();"]),
    ],
)
def test_code_that_shares_nothing_telling_has_no_shape(language: str, codes: list[str]) -> None:
    assert shape(language, *codes) is None


NAMES = st.sampled_from(["a", "bb", "self.c", "f(x)", "1", "'s'", "[1, 2]", "x if y else z", "lambda: 3"])
CODE = st.sampled_from(
    ["go({0})", "go({0}, {1})", "{0} == go.on", "x = go({1})", "go.on[{0}] = {1}", "{0} is not go(1)"]
)


@settings(max_examples=60, deadline=None)
@given(CODE, st.lists(st.tuples(NAMES, NAMES), min_size=2, max_size=4))
def test_a_common_shape_is_in_every_example_and_can_be_read_alone(form: str, parts: list[tuple[str, str]]) -> None:
    codes = [form.format(*each) for each in parts]
    found = common_shape([shapes_in(code, "python") for code in codes])
    if found is None or not stands_alone(found, "python"):
        return
    for code in codes:
        data = code.encode()
        assert any(matches(found, node, data) for node in walk(parse(data, "python"))), (found.pattern, code)


def test_remarks_that_ask_for_one_thing_are_alike_and_others_are_not() -> None:
    """The figures that ALIKE was chosen by; a change of words or weights that costs them must be seen."""
    embedder = open_embedder()
    assert embedder is not None
    items = [(asked, text) for asked, texts in ASKED.items() for text in texts]
    rows = embedder.vectors([meaning(text) for _, text in items])
    near = rows @ rows.T
    pairs = [(items[i][0] == items[j][0], float(near[i, j])) for i, j in combinations(range(len(items)), 2)]
    same = [cosine > ALIKE for is_same, cosine in pairs if is_same]
    assert sum(same) / len(same) >= 0.8
    assert not any(cosine > ALIKE for is_same, cosine in pairs if not is_same)


def test_a_kind_begins_with_the_newest_and_leaves_out_what_is_not_alike() -> None:
    embedder = open_embedder()
    assert embedder is not None
    others = [remark(1), remark(2, "use logging instead of print"), remark(3, "this needs a test"), remark(9)]
    newest = remark(9, "print should be logger.debug")
    rows = embedder.vectors([meaning(one.text) for one in (newest, *others)])
    found = kind_around(newest, others, rows[1:], rows[0])
    assert [one.mark for one in found] == ["9", "1", "2"]
    assert kind_around(newest, (), rows[:0], rows[0]) == ()


@pytest.mark.parametrize(
    ("subjects", "people", "moments", "recurred"),
    [
        ("123", "777", (0, DAY, APART), True),
        ("123", "778", (0, 0, 0), True),
        ("123", "777", (0, 0, APART - 1), False),
        ("122", "789", (0, APART, 2 * APART), False),
        ("1234", "7777", (0, 1, 2, APART), True),
    ],
)
def test_a_remark_has_recurred_on_three_pull_requests_by_two_people_or_days_apart(
    subjects: str, people: str, moments: Sequence[float], recurred: bool
) -> None:
    made = [
        remark(n, subject=f"pull/{s}", by_id=int(p), at=at)
        for n, (s, p, at) in enumerate(zip(subjects, people, moments, strict=True))
    ]
    assert has_recurred(made) is recurred


def test_a_rule_is_named_worded_and_evidenced_by_its_remarks_and_holds_no_secret() -> None:
    token = "ghp_" + "a1B2" * 9
    made = [remark(1, f"print is bad, use the logger {token}"), remark(2), remark(3, "please use a logger, no print")]
    proposal = proposal_of(made, None)
    assert proposal is not None
    rule = rule_of(proposal)
    assert (rule.slug, rule.kind, rule.state) == ("print-logger", "ast-grep", RuleState.PROPOSED)
    assert read_body(rule.kind, rule.body) == Pattern("python", "print(x)", "call", "src")
    assert len(rule.examples) == 3
    assert token not in rule.message + "".join(rule.examples)


@pytest.mark.parametrize(
    ("path", "lines", "body"),
    [
        (
            "a.py",
            ["import requests", "from requests import get", "import requests as r"],
            Forbidden("python", "requests"),
        ),
        ("a.js", ["import x from 'left-pad'", "const y = require('left-pad');"], Forbidden("javascript", "left-pad")),
        ("lib/a.ts", ["import type { T } from '@a/b'"], Forbidden("javascript", "@a/b", "lib")),
        ("a.js", ["import x from './own'", "import y from './other'"], None),
        ("a.py", ["import a", "import b"], None),
        ("a.go", ["fmt.Println(x)"], None),
        ("README.md", ["print(x)"], None),
    ],
)
def test_imports_become_constraints_and_languages_without_rules_nothing(
    path: str, lines: list[str], body: Body | None
) -> None:
    made = [remark(n, code=lines[n % len(lines)], path=path) for n in range(3)]
    proposal = proposal_of(made, None)
    assert (proposal.body if proposal else None) == body
    assert can_propose(made[0]) is (not path.endswith((".go", ".md")))


def test_what_stands_everywhere_at_base_is_no_rule(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    made = [remark(1), remark(2, code="print(y, z)"), remark(3, code="print()")]
    rare = repo.commit({"src/a.py": "x = 1\n" * 500 + "print(x)\n"})
    common = repo.commit({"src/a.py": "x = 1\nprint(x)\n" * 20})
    elsewhere = repo.commit({"src/a.py": "x = 1\n", "tools/b.py": "print(1)\n" * 100, "src/c.js": "print(1)\n" * 100})
    with Repository.open(repo.root) as repository:
        found = [proposal_of(made, repository.view(commit)) is not None for commit in (rare, common, elsewhere)]
        assert found == [True, False, True]
        forbidden = Forbidden("python", "os", "")
        assert is_rare(forbidden, repository.view(repo.commit({"o.py": "import os\n"})))
        assert not is_rare(forbidden, repository.view(repo.commit({f"o{n}.py": "import os.path\n" for n in range(9)})))
        assert not is_rare(forbidden, repository.view(repo.commit({f"p{n}.py": "x = 1\n" * 900 for n in range(60)})))
        assert is_rare(forbidden, repository.view(repo.commit({f"q{n}.py": "" for n in range(200)})))
        assert is_rare(
            forbidden, repository.view(repo.commit({"o.py": "import os\n" * 9})), clock=iter((0, 99)).__next__
        )


@pytest.mark.parametrize(
    ("text", "is_kept"),
    [
        ("LGTM", False),
        ("nit", False),
        ("```suggestion\nlogger.info(total)\n```", False),
        ("> print here\n\nsee [this](https://example.com/print-logger-rule)", False),
        ("<!-- use the logger here -->", False),
        ("Logger, not print!", True),
    ],
)
def test_a_remark_without_words_of_its_own_teaches_nothing(text: str, is_kept: bool) -> None:
    assert is_telling(remark(1, text)) is is_kept
    assert not is_telling(remark(1, text, code="  "))


def test_what_is_said_is_prose_without_links_mentions_and_code() -> None:
    text = "Hi @ada, use [the logger](https://a.example/x) ![i](http://b) \n```py\nx\n```\n> old\nnot print https://c.d"
    assert said(text) == "Hi , use the logger i not print"


FOLDERS = st.sampled_from(["", "src", "a/b c", "ä"])
BODIES = st.one_of(
    st.builds(Pattern, st.just("python"), st.text(min_size=1, max_size=30), st.sampled_from(["call", "as_x"]), FOLDERS),
    st.builds(Forbidden, st.just("javascript"), st.from_regex(r"[a-z@/.-]{1,12}", fullmatch=True), FOLDERS),
)


@given(BODIES)
def test_a_body_comes_back_as_it_was_written_or_is_refused(body: Body) -> None:
    try:
        text = written(body)
    except BadRule:
        return
    assert read_body(kind_of(body), text) == body
    assert "\n---" not in text


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("ast-grep", "[" * 1500),
        ("ast-grep", "[]"),
        ("ast-grep", '{"language": "python", "folder": "", "rule": {"kind": "call", "pattern": "$x.f"}}'),
        ("ast-grep", '{"language": "python", "folder": "", "rule": {"kind": "call", "pattern": 3}}'),
        ("ast-grep", '{"language": ["python"], "folder": "", "rule": {"kind": "call", "pattern": "f()"}}'),
        ("constraint", '[forbid]\nlanguage = "python"\nmodule = "a|.*"\nfolder = ""\n'),
        ("constraint", '[forbid]\nlanguage = "python"\nmodule = "a"\nfolder = "/etc"\n'),
        ("constraint", '[forbid]\nlanguage = "python"\nmodule = "a"\n'),
        ("constraint", "forbid = 3"),
        ("shell", "rm"),
        ("constraint", "x" * 3_000),
    ],
)
def test_a_body_of_another_form_is_refused(kind: str, text: str) -> None:
    with pytest.raises(BadRule):
        read_body(kind, text)
