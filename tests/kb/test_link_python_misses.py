"""What surely leads nowhere, and what is left alone because it might lead somewhere."""

from __future__ import annotations

import pytest

from tests.kb.linked_python import misses

CLASS = "class C:\n    def f(self): 0\n"
MISSED = {
    "a name": ({"a.py": "f()\n"}, ["a.py:1 name f"]),
    "a name that is read": ({"a.py": "x = y\n"}, ["a.py:1 name y"]),
    "the root of a chain": ({"a.py": "y.z.w()\n"}, ["a.py:1 name y"]),
    "a name in a class's body": ({"a.py": "class C:\n    x = y\n"}, ["a.py:2 name y"]),
    "a name in an annotation": ({"a.py": "def f(x: y): 0\n"}, ["a.py:1 name y"]),
    "a name in a function": ({"a.py": "def f():\n    return y\n"}, ["a.py:2 name y"]),
    "a name through a star of ours": ({"a.py": "from b import *\ng()\n", "b.py": "def f(): 0\n"}, ["a.py:2 name g"]),
    "a name in __all__": ({"a.py": "__all__ = ['f']\n"}, ["a.py:1 name f"]),
    "a module": ({"p/__init__.py": "", "p/a.py": "import p.b\n"}, ["p/a.py:1 module p.b"]),
    "a relative module": ({"p/__init__.py": "", "p/a.py": "from .b import f\n"}, ["p/a.py:1 module .b"]),
    "a member": ({"a.py": "from b import f\n", "b.py": ""}, ["a.py:1 member f"]),
    "a member through the module": ({"a.py": "import b\nb.f()\n", "b.py": "x = 1\n"}, ["a.py:2 member f"]),
    "a member of a package": ({"p/__init__.py": "", "a.py": "from p import f\n"}, ["a.py:1 member f"]),
    "a method of self": ({"a.py": CLASS + "    def g(self): self.h()\n"}, ["a.py:3 attribute h"]),
    "an attribute of self": ({"a.py": CLASS + "    def g(self): return self.h\n"}, ["a.py:3 attribute h"]),
    "with a base of another file": (
        {"a.py": "from b import B\nclass C(B):\n    def g(self): self.h()\n", "b.py": "class B:\n    def f(self): 0\n"},
        ["a.py:3 attribute h"],
    ),
    "of a class": ({"a.py": CLASS + "C.h()\n"}, ["a.py:3 attribute h"]),
    "of an object made once": ({"a.py": CLASS + "def g():\n    c = C()\n    c.h()\n"}, ["a.py:5 attribute h"]),
    "through super": ({"a.py": CLASS + "class D(C):\n    def g(self): self.f(); self.h\n"}, ["a.py:4 attribute h"]),
}


@pytest.mark.parametrize(("files", "expected"), MISSED.values(), ids=list(MISSED))
def test_what_surely_leads_nowhere_is_missed(files, expected):
    assert misses(files) == expected


