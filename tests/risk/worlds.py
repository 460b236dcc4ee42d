"""A repository whose past has a lesson in it: what is done to `core.py` needs a fix later, and little else does."""

from __future__ import annotations

import random
from pathlib import Path

from tests.repos import Repo

DAY = 86_400
START = 1_600_000_000
STEP = 3 * DAY
FILES = ("core.py", "calm.py", "quiet.py", "other.py", "tests/test_core.py")


def planted(root: Path, changes: int = 360, seed: int = 3) -> Repo:
    """Return a repository of that many commits, every one by an author of three, made by `git fast-import`."""
    draw, repo = random.Random(seed), Repo(root)
    files = {name: [f"from core import start\nvalue_{at} = {at}" for at in range(20)] for name in FILES}
    files["core.py"] = [f"value_{at} = {at}" for at in range(20)]
    written: list[tuple[str, list[str], str]] = []
    broken: list[tuple[str, str]] = []
    for number in range(changes):
        fresh = [f"work_{number}_{at} = start({number})" for at in range(draw.randrange(1, 5))]
        if broken and draw.random() < 0.4:
            name, line = broken.pop(0)
            files[name][files[name].index(line)] = fresh.pop()
            message = f"Fix crash number {number}"
        else:
            name, message = draw.choice(FILES), f"Change {number}"
            if draw.random() < (0.7 if name == "core.py" else 0.08):
                broken.append((name, fresh[0]))
            kept = {line for _, line in broken}
            gone = draw.choice([line for line in files[name] if line not in kept])
            files[name].remove(gone)
        at = draw.randrange(len(files[name]))
        files[name][at:at] = fresh
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
