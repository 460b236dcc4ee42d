"""Which names are bound where. In each source, `|` marks the place that is asked about."""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.source import Source, Span
from models.constraints.names import Names, Origin, names_at, unbound_in
from models.mask.model import Hole, Scale, Strategy
from tests.kb.test_classes import code_of

PATHS = {"python": "a.py", "javascript": "a.js", "typescript": "a.ts"}


def names(marked: str, language: str = "python") -> Names | None:
    offset = marked.encode().index(b"|")
    return names_at(Source(PATHS[language], marked.replace("|", "").encode()), language, offset)


def hole(before: str, old: str) -> Hole:
    span = Span(len(before.encode()), len((before + old).encode()))
    return Hole(span, "expression", Scale.EXPRESSION, Strategy.EXPRESSIONS, b"", old.encode())


def unbound(marked: str, text: str, language: str = "python") -> tuple[str, ...]:
    """The names unbound when `text` stands in place of what `<<` and `>>` enclose."""
    before, _, rest = marked.partition("<<")
    old, _, after = rest.partition(">>")
    return unbound_in(
        Source(PATHS[language], (before + old + after).encode()), language, hole(before, old), text.encode()
    )


SEEN = {
    "parameters, also of functions around": ("def f(a):\n def g(b): return |0\n", "a b f g", ""),
    "a class's names from its body": ("class C:\n x = 1\n y = |0\n", "x y C", ""),
    "a class's names not from methods": ("class C:\n x = 1\n def m(self): return |0\n", "self C", "x m"),
    "a class's names not from nested classes": ("class C:\n x = 1\n class D:\n  y = |0\n", "C y", "x D"),
    "comprehension variables inside only": ("def f(r):\n s = [i for i in r]\n return |0\n", "r s", "i"),
    "comprehension variables in its element": ("def f(r):\n return [|0 for i in r]\n", "i r", ""),
    "the first iterable lies outside": ("def f(r):\n return [i for i in |r]\n", "r", "i"),
    "later iterables lie inside": ("def f(r):\n return [i for j in r for i in |j]\n", "r j", ""),
    "a walrus leaks from comprehensions": ("def f(r):\n [(w := i) for i in r]\n return |0\n", "w", "i"),
    "a default lies outside": ("def f(a, b=|0): return a\n", "f", "a b"),
    "a lambda's default, too": ("g = lambda a, b=|0: a\n", "g", "a b"),
    "a lambda's body does not": ("g = lambda a, b=0: |a\n", "a b", ""),
    "an annotation lies outside": ("def f(a, b: |int) -> int: return a\n", "f", "a b"),
    "a return type, too": ("def f(a) -> |int: return a\n", "f", "a"),
    "names bound later": ("def f():\n return |0\nlater = 1\n", "later", ""),
    "`global`": ("def f():\n global g\n g = 1\ndef h():\n return |0\n", "g", ""),
    "`nonlocal`": ("def f():\n x = 1\n def g():\n  nonlocal x\n  return |0\n", "x", ""),
    "`global` past an enclosing function": ("def f():\n x = 1\n def g():\n  global x\n  return |0\n", "f", "x"),
    "a handler's name in it": ("def f():\n try: pass\n except E as e:\n  |0\n", "e", ""),
    "a handler's name not after it": ("def f():\n try: pass\n except E as e:\n  pass\n return |0\n", "f", "e"),
    "a handler's name that something else binds": ("e = 1\ntry: pass\nexcept E as e: pass\n|0\n", "e", ""),
    "a deleted name": ("def f(a):\n del a\n return |0\n", "f", "a"),
    "a name before it is deleted": ("def f(a):\n |0\n del a\n", "a", ""),
    "a deleted name that is bound again": ("def f(a):\n del a\n a = 1\n return |0\n", "a", ""),
    "a name that is perhaps deleted": ("def f(a):\n if a:\n  del a\n return |0\n", "a", ""),
    "a module's deleted name, from a function": ("t = 1\ndef f(): return |0\ndel t\n", "f", "t"),
    "targets of loops, `with`, `match`, imports": (
        "import os.path, a.b as c\nfrom m import n as o\nfor i, (j, *k) in x: pass\nwith y as z: pass\n"
        "match q:\n case {'a': aa, **rest}: pass\n|0\n",
        "os c o i j k z aa rest",
        "n a path b",
    ),
    "type parameters": ("def f[T](a: |T): return a\n", "T", "a"),
    "builtins of Python 3 only": ("|0\n", "len ValueError __name__ None True", "unicode xrange"),
    "`__class__` in a class": ("class C:\n def m(self): return |0\n", "__class__", ""),
}
IN_JAVASCRIPT = {
    "`var` is hoisted to the function": ("function f(){ if (1) { var v = 1 } return |0 }", "v f arguments", ""),
    "`let` stays in its block": ("function f(){ if (1) { let v = 1 } return |0 }", "f", "v"),
    "parameters and patterns": ("const f = ({a, b: [c]}, ...d) => |0;", "a c d f", "b"),
    "functions are hoisted": ("|0; function later() {}", "later", ""),
    "a handler's name in it": ("try {} catch (e) { |0 }", "e", ""),
    "a handler's name not after it": ("try {} catch (e) { } |0", "", "e"),
    "imports": ("import d, {x as y} from 'm'; import * as n from 'k'; const r = require('r'); |0", "d y n r", "x m"),
    "members are no names": ("class C { m() { return |0 } }", "C", "m"),
    "the language and the platform": ("|0", "Array console undefined setTimeout", "Partial"),
    "what the file uses anyway": ("jQuery('a'); |0", "jQuery", ""),
}


