"""Claims held against the code: where they stand, what they say of names, what becomes of them."""

from __future__ import annotations

from typing import Any

import pytest

from checks.finding import Confidence, Evidence, Finding, Severity
from checks.inference.claims import Named, Says
from checks.inference.model import Read
from checks.inference.reading import STANDS, told
from checks.settings import Settings
from tests.inference.reads import AFTER, BEFORE, LINE, Texts, places, read, reasons, says, scripted

CLAIM = told("shop/pages.py", LINE, "wrong-value", "The last row is lost.", "page([1], 1) gives []")


def claimed(before: Texts, after: Texts, *claims: dict[str, Any], slug: str = "logic-error", **more: Any) -> Read:
    return read(before, after, scripted(says({slug: claims}, more.pop("verdict", STANDS))), **more)


def test_a_finding_is_anchored_and_identified_by_code() -> None:
    (finding,) = claimed(BEFORE, AFTER, CLAIM).findings
    assert (finding.path, finding.line, finding.end_line, finding.symbol) == ("shop/pages.py", 2, 2, "page")
    assert finding.text == LINE
    assert finding.message == "The last row is lost. Shown by: page([1], 1) gives []"
    assert finding.evidence == (Evidence("quote", "shop/pages.py", 2, LINE),)
    assert (finding.severity, finding.confidence, finding.silent) == (Severity.WARN, Confidence.MEDIUM, False)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"quote": "return rows[: size - 2]"}, "quote not in head"),
        ({"quote": "return rows[:size]"}, "quote not in head"),  # it was there at base
        ({"quote": "x"}, "quote not in head"),
        ({"why": "  "}, "says nothing"),
        ({"why": "The [secret: GitHub token] is hard-coded."}, "about the mark of a secret"),
        ({"input": "[secret: KIND]"}, "about the mark of a secret"),
    ],
)
def test_what_fails_a_step_is_dropped_with_the_reason(change: dict[str, Any], reason: str) -> None:
    found = claimed(BEFORE, AFTER, {**CLAIM, **change})
    assert not found.findings
    assert reasons(found) == [("logic-error", reason)]
    assert found.report.claims == 1


def test_a_wrong_path_is_mended_where_the_quote_stands_in_one_changed_file_alone() -> None:
    assert places(claimed(BEFORE, AFTER, {**CLAIM, "path": "pages.py"})) == [("logic-error", "shop/pages.py", 2)]
    both = {**AFTER, "shop/other.py": AFTER["shop/pages.py"]}
    assert reasons(claimed(BEFORE, both, {**CLAIM, "path": "pages.py"})) == [("logic-error", "quote in several places")]
    assert places(claimed(BEFORE, both, CLAIM)) == [("logic-error", "shop/pages.py", 2)]


def test_of_several_places_it_is_the_one_that_changed() -> None:
    before = {"a.py": "def f(x):\n    return x + 1\n\n\ndef g(x):\n    return x\n"}
    after = {"a.py": "def f(x):\n    return x + 1\n\n\ndef g(x):\n    return x + 1\n"}
    claim = told("a.py", "return x + 1", "wrong-value", "One too many.", "g(1) gives 2")
    assert places(claimed(before, after, claim)) == [("logic-error", "a.py", 6)]
    new = {"a.py": after["a.py"] + "\n\ndef h(x):\n    return x + 1\n"}
    assert reasons(claimed(before, new, claim)) == [("logic-error", "quote in several places")]


def test_code_that_the_change_does_not_touch_is_left_alone_unless_it_breaks() -> None:
    far = "".join(f"def f{n}(x):\n    return x * {n}\n\n\n" for n in range(20))
    before = {
        "a.py": far + "def g(x):\n    return x\n",
        "b.py": "from a import g\n\n\ndef h(x):\n    return g(x) + 1\n",
    }
    after = {**before, "a.py": far + "def g(x):\n    return None\n"}
    there = told("a.py", "return x * 3", "wrong-value", "Wrong factor.", "f3(1)")
    assert reasons(claimed(before, after, there)) == [("logic-error", "quote not near the change")]
    caller = told("b.py", "return g(x) + 1", "caller-broken", "None cannot be added to.", "h(1)")
    (finding,) = claimed(before, after, caller).findings
    assert (finding.path, finding.line) == ("b.py", 5)
    assert [(one.kind, one.path) for one in finding.evidence] == [("quote", "b.py"), ("related", "a.py")]
    assert reasons(claimed(before, after, caller, with_code=False)) == [("logic-error", "quote not near the change")]


