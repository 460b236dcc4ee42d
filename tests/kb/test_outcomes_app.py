"""What the App keeps: dismissals, notes, what stands, pull requests, attempts, open check runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kb.outcomes.app import Attempt, Attempted, Note, OpenCheck, PullRecord
from kb.outcomes.audit import Became, LoggedFinding, LoggedSuggestion, State
from kb.outcomes.store import OutcomeStore, open_store
from tests.kb.audits import NOON, audit, dismissal, finding, start_apart

pytest_plugins = ["tests.kb.postgres"]

HERE = "example.com/ada/palette"
ELSEWHERE = "example.com/eve/palette"
DAY = timedelta(days=1)


@pytest.fixture
def store(store_url: str) -> Iterator[OutcomeStore]:
    with open_store(store_url) as opened:
        yield opened


def rows(store: OutcomeStore, kind: str) -> list[dict[str, object]]:
    return [row for row in store.export() if row["kind"] == kind]


def outcomes(store: OutcomeStore) -> list[tuple[object, object]]:
    return [(row["outcome"], row["fingerprint"]) for row in rows(store, "outcome")]


def standing(store: OutcomeStore, subject: str = "topic") -> list[str]:
    return [past.finding.fingerprint for past in store.standing(HERE, subject)]


def note(kind: Became, fingerprint: str = "aaaa", **more: object) -> Note:
    return replace(Note(HERE, "topic", fingerprint, kind, "h1", "", NOON), **more)


def undismiss(store: OutcomeStore, mark: str, fingerprint: str = "aaaa", repository: str = HERE) -> bool:
    return store.undismiss(repository, fingerprint, by="eve", by_id=8, at=NOON + DAY, mark=mark)


def test_a_dismissal_comes_back_as_it_was_told_and_ends_what_stood(store: OutcomeStore) -> None:
    store.log(audit(finding("aaaa"), finding("bbbb")))
    assert store.dismiss(dismissal(), mark="1")
    assert store.dismissals(HERE) == (dismissal(),)
    assert (standing(store), outcomes(store)) == (["bbbb"], [("dismissed", "aaaa")])
    (row,) = rows(store, "outcome")
    assert (row["audit"], row["head"], row["slug"], row["path"], row["detail"]) == (
        1,
        "h1",
        "undefined-name",
        "app.py",
        "by design",
    )
    assert [(f.finding.fingerprint, f.became) for f in store.findings()] == [("bbbb", "open"), ("aaaa", "dismissed")]


def test_a_dismissed_finding_that_stays_away_or_is_silent_has_no_more_outcomes(store: OutcomeStore) -> None:
    store.log(audit(finding("aaaa"), finding("bbbb")))
    store.dismiss(dismissal("aaaa"), mark="1")
    store.dismiss(dismissal("bbbb"), mark="2")
    store.log(audit(finding("bbbb", state=State.SILENCED, reason="dismissed by ada"), head="h2"))
    assert outcomes(store) == [("dismissed", "aaaa"), ("dismissed", "bbbb")]


def test_on_another_pull_request_a_dismissed_finding_is_silenced(store: OutcomeStore) -> None:
    store.log(audit(finding()))
    store.dismiss(dismissal(), mark="1")
    store.log(audit(finding(state=State.SILENCED, reason="dismissed"), subject="other"))
    assert outcomes(store) == [("dismissed", "aaaa"), ("silenced", "aaaa")]


def test_undismissing_keeps_who_when_and_why(store: OutcomeStore) -> None:
    store.log(audit(finding()))
    store.dismiss(dismissal(), mark="1")
    assert undismiss(store, "2")
    assert store.dismissals(HERE) == ()
    assert outcomes(store) == [("dismissed", "aaaa"), ("undismissed", "aaaa")]
    (row,) = rows(store, "dismissal")
    assert (row["by"], row["by_id"], row["reason"], row["source"]) == ("ada", 7, "by design", "command")
    assert row["undone"] == {"by": "eve", "by_id": 8, "at": (NOON + DAY).isoformat()}
    store.log(audit(finding(), head="h2"))
    store.log(audit(head="h3"))
    assert (standing(store), outcomes(store)[2:]) == ([], [("fixed", "aaaa")])


def test_after_an_undismissal_the_finding_can_be_dismissed_again(store: OutcomeStore) -> None:
    assert store.dismiss(dismissal(), mark="1")
    assert undismiss(store, "2")
    assert store.dismiss(dismissal(reason="really"), mark="3")
    assert [d.reason for d in store.dismissals(HERE)] == ["really"]
    assert len(rows(store, "dismissal")) == 2


def test_a_second_dismissal_changes_nothing_but_the_other_line_of_work(store: OutcomeStore) -> None:
    store.log(audit(finding()))
    store.log(audit(finding(), subject="other"))
    assert store.dismiss(dismissal(), mark="1")
    assert not store.dismiss(dismissal(by="eve", subject="other"), mark="2")
    assert [d.by for d in store.dismissals(HERE)] == ["ada"]
    assert (standing(store), standing(store, "other")) == ([], [])
    assert outcomes(store) == [("dismissed", "aaaa")] * 2


def test_a_dismissal_of_what_the_store_never_saw_is_kept_without_an_outcome(store: OutcomeStore) -> None:
    assert store.dismiss(dismissal("ffff"), mark="1")
    assert undismiss(store, "2", "ffff")
    assert not undismiss(store, "3", "ffff")
    assert (outcomes(store), len(rows(store, "dismissal"))) == ([], 1)


def test_a_mark_is_done_once_whatever_happened_in_between(store: OutcomeStore) -> None:
    store.log(audit(finding()))
    assert store.dismiss(dismissal(), mark="comment:1")
    assert undismiss(store, "comment:2")
    assert not store.dismiss(dismissal(), mark="comment:1")
    assert not undismiss(store, "comment:2")
    assert store.note(note(Became.LIKED), mark="comment:3")
    assert not store.note(note(Became.DISLIKED), mark="comment:3")
    assert store.dismissals(HERE) == ()
    assert [kind for kind, _ in outcomes(store)] == ["dismissed", "undismissed", "liked"]


def test_marks_and_dismissals_of_one_repository_are_unknown_to_another(store: OutcomeStore) -> None:
    assert store.dismiss(dismissal(), mark="1")
    assert store.dismissals(ELSEWHERE) == ()
    assert not undismiss(store, "1", repository=ELSEWHERE)
    assert store.dismiss(dismissal(repository=ELSEWHERE), mark="2")
    assert len(store.dismissals(HERE)) == len(store.dismissals(ELSEWHERE)) == 1


@pytest.mark.parametrize("kind", [k for k in Became if k not in (Became.FIXED, Became.REOPENED, Became.SILENCED)])
def test_whatever_is_noted_a_finding_that_goes_becomes_fixed_and_can_be_reopened(
    store: OutcomeStore, kind: Became
) -> None:
    store.log(audit(finding()))
    store.note(note(kind), mark="1")
    store.log(audit(head="h2"))
    store.note(note(kind), mark="2")
    store.log(audit(finding(), head="h3"))
    assert [k for k, _ in outcomes(store)] == [kind, "fixed", kind, "reopened"]


def test_an_opinion_does_not_hide_what_became_of_a_finding(store: OutcomeStore) -> None:
    store.log(audit(finding()))
    store.note(note(Became.LIKED), mark="1")
    assert store.findings()[0].became == "open"
    store.log(audit(head="h2"))
    store.note(note(Became.DISLIKED), mark="2")
    assert store.findings()[0].became == "fixed"
    assert [a.became for a in store.audits()] == [(), (("fixed", 1),)]
    store.note(note(Became.COMMITTED), mark="3")
    assert store.findings()[0].became == "committed"
    trail = store.outcomes(HERE, "topic", "aaaa")
    assert [o.kind for o in trail] == ["liked", "fixed", "disliked", "committed"]


def test_a_note_about_the_whole_change(store: OutcomeStore) -> None:
    assert store.note(note(Became.MERGED, "", detail="m1"), mark="1")
    store.log(audit(finding()))
    assert store.note(note(Became.REVERTED, "", head="h9", at=NOON + DAY, detail="r1"), mark="2")
    assert [(o.kind, o.head, o.at, o.detail) for o in store.outcomes(HERE, "topic")] == [
        ("merged", "h1", NOON, "m1"),
        ("reverted", "h9", NOON + DAY, "r1"),
    ]
    assert [(row["audit"], row["slug"]) for row in rows(store, "outcome")] == [(None, ""), (1, "")]
    assert store.outcomes(ELSEWHERE, "topic") == store.outcomes(HERE, "other") == ()


def test_what_stands_is_told_as_it_was_last_posted(store: OutcomeStore) -> None:
    store.log(audit(finding("aaaa"), finding("bbbb"), finding("cccc", state=State.SILENT)))
    store.log(audit(finding("bbbb", message="moved"), head="h2", ran=()))
    stands = store.standing(HERE, "topic")
    assert [(p.finding.fingerprint, p.finding.message, p.head, p.became) for p in stands] == [
        ("aaaa", "`colour` is not defined", "h1", "open"),
        ("bbbb", "moved", "h2", "open"),
    ]
    assert store.standing(HERE, "other") == store.standing(ELSEWHERE, "topic") == ()


def test_likeness_comes_back(store: OutcomeStore) -> None:
    store.log(audit(finding(likeness="0123456789abcdef")))
    assert store.standing(HERE, "topic")[0].finding.likeness == "0123456789abcdef"
    assert [row["likeness"] for row in rows(store, "finding")] == ["0123456789abcdef"]


def test_a_finding_is_found_by_the_beginning_of_its_fingerprint_or_its_slug(store: OutcomeStore) -> None:
    store.log(audit(finding("abc123ff00112233"), finding("abc123aa00112233", slug="unused-import")))
    store.log(audit(finding("abc123ff00112233"), subject="other", head="h2"))
    store.log(audit(finding("abc123ff00112233"), repository=ELSEWHERE, head="h3"))

    def found(name: str, subject: str | None = None) -> list[tuple[str, str]]:
        return [(p.finding.fingerprint[:8], p.subject) for p in store.finding(HERE, name, subject=subject)]

    assert found("abc123f") == [("abc123ff", "other"), ("abc123ff", "topic")]
    assert found("ABC123FF00112233", "topic") == [("abc123ff", "topic")]
    assert found("abc123", "topic") == [("abc123aa", "topic"), ("abc123ff", "topic")]
    assert found("unused-import") == [("abc123aa", "topic")]
    assert found("abc12") == found("abc123_") == found("%") == found("unused") == found("abc124") == []


def test_a_slug_that_looks_like_a_fingerprint_is_found(store: OutcomeStore) -> None:
    store.log(audit(finding(slug="decade")))
    assert [p.finding.slug for p in store.finding(HERE, "decade")] == ["decade"]


def test_the_last_audit_of_a_line_of_work(store: OutcomeStore) -> None:
    assert store.last_audit(HERE, "topic") is None
    store.log(audit(finding()))
    store.log(audit(head="h2"))
    store.log(audit(head="h3", subject="other"))
    last = store.last_audit(HERE, "topic")
    assert last is not None
    assert (last.head, last.subject) == ("h2", "topic")
    assert [a.head for a in store.audits(HERE, subject="topic")] == ["h2", "h1"]
    assert store.last_audit(ELSEWHERE, "topic") is None
    assert [f.subject for f in store.findings(HERE, subject="topic")] == ["topic"]
    assert store.findings(HERE, subject="other") == ()


def test_a_pull_request_is_paused_resumed_and_closed(store: OutcomeStore) -> None:
    assert store.pull(HERE, 12) == PullRecord()
    store.pause(HERE, 12, "ada")
    store.closed(HERE, 12, "h2", None)
    assert store.pull(HERE, 12) == PullRecord("ada", None, "h2")
    store.pause(HERE, 12, None)
    store.closed(HERE, 12, "h3", "m1")
    assert store.pull(HERE, 12) == PullRecord(None, "m1", "h3")
    assert (store.pull_of_merge(HERE, "m1"), store.pull_of_merge(HERE, "m2")) == (12, None)
    assert store.pull_of_merge(ELSEWHERE, "m1") is None
    assert store.pull(ELSEWHERE, 12) == store.pull(HERE, 13) == PullRecord()


def test_an_attempt_is_the_first_once_and_tells_its_result_later(store: OutcomeStore) -> None:
    assert store.attempt("rv:1/draft", NOON) == Attempt(is_first=True)
    assert store.attempt("rv:1/draft", NOON) == Attempt(is_first=False)
    store.attempted("rv:1/draft", "77")
    assert store.attempt("rv:1/draft", NOON + DAY) == Attempt(is_first=False, result="77")
    assert store.attempt("rv:1/submit", NOON + DAY).is_first
    assert store.forget_attempts(NOON + DAY) == 1
    store.attempted("rv:1/draft", "78")
    assert store.attempt("rv:1/draft", NOON + DAY) == Attempt(is_first=True)
    assert not store.attempt("rv:1/submit", NOON + DAY).is_first


def test_attempts_without_a_result_are_found_by_how_they_begin(store: OutcomeStore) -> None:
    store.attempt("draft:rv:1:2:b", NOON + DAY)
    store.attempt("draft:rv:1:2:c", NOON)
    store.attempt("draft:rv:1:2:d", NOON)
    store.attempt("draft:rv:1:20:a", NOON)
    store.attempted("draft:rv:1:2:d", "5")
    assert store.open_attempts("draft:rv:1:2:") == ("draft:rv:1:2:c", "draft:rv:1:2:b")
    assert store.attempts("draft:rv:1:2:d") == (Attempted("draft:rv:1:2:d", NOON, "5"),)
    assert [attempt.key[-1] for attempt in store.attempts("draft:rv:1:2:")] == ["c", "d", "b"]
    assert store.open_attempts("Draft") == store.open_attempts("draft_") == ()


def check(review: str, **more: object) -> OpenCheck:
    return replace(OpenCheck(review, 3, 2**40, "Ada", "palette", "github.com", 12, "h1", None, NOON), **more)


def test_open_checks_are_kept_until_they_are_closed(store: OutcomeStore) -> None:
    store.check_opening(check("rv:1:12:h1"))
    store.check_opening(check("rv:1:120:h1", at=NOON - DAY))
    store.check_opened("rv:1:12:h1", 2**41)
    store.check_opening(check("rv:1:12:h1", at=NOON + DAY))
    opened = check("rv:1:12:h1", check=2**41)
    assert store.open_checks() == (check("rv:1:120:h1", at=NOON - DAY), opened)
    assert store.open_checks(before=NOON) == (check("rv:1:120:h1", at=NOON - DAY),)
    assert store.open_checks(prefix="rv:1:12:") == (opened,)
    assert store.open_checks(review="rv:1:12:h1") == (opened,)
    assert store.open_checks(review="rv:1:12:") == store.open_checks(prefix="RV") == store.open_checks(prefix="%") == ()
    store.check_closed("rv:1:12:h1")
    store.check_closed("rv:1:12:h1")
    store.check_opened("rv:1:12:h1", 1)
    assert [c.review for c in store.open_checks()] == ["rv:1:120:h1"]


def together(act: Callable[[int], object], times: int = 8) -> list[object]:
    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(act, range(times)))


def test_of_eight_threads_with_one_mark_one_writes(store: OutcomeStore) -> None:
    store.log(audit(finding()))
    assert sorted(map(str, together(lambda n: store.note(note(Became.LIKED), mark="1")))) == ["False"] * 7 + ["True"]
    done = together(lambda n: store.dismiss(dismissal(), mark=f"d{n}"))
    assert sorted(map(str, done)) == ["False"] * 7 + ["True"]
    firsts = together(lambda n: store.attempt("key", NOON).is_first)
    assert sorted(map(str, firsts)) == ["False"] * 7 + ["True"]
    together(lambda n: store.check_opening(check("rv:1")))
    together(lambda n: store.pause(HERE, 1, str(n)))
    assert (len(store.dismissals(HERE)), len(store.open_checks()), len(outcomes(store))) == (1, 1, 2)


def test_eight_threads_log_note_and_ask_side_by_side(store: OutcomeStore) -> None:
    def act(number: int) -> int:
        store.log(audit(finding(f"f{number}"), subject=f"pull/{number % 3}", head=f"h{number}"))
        store.note(note(Became.LIKED, f"f{number}", subject=f"pull/{number % 3}"), mark=f"m{number}")
        store.dismiss(dismissal(f"f{number}", subject=f"pull/{number % 3}"), mark=f"d{number}")
        return len(store.dismissals(HERE))

    assert max(map(int, map(str, together(act, 40)))) == 40
    assert len(store.dismissals(HERE)) == 40
    kinds = [kind for kind, _ in outcomes(store)]
    assert (kinds.count("liked"), kinds.count("dismissed")) == (40, 40)


WRITES_UNTIL_KILLED = """
from kb.outcomes.app import Note
from kb.outcomes.audit import Became
from kb.outcomes.store import open_store
with open_store(sys.argv[1]) as store:
    for number in range(10_000):
        print(number, flush=True)
        store.attempt(f"a{number}", NOON)
        store.note(Note("r", "s", f"f{number}", Became.LIKED, "h", "", NOON), mark=f"m{number}")
        store.dismiss(dismissal(f"f{number}", repository="r"), mark=f"d{number}")
        store.attempted(f"a{number}", "done")
