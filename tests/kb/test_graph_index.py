"""The index of a repository: what is done when, what is kept, and what goes wrong without harm."""

from __future__ import annotations

import multiprocessing
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kb.errors import NotChecked
from kb.facts.extract import facts_of
from kb.facts.model import Kind, Status
from kb.graph import index as index_module
from kb.graph import index_stored
from kb.graph.index import Index
from kb.graph.index_code import IndexedCode
from kb.graph.index_tree import unlinked
from kb.graph.model import EdgeKind, NodeKind, node_id
from kb.repository import Repository
from kb.view import Overlay
from tests.kb.graph_worlds import view_of
from tests.repos import Repo

FILES = {
    "pkg/__init__.py": "",
    "pkg/a.py": "def make(x):\n    return x\n\nLIMIT = 3\n",
    "pkg/b.py": "from pkg.a import make\n\ndef use():\n    return make(1)\n",
    "pkg/c.py": "from pkg.b import use\n\nuse()\n",
    "pkg/d.py": "import os\n\nos.getcwd()\n",
    "README.md": "Read me\n",
}
BASE = view_of(FILES)


@pytest.fixture
def index() -> Iterator[Index]:
    made = Index.open(None, "test")
    yield made
    made.close()


def dumped(code: IndexedCode) -> list[str]:
    return list(code.graph.dump())


def clean(files: dict[str, str]) -> list[str]:
    with closing(Index.open(None, "clean")) as index:
        return dumped(index.code(view_of(files)))


def changed(**new: str) -> dict[str, str]:
    """Return the files with some of `pkg` replaced."""
    return {**FILES, **{f"pkg/{name}.py": text for name, text in new.items()}}


def test_a_call_is_an_edge(index: Index) -> None:
    code = index.code(BASE)
    calls = code.graph.edges_to([node_id("pkg/a.py", "make")], [EdgeKind.CALLS])
    assert [(edge.src, edge.line, edge.shape) for edge in calls] == [(node_id("pkg/b.py", "use"), 4, "1")]
    assert set(code.graph.files()) == {path for path in FILES if path.endswith(".py")}


def test_only_what_asked_for_a_changed_name_is_linked_again(index: Index) -> None:
    body = changed(a="def make(x):\n    y = x\n    return y\n\nLIMIT = 3\n")
    assert index.change(BASE, view_of(body), {}).relinked == {"pkg/a.py"}
    signature = changed(a="def make(x, y):\n    return x\n\nLIMIT = 3\n")
    assert index.change(BASE, view_of(signature), {}).relinked == {"pkg/a.py", "pkg/b.py"}
    other = changed(a="def make(x):\n    return x\n\nLIMIT = 4.0\nMORE = 1\n")
    assert index.change(BASE, view_of(other), {}).relinked == {"pkg/a.py"}


def test_a_change_knows_both_trees(index: Index) -> None:
    head = changed(a="def build(x):\n    return x\n")
    change = index.change(BASE, view_of(head), {"pkg/a.py": "pkg/old.py"})
    assert change.renamed == {"pkg/a.py": "pkg/old.py"}
    assert change.base.graph.edges_to([node_id("pkg/a.py", "make")], [EdgeKind.CALLS])
    assert not change.head.graph.edges_to([node_id("pkg/a.py", "make")], [EdgeKind.CALLS])
    assert [miss.name for miss in change.head.graph.misses_in(["pkg/b.py"])["pkg/b.py"]]
    assert list(change.head.graph.dump()) == clean(head)
    assert change.base.graph.revision != change.head.graph.revision


def test_each_tree_is_made_once(index: Index) -> None:
    head = view_of(changed(a=""))
    one, other = index.change(BASE, head, {}), index.change(BASE, head, {})
    assert one.base is other.base
    assert one.head is other.head
    assert index.change(BASE, BASE, {}).relinked == frozenset()


def test_threads_get_the_same_graphs(index: Index) -> None:
    head, found = view_of(changed(a="")), []
    threads = [threading.Thread(target=lambda: found.append(index.change(BASE, head, {}))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(change.head) for change in found}) == 1
    assert len(found) == 8


