"""The process in which a candidate runs: it reads a program, then answers calls of one of its functions, one a line.

It shares nothing with the judge but two pipes. What it prints goes nowhere; what it answers is data, judged elsewhere.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

from bot.evaluation.inside.plain import read, written
from bot.evaluation.inside.refusal import give_up


def main() -> None:
    """Serve one program until the judge has no more questions."""
    asked, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    for fd in (0, 1):
        os.dup2(2, fd)  # the judge opened 2 on nothing
    program, entry_point, memory_bytes, seconds = read(asked.readline())
    give_up(memory_bytes, seconds)
    _say(answers, ("started", ""))
    names: dict[str, Any] = {"__name__": "candidate"}
    try:
        code = compile(program, "candidate.py", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        _say(answers, ("syntax", _told(error)))
        return
    try:
        exec(code, names)  # noqa: S102 (running it is what this process is for)
        function = names[entry_point]
    except BaseException as error:  # the candidate may raise anything; it is told, and judged
        _say(answers, ("raised", _told(error)))
        return
    _say(answers, ("ready", ""))
    _serve(function, asked, answers)


def _serve(function: Callable[..., object], asked: BinaryIO, answers: BinaryIO) -> None:
    for line in asked:
        arguments, keywords = read(line)
        try:
            answer = written(("value", function(*arguments, **keywords)))
        except BaseException as error:  # as above: also SystemExit, and what its own values do when they are written
            _say(answers, ("raised", _told(error)))
            return
        answers.write(answer)
        answers.flush()


def _told(error: BaseException) -> str:
    """Return the kind of an error, and what it says as far as it can be said safely."""
    kind = type(error)
    name = next((base.__name__ for base in kind.__mro__ if base.__module__ == "builtins"), "BaseException")
    said = error.args[0] if error.args and type(error.args[0]) is str else ""
    return f"{name}: {said[:200]}" if said else name


def _say(answers: BinaryIO, answer: tuple[str, str]) -> None:
    answers.write(written(answer))
    answers.flush()


if __name__ == "__main__":
    main()
    sys.exit(0)