@pytest.mark.parametrize(("marked", "bound", "free"), SEEN.values(), ids=list(SEEN))
def test_what_is_seen_in_python(marked, bound, free):
    found = names(marked)
    assert found is not None
    assert [word for word in bound.split() if word not in found] == []
    assert [word for word in free.split() if word in found] == []


@pytest.mark.parametrize(("marked", "bound", "free"), IN_JAVASCRIPT.values(), ids=list(IN_JAVASCRIPT))
def test_what_is_seen_in_javascript(marked, bound, free):
    found = names(marked, "javascript")
    assert found is not None
    assert [word for word in bound.split() if word not in found] == []
    assert [word for word in free.split() if word in found] == []


def test_types_are_names_in_typescript():
    found = names("interface I { a: |string }\ntype U<T> = T;\n", "typescript")
    assert found is not None
    assert {"I", "U", "Partial", "string"} <= set(found)


def test_what_is_known_of_a_name():
    found = names(
        "import os\nfrom .a import b as c\nLIMIT: int = 3\ndef g(x, *, y=1) -> str: ...\ndef f(p: float):\n |0\n"
    )
    assert found is not None
    assert (found["c"].module, found["c"].member, found["c"].kind) == (".a", "b", "import")
    assert (found["os"].kind, found["os"].module) == ("module", "os")
    assert found["LIMIT"].annotation == "int"
    assert found["g"].signature is not None
    assert [one.name for one in found["g"].signature.parameters] == ["x", "y"]
    assert found["g"].signature.returns == "str"
    assert found["g"].is_callable
    assert not found["p"].is_callable
    assert (found["p"].annotation, found["p"].origin) == ("float", Origin.LOCAL)
    assert found["g"].origin is Origin.MODULE
    assert found["len"].origin is Origin.BUILTIN


def test_a_name_that_is_bound_twice_keeps_what_both_agree_on():
    found = names("if x:\n    def f(a): ...\nelse:\n    def f(b): ...\ny: int = 1\ny = 2\n|0\n")
    assert found is not None
    assert (found["f"].kind, found["f"].signature, len(found["f"].starts)) == ("function", None, 2)
    assert found["y"].annotation == "int"


