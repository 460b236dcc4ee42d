import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.workspace import LARGEST_FILE, is_plain, open_workspace
from kb.view import SUBMODULE, SYMLINK
from tests.checks.trees import Files


def written(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_folder_holds_the_files_asked_for() -> None:
    view = Files({"a.py": "a", "deep/er/b.py": "b", "c.txt": "c"})
    with open_workspace(None) as workspace:
        assert written(workspace.folder_of(view, ["a.py", "deep/er/b.py"])) == {"a.py": b"a", "deep/er/b.py": b"b"}
        assert written(workspace.folder_of(view)) == {"a.py": b"a", "deep/er/b.py": b"b", "c.txt": b"c"}


def test_a_folder_is_written_once() -> None:
    with open_workspace(None) as workspace:
        first = workspace.folder_of(Files({"a.py": "a"}), ["a.py"])
        assert workspace.folder_of(Files({"a.py": "a"}), ["a.py"]) == first
        assert workspace.folder_of(Files({"a.py": "b"}), ["a.py"]) != first


def test_equal_files_of_two_views_do_not_share_their_fate() -> None:
    with open_workspace(None) as workspace:
        base = workspace.folder_of(Files({"a.py": "same", "b.py": "old"}))
        head = workspace.folder_of(Files({"a.py": "same", "b.py": "new"}))
        assert written(base) == {"a.py": b"same", "b.py": b"old"}
        assert written(head) == {"a.py": b"same", "b.py": b"new"}


def test_links_and_submodules_are_left_out_and_nothing_is_executable() -> None:
    modes = {"link": SYMLINK, "module": SUBMODULE, "run.sh": 0o100755}
    view = Files({"link": "/etc/passwd", "module": "", "run.sh": "#!/bin/sh"}, modes)
    with open_workspace(None) as workspace:
        folder = workspace.folder_of(view)
        assert [p.name for p in folder.iterdir()] == ["run.sh"]
        assert not (folder / "run.sh").stat().st_mode & 0o111


@pytest.mark.parametrize(
    "path",
    [
        *(
            "../out.py",
            "a/../../out.py",
            "/out.py",
            ".git/config",
            "a/.GIT/hooks/x",
            "a//b",
            "./a",
            "a\0b",
            "a\\..\\b",
            "",
        ),
        *("x" * 256 + ".py", "d/" * 1500 + "x.py"),
    ],
)
def test_paths_that_lead_out_or_do_not_fit_are_left_out(path: str) -> None:
    with open_workspace(None) as workspace:
        folder = workspace.folder_of(Files({path: "evil", "good.py": "good"}))
        assert written(folder) == {"good.py": b"good"}
        assert {p.name for p in workspace.root.rglob("*")} <= {"trees", "0", "good.py"}


@pytest.mark.parametrize("path", ["with\nnewline.py", "-rf.py", "quote'\".py", "caf\udce9.py", "ünï.py", "a b.py"])
def test_odd_paths_are_written_as_they_are(path: str) -> None:
    with open_workspace(None) as workspace:
        assert (workspace.folder_of(Files({path: "x"})) / path).read_text() == "x"


def test_huge_and_unreadable_files_are_left_out() -> None:
    view = Files({"huge.py": b"#" * (LARGEST_FILE + 1), "lost.py": None, "fine.py": ""})
    with open_workspace(None) as workspace:
        assert written(workspace.folder_of(view)) == {"fine.py": b""}


def test_a_file_where_a_folder_should_be_is_left_out() -> None:
    with open_workspace(None) as workspace:
        assert written(workspace.folder_of(Files({"a": "file", "a/b.py": "x"}))) == {"a": b"file"}


def test_everything_is_gone_afterwards_even_after_an_exception() -> None:
    used: list[Path] = []

    def work() -> None:
        with open_workspace(None) as workspace:
            used.extend([workspace.root, workspace.folder_of(Files({"a.py": "a"})), workspace.scratch("engine")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert not any(folder.exists() for folder in used)


def test_each_scratch_folder_is_empty_and_its_own() -> None:
    with open_workspace(None) as workspace:
        first, second = workspace.scratch("ruff"), workspace.scratch("ruff")
        assert first != second
        assert list(first.iterdir()) == []


def test_threads_that_ask_for_one_folder_get_one_complete_folder() -> None:
    view = Files({f"{n}.py": str(n) for n in range(200)})
    seen: list[tuple[Path, int]] = []
    with open_workspace(None) as workspace:

        def ask() -> None:
            folder = workspace.folder_of(view)
            seen.append((folder, len(list(folder.iterdir()))))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(set(seen)) == 1
    assert seen[0][1] == 200


def test_answers_are_remembered_from_run_to_run(tmp_path: Path) -> None:
    with open_workspace(tmp_path) as workspace:
        assert workspace.cached("key") is None
        workspace.remember("key", b"answer")
    with open_workspace(tmp_path) as workspace:
        assert workspace.cached("key") == b"answer"


def test_without_a_cache_folder_nothing_is_remembered() -> None:
    with open_workspace(None) as workspace:
        workspace.remember("key", b"answer")
        assert workspace.cached("key") is None


@given(st.text(st.sampled_from("a./\\\0-~ "), max_size=12))
def test_a_plain_path_stays_inside(path: str) -> None:
    if is_plain(path):
        assert Path("/root", path).resolve().is_relative_to("/root")
        assert ".." not in path.split("/")
