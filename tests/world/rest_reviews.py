"""Reviews: made whole or not at all, one draft per person, never one's own approval."""

from __future__ import annotations

from typing import Any

from tests.world import shapes_pull
from tests.world.conversation import Draft
from tests.world.errors import Denied, missing, too_long, unprocessable
from tests.world.operation import Answer, Call, Operation, wanted
from tests.world.placing import refuse_position, spot_of
from tests.world.pull import Pull
from tests.world.records import Note, Review

EVENTS = ("COMMENT", "APPROVE", "REQUEST_CHANGES")
DISMISSABLE = ("APPROVED", "CHANGES_REQUESTED")


def _review(call: Call) -> Review:
    found = [r for r in call.pull.visible_reviews(call.user) if str(r.id) == call.values["review_id"]]
    if not found:
        raise missing()
    return found[0]


def _shown(call: Call, review: Review) -> Answer:
    return Answer(200, shapes_pull.review(call.pull, review))


def _list(call: Call) -> Answer:
    return call.page(call.pull.visible_reviews(call.user), lambda each: shapes_pull.review(call.pull, each))


def _get(call: Call) -> Answer:
    return _shown(call, _review(call))


def _notes(call: Call) -> Answer:
    review = _review(call)
    found = [(t, n) for t in call.pull.visible_threads(call.user) for n in t.notes if n.review is review]
    return call.page(found, lambda each: _legacy(shapes_pull.note(call.pull, *each)))


def _legacy(told: dict[str, Any]) -> dict[str, Any]:
    """Drop what this one list does not have."""
    return {name: value for name, value in told.items() if name != "subject_type"}


def _check_event(call: Call, event: str, body: str | None, *, has_comments: bool) -> None:
    if event not in EVENTS:
        raise Denied(422, f"Invalid request.\n\n{event} is not included in the list")
    if event != "COMMENT" and call.pull.author is call.user:
        what = {"APPROVE": "approve", "REQUEST_CHANGES": "request changes on"}[event]
        raise unprocessable(f"Can not {what} your own pull request")
    if not body and (event == "REQUEST_CHANGES" or (event == "COMMENT" and not has_comments)):
        raise unprocessable("Body can't be blank")


def _drafts(call: Call, comments: list[dict[str, Any]], commit: str | None) -> list[Draft]:
    """Check every comment before anything is made: one that is bad fails them all."""
    made = []
    for each in comments:
        refuse_position(each)
        too_long("PullRequestReviewComment", each.get("body"))
        if not each.get("body"):
            raise unprocessable("Body can't be blank")
        spot = spot_of(
            call.pull,
            each["path"],
            each.get("line"),
            each.get("side", "RIGHT"),
            start_line=each.get("start_line"),
            start_side=each.get("start_side"),
            commit=commit,
        )
        made.append(Draft(spot, each["body"]))
    return made


def _create(call: Call) -> Answer:
    """Make a review; without an event it stays a draft. Answers 200, without the comments."""
    body, event, commit = call.body.get("body"), call.body.get("event"), call.body.get("commit_id")
    too_long("PullRequestReview", body)
    if any(each.author is call.user and each.is_pending for each in call.pull.reviews):
        raise unprocessable("User can only have one pending review per pull request")
    if event is not None:
        _check_event(call, event, body, has_comments=bool(call.body.get("comments")))
    if commit and commit not in call.pull.commits_ever():
        raise unprocessable("commit_id is not part of the pull request")
    drafts = _drafts(call, call.body.get("comments", []), commit)
    return _shown(call, call.pull.review(call.user, body or "", event, drafts, commit))


def _update(call: Call) -> Answer:
    """Replace the body of one's own review; a submitted one cannot be emptied."""
    review, body = _own(call), wanted(call, "body")
    too_long("PullRequestReview", body)
    if not body and not review.is_pending:
        raise unprocessable("Body can't be blank")
    if review.is_pending:
        review.body = body
    else:
        call.pull.edit(review, call.user, body)
    return _shown(call, review)


def _own(call: Call) -> Review:
    review = _review(call)
    if review.author is not call.user:
        raise Denied(403, "Resource not accessible by integration")
    return review


def _submit(call: Call) -> Answer:
    review, event, body = _own(call), wanted(call, "event"), call.body.get("body")
    too_long("PullRequestReview", body)
    if not review.is_pending:
        raise unprocessable("Could not submit a review that is not pending.")
    _check_event(call, event, body or review.body, has_comments=bool(review.threads))
    call.pull.submit(review, event, body)
    return _shown(call, review)


def _delete(call: Call) -> Answer:
    review = _own(call)
    if not review.is_pending:
        raise unprocessable("Can not delete a non-pending pull request review")
    call.pull.discard(review)
    return _shown(call, review)


