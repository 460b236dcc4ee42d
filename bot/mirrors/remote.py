"""git as mirrors run it: to one server, with one token, ended with all it started when it takes too long or too much.

On top of what `kb.git` forbids: one protocol, no redirects, no submodules, no tags, objects checked as they come.
"""

from __future__ import annotations

import asyncio
import base64
import os
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import urlsplit

from kb.errors import UserError
from kb.git import Git

TICK = 0.25  # seconds between two looks at how much a fetch has written
STDERR_BYTES = 64 * 2**10
STALLED = ("1000", "30")  # fewer bytes a second for so many seconds is a dead transfer
LOOPBACK = ("127.0.0.1", "localhost", "::1")
# What an operator says about the way to the server; a private certificate authority, a proxy.
PASSED_ON = ("GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy")

# Old histories hold these by the thousand, git and GitHub take them, and nothing we do with an object trips over them.
# Submodules are never followed, so what their files say is no danger either.
_HARMLESS = (
    "badDate",
    "badDateOverflow",
    "badEmail",
    "badName",
    "badTagName",
    "badTimezone",
    "emptyName",
    "gitattributesBlob",
    "gitattributesLarge",
    "gitattributesLineLength",
    "gitattributesMissing",
    "gitmodulesBlob",
    "gitmodulesLarge",
    "gitmodulesMissing",
    "gitmodulesName",
    "gitmodulesParse",
    "gitmodulesPath",
    "gitmodulesSymlink",
    "gitmodulesUpdate",
    "gitmodulesUrl",
    "missingEmail",
    "missingNameBeforeEmail",
    "missingSpaceBeforeDate",
    "missingSpaceBeforeEmail",
    "missingTaggerEntry",
    "multipleAuthors",
    "nulInCommit",
    "nullSha1",
    "zeroPaddedDate",
    "zeroPaddedFilemode",
)
_FETCH = {
    "fetch.fsckObjects": "true",
    "fetch.unpackLimit": "1",  # packs are written whole or not at all, and many small files are slow
    "http.followRedirects": "false",
    "http.lowSpeedLimit": STALLED[0],
    "http.lowSpeedTime": STALLED[1],
    **{f"fetch.fsck.{kind}": "ignore" for kind in _HARMLESS},
}


class Stopped(StrEnum):
    """Why a git was ended before it was done."""

    TIME = "time"
    SIZE = "size"


@dataclass(frozen=True)
class Ran:
    """How a git command ended; `stopped` where we ended it."""

    code: int
    out: bytes
    err: bytes
    stopped: Stopped | None = None


def protocol_of(url: str) -> str:
    """Return the one protocol that may be spoken; raises UserError unless https, or http to this machine."""
    parts = urlsplit(url)
    plain = parts.scheme == "http" and parts.hostname in LOOPBACK
    if (parts.scheme != "https" and not plain) or not parts.hostname or "@" in parts.netloc:
        raise UserError("mirrors are fetched over https only (http from this machine itself)")
    return parts.scheme


def with_token(git: Git, url: str, token: str, environment: Mapping[str, str]) -> Git:
    """Return a git that may speak to `url` alone, the token in its environment and nowhere else."""
    credentials = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    allowed = {
        "GIT_ALLOW_PROTOCOL": protocol_of(url),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.{url}/.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: Basic {credentials}",
    }
    passed = {name: environment[name] for name in PASSED_ON if name in environment}
    return replace(git, environment={**git.environment, **passed, **allowed})


def fetch_command(url: str, *refspecs: str) -> list[str]:
    """Return the arguments of a fetch that changes the named refs and nothing else."""
    settings = [part for key, value in _FETCH.items() for part in ("-c", f"{key}={value}")]
    how = ("--quiet", "--force", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-gc")
    return [*settings, "fetch", *how, "--no-show-forced-updates", "--refmap=", "--", url, *refspecs]


async def run(
    git: Git, *args: str, seconds: float, lock: int, too_much: Callable[[], bool] = lambda: False, stdin: bytes = b""
) -> Ran:
    """Run a git command to its end, or end it: after `seconds`, once `too_much` says so, or when cancelled.

    It runs in a process group of its own and keeps the lock's handle, so that the lock lives as long as it does.
    Raises OSError if it cannot be started.
    """
    process = await asyncio.create_subprocess_exec(
        *git.command(*args),
        cwd=git.cwd,
        env=dict(git.environment),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
        pass_fds=(lock,),
    )
    said = asyncio.ensure_future(process.communicate(stdin))
    try:
        stopped = await _watched(said, seconds, too_much)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        out, err = await said
    return Ran(-1 if process.returncode is None else process.returncode, out, err[-STDERR_BYTES:], stopped)


async def _watched(
    said: asyncio.Future[tuple[bytes, bytes]], seconds: float, too_much: Callable[[], bool]
) -> Stopped | None:
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while True:
        done, _ = await asyncio.wait({said}, timeout=min(TICK, max(0.0, until - loop.time())))
        if done:
            return None
        if loop.time() >= until:
            return Stopped.TIME
        if too_much():
            return Stopped.SIZE
