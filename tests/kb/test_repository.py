"""Opening repositories of every kind, their identity, and the ranges people name."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kb.errors import EmptyRange, NoCommonAncestor, NotARepository, UnknownRevision, UserError
from kb.git_range import normalised_url
from kb.repository import Comparison, Repository
from kb.view import View
from tests.repos import Repo


@pytest.fixture(scope="module")
def forked_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a repository where main and topic both went on after one commit they share."""
    repo = Repo(tmp_path_factory.mktemp("forked") / "repo")
    repo.commit({"a": "1\n"}, "Begin")
    repo.git("checkout", "-q", "-b", "topic")
    repo.commit({"b": "1\n"}, "Add b")
    repo.commit({"c": "1\n"}, "Add c\n\nIt was asked for.")
    repo.git("checkout", "-q", "main")
    repo.commit({"d": "1\n"}, "Add d")
    repo.git("checkout", "-q", "topic")
    return repo.root


def repo_at(root: Path) -> Repo:
    """Return a repository that is already there."""
    made = Repo.__new__(Repo)
    made.root = root
    return made


@pytest.fixture
def forked(forked_once: Path, tmp_path: Path) -> Repo:
    """Return a copy of the forked repository that a test may change."""
    return repo_at(Path(shutil.copytree(forked_once, tmp_path / "repo", symlinks=True)))


def paths(repo: Repo | Path, spec: str | None = None) -> list[str]:
    with Repository.open(repo.root if isinstance(repo, Repo) else repo) as opened:
        return [file.path for file in opened.compare(spec).files]


def clone(repo: Repo, to: Path, *options: str) -> Repo:
    repo.git("clone", "-q", *options, f"file://{repo.root}", str(to))
    return repo_at(to)


def test_a_view_is_a_view(forked: Repo) -> None:
    with Repository.open(forked.root) as opened:
        view: View = opened.view("HEAD")
        assert view.id == forked.git("rev-parse", "HEAD^{tree}")
        assert sorted(view.entries) == ["a", "b", "c"]


def test_the_default_range_is_everything_since_the_default_branch(forked: Repo) -> None:
    with Repository.open(forked.root) as opened:
        made = opened.compare()
        assert isinstance(made, Comparison)
        assert made.subject == "topic"
        assert made.base_id == forked.git("merge-base", "main", "topic")
        assert made.head_id == forked.git("rev-parse", "topic")
        assert [file.path for file in made.files] == ["b", "c"]
        assert [text for _, text in made.messages] == ["Add b", "Add c\n\nIt was asked for."]
        assert made.messages[1][0] == f"commit {made.head_id[:12]}"


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("main..topic", ["b", "c"]),
        ("main...topic", ["b", "c"]),
        ("topic..main", ["d"]),
        ("main..", ["b", "c"]),
        ("..main", ["d"]),
        ("main", ["b", "c"]),
        ("HEAD~1", ["c"]),
        ("HEAD^", ["c"]),
        ("v1", ["c"]),
        ("light..HEAD", ["c"]),
        ("refs/heads/main..refs/heads/topic", ["b", "c"]),
        ("@~1..@", ["c"]),
    ],
)
def test_ranges_review_what_the_second_adds_since_the_merge_base(forked: Repo, spec: str, expected: list[str]) -> None:
    forked.git("tag", "-a", "v1", "-m", "one", "HEAD~1")
    forked.git("tag", "light", "HEAD~1")
    assert paths(forked, spec) == expected


def test_a_tag_and_a_branch_of_one_name_are_told_apart_as_git_does(forked: Repo) -> None:
    forked.git("tag", "main", "HEAD~1")
    assert paths(forked, "main..HEAD") == ["c"]


def test_a_deleted_branch_is_unknown_and_its_commit_is_not(forked: Repo) -> None:
    commit = forked.git("rev-parse", "main")
    forked.git("branch", "-q", "-D", "main")
    with pytest.raises(UnknownRevision, match=r"main: no such commit"):
        paths(forked, "main..topic")
    assert paths(forked, f"HEAD..{commit}") == ["d"]


@pytest.mark.parametrize(
    "spec", ["nope", "nope..HEAD", "HEAD..nope", "1" * 40, "HEAD:a", "--output=x", "-x..HEAD", "a\0b"]
)
def test_an_unknown_revision_is_one_line(forked: Repo, spec: str) -> None:
    with pytest.raises(UnknownRevision) as caught:
        paths(forked, spec)
    assert str(caught.value).isprintable()
    assert not (forked.root / "x").exists()


@pytest.mark.parametrize("spec", ["HEAD..HEAD", "..", "HEAD..HEAD~1", "topic"])
def test_an_empty_range_says_so(forked: Repo, spec: str) -> None:
    with pytest.raises(EmptyRange, match="already contains"):
        paths(forked, spec)


