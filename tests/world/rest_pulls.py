"""Reading repositories and pull requests."""

from __future__ import annotations

import base64

from tests.world import shapes, shapes_pull
from tests.world.diffs import changes, too_large
from tests.world.errors import Denied, missing
from tests.world.gitdir import GitDir
from tests.world.operation import Answer, Call, Operation
from tests.world.pull import Pull
from tests.world.records import RANKS

COMMITS, FILES, COMPARED = 250, 3_000, 300


def _repository(call: Call) -> Answer:
    return Answer(200, shapes.full_repository(call.repo))


def _pulls(call: Call) -> Answer:
    """List pull requests, newest first; state is "open" unless asked otherwise."""
    state, base, head = call.query.get("state", "open"), call.query.get("base"), call.query.get("head")
    found = [
        pull
        for pull in call.repo.pulls.values()
        if (state == "all" or pull.is_open == (state == "open"))
        and base in (None, pull.base_ref)
        and head in (None, f"{pull.head_owner.login}:{pull.head_ref}")
    ]
    by_change = call.query.get("sort") == "updated"
    down = call.query.get("direction", "desc" if call.query.get("sort", "created") == "created" else "asc") == "desc"
    return call.page(
        sorted(found, key=lambda p: (p.updated if by_change else p.made, p.number), reverse=down), shapes_pull.pull
    )


def _pull(call: Call) -> Answer:
    """Return one pull request, or its diff."""
    if not call.accept.endswith(".diff"):
        return Answer(200, shapes_pull.full_pull(call.pull))
    files = call.pull.files()
    if why := too_large(files):
        told = {"resource": "PullRequest", "field": "diff", "code": "too_large"}
        raise Denied(406, f"Sorry, {why}.", [told])
    return Answer(200, "".join(file.whole for file in files), {"content-type": "application/vnd.github.diff"})


def _files(call: Call) -> Answer:
    head = call.pull.head
    return call.page(call.pull.files(), lambda file: shapes.changed_file(call.repo, file, head), most=FILES)


def _commits(call: Call) -> Answer:
    found = [call.repo.git.commit_of(sha) for sha in call.pull.commits()[:COMMITS]]
    return call.page(found, lambda each: shapes.commit(call.repo, each))


def _pulls_of_commit(call: Call) -> Answer:
    sha = _resolved(call, call.values["commit_sha"])

    def has(pull: Pull) -> bool:
        return sha in (pull.merge_commit, pull.head) or (pull.merged is None and sha in pull.commits())

    return call.page([pull for pull in call.repo.pulls.values() if has(pull)], shapes_pull.pull)


def _resolved(call: Call, name: str) -> str:
    """Return the commit of a branch, tag or sha; forks are not looked into."""
    for each in (f"refs/heads/{name}", f"refs/tags/{name}", name):
        if sha := call.repo.git.resolve(each):
            return sha
    raise Denied(422, f"No commit found for SHA: {name}")


def _commit(call: Call) -> Answer:
    git, sha = call.repo.git, _resolved(call, call.values["ref"])
    one = git.commit_of(sha)
    files = changes(git, one.parents[0] if one.parents else None, sha)
    added, deleted = sum(file.added for file in files), sum(file.deleted for file in files)
    told = shapes.commit(call.repo, one)
    return Answer(
        200,
        {
            **told,
            "stats": {"additions": added, "deletions": deleted, "total": added + deleted},
            "files": [shapes.changed_file(call.repo, file, sha) for file in files[:COMPARED]],
        },
    )


def _history(call: Call) -> Answer:
    git = call.repo.git
    start = _resolved(call, call.query.get("sha") or call.repo.default_branch)
    path = ["--", call.query["path"]] if "path" in call.query else []
    shas = git.git("rev-list", start, *path).split()
    return call.page(shas, lambda sha: shapes.commit(call.repo, git.commit_of(sha)))


def _compare(call: Call) -> Answer:
    """Compare two commits with three dots; files stand on the first page only."""
    base, dots, head = call.values["basehead"].partition("...")
    if not dots:
        raise missing()
    git, (old, new) = call.repo.git, (_resolved(call, base.split(":")[-1]), _resolved(call, head.split(":")[-1]))
    start = git.merge_base(old, new)
    if start is None:
        raise missing()
    ahead, behind = git.commits(old, new), git.commits(new, old)
    status = {(True, True): "diverged", (True, False): "ahead", (False, True): "behind"}
    files = changes(git, old, new)[:COMPARED] if call.query.get("page", "1") == "1" else []
    url, html = (f"{call.world.url}{part}/{call.repo.full_name}/compare/{base}...{head}" for part in ("/repos", ""))
    shown = call.page(ahead[:COMMITS], lambda sha: shapes.commit(call.repo, git.commit_of(sha)))
    commits = (
        shown.body
        if "per_page" in call.query
        else [shapes.commit(call.repo, git.commit_of(s)) for s in ahead[:COMMITS]]
    )
    return Answer(
        200,
        {
            "url": url,
            "html_url": html,
            "permalink_url": html,
            "diff_url": f"{html}.diff",
            "patch_url": f"{html}.patch",
            "base_commit": shapes.commit(call.repo, git.commit_of(old)),
            "merge_base_commit": shapes.commit(call.repo, git.commit_of(start)),
            "status": status.get((bool(ahead), bool(behind)), "identical"),
            "ahead_by": len(ahead),
            "behind_by": len(behind),
            "total_commits": len(ahead),
            "commits": commits,
            "files": [shapes.changed_file(call.repo, file, new) for file in files],
        },
    )


