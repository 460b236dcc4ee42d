"""How request and answer cross between the two processes: one JSON document each, and the answer is not trusted."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import msgspec

from bot.reading.model import Reading, Request, Unread
from bot.render.escape import encodable
from checks.finding import Finding
from checks.fold import overall_of
from checks.verdict import Verdict

LAST_LINE = 10_000_000
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_FINGERPRINT = re.compile(r"[0-9a-f]{16}")


class BadAnswer(Exception):
    """The reading process answered with something that it cannot have meant; the text is ours."""


class _Answer(msgspec.Struct):
    """A verdict, or why there is none."""

    verdict: Verdict | None = None
    reason: str = ""
    ours: bool = True
    again: bool = False


def request_to_bytes(request: Request) -> bytes:
    """Return a request as one line."""
    return msgspec.json.encode(_sendable(msgspec.to_builtins(request))) + b"\n"


def request_from(line: bytes) -> Request:
    """Return the request of a line; raises msgspec.ValidationError or DecodeError."""
    return msgspec.json.decode(line, type=Request)


def answer_to_bytes(answer: Reading | Unread) -> bytes:
    """Return an answer as JSON; what no UTF-8 can hold (bytes of odd paths) is written as escapes.

    Edits stay behind: they are the raw bytes that a suggestion was made from, and nobody here asks for them.
    """
    if isinstance(answer, Unread):
        sent = _Answer(None, answer.reason, answer.ours, answer.again)
    else:
        sent = _Answer(_without_edits(answer.verdict))
    return msgspec.json.encode(_sendable(msgspec.to_builtins(sent)))


def answer_from(data: bytes, request: Request) -> Reading | Unread:
    """Return what the reading process answered; raises BadAnswer for anything but a proper answer to this request."""
    try:
        answer = msgspec.json.decode(data, type=_Answer)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadAnswer("it is not a verdict") from error
    if answer.verdict is None:
        return Unread(answer.reason[:2_000] or "no reason was given", answer.ours, answer.again)
    verdict = answer.verdict
    if odd := _oddity(verdict, request):
        raise BadAnswer(odd)
    return Reading(replace(verdict, repository=request.repository, subject=request.subject))


def _oddity(verdict: Verdict, request: Request) -> str:
    """Return what cannot be in a verdict on this request, "" if all may be."""
    findings = [*verdict.findings, *verdict.silent, *(entry.finding for entry in verdict.silenced)]
    if verdict.head != request.head or not _COMMIT.fullmatch(verdict.base):
        return "it is about other commits"
    if not all(_is_sound(finding) for finding in findings):
        return "a finding has no proper place or mark"
    # the same sum again: whatever was said in there, an approval has to follow from what else was said
    if verdict.overall is not overall_of(verdict.findings, verdict.coverage, verdict.checks, verdict.silenced):
        return "its conclusion does not follow from it"
    return ""


def _is_sound(finding: Finding) -> bool:
    suggestion = finding.suggestion
    spans = [(finding.line, finding.end_line)] + ([(suggestion.line, suggestion.end_line)] if suggestion else [])
    placed = all(1 <= line <= end <= LAST_LINE for line, end in spans)
    return placed and bool(finding.path) and bool(_FINGERPRINT.fullmatch(finding.fingerprint))


def _without_edits(verdict: Verdict) -> Verdict:
    def bare(finding: Finding) -> Finding:
        return replace(finding, edits=())

    return replace(
        verdict,
        findings=tuple(map(bare, verdict.findings)),
        silent=tuple(map(bare, verdict.silent)),
        silenced=tuple(replace(entry, finding=bare(entry.finding)) for entry in verdict.silenced),
    )


def _sendable(value: Any) -> Any:  # noqa: ANN401 (what JSON can hold)
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, dict):
        return {_sendable(key): _sendable(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_sendable(held) for held in value]
    return value
