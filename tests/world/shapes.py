"""People, repositories and commits as GitHub's REST API and webhooks write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.world.clock import stamp
from tests.world.diffs import Changed
from tests.world.gitdir import Commit, Ident
from tests.world.records import Reaction, User, node_id

if TYPE_CHECKING:
    from tests.world.app import App, Installation
    from tests.world.repository import Repository
    from tests.world.world import World

Json = dict[str, Any]

USER_PARTS = ("followers", "subscriptions", "organizations", "repos", "received_events")
REPOSITORY_PARTS = {
    "archive": "/{archive_format}{/ref}",
    "assignees": "{/user}",
    "blobs": "",
    "branches": "{/branch}",
    "collaborators": "{/collaborator}",
    "comments": "{/number}",
    "commits": "{/sha}",
    "compare": "/{base}...{head}",
    "contents": "/{+path}",
    "contributors": "",
    "deployments": "",
    "downloads": "",
    "events": "",
    "forks": "",
    "hooks": "",
    "issue_comment": "{/number}",
    "issue_events": "{/number}",
    "issues": "{/number}",
    "keys": "{/key_id}",
    "labels": "{/name}",
    "languages": "",
    "merges": "",
    "milestones": "{/number}",
    "notifications": "{?since,all,participating}",
    "pulls": "{/number}",
    "releases": "{/id}",
    "stargazers": "",
    "statuses": "/{sha}",
    "subscribers": "",
    "subscription": "",
    "tags": "",
    "teams": "",
}
GIT_PARTS = {"blobs": "{/sha}", "git_commits": "{/sha}", "git_refs": "{/sha}", "git_tags": "{/sha}", "trees": "{/sha}"}
REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def user(world: World, who: User | None) -> Json | None:
    """Return a person; None for one who is gone."""
    return None if who is None else account(world, who)


def account(world: World, who: User) -> Json:
    """Return a person, an organisation or a bot."""
    url = f"{world.url}/users/{who.login}"
    parts = {f"{part}_url": f"{url}/{part.replace('organizations', 'orgs')}" for part in USER_PARTS}
    return {
        "login": who.login,
        "id": who.id,
        "node_id": who.node,
        "avatar_url": f"{world.url}/avatars/{who.id}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{world.url}/{who.login}",
        **parts,
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "events_url": f"{url}/events{{/privacy}}",
        "type": who.type,
        "site_admin": False,
    }


def repository(repo: Repository) -> Json:
    """Return a repository, with all that both REST and webhooks ask for."""
    world = repo.world
    url, html = f"{world.url}/repos/{repo.full_name}", f"{world.url}/{repo.full_name}"
    parts = {
        f"{part}_url": f"{url}/{part.replace('issue_', 'issues/')}{rest}" for part, rest in REPOSITORY_PARTS.items()
    }
    parts |= {f"{part}_url": f"{url}/git/{part.removeprefix('git_')}{rest}" for part, rest in GIT_PARTS.items()}
    made = stamp(repo.made)
    counts = dict.fromkeys(
        (
            "forks",
            "forks_count",
            "open_issues",
            "open_issues_count",
            "size",
            "stargazers_count",
            "watchers",
            "watchers_count",
        ),
        0,
    )
    has = {f"has_{part}": part != "pages" for part in ("issues", "projects", "downloads", "wiki", "pages")}
    return {
        "id": repo.id,
        "node_id": node_id("R", repo.id),
        "name": repo.name,
        "full_name": repo.full_name,
        "private": repo.is_private,
        "owner": account(world, repo.owner),
        "html_url": html,
        "description": None,
        "fork": repo.parent is not None,
        "url": url,
        **parts,
        "created_at": made,
        "updated_at": made,
        "pushed_at": stamp(repo.pushed),
        "git_url": f"git://{world.url.partition('://')[2]}/{repo.full_name}.git",
        "ssh_url": f"git@{world.url.partition('://')[2]}:{repo.full_name}.git",
        "clone_url": f"{html}.git",
        "svn_url": html,
        "homepage": None,
        **counts,
        **has,
        "has_discussions": False,
        "language": None,
        "mirror_url": None,
        "archived": False,
        "disabled": False,
        "license": None,
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
        "topics": [],
        "visibility": "private" if repo.is_private else "public",
        "default_branch": repo.default_branch,
        "custom_properties": {},
    }


def full_repository(repo: Repository) -> Json:
    """Return a repository as asked for alone."""
    return {**repository(repo), "network_count": 0, "subscribers_count": 0}


def installation(world: World, of: Installation) -> Json:
    """Return an installation of the App."""
    app = world.app
    return {
        "id": of.id,
        "account": account(world, of.account),
        "repository_selection": "all" if of.repositories is None else "selected",
        "access_tokens_url": f"{world.url}/app/installations/{of.id}/access_tokens",
        "repositories_url": f"{world.url}/installation/repositories",
        "html_url": f"{world.url}/settings/installations/{of.id}",
        "app_id": app.id,
        "app_slug": app.slug,
        "target_id": of.account.id,
        "target_type": of.account.type,
        "permissions": dict(of.permissions),
        "events": list(of.events),
        "created_at": stamp(of.made),
        "updated_at": stamp(of.made),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": account(world, of.account) if of.is_suspended else None,
        "suspended_at": stamp(world.clock.now()) if of.is_suspended else None,
    }


def app(world: World, of: App) -> Json:
    """Return the App's registration."""
    return {
        "id": of.id,
        "slug": of.slug,
        "node_id": node_id("A", of.id),
        "client_id": of.client_id,
        "owner": account(world, of.owner),
        "name": of.name,
        "description": "",
        "external_url": "https://example.com/prudent",
        "html_url": f"{world.url}/apps/{of.slug}",
        "created_at": stamp(world.born),
        "updated_at": stamp(world.born),
        "permissions": dict(of.permissions),
        "events": list(of.events),
    }


