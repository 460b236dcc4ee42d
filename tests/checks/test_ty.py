from pathlib import Path

import pytest

from checks.check import Report
from checks.finding import Severity, Side
from checks.knowledge import Knowledge, Limits
from checks.static import ty
from checks.static.engine import Installed
from checks.static.ty_roots import modules_of, roots_of
from checks.workspace import open_workspace
from kb.errors import NotChecked
from tests.checks.trees import change_of

LIB = "def area(width, height):\n    return width * height\n"
CALLER = "from app.lib import area\n\n\ndef show():\n    print(area(1, 2))\n"
APP = {"app/__init__.py": "", "app/lib.py": LIB, "app/caller.py": CALLER}


def review(before: dict[str, str], after: dict[str, str]) -> Report:
    with open_workspace(None) as workspace:
        return ty.run(change_of(before, after), Knowledge(workspace))


def test_a_broken_caller_is_the_evidence_and_the_changed_definition_the_place() -> None:
    (finding,) = review(APP, {**APP, "app/lib.py": LIB.replace("height)", "height, unit)", 1)}).findings
    assert (finding.slug, finding.path, finding.line, finding.side) == (
        *("call-does-not-fit-signature", "app/lib.py", 1, Side.RIGHT),
    )
    assert finding.severity is Severity.BLOCK
    assert finding.symbol == "area"
    evidence = [(e.kind, e.path, e.line, e.text) for e in finding.evidence[1:]]
    assert evidence == [
        ("caller", "app/caller.py", 5, "print(area(1, 2))"),
        ("definition", "app/lib.py", 1, "def area(width, height, unit):"),
    ]


def test_what_was_removed_is_shown_where_it_stood() -> None:
    (finding,) = review(APP, {**APP, "app/lib.py": "x = 1\n"}).findings
    assert (finding.slug, finding.path, finding.line, finding.side) == (
        *("import-resolves-nowhere", "app/lib.py", 1, Side.LEFT),
    )


def test_many_broken_callers_are_one_finding() -> None:
    many = {f"app/c{n}.py": CALLER for n in range(4)}
    (finding,) = review({**APP, **many}, {**APP, **many, "app/lib.py": "x = 1\n"}).findings
    assert sum(e.kind == "caller" for e in finding.evidence) == 5
    assert "and at 4 other places" in finding.message


def test_a_change_with_its_callers_is_silent() -> None:
    after = {**APP, "app/lib.py": LIB.replace("area", "size"), "app/caller.py": CALLER.replace("area", "size")}
    assert review(APP, after) == Report()


def test_what_was_broken_before_is_not_the_changes_doing() -> None:
    broken = {**APP, "app/caller.py": CALLER.replace("2))", "2, 3))")}
    assert review(broken, {**broken, "app/lib.py": LIB + "\n\nx = 1\n"}) == Report()


def test_a_tree_below_src_is_understood() -> None:
    before = {f"src/{path}": text for path, text in APP.items()}
    (finding,) = review(before, {**before, "src/app/lib.py": "x = 1\n"}).findings
    assert finding.path == "src/app/lib.py"


@pytest.mark.parametrize(
    "line",
    [
        "from app.lib import gone  # type: ignore",
        "from app.lib import gone  # noqa: F401",
        "try:\n    from app.lib import gone\nexcept ImportError:\n    gone = None",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from app.lib import gone",
        "from app.lib_pb2 import Message",
        "import numpy.nothing",
        "def test(self):\n    self.assertRaises(TypeError, f, nothing)",
    ],
)
def test_lines_that_ty_may_complain_about_and_we_do_not(line: str) -> None:
    assert review(APP, {**APP, "app/new.py": line + "\n"}) == Report()


def test_a_module_that_answers_for_any_name_is_left_alone() -> None:
    app = {**APP, "app/lib.py": LIB + "\n\ndef __getattr__(name): ...\n"}
    assert review(app, {**app, "app/new.py": "from app.lib import anything\n"}) == Report()