def test_on_the_default_branch_itself_a_range_is_asked_for(forked: Repo) -> None:
    forked.git("checkout", "-q", "main")
    with pytest.raises(
        EmptyRange, match=r"^HEAD is main itself: nothing to compare; name a range such as HEAD~1..HEAD$"
    ):
        paths(forked)
    forked.git("checkout", "-q", "--detach", "main~1")
    with pytest.raises(EmptyRange, match="HEAD is already in main"):
        paths(forked)


def test_what_is_not_pushed_yet_is_compared_on_the_default_branch(forked: Repo, tmp_path: Path) -> None:
    copy = clone(forked, tmp_path / "copy", "-b", "main")
    copy.commit({"e": "1\n"})
    with Repository.open(copy.root) as opened:
        assert opened.default_branch() == "origin/topic"  # the remote's HEAD, whatever its name
    copy.git("remote", "set-head", "origin", "main")
    with Repository.open(copy.root) as opened:
        assert opened.default_branch() == "origin/main"
        assert [file.path for file in opened.compare().files] == ["e"]


def test_the_default_branch_is_guessed_without_a_remote_head(forked: Repo) -> None:
    forked.git("branch", "-q", "-m", "main", "develop")
    with Repository.open(forked.root) as opened:
        assert opened.default_branch() == "develop"
    forked.git("update-ref", "refs/remotes/origin/master", "HEAD")
    forked.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/gone")
    with Repository.open(forked.root) as opened:
        assert opened.default_branch() == "origin/master"


def test_without_a_default_branch_a_range_is_asked_for(forked: Repo) -> None:
    forked.git("branch", "-q", "-m", "main", "elsewhere")
    with Repository.open(forked.root) as opened:
        assert opened.default_branch() is None
        with pytest.raises(EmptyRange, match="no default branch"):
            opened.compare()


def test_a_detached_head_is_reviewed(forked: Repo) -> None:
    forked.git("checkout", "-q", "--detach")
    with Repository.open(forked.root) as opened:
        made = opened.compare()
    assert [file.path for file in made.files] == ["b", "c"]
    assert made.subject == made.head_id[:12]


def test_commits_that_change_no_file_are_no_empty_range(forked: Repo) -> None:
    forked.commit(message="Add tests")
    with Repository.open(forked.root) as opened:
        made = opened.compare("HEAD~1..HEAD")
    assert made.files == ()
    assert [text for _, text in made.messages] == ["Add tests"]


def test_two_merge_bases_are_no_obstacle(forked: Repo) -> None:
    forked.git("checkout", "-q", "-b", "left", "main")
    forked.git("merge", "-q", "-m", "m1", "topic")
    forked.git("checkout", "-q", "-b", "right", "topic")
    forked.git("merge", "-q", "-m", "m2", "main")
    forked.commit({"e": "1\n"})
    assert len(forked.git("merge-base", "--all", "left", "right").split()) == 2
    assert "e" in paths(forked, "left..right")


def test_many_and_odd_messages_are_bounded(repo: Repo) -> None:
    repo.commit({"a": "1\n"})
    stream = "".join(
        f"commit refs/heads/main\ncommitter A <a@b> {n} +0000\ndata 4\nm{n:03}\n{'from HEAD^0' if n == 0 else ''}\n"
        for n in range(300)
    )
    repo.git("fast-import", "--quiet", stdin=stream.encode())
    repo.git(
        "-c", "i18n.commitEncoding=latin-1", "commit", "--allow-empty", "-q", "-F", "-", stdin=b"\xe9t\xe9 \x01 \xff"
    )
    with Repository.open(repo.root) as opened:
        found = opened.compare("HEAD~300..HEAD").messages
    assert len(found) == 250
    assert found[0][1] == "m051"
    assert found[-1][1].startswith("été")


# Where a repository may lie


