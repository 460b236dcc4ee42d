"""Comments of the conversation, and reactions on comments of either kind."""

from __future__ import annotations

from tests.world import shapes, shapes_pull
from tests.world.errors import Denied, invalid, missing, too_long
from tests.world.operation import Answer, Call, Operation, wanted
from tests.world.pull import Pull
from tests.world.records import Remark
from tests.world.rest_reviews import NOTE, note_in
from tests.world.shapes import REACTIONS


def _list(call: Call) -> Answer:
    since = call.query.get("since", "")
    found = [each for each in call.pull.remarks if each.edited.strftime("%Y-%m-%dT%H:%M:%SZ") >= since]
    return call.page(found, lambda each: shapes_pull.remark(call.pull, each))


def _create(call: Call) -> Answer:
    body = wanted(call, "body")
    too_long("IssueComment", body)
    if not body.strip():
        raise invalid("IssueComment", "body", "missing_field")
    return Answer(201, shapes_pull.remark(call.pull, call.pull.comment(call.user, body)))


def _remark(call: Call) -> tuple[Pull, Remark]:
    for pull in call.repo.pulls.values():
        for remark in pull.remarks:
            if str(remark.id) == call.values["comment_id"]:
                return pull, remark
    raise missing()


def _get(call: Call) -> Answer:
    return Answer(200, shapes_pull.remark(*_remark(call)))


def _edit(call: Call) -> Answer:
    (pull, remark), body = _remark(call), wanted(call, "body")
    too_long("IssueComment", body)
    if remark.author is not call.user:
        raise Denied(403, "Resource not accessible by integration")
    pull.edit(remark, call.user, body)
    return Answer(200, shapes_pull.remark(pull, remark))


def _delete(call: Call) -> Answer:
    pull, remark = _remark(call)
    pull.delete(remark, call.user)
    return Answer(204)


def _reactions(call: Call, remark: Remark) -> Answer:
    content = call.query.get("content")
    found = [each for each in remark.reactions if content in (None, each.content)]
    return call.page(found, lambda each: shapes.reaction(call.world, each))


def _react(call: Call, pull: Pull, remark: Remark) -> Answer:
    """Add a reaction; giving it again answers 200 instead of 201."""
    content = wanted(call, "content")
    if content not in REACTIONS:
        raise invalid("Reaction", "content", "invalid")
    given, is_new = pull.react(remark, call.user, content)
    return Answer(201 if is_new else 200, shapes.reaction(call.world, given))


REPO = "/repos/{owner}/{repo}"
REMARK = f"{REPO}/issues/comments/{{comment_id}}"
REMARKS = f"{REPO}/issues/{{issue_number}}/comments"
READ, WRITE = "issues:read|pull_requests:read", "issues:write|pull_requests:write"
OPERATIONS = (
    Operation("GET", REMARKS, READ, _list),
    Operation("POST", REMARKS, WRITE, _create, makes_content=True),
    Operation("GET", REMARK, READ, _get),
    Operation("PATCH", REMARK, WRITE, _edit),
    Operation("DELETE", REMARK, WRITE, _delete),
    Operation("GET", f"{REMARK}/reactions", READ, lambda call: _reactions(call, _remark(call)[1])),
    Operation("POST", f"{REMARK}/reactions", WRITE, lambda call: _react(call, *_remark(call))),
    Operation("GET", f"{NOTE}/reactions", "pull_requests:read", lambda call: _reactions(call, note_in(call)[1])),
    Operation("POST", f"{NOTE}/reactions", "pull_requests:write", lambda call: _react(call, *note_in(call))),
)
