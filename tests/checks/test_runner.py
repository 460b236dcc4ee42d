"""The runner: one check that fails never takes the others down, and never looks like a pass."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from checks.change import Change
from checks.check import Report
from checks.knowledge import Knowledge
from checks.runner import Watcher, run_checks
from checks.verdict import CheckStatus
from checks.workspace import FolderWorkspace
from kb.errors import BadSettings, NotChecked
from tests.checks.planted import Planted, change_adding, finding


@pytest.fixture
def knowledge(tmp_path: Path) -> Knowledge:
    return Knowledge(FolderWorkspace(tmp_path, None))


CHANGE = change_adding({"a.py": "x\n", "b.txt": "y\n"})


def reports(change: Change) -> Report:
    return Report((finding(),))


def crashes(change: Change) -> Report:
    raise ZeroDivisionError("planted")


def is_missing(change: Change) -> Report:
    raise NotChecked("not installed")


def test_a_crash_is_reported_with_its_slug_and_the_others_go_on(knowledge: Knowledge) -> None:
    checks = [Planted(crashes, "bad", takes=lambda p: p.endswith(".py")), Planted(reports, "good")]
    bad, good = run_checks(CHANGE, knowledge, checks, jobs=2, deadline=10)
    assert (bad.run.slug, bad.run.status) == ("bad", CheckStatus.FAILED)
    assert bad.run.reason == "ZeroDivisionError: planted"
    assert bad.run.missed == ("a.py",)
    assert good.run.status is CheckStatus.OK
    assert good.report.findings == (finding(),)


def test_a_check_that_hangs_times_out_and_gives_its_slot_to_the_next(knowledge: Knowledge) -> None:
    release = threading.Event()

    def hangs(change: Change) -> Report:
        release.wait(30)
        return Report((finding(),))

    began = time.monotonic()
    hung, good = run_checks(CHANGE, knowledge, [Planted(hangs, "hung"), Planted(reports)], jobs=1, deadline=0.2)
    release.set()
    assert hung.run.status is CheckStatus.TIMED_OUT
    assert hung.run.reason == "no answer within 0.2 s"
    assert hung.report == Report()
    assert hung.run.missed == ("a.py", "b.txt")
    assert good.run.status is CheckStatus.OK
    assert time.monotonic() - began < 20


def test_a_missing_engine_is_skipped_with_its_reason(knowledge: Knowledge) -> None:
    (ran,) = run_checks(CHANGE, knowledge, [Planted(is_missing)], jobs=1, deadline=10)
    assert (ran.run.status, ran.run.reason) == (CheckStatus.SKIPPED, "not installed")
    assert ran.run.missed == ("a.py", "b.txt")


def test_a_check_without_files_does_not_run(knowledge: Knowledge) -> None:
    (ran,) = run_checks(CHANGE, knowledge, [Planted(crashes, takes=lambda p: False)], jobs=1, deadline=10)
    assert ran.run.status is CheckStatus.SKIPPED
    assert ran.run.missed == ()


def test_bad_input_found_by_a_check_is_raised(knowledge: Knowledge) -> None:
    def refuses(change: Change) -> Report:
        raise BadSettings("planted")

    with pytest.raises(BadSettings, match="planted"):
        run_checks(CHANGE, knowledge, [Planted(refuses)], jobs=1, deadline=10)


def test_no_more_than_jobs_checks_run_at_once(knowledge: Knowledge) -> None:
    running, most, lock = 0, 0, threading.Lock()

    def counts(change: Change) -> Report:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with lock:
            running -= 1
        return Report()

    run_checks(CHANGE, knowledge, [Planted(counts, f"c{n}") for n in range(6)], jobs=2, deadline=10)
    assert most == 2


def test_the_watcher_hears_of_every_start_and_end(knowledge: Knowledge) -> None:
    heard: list[str] = []

    class Listening(Watcher):
        def started(self, slug: str) -> None:
            heard.append(f"+{slug}")

        def finished(self, slug: str) -> None:
            heard.append(f"-{slug}")

    checks = [Planted(reports, "a"), Planted(crashes, "b")]
    run_checks(CHANGE, knowledge, checks, jobs=1, deadline=10, watcher=Listening())
    assert sorted(heard) == ["+a", "+b", "-a", "-b"]
