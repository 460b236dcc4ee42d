"""A repository whose past has a lesson in it: what is done to `core.py` needs a fix later, and little else does."""

from __future__ import annotations

import random
from pathlib import Path

from tests.repos import Repo

DAY = 86_400
START = 1_600_000_000
STEP = 3 * DAY
FILES = ("core.py", "calm.py", "quiet.py", "other.py", "tests/test_core.py")


def planted(root: Path, changes: int = 260, seed: int = 3) -> Repo:
    """Return a repository of that many commits, every one by an author of three, made by `git fast-import`."""
    draw, repo = random.Random(seed), Repo(root)
    files = {name: [f"from core import start\nvalue_{at} = {at}" for at in range(20)] for name in FILES}
    files["core.py"] = [f"value_{at} = {at}" for at in range(20)]
    written: list[tuple[str, list[str], str]] = []
    broken: list[str] = []
    for number in range(changes):
        name, message = draw.choice(FILES), f"Change {number}"
        if broken and draw.random() < 0.5:
            name, message = "core.py", f"Fix crash number {number}"
            line = broken.pop(0)
            at = files[name].index(line)
            files[name][at] = f"mended_{number} = {number}"
        else:
            line = f"work_{number} = start({number})"
            files[name].insert(draw.randrange(len(files[name])), line)
            broken += [line] if name == "core.py" else []
        written.append((name, list(files[name]), message))
    repo.git("fast-import", "--quiet", stdin=_stream(written))
    repo.git("reset", "-q", "--hard", "main")
    return repo


def _stream(written: list[tuple[str, list[str], str]]) -> bytes:
    parts: list[bytes] = []
    for number, (name, lines, message) in enumerate(written):
        text, said = ("\n".join(lines) + "\n").encode(), message.encode()
        who = f"A{number % 3} <a{number % 3}@example.com> {START + number * STEP} +0000"
        parts += [
            f"commit refs/heads/main\nauthor {who}\ncommitter {who}\ndata {len(said)}\n".encode(),
            said,
            f"\nM 100644 inline {name}\ndata {len(text)}\n".encode(),
            text,
            b"\n",
        ]
    return b"".join(parts)


def tip(repo: Repo) -> str:
    """Return the id of the commit that is checked out."""
    return repo.git("rev-parse", "HEAD")
