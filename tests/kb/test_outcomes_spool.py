from __future__ import annotations

import fcntl
import json
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings

from kb.errors import StoreError
from kb.outcomes import spool
from kb.outcomes.audit import Audit
from kb.outcomes.location import spool_file
from kb.outcomes.store import Logged, Spooled, log_or_spool, open_store
from tests.kb.audits import AUDITS, audit, finding, run_apart, start_apart

pytest_plugins = ["tests.kb.postgres"]

NOWHERE = "postgresql://127.0.0.1:1/outcomes"


def heads(url: str | None = None) -> list[str]:
    with open_store(url) as store:
        return [row["head"] for row in store.export() if row["kind"] == "audit"]


def test_with_a_good_store_nothing_is_spooled() -> None:
    done = log_or_spool(None, audit(finding()))
    assert (done, done.problem) == (Logged(1), "")
    assert not spool_file().exists()


def test_a_store_that_cannot_be_reached_gets_the_audit_later() -> None:
    done = log_or_spool(NOWHERE, audit(finding()), patience=0.1)
    assert isinstance(done, Spooled)
    assert "cannot be reached" in done.reason
    assert done.path == spool_file(NOWHERE)
    assert done.problem == f"this verdict is logged later, from {done.path}: {done.reason}"
    assert spool.waiting(done.path) == 1
    assert heads() == []  # another store does not take it


