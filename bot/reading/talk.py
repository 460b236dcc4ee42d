"""What the two processes say: the request, questions with their answers, and the verdict, which is the last of all."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.reading.asks import LARGEST_ASK, MARK, BadAsk
from bot.reading.broker import Broker
from bot.reading.model import Request
from bot.reading.wire import request_to_bytes

LARGEST_ANSWER = 32 * 2**20


@dataclass(frozen=True)
class Heard:
    """What the process printed: its answer, the last 4 kB of standard error, and why it was not heard to the end."""

    answer: bytes
    errors: bytes
    odd: str = ""


class Talk:
    """One conversation, from this side."""

    def __init__(self, process: asyncio.subprocess.Process, broker: Broker | None) -> None:
        self._process, self._broker = process, broker
        self._loop = asyncio.get_running_loop()

    async def had(self, request: Request) -> Heard:
        """Return what the process says; its standard input is left open: that is how it knows that we live."""
        process = self._process
        if process.stdin is None or process.stdout is None or process.stderr is None:
            raise AssertionError("they were asked for as pipes")
        process.stdin.write(request_to_bytes(request))
        tail = asyncio.ensure_future(_tail(process.stderr))
        try:
            return Heard(await self._answer(process.stdout), await tail)
        except BadAsk as odd:
            if process.returncode is None:
                process.kill()  # it would wait for ever for somebody to read the rest
            return Heard(b"", await tail, str(odd))

    async def _answer(self, stream: asyncio.StreamReader) -> bytes:
        """Return all that follows the last question; raises BadAsk where that has no end, or a question is none."""
        data = bytearray()
        while chunk := await stream.read(2**18):
            data += chunk
            while data.startswith(MARK):
                line, newline, rest = data.partition(b"\n")
                if not newline:
                    break
                self._heard(bytes(line))
                data = rest
            if data.startswith(MARK) and len(data) > LARGEST_ASK:
                raise BadAsk("a question is too large")
            if len(data) > LARGEST_ANSWER:
                raise BadAsk(f"the answer is larger than {LARGEST_ANSWER // 2**20} MB")
        return bytes(data)

    def _heard(self, line: bytes) -> None:
        if self._broker is None:
            raise BadAsk("it was told to ask nothing")
        self._broker.hear(line, lambda told: self._loop.call_soon_threadsafe(self._tell, told))

    def _tell(self, told: bytes) -> None:
        if self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(told)


async def _tail(stream: asyncio.StreamReader) -> bytes:
    data = b""
    while chunk := await stream.read(2**16):
        data = (data + chunk)[-4096:]
    return data
