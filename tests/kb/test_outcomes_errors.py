from __future__ import annotations

import ctypes
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from kb.errors import StoreError, UserError
from kb.migrations import REVISIONS
from kb.outcomes.location import shown_place, shown_url, spool_file, store_url
from kb.outcomes.store import open_store
from tests.kb.audits import audit, finding, run_apart, with_database, with_user

pytest_plugins = ["tests.kb.postgres"]


def refusal(url: str, patience: float = 0.05) -> str:
    """Return the one line that opening a store is refused with."""
    with pytest.raises(StoreError) as caught:
        open_store(url, patience=patience).close()
    text = str(caught.value)
    assert "\n" not in text
    return text


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a store's file with one audit in it."""
    with open_store(f"sqlite:///{tmp_path / 'outcomes.db'}") as store:
        store.log(audit(finding()))
    return tmp_path / "outcomes.db"


def test_a_locked_store_says_so_and_loses_nothing(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with open_store(f"sqlite:///{file}", patience=0.05) as store:
            assert len(store.audits()) == 1  # reading goes on
            with pytest.raises(StoreError, match="locked by another process"):
                store.log(audit(head="h2"))
        other.execute("ROLLBACK")
    with open_store(f"sqlite:///{file}") as store:
        store.log(audit(head="h2"))


def test_a_store_locked_before_it_was_made_says_so(tmp_path: Path) -> None:
    file = tmp_path / "outcomes.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert "locked by another process" in refusal(f"sqlite:///{file}")


WITHOUT_RIGHTS = """
import sys
from kb.errors import StoreError
from kb.outcomes.store import open_store
try:
    with open_store("sqlite:///" + sys.argv[1]) as store:
        print(len(store.audits()), "read")
        store.log(audit(head="h2"))
except StoreError as error:
    print(error)
"""


def drop_rights() -> None:
    """Let root be refused like anyone else: without the capabilities to override permissions."""
    for capability in (1, 2):
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


def test_a_read_only_file_can_be_read_and_says_so_when_written(file: Path, tmp_path: Path) -> None:
    before = file.read_bytes()
    file.chmod(0o444)
    said = run_apart(WITHOUT_RIGHTS, tmp_path, str(file), before=drop_rights)
    assert said.startswith(f"1 read\nthe outcomes store {file} is read-only; make the file")
    assert file.read_bytes() == before


def test_a_read_only_folder_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "fixed"
    folder.mkdir(mode=0o555)
    said = run_apart(WITHOUT_RIGHTS, tmp_path, str(folder / "outcomes.db"), before=drop_rights)
    assert "cannot be opened; check that its folder exists and is writable" in said
    assert "cannot be made (Permission denied)" in run_apart(
        WITHOUT_RIGHTS, tmp_path, str(folder / "below" / "outcomes.db"), before=drop_rights
    )
    folder.chmod(0o755)


def test_a_folder_that_is_a_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    assert "cannot be made" in refusal(f"sqlite:///{tmp_path / 'taken' / 'outcomes.db'}")
    (tmp_path / "folder.db").mkdir()
    assert "cannot be opened" in refusal(f"sqlite:///{tmp_path / 'folder.db'}")


def test_what_is_not_a_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "outcomes.db"
    file.write_text("my notes, do not touch\n" * 100)
    assert refusal(f"sqlite:///{file}") == (
        f"the outcomes store {file} is not a database; move it away to start a new one (it was not changed)"
    )
    assert file.read_text() == "my notes, do not touch\n" * 100


def test_a_damaged_store_is_left_alone(file: Path) -> None:
    data = file.read_bytes()
    file.write_bytes(data[:100] + b"\xff" * (len(data) - 100))
    damaged = file.read_bytes()
    assert "is damaged; restore a copy" in refusal(f"sqlite:///{file}")
    assert file.read_bytes() == damaged


def test_a_store_cut_short_is_left_alone(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:5000])
    cut = file.read_bytes()
    assert "is damaged" in refusal(f"sqlite:///{file}")
    assert file.read_bytes() == cut


def test_a_store_of_a_newer_version_is_left_alone(store_url: str) -> None:
    with open_store(store_url) as store:
        store.log(audit(finding()))
        rows = list(store.export())
    set_version(store_url, "9999")
    assert "was written by a newer version of Prudent (it was not changed); upgrade" in refusal(store_url)
    set_version(store_url, REVISIONS[-1])
    with open_store(store_url) as store:
        assert list(store.export()) == rows


def test_tables_of_another_program_are_left_alone(store_url: str) -> None:
    execute(store_url, "CREATE TABLE finding (mine TEXT)")
    assert "has a table 'finding' that is not Prudent's (it was not changed)" in refusal(store_url)


def set_version(url: str, version: str) -> None:
    execute(url, f"UPDATE prudent_schema SET version_num = '{version}'")


def execute(url: str, statement: str) -> None:
    if url.startswith("postgresql"):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement)
        return
    path = Path(url.removeprefix("sqlite:///"))
    path.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement)


