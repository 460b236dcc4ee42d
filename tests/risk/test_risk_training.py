"""The process that learns a risk: it teaches what the command line would, and nothing else is taken from it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.workflow.training import Asked, Taught, Untaught, Why, taught_apart, taught_from
from kb.memory.file import read_recollection, write_recollection
from kb.memory.model import Recollection
from kb.repository import Repository
from kb.risk.learn import learnt
from kb.risk.model import model_from
from kb.risk.train import Trained
from tests.repos import Repo
from tests.risk.worlds import planted, tip

SECRET = {"PRUDENT_PRIVATE_KEY": "a-key-of-an-app", "PATH": os.environ["PATH"]}
ENOUGH = {"seconds": 60.0, "megabytes": 4096}


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    return planted(tmp_path_factory.mktemp("training") / "repo")


def asked(past: Repo, folder: Path, *tips: str) -> Asked:
    return Asked(str(past.root), tips or (tip(past),), str(folder / "cache"))


def children() -> list[int]:
    """Return the processes that learn and were started here."""
    mine = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command, stat = (folder / "cmdline").read_bytes(), (folder / "stat").read_bytes()
        except OSError:
            continue
        if b"workflow.training" in command and int(stat.rpartition(b")")[2].split()[1]) == os.getpid():
            mine.append(int(folder.name))
    return mine


def test_it_teaches_what_the_command_line_would(past: Repo, tmp_path: Path) -> None:
    made = asyncio.run(taught_apart(asked(past, tmp_path, "refs/prudent/targets/7", "refs/heads/main"), **ENOUGH))
    assert isinstance(made, Taught)
    with Repository.open(past.root) as repository:
        same = learnt(repository, tip(past), tmp_path / "other", accepted={})
    assert (made.version, made.measured) == (same.version, same.measured)
    model = model_from(made.body)
    assert model is not None
    assert (model.graph, model.fixes, model.at) == (same.model.graph, same.model.fixes, same.model.at)
    assert model.change.coef == pytest.approx(same.model.change.coef, rel=1e-6, abs=1e-9)  # last bits may differ
    assert model.file.coef == pytest.approx(same.model.file.coef, rel=1e-6, abs=1e-9)
    assert "example.com" not in json.dumps(made.body)


@pytest.mark.slow
def test_what_the_store_knows_reaches_it(past: Repo, tmp_path: Path) -> None:
    first = past.git("log", "--format=%H", "--reverse", "--", "calm.py").splitlines()[2]
    more = msgspec.structs.replace(asked(past, tmp_path), accepted={"calm.py": [1.0] * 30}, reverted=(first,))
    plain, told = (asyncio.run(taught_apart(one, **ENOUGH)) for one in (asked(past, tmp_path), more))
    assert isinstance(plain, Taught)
    assert isinstance(told, Taught)
    assert told.measured["bad"] in (plain.measured["bad"], plain.measured["bad"] + 1)
    assert told.body["file"] != plain.body["file"]


def test_too_short_a_past_is_not_enough(repo: Repo, tmp_path: Path) -> None:
    repo.commit({"a.py": "x = 1\n"}, "Begin")
    made = asyncio.run(taught_apart(asked(repo, tmp_path, "HEAD"), **ENOUGH))
    assert made == Untaught(Why.LITTLE, "too little history: 30 changes that needed a fix are the least")


def test_a_mirror_that_is_away_teaches_nothing(tmp_path: Path) -> None:
    made = asyncio.run(taught_apart(Asked(str(tmp_path / "none"), ("HEAD",), str(tmp_path)), **ENOUGH))
    assert isinstance(made, Untaught)
    assert made.why is Why.FAILED


@pytest.mark.parametrize(
    ("limits", "busy", "why", "reason"),
    [
        ({"seconds": 0.05, "megabytes": 4096}, False, Why.FAILED, "it took longer than 0.05 s"),
        ({"seconds": 60.0, "megabytes": 1}, False, Why.FAILED, ""),
        (ENOUGH, True, Why.BUSY, "reviews need the room"),
    ],
)
def test_it_is_ended_where_it_is_in_the_way(
    past: Repo, tmp_path: Path, limits: dict[str, Any], busy: bool, why: Why, reason: str
) -> None:
    began = time.monotonic()
    made = asyncio.run(taught_apart(asked(past, tmp_path), lambda: busy, **limits))
    assert isinstance(made, Untaught)
    assert made.why is why
    assert reason in made.reason
    assert children() == []
    assert time.monotonic() - began < 10


@pytest.mark.asyncio
async def test_a_killed_process_is_a_failure_and_knew_no_secret(past: Repo, tmp_path: Path) -> None:
    running = asyncio.ensure_future(taught_apart(asked(past, tmp_path), environment={**SECRET}, **ENOUGH))
    while not (found := children()):
        await asyncio.sleep(0.01)
    told = Path(f"/proc/{found[0]}/environ").read_bytes()
    os.kill(found[0], signal.SIGKILL)
    assert await running == Untaught(Why.FAILED, "the process ended with -9")
    assert b"a-key-of-an-app" not in told
    assert list(Path(re.search(rb"TMPDIR=([^\0]+)", told)[1].decode()).parent.glob("prudent-training-*")) == []  # type: ignore[index]


@pytest.mark.asyncio
async def test_who_gives_up_leaves_no_process(past: Repo, tmp_path: Path) -> None:
    running = asyncio.ensure_future(taught_apart(asked(past, tmp_path), **ENOUGH))
    while not children():
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert children() == []


def test_it_ends_with_who_asked(past: Repo, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-I", "-m", "bot.workflow.training", "60", "4096"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "PRUDENT_CACHE": str(tmp_path), "TMPDIR": str(tmp_path)},
        start_new_session=True,
    )
    said, _ = process.communicate(msgspec.json.encode(asked(past, tmp_path)) + b"\n", timeout=30)  # closes its input
    assert (process.returncode, said) == (-signal.SIGKILL, b"")


def answer(made: Trained, **more: object) -> bytes:
    return json.dumps({"body": made.model.as_json(), "measured": made.measured, **more}).encode()


def test_an_answer_is_taken_for_what_it_is(made: Trained) -> None:
    taught = taught_from(answer(made))
    assert isinstance(taught, Taught)
    assert model_from(taught.body) == model_from(made.model.as_json())
    assert (taught.version, taught.measured) == (made.version, made.measured)


def damaged(made: Trained) -> list[bytes]:
    """Return what a process that was taken over might say, or one that broke."""
    whole, body = answer(made), made.model.as_json()
    scorer = body["change"]
    graph = {"paths": ["a\udc80.py"], "rows": [[0.0, 0, 0, 0, []]]}
    bodies: list[object] = [
        None,
        {},
        [],
        "model",
        {**body, "format": "0"},
        {**body, "tip": "../../etc/passwd"},
        {**body, "tip": "A" * 40},
        {**body, "at": 10**400},
        {**body, "graph": graph},
        {**body, "graph": {"paths": ["a.py"], "rows": [[0.0, 10**400, 0, 0, []]]}},
        {**body, "graph": {"paths": ["a.py"], "rows": [[0.0, 0, -1, 0, []]]}},
        {**body, "graph": None},
        {**body, "fixes": None},
        {**body, "change": {**scorer, "intercept": float("inf")}},
        {**body, "change": {**scorer, "intercept": 10**400}},
        {**body, "change": {**scorer, "names": scorer["names"][1:]}},
        {**body, "change": {**scorer, "knots": [[0.0, 7.0]]}},
        {**body, "change": {**scorer, "coef": [], "trees": [[[0.0, 0, 0.0, 0, 0]]]}},
    ]
    figures = {**made.measured, "change": {**made.measured["change"], "kind": "x" * 1000}}
    return [
        b"",
        b"\xff",
        whole[:-9],
        whole + b"x",
        b"[" * 100_000,
        b'{"body": ' + b'{"a": ' * 100_000,
        whole.replace(b'"intercept": ', b'"intercept": 1e999, "was": ', 1),
        *(answer(made, body=one) for one in bodies),
        answer(made, measured=None),
        answer(made, measured=figures),
        answer(made, measured={**made.measured, "note": "<img src=x>"}),
        answer(made, more="than was asked"),
    ]


def test_a_damaged_answer_is_kept_by_nobody(made: Trained) -> None:
    for said in damaged(made):
        taught = taught_from(said)
        assert isinstance(taught, Untaught), said[:200]
        assert taught.why is Why.FAILED
        assert len(taught.reason) < 100


@pytest.mark.slow
def test_names_that_are_no_text_are_left_out_of_what_is_kept(tmp_path: Path) -> None:
    past = planted(tmp_path / "repo")
    past.commit({"caf\udce9.py": "from core import start\n"}, "Say more")
    taught = asyncio.run(taught_apart(asked(past, tmp_path), **ENOUGH))
    assert isinstance(taught, Taught)
    assert "core.py" in taught.body["graph"]["paths"]
    assert not [path for path in taught.body["graph"]["paths"] if path.startswith("caf")]
    write_recollection(Recollection("r", "", risk=taught.body), tmp_path / "memory")
    read, _ = read_recollection(tmp_path / "memory")
    assert read is not None
    assert read.risk == taught.body
