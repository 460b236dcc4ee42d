"""What webhooks carry, by event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.world import shapes, shapes_check, shapes_pull
from tests.world.app import Installation
from tests.world.gitdir import ZERO
from tests.world.records import CheckRun, CheckSuite, Note, Remark, Review, Thread, User, node_id

if TYPE_CHECKING:
    from tests.world.pull import Pull
    from tests.world.repository import Repository
    from tests.world.world import World

Json = dict[str, Any]


def about(repo: Repository, sender: User) -> Json:
    """Return what nearly every payload ends with."""
    world = repo.world
    told: Json = {"repository": shapes.repository(repo), "sender": shapes.account(world, sender)}
    if repo.owner.type == "Organization":
        told["organization"] = organization(repo)
    if installed := world.installation_of(repo):
        told["installation"] = {"id": installed.id, "node_id": node_id("MDIz", installed.id)}
    return told


def organization(repo: Repository) -> Json:
    """Return an organisation as webhooks have it."""
    url = f"{repo.world.url}/orgs/{repo.owner.login}"
    parts = {f"{part}_url": f"{url}/{part}" for part in ("repos", "events", "hooks", "issues")}
    members = {"members_url": f"{url}/members{{/member}}", "public_members_url": f"{url}/public_members{{/member}}"}
    return {
        "login": repo.owner.login,
        "id": repo.owner.id,
        "node_id": repo.owner.node,
        "url": url,
        **parts,
        **members,
        "avatar_url": f"{repo.world.url}/avatars/{repo.owner.id}",
        "description": None,
    }


def pull_request(pull: Pull, action: str, sender: User, **more: Any) -> Json:
    """Return `pull_request` with what an action adds (before and after, changes...)."""
    told = {"action": action, "number": pull.number, **more, "pull_request": shapes_pull.full_pull(pull)}
    return {**told, **about(pull.repo, sender)}


def issue_comment(pull: Pull, remark: Remark, action: str, sender: User, **more: Any) -> Json:
    """Return `issue_comment` on a pull request."""
    comment = shapes_pull.remark(pull, remark)
    if comment["performed_via_github_app"]:
        comment["performed_via_github_app"] = shapes.hooked_app(pull.repo.world)
    told = {"action": action, **more, "issue": shapes_pull.issue(pull), "comment": comment}
    return {**told, **about(pull.repo, sender)}


def review(pull: Pull, one: Review, action: str, sender: User) -> Json:
    """Return `pull_request_review`; its state is in lower case there."""
    told = shapes_pull.review(pull, one)
    told["state"] = told["state"].lower()
    return {"action": action, "review": told, "pull_request": _plain(pull), **about(pull.repo, sender)}


def review_comment(pull: Pull, thread: Thread, note: Note, action: str, sender: User, **more: Any) -> Json:
    """Return `pull_request_review_comment`."""
    comment = shapes_pull.note(pull, thread, note)
    told = {"action": action, **more, "comment": comment, "pull_request": _plain(pull)}
    return {**told, **about(pull.repo, sender)}


def review_thread(pull: Pull, thread: Thread, action: str, sender: User) -> Json:
    """Return `pull_request_review_thread`."""
    notes = [shapes_pull.note(pull, thread, note) for note in thread.notes]
    told = {"action": action, "pull_request": _plain(pull), "thread": {"node_id": thread.node, "comments": notes}}
    return {**told, **about(pull.repo, sender)}


def _plain(pull: Pull) -> Json:
    return shapes_pull.pull(pull)


def check_run(repo: Repository, run: CheckRun, action: str, sender: User, identifier: str = "") -> Json:
    """Return `check_run`; `identifier` is the button's."""
    told = {"action": action, "check_run": shapes_check.hooked_run(repo, run), **about(repo, sender)}
    return {**told, "requested_action": {"identifier": identifier}} if identifier else told


def check_suite(repo: Repository, suite: CheckSuite, action: str, sender: User) -> Json:
    """Return `check_suite`."""
    told = shapes_check.hooked_suite(repo, suite)
    return {"action": action, "check_suite": told, **about(repo, sender)}


def push(repo: Repository, branch: str, before: str, after: str, sender: User) -> Json:
    """Return `push`: the new commits, oldest first; at most 2,048 of them, as on GitHub."""
    made = [] if after == ZERO else repo.git.commits(None if before == ZERO else before, after)[-2048:]
    commits = [shapes.pushed_commit(repo, repo.git.commit_of(sha)) for sha in made[-50:]]
    head = None if after == ZERO else shapes.pushed_commit(repo, repo.git.commit_of(after))
    forced = ZERO not in (before, after) and not repo.git.contains(before, after)
    told = about(repo, sender)
    moment = int(repo.world.clock.now().timestamp())
    owner = {**told["repository"]["owner"], "name": repo.owner.login, "email": None}
    told["repository"] |= {
        "owner": owner,
        "master_branch": repo.default_branch,
        "stargazers": 0,
        "created_at": int(repo.made.timestamp()),
        "pushed_at": moment,
        "url": f"{repo.world.url}/{repo.full_name}",
    }
    return {
        "ref": f"refs/heads/{branch}",
        "before": before,
        "after": after,
        "base_ref": None,
        "compare": f"{repo.world.url}/{repo.full_name}/compare/{before[:12]}...{after[:12]}",
        "created": before == ZERO,
        "deleted": after == ZERO,
        "forced": forced,
        "commits": commits,
        "head_commit": head,
        **told,
        "pusher": {"name": sender.login, "email": sender.email},
    }


def _listed(repos: list[Repository]) -> list[Json]:
    return [
        {"id": r.id, "node_id": node_id("R", r.id), "name": r.name, "full_name": r.full_name, "private": r.is_private}
        for r in repos
    ]


def installation(world: World, of: Installation, action: str) -> Json:
    """Return `installation`."""
    sender = shapes.account(world, world.ghost if of.account.type == "Organization" else of.account)
    told: Json = {"action": action, "installation": shapes.installation(world, of), "sender": sender}
    if action in ("created", "deleted"):
        told["repositories"] = _listed(world.covered(of))
    return told


def installation_repositories(world: World, of: Installation, repos: list[Repository], action: str) -> Json:
    """Return `installation_repositories`, added or removed."""
    return {
        "action": action,
        "installation": shapes.installation(world, of),
        "repository_selection": "selected",
        "repositories_added": _listed(repos if action == "added" else []),
        "repositories_removed": _listed(repos if action == "removed" else []),
        "requester": None,
        "sender": shapes.account(world, of.account),
    }