def test_lines_beside_what_was_taken_out_are_near_the_change() -> None:
    before = {"a.py": "def f(x):\n    if not x:\n        return 0\n    return 1 / x\n"}
    after = {"a.py": "def f(x):\n    return 1 / x\n"}
    claim = told("a.py", "return 1 / x", "unhandled-case", "Zero is no longer handled.", "f(0)")
    assert places(claimed(before, after, claim)) == [("logic-error", "a.py", 2)]


PYTHON = {
    "shop/a.py": "def known(x):\n    return x\n",
    "shop/b.py": "from shop.a import known\n\n\n"
    "def use(x, timeout):\n    spare = 1\n    done = known(x)\n    return done\n",
}


@pytest.mark.parametrize(
    ("name", "statement", "quote", "reason"),
    [
        ("known", Says.UNDEFINED, "done = known(x)", "name exists"),
        ("len", Says.UNDEFINED, "done = known(x)", "name exists"),
        ("x", Says.UNDEFINED, "done = known(x)", "name exists"),
        ("obj.fetch_all", Says.UNDEFINED, "done = known(x)", "cannot be checked"),
        ("done", Says.UNUSED, "done = known(x)", "name is used"),
        ("known", Says.UNUSED, "done = known(x)", "name is used"),
        ("known", Says.NEVER_CALLED, "done = known(x)", "name is called"),
        ("use", Says.NEVER_CALLED, "def use(x, timeout):", "cannot be checked"),
        ("use", Says.UNUSED, "def use(x, timeout):", "cannot be checked"),
        ("x", Says.MISSING, "done = known(x)", "call fits its signature"),
        ("timeout", Says.MISSING, "def use(x, timeout):", "name exists"),
        ("retries", Says.MISSING, "done = known(x)", "cannot be checked"),
    ],
)
def test_a_statement_about_a_name_that_the_graph_does_not_bear_out_is_dropped(
    name: str, statement: Says, quote: str, reason: str
) -> None:
    claim = told("shop/b.py", quote, "wrong-call", "It fails.", "use(1, 2)", names=[Named(name, statement)])
    found = claimed({}, PYTHON, claim)
    assert reasons(found) == [("logic-error", reason)]
    assert reasons(claimed({}, PYTHON, claim, with_code=False)) == [("logic-error", "cannot be checked")]


def test_a_statement_about_a_name_that_the_graph_bears_out_is_evidence() -> None:
    text = PYTHON["shop/b.py"]
    lost = {**PYTHON, "shop/b.py": text.replace("known(x)", "unknown_thing(x)")}
    says_so = [Named("unknown_thing", Says.UNDEFINED)]
    claim = told("shop/b.py", "done = unknown_thing(x)", "wrong-call", "It fails.", "use(1, 2)", names=says_so)
    (finding,) = claimed({}, lost, claim).findings
    assert [one.kind for one in finding.evidence] == ["quote", "graph"]
    spare = told(
        "shop/b.py", "spare = 1", "wrong-value", "Left over.", "use(1, 2)", names=[Named("spare", Says.UNUSED)]
    )
    (finding,) = claimed({}, PYTHON, spare).findings
    assert finding.evidence[1].text == "nothing in its function reads spare"
    short = {**PYTHON, "shop/b.py": text.replace("known(x)", "known()")}
    lacks = told(
        "shop/b.py", "done = known()", "wrong-call", "It fails.", "use(1, 2)", names=[Named("x", Says.MISSING)]
    )
    assert places(claimed({}, short, lacks)) == [("logic-error", "shop/b.py", 6)]


