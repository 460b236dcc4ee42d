"""How questions to a model cross from the reading process to the one that holds keys, and answers back: one line each.

A question's line begins with `?`, so that nothing else is one. What asks may have been taken over: sizes, counts, the
schema's form and every number are looked at here, and an answer tells no key, host or path.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from bot.render.escape import encodable, printable
from kb.redact import redact
from models.chat import errors as chat_errors
from models.chat.errors import ChatError
from models.chat.model import Ask, Reply, Usage
from models.chat.schema import check_schema
from models.errors import Cancelled, ModelError, OutOfTime, TooLong

MARK = b"?"
LARGEST_ASK = 4 * 2**20  # bytes of a line
LARGEST_SCHEMA = 64 * 2**10
MOST_TOKENS = 64_000  # of one answer, thinking included
LONGEST_WAIT = 1_800.0  # seconds
_DEEPEST = 12
_NAME = re.compile(r"[a-z_]{1,64}")
_PLACES = re.compile(r"\w+://\S+|\S*/\S*/\S*|\b(?:\d{1,3}\.){3}\d{1,3}\S*")

_SAID = {  # of a provider: what is told to strangers. The log has the rest.
    "Unauthorised": "the provider does not accept the key",
    "BadRequest": "the provider does not take the question",
    "RateLimited": "the provider takes no more calls now",
    "Overloaded": "the provider cannot answer now",
    "Unreachable": "the provider cannot be reached",
    "Refused": "the model declined to answer",
    "BadAnswer": "the answer is not of the form that was asked for",
    "CutOff": "the answer is cut off",
    "Open": "the provider failed too often lately",
    "TooLong": "the question does not fit the model",
    "OutOfTime": "the time for it is up",
    "Cancelled": "cancelled",
}
_OWN = ("NoReader", "OverBudget")  # texts of ours that people are to read
_KINDS: dict[str, type[ModelError]] = {
    **{name: getattr(chat_errors, name) for name in (*_SAID, *_OWN) if hasattr(chat_errors, name)},
    **{kind.__name__: kind for kind in (Cancelled, OutOfTime, TooLong)},
}


class BadAsk(Exception):
    """A line that no question of ours can be; the text is ours."""


class Asking(msgspec.Struct, tag="ask", forbid_unknown_fields=True):
    """One question for a role; `seconds` is how long its asker will wait."""

    id: int
    role: str
    system: str
    question: str
    schema: dict[str, Any]
    name: str
    shared: str
    most: int
    thinking: int
    temperature: float
    seed: int
    seconds: float


class Withdrawn(msgspec.Struct, tag="withdraw", forbid_unknown_fields=True):
    """Nobody waits for this answer any more."""

    id: int


class Told(msgspec.Struct, omit_defaults=True):
    """What came of a question: data, or the class of an error and its text."""

    id: int
    data: dict[str, Any] | None = None
    usage: tuple[int, int, int, int] = (0, 0, 0, 0)
    provider: str = ""
    model: str = ""
    ms: int = 0
    micros: int = 0
    attempts: int = 1
    is_cached: bool = False
    error: str = ""
    text: str = ""
    after: float | None = None


def asking_line(number: int, role: str, ask: Ask, seconds: float) -> bytes:
    """Return a question as its line."""
    asking = Asking(
        number,
        role,
        encodable(ask.system),
        encodable(ask.question),
        dict(ask.schema),
        ask.name,
        encodable(ask.shared),
        ask.most,
        ask.thinking,
        ask.temperature,
        ask.seed,
        seconds,
    )
    return MARK + msgspec.json.encode(asking) + b"\n"


def withdrawn_line(number: int) -> bytes:
    """Return that a question is withdrawn as its line."""
    return MARK + msgspec.json.encode(Withdrawn(number)) + b"\n"


def asked_in(line: bytes) -> Asking | Withdrawn:
    """Return what a line of the reading process asks; raises BadAsk."""
    if len(line) > LARGEST_ASK or not line.startswith(MARK):
        raise BadAsk("a question is too large, or none")
    try:
        found: Asking | Withdrawn = msgspec.json.decode(line[len(MARK) :], type=Asking | Withdrawn)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise BadAsk("a question has not the form of one") from None
    if isinstance(found, Asking) and (odd := _oddity(found)):
        raise BadAsk(odd)
    return found


def ask_of(asking: Asking) -> Ask:
    """Return the question as models are asked."""
    return Ask(
        system=asking.system,
        question=asking.question,
        schema=asking.schema,
        name=asking.name,
        shared=asking.shared,
        most=asking.most,
        thinking=asking.thinking,
        temperature=asking.temperature,
        seed=asking.seed,
    )


def told_reply(number: int, reply: Reply) -> bytes:
    """Return an answer as its line."""
    usage = (reply.usage.input, reply.usage.output, reply.usage.read, reply.usage.written)
    told = Told(
        number,
        dict(reply.data),
        usage,
        encodable(reply.provider),
        encodable(reply.model),
        reply.ms,
        reply.micros,
        reply.attempts,
        reply.is_cached,
    )
    return msgspec.json.encode(told) + b"\n"


def told_error(number: int, error: ModelError) -> bytes:
    """Return why there is no answer as its line: a class that askers know, and a text that strangers may read."""
    kind = next((one.__name__ for one in type(error).__mro__ if one.__name__ in _KINDS), "BadAnswer")
    text = _tame(str(error)) if kind in _OWN else _SAID[kind]
    return msgspec.json.encode(Told(number, error=kind, text=text, after=getattr(error, "after", None))) + b"\n"


def told_in(line: bytes) -> Told:
    """Return what the line of an answer tells; raises msgspec.ValidationError or DecodeError."""
    return msgspec.json.decode(line, type=Told)


def reply_of(told: Told) -> Reply:
    """Return the answer that was told; raises the error that was."""
    if told.error:
        kind = _KINDS.get(told.error, ChatError)
        if issubclass(kind, chat_errors.RateLimited | chat_errors.Overloaded):
            raise kind(told.text, told.after)
        raise kind(told.text)
    return Reply(
        data=told.data or {},
        usage=Usage(*told.usage),
        provider=told.provider,
        model=told.model,
        ms=told.ms,
        micros=told.micros,
        attempts=told.attempts,
        is_cached=told.is_cached,
    )


def _oddity(asking: Asking) -> str:
    """Return what no question of ours has, "" if all may be."""
    if not _NAME.fullmatch(asking.name) or not _NAME.fullmatch(asking.role):
        return "a question has no proper name or role"
    if not (1 <= asking.most <= MOST_TOKENS and 0 <= asking.thinking <= asking.most):
        return "a question asks for too long an answer"
    if not (0.0 <= asking.temperature <= 2.0 and 0 <= asking.seed < 2**63):
        return "a question has odd settings"
    if not 0.0 <= asking.seconds <= LONGEST_WAIT:
        return "a question would wait too long"
    if len(msgspec.json.encode(asking.schema)) > LARGEST_SCHEMA or not _is_plain(asking.schema, _DEEPEST):
        return "a schema is too large"
    try:
        check_schema(asking.schema)
    except (ValueError, TypeError, AttributeError, KeyError):  # of any JSON whatsoever
        return "a schema is none that we ask by"
    return ""


def _is_plain(value: Any, depth: int) -> bool:  # noqa: ANN401 (what JSON can hold)
    """Return whether JSON is not nested too deeply, and has no number that a validator could stumble over."""
    if isinstance(value, int | float):
        return abs(value) <= 10**9
    if isinstance(value, Mapping):
        return depth > 0 and all(_is_plain(held, depth - 1) for held in value.values())
    if isinstance(value, list):
        return depth > 0 and all(_is_plain(held, depth - 1) for held in value)
    return True


def _tame(text: str) -> str:
    """Return a text of ours in one short line, without what looks like a place of this machine or network."""
    return printable(_PLACES.sub("...", redact(" ".join(text.split()))))[:300]