@pytest.mark.parametrize(
    "url", ["nonsense", "postgresql://u:hunter2@h:port/db", "://hunter2", "sqlite:///\0", "oracle"]
)
def test_a_bad_url_is_refused_without_repeating_it(url: str) -> None:
    said = refusal(url)
    assert "PRUDENT_STORE" in said
    assert "hunter2" not in said


@pytest.mark.parametrize("scheme", ["mysql", "postgresql+pg8000", "nosuchdatabase", "sqlite+nosuchdriver"])
def test_a_driver_that_is_not_installed_is_named(scheme: str) -> None:
    assert f"no driver for {scheme} is installed" in refusal(f"{scheme}://u:hunter2@127.0.0.1/db")


def test_an_option_the_driver_does_not_know_is_refused(tmp_path: Path) -> None:
    assert "PRUDENT_STORE has an option" in refusal(f"sqlite:///{tmp_path / 'outcomes.db'}?timeout=long")
    said = refusal("postgresql://u:hunter2@127.0.0.1:1/db?colour=red")
    assert "hunter2" not in said


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    said = refusal("postgres://ada:hunter2@127.0.0.1:1/outcomes")
    assert said == (
        "the outcomes store postgres://ada@127.0.0.1:1/outcomes cannot be reached;"
        " check that the server runs and that PRUDENT_STORE names it"
    )


def test_a_wrong_password_says_so_and_shows_neither(postgres_server: str) -> None:
    said = refusal(with_user(postgres_server, "prudent", "hunter2"))
    assert "refuses the user or the password; correct PRUDENT_STORE" in said
    assert "hunter2" not in said


def test_a_database_that_does_not_exist_says_so(postgres_server: str) -> None:
    assert "does not exist on that server; create the database" in refusal(with_database(postgres_server, "nowhere"))


def test_a_user_who_may_not_create_tables_is_told(postgres_url: str) -> None:
    execute(postgres_url, "CREATE ROLE reader LOGIN PASSWORD 'reader'")
    try:
        said = refusal(with_user(postgres_url, "reader", "reader"))
        assert "refuses the access; grant this user the rights" in said
    finally:
        execute(postgres_url, "DROP ROLE reader")


def test_a_read_only_server_is_told(postgres_url: str) -> None:
    with open_store(postgres_url) as store:
        store.log(audit(finding()))
    mark = "&" if "?" in postgres_url else "?"
    with open_store(f"{postgres_url}{mark}options=-c%20default_transaction_read_only%3Don") as store:
        assert len(store.audits()) == 1
        with pytest.raises(StoreError, match="is read-only; connect to the primary server"):
            store.log(audit())


def test_a_store_whose_server_ends_between_two_questions_recovers(postgres_url: str) -> None:
    with open_store(postgres_url) as store:
        store.log(audit(finding()))
        execute(
            postgres_url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND datname = current_database()",
        )
        assert len(store.audits()) == 1


def test_where_the_store_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert store_url() == f"sqlite:///{tmp_path / 'data' / 'outcomes.db'}"
    monkeypatch.setenv("PRUDENT_STORE", "postgresql://db/outcomes")
    assert store_url() == "postgresql://db/outcomes"
    assert store_url("sqlite://") == "sqlite://"
    with open_store("sqlite://") as store:
        assert store.audits() == ()


def test_the_stores_url_may_be_in_a_file_of_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "store_url"
    monkeypatch.setenv("PRUDENT_STORE_FILE", str(file))
    with pytest.raises(UserError, match="PRUDENT_STORE_FILE names cannot be read"):
        store_url()
    file.write_text("\n")
    with pytest.raises(UserError, match="PRUDENT_STORE_FILE names is empty"):
        store_url()
    file.write_text("postgresql://u:pass@db/outcomes\n")
    assert store_url() == "postgresql://u:pass@db/outcomes"
    monkeypatch.setenv("PRUDENT_STORE", "postgresql://db/other")
    assert store_url() == "postgresql://db/other"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://ada:pw@db/x", "postgresql://ada@db/x"),
        ("postgresql://ada@corp:pw@db/x", "postgresql://ada@corp@db/x"),
        ("postgresql://ada:p/w@1@db/x", "postgresql://ada@db/x"),
        ("postgresql://db/x?user=ada&password=pw&port=1", "postgresql://db/x?user=ada&&port=1"),
        ("postgresql://ada@db/x", "postgresql://ada@db/x"),
        ("postgresql://:pw@db/x", "postgresql://@db/x"),
    ],
)
def test_no_password_is_shown(url: str, expected: str) -> None:
    assert shown_url(url) == shown_place(url) == expected


def test_each_store_has_its_own_spool_whatever_its_password() -> None:
    one = spool_file("postgresql://ada:old@db/x")
    assert one == spool_file("postgresql://ada:new@db/x") != spool_file("postgresql://ada:old@db/y")