"""


def test_killed_anywhere_and_repeated_everything_is_there_once(store_url: str, tmp_path: Path) -> None:
    for pause in (20, 33):
        writer = start_apart(WRITES_UNTIL_KILLED, tmp_path, store_url)
        assert writer.stdout is not None
        for last in writer.stdout:
            if int(last) == pause:
                break
        writer.kill()
        writer.communicate()
    with open_store(store_url) as store:
        assert store.attempt("a32", NOON) == Attempt(is_first=False, result="done")
        for number in range(60):
            store.note(note(Became.LIKED, f"f{number}", repository="r"), mark=f"m{number}")
            store.dismiss(dismissal(f"f{number}", repository="r"), mark=f"d{number}")
        told = [row["fingerprint"] for row in rows(store, "outcome")]
        assert sorted(map(str, told)) == sorted(f"f{number}" for number in range(max(60, len(told))))
        assert len(rows(store, "dismissal")) == len(told)


def test_patches_of_what_was_dismissed_or_disliked_were_refused(store: OutcomeStore) -> None:
    def patched(fingerprint: str, text: str) -> LoggedFinding:
        return replace(finding(fingerprint), suggestion=LoggedSuggestion(3, 3, text, "safe", "SmolLM2", {}))

    plain = replace(finding("dddd"), suggestion=None)
    store.log(audit(patched("aaaa", "one\n"), patched("bbbb", "two\n"), patched("cccc", "three\n"), plain))
    assert store.refused(HERE) == ()
    store.dismiss(dismissal("aaaa"), mark="1")
    store.dismiss(dismissal("dddd"), mark="2")
    store.note(note(Became.DISLIKED, "bbbb"), mark="3")
    store.note(note(Became.DISLIKED, "aaaa"), mark="4")
    store.note(note(Became.LIKED, "cccc"), mark="5")
    assert [one.text for one in store.refused(HERE)] == ["two\n", "one\n"]
    assert store.refused(ELSEWHERE) == ()
    assert len(store.refused(HERE, limit=1)) == 1
