"""Has a risk model learnt from a repository's past, by a process of its own that knows no token, key or store.

Whoever mines and parses what strangers wrote gets a scratch folder, the cache, and what it is asked. Its answer is not
trusted: it is kept if it is a model by the measure of `kb.risk.model`, and not otherwise. It gives way: it runs at the
lowest priority, and is ended as soon as reviews need the room.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import resource
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, NoReturn

import msgspec

from bot.mirrors import in_use
from bot.reading.family import Family
from bot.reading.read import GRACE, environment_of, hide
from kb.errors import UserError
from kb.repository import Repository

TICK = 0.5  # seconds between two looks at memory, and at whether reviews need the room
LARGEST_ASKED, LARGEST_ANSWER = 64 * 2**20, 16 * 2**20  # bytes
LOWEST = 19  # of priorities
_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class Asked(msgspec.Struct, frozen=True):
    """What to learn from: a mirror up to the first of `tips` that is there, and what the store knows of it.

    `accepted` is by path when findings were accepted there (seconds since 1970); `reverted` are commits taken back.
    """

    mirror: str
    tips: tuple[str, ...]
    cache: str = ""
    accepted: dict[str, list[float]] = {}
    reverted: tuple[str, ...] = ()


class Why(StrEnum):
    """Why there is no model, by when to try again."""

    LITTLE = "little"  # the past is too short
    FAILED = "failed"
    BUSY = "busy"  # reviews needed the room


@dataclass(frozen=True)
class Taught:
    """A model as the store keeps it."""

    version: str
    body: Mapping[str, Any]
    measured: Mapping[str, Any]


@dataclass(frozen=True)
class Untaught:
    """Why there is none, in our own words."""

    why: Why
    reason: str


class Figures(msgspec.Struct, forbid_unknown_fields=True):
    """How one half of a model did, see `kb.risk.train.Trained.measured`."""

    kind: Literal["boosted", "logistic"]
    area: float
    size_area: float
    brier: float
    tried: int


class Measured(msgspec.Struct, forbid_unknown_fields=True):
    """How a model did."""

    changes: int
    bad: int
    change: Figures
    file: Figures


class Answer(msgspec.Struct, forbid_unknown_fields=True):
    """A model's body and figures; or that there is too little history for one."""

    body: dict[str, Any] | None = None
    measured: Measured | None = None
    little: bool = False


async def taught_apart(
    asked: Asked,
    busy: Callable[[], bool] = lambda: False,
    *,
    seconds: float,
    megabytes: int,
    environment: Mapping[str, str] = os.environ,
) -> Taught | Untaught:
    """Return what a repository's past teaches, or why nothing; never raises for what happens in the process.

    `busy` is asked again and again: once it says so, the process is ended.
    """
    hide()
    try:
        scratch = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="prudent-training-"))
    except OSError as error:
        return Untaught(Why.FAILED, f"no folder for the process: {error.strerror}")
    try:
        with in_use(Path(asked.mirror)):
            return await _run(asked, busy, scratch, seconds, megabytes, environment)
    except OSError as error:
        return Untaught(Why.FAILED, f"the process cannot be started: {error.strerror}")
    finally:
        await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)


async def _run(
    asked: Asked,
    busy: Callable[[], bool],
    scratch: Path,
    seconds: float,
    megabytes: int,
    environment: Mapping[str, str],
) -> Taught | Untaught:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-m", "bot.workflow.training", str(round(seconds) + GRACE), str(megabytes)),
        cwd=scratch,
        env=environment_of(scratch, asked.cache, environment) | _ONE_THREAD,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    family = Family(process.pid, str(scratch))
    talk = asyncio.ensure_future(_said(process, asked))
    try:
        stopped = await _watched(talk, family, busy, seconds, megabytes)
    finally:
        await asyncio.to_thread(family.kill)
        if process.stdin is not None:
            process.stdin.close()
        said = await talk
        code = await process.wait()
    if stopped is not None:
        return stopped
    if len(said) > LARGEST_ANSWER:
        return Untaught(Why.FAILED, "the answer is too large")
    return taught_from(said) if code == 0 else Untaught(Why.FAILED, f"the process ended with {code}")


