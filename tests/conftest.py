"""What every test shares: repositories, and a network that ends at loopback."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.repos import Repo

pytest_plugins = ["tests.world.fixtures", "tests.kb.postgres"]  # here alone: pytest takes them in the outermost only

settings.register_profile("prudent", deadline=None)  # machines are shared: time is measured in bench/, not here
settings.load_profile("prudent")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Return an empty git repository."""
    return Repo(tmp_path / "repo")


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test its own data and cache folders: nothing of the user's is read or written."""
    monkeypatch.setenv("PRUDENT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("PRUDENT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PRUDENT_MODEL", "none")
    for name in ("PRUDENT_STORE", "PRUDENT_INFERENCE", "ANTHROPIC_API_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)  # no test of ours spends anybody's money


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves this machine."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {address}")
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
