"""Where the names of Python files lead."""

from __future__ import annotations

import pytest

from kb.facts.model import Flag
from kb.graph.model import EdgeKind, node_id
from tests.kb.linked_python import edges, linked

CALLS = {
    "a function of the file": ({"a.py": "def f(): pass\ndef g(): f()\n"}, ["g -> f local"]),
    "an inner function": (
        {"a.py": "def g():\n    def f(): pass\n    f()\n"},
        ["g -> g.f local"],
    ),
    "a name is not seen from outside": ({"a.py": "def g():\n    def f(): pass\nf()\n"}, []),
    "a class's names are not seen from its methods": (
        {"a.py": "def f(): pass\nclass C:\n    def f(self): pass\n    def g(self): f()\n"},
        ["C.g -> f local"],
    ),
    "a class's names are seen from its body": (
        {"a.py": "class C:\n    def f(): pass\n    x = f()\n"},
        ["C -> C.f local"],
    ),
    "a parameter hides a function": ({"a.py": "def f(): pass\ndef g(f): f()\n"}, []),
    "global": ({"a.py": "def f(): pass\ndef g():\n    global f\n    f()\n"}, ["g -> f local"]),
    "nonlocal": (
        {"a.py": "def g():\n    def f(): pass\n    def h():\n        nonlocal f\n        f()\n"},
        ["g.h -> g.f local"],
    ),
    "a comprehension's variable hides": ({"a.py": "def f(): pass\nx = [f() for f in []]\n"}, []),
    "imported": ({"a.py": "from b import f\nf()\n", "b.py": "def f(): pass\n"}, ["a.py -> f import"]),
    "imported by another name": (
        {"a.py": "from b import f as g\ng()\n", "b.py": "def f(): pass\n"},
        ["a.py -> f import"],
    ),
    "through a module": ({"a.py": "import b\nb.f()\n", "b.py": "def f(): pass\n"}, ["a.py -> f import"]),
    "through a module's other name": (
        {"a.py": "import p.b as q\nq.f()\n", "p/b.py": "def f(): pass\n"},
        ["a.py -> f import"],
    ),
    "through a dotted module": (
        {"a.py": "import p.b\np.b.f()\n", "p/__init__.py": "", "p/b.py": "def f(): pass\n"},
        ["a.py -> f import"],
    ),
    "relative": (
        {"p/__init__.py": "", "p/a.py": "from .b import f\nf()\n", "p/b.py": "def f(): pass\n"},
        ["p/a.py -> f import"],
    ),
    "a submodule": (
        {"p/__init__.py": "", "a.py": "from p import b\nb.f()\n", "p/b.py": "def f(): pass\n"},
        ["a.py -> f import"],
    ),
    "re-exported": (
        {"p/__init__.py": "from .b import f\n", "a.py": "from p import f\nf()\n", "p/b.py": "def f(): pass\n"},
        ["a.py -> f reexport"],
    ),
    "re-exported twice by other names": (
        {
            "p/__init__.py": "from .c import g as h\n",
            "p/c.py": "from .b import f as g\n",
            "p/b.py": "def f(): pass\n",
            "a.py": "import p\np.h()\n",
        },
        ["a.py -> f reexport"],
    ),
    "a star": ({"a.py": "from b import *\nf()\n", "b.py": "def f(): pass\n"}, ["a.py -> f reexport"]),
    "a star of a star": (
        {"a.py": "from c import *\nf()\n", "c.py": "from b import *\n", "b.py": "def f(): pass\n"},
        ["a.py -> f reexport"],
    ),
    "a star brings no private names": ({"a.py": "from b import *\n_f()\n", "b.py": "def _f(): pass\n"}, []),
    "a star brings what __all__ lists": (
        {"a.py": "from b import *\n_f()\ng()\n", "b.py": "__all__ = ['_f']\ndef _f(): pass\ndef g(): pass\n"},
        ["a.py -> _f reexport"],
    ),
    "a name in the module itself comes before a star": (
        {"a.py": "from b import *\ndef f(): pass\nf()\n", "b.py": "def f(): pass\n"},
        ["a.py -> f local"],
    ),
    "stars in a circle": (
        {"a.py": "from b import *\nf()\n", "b.py": "from a import *\nfrom c import *\n", "c.py": "def f(): pass\n"},
        ["a.py -> f reexport"],
    ),
    "imports in a circle": ({"a.py": "from b import f\nf()\n", "b.py": "from a import f\n"}, []),
    "a class": ({"a.py": "class C: pass\nC()\n"}, ["a.py -> C local"]),
    "a method of self": (
        {"a.py": "class C:\n    def f(self): pass\n    def g(self): self.f()\n"},
        ["C.g -> C.f mro"],
    ),
    "an inherited method": (
        {"a.py": "from b import B\nclass C(B):\n    def g(self): self.f()\n", "b.py": "class B:\n    def f(self): 0\n"},
        ["C.g -> B.f mro"],
    ),
    "super": (
        {"a.py": "class B:\n    def f(self): 0\nclass C(B):\n    def f(self): super().f()\n"},
        ["C.f -> B.f mro"],
    ),
    "C3: the nearer of two": (
        {
            "a.py": "class A:\n    def f(self): 0\nclass B(A): pass\nclass C(A):\n    def f(self): 0\n"
            "class D(B, C):\n    def g(self): self.f()\n"
        },
        ["D.g -> C.f mro"],
    ),
    "super in a diamond is the class's own order": (
        {
            "a.py": "class A:\n    def f(self): 0\nclass B(A):\n    def f(self): super().f()\n"
            "class C(A):\n    def f(self): 0\n"
        },
        ["B.f -> A.f mro"],
    ),
    "a class method through cls": (
        {"a.py": "class C:\n    @classmethod\n    def f(cls): 0\n    @classmethod\n    def g(cls): cls.f()\n"},
        ["C.g -> C.f mro"],
    ),
    "through a class": ({"a.py": "class C:\n    def f(self): 0\nC.f(1)\n"}, ["a.py -> C.f local"]),
    "an instance made here": (
        {"a.py": "class C:\n    def f(self): 0\ndef g():\n    x = C()\n    x.f()\n"},
        ["g -> C local", "g -> C.f inferred"],
    ),
    "an instance without a name": (
        {"a.py": "class C:\n    def f(self): 0\nC().f()\n"},
        ["a.py -> C local", "a.py -> C.f inferred"],
    ),
    "an instance of a module": (
        {"a.py": "from b import x\nx.f()\n", "b.py": "class C:\n    def f(self): 0\nx = C()\n"},
        ["a.py -> C.f inferred", "b.py -> C local"],
    ),
    "an attribute of self": (
        {
            "a.py": "class D:\n    def f(self): 0\n"
            "class C:\n    def __init__(self): self.d = D()\n    def g(self): self.d.f()\n"
        },
        ["C.__init__ -> D local", "C.g -> D.f inferred"],
    ),
    "an attribute set from an annotated parameter": (
        {
            "a.py": "class D:\n    def f(self): 0\nclass C:\n    def __init__(self, d: D): self.d = d\n"
            "    def g(self): self.d.f()\n"
        },
        ["C.g -> D.f inferred"],
    ),
    "None beside an instance": (
        {
            "a.py": "class D:\n    def f(self): 0\nclass C:\n    d = None\n"
            "    def s(self): self.d = D()\n    def g(self): self.d.f()\n"
        },
        ["C.s -> D local", "C.g -> D.f inferred"],
    ),
    "assignments that do not agree": (
        {"a.py": "class D:\n    def f(self): 0\ndef g(y):\n    x = D()\n    x = y\n    x.f()\n"},
        ["g -> D local"],
    ),
    "a property": (
        {
            "a.py": "class D:\n    def f(self): 0\nclass C:\n    @property\n    def d(self) -> D: ...\n"
            "    def g(self): self.d.f()\n"
        },
        ["C.g -> D.f inferred"],
    ),
    "a return annotation": (
        {"a.py": "class D:\n    def f(self): 0\ndef m() -> 'D | None': ...\nm().f()\n"},
        ["a.py -> m local", "a.py -> D.f inferred"],
    ),
    "Self": (
        {
            "a.py": "class B:\n    def m(self) -> Self: ...\n"
            "class D(B):\n    def f(self): 0\n    def g(self): self.m().f()\n"
        },
        ["D.g -> B.m mro", "D.g -> D.f inferred"],
    ),
    "awaited": (
        {"a.py": "class D:\n    def f(self): 0\nasync def m() -> D: ...\nasync def g(): (await m()).f()\n"},
        ["g -> m local", "g -> D.f inferred"],
    ),
    "not awaited": (
        {"a.py": "class D:\n    def f(self): 0\nasync def m() -> D: ...\nasync def g(): m().f()\n"},
        ["g -> m local"],
    ),
    "an element of a list": (
        {"a.py": "class D:\n    def f(self): 0\ndef g(xs: list[D]):\n    for x in xs:\n        x.f()\n    xs[0].f()\n"},
        ["g -> D.f inferred", "g -> D.f inferred"],
    ),
    "a list is not its element": ({"a.py": "class D:\n    def f(self): 0\ndef g(xs: list[D]):\n    xs.f()\n"}, []),
    "a with statement": (
        {
            "a.py": "class D:\n    def __enter__(self) -> 'D': ...\n    def f(self): 0\n"
            "def g():\n    with D() as d:\n        d.f()\n"
        },
        ["g -> D local", "g -> D.f inferred"],
    ),
    "a context made of a generator": (
        {
            "a.py": "from contextlib import contextmanager\nclass D:\n    def f(self): 0\n@contextmanager\n"
            "def m() -> Iterator[D]: ...\ndef g():\n    with m() as d:\n        d.f()\n"
        },
        ["g -> m local", "g -> D.f inferred"],
    ),
    "an asynchronous context": (
        {
            "a.py": "import contextlib\nclass D:\n    def f(self): 0\n@contextlib.asynccontextmanager\n"
            "async def m() -> AsyncIterator[D]: ...\nasync def g():\n    async with m() as d:\n        d.f()\n"
        },
        ["g -> m local", "g -> D.f inferred"],
    ),
    "all the arguments that are left over": (
        {"a.py": "class D:\n    def f(self): 0\ndef g(*a: D, **k: D):\n    a.f(); k.f(); a[0].f()\n"},
        ["g -> D.f inferred"],
    ),
    "super of another class": (
        {"a.py": "class A:\n    def f(self): 0\nclass B(A): 0\nclass C(B):\n    def f(self): super(B, self).f()\n"},
        [],
    ),
    "super of the class around": (
        {"a.py": "class A:\n    def f(self): 0\nclass C(A):\n    def f(self): super(C, self).f()\n"},
        ["C.f -> A.f mro"],
    ),
    "an instance that is called": (
        {"a.py": "class D:\n    def __call__(self): 0\nd = D()\nd()\n"},
        ["a.py -> D local", "a.py -> D.__call__ inferred"],
    ),
    "a class handed on as a type": (
        {"a.py": "class D: pass\ndef g(t: type[D]):\n    t()\n"},
        ["g -> D inferred"],
    ),
    "a function by another name": ({"a.py": "def f(): 0\nh = f\nh()\n"}, ["a.py -> f inferred"]),
    "a decorator": ({"a.py": "def d(f): return f\n@d\ndef g(): pass\n"}, ["a.py -> d local"]),
    "an enum's member": (
        {"a.py": "from enum import Enum\nclass E(Enum):\n    A = 1\n    def f(self): 0\nE.A.f()\n"},
        ["a.py -> E.f inferred"],
    ),
    "two classes of one name under a condition": (
        {"a.py": "if x:\n    class C:\n        def f(self): 0\nelse:\n    class C:\n        def g(self): 0\nC().g()\n"},
        ["a.py -> C local", "a.py -> C.g inferred"],
    ),
    "either of two imports": (
        {
            "a.py": "try:\n    from b import f\nexcept ImportError:\n    from c import f\nf()\n",
            "b.py": "def f(): 0\n",
            "c.py": "def f(): 1\n",
        },
        ["a.py -> f import", "a.py -> f import"],
    ),
    "an import for type checking": (
        {
            "a.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from b import D\ndef g(d: 'D'): d.f()\n",
            "b.py": "class D:\n    def f(self): 0\n",
        },
        ["g -> D.f inferred"],
    ),
    "getattr": ({"a.py": "class D:\n    def f(self): 0\ndef g(d: D): getattr(d, 'f')()\n"}, []),
    "one name in two files is no ground": ({"a.py": "def g(x): x.f()\n", "b.py": "class D:\n    def f(self): 0\n"}, []),
    "a value that refers to itself": (
        {"a.py": "class C:\n    def __init__(self):\n        self.x = self.x.clone()\n        self.x.f()\n"},
        [],
    ),
    "a class that inherits itself": ({"a.py": "class C(C):\n    def g(self): self.f()\n"}, []),
    "a descriptor's own methods are not those of what it gives": (
        {
            "a.py": "class P:\n    def __get__(self, o, t): 0\n    def f(self): 0\nclass C:\n    p = P()\n"
            "    def g(self): self.p.f()\n"
        },
        ["C -> P local"],
    ),
}


