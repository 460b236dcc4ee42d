import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.check import Report
from checks.finding import Finding, Severity
from checks.knowledge import Knowledge
from checks.static import circular_import
from checks.static.import_run import ImportRun, Stuck, Undecided, surely_fine, surely_stuck
from checks.static.import_steps import steps_in
from checks.static.ty_tree import Tree
from checks.workspace import open_workspace
from tests.checks.planted import view_of
from tests.checks.trees import change_of

SHOP = {"shop/__init__.py": "from shop.app import sell\n", "shop/app.py": "from shop.price import total\n\nRATE = 2\n"}


def review(before: Mapping[str, str], after: Mapping[str, str]) -> Report:
    with open_workspace(None) as workspace:
        return circular_import.run(change_of(dict(before), dict(after)), Knowledge(workspace))


def told(before: Mapping[str, str], changed: Mapping[str, str]) -> list[tuple[str, int]]:
    return [(f.path, f.line) for f in review(before, {**before, **changed}).findings]


def closing(text: str) -> list[tuple[str, int]]:
    """Return what is said when `shop/price.py`, which `shop/app.py` imports before it binds RATE, becomes this."""
    before = {**SHOP, "shop/price.py": "total = 1\n", "shop/other.py": "x = 1\n"}
    return told(before, {"shop/price.py": text})


def test_the_way_into_the_circle_is_the_evidence() -> None:
    before = {**SHOP, "shop/price.py": "total = 1\n"}
    (finding,) = review(before, {**before, "shop/price.py": "from shop.app import RATE\ntotal = RATE\n"}).findings
    assert isinstance(finding, Finding)
    assert (finding.slug, finding.severity) == ("circular-import", Severity.BLOCK)
    assert [(e.kind, e.path, e.line) for e in finding.evidence] == [
        ("import", "shop/__init__.py", 1),
        ("import", "shop/app.py", 1),
        ("import", "shop/price.py", 1),
        ("definition", "shop/app.py", 3),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "from shop.app import RATE\ntotal = 1\n",
        "from .app import RATE as rate\ntotal = 1\n",
        "class Price:\n    from shop.app import RATE\n\n\ntotal = 1\n",
        "from shop import app\n\ntotal = app.RATE\n",
        "from shop import app\n\n\nclass Price(app.RATE):\n    pass\n\n\ntotal = 1\n",
        "from shop import app\n\n\n@app.RATE\ndef total():\n    pass\n",
        "import shop.app as app\n\n\ndef total(rate=app.RATE):\n    pass\n",
        "import shop.other, shop.app as app\n\ntotal = [app.RATE]\n",
    ],
)
def test_what_the_half_imported_module_does_not_have_yet_is_missed(text: str) -> None:
    assert closing(text), text


@pytest.mark.parametrize(
    "text",
    [
        "def total():\n    from shop.app import RATE\n",
        "from shop import app\n\ntotal = lambda: app.RATE\n",
        "from shop import app\n\n\ndef total() -> 'app.RATE':\n    pass\n",
        "try:\n    from shop.app import RATE\nexcept ImportError:\n    RATE = 1\ntotal = 1\n",
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from shop.app import RATE\ntotal = 1\n",
        "import sys\n\nif sys.platform == 'win32':\n    from shop.app import RATE\ntotal = 1\n",
        "from shop import app\n\ntotal = 1 if app is None else app.RATE\n",
        "from shop.app import *\ntotal = 1\n",
        "from shop.app import NOWHERE\ntotal = 1\n",
        "import shop.app\ntotal = 1\n",
        "from shop import other\ntotal = other.x\n",
        "if __name__ == '__main__':\n    from shop.app import RATE\ntotal = 1\n",
        "from shop.app import RATE\ntotal = = 1\n",
    ],
)
def test_what_does_not_fail_or_may_not_is_not_told(text: str) -> None:
    assert closing(text) == []


@pytest.mark.parametrize(
    "app",
    [
        "RATE = 2\nfrom shop.price import total\n",
        "def __getattr__(name):\n    return 1\n\n\nfrom shop.price import total\nRATE = 2\n",
        "from elsewhere import *\nfrom shop.price import total\nRATE = 2\n",
        "import sys\nif sys.argv:\n    RATE = 1\nfrom shop.price import total\nRATE = 2\n",
    ],
)
def test_a_module_that_has_or_may_have_the_name_by_then_is_no_trouble(app: str) -> None:
    before = {**SHOP, "shop/app.py": app, "shop/price.py": "total = 1\n"}
    assert told(before, {"shop/price.py": "from shop.app import RATE\ntotal = 1\n"}) == []


def test_what_failed_before_is_not_the_changes_doing() -> None:
    broken = {**SHOP, "shop/price.py": "from shop.app import RATE\ntotal = 1\n"}
    assert told(broken, {"shop/price.py": "from shop.app import RATE\nfrom shop.app import sell\ntotal = 1\n"}) == []