def _contents(call: Call) -> Answer:
    """Return a file or a folder at a commit; the base repository also has the commits of its pull requests."""
    git, path = call.repo.git, call.values["path"].strip("/")
    sha = git.resolve(call.query.get("ref") or f"refs/heads/{call.repo.default_branch}")
    if sha is None:
        raise missing()
    kind = git.run("cat-file", "-t", f"{sha}:{path}").stdout.decode().strip()
    if kind == "tree":
        names = git.git("ls-tree", "--name-only", f"{sha}:{path}").splitlines()
        return Answer(200, [_entry(call, git, sha, f"{path}/{name}".strip("/")) for name in names])
    if kind != "blob":
        raise missing()
    content = git.read(sha, path) or b""
    if call.accept.endswith(".raw"):
        return Answer(200, content.decode("utf-8", "replace"), {"content-type": "application/vnd.github.raw"})
    told = {**_entry(call, git, sha, path), "encoding": "base64", "content": base64.encodebytes(content).decode()}
    return Answer(200, told)


def _entry(call: Call, git: GitDir, sha: str, path: str) -> dict[str, object]:
    blob = git.git("rev-parse", f"{sha}:{path}")
    kind = git.git("cat-file", "-t", blob)
    url = f"{call.world.url}/repos/{call.repo.full_name}/contents/{path}?ref={sha}"
    html = f"{call.world.url}/{call.repo.full_name}/blob/{sha}/{path}"
    tree = f"{call.world.url}/repos/{call.repo.full_name}/git/blobs/{blob}"
    size = int(git.git("cat-file", "-s", blob)) if kind == "blob" else 0
    return {
        "type": "file" if kind == "blob" else "dir",
        "size": size,
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": blob,
        "url": url,
        "git_url": tree,
        "html_url": html,
        "download_url": html if kind == "blob" else None,
        "_links": {"self": url, "git": tree, "html": html},
    }


def _permission(call: Call) -> Answer:
    """Tell somebody's right: admin, write, read or none, and the finer role."""
    who = call.world.users.get(call.values["username"].lower())
    if who is None:
        raise Denied(404, f"{call.values['username']} is not a user")
    role = call.world.rank(call.repo, who.login)
    coarse = {"maintain": "write", "triage": "read"}.get(role, role)
    ranks = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain", "admin": "admin"}
    rights = {name: RANKS.index(role) >= RANKS.index(least) for name, least in ranks.items()}
    told = {**shapes.account(call.world, who), "role_name": role, "permissions": rights}
    return Answer(200, {"permission": coarse, "role_name": role, "user": told})


def _user(call: Call) -> Answer:
    who = call.world.users.get(call.values["username"].lower())
    if who is None:
        raise missing()
    made = "2020-01-01T00:00:00Z"
    blank = dict.fromkeys(("name", "company", "blog", "location", "email", "hireable", "bio"))
    counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
    return Answer(
        200,
        {
            **shapes.account(call.world, who),
            **blank,
            **counts,
            "created_at": made,
            "updated_at": made,
            "user_view_type": "public",
        },
    )


REPO = "/repos/{owner}/{repo}"
PULL = f"{REPO}/pulls/{{pull_number}}"
OPERATIONS = (
    Operation("GET", REPO, "metadata:read", _repository),
    Operation("GET", f"{REPO}/pulls", "pull_requests:read", _pulls),
    Operation("GET", PULL, "pull_requests:read", _pull),
    Operation("GET", f"{PULL}/files", "pull_requests:read", _files),
    Operation("GET", f"{PULL}/commits", "pull_requests:read", _commits),
    Operation("GET", f"{REPO}/commits/{{commit_sha}}/pulls", "pull_requests:read", _pulls_of_commit),
    Operation("GET", f"{REPO}/commits", "contents:read", _history),
    Operation("GET", f"{REPO}/compare/{{+basehead}}", "contents:read", _compare),
    Operation("GET", f"{REPO}/contents/{{+path}}", "contents:read", _contents),
    Operation("GET", f"{REPO}/collaborators/{{username}}/permission", "metadata:read", _permission),
    Operation("GET", "/users/{username}", "", _user),
)
LAST = (Operation("GET", f"{REPO}/commits/{{+ref}}", "contents:read", _commit),)
