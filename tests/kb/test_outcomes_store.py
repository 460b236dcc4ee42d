from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.outcomes.audit import Seen, SeenFile, State, signature_of
from kb.outcomes.store import OutcomeStore, open_store
from kb.outcomes.warm import warm_up
from tests.kb.audits import AUDITS, NOON, audit, finding, run_apart, start_apart

pytest_plugins = ["tests.kb.postgres"]

REPOSITORY = "example.com/ada/palette"


@pytest.fixture
def store(store_url: str):
    with open_store(store_url) as opened:
        yield opened


def outcomes(store: OutcomeStore) -> list[tuple[str, str]]:
    return [(row["outcome"], row["fingerprint"]) for row in store.export() if row["kind"] == "outcome"]


def test_an_audit_comes_back_as_it_was_told(store: OutcomeStore) -> None:
    number = store.log(audit(finding()))
    (past,) = store.audits(REPOSITORY)
    assert (past.id, past.signature) == (number, signature_of(REPOSITORY, "h1"))
    assert (past.subject, past.base, past.head, past.overall) == ("topic", "b1", "h1", "request_changes")
    assert (past.one_liner, past.at, past.ms) == ("1 blocking finding.", NOON, 812)
    assert (past.counts.block, past.reviewed, past.partial, past.skipped) == (1, 2, 0, 0)
    assert past.versions == (("prudent", "0.1.0"), ("ruff", "0.17.5"))
    assert past.notes == ("prudent.toml changed; the old rules applied",)
    (found,) = store.findings(REPOSITORY)
    assert (found.finding, found.audit, found.became, found.head) == (finding(), number, "open", "h1")


def test_a_finding_without_a_suggestion_has_none(store: OutcomeStore) -> None:
    store.log(audit(finding(suggestion=None, evidence=())))
    assert store.findings()[0].finding.suggestion is None
    assert [row["suggestion"] for row in store.export() if row["kind"] == "finding"] == [None]


def test_what_became_of_findings_through_a_life(store: OutcomeStore) -> None:
    store.log(audit(finding("aaaa"), finding("bbbb"), head="h1"))
    store.log(audit(finding("bbbb"), head="h2"))
    assert outcomes(store) == [("fixed", "aaaa")]
    store.log(audit(finding("aaaa"), finding("bbbb", state=State.SILENCED, reason="known"), head="h3"))
    assert outcomes(store)[1:] == [("reopened", "aaaa"), ("silenced", "bbbb")]
    store.log(audit(finding("bbbb", state=State.SILENCED, reason="known"), head="h4"))
    assert outcomes(store)[3:] == [("fixed", "aaaa")]
    assert [(f.finding.fingerprint, f.became) for f in store.findings()] == [("bbbb", "silenced"), ("aaaa", "fixed")]
    assert [past.became for past in store.audits()] == [
        (),
        (("fixed", 1),),
        (("silenced", 1),),
        (("fixed", 1), ("silenced", 1)),
    ]


def test_logging_the_same_again_is_a_new_audit_and_no_new_outcome(store: OutcomeStore) -> None:
    store.log(audit(finding("aaaa"), head="h1"))
    store.log(audit(finding("bbbb"), head="h2"))
    before = outcomes(store)
    store.log(audit(finding("bbbb"), head="h2"))
    assert (len(store.audits()), outcomes(store)) == (3, before)


def test_a_fix_is_seen_also_after_an_audit_that_could_not_look(store: OutcomeStore) -> None:
    store.log(audit(finding(), head="h1"))
    store.log(audit(head="h2", files=(SeenFile("app.py", Seen.SKIPPED, "too large"),), full=False))
    assert outcomes(store) == []
    store.log(audit(head="h3"))
    assert outcomes(store) == [("fixed", "aaaa")]


def test_after_the_base_moved_history_is_asked_with_the_earlier_base_and_head(store: OutcomeStore) -> None:
    store.log(audit(finding(), base="b1", head="h1"))
    asked = []
    store.log(audit(base="b2", head="h2"), landed=lambda *commits: bool(asked.append(commits)))
    assert (asked, outcomes(store)) == ([("b1", "h1", "b2")], [("fixed", "aaaa")])