async def _said(process: asyncio.subprocess.Process, asked: Asked) -> bytes:
    """Return what the process says, cut where it is too much; its standard input stays open: so it knows we live."""
    if process.stdin is None or process.stdout is None:
        raise AssertionError("they were asked for as pipes")
    with suppress(ConnectionError):
        process.stdin.write(msgspec.json.encode(asked) + b"\n")
        await process.stdin.drain()
    data = bytearray()
    while len(data) <= LARGEST_ANSWER and (chunk := await process.stdout.read(2**18)):
        data += chunk
    return bytes(data)


async def _watched(
    talk: asyncio.Future[bytes], family: Family, busy: Callable[[], bool], seconds: float, megabytes: int
) -> Untaught | None:
    """Return why the process has to be ended, None once it has said all."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while True:
        done, _ = await asyncio.wait({talk}, timeout=min(TICK, max(0.0, until - loop.time())))
        if done:
            return None
        if loop.time() >= until:
            return Untaught(Why.FAILED, f"it took longer than {seconds:g} s")
        if busy():
            return Untaught(Why.BUSY, "reviews need the room")
        if await asyncio.to_thread(family.memory) > megabytes * 2**20:
            return Untaught(Why.FAILED, f"it needed more than {megabytes} MB of memory")


def taught_from(said: bytes) -> Taught | Untaught:
    """Return the model that a process's answer is; nothing of the answer is kept but that."""
    from kb.risk.model import FORMAT, model_from
    from kb.risk.train import FEWEST, FRONT

    try:
        answer = msgspec.json.decode(said, type=Answer)
        if answer.little:
            return Untaught(Why.LITTLE, f"too little history: {FEWEST} changes that needed a fix are the least")
        model = model_from(answer.body or {})
        if model is None or answer.measured is None or not _ID.fullmatch(model.tip):
            return Untaught(Why.FAILED, "the answer is no model")
        body = model.as_json()
        json.dumps(body, allow_nan=False, ensure_ascii=False).encode()  # what no store could keep is damage too
        return Taught(f"{FORMAT} {model.tip[:FRONT]}", body, msgspec.to_builtins(answer.measured))
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError, AttributeError) as error:
        return Untaught(Why.FAILED, f"the answer is damaged ({type(error).__name__})")


def answer_to(asked: Asked) -> Answer:
    """Return what a mirror teaches, in the process that mines it; raises UserError where it cannot be read."""
    from kb.folders import cache_folder
    from kb.risk.learn import learnt
    from kb.risk.train import NotEnough

    with Repository.open(Path(asked.mirror)) as repository:
        tip = _tip(repository, asked.tips)
        try:
            made = learnt(repository, tip, cache_folder(), accepted=asked.accepted, also_bad=asked.reverted)
        except NotEnough:
            return Answer(little=True)
    return Answer(made.model.as_json(), msgspec.convert(made.measured, Measured))


def _tip(repository: Repository, tips: tuple[str, ...]) -> str:
    *others, last = tips
    for tip in others:
        with suppress(UserError):
            return repository.merge_base(tip, tip)
    return repository.merge_base(last, last)


def main(argv: list[str]) -> NoReturn:
    """Answer one request of standard input; an alarm ends the process in any case, and so does its asker's end."""
    seconds, megabytes = int(argv[1]), int(argv[2])
    signal.alarm(seconds)
    os.nice(LOWEST)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (megabytes * 2**20, megabytes * 2**20))
    code = 1
    try:
        asked = msgspec.json.decode(sys.stdin.buffer.readline(LARGEST_ASKED), type=Asked)
        threading.Thread(target=_listen, daemon=True).start()
        sys.stdout.buffer.write(msgspec.json.encode(answer_to(asked)))
        sys.stdout.buffer.flush()
        code = 0
    finally:
        os._exit(code)  # the thread that listens would keep Python from ending


def _listen() -> None:
    """End with who asked, and all that was started with us."""
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv)
