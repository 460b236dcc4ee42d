"""From remarks that say one thing to what a rule would look for, in a process of its own that holds no secret.

The code that was commented, and the tree in which the rule must be rare, were written by strangers; whoever parses
them gets no token and no key. Its answer is not trusted: it is a body of the closed form, and which remarks ask for it.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from bot.logs import log
from bot.reading.read import environment_of
from kb.errors import UserError
from kb.memory.model import LearnedRule
from kb.memory.promote import Proposal, proposal_of, rule_of
from kb.memory.promote_alike import Remark, has_recurred
from kb.memory.promote_body import BadRule, kind_of, read_body, written
from kb.repository import Repository

SECONDS, MEGABYTES = 60, 1024
MOST_REMARKS = 60
LARGEST_ANSWER = 64 * 2**10  # bytes


class Asked(msgspec.Struct):
    """The remarks of one kind, and the tree in which a rule must be rare."""

    mirror: str
    base: str
    remarks: tuple[Remark, ...]


class Answer(msgspec.Struct, forbid_unknown_fields=True):
    """A rule's body, and the places of the remarks that ask for it; `kind` "" where there is nothing to propose."""

    kind: str = ""
    body: str = ""
    remarks: tuple[int, ...] = ()


async def proposed_rule(mirror: Path, base: str, remarks: Sequence[Remark]) -> LearnedRule | None:
    """Return the rule that remarks of one kind propose; None where there is none, or the process fails."""
    return await asyncio.to_thread(_proposed_rule, Asked(str(mirror), base, tuple(remarks[:MOST_REMARKS])), os.environ)


def _proposed_rule(asked: Asked, environment: Mapping[str, str]) -> LearnedRule | None:
    with tempfile.TemporaryDirectory(prefix="prudent-promoting-") as scratch:
        argv = [sys.executable, "-I", "-m", "bot.workflow.promoting"]
        env = environment_of(Path(scratch), "", environment)
        try:
            said = msgspec.json.encode(asked)
            done = subprocess.run(argv, input=said, capture_output=True, cwd=scratch, env=env, timeout=2 * SECONDS)
        except (OSError, subprocess.TimeoutExpired) as error:
            log("promote").warning("failed", reason=type(error).__name__)
            return None
    if done.returncode or len(done.stdout) > LARGEST_ANSWER:
        log("promote").warning("failed", code=done.returncode)
        return None
    return rule_from(done.stdout, asked.remarks)


def rule_from(answer: bytes, remarks: Sequence[Remark]) -> LearnedRule | None:
    """Return the rule of an answer about remarks; None for an answer that is none, or cannot be meant."""
    try:
        said = msgspec.json.decode(answer, type=Answer)
        if not said.kind:
            return None
        chosen = sorted({number for number in said.remarks if 0 <= number < len(remarks)})
        proposal = Proposal(read_body(said.kind, said.body), tuple(remarks[number] for number in chosen))
        return rule_of(proposal) if has_recurred(proposal.remarks) else None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, BadRule) as error:
        log("promote").warning("bad answer", reason=type(error).__name__)
        return None


def answer_to(asked: Asked) -> Answer:
    """Return what remarks propose, in the process that parses."""
    try:
        with Repository.open(Path(asked.mirror)) as repository:
            found = proposal_of(asked.remarks, repository.view(asked.base))
    except UserError:
        return Answer()
    if found is None:
        return Answer()
    places = tuple(number for number, remark in enumerate(asked.remarks) if remark in found.remarks)
    return Answer(kind_of(found.body), written(found.body), places)


def main() -> int:
    """Answer one request of standard input on standard output; an alarm ends the process in any case."""
    signal.alarm(SECONDS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (MEGABYTES * 2**20, MEGABYTES * 2**20))
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Asked)
    sys.stdout.buffer.write(msgspec.json.encode(answer_to(asked)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
