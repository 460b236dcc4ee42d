"""What became of findings turns into lessons, once, and only where people who may write said so."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kb.memory.model import LIFE, Fate, Lesson, Signal
from kb.outcomes.app import DismissalSource, Note
from kb.outcomes.audit import Became, SeenFile, State
from kb.outcomes.store import OutcomeStore, open_store
from tests.kb.audits import NOON, audit, dismissal, finding

pytest_plugins = ["tests.kb.postgres"]

HERE = "example.com/ada/palette"
DAY = timedelta(days=1)
LATER = NOON + DAY


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OutcomeStore]:
    with open_store(f"sqlite:///{tmp_path / 'outcomes.db'}") as opened:
        yield opened


@pytest.fixture
def either(store_url: str) -> Iterator[OutcomeStore]:
    """Return a store in a file, then one in a Postgres."""
    with open_store(store_url) as opened:
        yield opened


def note(kind: Became, fingerprint: str = "", subject: str = "topic", detail: str = "", at: datetime = NOON) -> Note:
    return Note(HERE, subject, fingerprint, kind, "h9", detail, at)


def taught(store: OutcomeStore) -> list[tuple[str, Fate, Signal, float]]:
    return [(one.fingerprint, one.fate, one.signal, one.weight) for one in reversed(store.lessons(HERE, limit=100))]


def test_a_dismissal_teaches_with_its_author_evidence_and_expiry(either: OutcomeStore) -> None:
    either.log(audit(finding(likeness="0123456789abcdef", code="return colour")))
    either.dismiss(dismissal(), mark="1")
    assert either.learn(HERE, LATER) == 1
    assert either.lessons(HERE) == (
        Lesson(
            id=1,
            repository=HERE,
            fingerprint="aaaa",
            about="0123456789abcdef",
            check="ruff",
            slug="undefined-name",
            severity="block",
            path="app.py",
            symbol="Palette.mix",
            text="`colour` is not defined",
            code="return colour",
            fate=Fate.DISMISSED,
            signal=Signal.DISMISSED,
            by="ada",
            by_id=7,
            subject="topic",
            evidence="topic at h1",
            reason="by design",
            at=NOON.timestamp(),
            expires=NOON.timestamp() + LIFE,
        ),
    )


@pytest.mark.parametrize(
    ("source", "signal"),
    [
        (DismissalSource.COMMAND, Signal.DISMISSED),
        (DismissalSource.BUTTON, Signal.DISMISSED),
        (DismissalSource.REPLY, Signal.DISMISSED),
        (DismissalSource.THREAD, Signal.RESOLVED),
        (DismissalSource.REACTION, Signal.DISLIKED),
    ],
)
def test_how_somebody_dismissed_is_kept(store: OutcomeStore, source: DismissalSource, signal: Signal) -> None:
    store.dismiss(dismissal(source=source), mark="1")
    store.learn(HERE, LATER)
    assert taught(store) == [("aaaa", Fate.DISMISSED, signal, 1.0)]


def test_learning_twice_is_learning_once(store: OutcomeStore) -> None:
    store.log(audit(finding()))
    store.dismiss(dismissal(), mark="1")
    store.note(note(Became.LIKED, "aaaa", detail="eve"), mark="2")
    assert [store.learn(HERE, LATER) for _ in range(3)] == [2, 0, 0]


def test_several_at_once_learn_once(either: OutcomeStore) -> None:
    for number in range(5):
        either.dismiss(dismissal(f"a{number}"), mark=str(number))
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(either.learn(HERE, LATER))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [0, 0, 0, 5]


def test_a_dismissal_that_is_taken_back_is_forgotten_unless_somebody_remembers_it(store: OutcomeStore) -> None:
    store.dismiss(dismissal(), mark="1")
    store.learn(HERE, LATER)
    store.undismiss(HERE, "aaaa", by="eve", by_id=8, at=LATER, mark="2")
    assert store.learn(HERE, LATER) == 0
    assert taught(store) == []
    (gone,) = store.lessons(HERE, forgotten=True)
    assert gone.forgotten == "eve"
    assert store.remember_lesson(HERE, gone.id, by="ada")
    store.learn(HERE, LATER)
    assert len(taught(store)) == 1


def test_a_dismissal_taken_back_before_anything_was_learnt_teaches_nothing(store: OutcomeStore) -> None:
    store.dismiss(dismissal(), mark="1")
    store.undismiss(HERE, "aaaa", by="eve", by_id=8, at=LATER, mark="2")
    store.learn(HERE, LATER)
    assert taught(store) == []


def test_thumbs_teach_whose_they_are(store: OutcomeStore) -> None:
    store.log(audit(finding("aaaa"), finding("bbbb")))
    store.note(note(Became.LIKED, "aaaa", detail="ada"), mark="1")
    store.note(note(Became.DISLIKED, "bbbb", detail="eve"), mark="2")
    store.learn(HERE, LATER)
    assert taught(store) == [
        ("aaaa", Fate.ACCEPTED, Signal.LIKED, 1.0),
        ("bbbb", Fate.DISMISSED, Signal.DISLIKED, 1.0),
    ]
    assert {one.fingerprint: one.by for one in store.lessons(HERE)} == {"aaaa": "ada", "bbbb": "eve"}


def fixed(store: OutcomeStore) -> None:
    """Log a finding, and a push that mends it."""
    store.log(audit(finding()))
    store.log(audit(head="h2", files=(SeenFile("app.py"), SeenFile("lib/mix.py"))))
    assert [past.kind for past in store.outcomes(HERE, "topic", "aaaa")] == [Became.FIXED]


def test_a_fix_teaches_only_when_the_change_is_merged(store: OutcomeStore) -> None:
    fixed(store)
    assert store.learn(HERE, LATER) == 0
    store.note(note(Became.MERGED, at=LATER), mark="merged")
    assert store.learn(HERE, LATER) == 1
    (one,) = store.lessons(HERE)
    assert (one.fate, one.signal, one.by, one.at) == (Fate.ACCEPTED, Signal.FIXED, "", LATER.timestamp())


def test_a_closed_change_teaches_nothing_of_its_fixes(store: OutcomeStore) -> None:
    fixed(store)
    store.note(note(Became.CLOSED), mark="closed")
    assert store.learn(HERE, LATER) == 0


def test_a_fix_that_did_not_last_teaches_nothing(store: OutcomeStore) -> None:
    fixed(store)
    store.log(audit(finding(), head="h3"))
    store.note(note(Became.MERGED), mark="merged")
    assert store.learn(HERE, LATER) == 0


def test_a_committed_suggestion_weighs_twice_when_merged(store: OutcomeStore) -> None:
    store.log(audit(finding()))
    store.note(note(Became.COMMITTED, "aaaa"), mark="1")
    assert store.learn(HERE, LATER) == 0
    store.note(note(Became.MERGED), mark="merged")
    store.learn(HERE, LATER)
    assert taught(store) == [("aaaa", Fate.ACCEPTED, Signal.COMMITTED, 2.0)]


def test_what_was_merged_open_weighs_half_and_what_was_reverted_shows_it_was_right(either: OutcomeStore) -> None:
    either.log(audit(finding()))
    for mark in ("", "aaaa"):
        either.note(note(Became.MERGED, mark), mark=f"merged{mark}")
    either.learn(HERE, LATER)
    assert taught(either) == [("aaaa", Fate.DISMISSED, Signal.MERGED, 0.5)]
    for mark in ("", "aaaa"):
        either.note(note(Became.REVERTED, mark), mark=f"reverted{mark}")
    either.learn(HERE, LATER)
    assert taught(either)[1:] == [("aaaa", Fate.ACCEPTED, Signal.REVERTED, 1.0)]
    (heeded,) = either.recollect(HERE, "other", LATER).lessons
    assert heeded.signal is Signal.REVERTED  # the weightier word about one finding on one line of work


def test_silence_asked_for_by_a_comment_in_the_change_teaches_nothing(store: OutcomeStore) -> None:
    store.log(audit(finding()))
    store.log(audit(finding(state=State.SILENCED, reason="trust me"), head="h2"))
    store.note(note(Became.MERGED), mark="merged")
    assert store.learn(HERE, LATER) == 0


def test_a_resolved_thread_alone_teaches_nothing_for_anybody_may_resolve_one(store: OutcomeStore) -> None:
    store.log(audit(finding()))
    store.note(note(Became.RESOLVED, "aaaa", detail="mallory"), mark="1")
    assert store.learn(HERE, LATER) == 0


def test_other_repositories_are_left_alone(store: OutcomeStore) -> None:
    store.dismiss(dismissal(repository="example.com/eve/palette"), mark="1")
    assert store.learn(HERE, LATER) == 0
    assert store.recollect(HERE, "topic", LATER).lessons == ()


def test_what_has_expired_is_not_learnt_and_not_heeded(store: OutcomeStore) -> None:
    store.dismiss(dismissal(), mark="1")
    store.learn(HERE, LATER)
    much_later = NOON + timedelta(seconds=LIFE + 1)
    assert len(store.recollect(HERE, "topic", LATER).lessons) == 1
    assert store.recollect(HERE, "topic", much_later).lessons == ()
    store.dismiss(dismissal("bbbb"), mark="2")
    assert store.learn(HERE, much_later) == 0


def test_a_lesson_is_forgotten_and_remembered_in_its_own_repository_only(store: OutcomeStore) -> None:
    store.dismiss(dismissal(), mark="1")
    store.learn(HERE, LATER)
    (one,) = store.lessons(HERE)
    assert not store.forget_lesson("example.com/eve/palette", one.id, by="eve", at=LATER)
    assert not store.forget_lesson(HERE, one.id + 1, by="eve", at=LATER)
    assert not store.remember_lesson(HERE, one.id, by="ada")
    assert store.forget_lesson(HERE, one.id, by="eve", at=LATER)
    assert not store.forget_lesson(HERE, one.id, by="eve", at=LATER)
    assert (store.lessons(HERE), store.recollect(HERE, "topic", LATER).lessons) == ((), ())
    assert store.remember_lesson(HERE, one.id, by="ada")
    assert store.lessons(HERE) == (one,)


def test_lessons_are_listed_by_what_is_asked(either: OutcomeStore) -> None:
    either.log(audit(finding("aaaa"), finding("bbbb", path="lib/mix.py", slug="other-slug")))
    either.dismiss(dismissal("aaaa"), mark="1")
    either.note(note(Became.LIKED, "bbbb", detail="eve"), mark="2")
    either.learn(HERE, LATER)
    asked: dict[str, dict[str, object]] = {
        "slug": {"slug": "other-slug"},
        "fate": {"fate": Fate.ACCEPTED},
        "folder": {"path": "lib"},
        "file": {"path": "lib/mix.py"},
    }
    for name, more in asked.items():
        assert [one.fingerprint for one in either.lessons(HERE, **more)] == ["bbbb"], name  # type: ignore[arg-type]
    assert either.lessons(HERE, path="li") == ()
    assert len(either.lessons(None)) == 2
    assert len(either.lessons(HERE, limit=1)) == 1
    assert either.lessons(HERE, now=NOON + 2 * timedelta(seconds=LIFE)) == ()


def test_vectors_made_under_another_name_are_made_anew(store: OutcomeStore) -> None:
    class Other:
        name = "other/1"

        def vectors(self, texts: object) -> object:
            raise AssertionError("asked for nothing")

    store.log(audit(finding()))
    store.dismiss(dismissal(), mark="1")
    store.learn(HERE, LATER, embedder=lambda: None)
    bare = store.recollect(HERE, "topic", LATER, embedder=lambda: None)
    assert (bare.embedder, bare.vectors, bare.code_vectors) == ("", None, None)
    anew = store.recollect(HERE, "topic", LATER)
    assert anew.vectors is not None
    assert anew.vectors.shape == (1, 256)
    assert abs(float((anew.vectors.astype("f4") ** 2).sum()) - 1) < 0.01
    store.learn(HERE, LATER)
    kept = store.recollect(HERE, "topic", LATER)
    assert kept.vectors is not None
    assert (kept.vectors == anew.vectors).all()


def test_trust_counts_what_people_said_and_a_voice_begins_it_anew(either: OutcomeStore) -> None:
    for number in range(4):
        subject = f"pull/{number}"
        either.log(audit(finding(f"a{number}"), subject=subject))
        either.dismiss(dismissal(f"a{number}", subject=subject), mark=str(number))
    either.learn(HERE, LATER)
    trust = either.recollect(HERE, "topic", LATER).trust["undefined-name"]
    assert (trust.accepted, trust.dismissed, trust.is_silenced) == (0, 4, True)
    assert "voice undefined-name" in trust.notice
    either.voice(HERE, "undefined-name", by="ada", by_id=7, at=LATER)
    trust = either.recollect(HERE, "topic", LATER + DAY).trust["undefined-name"]
    assert (trust.accepted, trust.dismissed, trust.is_silenced, trust.notice) == (0, 0, False, "")


def test_earlier_audits_come_with_how_their_line_of_work_ended(either: OutcomeStore) -> None:
    either.log(audit(finding()))
    either.log(audit(finding(), head="h2"))
    either.log(audit(finding("bbbb"), subject="pull/8", head="h8"))
    either.log(audit(subject="pull/9", head="h9"))
    either.note(note(Became.MERGED, subject="pull/8"), mark="1")
    either.note(note(Became.REVERTED, subject="pull/8"), mark="2")
    recalled = either.recollect(HERE, "topic", LATER)
    assert [(one.head, one.ended, len(one.standing)) for one in recalled.here] == [("h2", "open", 1), ("h1", "open", 0)]
    assert recalled.here[0].standing == (("aaaa", "undefined-name", "app.py", "`colour` is not defined"),)
    assert recalled.here[0].paths == ("app.py", "lib/mix.py")
    assert [(one.subject, one.head, one.ended) for one in recalled.elsewhere] == [("pull/8", "h8", "reverted")]


def test_strange_text_survives(either: OutcomeStore) -> None:
    strange = "\0 \ud800 é " * 10
    either.log(audit(finding(message=strange, code=strange, path=strange)))
    either.dismiss(replace(dismissal(), reason=strange, by=strange), mark="1")
    assert either.learn(HERE, LATER) == 1
    assert len(either.recollect(HERE, strange, LATER).lessons) == 1