def test_any_folder_inside_a_work_tree_opens_it(forked: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = forked.root / "x" / "y"
    inner.mkdir(parents=True)
    assert paths(inner) == ["b", "c"]
    assert paths(forked.root / ".git") == ["b", "c"]
    monkeypatch.chdir(inner)
    with Repository.open("..") as opened:
        assert opened.work_tree == forked.root


def test_a_bare_repository_has_commits_only(forked: Repo, tmp_path: Path) -> None:
    bare = clone(forked, tmp_path / "bare.git", "--bare")
    assert paths(bare) == paths(forked)
    with Repository.open(bare.root) as opened:
        assert opened.work_tree is None
        for compare in (opened.compare_staged, opened.compare_worktree):
            with pytest.raises(UserError, match="no work tree"):
                compare()
        made = opened.compare_patch(b"--- a/a\n+++ b/a\n@@ -1 +1 @@\n-1\n+2\n", "p")
        assert made.head.read("a") == b"2\n"


def test_a_bare_repository_without_a_config_file_opens(forked: Repo, tmp_path: Path) -> None:
    bare = clone(forked, tmp_path / "bare", "--bare")
    (bare.root / "config").unlink()
    assert paths(bare) == ["b", "c"]


def test_a_linked_work_tree_has_its_own_head_and_index(forked: Repo, tmp_path: Path) -> None:
    forked.git("worktree", "add", "-q", str(tmp_path / "linked"), "main")
    linked = tmp_path / "linked"
    (linked / "w").write_text("w\n")
    with Repository.open(linked) as opened:
        assert opened.work_tree == linked
        assert [file.path for file in opened.compare("topic").files] == ["d"]
        assert [file.path for file in opened.compare_worktree().files] == ["w"]
        with pytest.raises(EmptyRange):
            opened.compare_staged()


def test_a_submodule_is_a_repository(forked: Repo, tmp_path: Path) -> None:
    outer = Repo(tmp_path / "outer")
    outer.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", f"file://{forked.root}", "mod")
    outer.commit()
    (outer.root / "mod/new").write_text("n\n")
    with Repository.open(outer.root / "mod") as opened:
        assert opened.work_tree == outer.root / "mod"
        assert [file.path for file in opened.compare_worktree().files] == ["new"]
        assert [file.path for file in opened.compare("origin/main").files] == ["b", "c"]


def test_borrowed_objects_and_odd_folder_names_are_followed(forked: Repo, tmp_path: Path) -> None:
    odd = tmp_path / 'o"d:\n\\#dir\tname é'
    odd.mkdir()
    copy = clone(forked, odd / "copy", "--shared")
    moved = Path(shutil.move(forked.root, odd / "moved"))
    (copy.root / ".git/objects/info/alternates").write_bytes(b"../../../moved/.git/objects\n")
    assert paths(copy, "origin/main..HEAD") == ["b", "c"]
    assert paths(moved) == ["b", "c"]


def test_a_sha256_repository_works(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "new")
    shutil.rmtree(repo.root / ".git")
    repo.git("init", "-q", "-b", "main", "--object-format=sha256")
    repo.commit({"a": "1\n"})
    commit = repo.commit({"a": "2\n", "b": "1\n"})
    repo.write({"c": "1\n"})
    with Repository.open(repo.root) as opened:
        made = opened.compare("HEAD~1..HEAD")
        assert made.head_id == commit
        assert len(commit) == 64
        assert [file.path for file in made.files] == ["a", "b"]
        assert made.head.read("a") == b"2\n"
        assert [file.path for file in opened.compare_worktree().files] == ["c"]
        patch = b"--- a/a\n+++ b/a\n@@ -1 +1 @@\n-2\n+3\n"
        assert opened.compare_patch(patch, "p").head.read("a") == b"3\n"


# What cannot be opened or compared


@pytest.mark.parametrize("kind", ["empty", "absent", "file", "broken"])
def test_what_is_not_a_repository_is_one_line(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "no\nthing"
    if kind == "file":
        path.write_text("x")
    elif kind != "absent":
        path.mkdir()
    if kind == "broken":
        (path / ".git").write_text("gitdir: /nowhere\n")
    with pytest.raises(NotARepository) as caught:
        Repository.open(path)
    assert "\n" not in str(caught.value)


def test_a_broken_config_is_one_line(repo: Repo) -> None:
    repo.commit({"a": "1\n"})
    (repo.root / ".git/config").write_text("[core\n")
    with pytest.raises(NotARepository, match="bad config line 1"):
        Repository.open(repo.root)


def test_git_must_be_on_the_path(repo: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="git is not on PATH"):
        Repository.open(repo.root)


def test_a_repository_without_commits(repo: Repo) -> None:
    with Repository.open(repo.root) as opened:
        for spec in (None, "HEAD", "HEAD~1..HEAD"):
            with pytest.raises((UnknownRevision, EmptyRange)) as caught:
                opened.compare(spec)
            assert "\n" not in str(caught.value)
        with pytest.raises(UnknownRevision, match="no commits yet"):
            opened.compare()
        with pytest.raises(EmptyRange, match="nothing is staged"):
            opened.compare_staged()
    repo.write({"a": "1\n"})
    with Repository.open(repo.root) as opened:
        made = opened.compare_worktree()
        assert [file.path for file in made.files] == ["a"]
        assert made.base.entries == {}
        assert made.base_id == made.base.id
        assert opened.identity == "repo"


def test_unrelated_histories_share_nothing(forked: Repo) -> None:
    forked.git("checkout", "-q", "--orphan", "other")
    forked.commit({"z": "1\n"})
    with pytest.raises(NoCommonAncestor, match="share no history"):
        paths(forked, "main..other")


def test_a_shallow_clone_says_how_to_get_the_merge_base(forked: Repo, tmp_path: Path) -> None:
    copy = clone(forked, tmp_path / "copy", "--depth=1", "--no-single-branch")
    with pytest.raises(NoCommonAncestor, match="git fetch --unshallow"):
        paths(copy, "origin/main..origin/topic")
    copy.commit({"e": "1\n"})
    assert paths(copy, "HEAD~1..HEAD") == ["e"]


def test_a_partial_clone_reviews_what_it_has(forked: Repo, tmp_path: Path) -> None:
    forked.commit({"c": "2\n"})
    forked.commit({"c": "3\n", "e": "1\n"})
    forked.git("config", "uploadpack.allowFilter", "true")
    copy = clone(forked, tmp_path / "copy", "--filter=blob:none")
    with Repository.open(copy.root) as opened:
        unread = {file.path: file.unread for file in opened.compare("HEAD~1..HEAD").files}
    assert unread == {"c": "git cannot read it", "e": ""}


def test_a_lost_commit_is_one_line(forked: Repo) -> None:
    oid = forked.git("rev-parse", "topic~1")
    (forked.root / ".git/objects" / oid[:2] / oid[2:]).unlink()
    with pytest.raises(UserError) as caught:
        paths(forked, "main..topic")
    assert "\n" not in str(caught.value)
    head = forked.git("rev-parse", "topic")
    (forked.root / ".git/objects" / head[:2] / head[2:]).unlink()
    with Repository.open(forked.root) as opened, pytest.raises(UnknownRevision, match="HEAD: no such commit"):
        opened.compare_worktree()


# Identity


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("https://github.com/Owner/Repo.git", "github.com/Owner/Repo"),
        ("https://user:to%40ken@GitHub.com/Owner/Repo", "github.com/Owner/Repo"),
        ("https://user:p@ss@github.com/Owner/Repo.git/", "github.com/Owner/Repo"),
        ("git@github.com:Owner/Repo.git", "github.com/Owner/Repo"),
        ("ssh://git@github.com:22/Owner/Repo.git", "github.com/Owner/Repo"),
        ("git://github.com/Owner/Repo", "github.com/Owner/Repo"),
        ("github.com:/Owner/Repo", "github.com/Owner/Repo"),
        ("https://h/a/b.git?token=x#y", "h/a/b"),
        ("http://[::1]:80/a", "[::1]/a"),
        ("https://h.org", "h.org"),
        ("/srv/git/a.git", ""),
        ("../a", ""),
        ("file:///srv/a.git", ""),
        ("", ""),
    ],
)
def test_an_address_is_the_same_however_it_is_spelt(url: str, same: str) -> None:
    assert normalised_url(url) == same


