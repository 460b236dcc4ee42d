"""Where Python module names lead."""

from __future__ import annotations

import pytest

from kb.graph.python import PythonLinker
from kb.graph.python_generated import Generated
from kb.graph.python_modules import Found, PythonModules
from kb.graph.python_origins import Origins
from kb.graph.python_projects import declared_modules
from tests.kb.trees_in_memory import MemoryTree

LAYOUTS = [
    ("a package at the top", ["shop/__init__.py", "shop/cart.py"], "shop.cart", "tests/test_a.py", "shop/cart.py"),
    ("the package itself", ["shop/__init__.py"], "shop", "run.py", "shop/__init__.py"),
    ("a folder without __init__", ["shop/cart.py"], "shop.cart", "run.py", "shop/cart.py"),
    ("a namespace folder", ["shop/cart.py"], "shop", "run.py", "shop/"),
    ("src", ["src/shop/__init__.py", "src/shop/cart.py"], "shop.cart", "tests/test_a.py", "src/shop/cart.py"),
    ("lib of a project", ["a/lib/shop/cart.py", "a/setup.py"], "shop.cart", "a/tests/t.py", "a/lib/shop/cart.py"),
    ("beside a script", ["tools/names.py"], "names", "tools/run.py", "tools/names.py"),
    ("above a package", ["t/__init__.py", "t/x/__init__.py", "t/h.py"], "t.h", "t/x/test_a.py", "t/h.py"),
    ("rootdir of tests", ["tests/helpers.py"], "helpers", "tests/deep/test_a.py", "tests/helpers.py"),
    ("a stub beside its module", ["m.pyi", "m.py"], "m", "run.py", "m.py"),
    ("a stub alone", ["m.pyi"], "m", "run.py", "m.pyi"),
    ("a package hides a module", ["m/__init__.py", "m.py"], "m", "run.py", "m/__init__.py"),
    ("relative", ["p/__init__.py", "p/a.py"], ".a", "p/b.py", "p/a.py"),
    ("relative up", ["p/__init__.py", "p/a.py", "p/q/__init__.py"], "..a", "p/q/b.py", "p/a.py"),
    ("the package, relative", ["p/__init__.py"], ".", "p/b.py", "p/__init__.py"),
    ("another project", ["a/shop/__init__.py", "a/setup.py"], "shop", "b/run.py", "a/shop/__init__.py"),
    ("a script inside a package", ["p/__init__.py", "p/names.py"], "names", "p/run.py", "?unknown"),
    ("a neighbour of a standard name", ["plugins/random.py"], "random", "plugins/play.py", ""),
    (
        "our own module of a standard name",
        ["Lib/types.py", "Lib/os.py", "Lib/typing.py"],
        "types",
        "Lib/enum.py",
        "Lib/types.py",
    ),
]


@pytest.mark.parametrize(
    ("paths", "module", "importer", "leads"), [row[1:] for row in LAYOUTS], ids=[r[0] for r in LAYOUTS]
)
def test_a_module_is_found_where_python_would_find_it(paths, module, importer, leads):
    modules = PythonModules(MemoryTree(dict.fromkeys([*paths, importer], "")))
    assert modules.answer(modules.key(module, importer)) == leads


@pytest.mark.parametrize(
    "text",
    [
        'setup(package_dir={"": "code"})',
        "[options]\npackage_dir =\n    =code\n",
        '[tool.setuptools.packages.find]\nwhere = ["code"]',
        '[tool.pytest.ini_options]\npythonpath = ["code", "other"]',
        '[tool.poetry]\npackages = [{ include = "shop", from = "code" }]',
    ],
)
def test_project_files_say_where_source_lies(text):
    name = "setup.py" if text.startswith("setup(") else "setup.cfg" if "[options]" in text else "pyproject.toml"
    tree = MemoryTree({name: text, "code/shop/__init__.py": "", "tests/t.py": ""})
    assert PythonModules(tree).place("shop", "tests/").path == "code/shop/__init__.py"


def test_project_files_cannot_point_outside():
    tree = MemoryTree({"pyproject.toml": 'pythonpath = ["../../etc", "/etc", "."]', "a.py": ""})
    assert PythonModules(tree).place("passwd", "").found is Found.OUTSIDE