def _dismiss(call: Call) -> Answer:
    review, message = _review(call), wanted(call, "message")
    if review.state not in DISMISSABLE:
        raise unprocessable(f"Can not dismiss a {review.state.lower()} pull request review")
    call.pull.dismiss(review, call.user, message)
    return _shown(call, review)


# ---- comments in reviews


def _comments(call: Call) -> Answer:
    """List the comments that are submitted: drafts are in no such list."""
    found = [(t, n) for t in call.pull.threads if not t.is_pending for n in t.notes]
    if since := call.query.get("since"):
        found = [(t, n) for t, n in found if n.edited.strftime("%Y-%m-%dT%H:%M:%SZ") >= since]
    down = call.query.get("direction", "asc") == "desc" and "sort" in call.query
    key = (lambda each: each[1].edited) if call.query.get("sort") == "updated" else (lambda each: each[1].id)
    found.sort(key=key, reverse=down)
    return call.page(found, lambda each: shapes_pull.note(call.pull, *each))


def _comment(call: Call) -> Answer:
    """Make one inline comment, or answer the first of a thread."""
    body = wanted(call, "body")
    too_long("PullRequestReviewComment", body)
    if not body:
        raise unprocessable("Body can't be blank")
    if (first := call.body.get("in_reply_to")) is not None:
        found = [t for t in call.pull.visible_threads(call.user) if first in [n.id for n in t.notes]]
        if not found:
            raise unprocessable("in_reply_to is not a comment of this pull request")
        if found[0].notes[0].id != first:
            raise unprocessable("in_reply_to must be the first comment of its thread")
        if any(r.author is call.user and r.is_pending for r in call.pull.reviews):
            raise unprocessable("User can only have one pending review per pull request")
        note = call.pull.reply(found[0], call.user, body)
        return Answer(201, shapes_pull.note(call.pull, found[0], note))
    refuse_position(call.body)
    commit, path = wanted(call, "commit_id"), wanted(call, "path")
    line = None if call.body.get("subject_type") == "file" else call.body.get("line")
    spot = spot_of(
        call.pull,
        path,
        line,
        call.body.get("side", "RIGHT"),
        start_line=call.body.get("start_line"),
        start_side=call.body.get("start_side"),
        commit=commit,
    )
    thread = call.pull.review(call.user, "", "COMMENT", [Draft(spot, body)], commit).threads[0]
    return Answer(201, shapes_pull.note(call.pull, thread, thread.notes[0]))


def note_in(call: Call) -> tuple[Pull, Note]:
    """Return the review comment in the path with its pull request; raises the 404."""
    for pull in call.repo.pulls.values():
        for thread in pull.visible_threads(call.user):
            for note in thread.notes:
                if str(note.id) == call.values["comment_id"]:
                    return pull, note
    raise missing()


def _note_answer(pull: Pull, note: Note) -> Answer:
    assert note.thread
    return Answer(200, shapes_pull.note(pull, note.thread, note))


def _get_note(call: Call) -> Answer:
    return _note_answer(*note_in(call))


def _edit_note(call: Call) -> Answer:
    (pull, note), body = note_in(call), wanted(call, "body")
    too_long("PullRequestReviewComment", body)
    if note.author is not call.user:
        raise Denied(403, "Resource not accessible by integration")
    pull.edit(note, call.user, body)
    return _note_answer(pull, note)


def _delete_note(call: Call) -> Answer:
    pull, note = note_in(call)
    pull.delete(note, call.user)
    return Answer(204)


REPO = "/repos/{owner}/{repo}"
PULL = f"{REPO}/pulls/{{pull_number}}"
REVIEW = f"{PULL}/reviews/{{review_id}}"
NOTE = f"{REPO}/pulls/comments/{{comment_id}}"
READ, WRITE = "pull_requests:read", "pull_requests:write"
OPERATIONS = (
    Operation("GET", f"{PULL}/reviews", READ, _list),
    Operation("POST", f"{PULL}/reviews", WRITE, _create, makes_content=True),
    Operation("GET", REVIEW, READ, _get),
    Operation("PUT", REVIEW, WRITE, _update),
    Operation("DELETE", REVIEW, WRITE, _delete),
    Operation("GET", f"{REVIEW}/comments", READ, _notes),
    Operation("POST", f"{REVIEW}/events", WRITE, _submit, makes_content=True),
    Operation("PUT", f"{REVIEW}/dismissals", WRITE, _dismiss),
    Operation("GET", f"{PULL}/comments", READ, _comments),
    Operation("POST", f"{PULL}/comments", WRITE, _comment, makes_content=True),
    Operation("GET", NOTE, READ, _get_note),
    Operation("PATCH", NOTE, WRITE, _edit_note),
    Operation("DELETE", NOTE, WRITE, _delete_note),
)
