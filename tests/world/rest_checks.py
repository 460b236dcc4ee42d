"""Check runs: made by Apps only, their annotations only ever added to (github-contract, C8)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.world import payloads, shapes_check
from tests.world.errors import Denied, invalid, missing
from tests.world.operation import Answer, Call, Operation, wanted
from tests.world.records import CheckRun, CheckSuite

STATUSES = ("queued", "in_progress", "completed")
CONCLUSIONS = ("action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out")
ANNOTATIONS, ACTIONS, TEXT, MESSAGE = 50, 3, 65_535, 65_536
ACTION_LENGTHS = {"label": 20, "description": 40, "identifier": 20}


def _run(call: Call) -> CheckRun:
    text = call.values["check_run_id"]
    found = call.repo.runs.get(int(text)) if text.isdigit() else None
    if found is None:
        raise missing()
    return found


def _check(body: dict[str, Any]) -> None:
    """Refuse what is over a limit, before anything is changed."""
    output = body.get("output") or {}
    if body.get("status", "queued") not in STATUSES:
        raise invalid("CheckRun", "status", "invalid")
    if body.get("conclusion") not in (None, *CONCLUSIONS):
        raise invalid("CheckRun", "conclusion", "invalid")
    if body.get("status") == "completed" and not body.get("conclusion"):
        raise invalid("CheckRun", "conclusion", "missing_field")
    for part in ("summary", "text"):
        if len(output.get(part) or "") > TEXT:
            raise invalid("CheckRun", part, "too_long", f"Only {TEXT} characters are allowed")
    if len(output.get("annotations") or []) > ANNOTATIONS:
        raise Denied(
            422,
            f"Invalid request.\n\nNo more than {ANNOTATIONS} items are allowed; "
            f"{len(output['annotations'])} were supplied.",
        )
    for each in output.get("annotations") or []:
        _check_annotation(each)
    if len(body.get("actions") or []) > ACTIONS:
        raise Denied(422, f"Invalid request.\n\nNo more than {ACTIONS} items are allowed.")
    for action in body.get("actions") or []:
        for part, most in ACTION_LENGTHS.items():
            if not 1 <= len(action.get(part, "")) <= most:
                raise Denied(422, f"Invalid request.\n\nOnly {most} characters are allowed in {part}.")


def _check_annotation(each: dict[str, Any]) -> None:
    if each.get("annotation_level") not in ("notice", "warning", "failure") or not each.get("message"):
        raise invalid("CheckAnnotation", "annotation_level", "invalid")
    if len(each["message"].encode()) > MESSAGE or len(each.get("title") or "") > 255:
        raise invalid("CheckAnnotation", "message", "too_long")
    if not 1 <= each.get("start_line", 0) <= each.get("end_line", 0):
        raise invalid("CheckAnnotation", "end_line", "invalid")
    if ("start_column" in each or "end_column" in each) and each["start_line"] != each["end_line"]:
        raise invalid("CheckAnnotation", "start_column", "invalid")


def _create(call: Call) -> Answer:
    """Make a check run on a commit of this repository, or of a fork's pull request to it."""
    if call.viewer.token is None:
        raise Denied(403, "You must authenticate via a GitHub App.")
    name, head = wanted(call, "name"), wanted(call, "head_sha")
    _check(call.body)
    if call.repo.git.resolve(head) != head:
        raise Denied(422, f"No commit found for SHA: {head}")
    world = call.world
    made = CheckRun(world.next_id(), name, call.repo.suite_of(head), "", "queued", None, world.clock.now(), None, "")
    call.repo.runs[made.id] = made
    _apply(call, made)
    _tell(call, made, "created")
    if made.status == "completed":
        _tell(call, made, "completed")
    return Answer(201, shapes_check.run(call.repo, made))


def _update(call: Call) -> Answer:
    run = _run(call)
    if call.viewer.token is None:
        raise Denied(403, "You must authenticate via a GitHub App.")
    _check(call.body)
    before = run.status
    _apply(call, run)
    if run.status == "completed" and before != "completed":
        _tell(call, run, "completed")
    return Answer(200, shapes_check.run(call.repo, run))


