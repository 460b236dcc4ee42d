"""Every kind of file change, as real git makes it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kb.diff import FileDiff, Hunk, Status
from kb.errors import CorruptObject, UserError
from kb.git_diff import RENAME_LIMIT
from kb.repository import Repository
from kb.view import shown
from tests.repos import Repo

TEXT = "".join(f"line {n}\n" for n in range(20))


def compared(repo: Repo) -> dict[str, FileDiff]:
    """Return the file diffs of the last commit by path."""
    with Repository.open(repo.root) as opened:
        return {file.path: file for file in opened.compare("HEAD~1..HEAD").files}


def only(repo: Repo) -> FileDiff:
    files = compared(repo)
    assert len(files) == 1
    return next(iter(files.values()))


def test_added_deleted_and_modified_files(repo: Repo) -> None:
    repo.commit({"gone.txt": "1\n2\n", "same.txt": "s\n", "edit.txt": "a\nb\nc\n"})
    repo.commit({"gone.txt": None, "new.txt": "n\nn\nn\n", "edit.txt": "a\nc\nd\n"})
    files = compared(repo)
    assert {path: file.status for path, file in files.items()} == {
        "edit.txt": Status.MODIFIED,
        "gone.txt": Status.DELETED,
        "new.txt": Status.ADDED,
    }
    assert files["gone.txt"].hunks == (Hunk(1, 2, 0, 0),)
    assert files["new.txt"].hunks == (Hunk(0, 0, 1, 3),)
    assert files["edit.txt"].hunks == (Hunk(2, 1, 1, 0), Hunk(3, 0, 3, 1))
    assert files["gone.txt"].new is None
    assert files["new.txt"].old is None


def test_a_rename_with_an_edit(repo: Repo) -> None:
    repo.commit({"old name.py": TEXT})
    repo.commit({"old name.py": None, "new/name.py": TEXT + "more\n"})
    file = only(repo)
    assert (file.status, file.old_path, file.path) == (Status.RENAMED, "old name.py", "new/name.py")
    assert file.hunks == (Hunk(20, 0, 21, 1),)


def test_a_rename_without_an_edit_has_no_hunks(repo: Repo) -> None:
    repo.commit({"a.py": TEXT})
    repo.commit({"a.py": None, "b.py": TEXT})
    file = only(repo)
    assert (file.status, file.hunks, file.unread) == (Status.RENAMED, (), "")


def test_a_copy_of_a_changed_file(repo: Repo) -> None:
    repo.commit({"a.py": TEXT})
    repo.commit({"a.py": TEXT + "more\n", "b.py": TEXT.replace("line 3\n", "line three\n")})
    file = compared(repo)["b.py"]
    assert (file.status, file.old_path, file.hunks) == (Status.COPIED, "a.py", (Hunk(4, 1, 4, 1),))


def test_a_mode_change(repo: Repo) -> None:
    repo.commit({"a.sh": "echo\n"})
    (repo.root / "a.sh").chmod(0o755)
    repo.commit()
    file = only(repo)
    assert (file.status, file.hunks) == (Status.MODIFIED, ())
    assert file.old
    assert file.new
    assert (file.old.mode, file.new.mode) == (0o100644, 0o100755)


def test_a_symbolic_link_is_its_target_text(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (repo.root / "link").symlink_to("a.txt")
    repo.commit()
    (repo.root / "link").unlink()
    (repo.root / "link").symlink_to(tmp_path / "secret")
    repo.commit()
    with Repository.open(repo.root) as opened:
        made = opened.compare("HEAD~1..HEAD")
        assert made.base.read("link") == b"a.txt"
        assert made.head.read("link") == os.fsencode(tmp_path / "secret")
    assert made.files[0].hunks == (Hunk(1, 1, 1, 1),)
    assert made.files[0].new
    assert not made.files[0].new.is_file


def test_a_file_that_becomes_a_link(repo: Repo) -> None:
    repo.commit({"a": "x\ny\n"})
    (repo.root / "a").unlink()
    (repo.root / "a").symlink_to("b")
    repo.commit()
    file = only(repo)
    assert (file.status, file.hunks) == (Status.RETYPED, (Hunk(1, 2, 1, 1),))


def test_a_submodule_bump_and_what_it_reads_as(repo: Repo) -> None:
    sub = Repo(repo.root / "sub")
    first = sub.commit({"s": "1\n"})
    repo.commit()
    second = sub.commit({"s": "2\n"})
    repo.commit()
    with Repository.open(repo.root) as opened:
        made = opened.compare("HEAD~1..HEAD")
        assert made.base.read("sub").decode() == f"Subproject commit {first}\n"
        assert made.head.read("sub").decode() == f"Subproject commit {second}\n"
        assert made.head.size("sub") == len(made.head.read("sub"))
    assert [(f.path, f.status, f.hunks) for f in made.files] == [("sub", Status.MODIFIED, (Hunk(1, 1, 1, 1),))]


def test_a_file_that_becomes_a_submodule(repo: Repo) -> None:
    repo.commit({"sub": "1\n2\n"})
    (repo.root / "sub").unlink()
    Repo(repo.root / "sub").commit({"s": "1\n"})
    repo.commit()
    assert (only(repo).status, only(repo).hunks) == (Status.RETYPED, (Hunk(1, 2, 1, 1),))


def test_empty_files_added_and_deleted(repo: Repo) -> None:
    repo.commit({"gone": "", "keep": "k\n"})
    repo.commit({"gone": None, "new.txt": "", "keep": "k\nk\n"})
    files = compared(repo)
    assert {path: (f.status, f.hunks) for path, f in files.items() if path != "keep"} == {
        "gone": (Status.DELETED, ()),
        "new.txt": (Status.ADDED, ()),
    }


@pytest.mark.parametrize(
    ("before", "after", "hunks"),
    [
        (b"a\nb", b"a\nb\n", (Hunk(2, 1, 2, 1),)),
        (b"a\nb\n", b"a\nb", (Hunk(2, 1, 2, 1),)),
        (b"a\nb\n", b"a\r\nb\r\n", (Hunk(1, 2, 1, 2),)),
        (b"a\x0cb\rc\n", b"a\x0cb\rd\n", (Hunk(1, 1, 1, 1),)),
        (b"\xff\xfe\n\x80\n", b"\xff\xfe\n\x81\n", (Hunk(2, 1, 2, 1),)),
        (b"x\n", b"", (Hunk(1, 1, 0, 0),)),
        (b"", b"x", (Hunk(0, 0, 1, 1),)),
    ],
)
def test_line_ends_and_odd_bytes(repo: Repo, before: bytes, after: bytes, hunks: tuple[Hunk, ...]) -> None:
    repo.commit({"a": before})
    repo.commit({"a": after})
    assert only(repo).hunks == hunks


def test_binary_files_have_no_lines(repo: Repo) -> None:
    repo.commit({"a.bin": b"\0\1", "b.bin": "text\n"})
    repo.commit({"a.bin": b"\0\2", "b.bin": b"\0", "c.bin": b"PNG\0"})
    found = {path: (file.binary, file.hunks) for path, file in compared(repo).items()}
    assert found == {"a.bin": (True, ()), "b.bin": (True, ()), "c.bin": (True, ())}


ODD = [
    b"new\nline",
    b'quo"te',
    b"-dash",
    b" space ",
    b"tab\there",
    b"\xff\xfe",
    "é".encode(),
    b"a/..b",
    b"\\",
    b"\x1b[31m",
]


@pytest.mark.parametrize("name", ODD, ids=[shown(name.decode("utf-8", "surrogateescape")) for name in ODD])
def test_paths_may_hold_any_byte(repo: Repo, name: bytes) -> None:
    path = name.decode("utf-8", "surrogateescape")
    repo.commit({"other": "o\n"})
    (repo.root / path).parent.mkdir(exist_ok=True)
    (repo.root / path).write_bytes(TEXT.encode())
    repo.commit()
    with Repository.open(repo.root) as opened:
        made = opened.compare("HEAD~1..HEAD")
        assert [(file.path, file.hunks) for file in made.files] == [(path, (Hunk(0, 0, 1, 20),))]
        assert made.head.read(path) == TEXT.encode()
    repo.git("mv", "--", path, "renamed")
    repo.commit({"renamed": TEXT + "x\n"})
    assert only(repo).old_path == path


def test_a_tree_may_name_folders_that_no_disk_allows(repo: Repo) -> None:
    repo.commit({"a": "1\n"})
    blob = repo.git("rev-parse", "HEAD:a")
    inner = repo.git("mktree", stdin=f"100644 blob {blob}\tpasswd\n".encode())
    for name in ("..", ".git"):
        tree = repo.git("mktree", stdin=f"040000 tree {inner}\t{name}\n".encode())
        commit = repo.git("commit-tree", tree, "-p", "HEAD", "-m", "x")
        with Repository.open(repo.root) as opened:
            made = opened.compare(f"HEAD..{commit}")
            assert list(made.head.entries) == [f"{name}/passwd"]
            assert made.head.read(f"{name}/passwd") == b"1\n"


def test_a_large_file_is_not_compared(repo: Repo) -> None:
    repo.commit({"big": b"x\n" * 2**20, "small": "1\n"})
    repo.commit({"big": b"y\n" * (25 * 2**20), "small": "2\n"})
    files = compared(repo)
    assert (files["big"].unread, files["big"].hunks) == ("larger than 5 MB", ())
    assert files["small"].added == {1}


def test_a_very_long_line_is_not_compared(repo: Repo) -> None:
    repo.commit({"long": "x" * 2**20 + "\n", "fits": "a\n"})
    repo.commit({"long": "y" * (2**20 + 1) + "\n", "fits": "b" * 2**20 + "\n"})
    files = compared(repo)
    assert files["long"].unread == "has a line longer than 1 MB"
    assert files["long"].hunks == ()
    assert files["fits"].hunks == (Hunk(1, 1, 1, 1),)


def corrupt(repo: Repo, oid: str) -> None:
    path = repo.root / ".git/objects" / oid[:2] / oid[2:]
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[-6:] = bytes(b ^ 0x55 for b in data[-6:])
    path.write_bytes(bytes(data))


def test_a_corrupt_object_costs_its_own_file_only(repo: Repo) -> None:
    repo.commit({"bad.py": TEXT, "good.py": "1\n", "old.py": TEXT + "old\n"})
    repo.commit({"bad.py": TEXT + "more\n", "good.py": "2\n", "old.py": None, "new.py": TEXT + "new\n"})
    corrupt(repo, repo.git("rev-parse", "HEAD:bad.py"))
    corrupt(repo, repo.git("rev-parse", "HEAD:new.py"))
    with Repository.open(repo.root) as opened:
        made = opened.compare("HEAD~1..HEAD")
        for path in ("bad.py", "new.py"):
            with pytest.raises(CorruptObject):
                made.head.read(path)
        assert made.head.read("good.py") == b"2\n"
        with pytest.raises(KeyError):
            made.head.read("absent.py")
        with pytest.raises(KeyError):
            made.head.size("absent.py")
    unread = {file.path: file.unread for file in made.files}
    assert unread == {"bad.py": "git cannot read it", "new.py": "git cannot read it", "good.py": "", "old.py": ""}


def test_a_lost_object_costs_its_own_file_only(repo: Repo) -> None:
    repo.commit({"bad.py": "1\n", "good.py": "1\n"})
    repo.commit({"bad.py": "2\n", "good.py": "3\n"})
    oid = repo.git("rev-parse", "HEAD:bad.py")
    (repo.root / ".git/objects" / oid[:2] / oid[2:]).unlink()
    with Repository.open(repo.root) as opened:
        made = opened.compare("HEAD~1..HEAD")
        with pytest.raises(CorruptObject):
            made.head.size("bad.py")
        assert made.head.size("good.py") == 2
    assert {file.path: file.unread for file in made.files} == {"bad.py": "git cannot read it", "good.py": ""}


def test_a_lost_folder_is_one_clear_error(repo: Repo) -> None:
    repo.commit({"d/a.py": "1\n"})
    repo.commit({"d/a.py": "2\n"})
    oid = repo.git("rev-parse", "HEAD:d")
    (repo.root / ".git/objects" / oid[:2] / oid[2:]).unlink()
    with Repository.open(repo.root) as opened:
        with pytest.raises(CorruptObject, match="cannot list"):
            _ = opened.view("HEAD").entries
        with pytest.raises(UserError, match="git cannot compare the two trees: unable to read tree"):
            opened.compare("HEAD~1..HEAD")


def import_commits(repo: Repo, *trees: dict[str, str]) -> None:
    """Commit each set of files in turn, without writing them to disk one by one."""
    stream = []
    for number, files in enumerate(trees):
        stream.append(f"commit refs/heads/main\ncommitter A <a@example.com> {number} +0000\ndata 1\nx\ndeleteall\n")
        stream += [f"M 100644 inline {path}\ndata {len(text)}\n{text}\n" for path, text in files.items()]
    repo.git("fast-import", "--quiet", stdin="".join(stream).encode())


def test_thousands_of_changed_files(repo: Repo) -> None:
    names = [f"d{n % 40}/f{n}.py" for n in range(3000)]
    import_commits(repo, *({name: f"{name}\n{middle}\nc\n" for name in names} for middle in "bB"))
    files = compared(repo)
    assert len(files) == 3000
    assert all(file.hunks == (Hunk(2, 1, 2, 1),) for file in files.values())


def test_above_the_rename_limit_exact_renames_are_still_found(repo: Repo) -> None:
    numbers = range(RENAME_LIMIT + 100)
    edited = {n: f"{n}\nx\n{TEXT}" if n % 100 else f"{n}\n{TEXT}" for n in numbers}
    import_commits(repo, {f"a/{n}": f"{n}\n{TEXT}" for n in numbers}, {f"b/{n}x": edited[n] for n in numbers})
    files = compared(repo)
    assert {path: file.old_path for path, file in files.items() if file.status is Status.RENAMED} == {
        f"b/{n}x": f"a/{n}" for n in numbers if n % 100 == 0
    }
