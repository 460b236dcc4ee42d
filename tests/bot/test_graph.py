"""`prudent graph` and `prudent index sync`, as a person types them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bot.cli.main import INTERNAL, OK, USAGE, main
from tests.repos import Repo

if TYPE_CHECKING:
    from kb.graph.store_neo4j_server import ServerSettings

pytest_plugins = ["tests.kb.bolt"]

MODELS = """\
class Base(object):
    def __init__(self, name):
        self.name = name

    def save(self, force=False):
        return store(self.name, force=force)


class User(Base):
    def save(self, force=False):
        return super().save(force)


class Admin(User, external.Mixin):
    pass


def store(name, *, force):
    return name.lower()


def make(name):
    return User(name)
"""
VIEWS = """\
from app.models import make


def show(request):
    def inner():
        return make(*request.args)

    return inner()


def lost(thing):
    return thing.make(1)
"""
FILES = {
    "app/__init__.py": "from app.models import User\n",
    "app/models.py": MODELS,
    "app/views.py": VIEWS,
    "app/one.py": "import app.two\n",
    "app/two.py": "import app.one\n",
    "tests/test_views.py": "from app.views import show\n\n\ndef test_show():\n    assert show(None)\n",
}


@pytest.fixture
def app(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    repo.commit(FILES)
    monkeypatch.chdir(repo.root)
    monkeypatch.setenv("COLUMNS", "120")
    return repo


def asked(capsys: pytest.CaptureFixture[str], *words: str, code: int = OK) -> str:
    """Return what `prudent graph` writes: on standard output, or on standard error where it fails."""
    assert main(["graph", *words]) == code
    said = capsys.readouterr()
    assert (said.err if code == OK else said.out) == ""
    return said.out if code == OK else said.err


def fields(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(asked(capsys, *words, "--format", "json"))
    assert found["schema"] == "prudent.graph/1"
    return found


def places(found: dict[str, Any]) -> list[tuple[str, int, int]]:
    return [(row["path"], row["line"], row["depth"]) for row in found["results"]]


def test_callers_are_shown_with_their_line_and_what_is_unknown(app: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(capsys, "callers", "make") == (
        "1 known call of app/models.py::make\n"
        "  app/views.py:6  (*...)  in show.inner\n"
        "      return make(*request.args)\n"
        "Unknown: 1 call of a `make` could not be followed, and may be of this one:\n"
        "  app/views.py:12  thing.make(...)\n"
    )


def test_callers_as_json(app: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    found = fields(capsys, "callers", "app.models.store")
    assert found["target"]["address"] == "app/models.py::store"
    [row] = found["results"]
    assert row["caller"]["address"] == "app/models.py::Base.save"
    assert row["arguments"] == {"positional": 1, "keywords": ["force"], "star": False, "double_star": False}
    assert row["text"] == "return store(self.name, force=force)"
    assert found["unresolved"] == []
    assert found["truncated"] is False


def test_callers_of_callers_stand_below_them(app: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    said = asked(capsys, "callers", "User", "--depth", "5")
    assert [line.split("  in ")[-1] for line in said.splitlines() if "  in " in line] == [
        "make",
        "show.inner",
        "show",
        "test_show",
    ]
    assert "\n    app/views.py:6  make (*...)  in show.inner\n" in said


def test_callees(app: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(capsys, "callees", "app/models.py::store") == (
        "0 known calls in app/models.py::store\n1 more call lead out of the repository, or could not be followed.\n"
    )
    found = fields(capsys, "callees", "app/models.py")
    assert {row["callee"]["name"] for row in found["results"]} == {"store", "Base.save", "User"}


def test_a_name_at_a_place_is_defined_somewhere(app: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(capsys, "definition", "app/views.py:6:17") == (
        "make is defined here\n  app/models.py:22  function make\n      def make(name):\n"
    )
    assert asked(capsys, "definition", "app/views.py:12:18").startswith("thing.make: not known (")


def test_ancestors_are_in_the_order_of_lookup_and_name_bases_from_elsewhere(
    app: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    found = fields(capsys, "ancestors", "Admin")
    assert [(row["name"], row["order"], row["depth"]) for row in found["results"]] == [("User", 1, 1), ("Base", 2, 2)]
    assert {one["base"] for one in found["elsewhere"]} == {"external.Mixin", "object"}
    assert "also names external.Mixin" in asked(capsys, "ancestors", "Admin")


def test_descendants(app: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(capsys, "descendants", "Base") == (
        "2 descendants of app/models.py::Base\n"
        "  app/models.py:9  User\n"
        "      class User(Base):\n"
        "    app/models.py:14  Admin  by way of User\n"
        "        class Admin(User, external.Mixin):\n"
    )
    assert len(fields(capsys, "descendants", "Base", "--depth", "1")["results"]) == 1


def test_importers(app: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    assert places(fields(capsys, "importers", "app/models.py")) == [("app/__init__.py", 1, 1), ("app/views.py", 1, 1)]


def test_impact_keeps_tests_apart(app: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    found = fields(capsys, "impact", "make", "--depth", "10")
    assert [row["name"] for row in found["results"]] == ["", "show.inner", "show"]
    assert found["results"][2]["way"] == ["app/views.py::show.inner", "app/views.py::show"]
    assert (found["files"], found["tests"]) == (["app/views.py"], ["tests/test_views.py"])
    assert "1 file of tests reaches it: tests/test_views.py" in asked(capsys, "impact", "make", "--depth", "10")


def test_neighbourhood(app: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    said = asked(capsys, "neighbourhood", "make")
    assert "app/models.py:9  User  is called by make\n" in said
    assert "app/views.py:5  show.inner  calls make\n" in said
    assert "app/models.py:1  app/models.py  contains make\n" in said


def test_cycles(app: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    found = fields(capsys, "cycles")
    assert [(row["path"], row["imports"]) for row in found["results"]] == [
        ("app/one.py", "app/two.py"),
        ("app/two.py", "app/one.py"),
    ]
    assert "cycle 1 of 1, 2 files" in asked(capsys, "cycles")


def test_import_paths(app: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(capsys, "path", "tests/test_views.py", "app/models.py").startswith(
        "2 imports from tests/test_views.py to app/models.py\n  tests/test_views.py:1  imports app/views.py\n"
    )
    assert asked(capsys, "path", "app/models.py", "app.views").startswith("no imports lead from")


def test_answers_are_cut_and_say_so(app: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    said = asked(capsys, "descendants", "Base", "--limit", "1")
    assert said.startswith("at least 1 descendant of")
    assert "There is more than this: see --limit.\n" in said


def test_any_revision_and_what_is_on_disk_can_be_asked(app: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    app.commit({"app/views.py": None, "tests/test_views.py": None})
    assert asked(capsys, "callers", "make").startswith("0 known calls")
    assert asked(capsys, "callers", "make", "--rev", "HEAD~1").startswith("1 known call")
    app.write({"app/new.py": "from app.models import make\nmake(1)\nmake(2)\n"})
    assert asked(capsys, "callers", "make", "--worktree").startswith("2 known calls")
    app.git("clean", "-qfd")
    assert asked(capsys, "callers", "make", "--worktree").startswith("0 known calls")


def test_paths_are_taken_from_where_one_stands(
    app: Repo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(app.root / "app")
    assert asked(capsys, "callers", "models.py::make").startswith("1 known call of app/models.py::make")
    assert asked(capsys, "callers", "./models.py:23").startswith("1 known call of app/models.py::make")
    assert asked(capsys, "definition", "views.py:6:17").startswith("make is defined here")
    assert asked(capsys, "importers", "../app/models.py").startswith("2 known imports")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["callers", "mkae"], "nothing is called mkae; did you mean app/models.py::make?"),
        (["callers", "qqqqq"], "nothing is called qqqqq"),
        (["callers", "save"], "save may mean app/models.py::Base.save, app/models.py::User.save: name one of them"),
        (["callers", "app/one.py"], "app/one.py is a file, which nobody calls; ask for its importers, or its impact"),
        (["ancestors", "make"], "make is a function, not a class"),
        (["definition", "app/views.py:6"], "not a place: app/views.py:6; write PATH:LINE:COL, both counted from 1"),
        (["definition", "app/view.py:6:1"], "no such file: app/view.py; did you mean app/views.py?"),
        (["definition", "app/views.py:600:1"], "app/views.py has only 12 lines"),
        (["path", "app/one.py", "app.one"], "A and B are one file: app/one.py"),
        (["callers", "make", "--rev", "nowhere"], "nowhere"),
        (["callers", "make", "--rev", "HEAD", "--worktree"], "name one thing to look at: --rev or --worktree"),
        (["callers", "make", "--depth", "11"], "11 is not in the range"),
        (["callers"], "Missing argument 'SYMBOL'"),
        (["callers", "a\nb\x1b[31m"], "nothing is called a\\nb\\x1b[31m"),
    ],
)
def test_what_cannot_be_answered_is_one_line(
    app: Repo, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    error = asked(capsys, *words, code=USAGE)
    assert said in error
    assert error.startswith("prudent: ")
    assert error.count("\n") == 1


def test_text_from_the_repository_is_harmless(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    key = "ghp_" + "a1B2" * 9
    name = "a\x1b[31m\n\udcff.py"
    repo.commit({"b.py": "def f(x):\n    pass\n", name: f"from b import f\n\nf('\x1b[2J')\nf('{key}')\n"})
    said = asked(capsys, "callers", "f", "--repo", str(repo.root))
    assert "\x1b" not in said
    assert "a\\x1b[31m\\n\\xff.py:3" in said
    assert key not in said
    found = fields(capsys, "callers", "f", "--repo", str(repo.root))
    assert [row["line"] for row in found["results"]] == [3, 4]
    assert key not in json.dumps(found)
    json.dumps(found, ensure_ascii=False).encode()


def test_a_repository_without_code_has_an_empty_graph(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.commit({"README": "text"})
    where = ["--repo", str(repo.root)]
    assert asked(capsys, "cycles", *where).startswith("0 import cycles")
    assert "nothing is called x" in asked(capsys, "callers", "x", *where, code=USAGE)


# prudent index sync


@pytest.fixture
def server(bolt_settings: ServerSettings, monkeypatch: pytest.MonkeyPatch) -> ServerSettings:
    monkeypatch.setenv("NEO4J_URI", bolt_settings.uri)
    monkeypatch.setenv("NEO4J_USER", bolt_settings.user)
    monkeypatch.setenv("NEO4J_PASSWORD", bolt_settings.password)
    monkeypatch.setenv("NEO4J_DATABASE", bolt_settings.database)
    return bolt_settings


def test_sync_sends_what_changed(app: Repo, capsys: pytest.CaptureFixture[str], server: ServerSettings) -> None:
    from kb.graph.store_neo4j import open_store
    from kb.repository import Repository

    assert main(["index", "sync"]) == OK
    place = server.place
    said = capsys.readouterr().out
    assert said.startswith(f"{place}: main as of tree ")
    assert "; 6 of 6 files sent, 0 removed; " in said
    assert main(["index", "sync", "--to", "neo4j"]) == OK
    assert "; up to date; " in capsys.readouterr().out
    app.commit({"app/one.py": "x = 1\n", "app/two.py": None})
    assert main(["index", "sync", "-q"]) == OK
    assert capsys.readouterr().out == ""
    with Repository.open(app.root) as repository:
        store = open_store(server, repository.identity)
        tree = repository.view("main").id
    assert store.revision is not None
    assert store.revision.tree == tree
    assert set(store.files()) == FILES.keys() - {"app/two.py"}
    store.clear()
    store.close()


def test_sync_without_settings_is_a_mistake_of_use(
    app: Repo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NEO4J_URI", "NEO4J_USER", "NEO4J_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    assert main(["index", "sync"]) == USAGE
    assert capsys.readouterr().err == (
        "prudent: set NEO4J_URI, NEO4J_USER, NEO4J_PASSWORD to name the Neo4j server to write to\n"
    )


def test_sync_with_a_wrong_password_says_so(
    app: Repo, capsys: pytest.CaptureFixture[str], server: ServerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEO4J_PASSWORD", "hunter2")
    assert main(["index", "sync"]) == USAGE
    error = capsys.readouterr().err
    assert "refuses the user or the password" in error
    assert "hunter2" not in error


def test_sync_to_a_server_that_is_away_is_not_a_mistake_of_use(
    app: Repo, capsys: pytest.CaptureFixture[str], server: ServerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEO4J_URI", "bolt://127.0.0.1:9")
    assert main(["index", "sync"]) == INTERNAL
    assert "127.0.0.1:9 cannot be reached" in capsys.readouterr().err


def test_sync_needs_a_branch(repo: Repo, capsys: pytest.CaptureFixture[str], server: ServerSettings) -> None:
    repo.commit(FILES)
    repo.git("checkout", "-q", "-b", "topic")
    repo.git("branch", "-q", "-D", "main")
    assert main(["index", "sync", "--repo", str(repo.root)]) == USAGE
    assert "name one with --rev" in capsys.readouterr().err
