"""What a pull request may not do to the rules that judge it, to the repository's reader, or to an approval."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app import shop
from tests.app.running import Running
from tests.app.stories import Said, check_on, said
from tests.world.pull import Pull
from tests.world.repository import Repository
from tests.world.world import World

APPROVING = "[app]\napprove = true\nrequest_changes = true\nignore_labels = ['later']\n"
CLEAN = shop.BEFORE.replace("A shop.", "A little shop.")


def approvals(pull: Pull) -> list[str]:
    """Return the heads that we approve now."""
    return [review.commit for review in pull.reviews if review.state == "APPROVED"]


def approving(world: World) -> Repository:
    return world.repository("acme/widgets", {"shop.py": shop.BEFORE, ".github/prudent.toml": APPROVING})


def test_a_pull_request_is_judged_by_the_rules_that_it_would_change(world: World, app: Running) -> None:
    weak = '[app]\napprove = true\n[checks]\ndisable = ["undefined-name"]\n[review]\nignore = ["**"]\n'
    repo = world.repository("acme/widgets", {"shop.py": shop.BEFORE})
    files = {".github/prudent.toml": weak, "shop.py": shop.with_undefined()}
    pull = repo.open_pull(world.person("mallory"), files)
    first = said(world, app, pull)
    assert any("undefined-name" in text for text in first.texts("note"))
    assert "changes here: the settings of the target branch applied" in first.only("review")
    assert check_on(repo, pull.head).conclusion == "failure"
    assert not approvals(pull)
    pull.push({"shop.py": CLEAN})
    said(world, app, pull)
    assert not approvals(pull)
    pull.push({".github/prudent.toml": "not toml ["})
    assert any("prudent.toml" in text for text in said(world, app, pull).texts("note"))
    assert check_on(repo, pull.head).conclusion == "failure"


def test_a_branch_from_before_the_rules_were_tightened_is_judged_by_the_new_ones(world: World, app: Running) -> None:
    repo = world.repository(
        "acme/widgets", {"shop.py": shop.BEFORE, ".github/prudent.toml": '[checks]\ndisable = ["undefined-name"]\n'}
    )
    old = repo.tip()
    repo.commit({".github/prudent.toml": "[severity]\nundefined-name = 'block'\n", ".gitattributes": None})
    made = repo.git.commit(
        {"shop.py": shop.with_undefined()}, "x", world.clock.now(), parents=[old], author=repo.owner.ident
    )
    repo.move("old", made, repo.owner)
    pull = repo.open_pull(world.person("mallory"), branch="old")
    assert any("undefined-name" in text for text in said(world, app, pull).texts("note"))
    assert check_on(repo, pull.head).conclusion == "failure"


def test_only_what_was_seen_in_full_is_approved_and_only_as_long_as_it_stands(world: World, app: Running) -> None:
    repo = approving(world)
    pull = repo.open_pull(repo.owner, {"shop.py": CLEAN})
    assert said(world, app, pull).kinds == {"review": 1, "check": 1}
    assert approvals(pull) == [pull.head]
    pull.push({".github/prudent.toml": APPROVING + "max_comments = 5\n"})
    assert said(world, app, pull).kinds["dismiss"] == 1
    pull.push({".github/prudent.toml": APPROVING})
    assert said(world, app, pull).kinds["review"] == 1
    pull.push({"blob.bin": b"\0" * 100, "huge.py": "x = [" + "1, " * 2_000_000 + "]\n"})
    now = said(world, app, pull)
    assert now.kinds["dismiss"] == 1, now
    assert not approvals(pull)
    pull.push({"blob.bin": None, "huge.py": None})
    assert said(world, app, pull).kinds["review"] == 1
    assert approvals(pull) == [pull.head]
    pull.push({"shop.py": shop.with_undefined()})
    said(world, app, pull)
    assert not approvals(pull)
    assert [review.state for review in pull.reviews] == [*["DISMISSED"] * 3, "CHANGES_REQUESTED"]


def test_neither_forks_nor_what_is_left_out_are_ever_approved(world: World, app: Running) -> None:
    repo, mallory = approving(world), world.person("mallory")
    forked = repo.open_pull(mallory, {"shop.py": CLEAN}, fork=repo.fork(mallory))
    said(world, app, forked)
    draft = repo.open_pull(repo.owner, {"shop.py": CLEAN}, draft=True)
    said(world, app, draft)
    draft.comment(repo.owner, "/prudent review")
    assert said(world, app, draft).kinds["comment"] == 1
    robots = repo.open_pull(world.bot("renovate[bot]"), {"shop.py": CLEAN})
    said(world, app, robots)
    robots.comment(repo.owner, "/prudent review")
    assert said(world, app, robots).kinds["comment"] == 1
    assert [approvals(pull) for pull in (forked, draft, robots)] == [[], [], []]
    assert all(run.conclusion in ("success", "skipped") for run in repo.runs.values())


SLOW = pytest.mark.slow


@pytest.mark.parametrize("how", ["label", pytest.param("pause", marks=SLOW), pytest.param("draft", marks=SLOW)])
def test_an_approval_does_not_outlive_its_head_where_pushes_are_not_reviewed(
    world: World, app: Running, how: str
) -> None:
    repo = approving(world)
    pull = repo.open_pull(repo.owner, {"shop.py": CLEAN})
    said(world, app, pull)
    assert approvals(pull) == [pull.head]
    if how == "label":
        pull.labels.append("later")
    elif how == "pause":
        pull.comment(repo.owner, "/prudent pause")
    else:
        pull.to_draft(repo.owner)
    said(world, app, pull)
    pull.push({"shop.py": shop.with_undefined()})
    now = said(world, app, pull)
    assert now.kinds == {"dismiss": 1, "check": 1}
    assert not approvals(pull)


def test_an_approval_does_not_follow_to_another_base(world: World, app: Running) -> None:
    repo = approving(world)
    repo.branch("old", repo.tip())
    pull = repo.open_pull(repo.owner, {"shop.py": CLEAN}, base="main")
    said(world, app, pull)
    assert approvals(pull) == [pull.head]
    repo.commit({".github/prudent.toml": None}, branch="old")
    pull.retarget("old", repo.owner)
    assert said(world, app, pull).kinds["dismiss"] == 1
    assert not approvals(pull)


def test_an_author_who_dismisses_what_was_found_is_not_approved_for_it(world: World, app: Running) -> None:
    repo, ada = approving(world), world.person("ada")
    repo.give(ada, "write")
    pull = repo.open_pull(ada, {"shop.py": shop.with_literal()})
    assert said(world, app, pull).kinds["note"] == 1
    pull.comment(ada, "/prudent dismiss is-with-literal I like it")
    said(world, app, pull)
    assert check_on(repo, pull.head).conclusion == "success"
    assert not approvals(pull)
    pull.comment(repo.owner, "/prudent undismiss is-with-literal")
    said(world, app, pull)
    pull.comment(repo.owner, "/prudent dismiss is-with-literal so do I")
    said(world, app, pull)
    assert approvals(pull) == [pull.head]


def test_odd_things_in_a_repository_are_read_and_never_followed_or_run(
    world: World, app: Running, tmp_path: Path
) -> None:
    proof = tmp_path / "pwned"
    shout = f"touch {proof}"
    repo = world.repository("acme/widgets", {"shop.py": shop.BEFORE})
    git, owner = repo.git, repo.owner
    files = {
        ".gitattributes": "*.py filter=evil diff=evil merge=evil text eol=crlf ident export-subst\n",
        ".gitconfig": f'[filter "evil"]\n\tsmudge = {shout}\n[core]\n\tfsmonitor = {shout}\n\thooksPath = .githooks\n',
        ".githooks/post-checkout": f"#!/bin/sh\n{shout}\n",
        "conftest.py": f"import os\nos.system({shout!r})\n",
        "setup.py": f"import os\nos.system({shout!r})\n",
        "sitecustomize.py": f"import os\nos.system({shout!r})\n",
        "ruff.toml": 'extend = "/etc/passwd"\n',
        "pyproject.toml": '[tool.ruff]\nextend = "../../../../etc/passwd"\n[tool.ty.environment]\npython = "/"\n',
        ".oxlintrc.json": '{"jsPlugins": ["./evil.js"], "plugins": ["./evil.js"]}',
        "evil.js": f"require('child_process').execSync({shout!r})\n",
        "tsconfig.json": '{"extends": "/etc/passwd", "compilerOptions": {"plugins": [{"name": "./evil.js"}]}}',
        "package.json": f'{{"scripts": {{"postinstall": "{shout}"}}}}',
        "a.ts": "import './evil.js'\nexport const x: number = 'a'\n",
        ".gitmodules": f'[submodule "a"]\n\tpath = sub\n\turl = ext::sh -c "{shout}"\n'
        f'[submodule "b"]\n\tpath = -u\n\turl = --upload-pack={shout}\n',
        "long.py": "x = '" + "A" * 5_000_000 + "'\n",
        "shop.py": shop.with_undefined(),
    }
    made = git.commit(files, "Odd", world.clock.now(), parents=[repo.tip()], author=owner.ident)
    tree = git.git("ls-tree", made)
    blob = git.git("hash-object", "-w", "--stdin", stdin=b"/etc/passwd")
    up = git.git("hash-object", "-w", "--stdin", stdin=b"../../../../../../etc/passwd")
    links = f"120000 blob {blob}\tlink.py\n120000 blob {up}\tup.py\n160000 commit {made}\tsub\n"
    odd = git.git("mktree", stdin=f"{tree}\n{links}".encode())
    head = git.commit_tree(odd, "Links", world.clock.now(), parents=[made], author=owner.ident)
    repo.move("odd", head, owner)
    pull = repo.open_pull(owner, branch="odd")
    now: Said = said(world, app, pull)
    assert any("undefined-name" in text for text in now.texts("note"))
    assert not proof.exists()
    everything = "\n".join(post.text for post in now.posts) + str([vars(run) for run in repo.runs.values()])
    assert "root:" not in everything
    assert "/bin/" not in everything
