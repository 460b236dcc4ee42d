"""What is sent: reviews, comments, check runs; within GitHub's limits whatever the caller hands over."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from bot.github.cutting import CUT
from bot.github.errors import Refused, Unreachable
from bot.github.model import Annotation, Button, CheckRun, NewComment, Reaction, Report, ReviewState
from tests.github.scripted import HEAD, REPO, Clock, Says, Script, client, review_json

PULLS = "/repos/acme/widgets/pulls"
CHECKS = "/repos/acme/widgets/check-runs"
REFUSED = Says(422, {"message": "Unprocessable Entity"})


@pytest.mark.asyncio
async def test_a_draft_has_all_its_comments_and_no_event(script: Script, clock: Clock) -> None:
    script.on("POST", f"{PULLS}/5/reviews", Says(200, review_json()))
    comments = [
        NewComment("a.py", 3, "RIGHT", "one line"),
        NewComment("a.py", 9, "LEFT", "lines", start_line=7),
        NewComment("b.py", 4, "RIGHT", "a range of one line, which GitHub refuses", start_line=4),
    ]
    async with client(script, clock) as github:
        made = await github.create_draft(REPO, 5, commit=HEAD, body="", comments=comments)
    assert (made.id, made.node, made.state, made.commit) == (9, "PRR_9", ReviewState.PENDING, HEAD)
    assert script.sent("POST", f"{PULLS}/5/reviews") == [
        {
            "commit_id": HEAD,
            "body": "",
            "comments": [
                {"path": "a.py", "line": 3, "side": "RIGHT", "body": "one line"},
                {"path": "a.py", "line": 9, "side": "LEFT", "body": "lines", "start_line": 7, "start_side": "LEFT"},
                {"path": "b.py", "line": 4, "side": "RIGHT", "body": "a range of one line, which GitHub refuses"},
            ],
        }
    ]


@pytest.mark.asyncio
async def test_a_draft_is_submitted(script: Script, clock: Clock) -> None:
    script.on("POST", f"{PULLS}/5/reviews/9/events", Says(200, review_json(state="COMMENTED")))
    async with client(script, clock) as github:
        assert (await github.submit(REPO, 5, 9, event="COMMENT", body="b")).state is ReviewState.COMMENTED
    assert script.sent("POST", f"{PULLS}/5/reviews/9/events") == [{"event": "COMMENT", "body": "b"}]


@pytest.mark.asyncio
async def test_a_state_that_is_none_of_githubs(script: Script, clock: Clock) -> None:
    script.on("POST", f"{PULLS}/5/reviews/9/events", Says(200, review_json(state="SHRUGGED")))
    async with client(script, clock) as github:
        with pytest.raises(Unreachable):
            await github.submit(REPO, 5, 9, event="COMMENT", body="b")


@pytest.mark.asyncio
async def test_what_is_dismissed_already_is_fine(script: Script, clock: Clock) -> None:
    script.on("PUT", f"{PULLS}/5/reviews/9/dismissals", REFUSED)
    script.on("GET", f"{PULLS}/5/reviews/9", Says(200, review_json(state="DISMISSED")))
    async with client(script, clock) as github:
        await github.dismiss_review(REPO, 5, 9, "superseded")
        script.on("GET", f"{PULLS}/5/reviews/9", Says(200, review_json(state="CHANGES_REQUESTED")))
        with pytest.raises(Refused):
            await github.dismiss_review(REPO, 5, 9, "superseded")
    assert script.sent("PUT", f"{PULLS}/5/reviews/9/dismissals")[0] == {"message": "superseded", "event": "DISMISS"}


@pytest.mark.asyncio
async def test_a_draft_that_is_gone_is_deleted_but_a_submitted_review_is_not(script: Script, clock: Clock) -> None:
    script.on("DELETE", f"{PULLS}/5/reviews/9", Says(200, review_json()), Says(404, {"message": "Not Found"}), REFUSED)
    async with client(script, clock) as github:
        await github.delete_draft(REPO, 5, 9)
        await github.delete_draft(REPO, 5, 9)
        with pytest.raises(Refused):
            await github.delete_draft(REPO, 5, 9)


@pytest.mark.asyncio
async def test_comments_and_replies_go_where_they_belong(script: Script, clock: Clock) -> None:
    script.on("POST", "/repos/acme/widgets/issues/5/comments", Says(201, {"id": 2**33}))
    script.on("POST", f"{PULLS}/5/comments", Says(201, {"id": 8}))
    script.on("PATCH", "/repos/acme/widgets/issues/comments/3", Says(200, {}))
    script.on("PATCH", f"{PULLS}/comments/3", Says(200, {}))
    script.on("POST", "/repos/acme/widgets/issues/comments/3/reactions", Says(201, {}))
    script.on("POST", f"{PULLS}/comments/3/reactions", Says(200, {}))
    async with client(script, clock) as github:
        assert await github.reply(REPO, 5, "b", in_reply_to=None) == 2**33
        assert await github.reply(REPO, 5, "b", in_reply_to=3) == 8
        await github.edit_comment(REPO, 3, "b", in_review=False)
        await github.edit_comment(REPO, 3, "b", in_review=True)
        await github.react(REPO, 3, Reaction.CONFUSED, in_review=False)
        await github.react(REPO, 3, Reaction.DONE, in_review=True)
    assert script.sent("POST", f"{PULLS}/5/comments") == [{"body": "b", "in_reply_to": 3}]
    assert script.sent("POST", f"{PULLS}/comments/3/reactions") == [{"content": "+1"}]


@pytest.mark.asyncio
async def test_too_long_bodies_are_cut_and_sent(script: Script, clock: Clock) -> None:
    script.on("POST", f"{PULLS}/5/reviews", Says(200, review_json()))
    script.on("PUT", f"{PULLS}/5/reviews/9", Says(200, review_json()))
    long = "```suggestion\n" + "é" * 70_000
    async with client(script, clock) as github:
        await github.create_draft(REPO, 5, commit=HEAD, body=long, comments=[NewComment("a.py", 3, "RIGHT", long)])
        await github.edit_review(REPO, 5, 9, long)
    (draft,), (edit,) = script.sent("POST", f"{PULLS}/5/reviews"), script.sent("PUT", f"{PULLS}/5/reviews/9")
    for body in (draft["body"], draft["comments"][0]["body"], edit["body"]):
        assert len(body) == 65_535
        assert body.endswith(f"\n```{CUT}")


@pytest.mark.asyncio
async def test_a_check_run_begins(script: Script, clock: Clock) -> None:
    script.on("POST", CHECKS, Says(201, {"id": 4}))
    async with client(script, clock) as github:
        assert await github.create_check(REPO, HEAD, review="rv:42:5:aaaa", title="Reviewing") == 4
    assert script.sent("POST", CHECKS) == [
        {
            "name": "prudent",
            "head_sha": HEAD,
            "external_id": "rv:42:5:aaaa",
            "status": "in_progress",
            "started_at": "2026-05-28T20:26:40Z",
            "output": {"title": "Reviewing", "summary": "Reviewing"},
        }
    ]


@pytest.mark.asyncio
async def test_our_check_runs_newest_first(script: Script, clock: Clock) -> None:
    def run(number: int, app: int | None = 12345, **more: Any) -> dict[str, Any]:
        made: dict[str, Any] = {"id": number, "head_sha": HEAD, "status": "completed", "conclusion": "neutral"}
        return made | {"external_id": "rv:1", "app": app and {"id": app}} | more

    runs = [run(1), run(3, status="in_progress", conclusion=None, external_id=None), run(2, app=7), run(4, app=None)]
    path = f"/repos/acme/widgets/commits/{HEAD}/check-runs"
    script.on("GET", path, Says(200, {"total_count": 4, "check_runs": runs}))
    async with client(script, clock) as github:
        assert await github.checks_on(REPO, HEAD) == (
            CheckRun(3, HEAD, "in_progress", None, ""),
            CheckRun(1, HEAD, "completed", "neutral", "rv:1"),
        )
    asked = next(request.url.params for request in script.requests if request.url.path == path)
    assert dict(asked) == {"check_name": "prudent", "app_id": "12345", "filter": "all", "per_page": "100"}


def notes(count: int) -> tuple[Annotation, ...]:
    return tuple(Annotation("a.py", line, line, "warning", f"t{line}", "m") for line in range(1, count + 1))


class Run:
    """A check run as GitHub keeps it: annotations are appended; it may die after a request that it has done."""

    def __init__(self, *, dies_after: int | None = None) -> None:
        self.annotations: list[int] = []
        self.status = "in_progress"
        self.patches = 0
        self.dies_after = dies_after

    def patch(self, request: httpx.Request) -> Says:
        import json

        body = json.loads(request.content)
        self.patches += 1
        self.status = body.get("status", self.status)
        self.annotations += [note["start_line"] for note in body["output"]["annotations"]]
        return Says(502, b"") if self.patches == self.dies_after else Says(200, {"id": 4})

    def get(self, _: httpx.Request) -> Says:
        return Says(200, {"id": 4, "output": {"annotations_count": len(self.annotations)}})


@pytest.mark.parametrize("count", [0, 1, 50, 51, 100, 130])
@pytest.mark.asyncio
async def test_annotations_are_sent_in_parts(count: int, script: Script, clock: Clock) -> None:
    run = Run()
    script.on("PATCH", f"{CHECKS}/4", run.patch)
    script.on("GET", f"{CHECKS}/4", run.get)
    async with client(script, clock) as github:
        await github.finish_check(REPO, 4, "failure", Report("t", "s", "text", notes(count)))
    assert run.annotations == list(range(1, count + 1))
    bodies = script.sent("PATCH", f"{CHECKS}/4")
    assert len(bodies) == max(1, -(-count // 50))
    assert {(body["status"], body["conclusion"]) for body in bodies} == {("completed", "failure")}
    assert {(body["output"]["title"], body["output"]["text"]) for body in bodies} == {("t", "text")}


@pytest.mark.parametrize("dies_after", [1, 2, 3])
@pytest.mark.asyncio
async def test_finishing_twice_repeats_no_annotation(dies_after: int, script: Script, clock: Clock) -> None:
    """Wherever the first try ended, the run is complete already, and the second one goes on behind it."""
    run = Run(dies_after=dies_after)
    script.on("PATCH", f"{CHECKS}/4", run.patch)
    script.on("GET", f"{CHECKS}/4", run.get)
    report = Report("t", "s", annotations=notes(130))
    async with client(script, clock) as github:
        with pytest.raises(Unreachable):
            await github.finish_check(REPO, 4, "failure", report)
        assert run.status == "completed"
        await github.finish_check(REPO, 4, "failure", report)
    assert run.annotations == list(range(1, 131))


@pytest.mark.asyncio
async def test_a_first_try_needs_not_ask_what_is_there(script: Script, clock: Clock) -> None:
    run = Run()
    script.on("PATCH", f"{CHECKS}/4", run.patch)
    async with client(script, clock) as github:
        await github.finish_check(REPO, 4, "failure", Report("t", "s", annotations=notes(60)), again=False)
    assert script.lines() == [f"PATCH {CHECKS}/4"] * 2
    assert run.annotations == list(range(1, 61))


@pytest.mark.asyncio
async def test_a_name_that_is_no_utf8_does_not_stop_a_report(script: Script, clock: Clock) -> None:
    """Such names come from git as halves of characters."""
    script.on("PATCH", f"{CHECKS}/4", Says(200, {"id": 4}))
    script.on("GET", f"{CHECKS}/4", Run().get)
    note = Annotation("caf\udce9.py", 1, 1, "failure", "t", "m")
    async with client(script, clock) as github:
        await github.finish_check(REPO, 4, "failure", Report("caf\udce9", "s", annotations=(note,)))
    (body,) = script.sent("PATCH", f"{CHECKS}/4")
    assert (body["output"]["title"], body["output"]["annotations"][0]["path"]) == ("caf?", "caf?.py")


@pytest.mark.asyncio
async def test_a_report_is_cut_to_what_a_check_run_takes(script: Script, clock: Clock) -> None:
    script.on("PATCH", f"{CHECKS}/4", Says(200, {"id": 4}))
    script.on("GET", f"{CHECKS}/4", Run().get)
    note = Annotation("a.py", 1, 2, "failure", "t" * 300, "ü" * 70_000)
    buttons = tuple(Button("l" * 30, "d" * 50, f"b{number}") for number in range(4))
    async with client(script, clock) as github:
        await github.finish_check(REPO, 4, "failure", Report("t" * 300, "é" * 60_000, "é" * 60_000, (note,), buttons))
    (body,) = script.sent("PATCH", f"{CHECKS}/4")
    output = body["output"]
    assert len(output["title"]) == len(output["annotations"][0]["title"]) == 255
    assert len(output["summary"].encode()) <= 65_535
    assert len(output["text"].encode()) <= 65_535
    assert len(output["annotations"][0]["message"].encode()) <= 65_536
    assert [action["identifier"] for action in body["actions"]] == ["b0", "b1", "b2"]
    assert {(len(action["label"]), len(action["description"])) for action in body["actions"]} == {(20, 40)}