@pytest.mark.parametrize(
    ("why", "reason"),
    [
        ("`known` is not defined, so the call fails.", "name exists"),
        ("The function 'known' does not exist.", "name exists"),
        ("There is no function called `known` here.", "name exists"),
        ("known() is never called.", "name is called"),
        ("The variable `done` is unused.", "name is used"),
        ("A missing import of `known` makes this fail.", "name exists"),
        ("`known` is undefined.", "name exists"),
        ("`mystery` is never defined anywhere.", "cannot be checked"),
    ],
)
def test_a_statement_in_prose_is_checked_like_one_in_the_list(why: str, reason: str) -> None:
    claim = told("shop/b.py", "done = known(x)", "wrong-call", why, "use(1, 2)")
    assert reasons(claimed({}, PYTHON, claim)) == [("logic-error", reason)]


@pytest.mark.parametrize(
    "why",
    [
        "`done` is undefined when the call fails before it.",
        "`x` is not defined if the loop never runs.",
        "The value is never used up.",
        "Nothing says what an undefined state is.",
    ],
)
def test_what_is_said_of_a_run_is_no_statement_about_a_name(why: str) -> None:
    claim = told("shop/b.py", "done = known(x)", "unhandled-case", why, "use(1, 2)")
    assert places(claimed({}, PYTHON, claim)) == [("logic-error", "shop/b.py", 6)]


def test_a_value_of_a_script_that_is_undefined_is_a_value() -> None:
    after = {"a.js": "export function first(rows) {\n  const one = rows[0]\n  return one.name\n}\n"}
    claim = told("a.js", "return one.name", "unhandled-case", "`one` is undefined, and reading it throws.", "first([])")
    assert places(claimed({}, after, claim)) == [("logic-error", "a.js", 3)]


@pytest.mark.parametrize("given", ["", "n/a", "None", "any input", "-", "Unknown."])
def test_without_an_input_it_is_a_remark_that_is_recorded_only(given: str) -> None:
    (finding,) = claimed(BEFORE, AFTER, {**CLAIM, "input": given}).findings
    assert (finding.severity, finding.confidence, finding.silent) == (Severity.INFO, Confidence.LOW, True)
    assert finding.message == "The last row is lost."


def test_a_model_is_never_surer_than_its_rule_and_may_be_less_sure() -> None:
    found = {}
    for confidence in Confidence:
        (finding,) = claimed(BEFORE, AFTER, {**CLAIM, "confidence": confidence.value}).findings
        found[confidence] = finding.confidence
    assert found == {
        Confidence.HIGH: Confidence.MEDIUM,
        Confidence.MEDIUM: Confidence.MEDIUM,
        Confidence.LOW: Confidence.LOW,
    }


def test_a_refutation_counts_where_its_own_quote_stands_in_the_code() -> None:
    shown = {**STANDS, "refuted": True, "because": "def page(rows, size):", "why": "It is so."}
    assert reasons(claimed(BEFORE, AFTER, CLAIM, verdict=shown)) == [("logic-error", "refuted")]
    for because in ("", "if size:", "the caller never does that"):
        (finding,) = claimed(BEFORE, AFTER, CLAIM, verdict={**shown, "because": because}).findings
        assert finding.confidence is Confidence.LOW, "a denial without code makes it less sure"


@pytest.mark.parametrize("said", ["# size is one more here", '"""size is one more here"""'])
def test_what_only_speaks_to_people_refutes_nothing(said: str) -> None:
    after = {"shop/pages.py": AFTER["shop/pages.py"].replace("    return", f"    {said}\n    return")}
    shown = {**STANDS, "refuted": True, "because": "size is one more here", "why": "It says so."}
    (finding,) = claimed(BEFORE, after, CLAIM, verdict=shown).findings
    assert finding.confidence is Confidence.LOW


def test_the_second_reading_sees_code_and_claim_and_not_how_sure_the_first_was() -> None:
    after = {
        "shop/pages.py": "from shop.sizes import size_of\n\n\ndef page(rows):\n    return rows[: size_of(rows) - 1]\n",
        "shop/sizes.py": "def size_of(rows):\n    return len(rows)\n",
    }
    claim = {**CLAIM, "quote": "return rows[: size_of(rows) - 1]", "confidence": "high"}
    chat = scripted(says({"logic-error": [claim]}))
    read(BEFORE, after, chat)
    (ask,) = [ask for ask in chat.asks if ask.name == "refutation"]
    assert "+5|    return rows[: size_of(rows) - 1]" in ask.shared
    assert "-2|    return rows[:size]" in ask.shared
    assert "+2|    return len(rows)" in ask.shared, "the definition that the line calls is shown"
    assert "The last row is lost." in ask.question
    assert "high" not in ask.question