def hooked_app(world: World) -> Json:
    """Return the App as webhooks have it."""
    return {name: value for name, value in app(world, world.app).items() if name != "client_id"}


def changed_file(repo: Repository, file: Changed, head: str) -> Json:
    """Return one file of a diff; `patch` is left out where GitHub leaves it out."""
    base = f"{repo.world.url}/{repo.full_name}"
    told = {
        "sha": file.blob,
        "filename": file.path,
        "status": file.status,
        "additions": file.added,
        "deletions": file.deleted,
        "changes": file.added + file.deleted,
        "blob_url": f"{base}/blob/{head}/{file.path}",
        "raw_url": f"{base}/raw/{head}/{file.path}",
        "contents_url": f"{repo.world.url}/repos/{repo.full_name}/contents/{file.path}?ref={head}",
    }
    if file.shown is not None:
        told["patch"] = file.shown
    if file.previous is not None:
        told["previous_filename"] = file.previous
    return told


def commit(repo: Repository, one: Commit) -> Json:
    """Return a commit as lists of commits have it."""
    url = f"{repo.world.url}/repos/{repo.full_name}"
    html = f"{repo.world.url}/{repo.full_name}/commit"
    parents = [{"sha": p, "url": f"{url}/commits/{p}", "html_url": f"{html}/{p}"} for p in one.parents]
    return {
        "sha": one.sha,
        "node_id": f"C_{one.sha}",
        "commit": {
            "author": {"name": one.author.name, "email": one.author.email, "date": one.authored},
            "committer": {"name": one.committer.name, "email": one.committer.email, "date": one.committed},
            "message": one.message,
            "tree": {"sha": one.tree, "url": f"{url}/git/trees/{one.tree}"},
            "url": f"{url}/git/commits/{one.sha}",
            "comment_count": 0,
            "verification": {
                "verified": False,
                "reason": "unsigned",
                "signature": None,
                "payload": None,
                "verified_at": None,
            },
        },
        "url": f"{url}/commits/{one.sha}",
        "html_url": f"{html}/{one.sha}",
        "comments_url": f"{url}/commits/{one.sha}/comments",
        "author": user(repo.world, repo.world.user_of(one.author)),
        "committer": user(repo.world, repo.world.user_of(one.committer)),
        "parents": parents,
    }


def pushed_commit(repo: Repository, one: Commit) -> Json:
    """Return a commit as `push` webhooks have it."""

    def person(ident: Ident) -> Json:
        known = repo.world.user_of(ident)
        return {"name": ident.name, "email": ident.email, **({"username": known.login} if known else {})}

    return {
        "id": one.sha,
        "tree_id": one.tree,
        "distinct": True,
        "message": one.message,
        "timestamp": one.committed,
        "url": f"{repo.world.url}/{repo.full_name}/commit/{one.sha}",
        "author": person(one.author),
        "committer": person(one.committer),
        "added": [],
        "removed": [],
        "modified": [],
    }


def reactions(given: list[Reaction], url: str) -> Json:
    """Return the summary of reactions that comments carry."""
    counts = {content: sum(each.content == content for each in given) for content in REACTIONS}
    return {"url": f"{url}/reactions", "total_count": len(given), **counts}


def reaction(world: World, one: Reaction) -> Json:
    """Return one reaction."""
    who = account(world, one.user)
    return {
        "id": one.id,
        "node_id": node_id("REA", one.id),
        "user": who,
        "content": one.content,
        "created_at": stamp(one.at),
    }
