"""A patch is given only when it is proven and sure enough; what fell is recorded, and asked for no more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from checks.attempt import ROUNDS, Attempt, Proving, Seat, attempt, attempt_at
from checks.change import Change
from checks.finding import Disposition, Finding
from checks.prove import key_of
from kb.errors import NotChecked
from models.errors import ModelError, OutOfTime
from models.model import Model, Stop
from models.patch import Candidate, Origin, Proposals, Task
from models.scripted import Scripted
from tests.checks.planted import change_adding, finding

TEXT = "def f(a):\n    eval(a)\n    return a\n"
CHANGE = change_adding({"a.py": TEXT})
MODEL = Scripted()


def evals(change: Change) -> list[Finding]:
    """Report every `eval`, and every `bad` as something else."""
    found = []
    for file in change.files:
        source = change.source(file.path)
        for number in range(1, source.line_count + 1):
            for word in ("eval", "bad"):
                if word in source.line(number):
                    found.append(finding(word, file.path, number, text=source.line(number), symbol="f"))
    return found


class Proposing:
    """Proposes the same texts every time it is asked, with their scores, and remembers what it was asked."""

    def __init__(self, *texts: tuple[str, float], ground: int = 1) -> None:
        self.texts, self.ground, self.tasks = texts, ground, list[Task]()

    def __call__(self, task: Task, model: Model, stop: Stop = Stop()) -> Proposals:  # noqa: B008 (frozen)
        self.tasks.append(task)
        made = [
            Candidate(task.hole, text.encode(), Origin.ENUMERATED, score, ground=self.ground)
            for text, score in self.texts
        ]
        return Proposals(tuple(one for one in made if one.text not in task.avoid), tokens=7)


def tried(
    propose: Callable[..., Proposals],
    *,
    inspect: Callable[[Change], Sequence[Finding]] = evals,
    tests: Callable[[Change], bool] | None = None,
    failures: tuple[str, ...] = (),
    stop: Stop = Stop(),  # noqa: B008 (frozen)
) -> Attempt:
    (found,) = evals(CHANGE)
    proving = Proving(inspect, Counter(map(key_of, evals(CHANGE))), tests=tests)
    return attempt(CHANGE, found, proving, Seat(MODEL, stop, propose=propose, failures=failures))


def test_the_first_candidate_that_is_proven_and_sure_is_the_fix() -> None:
    attempt = tried(Proposing(("eval(b)", 30.0), ("bad(a)", 20.0), ("int(a)", 10.0)))
    assert attempt.fix is not None
    suggestion = attempt.fix.suggestion
    assert (suggestion.line, suggestion.replacement) == (2, "    int(a)\n")
    assert suggestion.disposition is Disposition.SAFE
    assert suggestion.origin == "scripted"
    record = suggestion.provenance
    assert record is not None
    assert [(one.text, one.why) for one in record.tried] == [
        ("eval(b)", "it brings eval"),
        ("bad(a)", "it brings bad"),
        ("int(a)", ""),
    ]
    assert record.risk == pytest.approx(1 - attempt.fix.sureness.confidence, abs=1e-4)
    assert record.spans == ((14, 21),)
    assert (record.model, record.tokens, record.seed) == ("scripted", 7, 0)


def test_equal_inputs_give_equal_patches() -> None:
    one, two = (tried(Proposing(("int(a)", 10.0))).fix for _ in range(2))
    assert one is not None
    assert two is not None
    assert one.patch == two.patch
    assert one.sureness == two.sureness


def test_what_can_merely_stand_there_is_shown_only_where_tests_pass_with_it() -> None:
    proposing = Proposing(("int(a)", 30.0), ground=2)
    assert tried(proposing).fix is None
    assert proposing.tasks[0].grounded
    assert tried(Proposing(("int(a)", 30.0), ground=2), tests=lambda change: True).fix is not None


def test_a_slip_whose_mending_makes_the_file_less_likely_is_none() -> None:
    assert tried(Proposing(("int(a)", -3.0))).fix is None
    assert tried(Proposing(("int(a)", -3.0), ground=0)).fix is not None  # the tree itself says so


def test_of_two_that_would_do_as_well_neither_is_said() -> None:
    attempt = tried(Proposing(("int(a)", 10.0), ("str(a)", 9.9)))
    assert attempt.fix is None
    assert all(one.why for one in attempt.tried)


def test_a_rival_that_is_shown_to_be_wrong_does_not_count() -> None:
    attempt = tried(Proposing(("int(a)", 10.0), ("bad(a)", 9.9)))
    assert attempt.fix is not None
    assert attempt.fix.patch.replacement == b"    int(a)\n"


def test_a_rival_on_weaker_ground_does_not_count() -> None:
    def propose(task: Task, model: Model, stop: Stop) -> Proposals:
        firm = Candidate(task.hole, b"int(a)", Origin.ENUMERATED, 10.0, ground=0)
        return Proposals((firm, Candidate(task.hole, b"str(a)", Origin.ENUMERATED, 10.0, ground=2)))

    assert tried(propose).fix is not None


def test_what_is_not_sure_enough_is_asked_for_again_without_what_fell() -> None:
    proposing = Proposing(("int(a)", 1.0), ("str(a)", 1.0), ("abs(a)", 1.0), ("len(a)", 1.0), ("set(a)", 1.0))
    attempt = tried(proposing)
    assert attempt.fix is None
    assert len(proposing.tasks) == ROUNDS
    assert [task.sampling.seed for task in proposing.tasks] == list(range(ROUNDS))
    avoided = [task.avoid for task in proposing.tasks]
    assert avoided[0] == frozenset()
    assert avoided[0] < avoided[1] < avoided[2]
    assert "not sure enough" in attempt.tried[0].why


def test_what_the_model_wrote_must_keep_most_of_what_was_there() -> None:
    def writing(text: bytes) -> Callable[..., Proposals]:
        return lambda task, model, stop: Proposals((Candidate(task.hole, text, Origin.INFILLED, 30.0),))

    assert tried(writing(b"int(a)")).fix is not None
    assert tried(writing(b'"""Return the first of the items."""')).fix is None


def test_what_failed_before_makes_us_less_sure_of_its_like() -> None:
    sure = tried(Proposing(("int(a)", 10.0))).fix
    assert sure is not None
    assert tried(Proposing(("int(a)", 10.0)), failures=("int(a)",)).fix is None


def test_tests_that_fail_with_it_are_the_end_of_a_candidate() -> None:
    passing = tried(Proposing(("int(a)", 10.0)), tests=lambda change: b"int" in change.head.read("a.py")).fix
    assert passing is not None
    assert passing.proof.steps["tests"]
    failing = tried(Proposing(("int(a)", 10.0)), tests=lambda change: False)
    assert failing.fix is None
    assert failing.tried[0].why == "the tests fail with it"


def test_nothing_proposed_is_said_so() -> None:
    attempt = tried(Proposing())
    assert (attempt.fix, attempt.why) == (None, "nothing was proposed")


def test_a_tree_that_cannot_be_checked_proves_nothing() -> None:
    def inspect(change: Change) -> list[Finding]:
        raise NotChecked("a check did not finish")

    attempt = tried(Proposing(("int(a)", 10.0)), inspect=inspect)
    assert attempt.fix is None
    assert "could not be checked" in attempt.tried[0].why


def test_time_and_models_that_fail_are_told() -> None:
    with pytest.raises(OutOfTime):
        tried(Proposing(("int(a)", 10.0)), stop=Stop(1.0, clock=lambda: 2.0))

    def propose(task: Task, model: Model, stop: Stop) -> Proposals:
        raise ModelError("no")

    with pytest.raises(ModelError):
        tried(propose)


def test_a_place_that_somebody_names_needs_no_finding_and_brings_none() -> None:
    def at(line: int, tests: Callable[[Change], bool] | None = None) -> Attempt:
        proving = Proving(evals, Counter(map(key_of, evals(CHANGE))), tests=tests)
        proposing = Proposing(("return bad", 20.0), ("return 2", 10.0), ground=2)
        return attempt_at(CHANGE, "a.py", line, proving, Seat(MODEL, propose=proposing, instruction="return two"))

    tested = at(3, lambda change: True)
    assert tested.fix is not None
    assert tested.fix.patch.replacement == b"    return 2\n"
    assert "finding_gone" not in tested.fix.proof.steps
    assert at(3).fix is None  # nobody knows what is wanted there, and what depends on it
    assert at(30).why == "nothing there can be opened"
