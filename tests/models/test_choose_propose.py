"""All ways of filling a hole in their order: what is listed, what is judged, what is written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.errors import Cancelled, ModelError, TooLong
from models.llama import load
from models.model import NEVER, Stop
from models.patch import Task
from models.propose import UNASKED, order_of, propose
from models.scripted import Scripted
from tests.models.choosing import opened, task_of
from tests.models.weights import tiny_gguf

UNDEFINED = {"slug": "undefined-name"}
TEXT = "def f(count, other):\n    return conut + 1\n"


def test_what_is_listed_is_enough_where_it_stands_up_to_judgement():
    found = propose(task_of(TEXT, "a.py", 2, UNDEFINED), Scripted([b"return count + 1\n"]))
    assert [one.origin for one in found.candidates] == ["enumerated"] * len(found.candidates)
    assert found.candidates[0].text == b"return count + 1"
    assert found.candidates[0].note == "`count` instead of `conut`"
    assert found.tokens > 0


def test_what_is_judged_to_be_wrong_falls_with_a_reason():
    files = {"a.py": "def g(a, b):\n    return a\n\n\ndef f(x):\n    return g(x, x, x)\n"}
    with opened(files, "a.py", 6, {"slug": "call-does-not-fit-signature"}) as place:
        found = propose(place.task, Scripted([b"return g(x, x)\n"]))
    assert found.candidates[0].text == b"return g(x, x)"
    assert all(one.why for one in found.fallen)


def test_the_model_writes_where_nothing_can_be_listed():
    task = task_of("def f(count):\n    unknown.thing\n", "a.py", 2, {"slug": "secret-added"})
    found = propose(task, Scripted([b"    return count\n", b"return count\n"]))
    assert found.candidates
    assert {one.origin for one in found.candidates} <= {"infilled", "constrained"}


def test_the_model_writes_too_where_somebody_says_what_is_wanted():
    task = replace(task_of(TEXT, "a.py", 2, UNDEFINED), instruction="double it")
    found = propose(task, Scripted([b"return count * 2\n"]))
    assert b"return count + 1" in {one.text for one in found.candidates}
    assert b"return count * 2" in {one.text for one in found.candidates}
    assert list(found.candidates) == sorted(found.candidates, key=order_of)


def test_what_failed_before_is_not_proposed_and_not_more_than_is_wanted():
    task = task_of(TEXT, "a.py", 2, UNDEFINED)
    model = Scripted([b"return other + 1\n"])
    first = propose(replace(task, count=1), model)
    assert len(first.candidates) == 1
    again = propose(replace(task, avoid=frozenset({first.candidates[0].text})), model)
    assert first.candidates[0].text not in {one.text for one in again.candidates}


def test_equal_tasks_give_equal_proposals():
    task = task_of(TEXT, "a.py", 2)
    assert propose(task, Scripted([b"a"])) == propose(task, Scripted([b"a"]))


def test_where_nothing_is_known_to_be_wrong_only_what_is_far_likelier_is_proposed():
    task = task_of("def f(count, other):\n    return count < other\n", "a.py", 2)
    found = propose(task, Scripted([b"    return count < other\n"]))
    assert found.candidates == ()
    assert any(one.why.startswith(f"not {UNASKED:g} nats likelier") for one in found.fallen)
    liked = propose(task, Scripted([b"    return count <= other\n"]))
    assert b"return count <= other" in {one.text for one in liked.candidates}
    assert all(one.score >= UNASKED for one in liked.candidates)
    wrong = replace(task, wrong={"slug": "constant-comparison"})
    assert len(propose(wrong, Scripted([b"zzz"])).candidates) > 1


def test_no_candidate_uses_a_name_that_nothing_binds():
    files = {"a.py": "def f(count):\n    return conut + cuont\n"}
    with opened(files, "a.py", 2, {**UNDEFINED, "name": "conut"}) as place:
        found = propose(place.task, Scripted([b"return count\n"]))
    assert all(b"conut" not in one.text for one in found.candidates)


class Narrow(Scripted):
    """A scripted model whose context holds what is listed, and not what writing needs."""

    def branches(self, prompt, count=1, *, room, stop=NEVER):  # type: ignore[no-untyped-def]
        if room > 60:
            raise TooLong("no room to write")
        return super().branches(prompt, count, room=room, stop=stop)


def test_where_writing_fails_what_was_listed_is_left_and_the_failure_is_a_note():
    task = replace(task_of(TEXT, "a.py", 2, UNDEFINED), instruction="double it")
    found = propose(task, Narrow([b"return count + 1\n"]))
    assert found.candidates[0].text == b"return count + 1"
    assert any("no room to write" in note for note in found.notes)
    alone = Task(task.source, task.language, task.hole, wrong={"slug": "secret-added"})
    with pytest.raises(ModelError):
        propose(alone, Narrow([b"x"]))


def test_it_stops_when_it_is_told_to():
    with pytest.raises(Cancelled):
        propose(task_of(TEXT, "a.py", 2, UNDEFINED), Scripted([b"x"]), Stop(cancelled=lambda: True))


def test_a_diffusion_model_goes_its_own_way(tmp_path):
    model = load(tiny_gguf(tmp_path / "dream.gguf", "dream"))
    try:
        found = propose(task_of(TEXT, "a.py", 2, UNDEFINED), model)
    finally:
        model.close()
    assert {one.origin for one in found.candidates} <= {"diffused", "infilled", "constrained"}
    assert found.candidates or found.fallen


def test_a_small_model_that_was_not_trained_to_fill_in_writes_only_where_somebody_says_what_is_wanted():
    model = Scripted([b"return count\n"], fim=False)
    task = task_of("def f(count):\n    unknown.thing\n", "a.py", 2, {"slug": "secret-added"})
    found = propose(task, model)
    assert found.candidates == ()
    assert found.notes == ("scripted was asked for an order only: it is small, and not trained to fill in",)
    assert propose(replace(task, instruction="return the count"), model).tokens > 0


def test_where_only_what_has_ground_is_wanted_nothing_else_is_listed():
    text = "def f(count, other):\n    return zzz + 1\n"
    task = task_of(text, "a.py", 2, UNDEFINED)
    everything = propose(task, Scripted([b"return count + 1\n"]))
    assert {one.ground for one in everything.candidates} == {2}
    assert propose(replace(task, grounded=True), Scripted([b"return count + 1\n"], fim=False)).candidates == ()


@pytest.mark.parametrize("kind", ["", "return_statement"])
def test_the_model_writes_into_whole_statements_and_not_into_some_of_their_lines(kind: str):
    task = task_of("def f(count):\n    return count.thing\n", "a.py", 2, {"slug": "secret-added"})
    part = replace(task, hole=replace(task.hole, kind=kind))
    assert bool(propose(part, Scripted([b"return count\n"])).tokens) is bool(kind)
