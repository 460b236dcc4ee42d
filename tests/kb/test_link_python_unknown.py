"""What Python files say that leads nowhere known, and files that nothing can be made of."""

from __future__ import annotations

import pytest

from kb.graph.model import Sure
from kb.graph.python import PythonLinker
from tests.kb.linked_python import edges, linked, unknowns
from tests.kb.trees_in_memory import MemoryTree

UNKNOWN = {
    "of unknown type": ("def g(x): x.f()\n", "x.f type"),
    "behind an attribute of unknown type": (
        "class C:\n    def __init__(self, x): self.x = x\n    def g(self): return self.x.f\n",
        "self.x.f type",
    ),
    "called behind a variable of unknown type": ("import y\nx = y.z()\nx.f()\n", "x.f external"),
    "from outside": ("import x\nx.make().f()\n", "x.make().f external"),
    "through a star": ("from x import *\nf()\n", "f star"),
    "in a dynamic module": ("globals()['f'] = 1\nf()\n", "f dynamic"),
    "__getattr__": ("class C:\n    def __getattr__(self, n): 0\n    def g(self): self.f()\n", "self.f dynamic"),
    "written to something unknown": ("def g(x): x.f = 1\n", "x.f written"),
}


@pytest.mark.parametrize(("text", "expected"), UNKNOWN.values(), ids=list(UNKNOWN))
def test_what_is_not_understood_is_said_to_be_unknown(text, expected):
    assert expected in unknowns({"a.py": text})


def test_a_module_with_getattr_has_unknown_members():
    files = {"a.py": "import b\nb.f()\n", "b.py": "def __getattr__(name): 0\n"}
    assert "b.f dynamic" in unknowns(files)


def test_a_broken_file_is_linked_as_far_as_it_is_read():
    files = {"a.py": "from b import f\nf()\ndef (:\n", "b.py": "def f(): 0\n"}
    assert "a.py -> f" in edges(files, "calls")


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"x" * 10, b"(" * 3000, b"a." * 3000 + b"b", b"\0" * 50])
def test_no_file_stops_the_linker(data):
    assert linked({"a.py": data})["a.py"].path == "a.py"


def test_a_file_that_is_not_there_links_to_nothing():
    assert not PythonLinker(MemoryTree({})).link("a.py").edges


def test_long_chains_of_imports_end():
    files = {f"m{n}.py": f"from m{n + 1} import f\nx = f()\n" for n in range(300)}
    assert len(linked({**files, "m300.py": "def f(): 0\n"})) == 301


def test_values_in_circles_end():
    text = "\n".join(f"v{n} = v{(n * 7 + 1) % 60}.a.b\nv{n} = v{(n * 11 + 2) % 60}()" for n in range(60))
    assert linked({"a.py": text})


def test_bases_in_circles_end():
    text = "\n".join(f"class C{n}(C{(n + 1) % 40}, C{(n + 7) % 40}):\n    def f(self): self.g()" for n in range(40))
    assert linked({"a.py": text})


RESOLVED = [
    ("a call", "from b import f\nf|()\n", ["f"]),
    ("an import", "from b import f|\n", ["f"]),
    ("an imported module", "from b| import f\n", [""]),
    ("a definition", "def g|(): 0\n", ["g"]),
    ("a method", "class C:\n    def m(self): 0\n    def g(self): self.m|()\n", ["C.m"]),
    ("after a call", "class C:\n    def m(self): 0\nC().m|()\n", ["C.m"]),
    ("the second time", "X = 1\nprint(X)\nprint(X|)\n", ["X"]),
    ("a keyword argument", "X = 1\nf(X|=2)\n", []),
    ("a local variable", "def g(x):\n    return x|\n", []),
    ("nothing", "x = 1 +| 2\n", []),
]


@pytest.mark.parametrize(("text", "names"), [row[1:] for row in RESOLVED], ids=[row[0] for row in RESOLVED])
def test_the_name_at_a_place(text, names):
    at = text.index("|")
    tree = MemoryTree({"a.py": text.replace("|", ""), "b.py": "def f(): 0\n"})
    found = PythonLinker(tree).resolve("a.py", at - 1)
    assert [node.qualified for node in found.nodes] == names
    assert found.nodes or found.reason


def test_sureness_is_ordered_by_how_firm_it_is():
    assert list(Sure)[:5] == [Sure.LOCAL, Sure.IMPORT, Sure.REEXPORT, Sure.MRO, Sure.INFERRED]
