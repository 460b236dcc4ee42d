"""git over HTTP, and what people do with branches."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest

from tests.repos import ENVIRONMENT
from tests.world.gitdir import Ident
from tests.world.pull import Pull
from tests.world.repository import Repository
from tests.world.world import World
from tests.world_selftest.asking import LINES, changed, installed, opened

R = "/repos/acme/widgets"


def git(folder: Path, *args: str, token: str = "") -> subprocess.CompletedProcess[str]:
    secret = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    header = ["-c", f"http.extraHeader=Authorization: Basic {secret}"] if token else []
    environment = {**ENVIRONMENT, "GIT_TERMINAL_PROMPT": "0"}
    return subprocess.run(["git", *header, *args], cwd=folder, capture_output=True, text=True, env=environment)


def mirror(tmp_path: Path) -> Path:
    folder = tmp_path / "mirror.git"
    folder.mkdir()
    git(folder, "init", "-q", "--bare")
    return folder


def test_a_fetch_takes_a_token_that_covers_the_repository(world: World, tmp_path: Path) -> None:
    repo, pull = opened(world)
    secret = world.repository("acme/secret", {"a": "1\n"})
    folder, token = mirror(tmp_path), installed(world, repo, repositories=["widgets"]).credential
    refs = "+refs/pull/1/head:refs/pull/1/head"
    assert git(folder, "fetch", "-q", repo.clone_url, refs).returncode != 0
    assert git(folder, "fetch", "-q", repo.clone_url, refs, token="ghs_wrong").returncode != 0
    assert git(folder, "fetch", "-q", secret.clone_url, "main", token=token).returncode != 0
    done = git(folder, "fetch", "-q", "--no-tags", repo.clone_url, refs, token=token)
    assert done.returncode == 0, done.stderr
    assert git(folder, "rev-parse", "refs/pull/1/head").stdout.strip() == pull.head
    world.clock.advance(3601)
    assert git(folder, "fetch", "-q", repo.clone_url, refs, token=token).returncode != 0


def test_any_commit_can_be_fetched_and_parts_of_one(world: World, tmp_path: Path) -> None:
    repo, pull = opened(world)
    first = pull.head
    pull.amend({"a.py": changed(20, 21)})
    token = installed(world, repo).credential
    done = git(mirror(tmp_path), "fetch", "-q", "--depth=1", "--filter=blob:none", repo.clone_url, first, token=token)
    assert done.returncode == 0, done.stderr


def test_a_push_moves_the_head_and_is_told(world: World, tmp_path: Path) -> None:
    repo, pull = opened(world)
    of = world.installation_of(repo)
    assert of
    token = installed(world, repo).credential
    clone = tmp_path / "clone"
    assert git(tmp_path, "clone", "-q", "-b", pull.head_ref, repo.clone_url, str(clone), token=token).returncode == 0
    (clone / "b.py").write_text("x\n")
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", "More")
    assert git(clone, "push", "-q", "origin", "HEAD", token=token).returncode != 0  # contents: read
    of.permissions["contents"] = "write"
    token = installed(world, repo).credential
    assert git(clone, "push", "-q", "origin", "HEAD", token=token).returncode == 0
    assert pull.head == git(clone, "rev-parse", "HEAD").stdout.strip()
    assert world.hooks.last("pull_request", "synchronize").payload["after"] == pull.head


def test_a_fork_is_read_through_the_base_repository(world: World, tmp_path: Path) -> None:
    repo = world.repository("acme/widgets", {"a.py": LINES})
    eve = world.person("eve")
    fork = repo.fork(eve)
    pull = repo.open_pull(eve, {"a.py": changed(20)}, fork=fork)
    token = installed(world, repo).credential
    assert git(mirror(tmp_path), "fetch", "-q", fork.clone_url, "main", token=token).returncode != 0
    assert git(tmp_path / "mirror.git", "fetch", "-q", repo.clone_url, "refs/pull/1/head", token=token).returncode == 0
    told = installed(world, repo).get(f"{R}/pulls/1").json()
    assert (told["head"]["label"], told["head"]["repo"]["fork"]) == ("eve:change-1", True)
    repo.commit({"b.py": "x\n"})
    pull.rebase()
    assert len(pull.commits()) == 1
    fork.delete()
    told = installed(world, repo).get(f"{R}/pulls/1").json()
    assert (told["head"]["repo"], told["head"]["sha"], told["state"]) == (None, pull.head, "open")
    assert git(tmp_path / "mirror.git", "fetch", "-q", repo.clone_url, "refs/pull/1/head", token=token).returncode == 0


def test_two_pull_requests_share_a_head(world: World) -> None:
    repo, pull = opened(world)
    repo.branch("release")
    repo.commit({"c.py": "x\n"}, branch="release")
    other = repo.open_pull(pull.author, branch=pull.head_ref, base="release")
    pull.push({"b.py": "x\n"})
    assert pull.head == other.head
    asker = installed(world, repo)
    assert [each["number"] for each in asker.get(f"{R}/commits/{pull.head}/pulls").json()] == [1, 2]
    assert len(asker.post(f"{R}/check-runs", name="p", head_sha=pull.head).json()["pull_requests"]) == 2


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_merging_closes_and_reverting_names_the_commit(world: World, method: str) -> None:
    repo, pull = opened(world)
    commit = pull.merge(world.person("bob"), method)
    told = installed(world, repo).get(f"{R}/pulls/1").json()
    assert (told["merged"], told["merge_commit_sha"], told["state"]) == (True, commit, "closed")
    closed = [each for each in world.hooks.deliveries if each.action == "closed"]
    assert [each.payload["pull_request"]["merged"] for each in closed] == [True]
    assert (repo.git.read(repo.tip(), "a.py") or b"").count(b"new 20") == 1
    undone = repo.revert(pull, world.person("bob"))
    assert f"This reverts commit {commit}" in repo.git.commit_of(undone).message
    assert repo.git.read(repo.tip(), "a.py") == LINES.encode()
    assert world.hooks.last("push").payload["commits"][-1]["message"].startswith('Revert "')


def test_a_head_that_is_pushed_to_the_base_is_merged(world: World) -> None:
    repo, pull = opened(world)
    repo.move("main", pull.head, repo.owner)
    assert (pull.is_open, pull.merge_commit) == (False, pull.head)


def test_a_conflict_is_told(world: World) -> None:
    repo, pull = opened(world)
    repo.commit({"a.py": changed(20).replace("new 20", "other 20")})
    pull.push({"b.py": "x\n"})
    told = installed(world, repo).get(f"{R}/pulls/1").json()
    assert (told["mergeable"], told["mergeable_state"]) == (False, "dirty")
    assert repo.git.resolve("refs/pull/1/merge") is None
    with pytest.raises(AssertionError, match="cleanly"):
        pull.merge(pull.author)


def test_git_meets_faults_too(world: World, tmp_path: Path) -> None:
    repo, _ = opened(world)
    folder, token = mirror(tmp_path), installed(world, repo).credential
    world.faults.add("*", "widgets.git", status=503)
    assert git(folder, "fetch", "-q", repo.clone_url, "main", token=token).returncode != 0
    world.faults.add("*", "widgets.git", drop=True)
    assert git(folder, "fetch", "-q", repo.clone_url, "main", token=token).returncode != 0
    world.faults.add("POST", "git-upload-pack", truncate=50, skip=1)
    assert git(folder, "fetch", "-q", repo.clone_url, "main", token=token).returncode != 0
    assert git(folder, "fetch", "-q", repo.clone_url, "main", token=token).returncode == 0
    assert {each.status for each in world.asked("GET", "widgets.git")} >= {503, 0, 200}


def test_closing_reopening_drafts_and_bases(world: World) -> None:
    repo, pull = opened(world, draft=True)
    ada = pull.author
    pull.close(ada)
    pull.push({"b.py": "x\n"})
    assert pull.heads[-1] != repo.tip(pull.head_ref)  # a closed one does not follow
    pull.reopen(ada)
    assert pull.head == repo.tip(pull.head_ref)
    pull.ready(ada)
    repo.rename_branch("main", "trunk")
    told = world.hooks.last("pull_request", "edited").payload
    assert (told["changes"]["base"]["ref"]["from"], told["pull_request"]["base"]["ref"]) == ("main", "trunk")
    repo.move(pull.head_ref, None, ada)
    assert not pull.is_open
    actions = [each.action for each in world.hooks.deliveries if each.event == "pull_request"]
    assert actions == ["opened", "closed", "reopened", "ready_for_review", "edited", "closed"]


def suggestion(world: World, pull: Pull, line: int, text: str, *, start: int | None = None) -> None:
    body = f"Better:\n\n```suggestion\n{text}```\n"
    note = {"path": "a.py", "line": line, "side": "RIGHT", "body": body}
    more = {} if start is None else {"start_line": start, "start_side": "RIGHT"}
    answer = installed(world, pull.repo).post(
        f"{R}/pulls/1/reviews", body="b", event="COMMENT", commit_id=pull.head, comments=[{**note, **more}]
    )
    assert answer.status_code == 200, answer.text
    pull.unread()


@pytest.mark.parametrize(
    ("line", "start", "text", "expected"),
    [
        (20, None, "newer 20\n", ["line 19", "newer 20", "line 21"]),
        (20, 19, "one\ntwo\nthree\n", ["line 18", "one", "two", "three", "line 21"]),
        (20, None, "", ["line 19", "line 21"]),
    ],
)
def test_a_suggestion_is_committed_by_the_web(
    world: World, line: int, start: int | None, text: str, expected: list[str]
) -> None:
    _, pull = opened(world)
    suggestion(world, pull, line, text, start=start)
    thread = pull.threads[0]
    commit = pull.repo.git.commit_of(pull.commit_suggestion(thread.notes[0], world.person("bob")))
    lines = (pull.repo.git.read(pull.head, "a.py") or b"").decode().splitlines()
    at = lines.index(expected[0])
    assert lines[at : at + len(expected)] == expected
    assert commit.committer == Ident("web-flow", "noreply@github.com")
    assert commit.author.name == "bob"
    bot = world.app.bot
    assert f"Co-authored-by: {bot.login} <{bot.id}+prudent[bot]@users.noreply.github.com>" in commit.message
    told = installed(world, pull.repo).get(f"{R}/pulls/1/commits").json()[-1]
    assert (told["committer"]["login"], told["author"]["login"]) == ("web-flow", "bob")
    assert thread.is_outdated


def test_an_outdated_suggestion_cannot_be_committed(world: World) -> None:
    _, pull = opened(world)
    suggestion(world, pull, 20, "x\n")
    pull.push({"a.py": changed(19, 20).replace("new 20", "other")})
    with pytest.raises(AssertionError, match="outdated"):
        pull.commit_suggestion(pull.threads[0].notes[0], world.person("bob"))


def test_a_squash_keeps_the_tree(world: World) -> None:
    _, pull = opened(world)
    pull.push({"b.py": "x\n"})
    tree = pull.repo.git.commit_of(pull.head).tree
    pull.squash()
    assert (len(pull.commits()), pull.repo.git.commit_of(pull.head).tree) == (1, tree)


def test_a_base_that_is_empty(world: World) -> None:
    repo: Repository = world.repository("acme/widgets", {})
    pull = repo.open_pull(world.person("ada"), {"a.py": "x\n"})
    assert [(file.path, file.status) for file in pull.files()] == [("a.py", "added")]
