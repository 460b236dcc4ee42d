"""The `emulate` GitHub emulator as a process: found beside the TypeScript compiler, seeded, stopped after the test."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

VERSION = "0.11.2"  # "latest" of that name is another package; 0.12 does not run on Node 20
APP_ID, INSTALLATION = 12345, 100
SLUG = "reviewbot"
SECRET = "a secret of sixteen or more"
PERMISSIONS = {"metadata": "read", "contents": "read", "pull_requests": "write", "issues": "read", "checks": "write"}
ALICE = "alice_token"
READY = 15.0  # seconds; 0.3 is usual


@dataclass(frozen=True)
class Emulator:
    """A running emulator with one App, installed on `acme`, whose hooks go to `hook_url`."""

    url: str
    private_key: str
    permissions: Mapping[str, str]


def missing() -> str:
    """Return why the emulator cannot run here, "" where it can."""
    if shutil.which("node") is None:
        return "node is not on PATH"
    package = _program().parents[1] / "package.json"
    if not package.exists():
        return f"emulate {VERSION} is not installed: dev.py does that when it sets up .venv"
    there = json.loads(package.read_text())["version"]
    return "" if there == VERSION else f"emulate {there} is installed, not {VERSION}"


@contextmanager
def running(
    folder: Path, *, port: int, public_url: str, hook_url: str, permissions: Mapping[str, str] = PERMISSIONS
) -> Iterator[Emulator]:
    """Start the emulator and yield it; `public_url` is what its bodies call themselves by."""
    private_key = _private_key()
    seed = folder / "seed.yaml"  # JSON is YAML
    seed.write_text(json.dumps(_seed(private_key, hook_url, permissions)))
    command = ["node", str(_program()), "start", "--service", "github", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--seed", str(seed), "--base-url", public_url],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _await(url, process)
        yield Emulator(url, private_key, permissions)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    """Return a port of the loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _program() -> Path:
    return Path(sys.prefix) / "tools" / "node_modules" / "emulate" / "dist" / "index.js"


def _seed(private_key: str, hook_url: str, permissions: Mapping[str, str]) -> dict[str, object]:
    app = {
        "app_id": APP_ID,
        "slug": SLUG,
        "name": "Review Bot",
        "private_key": private_key,
        "permissions": dict(permissions),
        "events": ["*"],
        "webhook_url": hook_url,
        "webhook_secret": SECRET,
        "installations": [{"installation_id": INSTALLATION, "account": "acme", "repository_selection": "all"}],
    }
    return {
        "tokens": {ALICE: {"login": "alice", "scopes": ["repo", "user"]}, "bob_token": {"login": "bob"}},
        "github": {
            "users": [{"login": "alice", "email": "alice@example.com"}, {"login": "bob"}, {"login": "carol"}],
            "orgs": [{"login": "acme", "members": [{"login": "alice", "role": "admin"}]}],
            "repos": [
                {"owner": "acme", "name": "widgets", "auto_init": False, "default_branch": "main"},
                {"owner": "acme", "name": "gadgets", "private": True, "auto_init": True, "default_branch": "main"},
            ],
            "apps": [app],
        },
    }


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + READY
    while time.monotonic() < ends:
        if process.poll() is not None:
            raise RuntimeError(f"the emulator ended with {process.returncode}")
        try:
            httpx.get(f"{url}/rate_limit", timeout=1)
            return
        except httpx.TransportError:
            time.sleep(0.02)
    raise RuntimeError(f"the emulator was not ready within {READY:.0f} s")


@cache
def _private_key() -> str:
    key = rsa.generate_private_key(65537, 2048)
    form, plain = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, plain).decode()
