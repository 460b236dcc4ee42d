"""Which findings of a review a model is asked about, and that a model which fails changes nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from checks.attempt import Proving
from checks.change import Change
from checks.finding import Confidence, Finding, Severity
from checks.prove import key_of
from checks.suggest import Writer, with_patches
from models.errors import ModelMissing
from models.model import Model, Stop
from models.patch import Candidate, Origin, Proposals, Task
from models.scripted import Scripted
from tests.checks.planted import change_adding, finding

LINES = [f"    use{n}(itmes)" for n in range(8)]
CHANGE = change_adding({"a.py": "def f(items):\n" + "\n".join(LINES) + "\n"})


def slips(change: Change) -> list[Finding]:
    source = change.source("a.py")
    return [
        finding("undefined-name", "a.py", n, text=source.line(n), message="Undefined name `itmes`", symbol="f")
        for n in range(1, source.line_count + 1)
        if "itmes" in source.line(n)
    ]


class Opening:
    """Opens a scripted model and counts."""

    def __init__(self) -> None:
        self.models: list[Scripted] = []

    def __call__(self) -> Model:
        self.models.append(Scripted())
        return self.models[-1]


def spelt(task: Task, model: Model, stop: Stop) -> Proposals:
    return Proposals(
        (Candidate(task.hole, task.hole.text.replace(b"itmes", b"items"), Origin.ENUMERATED, 10.0, ground=1),)
    )


def proving() -> Proving:
    return Proving(slips, Counter(map(key_of, slips(CHANGE))))


def test_findings_get_what_could_be_proven_up_to_a_number() -> None:
    opening = Opening()
    mended, notes = with_patches(CHANGE, slips(CHANGE), proving(), Writer(opening, most=3, propose=spelt))
    assert [one.suggestion is not None for one in mended] == [True] * 3 + [False] * 5
    assert notes == []
    assert len(opening.models) == 1


def test_what_was_tried_in_vain_is_told_and_what_was_mended_is_not() -> None:
    def half(task: Task, model: Model, stop: Stop) -> Proposals:
        new = b"items" if b"use1" in task.hole.text or task.hole.span.start < 40 else b"itmes2"
        text = task.hole.text.replace(b"itmes", new)
        return Proposals((Candidate(task.hole, text, Origin.ENUMERATED, 10.0, ground=1),))

    def found(change: Change) -> list[Finding]:
        return [replace(one, text="itmes", message="Undefined name") for one in slips(change)]

    told: list[tuple[str, str]] = []
    writer = Writer(Opening(), propose=half, fell=lambda slug, tried: told.extend((slug, one.why) for one in tried))
    before = Counter(map(key_of, found(CHANGE)))
    mended, _ = with_patches(CHANGE, found(CHANGE)[:5], Proving(found, before), writer)
    without = sum(one.suggestion is None for one in mended)
    assert 0 < without < 5
    assert len(told) == without
    assert {slug for slug, _ in told} == {"undefined-name"}
    assert all(why for _, why in told)


def test_the_model_is_opened_only_when_a_finding_wants_it() -> None:
    opening = Opening()
    first = slips(CHANGE)[0]
    unwanted = [
        replace(first, silent=True),
        replace(first, severity=Severity.INFO),
        replace(first, confidence=Confidence.LOW),
        replace(first, slug="secret-added"),
        replace(first, path="gone.py"),
    ]
    assert with_patches(CHANGE, unwanted, proving(), Writer(opening, propose=spelt)) == (unwanted, [])
    assert opening.models == []


def test_a_missing_model_is_a_note_and_nothing_else() -> None:
    def missing() -> Model:
        raise ModelMissing("there is none: prudent models pull default")

    findings = slips(CHANGE)
    mended, notes = with_patches(CHANGE, findings, proving(), Writer(missing, propose=spelt))
    assert mended == findings
    assert notes == ["no patches by a model: there is none: prudent models pull default"]


def test_when_the_time_is_up_what_was_made_stays() -> None:
    now = [0.0]

    def slow(task: Task, model: Model, stop: Stop) -> Proposals:
        stop.check()
        now[0] += 4.0
        return spelt(task, model, Stop())

    writer = Writer(Opening(), seconds=5.0, propose=slow)
    mended, notes = with_patches(CHANGE, slips(CHANGE), proving(), writer, clock=lambda: now[0])
    assert 0 < sum(one.suggestion is not None for one in mended) < 5
    assert notes == []


def test_a_patch_that_gets_at_the_cause_stands_alone() -> None:
    change = change_adding({"b.py": "from a import itmes\n\nprint(items)\n"})

    def inspect(on: Change) -> list[Finding]:
        source = on.source("b.py")
        lost = finding("import-resolves-nowhere", "b.py", 1, text="import", message="`a` has no `itmes`")
        unbound = finding("undefined-name", "b.py", 3, text="use", message="Undefined name `items`")
        found = [lost] if "itmes" in source.line(1) else []
        return [*found, unbound] if ("items" in source.line(3)) != ("items" in source.line(1)) else found

    def propose(task: Task, model: Model, stop: Stop) -> Proposals:
        old, new = (b"itmes", b"items") if b"import" in task.hole.text else (b"items", b"itmes")
        text = task.hole.text.replace(old, new)
        return Proposals((Candidate(task.hole, text, Origin.ENUMERATED, 10.0, ground=1),))

    findings = inspect(change)
    proving = Proving(inspect, Counter(map(key_of, findings)))
    mended, _ = with_patches(change, findings, proving, Writer(Opening(), propose=propose))
    assert [one.suggestion.replacement if one.suggestion else None for one in mended] == [
        "from a import items\n",
        None,
    ]
