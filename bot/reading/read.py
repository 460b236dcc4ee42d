"""Has a pull request read by a process that knows no token, key or secret, and believes only what it can check.

The reading process gets a scratch folder and six variables, and is ended with everything it started: when it takes too
long or too much memory, when whoever waits for it gives up, and, through its standard input, when this process dies.

Memory is watched, not only limited: RLIMIT_AS counts what engines reserve and never touch, and any limit holds for each
process alone while a review is many. So what all of them hold together is looked at several times a second;
RLIMIT_DATA stops a single one that grows faster than that.

What cannot be kept from it here: a process of the same user may look at others of that user. This one is made
unreadable (`hide`); git, while it fetches, has the token in its environment for those seconds. A reading process that
was taken over could look for it unless workers run where /proc shows no other processes.
"""

from __future__ import annotations

import asyncio
import ctypes
import math
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bot.mirrors import in_use
from bot.reading.broker import Broker
from bot.reading.family import Family
from bot.reading.model import Reading, Request, Unread
from bot.reading.talk import Heard, Talk
from bot.reading.wire import BadAnswer, answer_from
from bot.render.escape import printable

TICK = 0.3  # seconds between two looks at memory
GRACE = 30  # seconds after the deadline in which the process ends itself, if nobody has
OURS = b"prudent-reading: "  # see bot/reading/__main__.py
PR_SET_DUMPABLE = 4


async def read(
    request: Request,
    *,
    seconds: float,
    megabytes: int,
    environment: Mapping[str, str] = os.environ,
    broker: Broker | None = None,
) -> Reading | Unread:
    """Return the verdict on a change, or why there is none; never raises for what happens in the reading process.

    `seconds` and `megabytes` hold for it and every engine it starts together. `broker` answers its questions to
    models, and is stopped when it has ended; None: it may ask none.
    """
    hide()
    try:
        scratch = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="prudent-reading-"))
    except OSError as error:
        return Unread(f"no folder for the reading process: {error.strerror}", ours=True)
    try:
        with in_use(Path(request.mirror)):
            return await _asked(request, scratch, seconds, megabytes, environment, broker)
    except OSError as error:
        return Unread(f"the reading process cannot be started: {error.strerror}", ours=True)
    finally:
        if broker is not None:
            broker.stop()
        await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)


def hide() -> None:
    """Keep other processes of this user from reading this one's environment and memory (Linux).

    Its price: no core dump, and no debugger without root.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def environment_of(scratch: Path, cache: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return all that the reading process is told: where programs are, and folders of its own."""
    told = {
        "PATH": environment.get("PATH", os.defpath),
        "HOME": str(scratch),
        "TMPDIR": str(scratch),  # what a killed process leaves behind goes with the folder
        "LANG": "C.UTF-8",
        "PRUDENT_CACHE": cache or str(scratch / "cache"),
    }
    if "PRUDENT_TSC" in environment:
        told["PRUDENT_TSC"] = environment["PRUDENT_TSC"]
    return told


async def _asked(
    request: Request,
    scratch: Path,
    seconds: float,
    megabytes: int,
    environment: Mapping[str, str],
    broker: Broker | None,
) -> Reading | Unread:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-m", "bot.reading", str(math.ceil(seconds) + GRACE), str(megabytes)),
        cwd=scratch,
        env=environment_of(scratch, request.cache, environment),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    family = Family(process.pid, str(scratch))
    talk = asyncio.ensure_future(Talk(process, broker).had(request))
    try:
        stopped = await _watched(talk, family, seconds, megabytes)
    finally:
        if broker is not None:
            broker.stop()  # first: a provider is paid by the second
        await asyncio.to_thread(family.kill)
        if process.stdin is not None:
            process.stdin.close()
        heard = await talk
        code = await process.wait()
    return Unread(stopped, ours=True) if stopped else _judged(code, heard, request)


async def _watched(talk: asyncio.Future[Heard], family: Family, seconds: float, megabytes: int) -> str:
    """Return why the process has to be ended, "" once it has said all."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while True:
        done, _ = await asyncio.wait({talk}, timeout=min(TICK, max(0.0, until - loop.time())))
        if done:
            return ""
        if loop.time() >= until:
            return f"the review took longer than {seconds:g} s"
        if await asyncio.to_thread(family.memory) > megabytes * 2**20:
            return f"the review needed more than {megabytes} MB of memory"


def _judged(code: int, heard: Heard, request: Request) -> Reading | Unread:
    if heard.odd:
        return Unread(f"the reading process was ended: {heard.odd}", ours=True)
    if code == 0:
        try:
            return answer_from(heard.answer, request)
        except BadAnswer as error:
            return Unread(f"the reading process gave no proper answer: {error}", ours=True)
    if code < 0:
        return Unread(f"the reading process was ended by {_signal(-code)}", ours=True)
    lines = heard.errors.splitlines()
    if lines and lines[-1].startswith(OURS):
        said = printable(lines[-1].removeprefix(OURS).decode("utf-8", "replace"))[:200]
        return Unread(f"the reading process crashed: {said}", ours=True)
    return Unread(f"the reading process stopped with exit code {code}", ours=True)


def _signal(number: int) -> str:
    return signal.Signals(number).name if number in {*signal.Signals} else f"signal {number}"