MISSING = {
    "a module of our package": (["shop/__init__.py"], "shop.cart", Found.MISSING),
    "a relative module": (["shop/__init__.py"], ".cart", Found.MISSING),
    "deeper": (["shop/__init__.py", "shop/a/__init__.py"], "shop.a.b", Found.MISSING),
    "a version file": (["shop/__init__.py"], "shop._version", Found.UNKNOWN),
    "protocol buffers": (["shop/__init__.py"], "shop.cart_pb2", Found.UNKNOWN),
    "compiled": (["shop/__init__.py", "shop/cart.pyx"], "shop.cart", Found.UNKNOWN),
    "an extension": (["shop/__init__.py", "core/fast.c"], "shop._fast", Found.UNKNOWN),
    "somebody else's": (["shop/__init__.py"], "requests.api", Found.OUTSIDE),
    "two packages of one name": (["shop/__init__.py", "old/shop/__init__.py"], "shop.cart", Found.UNKNOWN),
    "inside a plain module": (["shop/__init__.py", "shop/a.py"], "shop.a.b", Found.UNKNOWN),
    "a namespace": (["ns/a/__init__.py"], "ns.b", Found.UNKNOWN),
    "above the tree": (["shop/__init__.py"], "....x", Found.UNKNOWN),
}


@pytest.mark.parametrize(("paths", "module", "found"), MISSING.values(), ids=list(MISSING))
def test_only_what_is_surely_ours_is_missing(paths, module, found):
    modules = PythonModules(MemoryTree(dict.fromkeys([*paths, "shop/run.py"], "")))
    assert modules.place(module, "shop/").found is found


@pytest.mark.parametrize("name", ["setup.py", ".gitignore", "pyproject.toml", "meson.build"])
def test_a_module_that_a_build_file_names_may_be_generated(name):
    modules = PythonModules(MemoryTree({"shop/__init__.py": "", name: "shop/tables\nwrite('shop/tables.py')"}))
    assert modules.place("shop.tables", "").found is Found.UNKNOWN


def test_a_declared_dependency_of_our_name_is_not_ours():
    files = {"requirements.txt": "shop>=2\n", "shop/__init__.py": ""}
    assert PythonModules(MemoryTree(files)).place("shop.cart", "").found is Found.UNKNOWN


def test_an_answer_tells_missing_from_outside():
    modules = PythonModules(MemoryTree({"shop/__init__.py": "", "shop/a.py": ""}))
    assert modules.answer(modules.key("shop.cart", "shop/a.py")) == "?missing"
    assert modules.answer(modules.key("requests", "shop/a.py")) == ""
    assert modules.answer("no key at all") == ""


@pytest.mark.parametrize("module", ["", ".", "..", "a..b", "a/../b", "\n", "x" * 5000, ".".join("a" * 500), "\udcff.b"])
def test_hostile_names_lead_nowhere(module):
    modules = PythonModules(MemoryTree({"a.py": "", "b\n'c/__init__.py": ""}))
    assert not modules.answer(modules.key(module, "a.py")).endswith(".py")


PROJECT = '[project]\nrequires-python = ">=3.9"\ndependencies = ["PyYAML>=6", "attrs", "python-dateutil", "Pillow"]\n'
ORIGINS = {
    "yaml": "declared",
    "attr": "declared",
    "attrs.validators": "declared",
    "dateutil.parser": "declared",
    "PIL.Image": "declared",
    "json": "stdlib",
    "distutils.core": "stdlib",
    "cgi": "stdlib",
    "tomllib": "stdlib",
    "urllib2": "unknown",
    "numpy": "undeclared",
    "shop.cart": "shop/cart.py",
    "shop.nothing": "unknown",
    "setuptools": "unknown",
}


@pytest.mark.parametrize(("module", "origin"), ORIGINS.items())
def test_the_origin_of_a_module(module, origin):
    tree = MemoryTree({"pyproject.toml": PROJECT, "shop/__init__.py": "", "shop/cart.py": ""})
    assert Origins(tree).origin_of(module, "shop/cart.py") == origin


DECLARING = {
    "setup.py": 'setup(install_requires=["numpy>=1"])',
    "setup.cfg": "[options]\ninstall_requires =\n    numpy>=1\n",
    "requirements/dev.txt": "-r base.txt\nnumpy==1.2 ; python_version > '3'\n",
    "Pipfile": '[packages]\nnumpy = "*"\n',
    "environment.yml": "dependencies:\n  - numpy\n",
    "pyproject.toml": '[tool.poetry.dependencies]\nnumpy = "^1"\n',
}