def test_lines_of_work_and_repositories_do_not_mix(store: OutcomeStore) -> None:
    store.log(audit(finding()))
    store.log(replace(audit(), subject="other"))
    store.log(replace(audit(), repository="example.com/eve/palette"))
    assert outcomes(store) == []
    assert len(store.audits()) == 3
    assert len(store.audits(REPOSITORY)) == 2


def test_questions_by_range_path_and_slug(store: OutcomeStore) -> None:
    store.log(audit(finding("aaaa"), head="h1"))
    store.log(audit(finding("bbbb", path="lib/mix.py", slug="unused-import"), head="h2"))
    store.log(audit(head="h3", files=(SeenFile("library.py"),)))
    assert [a.head for a in store.audits(base="b1", head="h2")] == ["h2"]
    assert store.audits(base="b2", head="h2") == ()
    assert [a.head for a in store.audits(path="lib")] == ["h2", "h1"]
    assert [a.head for a in store.audits(path="lib/")] == ["h2", "h1"]
    assert [a.head for a in store.audits(path="library.py")] == ["h3"]
    assert [a.head for a in store.audits(limit=2)] == ["h3", "h2"]
    assert [f.finding.fingerprint for f in store.findings(slug="unused-import")] == ["bbbb"]
    assert [f.finding.fingerprint for f in store.findings(path="app.py")] == ["aaaa"]
    assert store.findings("example.com/eve/palette") == ()


def test_a_finding_that_stood_through_many_audits_is_listed_once(store: OutcomeStore) -> None:
    store.log(audit(finding("old"), head="h0"))
    for number in range(1, 4):
        store.log(audit(*(finding(f"f{n}") for n in range(200)), finding("old"), head=f"h{number}"))
    found = store.findings(limit=1000)
    assert len(found) == len({f.finding.fingerprint for f in found}) == 201
    assert {f.head for f in found} == {"h3"}
    assert len(store.findings(limit=7)) == 7


def test_silent_findings_are_kept_and_called_silent(store: OutcomeStore) -> None:
    store.log(audit(finding(state=State.SILENT)))
    assert [(f.finding.state, f.became) for f in store.findings()] == [(State.SILENT, "silent")]
    assert store.audits()[0].became == ()