def other(**more: Any) -> Finding:
    fields: dict[str, Any] = {
        "check": "ruff",
        "slug": "ruff-B020",
        "severity": Severity.WARN,
        "confidence": Confidence.HIGH,
        "path": "shop/pages.py",
        "line": 2,
        "end_line": 2,
        "message": "The last row is lost here",
    }
    return Finding(**{**fields, **more})


def test_what_another_check_says_is_not_said_again() -> None:
    found = claimed(BEFORE, AFTER, CLAIM, findings=[other()])
    assert reasons(found) == [("logic-error", "duplicate of ruff-B020")]
    assert len(claimed(BEFORE, AFTER, CLAIM, findings=[other(line=1, end_line=1)]).findings) == 1
    assert len(claimed(BEFORE, AFTER, CLAIM, findings=[other(message="Line too long")]).findings) == 1
    named = other(message="Name `rows` shadows another")
    assert len(claimed(BEFORE, AFTER, CLAIM, findings=[named]).findings) == 1
    about = {**CLAIM, "why": "The list `rows` is cut too early."}
    assert reasons(claimed(BEFORE, AFTER, about, findings=[named])) == [("logic-error", "duplicate of ruff-B020")]


def test_passes_do_not_repeat_each_other() -> None:
    hole = {**CLAIM, "kind": "endless-work", "why": "The last row is lost by the slice."}
    found = read(BEFORE, AFTER, scripted(says({"logic-error": [CLAIM, CLAIM], "security-hole": [hole]})))
    assert len(found.findings) == 1
    assert sorted(one.reason for one in found.report.dropped) == [
        "duplicate of logic-error",
        "duplicate of logic-error",
    ]
    assert found.findings[0].also == ("security-hole",)


def test_more_claims_than_are_read_again_are_dropped_the_worst_are_kept() -> None:
    after = {"a.py": "".join(f"def f{n}(x):\n    return x + {n}{n}\n\n\n" for n in range(24))}
    claims = [told("a.py", f"return x + {n}{n}", "wrong-value", f"Wrong sum {n}.", f"f{n}(1)") for n in range(6)]
    wishes = [{**claim, "kind": "new-behaviour"} for claim in claims]
    chat = scripted(
        says(
            {
                "logic-error": claims,
                "behaviour-without-test": wishes,
                "security-hole": [
                    {**told("a.py", f"return x + {n}{n}", "injection", f"Hole {n}.", f"f{n}('x')")}
                    for n in range(10, 16)
                ],
            }
        )
    )
    found = read(
        {"tests/test_a.py": "def test_a():\n    assert 1\n"},
        {**after, "tests/test_a.py": "def test_a():\n    assert 1\n"},
        chat,
    )
    assert sum(ask.name == "refutation" for ask in chat.asks) == 10
    assert {reason for _, reason in reasons(found)} == {"too many claims"}
    assert {one.slug for one in found.findings} == {"logic-error", "security-hole"}


def test_a_path_that_is_switched_off_brings_no_finding() -> None:
    from checks.settings import PathRule

    settings = Settings(paths=(PathRule(("shop/**",), disable=("logic-error",)),))
    assert claimed(BEFORE, {**AFTER, "b.py": "x = 1\n"}, CLAIM, settings=settings).findings == ()


def test_a_sentence_has_to_stand_in_the_authors_text() -> None:
    claim = {**CLAIM, "kind": "opposite-done", "sentence": "Keep every row"}
    found = claimed(BEFORE, AFTER, claim, slug="claim-contradicted", statement="Keep  every\nrow, and more")
    (finding,) = found.findings
    assert finding.silent
    assert finding.evidence[1] == Evidence("claim", "", 0, "commit 1a2b3c4: Keep every row")
    found = claimed(BEFORE, AFTER, claim, slug="claim-contradicted", statement="Keep a row")
    assert reasons(found) == [("claim-contradicted", "sentence not in the author's text")]