def test_a_name_of_the_same_function_that_is_bound_only_below_says_so():
    found = names("def f(a):\n x = 1\n if a:\n  |0\n late = 2\ndef g(): 0\n")
    assert found is not None
    assert found["late"].is_later
    assert not found["x"].is_later
    assert not found["g"].is_later


def test_where_one_may_await():
    for marked, may in {
        "async def f():\n |0\n": True,
        "def f():\n |0\n": False,
        "async def f():\n def g():\n  |0\n": False,
        "async def f():\n return [|0 for x in y]\n": True,
        "|0\n": False,
    }.items():
        found = names(marked)
        assert found is not None
        assert found.is_async is may, marked


@pytest.mark.parametrize(
    "text", ["from m import *\n|0", "exec(x)\n|0", "globals()['a'] = 1\n|0", "def (:\n|0", "globals().update(a=1)\n|0"]
)
def test_where_names_cannot_be_known_nothing_is_said(text):
    assert names(text) is None


def test_other_languages_say_nothing():
    assert names_at(Source("a.go", b"package a\n"), "go", 0) is None
    assert unbound_in(Source("a.go", b"package a\n"), "go", hole("", "package"), b"x") == ()
    assert names_at(Source("a.xyz", b"a"), "nonsense", 0) is None


def test_what_lies_in_the_hole_can_be_left_out():
    text = "a = 1\nb = 2\n"
    found = names_at(Source("a.py", text.encode()), "python", 6)
    assert found is not None
    without = found.outside(Span(6, 11))
    assert "b" not in without
    assert "a" in without
    assert "len" in without


FILES = {
    "a.py": "from lib import *\nfrom pack.m import helper, Thing\nimport pack.m as pm\ndef f():\n    return 0\n",
    "lib.py": "from deep import *\ndef shown(x): ...\ndef _hidden(): ...\n",
    "deep.py": "def far(y): ...\n",
    "pack/__init__.py": "",
    "pack/m.py": "def helper(a, b=1) -> int: ...\nclass Thing: ...\n",
}


def test_stars_and_imports_of_the_same_tree_are_read():
    with code_of(FILES) as code:
        found = names_at(code.source("a.py"), "python", len(FILES["a.py"]) - 2, code)
    assert found is not None
    assert {"shown", "far", "helper", "Thing", "pm"} <= set(found)
    assert "_hidden" not in found
    assert (found["helper"].kind, found["Thing"].kind, found["pm"].kind) == ("function", "class", "module")
    assert found["helper"].signature is not None
    assert found["helper"].signature.returns == "int"


def test_a_star_of_another_package_is_not_known_even_with_the_graph():
    with code_of({"a.py": "from numpy import *\n0\n"}) as code:
        assert names_at(code.source("a.py"), "python", 20, code) is None


def test_stars_in_a_circle_end():
    with code_of({"a.py": "from b import *\nx = 1\n", "b.py": "from a import *\ny = 1\n"}) as code:
        found = names_at(code.source("a.py"), "python", 17, code)
    assert found is not None
    assert {"x", "y"} <= set(found)