def _apply(call: Call, run: CheckRun) -> None:
    body, now = call.body, call.world.clock.now()
    run.name = body.get("name", run.name)
    run.external = body.get("external_id", run.external)
    run.details_url = body.get("details_url", run.details_url)
    run.started = _moment(body.get("started_at")) or run.started
    run.actions = body.get("actions", run.actions)
    if output := body.get("output"):
        run.title, run.summary = output.get("title", run.title), output.get("summary", run.summary)
        run.text = output.get("text", run.text)
        run.annotations += output.get("annotations") or []
    if body.get("conclusion"):
        run.status, run.conclusion = "completed", body["conclusion"]
        run.completed = _moment(body.get("completed_at")) or now
    elif "status" in body:
        run.status, run.conclusion, run.completed = body["status"], None, None
    run.suite.status = run.status
    if run.status == "completed":
        text = "\n".join(part for part in (run.conclusion, run.title, run.summary, run.text) if part)
        call.repo.post("check", text, run)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _tell(call: Call, run: CheckRun, action: str) -> None:
    call.world.hooks.send(call.repo, "check_run", payloads.check_run(call.repo, run, action, call.user))


def _get(call: Call) -> Answer:
    return Answer(200, shapes_check.run(call.repo, _run(call)))


def _annotations(call: Call) -> Answer:
    run = _run(call)
    blob = f"{call.world.url}/{call.repo.full_name}/blob/{run.head}"

    def shape(each: dict[str, Any]) -> dict[str, Any]:
        blank = dict.fromkeys(("start_column", "end_column", "title", "raw_details"))
        return {**blank, **each, "blob_href": f"{blob}/{each['path']}"}

    return call.page(run.annotations, shape)


def _on_ref(call: Call) -> Answer:
    """List the runs of a commit, newest first; of each name only the newest, unless all are asked for."""
    sha = call.repo.git.resolve(call.values["ref"])
    if sha is None:
        raise Denied(422, f"No commit found for SHA: {call.values['ref']}")
    return _listed(call, call.repo.checks_on(sha))


def _in_suite(call: Call) -> Answer:
    suite = _suite(call)
    return _listed(call, call.repo.checks_on(suite.head))


def _listed(call: Call, runs: list[CheckRun]) -> Answer:
    name, status = call.query.get("check_name"), call.query.get("status")
    runs = [r for r in runs if name in (None, r.name) and status in (None, r.status)]
    if call.query.get("app_id", str(call.world.app.id)) != str(call.world.app.id):
        runs = []
    if call.query.get("filter", "latest") == "latest":
        newest: dict[str, CheckRun] = {}
        for run in runs:
            newest.setdefault(run.name, run)
        runs = list(newest.values())
    return call.page(runs, lambda run: shapes_check.run(call.repo, run), under="check_runs")


def _suite(call: Call) -> CheckSuite:
    text = call.values["check_suite_id"]
    found = call.repo.suites.get(int(text)) if text.isdigit() else None
    if found is None:
        raise missing()
    return found


def _get_suite(call: Call) -> Answer:
    return Answer(200, shapes_check.suite(call.repo, _suite(call)))


def _suites(call: Call) -> Answer:
    sha = call.repo.git.resolve(call.values["ref"])
    found = [each for each in call.repo.suites.values() if each.head == sha]
    return call.page(found, lambda each: shapes_check.suite(call.repo, each), under="check_suites")


REPO = "/repos/{owner}/{repo}"
RUN = f"{REPO}/check-runs/{{check_run_id}}"
SUITE = f"{REPO}/check-suites/{{check_suite_id}}"
READ, WRITE = "checks:read", "checks:write"
OPERATIONS = (
    Operation("POST", f"{REPO}/check-runs", WRITE, _create),
    Operation("PATCH", RUN, WRITE, _update),
    Operation("GET", RUN, READ, _get),
    Operation("GET", f"{RUN}/annotations", READ, _annotations),
    Operation("GET", f"{REPO}/commits/{{+ref}}/check-runs", READ, _on_ref),
    Operation("GET", f"{REPO}/commits/{{+ref}}/check-suites", READ, _suites),
    Operation("GET", SUITE, READ, _get_suite),
    Operation("GET", f"{SUITE}/check-runs", READ, _in_suite),
)