def test_a_patched_head_is_worked_out_from_the_head(index: Index) -> None:
    head = view_of(changed(a="def make(x, y):\n    return x\n", d="import sys\n"))
    index.change(BASE, head, {})
    patched = Overlay(head, {"pkg/c.py": b"from pkg.b import use\n\nuse(2)\n"})
    change = index.change(BASE, patched, {})
    assert isinstance(change.head, IndexedCode)
    assert change.head.relinked == {"pkg/c.py"}
    assert change.relinked == {"pkg/a.py", "pkg/b.py", "pkg/c.py", "pkg/d.py"}
    files = {path: data.decode() for path, data in {**head.files, **patched.files}.items()}
    assert [line for line in change.head.graph.dump() if "blob" not in line] == clean(files)


def test_a_second_run_reads_and_links_nothing(tmp_path: Path) -> None:
    with closing(Index.open(tmp_path, "one")) as index:
        first = index.build(BASE)
    with closing(Index.open(tmp_path, "one")) as index:
        second = index.build(BASE)
        assert index.stored() == (BASE.id, 5)
    assert (first.files, first.parsed, first.linked, first.trouble) == (5, 5, 5, "")
    assert (second.files, second.parsed, second.linked) == (5, 0, 0)
    assert (second.nodes, second.edges, second.unresolved) == (first.nodes, first.edges, first.unresolved)
    assert 0 < first.nodes < first.edges + 5
    assert second.size > 0


def test_another_tree_reads_and_links_what_changed(tmp_path: Path) -> None:
    with closing(Index.open(tmp_path, "one")) as index:
        index.build(BASE)
    head = changed(a="def make(x, y): ...\n")
    with closing(Index.open(tmp_path, "one")) as index:
        report = index.build(view_of(head))
        assert (report.files, report.parsed, report.linked) == (5, 1, 2)
        assert dumped(index.code(view_of(head))) == clean(head)


def test_progress_is_told() -> None:
    told: list[tuple[str, int, int]] = []
    with closing(Index.open(None, "test", lambda *where: told.append(where))) as index:
        index.build(BASE)
    assert {doing for doing, _, _ in told} == {"reading", "linking"}
    assert all(0 <= done <= of == 5 for _, done, of in told)


def test_a_review_keeps_the_stored_tree_unless_it_is_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    near, far = changed(d=""), changed(a="", b="", d="")
    with closing(Index.open(tmp_path, "one")) as index:
        index.build(BASE)
        assert dumped(index.code(view_of(near))) == clean(near)
        assert index.stored() == (BASE.id, 5)
    monkeypatch.setattr(index_module, "PERSISTED_FROM", 3)
    with closing(Index.open(tmp_path, "one")) as index:
        assert dumped(index.code(view_of(far))) == clean(far)
        assert index.stored() == (view_of(far).id, 5)


def test_graphs_handed_out_stay_what_they_were(tmp_path: Path) -> None:
    with closing(Index.open(tmp_path, "one")) as index:
        index.build(BASE)
        code = index.code(BASE)
        index.build(view_of(changed(a="", b="")))
        assert dumped(code) == clean(FILES)


def test_repositories_do_not_share_a_graph(tmp_path: Path) -> None:
    with closing(Index.open(tmp_path, "one")) as one, closing(Index.open(tmp_path, "two")) as two:
        one.build(BASE)
        assert two.stored() is None


def test_clearing_removes_everything(tmp_path: Path) -> None:
    index = Index.open(tmp_path, "one")
    index.build(BASE)
    index.clear()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("far", [True, False])
def test_while_another_process_writes_the_graph_is_made_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, far: bool
) -> None:
    with closing(Index.open(tmp_path, "one")) as index:
        index.build(BASE)
    (database,) = tmp_path.glob("*/graph.db")
    head = changed(a="", b="", c="", d="x = 1\n") if far else changed(d="")
    monkeypatch.setattr(index_module, "PERSISTED_FROM", 1)
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with closing(Index.open(tmp_path, "one")) as index:
            assert dumped(index.code(view_of(head))) == clean(head)
            assert "in memory" in index.trouble
        with closing(Index.open(tmp_path, "one")) as index:
            assert "in memory" in index.build(view_of(head)).trouble
            assert index.stored() == (BASE.id, 5)
        other.execute("ROLLBACK")


