"""What crosses between the processes arrives as it was meant, or not at all."""

from __future__ import annotations

import json
from dataclasses import is_dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.reading.model import Hosted, Inference, Local, Reading, Request, Unread
from bot.reading.wire import BadAnswer, answer_from, answer_to_bytes, request_from, request_to_bytes
from bot.render.escape import encodable
from checks.finding import Finding
from checks.fold import overall_of
from checks.verdict import Overall, Verdict
from kb.source import Edit, Span
from tests.bot.verdicts import BAD, CLEAN
from tests.strategies import texts, unhurried, verdicts

REQUEST = Request("/m", "example", "main", "b" * 40, "c" * 40)


def sensible(verdict: Verdict) -> Verdict:
    """Return a verdict as a review would make it: about the request, its conclusion following from it."""
    overall = overall_of(verdict.findings, verdict.coverage, verdict.checks, verdict.silenced)
    return replace(verdict, head=REQUEST.head, overall=overall)


@settings(unhurried, max_examples=40)
@given(verdicts)
def test_a_verdict_arrives_as_it_was_sent(verdict: Verdict) -> None:
    sent = sensible(verdict)
    answer = answer_from(answer_to_bytes(Reading(sent)), REQUEST)
    assert isinstance(answer, Reading)
    again = answer_from(answer_to_bytes(answer), REQUEST)
    assert again == answer
    assert [f.fingerprint for f in answer.verdict.findings] == [f.fingerprint for f in sent.findings]
    assert [encodable(f.message) for f in sent.findings] == [f.message for f in answer.verdict.findings]


def test_ordinary_verdicts_arrive_equal() -> None:
    for verdict in (CLEAN, BAD):
        assert answer_from(answer_to_bytes(Reading(verdict)), REQUEST) == Reading(verdict)


def test_repository_and_subject_are_those_that_were_asked_about() -> None:
    sent = replace(CLEAN, repository="github.com/other/one", subject="pull/99")
    answer = answer_from(answer_to_bytes(Reading(sent)), REQUEST)
    assert isinstance(answer, Reading)
    assert (answer.verdict.repository, answer.verdict.subject) == ("example", "main")


def test_edits_stay_behind() -> None:
    sent = replace(BAD, findings=tuple(replace(f, edits=(Edit(Span(0, 1), b"\xff"),)) for f in BAD.findings))
    assert answer_from(answer_to_bytes(Reading(sent)), REQUEST) == Reading(BAD)


@given(st.builds(Unread, texts.filter(bool), st.booleans(), st.booleans()))
def test_a_reason_arrives(unread: Unread) -> None:
    answer = answer_from(answer_to_bytes(unread), REQUEST)
    assert answer == replace(unread, reason=encodable(unread.reason)[:2000])


pairs = st.lists(st.tuples(texts, texts), max_size=3).map(tuple)


hosted = st.builds(Hosted, texts, texts, st.integers(1, 10**6), st.floats(1, 9))
local = st.builds(Local, texts, texts, st.tuples(texts), st.integers(0, 10**6))
inferences = st.builds(
    Inference, st.tuples(hosted), st.tuples(local), st.tuples(texts), texts, enrich=st.tuples(texts), salt=texts
)


@given(st.builds(Request, *[texts] * 9, pairs, texts, st.none() | inferences))
def test_a_request_arrives_on_one_line(request: Request) -> None:
    line = request_to_bytes(request)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert repr(request_from(line)) == repr(escaped(request))


def escaped(value: Any) -> Any:
    """Return a value in which every text can be sent."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, tuple):
        return tuple(map(escaped, value))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{name: escaped(held) for name, held in vars(value).items()})
    return value


def first(verdict: Verdict, **changed: object) -> Verdict:
    head, *rest = verdict.findings
    return replace(verdict, findings=(replace(head, **changed), *rest))


LIES = {
    "another head": replace(CLEAN, head="d" * 40),
    "no base": replace(CLEAN, base=""),
    "a base that is an option": replace(CLEAN, base="--output=x" + "b" * 30),
    "an approval with a finding": replace(CLEAN, findings=BAD.findings),
    "an approval of nothing": replace(CLEAN, coverage=replace(CLEAN.coverage, reviewed=())),
    "an approval though not all was seen": replace(CLEAN, coverage=BAD.coverage),
    "a blocking finding as a comment": replace(BAD, overall=Overall.COMMENT),
    "line 0": first(BAD, line=0),
    "lines that end before they begin": first(BAD, line=9, end_line=8),
    "a line beyond all files": first(BAD, end_line=10**9),
    "no path": first(BAD, path=""),
    "a mark that closes ours": first(BAD, fingerprint="a -->"),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_what_no_review_says_is_not_believed(lie: Verdict) -> None:
    with pytest.raises(BadAnswer):
        answer_from(answer_to_bytes(Reading(lie)), REQUEST)


GOOD = json.loads(answer_to_bytes(Reading(BAD)))


def broken(**changed: object) -> bytes:
    return json.dumps({**GOOD, "verdict": {**GOOD["verdict"], **changed}}).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"\xff\xfe",
        answer_to_bytes(Reading(CLEAN))[:-1],
        answer_to_bytes(Reading(CLEAN)) + b"{}",
        b"[" * 100_000,
        b'{"verdict": ' * 5_000,
        b'{"verdict": true}',
        b'{"verdict": {}}',
        broken(overall="fine"),
        broken(findings=None),
        broken(findings=[1]),
        broken(ms="1"),
        broken(versions={"a": 1}),
    ],
)
def test_what_is_no_answer_is_not_believed(data: bytes) -> None:
    with pytest.raises(BadAnswer):
        answer_from(data, REQUEST)


@given(st.binary(max_size=60))
def test_garbage_never_becomes_a_verdict(data: bytes) -> None:
    try:
        answer = answer_from(data, REQUEST)
    except BadAnswer:
        return
    assert isinstance(answer, Unread)


def test_findings_are_the_type_that_everybody_knows() -> None:
    answer = answer_from(answer_to_bytes(Reading(BAD)), REQUEST)
    assert isinstance(answer, Reading)
    assert all(isinstance(finding, Finding) for finding in answer.verdict.findings)
