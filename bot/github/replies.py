"""What an answer of GitHub's means: done, or which error. Pure: no request is made here.

Sources: "Rate limits for the REST API", "Rate limits and query limits for the GraphQL API" and "Troubleshooting the
REST API" in GitHub's documentation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from bot.github.errors import Forbidden, GitHubError, Gone, Refused, Unauthorised, Unexpected, Unreachable

LONGEST_REASON = 300  # characters of one of GitHub's texts that are kept


@dataclass(frozen=True)
class Reply:
    """One HTTP answer; the names of its headers are in lower case. Body and headers stay out of its text form."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def message(self) -> str:
        """Return GitHub's own words, "" where there are none."""
        try:
            said = json.loads(self.body)
        except ValueError:
            return ""
        message = said.get("message") if isinstance(said, dict) else None
        return message if isinstance(message, str) else ""

    @property
    def sent_at(self) -> float | None:
        """Return when GitHub says it answered, in seconds since 1970."""
        return _moment(self.headers.get("date", ""))


@dataclass(frozen=True)
class Limit:
    """A rate limit that was reached. `seconds` is None where GitHub does not say how long to wait."""

    is_secondary: bool
    seconds: float | None


def limit_in(reply: Reply, *, now: float) -> Limit | None:
    """Return the rate limit that an answer speaks of; `now` is the time by GitHub's clock."""
    if reply.status == 200:  # GraphQL says so in its body
        return _limit_of_graphql(reply, now=now)
    if reply.status not in (403, 429):
        return None
    message = reply.message().lower()
    spent = reply.headers.get("x-ratelimit-remaining") == "0"
    if after := reply.headers.get("retry-after"):
        return Limit(is_secondary=not spent or "secondary" in message, seconds=_delay(after, now=now))
    if "secondary rate" in message or "abuse" in message:
        return Limit(is_secondary=True, seconds=_until_reset(reply, now=now) if spent else None)
    if spent and not message.startswith("resource not accessible"):
        return Limit(is_secondary=False, seconds=_until_reset(reply, now=now))
    if reply.status == 429 or "rate limit" in message:
        return Limit(is_secondary=True, seconds=None)
    return None


def refusal_in(reply: Reply, where: str) -> GitHubError | None:
    """Return the error that an answer stands for, None for one that is good; rate limits are looked for before."""
    status, text = reply.status, f"{where}: {reply.status}"
    if status in (200, 201, 202, 204, 304):
        return None
    if status >= 500 or status == 408:
        return Unreachable(text)
    if status in (404, 410):
        return Gone(text)
    if status == 401:
        return Unauthorised(text)
    if status in (403, 451):
        return Forbidden(f"{text}{_permissions_wanted(reply)}")
    if status in (406, 409, 422):
        return Refused(text, reasons_in(reply))
    return Unexpected(text)


def graphql_refusal_in(reply: Reply, where: str) -> GitHubError | None:
    """Return the error in a GraphQL answer: such answers are 200. Data beside an error is not believed."""
    errors = _graphql_errors(reply)
    if not errors:
        return None
    kinds = {str(error.get("type") or "").upper() for error in errors}
    texts = [str(error.get("message") or "") for error in errors]
    said = ", ".join(sorted(kind for kind in kinds if re.fullmatch(r"[A-Z_]{1,40}", kind))) or "an error"
    text = f"{where}: {said}"
    if kinds & {"FORBIDDEN", "INSUFFICIENT_SCOPES"}:
        return Forbidden(text)
    if "NOT_FOUND" in kinds:
        return Gone(text)
    broke = any(re.match(r"(?i)something went wrong|timedout|timeout|internal server error", each) for each in texts)
    if broke or kinds & {"SERVICE_UNAVAILABLE", "INTERNAL", "TIMEOUT"}:
        return Unreachable(text)
    if kinds & {"UNPROCESSABLE", "STALE_DATA"}:
        return Refused(text, tuple(each[:LONGEST_REASON] for each in texts))
    return Unexpected(text)


def reasons_in(reply: Reply) -> tuple[str, ...]:
    """Return GitHub's texts in a 422: the message, then one text an error, which may be a text or an object."""
    reasons = [reply.message()]
    try:
        errors = json.loads(reply.body).get("errors", [])
    except (ValueError, AttributeError):
        errors = []
    for error in errors if isinstance(errors, list) else [errors]:
        if isinstance(error, dict):
            parts = [error.get(name) for name in ("resource", "field", "code", "message")]
            reasons.append(" ".join(part for part in parts if isinstance(part, str)))
        elif isinstance(error, str):
            reasons.append(error)
    return tuple(reason[:LONGEST_REASON] for reason in reasons if reason)


def _limit_of_graphql(reply: Reply, *, now: float) -> Limit | None:
    for error in _graphql_errors(reply):
        message = str(error.get("message") or "").lower()
        if "secondary rate" in message:
            after = reply.headers.get("retry-after", "")
            return Limit(is_secondary=True, seconds=_delay(after, now=now))
        if str(error.get("type") or "").upper() in ("RATE_LIMITED", "RATE_LIMIT"):
            return Limit(is_secondary=False, seconds=_until_reset(reply, now=now))
    return None


def _graphql_errors(reply: Reply) -> list[dict[str, Any]]:
    if b'"errors"' not in reply.body:
        return []
    try:
        said = json.loads(reply.body)
    except ValueError:
        return []
    errors = said.get("errors") if isinstance(said, dict) else None
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []


def _until_reset(reply: Reply, *, now: float) -> float | None:
    reset = reply.headers.get("x-ratelimit-reset", "")
    return max(1.0, float(reset) - now) if re.fullmatch(r"\d{1,12}", reset) else None


def _delay(after: str, *, now: float) -> float | None:
    """Return the seconds that a `retry-after` asks for: HTTP allows a number or a date (RFC 9110, 10.2.3)."""
    if re.fullmatch(r"\d{1,9}", after):
        return float(after)
    moment = _moment(after)
    return None if moment is None else max(1.0, moment - now)


def _moment(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError):
        return None


def _permissions_wanted(reply: Reply) -> str:
    """Return which permissions GitHub says would do: it names them in a header of its 403."""
    wanted = reply.headers.get("x-accepted-github-permissions", "")
    return f", it takes {wanted}" if re.fullmatch(r"[a-z_=,; ]{1,200}", wanted) else ""