@pytest.mark.parametrize(("path", "text"), DECLARING.items())
def test_dependencies_are_read_wherever_they_are_declared(path, text):
    origins = Origins(MemoryTree({path: text, "a.py": ""}))
    assert origins.origin_of("numpy", "a.py") == "declared"
    assert origins.origin_of("pandas", "a.py") == "undeclared"


def test_without_declared_dependencies_nothing_is_undeclared():
    assert Origins(MemoryTree({"a.py": ""})).origin_of("numpy", "a.py") == "unknown"


@pytest.mark.parametrize(
    ("path", "text", "oldest"),
    [
        ("pyproject.toml", 'requires-python = ">=3.9,<4"', (3, 9)),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "^3.8"', (3, 8)),
        ("setup.cfg", "python_requires = >=3.7", (3, 7)),
        ("setup.py", "setup(python_requires='>= 3.10')", (3, 10)),
        ("setup.py", "setup()", None),
    ],
)
def test_the_oldest_python_is_read_from_project_files(path, text, oldest):
    assert Origins(MemoryTree({path: text})).oldest == oldest


def test_a_module_that_left_the_standard_library_is_standard_only_for_projects_that_had_it():
    old = MemoryTree({"setup.cfg": "python_requires = >=3.8"})
    new = MemoryTree({"setup.cfg": "python_requires = >=3.13"})
    assert Origins(old).origin_of("cgi", "a.py") == "stdlib"
    assert Origins(new).origin_of("cgi", "a.py") == "unknown"


@pytest.mark.parametrize(("path", "text"), DECLARING.items())
def test_what_a_project_requires_is_told_from_what_it_calls_itself(path, text):
    own = {"setup.cfg": "[metadata]\nname = shop\n[options]\npackages = shop\n"} if path != "setup.cfg" else {}
    declared = declared_modules(MemoryTree({**own, path: text}))
    assert "numpy" in declared
    assert "shop" not in declared


@pytest.mark.parametrize(
    "text", ["a" * 300_000, "require" * 50_000, "\n" * 300_000, " " * 300_000, "where =" + " " * 300_000]
)
@pytest.mark.parametrize("name", ["setup.cfg", "setup.py", "pyproject.toml", "requirements.txt"])
def test_hostile_project_files_take_no_time(name, text):
    modules = PythonModules(MemoryTree({name: text, "a/__init__.py": ""}))
    assert not modules.declared & {"a"}
    assert modules.place("b", "a/").found is Found.OUTSIDE
    assert Origins(MemoryTree({name: text})).origin_of("zzz", "") in ("undeclared", "unknown")
    assert Origins(MemoryTree({name: text})).oldest is None


def test_a_project_that_names_itself_in_its_extras_is_still_ours():
    text = '[project]\nname = "shop"\ndependencies = ["numpy"]\n[project.optional-dependencies]\nall = ["shop[dev]"]\n'
    modules = PythonModules(MemoryTree({"pyproject.toml": text, "shop/__init__.py": ""}))
    assert modules.place("shop.cart", "").found is Found.MISSING


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("# build tools here\n[project]\ndescription = 'has tools'\n", False),
        ("[tool.setuptools]\next-modules = [{name = 'pkg.tools', sources = ['tools.c']}]\n", True),
        ("[tool.hatch.build.hooks.vcs]\nversion-file = 'pkg/tools.py'\n", True),
        ("include tools/extra.txt\n", True),
        ("tools\n", True),
    ],
)
def test_a_build_file_speaks_of_a_module_by_its_path(text, may):
    assert Generated(MemoryTree({"pyproject.toml": text})).may_hold("pkg/", "tools") is may


def test_a_package_that_puts_its_own_finder_in_makes_modules_up():
    files = {
        "shop/__init__.py": "",
        "shop/extern/__init__.py": "import sys\nsys.meta_path.append(object())\n",
        "shop/other/__init__.py": "",
        "shop/a.py": "import shop.extern.six\nimport shop.other.six\n",
    }
    linked = PythonLinker(MemoryTree(files)).link("shop/a.py")
    assert [miss.name for miss in linked.misses] == ["shop.other.six"]