def test_a_damaged_index_is_made_again(tmp_path: Path) -> None:
    with closing(Index.open(tmp_path, "one")) as index:
        index.build(BASE)
    (database,) = tmp_path.glob("*/graph.db")
    data = database.read_bytes()
    database.write_bytes(data[:4096] + b"\xa5" * (len(data) - 4096))
    head = changed(a="def make(x, y): ...\n")
    with closing(Index.open(tmp_path, "one")) as index:
        assert dumped(index.code(view_of(head))) == clean(head)
        assert "damaged" in index.trouble


def test_lost_facts_are_read_again(tmp_path: Path) -> None:
    with closing(Index.open(tmp_path, "one")) as index:
        index.build(BASE)
    for path in tmp_path.glob("*/facts.db*"):
        path.unlink()
    head = changed(a="def make(x, y): ...\n")
    with closing(Index.open(tmp_path, "one")) as index:
        assert dumped(index.code(view_of(head))) == clean(head)
        assert dumped(index.code(BASE)) == clean(FILES)


def test_an_index_by_another_version_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Index.open(tmp_path, "one")) as index:
        index.build(BASE)
    monkeypatch.setattr(index_stored, "VERSIONS", "facts 99, links 99")
    with closing(Index.open(tmp_path, "one")) as index:
        assert index.build(BASE).linked == 5
        assert index.build(BASE).linked == 0


def test_a_folder_that_is_none_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with closing(Index.open(tmp_path / "file", "one")) as index:
        assert dumped(index.code(BASE)) == clean(FILES)
        assert index.size() == 0


def build_here(folder: Path, number: int, queue: multiprocessing.Queue[object]) -> None:
    head = changed(a=f"def make(x, y{number}): ...\n")
    with closing(Index.open(folder, "one")) as index:
        for files in (FILES, head, FILES):
            index.build(view_of(files))
            if dumped(index.code(view_of(files))) != clean(files):
                queue.put(f"{number}: wrong")
    queue.put(number)


def test_processes_may_build_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    workers = [context.Process(target=build_here, args=(tmp_path, number, queue)) for number in range(3)]
    for worker in workers:
        worker.start()
    said = [queue.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join()
    queue.close()
    queue.join_thread()
    assert sorted(map(str, said)) == ["0", "1", "2"]


def test_what_a_place_and_a_node_stand_for(index: Index) -> None:
    code = index.code(BASE)
    node = code.graph.nodes([node_id("pkg/a.py", "make")])[node_id("pkg/a.py", "make")]
    (definition,) = code.definitions(node)
    assert (definition.kind, definition.line) == (Kind.FUNCTION, 1)
    assert code.definitions(code.graph.nodes_in("pkg/a.py")[0]) == ()
    assert code.source("pkg/a.py").line(1) == "def make(x):"
    assert code.source("nowhere.py").data == b""
    assert code.facts("nowhere.py").status is Status.UNREAD
    found = code.resolve("pkg/b.py", FILES["pkg/b.py"].index("make(1)") + 1)
    assert [one.qualified for one in found.nodes] == ["make"]
    assert code.resolve("README.md", 0).reason


def test_what_git_holds_beside_files_is_no_harm(repo: Repo) -> None:
    (repo.root / "link.py").symlink_to("a.py")
    (repo.root / "tool").write_text("#!/usr/bin/env python3\ndef run(): ...\n")
    (repo.root / "tool").chmod(0o755)
    hostile = 'it\'s "a"\n; --.py'
    repo.commit(
        {"a.py": "import os\n", "huge.py": "x = 1\n" * 400_000, hostile: "def odd(): ...\n", "bin.py": b"\0\xff" * 9}
    )
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub.py")
    (repo.root / "caf\udce9.py").write_text("def strange(): ...\n")
    repo.git("add", "caf\udce9.py")
    repo.git("commit", "-q", "-m", "Odd names")
    with Repository.open(repo.root) as repository, closing(Index.open(None, "odd")) as index:
        code = index.code(repository.view("HEAD"))
        assert set(code.graph.files()) == {"a.py", "tool", "huge.py", hostile, "bin.py", "caf\udce9.py"}
        assert code.facts("huge.py").trouble == "larger than 2 MB"
        assert [node.kind for node in code.graph.nodes_in("huge.py")] == [NodeKind.FILE]
        assert [node.path for node in code.graph.nodes_named("odd")] == [hostile]
        assert [node.path for node in code.graph.nodes_named("strange")] == ["caf\udce9.py"]
        assert [node.path for node in code.graph.nodes_named("run")] == ["tool"]
        assert len(dumped(code)) > 10


def test_a_file_that_git_cannot_read_has_no_facts(repo: Repo) -> None:
    repo.commit({"a.py": "def make(): ...\n", "b.py": "from a import make\nmake()\n"})
    oid = repo.git("rev-parse", "HEAD:a.py")
    (repo.root / ".git" / "objects" / oid[:2] / oid[2:]).unlink()
    with Repository.open(repo.root) as repository, closing(Index.open(None, "odd")) as index:
        code = index.code(repository.view("HEAD"))
        assert code.facts("a.py").status is Status.UNREAD
        assert code.graph.misses_in(["b.py"]) == {"b.py": []}


def test_a_tree_that_git_cannot_list_is_not_checked(repo: Repo) -> None:
    repo.commit({"folder/a.py": "x = 1\n"})
    oid = repo.git("rev-parse", "HEAD:folder")
    (repo.root / ".git" / "objects" / oid[:2] / oid[2:]).unlink()
    with Repository.open(repo.root) as repository, closing(Index.open(None, "odd")) as index:
        for reason in ("git cannot list", "as was said before"):
            with pytest.raises(NotChecked, match=reason):
                index.code(repository.view("HEAD"))
        assert index.code(BASE).graph.files()


def test_what_cannot_be_linked_says_so_of_every_reference() -> None:
    facts = facts_of("a.py", FILES["pkg/b.py"].encode())
    linked = unlinked("a.py", facts)
    assert [node.qualified for node in linked.nodes] == ["", "use"]
    assert [(row.name, row.reason, row.is_call) for row in linked.unknowns] == [("make", "partial", True)]


def test_nothing_is_done_before_somebody_asks(tmp_path: Path) -> None:
    Index.open(tmp_path / "cache", "one").close()
    assert list(tmp_path.iterdir()) == []


def test_closing_does_not_wait_for_work_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "PATIENCE", 0.01)
    index, begun, ended = Index.open(None, "test"), threading.Event(), threading.Event()

    def wait(doing: str, done: int, of: int) -> None:
        begun.set()
        ended.wait(20)

    thread = threading.Thread(target=index.build, args=(BASE, wait))
    thread.start()
    begun.wait(20)
    index.close()
    ended.set()
    thread.join()
    index.close()


