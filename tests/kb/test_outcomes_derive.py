from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import UserError
from kb.outcomes.audit import Became, Seen, SeenFile, State, signature_of
from kb.outcomes.derive import Standing, landed_by, outcomes_of
from tests.kb.audits import AUDITS, MARKS, audit, finding

OLD = Standing("aaaa", "ruff", "undefined-name", "app.py", "b1", "h1")
STOOD = {"aaaa": OLD}


def kinds(derivation):
    return [(outcome.kind, outcome.fingerprint) for outcome in derivation.outcomes]


def never_landed(base_then: str, head_then: str, base_now: str) -> bool:
    return False


def test_a_posted_finding_stands_and_nothing_became_of_it_yet() -> None:
    derived = outcomes_of(audit(finding()), {}, {})
    assert (kinds(derived), [f.fingerprint for f in derived.stands], derived.falls) == ([], ["aaaa"], ())


def test_gone_from_a_reviewed_file_is_fixed() -> None:
    derived = outcomes_of(audit(head="h2"), STOOD, {})
    assert (kinds(derived), derived.falls) == ([(Became.FIXED, "aaaa")], ("aaaa",))


def test_gone_under_one_symbol_and_there_under_another_is_not_fixed() -> None:
    """Its function was renamed: the text is the same, in the same file. A second one that is gone was fixed."""
    stood = {mark: replace(OLD, fingerprint=mark, likeness="like") for mark in ("aaaa", "cccc")}
    moved = replace(finding(), fingerprint="bbbb", likeness="like")
    derived = outcomes_of(audit(moved, head="h2"), stood, {})
    assert (kinds(derived), sorted(derived.falls)) == ([(Became.FIXED, "cccc")], ["aaaa", "cccc"])
    assert [one.fingerprint for one in derived.stands] == ["bbbb"]


@pytest.mark.parametrize("seen", [Seen.PARTIAL, Seen.SKIPPED])
def test_gone_from_a_file_that_was_not_seen_whole_is_not_fixed(seen: Seen) -> None:
    assert kinds(outcomes_of(audit(files=(SeenFile("app.py", seen, "too large"),)), STOOD, {})) == []


def test_gone_because_its_check_did_not_run_is_not_fixed() -> None:
    assert kinds(outcomes_of(audit(ran=("ty",)), STOOD, {})) == []


def test_a_file_that_left_the_change_no_longer_has_what_the_change_brought() -> None:
    left = audit(files=(SeenFile("other.py"),))
    assert kinds(outcomes_of(left, STOOD, {})) == [(Became.FIXED, "aaaa")]


def test_a_file_that_left_may_have_been_renamed_to_one_that_was_not_seen() -> None:
    renamed = audit(files=(SeenFile("renamed.py", Seen.PARTIAL, "too large"),), full=False)
    assert kinds(outcomes_of(renamed, STOOD, {})) == []


def test_after_the_base_moved_gone_is_fixed_only_if_the_change_has_not_landed() -> None:
    moved = audit(base="b2", head="h2")
    assert kinds(outcomes_of(moved, STOOD, {})) == []
    assert kinds(outcomes_of(moved, STOOD, {}, never_landed)) == [(Became.FIXED, "aaaa")]
    elsewhere = audit(base="b2", head="h2", files=(SeenFile("other.py"),))
    assert kinds(outcomes_of(elsewhere, STOOD, {}, never_landed)) == []


def test_landed_asks_history_where_the_earlier_change_and_the_new_base_meet() -> None:
    # m1 - m2 - m3      the default branch
    #   \- t1 - t2      the topic
    parents = {"m1": [], "m2": ["m1"], "m3": ["m2"], "t1": ["m1"], "t2": ["t1"]}

    def ancestors(commit: str) -> list[str]:
        if commit not in parents:
            raise UserError(f"no commit {commit}")
        return [commit, *(a for parent in parents[commit] for a in ancestors(parent))]

    landed = landed_by(lambda one, other: next(a for a in ancestors(one) if a in ancestors(other)))
    assert not landed("m1", "t2", "m3")  # rebased on what others did
    assert landed("m1", "t2", "t2")  # fast-forwarded
    assert landed("m1", "t2", "t1")  # merged in part
    assert landed("m1", "gone", "m3")


def test_back_after_fixed_is_reopened_once() -> None:
    assert kinds(outcomes_of(audit(finding()), {}, {"aaaa": "fixed"})) == [(Became.REOPENED, "aaaa")]
    assert kinds(outcomes_of(audit(finding()), STOOD, {"aaaa": "reopened"})) == []


def test_silenced_by_a_comment_is_said_once_with_its_reason() -> None:
    quiet = audit(finding(state=State.SILENCED, reason="a false alarm"))
    derived = outcomes_of(quiet, STOOD, {})
    assert [(o.kind, o.detail) for o in derived.outcomes] == [(Became.SILENCED, "a false alarm")]
    assert derived.falls == ("aaaa",)
    assert kinds(outcomes_of(quiet, {}, {"aaaa": "silenced"})) == []


def test_posted_after_the_comment_went_is_reopened() -> None:
    derived = outcomes_of(audit(finding()), {}, {"aaaa": "silenced"})
    assert [(o.kind, o.detail) for o in derived.outcomes] == [(Became.REOPENED, "was silenced")]


def test_a_finding_that_is_now_only_recorded_is_not_fixed() -> None:
    derived = outcomes_of(audit(finding(state=State.SILENT)), STOOD, {})
    assert (derived.outcomes, derived.stands, derived.falls) == ((), (), ())


@given(AUDITS, st.sets(MARKS), st.dictionaries(MARKS, st.sampled_from(list(Became))))
def test_fixed_is_only_said_of_what_was_looked_for_and_not_found(now, stood, latest) -> None:
    standing = {mark: Standing(mark, "ruff", "s", "app.py", "b1", "h1") for mark in stood}
    derived = outcomes_of(now, standing, latest, never_landed)
    fixed = {outcome.fingerprint for outcome in derived.outcomes if outcome.kind is Became.FIXED}
    assert fixed <= stood - {f.fingerprint for f in now.findings}
    assert not fixed or (now.ran and "app.py" not in now.paths(Seen.PARTIAL) | now.paths(Seen.SKIPPED))
    assert not {f.fingerprint for f in derived.stands} & set(derived.falls)


def test_a_signature_depends_on_repository_and_head_alone() -> None:
    assert signature_of("r", "h") == signature_of("r", "h")
    assert len({signature_of("r", "h"), signature_of("r", "i"), signature_of("s", "h"), signature_of("rh", "")}) == 4
    assert len(signature_of("\udcff", "h")) == 16