def test_a_time_in_any_zone_comes_back_as_the_same_moment(store: OutcomeStore) -> None:
    local = datetime(2026, 1, 1, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    store.log(audit(started_at=local))
    past = store.audits()[0]
    assert past.at == local
    assert past.at.utcoffset() == timedelta(0)


HOSTILE = st.text(st.characters(codec=None), max_size=30)


@settings(max_examples=25, deadline=None)
@given(path=HOSTILE, message=HOSTILE, line=st.integers(), name=HOSTILE)
def test_any_text_and_number_can_be_kept(tmp_path_factory, path, message, line, name) -> None:
    with open_store(f"sqlite:///{tmp_path_factory.getbasetemp() / 'any.db'}") as store:
        check_hostile(store, path, message, line, name)


@pytest.mark.parametrize(
    "text", ["a\0b", "\ud800", "new\nline", "\udcff.py", "x" * 10_000, "%s' ; DROP TABLE audit; --"]
)
def test_what_databases_refuse_can_be_kept_and_found(store: OutcomeStore, text: str) -> None:
    check_hostile(store, text, text, 10**30, text)


def check_hostile(store: OutcomeStore, path: str, message: str, line: int, name: str) -> None:
    strange = finding(name, path, message=message, line=line, symbol=name, slug=name)
    told = audit(strange, files=(SeenFile(path),), subject=name, repository=name, head=name, notes=(message,))
    number = store.log(replace(told, versions={name: message}))
    assert store.audits(name, head=name, limit=1)[0].id == number
    assert store.findings(name, slug=name, limit=1)[0].audit == number
    if path and not path.endswith("/"):
        assert store.audits(path=path, limit=1)[0].id == number
    json.dumps(list(store.export())).encode()


@settings(max_examples=25, deadline=None)
@given(st.lists(AUDITS, max_size=6))
def test_outcomes_of_one_finding_always_make_sense_in_order(tmp_path_factory, told) -> None:
    with open_store(f"sqlite:///{tmp_path_factory.getbasetemp() / 'order.db'}") as store:
        subject = str(store.log(audit()))
        for one in told:
            store.log(replace(one, subject=subject))
            store.log(replace(one, subject=subject))
        last: dict[str, str] = {}
        for row in store.export():
            if row["kind"] == "outcome" and row["subject"] == subject:
                before = last.get(row["fingerprint"])
                assert row["outcome"] != before
                assert row["outcome"] != "reopened" or before in ("fixed", "silenced")
                assert row["outcome"] != "fixed" or before in (None, "reopened")
                last[row["fingerprint"]] = row["outcome"]


def test_the_export_is_in_the_order_things_were_written(store: OutcomeStore) -> None:
    for number in range(3):
        store.log(audit(finding(f"f{number}"), head=f"h{number}"))
    rows = list(store.export())
    assert [row["kind"] for row in rows] == ["audit"] * 3 + ["finding"] * 3 + ["outcome"] * 2
    assert [row["id"] for row in rows] == [1, 2, 3, 1, 2, 3, 1, 2]
    assert rows[0] == {
        "kind": "audit",
        "id": 1,
        "signature": signature_of(REPOSITORY, "h0"),
        "repository": REPOSITORY,
        "subject": "topic",
        "base": "b1",
        "head": "h0",
        "overall": "request_changes",
        "one_liner": "1 blocking finding.",
        "counts": {"block": 1, "warn": 0, "info": 0},
        "coverage": {"reviewed": 2, "partial": 0, "skipped": 0},
        "duration_ms": 812,
        "versions": {"prudent": "0.1.0", "ruff": "0.17.5"},
        "notes": ["prudent.toml changed; the old rules applied"],
        "at": "2026-01-01T12:00:00+00:00",
    }


def test_an_export_that_is_not_read_to_its_end_lets_the_store_go(store: OutcomeStore) -> None:
    store.log(audit(finding()))
    rows = store.export()
    next(rows)
    store.log(audit(head="h2"))  # on another connection, meanwhile
    rows.close()
    assert len(store.audits()) == 2


def test_the_same_spool_mark_is_written_once(store: OutcomeStore) -> None:
    first = store.log(audit(finding()), spooled="mark")
    assert store.log(audit(finding()), spooled="mark") == first
    assert len(store.audits()) == 1


LOG_MANY = """
import sys
from kb.outcomes.store import open_store
url, me = sys.argv[1:]
with open_store(url, patience=50) as store:
    for number in range(10):
        store.log(audit(finding(f"{me}-{number}"), head=f"{me}-{number}"))
"""


@pytest.mark.slow
def test_four_processes_make_the_store_and_log_at_once(store_url: str, tmp_path) -> None:
    running = [start_apart(LOG_MANY, tmp_path, store_url, str(me)) for me in range(4)]
    for process in running:
        _, said = process.communicate(timeout=100)
        assert process.returncode == 0, said
    with open_store(store_url) as store:
        rows = list(store.export())
    heads = {row["head"] for row in rows if row["kind"] == "audit"}
    assert heads == {f"{me}-{number}" for me in range(4) for number in range(10)}
    # One line of work: each audit fixed what the one before it had posted, whoever wrote that.
    assert sum(row["kind"] == "outcome" for row in rows) == 39


def test_domain_types_import_no_database(tmp_path) -> None:
    code = """
import sys
import kb.outcomes.audit, kb.outcomes.derive, kb.outcomes.spool, kb.outcomes.location, kb.outcomes.past
import kb.outcomes.warm
print([name for name in ("sqlmodel", "sqlalchemy", "alembic", "pydantic") if name in sys.modules])
kb.outcomes.warm.warm_up()
print("sqlmodel" in sys.modules, "alembic" in sys.modules)
"""
    assert run_apart(code, tmp_path).split("\n")[:2] == ["[]", "True False"]


def test_warming_up_twice_is_harmless() -> None:
    warm_up()
    warm_up()