@pytest.mark.parametrize(("files", "expected"), CALLS.values(), ids=list(CALLS))
def test_calls(files, expected):
    assert sorted(edges(files, "calls", sure=True)) == sorted(expected)


OTHERS = {
    "imports a file and a name": (
        "imports",
        {"a.py": "from b import f\n", "b.py": "def f(): 0\n"},
        {"a.py -> b.py", "a.py -> f"},
    ),
    "imports a module": ("imports", {"a.py": "import b\n", "b.py": ""}, {"a.py -> b.py"}),
    "imports from outside": ("imports", {"a.py": "import os.path\n"}, {"a.py -> os.path"}),
    "inherits": ("inherits", {"a.py": "class B: 0\nclass C(B): 0\n"}, {"C -> B"}),
    "inherits through a module": (
        "inherits",
        {"a.py": "import b\nclass C(b.B[int]): 0\n", "b.py": "class B: 0\n"},
        {"C -> B"},
    ),
    "overrides the nearest": (
        "overrides",
        {"a.py": "class A:\n    def f(self): 0\nclass B(A): 0\nclass C(B):\n    def f(self): 0\n    def g(self): 0\n"},
        {"C.f -> A.f"},
    ),
    "exports": ("exports", {"a.py": "__all__ = ['f']\ndef f(): 0\n"}, {"a.py -> f"}),
    "a package offers what it imports": (
        "exports",
        {"p/__init__.py": "from .b import f, _g\n", "p/b.py": "def f(): 0\ndef _g(): 0\n"},
        {"p/__init__.py -> f"},
    ),
    "uses a constant": ("uses", {"a.py": "X = 1\ndef f(): return X\n"}, {"f -> X"}),
    "uses a class on the way to its method": (
        "uses",
        {"a.py": "class C:\n    def f(self): 0\nC.f(1)\n"},
        {"a.py -> C"},
    ),
    "uses in an annotation": ("uses", {"a.py": "class C: 0\ndef f(x: 'C'): 0\n"}, {"a.py -> C"}),
    "uses an attribute": (
        "uses",
        {"a.py": "class C:\n    x = 1\n    def f(self): return self.x\n"},
        {"C.f -> C.x"},
    ),
    "a function handed on": ("uses", {"a.py": "def f(): 0\nmap(f, [])\n"}, {"a.py -> f"}),
}


