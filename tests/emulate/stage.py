"""A stage for the tests: the emulator, the overlay before it, and a real repository whose objects both have."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from bot.events import Repo
from tests.emulate.corrections import CORRECTIONS
from tests.emulate.emulator import ALICE, INSTALLATION, PERMISSIONS, Emulator, free_port, running
from tests.emulate.hooks import Hooks
from tests.emulate.overlay import Overlay, application

DATE = "2026-01-02T03:04:05Z"


@dataclass
class Stage:
    """Everything that a test needs, about one repository. `url` is what the App takes for GitHub's API."""

    url: str
    name: str
    number: int
    emulator: Emulator
    overlay: Overlay
    hooks: Hooks
    folder: Path
    person: httpx.Client

    @property
    def repo(self) -> Repo:
        """Return the repository as the App's installation sees it."""
        return Repo(INSTALLATION, self.number, "acme", self.name, self.url.removeprefix("http://"))

    @property
    def path(self) -> str:
        """Return where the API has the repository."""
        return f"/repos/acme/{self.name}"

    @property
    def git(self) -> Path:
        """Return the bare repository that fetches are served from."""
        return self.folder / "acme" / f"{self.name}.git"

    def anew(self) -> Stage:
        """Return the same stage with an empty repository, and nothing delivered or asked yet."""
        name = f"widgets-{len(self.overlay.repositories)}"
        made = self.person.post("/orgs/acme/repos", json={"name": name})
        assert made.status_code == 201, made.text
        self.overlay.forget()
        self.overlay.repositories.append(name)
        self.hooks.delivered.clear()
        _init(self.folder, name)
        return replace(self, name=name, number=made.json()["id"])

    def assert_well_formed(self) -> None:
        """Fail if the App sent what GitHub would not take, or the emulator signed wrongly."""
        assert self.overlay.violations == []
        assert self.hooks.forged == 0

    def commit(self, branch: str, files: Mapping[str, str], *, parent: str | None = None) -> str:
        """Make a commit with these files and move the branch to it, in git and in the emulator; returns its id."""
        blobs = {path: self._git("hash-object", "-w", "--stdin", stdin=text) for path, text in files.items()}
        listing = "".join(f"100644 blob {blob}\t{path}\n" for path, blob in sorted(blobs.items()))
        tree = self._git("mktree", stdin=listing)
        named = {"name": "Alice", "email": "alice@example.com", "date": DATE}
        parents = [parent] if parent else []
        made = self._git("commit-tree", tree, *(f"-p{each}" for each in parents), stdin=f"on {branch}\n")
        for text in files.values():
            self.said("POST", "/git/blobs", {"content": text, "encoding": "utf-8"})
        entries = [{"path": path, "mode": "100644", "type": "blob", "sha": blob} for path, blob in blobs.items()]
        assert self.said("POST", "/git/trees", {"tree": entries})["sha"] == tree
        told = {"message": f"on {branch}\n", "tree": tree, "parents": parents, "author": named, "committer": named}
        assert self.said("POST", "/git/commits", told)["sha"] == made
        is_new = not self._git("for-each-ref", f"refs/heads/{branch}")
        if is_new:
            self.said("POST", "/git/refs", {"ref": f"refs/heads/{branch}", "sha": made})
        else:
            self.said("PATCH", f"/git/refs/heads/{branch}", {"sha": made, "force": True})
        self._git("update-ref", f"refs/heads/{branch}", made)
        return made

    def open_pull(self, head: str, *, base: str = "main") -> int:
        """Open a pull request as alice; returns its number."""
        made = self.said("POST", "/pulls", {"title": "A change", "head": head, "base": base, "body": "why"})
        self._git("update-ref", f"refs/pull/{made['number']}/head", f"refs/heads/{head}")
        return int(made["number"])

    def open_pull_of_branch(self, branch: str) -> None:
        """Open a pull request of a branch that only the emulator has."""
        self.said("POST", "/pulls", {"title": branch, "head": branch, "base": "main"})

    def git_says(self, *args: str) -> str:
        """Return what git prints about the repository."""
        return self._git(*args)

    def said(self, method: str, path: str, body: object = None) -> Any:
        """Return what the emulator answers alice about the repository."""
        reply = self.person.request(method, f"{self.path}{path}", json=body)
        assert reply.status_code < 300, reply.text
        return reply.json() if reply.content else None

    def _git(self, *args: str, stdin: str = "") -> str:
        # the emulator writes the same commits: who and when are part of their ids
        person = {"PATH": os.environ["PATH"]} | {
            f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER") for part, value in PERSON.items()
        }
        done = subprocess.run(
            ["git", "-C", str(self.git), *args], input=stdin, capture_output=True, text=True, check=True, env=person
        )
        return done.stdout.strip()


PERSON = {"NAME": "Alice", "EMAIL": "alice@example.com", "DATE": "1767323045 +0000"}


@contextmanager
def staged(folder: Path, permissions: Mapping[str, str] = PERMISSIONS) -> Iterator[Stage]:
    """Set everything up and take it down again; a request that GitHub would not take fails at the end."""
    port, overlay_port = free_port(), free_port()
    url = f"http://127.0.0.1:{overlay_port}"
    _init(folder, "widgets")
    with running(folder, port=port, public_url=url, hook_url=f"{url}/_hooks", permissions=permissions) as emulator:
        overlay = Overlay(emulator, str(folder), CORRECTIONS)
        hooks = Hooks(overlay)
        person = httpx.Client(base_url=emulator.url, headers={"Authorization": f"Bearer {ALICE}"}, timeout=10)
        app = application(overlay, hooks.endpoint)
        config = uvicorn.Config(app, port=overlay_port, log_level="error", ws="none", lifespan="on")
        with person, _served(config):
            stage = Stage(url, "widgets", 1, emulator, overlay, hooks, folder, person)
            yield stage
            stage.assert_well_formed()


def _init(folder: Path, name: str) -> None:
    where = str(folder / "acme" / f"{name}.git")
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", where], check=True)


@contextmanager
def _served(config: uvicorn.Config) -> Iterator[None]:
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the overlay did not start")
            time.sleep(0.005)
        yield
    finally:
        server.should_exit = True
        thread.join(10)
