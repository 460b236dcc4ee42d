"""The client's methods for our check run, which is the gate: `prudent` on the head commit."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.events import Repo
from bot.github.asks import PAGE, Value, on
from bot.github.client_app import Apps
from bot.github.cutting import MESSAGE_BYTES, TITLE_CHARACTERS, cut_bytes, cut_line
from bot.github.model import Annotation, Button, CheckRun, Report
from bot.github.readings import check_from

NAME = "prudent"
ANNOTATIONS = 50  # in one request; more are appended by further ones
BUTTONS = 3
LABEL, DESCRIPTION = 20, 40  # characters


class Checks(Apps):
    """Writes check runs."""

    async def create_check(self, repo: Repo, head: str, *, review: str, title: str) -> int:
        """Create our check run on a commit, in progress; returns its id."""
        shown = cut_line(title, TITLE_CHARACTERS)
        sent = {
            "name": NAME,
            "head_sha": head,
            "external_id": review,
            "status": "in_progress",
            "started_at": self._time(),
            "output": {"title": shown, "summary": shown},
        }
        return (await self._call(repo, on(repo, "POST", "/check-runs", body=sent))).number("id")

    async def checks_on(self, repo: Repo, head: str) -> tuple[CheckRun, ...]:
        """Return our check runs on a commit, newest first."""
        us = (await self.app()).id
        query: dict[str, Value] = {"check_name": NAME, "app_id": us, "filter": "all", "per_page": PAGE}
        pages = await self._pages(repo, on(repo, "GET", "/commits/{ref}/check-runs", ref=head, query=query))
        runs = [item for page in pages for item in page.each("check_runs")]
        ours = [check_from(run) for run in runs if run.number_or_none("app", "id") == us]
        return tuple(sorted(ours, key=lambda run: run.id, reverse=True))

    async def finish_check(
        self, repo: Repo, check: int, conclusion: str, report: Report, *, again: bool = True
    ) -> None:
        """Complete a check run, its annotations in as many requests as they take.

        The first request completes it: a crash after that leaves a finished run that lacks some annotations, never one
        that stays open and holds a merge up. GitHub appends annotations, so a repetition first asks how many are
        there, and goes on behind them; `again` tells whether this may be one.
        """
        left = report.annotations
        if left and again:
            left = left[await self._annotations_on(repo, check) :]
        parts = [left[at : at + ANNOTATIONS] for at in range(0, len(left), ANNOTATIONS)] or [()]
        sent = {"status": "completed", "conclusion": conclusion, "completed_at": self._time()}
        actions = [_button(button) for button in report.buttons[:BUTTONS]]
        for part in parts:
            body = {**sent, "output": _output(report, part), "actions": actions}
            await self._call(repo, on(repo, "PATCH", "/check-runs/{check_run_id}", check_run_id=check, body=body))

    async def _annotations_on(self, repo: Repo, check: int) -> int:
        run = await self._call(repo, on(repo, "GET", "/check-runs/{check_run_id}", check_run_id=check))
        return run.number("output", "annotations_count")

    def _time(self) -> str:
        return datetime.fromtimestamp(self._http.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _output(report: Report, annotations: tuple[Annotation, ...]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "title": cut_line(report.title, TITLE_CHARACTERS),
        "summary": cut_bytes(report.summary),
        "annotations": [_annotation(each) for each in annotations],
    }
    if report.text:
        made["text"] = cut_bytes(report.text)
    return made


def _annotation(each: Annotation) -> dict[str, Any]:
    return {
        "path": each.path,
        "start_line": each.line,
        "end_line": each.end_line,
        "annotation_level": each.level,
        "title": cut_line(each.title, TITLE_CHARACTERS),
        "message": cut_bytes(each.message, MESSAGE_BYTES),
    }


def _button(button: Button) -> dict[str, str]:
    return {
        "label": cut_line(button.label, LABEL),
        "description": cut_line(button.description, DESCRIPTION),
        "identifier": button.identifier,
    }