@pytest.mark.parametrize(("kind", "files", "expected"), OTHERS.values(), ids=list(OTHERS))
def test_other_edges(kind, files, expected):
    assert set(edges(files, kind)) == expected


FLAGS = {
    "self.m()": ("class C:\n    def m(self): 0\n    def g(self): self.m()\n", True),
    "C().m()": ("class C:\n    def m(self): 0\nC().m()\n", True),
    "C.m(c)": ("class C:\n    def m(self): 0\nC.m(1)\n", False),
    "a static method": ("class C:\n    @staticmethod\n    def m(): 0\n    def g(self): self.m()\n", False),
    "a class method": ("class C:\n    @classmethod\n    def m(cls): 0\nC.m()\n", True),
    "a bound method by another name": (
        "class C:\n    def m(self): 0\n    def g(self):\n        m = self.m\n        m()\n",
        True,
    ),
    "a function": ("def m(): 0\nm()\n", False),
    "a class": ("class m: 0\nm()\n", True),
}


@pytest.mark.parametrize(("text", "bound"), FLAGS.values(), ids=list(FLAGS))
def test_a_call_says_whether_its_receiver_is_passed_along(text, bound):
    found = [
        e for e in linked({"a.py": text})["a.py"].edges if e.kind is EdgeKind.CALLS and not e.flags & Flag.DECORATOR
    ]
    assert bool(found[-1].flags & Flag.BOUND) == bound


