"""Findings are mended one after the other, each proven on top of the patches before it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from bot.fixing.mend import Bench, Outcome, mend, mend_place
from bot.fixing.tested import Suite
from checks.attempt import Seat
from checks.change import Change
from checks.finding import Finding, Severity
from checks.knowledge import Limits
from kb.source import Edit, Span
from models.errors import ModelMissing, OutOfTime
from models.model import Model, Stop
from models.patch import Candidate, Origin, Proposals, Task
from models.scripted import Scripted
from tests.checks.planted import change_adding, finding

FILES = {"a.py": "def f(a):\n    eval(a)\n    return a\n\n\ndef g(b):\n    return exec(b)\n", "b.py": "eval(1)\n"}
CHANGE = change_adding(FILES)
SEVERITIES = {"eval": Severity.WARN, "exec": Severity.BLOCK, "bad": Severity.INFO}


def inspect(change: Change) -> list[Finding]:
    """Report every `eval`, `exec` and `bad`; `eval` comes with a fix of its own where the file is b.py."""
    found = []
    for file in change.files:
        source = change.source(file.path)
        for number in range(1, source.line_count + 1):
            line = source.line(number)
            for word in SEVERITIES:
                if f"{word}(" in line:
                    at = source.span_of_lines(number, number).start + line.index(word)
                    edits = (Edit(Span(at, at + len(word)), b"int"),) if file.path == "b.py" else ()
                    found.append(
                        finding(
                            word,
                            file.path,
                            number,
                            text=line,
                            severity=SEVERITIES[word],
                            edits=edits,
                            fix_origin="planted",
                            fingerprint=f"{word}-{file.path}",
                        )
                    )
    return found


def proposing(*texts: str) -> Callable[[Task, Model, Stop], Proposals]:
    def propose(task: Task, model: Model, stop: Stop) -> Proposals:
        made = [
            Candidate(task.hole, text.encode(), Origin.ENUMERATED, 30.0 - i, ground=1) for i, text in enumerate(texts)
        ]
        return Proposals(tuple(one for one in made if one.text not in task.avoid)[:1])

    return propose


def calling_int(task: Task, model: Model, stop: Stop) -> Proposals:
    text = task.hole.text.replace(b"eval", b"int").replace(b"exec", b"int")
    return Proposals((Candidate(task.hole, text, Origin.ENUMERATED, 30.0, ground=1),))


def bench(propose: Callable[[Task, Model, Stop], Proposals] = calling_int, **more: object) -> Bench:
    seat = Seat(Scripted(), propose=propose)
    return replace(Bench(inspect, lambda: seat), **more)  # type: ignore[arg-type]


def mended(outcome: Outcome) -> list[tuple[str, str]]:
    return [(one.finding.slug if one.finding else "", one.patch.path) for one in outcome.mended]


def text(outcome: Outcome, path: str) -> str:
    return outcome.change.head.read(path).decode()


def test_the_worst_is_mended_first_and_each_on_top_of_the_others() -> None:
    seen: list[str] = []

    def watched(change: Change) -> Sequence[Finding]:
        seen.append(change.head.id)
        return inspect(change)

    found = inspect(CHANGE)
    outcome = mend(CHANGE, found, found, replace(bench(), inspect=watched))
    assert mended(outcome) == [("exec", "a.py"), ("eval", "a.py"), ("eval", "b.py")]
    assert text(outcome, "a.py") == FILES["a.py"].replace("eval", "int").replace("exec", "int")
    assert text(outcome, "b.py") == "int(1)\n"
    assert outcome.left == ()
    second = outcome.mended[1]
    assert b"int(b)" in second.source.data, "the second patch was made on the file that the first had left"
    assert len(set(seen)) >= 3


def test_a_checks_own_fix_needs_no_model() -> None:
    def no_model() -> Seat:
        raise ModelMissing("models are switched off")

    found = inspect(CHANGE)
    outcome = mend(CHANGE, found, found, replace(bench(), seat=no_model))
    assert mended(outcome) == [("eval", "b.py")]
    (one,) = outcome.mended
    assert (one.confidence, one.risk, one.suggestion.origin) == (None, None, "planted")
    assert {left.why for left in outcome.left} == {"models are switched off"}
    assert text(outcome, "a.py") == FILES["a.py"]


def test_what_an_earlier_patch_has_mended_is_not_mended_again() -> None:
    """Both findings are on one line, and one patch takes the other with it."""
    change = change_adding({"a.py": "x = eval(exec(1))\n"})
    found = inspect(change)
    assert len(found) == 2
    outcome = mend(change, found, found, bench(proposing("x = int(1)")))
    assert mended(outcome) == [("exec", "a.py")]
    assert [left.why for left in outcome.left] == ["an earlier patch has mended it"]


def test_a_fix_that_an_earlier_one_has_moved_is_made_where_it_stands_now() -> None:
    change = change_adding({"b.py": "exec(1)\neval(2)\n"})
    found = inspect(change)
    outcome = mend(change, found, found, bench())
    assert mended(outcome) == [("exec", "b.py"), ("eval", "b.py")]
    assert text(outcome, "b.py") == "int(1)\nint(2)\n"


def test_nothing_proven_is_said_with_why_and_what_was_tried() -> None:
    found = [one for one in inspect(CHANGE) if one.slug == "exec"]
    outcome = mend(CHANGE, found, inspect(CHANGE), bench(proposing("return bad(b)")))
    assert outcome.mended == ()
    (left,) = outcome.left
    assert ("return bad(b)", "it brings bad") in [(one.text, one.why) for one in left.tried]
    assert outcome.change is CHANGE


def test_time_is_per_finding() -> None:
    def slow(task: Task, model: Model, stop: Stop) -> Proposals:
        raise OutOfTime("the time for it is up")

    found = [one for one in inspect(CHANGE) if one.slug == "exec"]
    (left,) = mend(CHANGE, found, found, replace(bench(slow), seconds=3.0)).left
    assert left.why == "nothing was proven in 3 s"


def test_a_place_is_mended_as_the_person_says() -> None:
    on_it = bench(proposing("return a + 1"), tests=lambda change: True)
    assert mend_place(CHANGE, "a.py", 3, inspect(CHANGE), replace(on_it, tests=None)).mended == ()  # not sure enough
    outcome = mend_place(CHANGE, "a.py", 3, inspect(CHANGE), on_it)
    assert mended(outcome) == [("", "a.py")]
    assert "    return a + 1\n" in text(outcome, "a.py")
    assert outcome.mended[0].suggestion.proof == {
        "applies": True,
        "only_its_range": True,
        "parses": True,
        "none_new": True,
        "tests": True,
    }


def test_a_place_where_only_worse_comes_stays() -> None:
    outcome = mend_place(CHANGE, "a.py", 3, inspect(CHANGE), bench(proposing("return bad(a)")))
    assert outcome.mended == ()
    assert outcome.left[0].finding is None


def test_without_a_model_a_place_says_so() -> None:
    def no_model() -> Seat:
        raise ModelMissing("models are switched off")

    outcome = mend_place(CHANGE, "a.py", 3, (), replace(bench(), seat=no_model))
    assert [(one.finding, one.why) for one in outcome.left] == [(None, "models are switched off")]


def test_tests_that_the_user_names_must_pass(tmp_path: Path) -> None:
    def scratch(name: str) -> Path:
        return Path(tempfile.mkdtemp(dir=tmp_path))

    def suite(command: str) -> Suite:
        return Suite(command, CHANGE.head, scratch, "/usr/bin:/bin", Limits(seconds=20.0))

    found = [one for one in inspect(CHANGE) if one.path == "b.py"]
    (kept,) = mend(CHANGE, found, inspect(CHANGE), bench(tests=suite("true"))).mended
    assert kept.suggestion.proof["tests"] is True
    fallen = mend(CHANGE, found, inspect(CHANGE), bench(tests=suite("grep -q eval b.py")))
    assert fallen.mended == ()
    assert any("tests fail" in one.why for one in fallen.left[0].tried)
