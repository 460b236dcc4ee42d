"""Whatever Python files hold, they are linked, in any order to the same result."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kb.graph.model import LinkedFile
from kb.graph.python import PythonLinker
from tests.kb.trees_in_memory import MemoryTree

LIBRARY = Path(sysconfig.get_paths()["stdlib"])
NAMES = ("dataclasses.py", "enum.py", "contextlib.py", "tempfile.py", "typing.py", "os.py", "abc.py", "functools.py")
SOURCES = [(LIBRARY / name).read_bytes() for name in NAMES]
PIECES = [
    "from m{n} import *",
    "from m{n} import x, C as D",
    "import m{n}",
    "class C(D): x = C()",
    "class D(m{n}.C):\n    def x(self): return self.y.x()\n    def __init__(self): self.y = C()",
    "x = m{n}.x",
    "def x() -> C: return x().x",
    "y = x()",
    "from m{n} import C",
    "__all__ = ['C', 'x']",
    "if y:\n    from m{n} import y",
    "C.x = x",
    "del x",
    "x.y.x()",
]


def linked(tree: MemoryTree, paths: list[str]) -> dict[str, LinkedFile]:
    linker = PythonLinker(tree)
    return {path: linker.link(path) for path in paths}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.tuples(st.sampled_from(PIECES), st.integers(0, 4)), max_size=6), min_size=5, max_size=5),
    st.randoms(),
)
def test_the_order_of_linking_changes_nothing(files, random):
    texts = {f"m{n}.py": "\n".join(piece.format(n=m) for piece, m in pieces) for n, pieces in enumerate(files)}
    tree = MemoryTree(texts)
    paths = sorted(texts)
    shuffled = random.sample(paths, len(paths))
    assert linked(tree, paths) == linked(tree, shuffled)
    assert all(linked(tree, [path])[path] == one for path, one in linked(tree, paths).items())


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_files_cut_anywhere_are_linked(data):
    texts = {}
    for name, source in zip(NAMES, SOURCES, strict=True):
        texts[name] = source[: data.draw(st.integers(0, min(len(source), 6000)))]
    assert set(linked(MemoryTree(texts), list(NAMES))) == set(NAMES)


@settings(max_examples=60, deadline=None)
@example(b",_", "")
@given(st.binary(max_size=300), st.text(max_size=200))
def test_any_bytes_and_any_text_are_linked(data, text):
    files = {"a.py": data, "b.py": text.encode("utf-8", "surrogatepass"), "p/__init__.py": data}
    assert linked(MemoryTree(files), list(files))


@pytest.mark.parametrize(
    "path", ["a\nb.py", "a'b.py", "\udcff.py", "..py", "a b/__init__.py", "é.py", "p/../q.py", "@.py", "a@b/c.py"]
)
def test_any_path_is_linked(path):
    files = {path: "from . import x\nimport y\nfrom .y import z\nclass C: 0\nC()\n", "y.py": ""}
    assert linked(MemoryTree(files), list(files))[path].edges


def test_every_offset_can_be_asked_about():
    tree = MemoryTree({"a.py": SOURCES[2][:3000], "functools.py": SOURCES[7]})
    linker = PythonLinker(tree)
    assert all(linker.resolve("a.py", at) for at in range(-2, 3003))