def test_an_attribute_may_come_from_a_base_class_of_another_version() -> None:
    test = "import unittest\n\n\nclass T(unittest.TestCase):\n    def test(self):\n        self.assertEquals(1, 1)\n"
    assert review(APP, {**APP, "app/new.py": test}) == Report()


def test_a_stub_that_is_stricter_than_its_module_breaks_no_call() -> None:
    before = {**APP, "app/lib.py": LIB.replace("height", "height=1", 1)}
    stub = "def area(width, height): ...\n"
    assert (
        review(before, {**before, "app/lib.pyi": stub, "app/new.py": "from app.lib import area\narea(1)\n"}) == Report()
    )


def test_an_extension_module_is_not_missed() -> None:
    app = {**APP, "app/fast.pyx": "def f(): pass\n"}
    assert review(app, {**app, "app/new.py": "from app.fast import f\n"}) == Report()


def test_one_name_for_two_modules_is_not_judged() -> None:
    before = {"a/util.py": "def f(): ...\n", "b/util.py": "def g(): ...\n", "b/run.py": "x = 1\n"}
    assert review(before, {**before, "b/run.py": "from util import g\n"}) == Report()


def test_configuration_of_the_reviewed_repository_changes_nothing() -> None:
    hostile = {
        "ty.toml": '[rules]\nall = "ignore"\n[environment]\npython = "./evil"\n',
        "pyproject.toml": '[tool.ty.src]\nexclude = ["**"]\n',
        "evil/bin/python": "#!/bin/sh\nexit 1\n",
    }
    (finding,) = review({**APP, **hostile}, {**APP, **hostile, "app/lib.py": "x = 1\n"}).findings
    assert finding.slug == "import-resolves-nowhere"


@pytest.mark.parametrize("printed", ["garbage", "[]", '{"runs": [{"results": [{"ruleId": "x"}]}]}'])
def test_an_engine_that_prints_something_else_is_told(tmp_path: Path, printed: str) -> None:
    program = tmp_path / "ty"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{printed}\nEND\n")
    program.chmod(0o755)
    (tmp_path / "home").mkdir()
    with pytest.raises(NotChecked, match=r"^ty printed what is not its SARIF format$"):
        ty.ENGINE.run(Installed(program, "1"), tmp_path, ["a.py"], home=tmp_path / "home", limits=Limits())


def test_roots_are_where_imports_start() -> None:
    files = ["src/app/__init__.py", "src/app/x.py", "tests/test_x.py", "setup.py", "docs/conf.py", "tools/json.py"]
    assert roots_of(files) == ["", "src", "docs", "tests"]
    assert modules_of(files, roots_of(files))["app.x"] == {"src/app/x.py"}
    assert modules_of(files, roots_of(files))["app"] == {"src/app/__init__.py"}


def slugs(before: dict[str, str], after: dict[str, str]) -> list[tuple[str, str, int]]:
    return [(f.slug, f.path, f.line) for f in review(before, {**before, **after}).findings]


@pytest.mark.parametrize("old", ['print "x"\n', 'print "x"\nimport os\n'])
def test_a_forgotten_import_is_told_in_a_file_that_never_parsed(old: str) -> None:
    line = old.count("\n") + 1
    assert slugs({"a.py": old}, {"a.py": old + "sys.exit(1)\n"}) == [("undefined-name", "a.py", line)]
    assert slugs({"a.py": 'print "x"\n'}, {"a.py": 'print("x")\nsys.exit(1)\n'}) == [("undefined-name", "a.py", 2)]


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    f()\nexcept OSError, error:\n    f(error.errno)\n",
        "def g((left, right)):\n    return left.x\n",
        "unicode('x')\n",
        "for one in two:\n    f(one.x)\n",
    ],
)
def test_what_python_2_binds_in_a_file_that_never_parsed_is_bound(text: str) -> None:
    before = 'print "x"\ndef f(x): pass\ntwo = []\n'
    assert slugs({"a.py": before}, {"a.py": before + text}) == []