def test_a_circle_that_only_an_unusual_start_runs_into_is_not_told() -> None:
    before = {**SHOP, "shop/__init__.py": "import shop.price\n", "shop/price.py": "total = 1\n"}
    late = "total = 1\nfrom shop.app import RATE\n"
    assert told(before, {"shop/price.py": late}) == []


@pytest.mark.parametrize(
    "start",
    [
        {"shop/__main__.py": "from shop.app import RATE\n"},
        {"setup.py": "setup(entry_points={'console_scripts': ['shop=shop.app:main']})\n"},
        {"pyproject.toml": '[project.scripts]\nshop = "shop.app:main"\n'},
        {"tests/test_app.py": "from shop.app import RATE\n"},
        {"tests/conftest.py": "from shop.app import RATE\n", "tests/test_app.py": "x = 1\n"},
    ],
)
def test_programs_and_tests_are_where_importing_starts(start: dict[str, str]) -> None:
    before = {**SHOP, "shop/__init__.py": "", "shop/price.py": "total = 1\n", **start}
    assert told(before, {"shop/price.py": "from shop.app import RATE\ntotal = 1\n"}) == [("shop/price.py", 1)]
    set_up = {**before, "tests/conftest.py": "import shop.price\n", "shop/price.py": "total = 1\n"}
    if "tests/test_app.py" in start:
        assert told(set_up, {"shop/price.py": "total = 1\nfrom shop.app import RATE\n"}) == []


def test_a_change_without_imports_is_not_looked_into() -> None:
    before = {**SHOP, "shop/price.py": "total = 1\n"}
    assert told(before, {"shop/price.py": "total = 2\n"}) == []


def test_what_nests_deeper_than_anyone_writes_is_not_read() -> None:
    deep = "x = " + "+".join(["a.b"] * 3000) + "\n"
    assert closing(deep + "from shop.app import RATE\ntotal = 1\n") == []


NAMES = ("a", "b", "c")
LINES = st.sampled_from(
    [f"from p.{n} import {m}{n}" for n in NAMES for m in "xy"]
    + [f"from p import {n}" for n in NAMES]
    + [f"import p.{n}" for n in NAMES]
    + [f"import p.{n} as {n}\nz{n} = {n}.x{n}" for n in NAMES]
)
MODULES = st.fixed_dictionaries({n: st.tuples(st.lists(LINES, max_size=2), st.lists(LINES, max_size=2)) for n in NAMES})


@given(modules=MODULES, start=st.sampled_from(NAMES))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_gets_stuck_on_paper_gets_stuck_in_python(
    modules: dict[str, tuple[list[str], list[str]]], start: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The law: on plain modules, importing on paper ends as it does in Python, at the same line."""
    files = {"p/__init__.py": ""}
    for name, (first, then) in modules.items():
        files[f"p/{name}.py"] = "\n".join([*first, f"x{name} = 1", *then, f"y{name} = 2", ""])
    stuck = _on_paper(files, f"p/{start}.py")
    happened = _in_python(files, f"p.{start}", tmp_path_factory.mktemp("p"))
    assert happened == (f"{Path(stuck.path).name}:{stuck.line}" if stuck else "fine")


def _on_paper(files: Mapping[str, str], entry: str) -> Stuck | None:
    tree = Tree(view_of(dict(files)))
    return surely_stuck(tree, lambda path: steps_in(tree.source(path)), [entry])


def _in_python(files: Mapping[str, str], module: str, folder: Path) -> str:
    for path, text in files.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text)
    code = (
        f"import sys, traceback\nsys.path.insert(0, {str(folder)!r})\ntry:\n    import {module}\n    print('fine')\n"
        "except (ImportError, AttributeError) as error:\n    last = traceback.extract_tb(error.__traceback__)[-1]\n"
        "    print(f\"{last.filename.rpartition('/')[2]}:{last.lineno}\")\n"
    )
    done = subprocess.run([sys.executable, "-I", "-B", "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_what_depends_on_a_condition_is_undecided() -> None:
    files = {"p/__init__.py": "", "p/a.py": "import p.b\nx = 1\n", "p/b.py": "if one:\n    from p.a import x\n"}
    tree = Tree(view_of(dict(files)))
    assert _on_paper(files, "p/a.py") is None
    assert not surely_fine(tree, lambda path: steps_in(tree.source(path)), ["p/a.py"])


def test_a_long_way_in_is_left_undecided() -> None:
    files = {f"m{n}.py": f"import m{n + 1}\n" for n in range(400)}
    tree = Tree(view_of(dict(files)))
    with pytest.raises(Undecided):
        ImportRun(tree, lambda path: steps_in(tree.source(path)), bold=False).load("m0.py")