def test_a_tree_is_read_through_the_latest_view_of_it(repo: Repo, index: Index) -> None:
    repo.commit({"a.py": "def make(): ...\n"})
    for _ in range(2):
        with Repository.open(repo.root) as repository:
            base = repository.view("HEAD")
            head = Overlay(base, {"b.py": b"import a\na.make()\n"})
            change = index.change(base, head, {})
            assert change.relinked == {"b.py"}
            assert change.base.view is base
            assert change.base.source("a.py").data == b"def make(): ...\n"
            assert change.head.source("a.py").data == b"def make(): ...\n"


@pytest.mark.parametrize("path", ["a.py", "a.ts", "a.go", "a.rb"])
def test_a_file_of_ten_megabytes_or_of_endless_nesting_stands_alone(path: str) -> None:
    huge, deep = "x = 1\n" * (10_000_000 // 6), "(" * 20_000 + ")" * 20_000
    with closing(Index.open(None, "hostile")) as index:
        assert index.code(view_of({**FILES, path: huge})).facts(path).status is Status.UNREAD
        for text in (huge, deep):
            code = index.code(view_of({**FILES, path: text}))
            assert code.graph.edges_to([node_id("pkg/a.py", "make")], [EdgeKind.CALLS])


@pytest.mark.slow
def test_a_tree_of_twenty_thousand_files() -> None:
    text = "from pkg{} import m{}\n\n\ndef f{}():\n    return m{}.f{}()\n"
    files = {f"pkg{n // 100}/m{n}.py": text.format(n // 100, n - 1, n, n - 1, n - 1) for n in range(20_000)}
    with closing(Index.open(None, "large")) as index:
        base = view_of(files)
        code = index.code(base)
        assert len(code.graph.files()) == 20_000
        head = view_of({**files, "pkg7/m750.py": "def renamed():\n    return 1\n"})
        change = index.change(base, head, {})
        assert change.relinked == {"pkg7/m750.py", "pkg7/m751.py"}
        assert [miss.name for miss in change.head.graph.misses_in(["pkg7/m751.py"])["pkg7/m751.py"]] == ["f750"]