UNBOUND = {
    "a bound name": ("def f(a):\n return <<a>>\n", "f(a)", ()),
    "an unbound one": ("def f(a):\n return <<a>>\n", "b + c.d + e()", ("b", "c", "e")),
    "one that the text binds itself": ("def f(a):\n <<return a>>\n", "b = a\n return b", ()),
    "a comprehension's own": ("def f(a):\n return <<a>>\n", "[x for x in a]", ()),
    "one that it no longer binds": ("def f():\n <<x = 1>>\n return x\n", "y = 1", ("x",)),
    "one unbound before, elsewhere": ("def g():\n return nope\ndef f():\n return <<1>>\n", "2", ()),
    "one unbound before, in the hole": ("def f():\n return <<nope>>\n", "nope + 1", ("nope",)),
    "an attribute is no name": ("def f(a):\n return <<a>>\n", "a.b.c", ()),
    "a keyword is no name": ("def f(a):\n return <<a>>\n", "f(key=a)", ()),
    "a class's name in a method": ("class C:\n x = 1\n def m(self):\n  return <<0>>\n", "x", ("x",)),
    "what does not parse": ("def f(a):\n return <<a>>\n", ")", ()),
    "python 2's builtins": ("def f(a):\n return <<a>>\n", "unicode(a)", ("unicode",)),
    "gettext, where the file has it": ("print(_('a'))\nx = <<1>>\n", "_('b')", ()),
    "a star hides a new name": ("from m import *\nold(1)\nx = <<1>>\n", "new(2)", ("new",)),
    "a star brings what is used": ("from m import *\nold(1)\nx = <<1>>\n", "old(2)", ()),
    "a handler's name after it": ("try: f()\nexcept E as e: pass\nx = <<1>>\n", "e", ("e",)),
}


@pytest.mark.parametrize(("marked", "text", "expected"), UNBOUND.values(), ids=list(UNBOUND))
def test_names_that_a_text_would_leave_unbound(marked, text, expected):
    marked = "from x import E\n" + marked if "E as e" in marked else marked
    marked = "def f(): ...\n" + marked if "f()\nexcept" in marked else marked
    assert unbound(marked, text) == expected


@pytest.mark.parametrize(
    ("marked", "text", "expected"),
    [
        ("function f(a) { return <<a>> }", "b + a", ("b",)),
        ("function f(a) { return <<a>> }", "() => a.map(x => x.y)", ()),
        ("$('x'); function f(a) { return <<a>> }", "$(a)", ()),
        ("function f() { <<const x = 1;>> return x }", "const y = 1;", ("x",)),
        ("function f() { return <<1>> }", "arguments.length", ()),
        ("function f() { return <<1>> }", "this.q", ()),
    ],
)
def test_names_that_a_text_would_leave_unbound_in_javascript(marked, text, expected):
    assert unbound(marked, text, "javascript") == expected


def bound_by_compiler(table: symtable.SymbolTable, seen: frozenset[str] = frozenset()) -> Iterator[tuple[str, bool]]:
    """Every (name, is bound) that the compiler's own symbol tables tell of a module's functions and classes."""
    for symbol in table.get_symbols():
        if symbol.is_referenced():
            is_global = symbol.is_global() or (table.get_type() == "module" and not symbol.is_local())
            yield symbol.get_name(), not is_global or symbol.get_name() in seen or hasattr(builtins, symbol.get_name())
    for child in table.get_children():
        yield from bound_by_compiler(child, seen)


MODULES = ["dataclasses", "contextlib", "textwrap", "argparse", "ast", "inspect", "tempfile", "functools", "shutil"]


@pytest.mark.parametrize("module", MODULES)
def test_the_compiler_agrees_about_names_that_nothing_binds(module):
    path = Path(ast.__file__).with_name(f"{module}.py")
    text = path.read_text("utf-8")
    top = symtable.symtable(text, str(path), "exec")
    implied = {"__name__", "__file__", "__class__", "__doc__", "__debug__"}
    seen = frozenset(symbol.get_name() for symbol in top.get_symbols() if symbol.is_assigned() or symbol.is_imported())
    seen |= {one.get_name() for one in top.get_children()} | implied
    missing = {name for name, bound in bound_by_compiler(top, seen) if not bound}
    found = unbound_in(Source(path.name, text.encode()), "python", hole(text, ""), b"\nzzz\n")
    assert set(found) - {"zzz"} <= missing
    assert "zzz" in found


@given(st.binary(max_size=60), st.integers(0, 80))
def test_any_bytes_are_answered(data, offset):
    for language, path in PATHS.items():
        names_at(Source(path, data), language, offset)
        unbound_in(Source(path, data), language, hole("", ""), b"x")
