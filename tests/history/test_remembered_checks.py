"""What is remembered of a repository, asked about a change: said where it is exact, silent everywhere else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from checks.history import (
    dismissed_before,
    model_mistake_seen_before,
    similar_change_failed,
    verdict_on_earlier_head,
)
from kb.memory.model import Earlier, Fate, Lesson, Mistake, MistakeKind, Recollection, Signal
from tests.history.pasts import Files, Step, said
from tests.kb.tokens import GITHUB

NOW = 1_767_225_600.0
CODE = "    except Exception:\n        return fallback_of(path)\n"
BEFORE = "def load(path):\n    return read(path)\n"
AFTER = f"def load(path):\n    try:\n        return read(path)\n{CODE}"
LESSON = Lesson(
    id=1,
    repository="shop",
    fingerprint="f",
    about="likeness",
    check="ruff",
    slug="broad-except",
    severity="warn",
    path="load.py",
    symbol="load",
    text="Every error is swallowed.",
    code=CODE,
    fate=Fate.DISMISSED,
    signal=Signal.DISMISSED,
    by="ada",
    by_id=7,
    subject="pull/12",
    evidence="pull/12 at 1a2b3c4",
    reason="loading must never fail",
    at=NOW - 86_400,
    expires=NOW + 86_400,
)
MISTAKE = Mistake(
    1, "shop", MistakeKind.PATCH, "undefined-name", CODE, "refused by people", 2, NOW - 86_400, 0.0, "pull/3"
)


def remembering(**words: object) -> Callable[[Sequence[str]], Recollection]:
    return lambda oids: replace(Recollection("shop", "none", now=NOW), **words)  # type: ignore[arg-type]


def test_who_dismissed_it_when_and_why_is_the_record(tmp_path: Path) -> None:
    steps = (Step({"load.py": BEFORE}), Step({"load.py": AFTER}))
    (one,) = said(tmp_path, dismissed_before, *steps, memory=remembering(lessons=(LESSON,)))
    assert (one.path, one.line, one.end_line, one.silent) == ("load.py", 4, 5, True)
    assert [evidence.text for evidence in one.evidence] == [
        "on 2025-12-31 by ada (pull/12 at 1a2b3c4), who said: loading must never fail",
        "it said: Every error is swallowed.",
    ]


@pytest.mark.parametrize(
    "lesson",
    [
        replace(LESSON, fate=Fate.ACCEPTED),
        replace(LESSON, path="save.py"),
        replace(LESSON, expires=NOW - 1),
        replace(LESSON, forgotten="bob"),
        replace(LESSON, code=""),
        replace(LESSON, code="return 0"),
        replace(LESSON, code=CODE.replace("path", "name")),
        replace(LESSON, code=BEFORE),  # it was there before
    ],
)
def test_another_or_an_expired_decision_is_no_record(tmp_path: Path, lesson: Lesson) -> None:
    steps = (Step({"load.py": BEFORE}), Step({"load.py": AFTER}))
    assert said(tmp_path, dismissed_before, *steps, memory=remembering(lessons=(lesson,))) == []


def test_one_decision_is_one_record_and_says_no_secret(tmp_path: Path) -> None:
    later = replace(LESSON, id=2, at=LESSON.at + 9, reason=f"use {GITHUB}\n\x1b[2J")
    steps = (Step({"load.py": BEFORE}), Step({"load.py": AFTER + AFTER.replace("load", "save")}))
    (one,) = said(tmp_path, dismissed_before, *steps, memory=remembering(lessons=(LESSON, later)))
    assert one.evidence[0].text.endswith("who said: use [secret: GitHub token]")


@pytest.mark.parametrize("check", [dismissed_before, model_mistake_seen_before, similar_change_failed])
def test_where_nothing_is_remembered_nothing_is_said(tmp_path: Path, check: object) -> None:
    steps = (Step({"load.py": BEFORE}), Step({"load.py": AFTER}))
    assert said(tmp_path / "none", check, *steps) == []  # type: ignore[arg-type]
    assert said(tmp_path / "empty", check, *steps, memory=remembering()) == []  # type: ignore[arg-type]


def test_a_patch_of_ours_that_was_wrong_is_known_again(tmp_path: Path) -> None:
    steps = (Step({"load.py": BEFORE}), Step({"other.py": AFTER}))
    (one,) = said(tmp_path, model_mistake_seen_before, *steps, memory=remembering(mistakes=(MISTAKE,)))
    assert (one.path, one.line, one.end_line) == ("other.py", 4, 5)
    assert one.evidence[0].text == "refused by people, seen 2 times, last on 2025-12-31 (pull/3)"


@pytest.mark.parametrize(
    ("mistake", "before"),
    [
        (replace(MISTAKE, kind=MistakeKind.CLAIM), BEFORE),
        (replace(MISTAKE, pattern="return 0"), BEFORE),
        (replace(MISTAKE, pattern="# nothing but a comment, however long it is\n"), BEFORE),
        (MISTAKE, AFTER.replace("load", "save")),  # the lines are not new in the file
    ],
)
def test_what_is_no_such_patch_is_not(tmp_path: Path, mistake: Mistake, before: str) -> None:
    steps = (Step({"load.py": before}), Step({"load.py": AFTER}))
    assert said(tmp_path, model_mistake_seen_before, *steps, memory=remembering(mistakes=(mistake,))) == []


FILES: Files = {"cache.py": "x = 1\n", "load.py": "x = 1\n", "tax.py": "x = 1\n"}
CHANGED: Files = {"cache.py": "x = 2\n", "load.py": "x = 2\n"}


def earlier(ended: str, *paths: str, number: int = 1, at: float = NOW) -> Earlier:
    stands = (("f", "broad-except", "load.py", "Every error is swallowed."),)
    return Earlier(number, f"pull/{number}", "1" * 40, "comment", "1 warning.", at, paths, stands, ended)


@pytest.mark.parametrize(
    ("ended", "told"), [("closed", "was closed without being merged"), ("reverted", "and reverted")]
)
def test_how_the_earlier_change_ended_is_told(tmp_path: Path, ended: str, told: str) -> None:
    memory = remembering(elsewhere=(earlier(ended, "cache.py", "load.py"),))
    (one,) = said(tmp_path, similar_change_failed, Step(FILES), Step(CHANGED), memory=memory)
    assert told in one.message
    assert "pull/1" in one.message
    assert [evidence.kind for evidence in one.evidence] == ["verdict", "memory"]
    assert one.silent


@pytest.mark.parametrize(
    "elsewhere",
    [
        (earlier("merged", "cache.py", "load.py"),),
        (earlier("open", "cache.py", "load.py"),),
        (earlier("closed", "cache.py", "tax.py"),),
        (earlier("closed", "cache.py"),),
        (earlier("closed", "cache.py", "load.py", "tax.py"),),  # two of three are not near
        (
            earlier("closed", "cache.py", "load.py", at=NOW),
            earlier("merged", "cache.py", "load.py", number=2, at=NOW - 9),
        ),
        (earlier("closed", *(f"f{n}.py" for n in range(60)), "cache.py", "load.py"),),
    ],
)
def test_a_change_that_is_not_near_or_went_well_is_not_told(tmp_path: Path, elsewhere: tuple[Earlier, ...]) -> None:
    assert (
        said(tmp_path, similar_change_failed, Step(FILES), Step(CHANGED), memory=remembering(elsewhere=elsewhere)) == []
    )


def test_a_file_that_everybody_touches_counts_less(tmp_path: Path) -> None:
    often = [Step({**FILES, "registry.py": f"x = {n}\n"}) for n in range(12)]
    memory = remembering(elsewhere=(earlier("closed", "cache.py", "load.py", "tax.py", "registry.py"),))
    change = Step({**CHANGED, "tax.py": "x = 2\n"})
    assert said(tmp_path, similar_change_failed, *often, change, memory=memory)


STANDS = ("f" * 16, "sarif-codeql-path", "load.py", "The path comes from a request.")


def reviewed(*standing: tuple[str, str, str, str], subject: str = "topic") -> Callable[[Sequence[str]], Recollection]:
    def recollection(oids: Sequence[str]) -> Recollection:
        last = Earlier(1, subject, oids[0], "comment", "1 warning.", NOW - 86_400, ("load.py",), standing)
        return Recollection("shop", "none", here=(last, replace(last, audit=2)), now=NOW)

    return recollection


STEPS = (Step({"load.py": AFTER, "a.py": "x = 1\n"}), Step({"load.py": BEFORE}), Step({"load.py": AFTER}))


def test_what_stands_untouched_is_told_once_with_its_verdict(tmp_path: Path) -> None:
    (one,) = said(tmp_path, verdict_on_earlier_head, *STEPS, memory=reviewed(STANDS))
    assert (one.path, one.line, one.silent) == ("load.py", 2, False)
    assert one.message.endswith("(sarif-codeql-path): The path comes from a request.")
    assert one.evidence[0].text.startswith("comment on ")
    assert one.evidence[0].text.endswith(" of 2025-12-31: 1 warning.")


def test_on_a_pull_request_it_is_recorded_only(tmp_path: Path) -> None:
    (one,) = said(tmp_path, verdict_on_earlier_head, *STEPS, memory=reviewed(STANDS, subject="pull/12"))
    assert one.silent


@pytest.mark.parametrize(
    ("standing", "last"),
    [
        (STANDS, {"load.py": AFTER + "\n"}),  # touched since
        (STANDS, {"load.py": None}),
        (STANDS, {"a.py": "x = 2\n"}),  # the file is no part of the change
        ((STANDS[0], "broad-except", *STANDS[2:]), {"load.py": AFTER}),  # a check looks for it
    ],
)
def test_what_is_touched_or_looked_for_is_not_told(
    tmp_path: Path, standing: tuple[str, str, str, str], last: Files
) -> None:
    assert said(tmp_path, verdict_on_earlier_head, *STEPS[:2], Step(last), memory=reviewed(standing)) == []


def test_who_knows_what_ran_can_ask_for_the_rest(tmp_path: Path) -> None:
    from bot.pipeline import change_of
    from kb.repository import Repository
    from tests.history.pasts import committed

    oids = committed(tmp_path, STEPS)
    stands = [(f"{n}", slug, "load.py", "It is wrong.") for n, slug in enumerate(("logic-error", "broad-except"))]
    memory = reviewed(*stands)(oids)
    with Repository.open(tmp_path) as repository:
        change = change_of(repository.compare(f"{oids[1]}..{oids[2]}"), "topic")
        commits = repository.commits()

        def left(looked_for: set[str], *told: str) -> list[str]:
            found = verdict_on_earlier_head.left_open(change, memory, commits, looked_for.__contains__, told)
            return [one.text for one in found]

        assert left({"broad-except"}) == ["logic-error It is wrong."]
        assert left(set()) == ["logic-error It is wrong.", "broad-except It is wrong."]
        assert left(set(), "0", "1") == []
        assert left({"broad-except", "logic-error"}) == []
        gone = replace(memory, here=tuple(replace(one, head="0" * 40) for one in memory.here))
        assert verdict_on_earlier_head.left_open(change, gone, commits, lambda slug: False) == ()
