from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kb.outcomes.app import Note
from kb.outcomes.audit import Became
from kb.outcomes.risks import MOST_KEPT
from kb.outcomes.store import OutcomeStore, open_store
from kb.risk.model import model_from
from kb.risk.train import Trained

HERE = "example.com/ada/palette"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(store_url: str) -> Iterator[OutcomeStore]:
    with open_store(store_url) as opened:
        yield opened


def test_the_newest_model_of_a_repository_is_in_use(store: OutcomeStore, made: Trained) -> None:
    assert store.risk_of(HERE) is None
    store.keep_risk(HERE, "old", {"format": "0"}, {}, NOON)
    store.keep_risk(HERE, made.version, made.model.as_json(), made.measured, NOON)
    store.keep_risk("elsewhere", "other", {}, {}, NOON)
    kept = store.risk_of(HERE)
    assert kept is not None
    assert (kept.version, kept.at, kept.measured) == (made.version, NOON, made.measured)
    assert model_from(kept.body) == model_from(made.model.as_json())


def test_a_model_whose_body_is_damaged_is_none(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    with open_store(url) as store:
        store.keep_risk(HERE, "1", {"format": "x"}, {}, NOON)
        with closing(sqlite3.connect(tmp_path / "store.db")) as raw, raw:
            raw.execute("update risk set body = '{\"x\": '")
        assert store.risk_of(HERE) is None
        assert store.recollect(HERE, "main", NOON).risk is None


def test_only_the_last_models_are_kept(store: OutcomeStore) -> None:
    for number in range(MOST_KEPT + 3):
        store.keep_risk(HERE, str(number), {"n": number}, {}, NOON)
    kept = store.risk_of(HERE)
    assert kept is not None
    assert kept.body == {"n": MOST_KEPT + 2}


def test_a_recollection_brings_the_model(store: OutcomeStore) -> None:
    store.keep_risk(HERE, "1", {"format": "x"}, {}, NOON)
    assert store.recollect(HERE, "topic", NOON).risk == {"format": "x"}


def test_merges_that_were_taken_back_are_known(store: OutcomeStore) -> None:
    for number in (1, 2, 3):
        store.closed(HERE, number, f"h{number}", f"merge{number}" if number != 3 else None)
        kind = Became.REVERTED if number != 2 else Became.MERGED
        store.note(Note(HERE, f"pull/{number}", "", kind, f"h{number}", "", NOON), mark=f"m{number}")
    assert store.reverted_merges(HERE) == ("merge1",)
    assert store.reverted_merges("elsewhere") == ()