def test_the_next_open_takes_in_what_was_spooled_in_order_and_once(tmp_path: Path) -> None:
    heads()
    with closing(sqlite3.connect(tmp_path / "data" / "outcomes.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for number in range(3):
            done = log_or_spool(None, audit(finding(f"f{number}"), head=f"h{number}"), patience=0.01)
            assert isinstance(done, Spooled)
            assert "locked by another process" in done.reason
        other.execute("ROLLBACK")
    assert spool.waiting(spool_file()) == 3
    assert log_or_spool(None, audit(head="h3")) == Logged(4)
    assert heads() == heads() == ["h0", "h1", "h2", "h3"]
    assert spool.waiting(spool_file()) == 0


@settings(max_examples=30, deadline=None)
@given(AUDITS)
def test_an_audit_comes_out_of_the_spool_as_it_went_in(tmp_path_factory, told: Audit) -> None:
    path = tmp_path_factory.mktemp("spool") / "spool.jsonl"
    taken: list[Audit] = []
    spool.append(path, told)
    assert spool.drain(path, lambda one, mark: taken.append(one)) == 1
    assert taken == [told]


def test_strange_text_survives_the_spool(tmp_path: Path) -> None:
    strange = audit(finding("\udcff", "a\nb\0", message="\ud800\u2028"))
    taken: list[Audit] = []
    spool.append(tmp_path / "s.jsonl", strange)
    spool.drain(tmp_path / "s.jsonl", lambda one, mark: taken.append(one))
    assert taken == [strange]


KILLED = """
import os, signal
from kb.outcomes import spool
from kb.outcomes.location import spool_file
from kb.outcomes.store import open_store
with open_store() as store:
    for number in range(3):
        spool.append(spool_file(), audit(finding(f"f{number}"), head=f"h{number}"))
    def take(one, mark):
        store.log(one, spooled=mark)
        if one.head == "h1":
            os.kill(os.getpid(), signal.SIGKILL)  # after the commit, before the spool is emptied
    spool.drain(spool_file(), take)
"""


def test_killed_while_draining_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    process = start_apart(KILLED, tmp_path / "data")
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert spool.waiting(spool_file()) == 3
    assert heads() == ["h0", "h1", "h2"]
    assert spool.waiting(spool_file()) == 0


def test_a_store_that_refuses_while_draining_keeps_the_spool(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    spool.append(path, audit(head="h0"))

    def refuse(one: Audit, mark: str) -> None:
        raise StoreError("full")

    with pytest.raises(StoreError):
        spool.drain(path, refuse)
    assert spool.waiting(path) == 1


def test_a_store_that_can_only_be_read_still_opens_with_a_spool(tmp_path: Path) -> None:
    heads()
    spool.append(spool_file(), audit())
    with closing(sqlite3.connect(tmp_path / "data" / "outcomes.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with open_store(patience=0.01) as store:
            assert store.audits() == ()
        other.execute("ROLLBACK")
    assert heads() == ["h1"]


def test_a_line_that_cannot_be_read_is_set_aside_and_the_rest_taken(tmp_path: Path) -> None:
    heads()
    path = spool_file()
    spool.append(path, audit(head="h0"))
    torn = b'{"mark": "x", "audit": {"repo'
    with path.open("ab") as file:
        file.write(torn)  # the machine stopped here
    spool.append(path, audit(head="h1"))
    with path.open("ab") as file:
        file.write(b'{"mark": "y", "audit": {}}\n[]\n\xff\n')
    assert heads() == ["h0", "h1"]
    assert path.with_suffix(".damaged").read_bytes() == torn + b'\n{"mark": "y", "audit": {}}\n[]\n\xff\n'
    assert spool.waiting(path) == 0


def test_another_process_that_drains_is_left_to_it(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    spool.append(path, audit())
    with path.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert spool.drain(path, lambda one, mark: pytest.fail("taken twice")) == 0
    assert spool.waiting(path) == 1


SPOOL_MANY = """
import sys
from pathlib import Path
from kb.outcomes import spool
for number in range(50):
    spool.append(Path(sys.argv[1]), audit(finding(), head=f"{sys.argv[2]}-{number}"))
"""


def test_processes_that_spool_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    running = [start_apart(SPOOL_MANY, tmp_path, str(path), str(me)) for me in range(3)]
    for process in running:
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said
    entries = [json.loads(line) for line in path.read_text().splitlines()]
    assert len({entry["audit"]["head"] for entry in entries}) == len({entry["mark"] for entry in entries}) == 150


SMALL_FILES = """
import resource, sys
from kb.outcomes.store import log_or_spool
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
done = log_or_spool(None, audit(finding(), head="h2"))
print(type(done).__name__, done.path)
print(done.reason)
"""


def test_a_disk_that_is_full_for_the_store_leaves_the_audit_in_the_spool(tmp_path: Path) -> None:
    assert log_or_spool(None, audit(finding())) == Logged(1)
    kind, reason = run_apart(SMALL_FILES, tmp_path / "data", "4096").splitlines()
    assert kind == f"Spooled {spool_file()}"
    assert "cannot be written or read; check the disk for free space" in reason
    assert heads() == ["h1", "h2"]


def test_a_disk_that_is_full_before_there_is_a_store_leaves_the_audit_in_the_spool(tmp_path: Path) -> None:
    kind, reason = run_apart(SMALL_FILES, tmp_path / "data", "4096").splitlines()
    assert kind == f"Spooled {spool_file()}"
    assert "check the disk for free space" in reason
    assert heads() == ["h2"]


def test_a_disk_that_is_full_for_both_says_that_the_audit_is_lost(tmp_path: Path) -> None:
    assert log_or_spool(None, audit(finding())) == Logged(1)
    kind, reason = run_apart(SMALL_FILES, tmp_path / "data", "10").splitlines()
    assert kind == "Spooled None"
    assert "check the disk for free space" in reason
    assert reason.endswith(f"; and it cannot be kept in {spool_file()} either (File too large): it is lost")
    assert heads() == ["h1"]


def test_a_spool_on_a_full_device_says_so() -> None:
    path = spool_file(NOWHERE)
    path.parent.mkdir(parents=True)
    path.symlink_to("/dev/full")
    done = log_or_spool(NOWHERE, audit(), patience=0.1)
    assert isinstance(done, Spooled)
    assert done.path is None
    assert "(No space left on device): it is lost" in done.reason
    assert done.problem == f"this verdict is not logged: {done.reason}"


def test_a_spool_that_is_full_keeps_what_it_had(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    spool.append(path, audit(head="h0"))
    code = """
import resource, sys
from pathlib import Path
from kb.outcomes import spool
path = Path(sys.argv[1])
limit = path.stat().st_size + 100
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    spool.append(path, audit(head="h1"))
except OSError as error:
    print(error.strerror)
"""
    before = path.read_bytes()
    assert run_apart(code, tmp_path, str(path)) == "File too large\n"
    assert path.read_bytes() == before