@pytest.mark.parametrize(
    "others",
    [
        {"a.py": "from elsewhere import *\n"},
        {"a.py": "from b import *\n", "b.py": "from elsewhere import *\n"},
        {"a.py": "from b import *\n", "b.py": "globals()['name'] = 1\n"},
        {"a.py": "x = 1\n", "b.py": "import __builtin__\n__builtin__.name = 1\n"},
        {"a.py": "x = 1\n", "b.py": "name('x')\n"},
    ],
)
def test_a_name_that_may_come_from_elsewhere_is_not_called_undefined(others: dict[str, str]) -> None:
    assert slugs(others, {"a.py": others["a.py"] + "name('y')\n"}) == []


def test_a_star_import_of_our_own_hides_nothing() -> None:
    before = {"a.py": "from b import *\nvalue()\n", "b.py": "value = print\n"}
    assert slugs(before, {"a.py": before["a.py"] + "other()\n"}) == [("undefined-name", "a.py", 3)]


def test_an_ignore_comment_excuses_no_attribute_that_the_change_takes_from_everybody() -> None:
    before = {
        "a.py": "class A:\n    def price(self):\n        return 1\n",
        "b.py": "from a import A\n\nA().price()  # type: ignore\n",
    }
    assert slugs(before, {"a.py": "class A:\n    pass\n"}) == [("attribute-not-on-type", "a.py", 2)]
    used = {**before, "c.py": "class C:\n    def price(self):\n        return 2\n"}
    assert slugs(used, {"a.py": "class A:\n    pass\n"}) == []


def test_a_module_that_was_moved_is_missed_where_it_is_imported_from_its_package() -> None:
    before = {"p/__init__.py": "", "p/coding.py": "x = 1\n", "b.py": "from p import coding\n\ncoding.x\n"}
    after = {"p/__init__.py": "", "p/q/__init__.py": "", "p/q/coding.py": "x = 1\n", "b.py": before["b.py"]}
    assert [(f.slug, f.path) for f in review(before, after).findings] == [("import-resolves-nowhere", "p/coding.py")]


def test_a_version_module_that_leaves_the_tree_is_built_from_now_on() -> None:
    before = {"p/__init__.py": "from p import _version\n", "p/_version.py": "x = 1\n"}
    assert review(before, {"p/__init__.py": before["p/__init__.py"]}) == Report()


def test_a_word_in_the_build_files_is_not_yet_a_module_that_is_built() -> None:
    before = {"p/__init__.py": "", "setup.py": "open('README', encoding='utf-8')\n"}
    assert slugs(before, {"p/a.py": "from p import encoding\n"}) == [("import-resolves-nowhere", "p/a.py", 1)]
    built = {**before, "setup.py": "Extension('p.encoding', ['x.c'])\n"}
    assert slugs(built, {"p/a.py": "from p import encoding\n"}) == []
    ignored = {**before, ".gitignore": "/p/encoding.py\n"}
    assert slugs(ignored, {"p/a.py": "from p import encoding\n"}) == []


OURS = {
    "shop/__init__.py": "",
    "shop/items/__init__.py": "",
    "shop/items/cart.py": "total = 1\n",
    "shop/m/__init__.py": "",
}


def test_an_import_that_leaves_out_our_own_package_is_told_with_what_is_meant() -> None:
    (finding,) = review(OURS, {**OURS, "shop/m/a.py": "from items.cart import total\n"}).findings
    assert (finding.slug, finding.severity) == ("import-resolves-nowhere", Severity.WARN)
    assert "`shop.items.cart`" in finding.message
    near = {"shop/__init__.py": "", "shop/cart.py": "total = 1\n", "shop/m/__init__.py": ""}
    assert slugs(near, {"shop/m/a.py": "from cart import total\n"}) == [("import-resolves-nowhere", "shop/m/a.py", 1)]
    assert slugs(near, {"shop/m/a.py": "from cart import price\n"}) == []


