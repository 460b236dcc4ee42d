"""The reading process asks models, and what becomes of a review that is told too little, too much, or to stop."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.reading.asks import asking_line
from bot.reading.broker import Bounds, Broker
from bot.reading.model import Hosted, Inference, Reading, Request, Unread
from bot.reading.read import read
from bot.reading.talk import Heard, Talk
from checks.verdict import CheckStatus, Overall, Verdict
from models.chat.model import Ask, Chat, Purpose
from models.chat.scripted_chat import ScriptedChat
from tests.reading.asking import ASK, FOR, Endless, word
from tests.reading.changes import Pull

pytestmark = pytest.mark.asyncio

INFERENCE = Inference(
    hosted=tuple(Hosted(role, "scripted/one", 32_000, 3.0) for role in ("find", "verify")), salt="ab" * 32
)
PAGE = "def page(rows, size):\n    return rows[:size]\n"
OFF = PAGE.replace("[:size]", "[: size - 1]")


def answers(ask: Ask) -> dict[str, Any]:
    """Claim that a row is lost where that is shown to who looks for errors of logic, and refute nothing."""
    if "claims" not in ask.schema["properties"]:
        return {"refuted": False, "because": "", "why": "", "missing": ""}
    fields = ask.schema["properties"]["claims"]["items"]["properties"]
    if "wrong-value" not in fields["kind"]["enum"]:
        return {"claims": []}
    claim = {"path": "a.py", "quote": "return rows[: size - 1]", "kind": "wrong-value", "why": "A row is lost."}
    claim |= {"confidence": "high", "input": "page([1], 1) is []"}
    return {"claims": [{name: claim.get(name, []) for name in fields}]}


def broker_of(chat: Chat, **bounds: int) -> Broker:
    return Broker(lambda role: chat, frozenset({"find", "verify"}), FOR, Bounds(**bounds))


async def asked(tmp_path: Path, broker: Broker | None, inference: Inference | None = INFERENCE) -> Verdict:
    request = replace(Pull(tmp_path, {"a.py": PAGE}, {"a.py": OFF}).request(), inference=inference)
    answer = await read(request, seconds=60, megabytes=4000, broker=broker)
    assert isinstance(answer, Reading), answer
    return answer.verdict


async def test_a_model_behind_the_pipe_reads_the_change(tmp_path: Path) -> None:
    chat = ScriptedChat(answers)
    verdict = await asked(tmp_path, broker_of(chat))
    assert [(f.slug, f.path, f.line) for f in verdict.findings] == [("logic-error", "a.py", 2)]
    assert verdict.reading
    assert verdict.reading.calls == len(chat.asks)
    assert set(chat.purposes) == {Purpose(role, FOR.repository, FOR.subject) for role in ("find", "verify")}


async def test_errors_behind_the_pipe_are_not_checked(tmp_path: Path) -> None:
    verdict = await asked(tmp_path, broker_of(ScriptedChat([])))
    assert verdict.overall is not Overall.APPROVE
    assert {run.status for run in verdict.checks if run.slug == "logic-error"} == {CheckStatus.FAILED}


async def test_where_nobody_is_told_of_nobody_is_asked(tmp_path: Path) -> None:
    chat = ScriptedChat(answers)
    verdict = await asked(tmp_path, broker_of(chat), None)
    assert (verdict.findings, verdict.reading, chat.asks) == ((), None, [])


async def test_who_is_missing_is_said(tmp_path: Path) -> None:
    verdict = await asked(tmp_path, broker_of(ScriptedChat([])), Inference(missing="no model large enough: tiny ranks"))
    said = {run.reason for run in verdict.checks if run.slug == "logic-error"}
    assert said == {"not run: no model large enough: tiny ranks"}


async def test_a_process_that_asks_though_it_was_told_of_nobody_is_ended(tmp_path: Path) -> None:
    request = replace(Pull(tmp_path, {"a.py": PAGE}, {"a.py": OFF}).request(), inference=INFERENCE)
    answer = await read(request, seconds=60, megabytes=4000)
    assert answer == Unread("the reading process was ended: it was told to ask nothing", ours=True)


async def test_giving_up_on_a_review_ends_its_calls(tmp_path: Path) -> None:
    endless = Endless(context=32_000)
    reading = asyncio.create_task(asked(tmp_path, broker_of(endless)))
    assert await asyncio.to_thread(endless.asked.wait, 30)
    reading.cancel()
    assert await asyncio.to_thread(endless.stopped.wait, 5)
    with pytest.raises(asyncio.CancelledError):
        await reading


async def test_a_review_that_takes_too_long_ends_its_calls(tmp_path: Path) -> None:
    endless = Endless(context=32_000)
    request = replace(Pull(tmp_path, {"a.py": PAGE}, {"a.py": OFF}).request(), inference=INFERENCE)
    answer = await read(request, seconds=8, megabytes=4000, broker=broker_of(endless))
    assert answer == Unread("the review took longer than 8 s", ours=True)
    assert endless.stopped.is_set() or await asyncio.to_thread(endless.stopped.wait, 5)


async def said_by(code: str, broker: Broker | None = None) -> Heard:
    """Return what is heard of a process that runs this code in place of a review."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", f"import sys, time; o = sys.stdout.buffer; {code}", stdin=pipe, stdout=pipe, stderr=pipe
    )
    heard = await asyncio.wait_for(Talk(process, broker).had(Request("/m", "r", "s", "t", "h")), 30)
    await process.wait()
    return heard


@pytest.mark.parametrize(
    ("code", "odd"),
    [
        ("o.write(b'?{}\\n'); o.flush(); time.sleep(60)", "a question has not the form of one"),
        ("o.write(b'?' + b'x' * (5 * 2**20)); o.flush(); time.sleep(60)", "a question is too large"),
        ("o.write(b'x' * (33 * 2**20)); o.flush(); time.sleep(60)", "the answer is larger than 32 MB"),
    ],
)
async def test_a_process_that_says_what_no_review_says_is_ended(code: str, odd: str) -> None:
    assert await said_by(code, broker_of(ScriptedChat([]))) == Heard(b"", b"", odd)


async def test_questions_are_cut_from_the_answer_wherever_the_bytes_break(tmp_path: Path) -> None:
    """The first question comes in two pieces, the second together with the answer."""
    first, second = (asking_line(at, "find", ASK, 5.0) for at in (1, 2))
    (tmp_path / "said").write_bytes(first + second)
    code = (
        f"said = open({str(tmp_path / 'said')!r}, 'rb').read(); o.write(said[:50]); o.flush(); time.sleep(0.1); "
        f"o.write(said[50:{len(first)}]); o.flush(); sys.stdin.readline(); sys.stdin.readline(); "
        f"o.write(said[{len(first)}:] + b'{{}}'); o.flush(); sys.stdin.readline()"
    )
    chat = ScriptedChat(lambda ask: word("tree"))
    heard = await said_by(code, broker_of(chat))
    assert heard == Heard(b"{}", b"")
    assert len(chat.asks) == 2
