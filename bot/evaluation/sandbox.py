"""Candidate code is run here and nowhere else: in a room of its own, with a judge that it cannot reach.

Three walls. `checks.static.isolation` starts the judge without network, environment or input, with caps on time,
memory and output, and kills the whole tree. The judge enters new namespaces with a read-only root that holds Python
alone. The candidate's process, one more below, gives up capabilities and every system call that makes processes,
sockets or signals. What stays possible: using one processor and the memory that is allowed until the time is up, and
answering rightly for wrong reasons.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import tempfile
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from checks.knowledge import Limits
from checks.static.isolation import TimedOut, run_isolated
from kb.errors import NotChecked, UserError

_PROJECT = Path(__file__).resolve().parents[2]
_JUDGE = "import sys; sys.path.insert(0, sys.argv[1]); from bot.evaluation.inside.judge import main; "
_JUDGE += "sys.path.remove(sys.argv[1]); main(*sys.argv[2:])"
_SPARE_SECONDS = 30.0  # for two Pythons to start on a busy machine
_JUDGE_BYTES = 2**30  # what the judge itself may use: it runs the test and the reference


class Ending(StrEnum):
    """How a trial ended. The first is the only good one; the second to last ones are no fault of the candidate."""

    PASSED = "passed"
    WRONG = "wrong"  # an assertion did not hold
    SYNTAX = "syntax"  # it does not compile
    NAME = "name"  # it uses a name that nothing binds
    EXCEPTION = "exception"  # it raises anything else
    TIMEOUT = "timeout"
    MEMORY = "memory"
    DIED = "died"  # its process ended before it answered
    BROKEN = "broken"  # the test or the reference cannot be run


@dataclass(frozen=True)
class Trial:
    """One run of one candidate. `seconds` is wall time, the start of the sandbox included."""

    ending: Ending
    detail: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Exam:
    """A test of one function: `check(candidate)` in `test`, which may call what `reference` defines."""

    entry_point: str
    reference: str
    test: str


def try_out(program: str, exam: Exam, *, seconds: float = 5.0, memory_bytes: int = 512 * 2**20) -> Trial:
    """Run a program in the sandbox and say how its function does in the exam.

    `seconds` is for all calls together. Raises UserError where this system allows no sandbox.
    """
    began = time.monotonic()
    token = secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="prudent-trial-") as name:
        folder = Path(name)
        job = {
            "token": token,
            "program": program,
            "entry_point": exam.entry_point,
            "reference": exam.reference,
            "test": exam.test,
            "seconds": seconds,
            "memory_bytes": memory_bytes,
        }
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
        (folder / "room").mkdir()
        ending, detail = _judged(folder, token, seconds)
    return Trial(ending, detail, time.monotonic() - began)


def _judged(folder: Path, token: str, seconds: float) -> tuple[Ending, str]:
    python = str(Path(getattr(sys, "_base_executable", sys.executable)).resolve())
    argv = [python, "-I", "-S", "-B", "-c", _JUDGE, str(_PROJECT), str(folder / "job.json"), str(folder / "room")]
    limits = Limits(seconds=seconds + _SPARE_SECONDS, memory_bytes=_JUDGE_BYTES, output_bytes=2**16)
    try:
        said = run_isolated(argv, cwd=folder, home=folder, limits=limits, ok=(0,))
    except TimedOut:
        return Ending.TIMEOUT, "the judge was killed"
    except NotChecked as error:
        return Ending.DIED, str(error)
    try:
        answer = json.loads(said)
    except ValueError:
        return Ending.DIED, "the judge said nothing"
    if answer["token"] != token:
        return Ending.DIED, "an answer that is not the judge's"
    if answer["ending"] == "no_room":
        raise UserError(f"candidate code is not run: this system allows no sandbox ({answer['detail']})")
    return Ending(answer["ending"]), answer["detail"]


def require() -> None:
    """Raise UserError unless candidate code can be run here: that takes Linux with user namespaces."""
    if not sys.platform.startswith("linux"):
        raise UserError("candidate code is run in a sandbox, and that needs Linux")
    exam = Exam("f", "", "def check(candidate):\n    assert candidate() == 1\n")
    tried = try_out("def f():\n    return 1\n", exam)
    if tried.ending is not Ending.PASSED:
        machine = os.uname().machine
        raise UserError(f"candidate code is not run: the sandbox does not work here ({machine}: {tried.detail})")