@pytest.mark.parametrize(
    "others",
    [
        {"requirements.txt": "items>=2\n"},
        {"tests/test_a.py": "import items\n"},
        {"shop/m/items/__init__.py": ""},
        {"lib/shop2/items/cart.py": "total = 1\n"},
    ],
)
def test_an_import_that_may_mean_another_package_is_left_alone(others: dict[str, str]) -> None:
    before = {**OURS, **others}
    assert slugs(before, {"shop/m/a.py": "from items.cart import total\n"}) == []


def test_a_path_that_the_file_adds_itself_is_not_judged() -> None:
    assert slugs(OURS, {"shop/m/a.py": "import sys\nsys.path.append('shop')\nfrom items.cart import total\n"}) == []


def test_two_letters_that_changed_places_are_told_with_what_is_meant() -> None:
    before = {"a.py": "import logging\n\nlog = logging.getLogger()\nlog.debug('x')\n"}
    (finding,) = review(before, {"a.py": before["a.py"] + "log.deubg('y')\n"}).findings
    assert (finding.slug, finding.line) == ("attribute-not-on-type", 5)
    assert "`debug`" in finding.message
    assert slugs(before, {"a.py": before["a.py"] + "log.notice('y')\n"}) == []
    patched = {**before, "b.py": "import logging\n\nlogging.Logger.deubg = print\n"}
    assert slugs(patched, {"a.py": before["a.py"] + "log.deubg('y')\n"}) == []


def test_an_import_with_the_build_folder_before_our_package_is_told() -> None:
    found = review(OURS, {**OURS, "shop/m/a.py": "from build.lib.shop.items.cart import total\n"}).findings
    assert [(f.slug, f.path) for f in found] == [("import-resolves-nowhere", "shop/m/a.py")]
    declared = {**OURS, "requirements.txt": "build\n"}
    assert slugs(declared, {"shop/m/a.py": "from build.lib.shop.items.cart import total\n"}) == []


def test_a_star_import_from_beside_the_file_as_in_python_2_is_looked_into() -> None:
    before = {"p/__init__.py": "", "p/a.py": "from b import *\nfirst()\n", "p/b.py": "def first(): pass\n"}
    after = before["p/a.py"] + "second()\n"
    assert slugs(before, {"p/a.py": after}) == [("undefined-name", "p/a.py", 3)]
    assert slugs({**before, "p/b.py": before["p/b.py"] + "def second(): pass\n"}, {"p/a.py": after}) == []


LIKE = {
    "a.py": "class A(object):\n    def f(self):\n        pass\n\n\nA().f()\n",
    "z.py": "class Z:\n    session = 1\n",
}
ASKS = LIKE["a.py"].replace("pass", "return self.session")


def test_an_attribute_that_only_a_stranger_has_is_missed() -> None:
    assert slugs(LIKE, {"a.py": ASKS}) == [("attribute-not-on-type", "a.py", 3)]


@pytest.mark.parametrize(
    "others",
    [
        {"o.py": "def f(x):\n    x.session = 2\n"},
        {"o.py": "NAMES = ['session']\n"},
        {"o.py": "from a import A\n\n\nclass B(A):\n    session = 1\n"},
        {"o.py": "from a import A\nfrom z import Z\n\n\nclass B(A, Z):\n    pass\n"},
        {"o.py": "from a import A\nfrom elsewhere import C\n\n\nclass B(A, C):\n    pass\n"},
        {"a.py": ASKS.replace("\n\nA().f()\n", "")},
        {"a.py": ASKS + "\n\ndef fill(a, k):\n    setattr(a, k, 1)\n"},
        {"a.py": ASKS.replace("class A", "class AMixin").replace("A()", "AMixin()")},
        {"a.py": "import elsewhere\n" + ASKS.replace("object", "elsewhere.B")},
    ],
)
def test_an_attribute_that_somebody_may_give_is_not_missed(others: dict[str, str]) -> None:
    assert slugs(LIKE, {"a.py": ASKS, **others}) == []
