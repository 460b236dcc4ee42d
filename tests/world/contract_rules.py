"""Rules of GitHub that its OpenAPI description leaves out, each with its source: they are ours to uphold.

Sources: "description" is the prose of the OpenAPI document, "docs" GitHub's REST documentation, "422" the text that
GitHub is known to refuse a request with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Body = Mapping[str, Any]
Rule = Callable[[Body], Iterator[str]]

SIDES = ("LEFT", "RIGHT")
BODY_CHARACTERS = 65_536  # 422: "body is too long (maximum is 65536 characters)"
FIELD_BYTES = 64 * 1024  # description: annotation message and raw_details
TITLE_CHARACTERS = 255  # description: annotation title
TOKEN_REPOSITORIES = 500  # description: access tokens
COMMIT = re.compile(r"[0-9a-f]{40}")
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")  # docs: ISO 8601, to the second


def query_rules(query: Mapping[str, str]) -> Iterator[str]:
    """Return what is wrong with paging and moments (docs, "Using pagination"; "Timezones")."""
    for name, most in (("per_page", 100), ("page", None)):
        text = query.get(name, "1")
        if not text.isdigit() or int(text) < 1 or (most is not None and int(text) > most):
            yield f"{name}={text}: from 1" + (f" to {most}" if most else "")
    if "since" in query and not TIMESTAMP.fullmatch(query["since"]):
        yield "since is not YYYY-MM-DDTHH:MM:SSZ"


def _nothing(body: Body) -> Iterator[str]:
    yield from ()


def _text(body: Body) -> Iterator[str]:
    text = body.get("body")
    if isinstance(text, str):
        if len(text) > BODY_CHARACTERS:
            yield f"body has {len(text)} characters; {BODY_CHARACTERS} are taken"
        if not text.strip():
            yield "body is blank"


def _review(body: Body) -> Iterator[str]:
    event = body.get("event")
    if event in ("COMMENT", "REQUEST_CHANGES") and not body.get("body"):
        yield f"{event} needs a body"  # description
    if "body" in body and body["body"] != "":
        yield from _text(body)
    yield from _commit(body, "commit_id")
    comments = body.get("comments")
    for number, comment in enumerate(comments if isinstance(comments, list) else []):
        if isinstance(comment, dict):
            for said in _anchor(comment):
                yield f"comments[{number}]: {said}"


def _comment(body: Body) -> Iterator[str]:
    yield from _text(body)
    if "in_reply_to" in body:
        return
    yield from _commit(body, "commit_id")
    if body.get("subject_type") != "file":
        yield from _anchor(body, with_text=False)


def _anchor(comment: Body, *, with_text: bool = True) -> Iterator[str]:
    """Return what is wrong with where an inline comment is put (422: "... must precede the end line.")."""
    if with_text:
        yield from _text(comment)
    if "position" in comment:
        yield "position is deprecated: say line and side"  # description
    line, start = comment.get("line"), comment.get("start_line")
    if not isinstance(line, int):
        yield "line is missing"
    elif line < 1 or (isinstance(start, int) and start < 1):
        yield "lines are counted from 1"
    elif isinstance(start, int) and start >= line:
        yield f"start_line {start} must precede line {line}"
    for name in ("side", "start_side"):
        if name in comment and comment[name] not in SIDES:
            yield f"{name} is {comment[name]!r}, not LEFT or RIGHT"
    if "start_side" in comment and "start_line" not in comment:
        yield "start_side without start_line"
    if str(comment.get("path", "")).startswith("/"):
        yield "path is relative to the repository"


def _check(body: Body) -> Iterator[str]:
    status, conclusion = body.get("status"), body.get("conclusion")
    if status == "completed" and conclusion is None:
        yield "completed needs a conclusion"  # description: required if status is completed
    if conclusion is not None and status not in (None, "completed"):
        yield f"conclusion {conclusion} with status {status}"
    if conclusion == "stale":
        yield "only GitHub sets stale"  # description
    yield from _commit(body, "head_sha")
    for name in ("started_at", "completed_at"):
        if isinstance(body.get(name), str) and not TIMESTAMP.fullmatch(body[name]):
            yield f"{name} is not YYYY-MM-DDTHH:MM:SSZ"  # description
    output = body.get("output")
    notes = output.get("annotations") if isinstance(output, dict) else None
    for number, note in enumerate(notes if isinstance(notes, list) else []):
        if isinstance(note, dict):
            for said in _annotation(note):
                yield f"annotations[{number}]: {said}"


def _annotation(note: Body) -> Iterator[str]:
    start, end = note.get("start_line"), note.get("end_line")
    if isinstance(start, int) and isinstance(end, int):
        if not 1 <= start <= end:
            yield f"lines {start} to {end}"
        if start != end and ("start_column" in note or "end_column" in note):
            yield "columns only where start_line is end_line"  # description
    for name in ("message", "raw_details"):
        if len(str(note.get(name, "")).encode()) > FIELD_BYTES:
            yield f"{name} is over 64 KB"
    if len(str(note.get("title", ""))) > TITLE_CHARACTERS:
        yield f"title is over {TITLE_CHARACTERS} characters"
    if str(note.get("path", "")).startswith("/"):
        yield "path is relative to the repository"


def _token(body: Body) -> Iterator[str]:
    for name in ("repositories", "repository_ids"):
        wanted = body.get(name)
        if isinstance(wanted, list) and len(wanted) > TOKEN_REPOSITORIES:
            yield f"{name} names over {TOKEN_REPOSITORIES}"


def _dismissal(body: Body) -> Iterator[str]:
    if not str(body.get("message", "")).strip():
        yield "message is blank"


def _commit(body: Body, name: str) -> Iterator[str]:
    value = body.get(name)
    if isinstance(value, str) and not COMMIT.fullmatch(value):
        yield f"{name} is not a full commit id"


REPO = "/repos/{owner}/{repo}"
PULL = f"{REPO}/pulls/{{pull_number}}"
EMPTY: Rule = _nothing
RULES: dict[tuple[str, str], Rule] = {
    ("post", "/app/installations/{installation_id}/access_tokens"): _token,
    ("post", f"{REPO}/check-runs"): _check,
    ("patch", f"{REPO}/check-runs/{{check_run_id}}"): _check,
    ("post", f"{REPO}/issues/{{issue_number}}/comments"): _text,
    ("patch", f"{REPO}/issues/comments/{{comment_id}}"): _text,
    ("patch", f"{REPO}/pulls/comments/{{comment_id}}"): _text,
    ("post", f"{PULL}/comments"): _comment,
    ("post", f"{PULL}/reviews"): _review,
    ("put", f"{PULL}/reviews/{{review_id}}"): _text,
    ("post", f"{PULL}/reviews/{{review_id}}/events"): _review,
    ("put", f"{PULL}/reviews/{{review_id}}/dismissals"): _dismissal,
}
