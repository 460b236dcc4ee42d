"""Checks, and webhook deliveries, as GitHub's REST API and webhooks write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.world import shapes
from tests.world.clock import stamp
from tests.world.records import CheckRun, CheckSuite

if TYPE_CHECKING:
    from tests.world.pull import Pull
    from tests.world.repository import Repository

Json = dict[str, Any]


def _pull(of: Pull) -> Json:
    api = f"{of.repo.world.url}/repos/{of.repo.full_name}"

    def side(ref: str, sha: str) -> Json:
        return {"ref": ref, "sha": sha, "repo": {"id": of.repo.id, "url": api, "name": of.repo.name}}

    return {
        "id": of.id,
        "number": of.number,
        "url": f"{api}/pulls/{of.number}",
        "head": side(of.head_ref, of.head),
        "base": side(of.base_ref, of.base),
    }


def pulls_of(repo: Repository, head: str) -> list[Json]:
    """Return the open pull requests of a commit; GitHub names none whose branch is in a fork."""
    mine = [each for each in repo.pulls.values() if each.head == head and each.is_open and each.head_repo is repo]
    return [_pull(each) for each in mine]


def _of_suite(last: CheckRun) -> str | None:
    """Return a suite's conclusion: the webhook schema has all of a run's but "skipped"."""
    return "neutral" if last.conclusion == "skipped" else last.conclusion


def suite(repo: Repository, one: CheckSuite) -> Json:
    """Return a check suite."""
    api = f"{repo.world.url}/repos/{repo.full_name}"
    head = repo.git.commit_of(one.head)
    runs = [run for run in repo.runs.values() if run.suite is one]
    ended = bool(runs) and all(run.status == "completed" for run in runs)
    return {
        "id": one.id,
        "node_id": one.node,
        "head_branch": one.branch,
        "head_sha": one.head,
        "status": "completed" if ended and one.status != "queued" else one.status,
        "conclusion": _of_suite(runs[-1]) if ended and one.status != "queued" else None,
        "url": f"{api}/check-suites/{one.id}",
        "before": None,
        "after": one.head,
        "pull_requests": pulls_of(repo, one.head),
        "app": shapes.app(repo.world, repo.world.app),
        "created_at": stamp(one.made),
        "updated_at": stamp(one.made),
        "latest_check_runs_count": len(runs),
        "check_runs_url": f"{api}/check-suites/{one.id}/check-runs",
        "head_commit": {
            "id": head.sha,
            "tree_id": head.tree,
            "message": head.message,
            "timestamp": head.committed,
            "author": {"name": head.author.name, "email": head.author.email},
            "committer": {"name": head.committer.name, "email": head.committer.email},
        },
        "repository": shapes.repository(repo),
    }


def run(repo: Repository, one: CheckRun) -> Json:
    """Return a check run."""
    api = f"{repo.world.url}/repos/{repo.full_name}"
    html = f"{repo.world.url}/{repo.full_name}/runs/{one.id}"
    return {
        "id": one.id,
        "name": one.name,
        "node_id": one.node,
        "head_sha": one.head,
        "external_id": one.external,
        "url": f"{api}/check-runs/{one.id}",
        "html_url": html,
        "details_url": one.details_url or html,
        "status": one.status,
        "conclusion": one.conclusion,
        "started_at": stamp(one.started) if one.started else None,
        "completed_at": stamp(one.completed) if one.completed else None,
        "output": {
            "title": one.title,
            "summary": one.summary,
            "text": one.text,
            "annotations_count": len(one.annotations),
            "annotations_url": f"{api}/check-runs/{one.id}/annotations",
        },
        "check_suite": {"id": one.suite.id},
        "app": shapes.app(repo.world, repo.world.app),
        "pull_requests": pulls_of(repo, one.head),
    }


def hooked_run(repo: Repository, one: CheckRun) -> Json:
    """Return a check run as webhooks have it: with its suite in full."""
    whole = hooked_suite(repo, one.suite)
    for part in ("latest_check_runs_count", "check_runs_url", "head_commit"):
        del whole[part]
    return {**run(repo, one), "check_suite": whole, "app": whole["app"]}


def hooked_suite(repo: Repository, one: CheckSuite) -> Json:
    """Return a check suite as webhooks have it."""
    told = suite(repo, one)
    del told["repository"]
    return {**told, "app": shapes.hooked_app(repo.world)}
