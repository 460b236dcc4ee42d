"""A model that gives no answer leaves its pass "not checked": never clean, and never an exception."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from checks.fold import overall_of
from checks.inference.asking import ended
from checks.inference.model import Read, Reader, Role
from checks.inference.passes import READINGS
from checks.inference.reading import told
from checks.scope import coverage_of
from checks.settings import Settings
from checks.verdict import CheckRun, CheckStatus, Overall
from models.chat.errors import (
    BadAnswer,
    BadRequest,
    NoReader,
    Open,
    OverBudget,
    Overloaded,
    RateLimited,
    Refused,
    Unauthorised,
    Unreachable,
)
from models.chat.model import Ask, Chat
from models.errors import BadModelFile, Cancelled, ModelError, ModelMissing, OutOfMemory, OutOfTime, TooLong
from models.model import Stop
from tests.inference.reads import (
    AFTER,
    BEFORE,
    LINE,
    change_with,
    opened,
    places,
    read,
    reasons,
    says,
    scripted,
    unsure_findings,
)

SLUGS = [reading.SLUG for reading in READINGS]
CLAIM = told("shop/pages.py", LINE, "wrong-value", "The last row is lost.", "page([1], 1) gives []")
FAILURES: list[ModelError] = [
    Unauthorised("the key is refused"),
    BadRequest("not taken"),
    RateLimited("slow down", 3.0),
    Overloaded("cannot now"),
    Unreachable("no connection"),
    Refused("declined"),
    BadAnswer("cut off"),
    Open("failed too often"),
    ModelMissing("there is no model"),
    BadModelFile("no GGUF"),
    OutOfMemory("does not fit"),
    TooLong("does not fit the context"),
    Cancelled("a newer push"),
]


def raising(error: ModelError, names: tuple[str, ...] = ()) -> Chat:
    """Return a model that fails at these questions, at all if none is named."""
    answer = says({"logic-error": [CLAIM]})

    def script(ask: Ask) -> Mapping[str, Any]:
        if not names or ask.name in names:
            raise error
        return answer(ask)

    return scripted(script)


def overall(found: Read) -> Overall:
    """Return the verdict on the change where nothing else was found and every other check ended well."""
    change = change_with(BEFORE, AFTER)
    runs = (CheckRun("ruff", CheckStatus.OK, 1), *found.runs)
    said = [one for one in found.findings if not one.silent]
    return overall_of(said, coverage_of(change, (), runs, found.unseen), runs, ())


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
def test_a_model_that_fails_leaves_every_pass_unchecked(error: ModelError) -> None:
    found = read(BEFORE, AFTER, raising(error), statement="Change")
    assert [run.slug for run in found.runs] == SLUGS
    assert {run.status for run in found.runs} == {CheckStatus.FAILED}
    assert all(run.missed == ("shop/pages.py",) and str(error) in run.reason for run in found.runs)
    assert not found.findings
    assert overall(found) is Overall.NOT_CHECKED


def test_a_model_that_takes_too_long_is_told_as_that() -> None:
    found = read(BEFORE, AFTER, raising(OutOfTime("the time for it is up")))
    assert found.runs[0].status is CheckStatus.TIMED_OUT
    assert overall(found) is Overall.NOT_CHECKED


def test_a_budget_that_is_used_up_skips_with_a_notice_and_nothing_is_approved() -> None:
    found = read(BEFORE, AFTER, raising(OverBudget("month_dollars: 5.00 of 5.00 spent")))
    assert found.runs[0].status is CheckStatus.SKIPPED
    assert found.runs[0].reason == "a cap on what models may cost stands against it: month_dollars: 5.00 of 5.00 spent"
    assert found.runs[0].missed == ("shop/pages.py",)
    assert overall(found) is Overall.COMMENT


def test_where_there_is_nobody_to_ask_the_check_says_why_it_did_not_run() -> None:
    def nobody(role: Role) -> Chat:
        raise NoReader("no model large enough")

    found = read(BEFORE, AFTER, raising(Refused("")), reader=Reader(nobody))
    assert {(run.status, run.reason) for run in found.runs[:3]} == {
        (CheckStatus.SKIPPED, "not run: no model large enough")
    }
    assert found.report.calls == 0


@pytest.mark.parametrize("error", [Refused("declined"), OutOfTime("late"), NoReader("nobody verifies")])
def test_a_claim_that_nobody_could_read_again_is_not_said_and_its_pass_is_unchecked(error: ModelError) -> None:
    found = read(BEFORE, AFTER, raising(error, ("refutation",)))
    assert not found.findings
    assert reasons(found) == [("logic-error", "not verified")]
    runs = {run.slug: run for run in found.runs}
    assert runs["logic-error"].status in (CheckStatus.FAILED, CheckStatus.TIMED_OUT)
    assert runs["logic-error"].missed == ("shop/pages.py",)
    assert runs["security-hole"].status is CheckStatus.OK
    assert overall(found) is Overall.NOT_CHECKED


def test_a_pass_that_fails_takes_no_other_with_it() -> None:
    found = read(BEFORE, AFTER, raising(Refused("declined"), ("security_hole",)))
    assert places(found) == [("logic-error", "shop/pages.py", 2)]
    assert [run.status for run in found.runs[:3]] == [CheckStatus.OK, CheckStatus.FAILED, CheckStatus.OK]


def test_a_triage_that_fails_leaves_the_findings_as_they_are() -> None:
    said = unsure_findings()
    found = read(BEFORE, AFTER, raising(Refused("declined"), ("triage",)), findings=said)
    assert found.report.triaged == ()
    assert {run.status for run in found.runs[:3]} == {CheckStatus.OK}


def test_a_later_part_that_fails_leaves_its_files_unseen_and_the_earlier_findings_standing() -> None:
    before = {
        f"shop/m{n:02}.py": "".join(f"def f{k}(x):\n    return x + {k}\n\n\n" for k in range(60)) for n in range(6)
    }
    after = {path: text.replace("return x +", "return x -") for path, text in before.items()}
    asked = 0

    def script(ask: Ask) -> Mapping[str, Any]:
        nonlocal asked
        if ask.name == "logic_error":
            asked += 1
            if asked == 2:
                raise Unreachable("reset")
        return says()(ask)

    chat = scripted(script)
    found = read(before, after, chat, reader=Reader(opened(chat), tokens=8_000, salt=b"tests"))
    runs = {run.slug: run for run in found.runs}
    assert found.report.windows > 2
    assert runs["logic-error"].status is CheckStatus.FAILED
    assert 0 < len(runs["logic-error"].missed) <= 6
    assert asked == 2, "it goes on asking who does not answer"
    assert runs["security-hole"].status is CheckStatus.OK


def test_time_is_up_for_the_whole_change_not_for_each_question() -> None:
    now = iter(range(0, 10_000, 30))
    chat = scripted(says())
    found = read(BEFORE, AFTER, chat, clock=lambda: float(next(now)), reader=Reader(opened(chat), seconds=100.0))
    assert CheckStatus.TIMED_OUT in {run.status for run in found.runs}


def test_a_newer_push_ends_the_reading() -> None:
    chat = scripted(says())
    reader = Reader(opened(chat), stop=Stop(cancelled=lambda: True))
    found = read(BEFORE, AFTER, chat, reader=reader)
    assert {run.status for run in found.runs[:3]} == {CheckStatus.FAILED}
    assert chat.asks == []


def test_the_readers_own_deadline_counts_too() -> None:
    chat = scripted(says())
    found = read(BEFORE, AFTER, chat, reader=Reader(opened(chat), stop=Stop(deadline=1.0, clock=lambda: 2.0)))
    assert {run.status for run in found.runs[:3]} == {CheckStatus.TIMED_OUT}


@pytest.mark.parametrize("context", [4_096, 8_192])
def test_every_question_fits_the_model_with_its_answer(context: int) -> None:
    body = "".join(f"    x{n} = rows[{n}]  # {'note ' * 8}\n" for n in range(400))
    before = {
        "shop/pages.py": BEFORE["shop/pages.py"].replace("    return", body + "    return"),
        "config.py": "A = 1\n",
    }
    after = {**before, "shop/pages.py": before["shop/pages.py"].replace("rows[:size]", "rows[: size - 1]")}
    chat = scripted(says({"logic-error": [CLAIM]}), context=context)
    said = unsure_findings()
    found = read(before, after, chat, statement="Word. " * 2_000, findings=said)
    assert {run.status for run in found.runs} == {CheckStatus.OK}, [run.reason for run in found.runs]
    assert places(found) == [("logic-error", "shop/pages.py", 402)]
    assert {ask.name for ask in chat.asks} >= {"logic_error", "claim_contradicted", "refutation", "triage"}


def test_a_model_with_too_small_a_context_reads_nothing_and_says_so() -> None:
    found = read(BEFORE, AFTER, scripted(says(), context=1_500))
    assert found.runs[0].status is CheckStatus.FAILED
    assert "too few" in found.runs[0].reason


def test_models_are_closed_once_whatever_happens() -> None:
    for error in (None, Refused("declined")):
        chat = scripted(says()) if error is None else raising(error)
        read(BEFORE, AFTER, chat)
        assert chat.is_closed  # type: ignore[attr-defined]


def test_a_pass_without_files_or_text_is_skipped_and_nobody_is_asked() -> None:
    chat = scripted(says())
    found = read({"README.md": "a\n"}, {"README.md": "b\n"}, chat)
    assert [(run.slug, run.status, run.missed) for run in found.runs] == [
        (slug, CheckStatus.SKIPPED, ()) for slug in SLUGS
    ]
    assert chat.asks == []


def test_a_pass_that_is_switched_off_is_not_asked() -> None:
    chat = scripted(says())
    settings = Settings(disable=("logic-error", "behaviour-without-test"))
    read(BEFORE, AFTER, chat, statement="Change", settings=settings)
    assert [ask.name for ask in chat.asks] == ["security_hole", "claim_contradicted"]
    chat = scripted(says())
    read(BEFORE, AFTER, chat, reader=Reader(opened(chat), passes=("logic-error",)))
    assert [ask.name for ask in chat.asks] == ["logic_error"]


def test_what_was_asked_and_what_it_cost_is_told() -> None:
    chat = scripted(says({"logic-error": [CLAIM]}))
    report = read(BEFORE, AFTER, chat).report
    assert report.calls == len(chat.asks) == 4
    assert report.models == ("scripted",)
    assert report.claims == 1
    assert report.usage.input > 0
    assert {purpose.role for purpose in chat.purposes} == {"find", "verify"}
    assert {purpose.subject for purpose in chat.purposes} == {"subject"}


def test_questions_side_by_side_bring_the_same() -> None:
    found = []
    for jobs in (1, 4):
        chat = scripted(says({"logic-error": [CLAIM], "security-hole": [{**CLAIM, "kind": "injection"}]}))
        one = read(BEFORE, AFTER, chat, reader=Reader(opened(chat), jobs=jobs, salt=b"tests"))
        found.append((one.findings, one.runs, one.unseen, one.report))
    assert found[0] == found[1]


def test_no_error_that_a_model_can_have_ends_well() -> None:
    def below(kind: type[ModelError]) -> list[type[ModelError]]:
        return [kind, *(one for child in kind.__subclasses__() for one in below(child))]

    kinds = below(ModelError)
    assert len(kinds) > 15
    assert all(ended(kind("why"))[0] is not CheckStatus.OK for kind in kinds)
    assert all(ended(kind(""))[1] for kind in kinds), "people are told something"