SELF = "    def g(self): self.h()\n"
SILENT = {
    "builtins": {"a.py": "print(len([]), __file__, __name__)\n"},
    "names of Python 2": {"a.py": "unicode(1); xrange(2); raw_input()\n"},
    "gettext's underscore": {"a.py": "_('x')\n"},
    "a name bound later": {"a.py": "def f(): return x\nx = 1\n"},
    "a name bound in a branch": {"a.py": "if y():\n    x = 1\nx\ndef y(): 0\n"},
    "a name that a function makes global": {"a.py": "def f():\n    global x\n    x = 1\nx\n"},
    "what only looks like a name in an annotation": {
        "a.py": "from x import Float\ndef f(x: Float[int, 'batch n']): 0\n"
    },
    "in the body of a class with a metaclass": {"a.py": "from x import M\nclass C(metaclass=M):\n    foo(1)\n"},
    "in the body of a class with an unknown base": {"a.py": "from x import B\nclass C(B):\n    foo(1)\n"},
    "exec": {"a.py": "exec('x = 1')\nx\n"},
    "globals": {"a.py": "globals()['x'] = 1\nx\n"},
    "a star from outside": {"a.py": "from os import *\ngetcwdb()\n"},
    "a star from a dynamic module": {"a.py": "from b import *\nf()\n", "b.py": "globals().update(x)\nx = 1\n"},
    "a star from a broken module": {"a.py": "from b import *\nf()\n", "b.py": "def (\n"},
    "a broken file": {"a.py": "f()\ndef (\n"},
    "in a guard": {"a.py": "try:\n    f()\nexcept NameError:\n    pass\n"},
    "a submodule read in its package": {"p/__init__.py": "import p.b\nb.f()\n", "p/b.py": "def f(): 0\n"},
    "a class's name in its method": {"a.py": "class C:\n    x = 1\n    def f(self): return x\n"},
    "a value that is unknown": {"a.py": "import os\ndef f():\n    x = os.y\n    x.z()\n"},
    "a value that is an absent attribute": {"a.py": CLASS + "def g(c: C):\n    x = c.h\n    x.z()\n"},
    "an import that is guarded": {
        "p/__init__.py": "",
        "p/a.py": "try:\n    from .b import f\nexcept ImportError:\n    f = None\n",
    },
    "an import for type checking": {
        "p/__init__.py": "",
        "p/a.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .b import f\n",
    },
    "a package with its own path": {"p/__init__.py": "__path__ = x()\nfrom q import x\n", "p/a.py": "import p.b\n"},
    "a module with __getattr__": {"a.py": "from b import f\n", "b.py": "def __getattr__(n): 0\n"},
    "a broken module": {"a.py": "from b import f\n", "b.py": "def (\n"},
    "a module with a star from outside": {"a.py": "from b import f\n", "b.py": "from os import *\n"},
    "a generated member": {"p/__init__.py": "", "a.py": "from p import _version\n"},
    "a stub": {"a.py": "from b import f\n", "b.pyi": "x: int\n"},
    "a member set from here": {"a.py": "import b\nb.f = 1\nb.f()\n", "b.py": ""},
    "a module's own names": {"a.py": "import b\nb.__file__; b.__doc__\n", "b.py": ""},
    "an unknown base": {"a.py": "import x\nclass C(x.B):\n" + SELF},
    "a base under a condition": {
        "a.py": "if y:\n    B = object\nelse:\n    class B: 0\nclass C(B):\n" + SELF + "y = 1\n"
    },
    "a metaclass": {"a.py": "class M(type): 0\nclass C(metaclass=M):\n    x = 1\n" + SELF},
    "__getattr__": {"a.py": CLASS + "    def __getattr__(self, n): 0\n" + SELF},
    "an inherited __getattr__": {"a.py": "class B:\n    def __getattr__(self, n): 0\nclass C(B):\n" + SELF},
    "setattr": {"a.py": CLASS + "    def s(self, n): setattr(self, n, 1)\n" + SELF},
    "__dict__": {"a.py": CLASS + "    def s(self, d): self.__dict__.update(d)\n" + SELF},
    "slots": {"a.py": "class C:\n    __slots__ = ('h',)\n" + SELF},
    "a class decorator": {"a.py": "import x\n@x.add\n" + CLASS + SELF},
    "a mixin": {"a.py": "class CMixin:\n    x = 1\n" + SELF},
    "what every object has": {"a.py": CLASS + "    def g(self): return self.__class__, self.__dict__, self.__doc__\n"},
    "hasattr": {"a.py": CLASS + "    def g(self):\n        if hasattr(self, 'h'):\n            self.h()\n"},
    "set from elsewhere": {"a.py": CLASS + SELF + "def s(c): c.h = 1\n"},
    "a class without members": {"a.py": "class C: pass\nC.h\n"},
    "__setattr__ of super": {"a.py": CLASS + "    def s(self): super().__setattr__('h', 1)\n" + SELF},
    "a base that is told of its subclasses": {
        "a.py": "class B:\n    def __init_subclass__(cls): 0\nclass C(B):\n    x = 1\n" + SELF
    },
    "what a dataclass gets": {
        "a.py": "from dataclasses import dataclass\n@dataclass\nclass C:\n    x: int\n"
        "    def g(self): self.__dataclass_fields__\n"
    },
    "asserted to be there": {"a.py": CLASS + "    def g(self):\n        assert hasattr(self, 'h')\n        self.h()\n"},
    "another class, it turned out": {
        "a.py": CLASS + "    def g(self):\n        if isinstance(self, D): self.h()\nclass D:\n    h = 1\n"
    },
    "__getattr__ made by a library": {
        "a.py": "from b import f\n",
        "b.py": "import x\n__getattr__, __dir__, __all__ = x.attach(__name__)\n",
    },
    "a package made up": {"a.py": "from b import f\n", "b.py": "import apipkg\napipkg.initpkg(__name__, {})\n"},
    "a module that writes to itself": {
        "a.py": "from b import f\n",
        "b.py": "import sys\nmod = sys.modules[__name__]\nmod.f = 1\n",
    },
    "a class handed to a mapper": {"a.py": CLASS + "from x import table\ntable(C)\nC.h\n"},
    "a name of the class's own": {"a.py": CLASS + "    def g(self): self.__h()\nC._C__i\n"},
    "what a function says it returns": {"a.py": CLASS + "def m() -> C: ...\ndef g():\n    c = m()\n    c.h()\n"},
    "a class in a variable": {"a.py": CLASS + "def g(c: type[C]): c.h()\n"},
    "a package that is also a dependency": {
        "requirements.txt": "shop",
        "examples/shop/__init__.py": "",
        "examples/shop/a.py": "from shop import f\n",
    },
    "a dependency that is also a neighbour": {
        "requirements/extras/redis.txt": "redis>=4",
        "p/__init__.py": "",
        "p/redis.py": "from redis import Client\nimport redis\nredis.x()\n",
    },
    "set by name from a function": {"a.py": CLASS + "c = C()\nsetattr(c, 'h', 1)\n" + SELF[4:].replace("self", "c")},
    "a parameter's annotation": {"a.py": CLASS + "def g(c: C): c.h()\n"},
    "a variable that is set twice": {"a.py": CLASS + "def g(x):\n    c = C()\n    c = x\n    c.h()\n"},
    "a class defined twice": {
        "a.py": "try:\n    class C:\n        h = 1\nexcept E:\n    class C:\n        x = 1\nC.y\nE = 1\n"
    },
}


@pytest.mark.parametrize("files", SILENT.values(), ids=list(SILENT))
def test_what_might_lead_somewhere_is_left_alone(files):
    assert misses(files) == []