def test_clones_share_an_identity(forked: Repo, tmp_path: Path) -> None:
    copy = clone(forked, tmp_path / "copy")
    root = forked.git("rev-list", "--max-parents=0", "HEAD")
    for each in (forked, copy):
        with Repository.open(each.root) as opened:
            assert opened.identity == f"root:{root}"
    copy.git("remote", "set-url", "origin", "https://x:y@GitHub.com/o/r.git")
    with Repository.open(copy.root) as opened:
        assert opened.identity == "github.com/o/r"


def test_a_shallow_clone_has_no_first_commit_to_go_by(forked: Repo, tmp_path: Path) -> None:
    copy = clone(forked, tmp_path / "copy", "--depth=1")
    with Repository.open(copy.root) as opened:
        assert opened.identity == "copy"


# Life of an open repository


def test_closing_leaves_nothing_behind(forked: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    with Repository.open(forked.root) as opened:
        assert opened.compare().head.read("b") == b"1\n"
        view = opened.view("HEAD")
        assert view.entries
        assert list(scratch.iterdir())
    assert list(scratch.iterdir()) == []
    with pytest.raises(ValueError, match="closed"):
        view.read("b")
    with pytest.raises(NotARepository):
        Repository.open(tmp_path)
    assert list(scratch.iterdir()) == []


def test_many_threads_read_one_view(repo: Repo) -> None:
    repo.commit({f"f{n}": f"{n}\n" * (n * 50) for n in range(60)})
    with Repository.open(repo.root) as opened:
        view = opened.view("HEAD")

        def read(number: int) -> bool:
            path = f"f{number % 60}"
            return len(view.read(path)) == view.size(path) == len(f"{number % 60}\n") * (number % 60) * 50

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(read, range(600)))