DECORATED = {
    "unknown": ("import x\n@x.d\ndef f(): 0\nf()\n", True),
    "of ours": ("def d(f): return f\n@d\ndef f(): 0\nf()\n", True),
    "known": ("import functools\n@functools.lru_cache(maxsize=3)\ndef f(): 0\nf()\n", False),
    "none": ("def f(): 0\nf()\n", False),
    "assigned again": ("def f(): 0\nf = x(f)\nf()\n", True),
    "a class with an unknown decorator": ("import x\n@x.d\nclass f: 0\nf()\n", True),
}


@pytest.mark.parametrize(("text", "doubtful"), DECORATED.values(), ids=list(DECORATED))
def test_a_wrapped_function_is_called_but_its_signature_is_not_trusted(text, doubtful):
    calls = [
        e for e in linked({"a.py": text})["a.py"].edges if e.kind is EdgeKind.CALLS and e.dst == node_id("a.py", "f")
    ]
    assert [bool(e.flags & Flag.VARIADIC) for e in calls] == [doubtful]


def test_candidates_of_a_condition_are_marked():
    files = {"a.py": "try:\n    from b import f\nexcept ImportError:\n    f = None\nf()\n", "b.py": "def f(): 0\n"}
    calls = [edge for edge in linked(files)["a.py"].edges if edge.kind is EdgeKind.CALLS]
    assert [edge.dst for edge in calls] == [node_id("b.py", "f")]
    assert all(edge.flags & Flag.CONDITIONAL for edge in calls)


def test_a_call_carries_its_arguments():
    (call,) = [
        e
        for e in linked({"a.py": "def f(*a, **k): 0\nf(1, 2, k=3, *x, **y)\n"})["a.py"].edges
        if e.kind is EdgeKind.CALLS
    ]
    assert call.shape == "2,k,*,**"
