"""What the grammar of Python accepts and rejects. CPython is the oracle for indentation; the figures on thousands of
real holes are in the slow tests."""

from __future__ import annotations

import ast
import random
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.source import Source
from kb.syntax.parse import parse
from models.constraints.grammars.imports import imports_grammar
from models.constraints.grammars.python import expression_grammar, statements_grammar
from models.constraints.grammars.template import quoted
from models.mask.holes import holes_in
from models.mask.model import Strategy
from tests.models.constraining import takes

ROOT = Path(__file__).parents[2]
expression = cache(expression_grammar)
statements = cache(statements_grammar)

EXPRESSIONS = [
    "a",
    "a.b.c(d)[e]",
    "not a and b or c",
    "a if b else c",
    "lambda: 0",
    "lambda a, *b, c=1, **d: a",
    "[x for x in y if z]",
    "{**a, 'b': 1}",
    "{1, 2}",
    "{}",
    "(yield)",
    "await f(x)",
    "f(*a, **b, c=d)",
    "f(x for x in y)",
    "a[1:2, ::3]",
    "a[:]",
    "-1 ** 2",
    "a not in b",
    "a is not b",
    "x := 1",
    "'a' \"b\" rb'c' f'{x!r:>{w}}'",
    'f"{d["k"]}"',
    "f'{{}}{a}'",
    '"""a\n"b" """',
    "0x_ff + 1_000.5e-3j + .5 + 1.",
    "...",
    "ä.é",
    "*a",
    "yield from x",
    "a\\\n + b",
    "match",
    "type(x)",
    "print",
]
NO_EXPRESSIONS = [
    "",
    "a b",
    "a +",
    "(a",
    "a)",
    "def f(): 0",
    "a = 1",
    "if",
    "'a",
    "f(a=)",
    "[1, 2",
    "a..b",
    "return a",
    "\n",
    "a; b",
]
STATEMENTS = {
    "a = b = c": True,
    "a: int = 3": True,
    "a += 1; del b": True,
    "if a:\n        b\n    elif c:\n        d\n    else:\n        e": True,
    "if a: b\n    else: c": True,
    "for a, *b in c:\n        pass\n    else:\n        pass": True,
    "try:\n        a\n    except* E as e:\n        b\n    finally:\n        c": True,
    "async with a as b, c:\n        async for d in e: f": True,
    "with (\n  a as b,\n  c,\n):\n        d": True,
    "@d\n    @e(1)\n    class A[T: int](B, m=C):\n        x: T": True,
    "async def f[T](a, /, b: int = 1, *, c, **d) -> str:\n        return a": True,
    "match a:\n        case [1, *b] | {'c': d, **e} if f:\n            g\n        case A(x=1) as h: i": True,
    "match = case = type = 1": True,
    "type X[T] = list[T]": True,
    "from . import (a as b,\n  c)\n    import d.e as f, g": True,
    "from .a.b import *": True,
    "global a, b": True,
    "assert a, b": True,
    "raise A from b": True,
    "return": True,
    "x\n\n  # c\n\n    y": True,
    "if a:  # c\n            b\n            c": True,
    "if a:\n     b": True,
    "'''doc\n  string'''\n    pass": True,
    "x\r\n    y": True,
    "x\n   y": False,
    "x\n     y": False,
    "if a:\n    b": False,
    "if a:\n        b\n      c": False,
    "if a:\n        b\n         c": False,
    "else:\n        b": False,
    "x\n        y": False,
    "x y": False,
    "if a\n        b": False,
    "def f(:\n        b": False,
    "": False,
}


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_an_expression_is_accepted(text):
    assert takes(expression("expression", bracketed="\n" in text and "\\" not in text), text)


@pytest.mark.parametrize("text", NO_EXPRESSIONS)
def test_what_is_no_expression_is_rejected(text):
    assert not takes(expression("expression"), text)


def test_a_bracket_around_a_hole_lets_it_go_over_lines():
    text = "a +  # c\n  b"
    assert takes(expression("expression", bracketed=True), text)
    assert not takes(expression("expression"), text)


@pytest.mark.parametrize(("text", "fine"), STATEMENTS.items())
def test_statements(text, fine):
    assert takes(statements("    "), text) is fine


def test_statements_behind_a_colon_stay_on_the_line_or_open_a_block():
    grammar = statements("    ", inline=True)
    assert takes(grammar, "return 1")
    assert takes(grammar, "a; b")
    assert takes(grammar, "\n        a\n        b")
    assert not takes(grammar, "a\n    b")
    assert not takes(grammar, "\n    a")


def test_tabs_indent_where_the_file_does():
    grammar = statements("\t", unit="\t")
    assert takes(grammar, "if a:\n\t\tb\n\tc")
    assert not takes(grammar, "if a:\n        b")


def bodies(most: int) -> Iterator[str]:
    """Bodies of this repository's own functions, moved to column four."""
    files = [*sorted((ROOT / "kb").glob("*.py")), *sorted((ROOT / "checks").glob("*.py"))]
    for file in files:
        source = Source(file.name, file.read_bytes())
        for hole in holes_in(source, "python", Strategy.BODY):
            if hole.indent == b"    " and 1 < hole.text.count(b"\n") < 25 and b'"""' not in hole.text:
                yield hole.text.decode()
                most -= 1
                if not most:
                    return


def compiles(text: str) -> bool:
    try:
        return len(ast.parse(f"async def f():\n    {text}\n").body) == 1  # more where a line has left the body
    except (SyntaxError, ValueError):
        return False


def test_broken_indentation_is_rejected_exactly_where_python_does():
    """Lines of real bodies moved by a few columns: the grammar and the compiler agree on each."""
    rng = random.Random(5)
    seen = {True: 0, False: 0}
    for text in bodies(60):
        assert takes(statements("    "), text)
        lines = text.split("\n")
        for _ in range(2):
            at = rng.randrange(1, len(lines))
            by = rng.choice([-4, -1, 1, 3, 4])
            moved = lines[at][-by:] if by < 0 and not lines[at][:-by].strip() else " " * max(by, 0) + lines[at]
            changed = "\n".join([*lines[:at], moved, *lines[at + 1 :]])
            fine = compiles(changed)
            seen[fine] += 1
            assert takes(statements("    "), changed) is fine, changed
    assert min(seen.values()) > 20


NODE_CLASSES = {
    "identifier": (["a", "ä_1", "match"], ["a.b", "1a", "if", "a b", ""]),
    "type": (["int", "list[int] | None", "Callable[[int], str]", '"A"'], ["int =", "def"]),
    "argument_list": (["()", "(a, *b, c=1)", "(x for x in y)", "(\n a,\n)"], ["a", "(a", "(,)"]),
    "argument": (["a", "a=1", "*a", "**a"], ["a,", "=1"]),
    "parameters": (["()", "(a, b: int = 1, *, c)", "(a, /, **k)"], ["(a", "(1)"]),
    "parameter": (["a", "a: int", "a=1", "*a: int"], ["1", "a,"]),
    "string": (["'a'", 'f"{a}" "b"', "r'''a'''"], ["a", "'a", "1"]),
    "number": (["1", "0x1f", "1e3j"], ["a", "1.2.3", "-1"]),
    "comment": (["# a", "#"], ["a", "# a\n# b"]),
    "pattern": (["1 | 2", "A(b, c=d) as e", "[a, *_]", "{'a': b}"], ["a + b", "lambda: 0"]),
    "pair": (["a: b", "**a"], ["a", "a:"]),
    "operator": (["+", "not in", "and", "+=", "is"], ["a", "=>"]),
    "import": (["import a.b as c", "from .a import (b,)"], ["import", "from import a"]),
    "clause": (["for a in b if c", "if d", "async for a in b"], ["while a", "for a"]),
    "expressions": (["a, *b", "a", "yield a"], ["a,, b", ""]),
}


@pytest.mark.parametrize("node_class", NODE_CLASSES)
def test_each_class_of_nodes(node_class):
    good, bad = NODE_CLASSES[node_class]
    assert [text for text in good if not takes(expression(node_class, bracketed="\n" in text), text)] == []
    assert [text for text in bad if takes(expression(node_class), text)] == []


def test_names_are_of_the_vocabulary_except_where_the_text_binds_its_own():
    grammar = expression_grammar("expression", names=["a", "f", "None"])
    for text in (
        "a",
        "f(a)[a].zzz",
        "f(zzz=a)",
        "[x for x in a if x]",
        "{x: x for x in a}",
        "f(x for x in a)",
        "lambda q: q + zz",
    ):
        assert takes(grammar, text), text
    for text in ("b", "ab", "f(b)", "[b]", "a if b else a", "a + b", "{b: a}", "b.a"):
        assert not takes(grammar, text), text


IMPORTS = {
    "import os": True,
    "import os.path as p, sys": True,
    "import numpy": False,
    "import os, numpy": False,
    "import osx": False,
    "from os import path": True,
    "from os.path import (a,\n  b)": True,
    "from numpy import a": False,
    "from . import x": True,
    "from .. x import y": True,
    "x = 1\nimport os\ny = 'import numpy'": True,
    '"""\nimport numpy\n"""\nimport sys': True,
    "importlib.x()": True,
    "from_x = 1": True,
    "yield from x": True,
    "import os; y()": True,
    "if x:\n    import numpy": False,
    "if x:\n    import os\n\n    return os.path": True,
    "# import numpy": True,
}


@pytest.mark.parametrize(("text", "fine"), IMPORTS.items())
def test_imports_begin_with_a_known_module(text, fine):
    assert takes(imports_grammar(["os", "sys", "typing"]), text) is fine


HOSTILE = [
    '"',
    "\\",
    '" | /.*/',
    "\n",
    "a\nstart: /.*/",
    "%import x",
    "<|im_start|>",
    "\\u0022",
    "//",
    "\x00",
    "\x7f",
    "\u2028",
    "{}",
    "'",
    "ſ",
    "/i",
]


@given(st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)))
def test_a_quoted_text_stands_for_exactly_itself(text):
    grammar = f'start: A | B\nA: {quoted(text)}\nB: "b" {quoted(text)} "c"\n'
    assert takes(grammar, text)
    assert takes(grammar, f"b{text}c")
    for other in (text + "x", "x" + text, text[:-1], "", f"b{text}", "anything"):
        assert takes(grammar, other) is (other in (text, f"b{text}c"))


def test_every_hole_of_a_file_full_of_oddities_is_accepted():
    text = textwrap.dedent('''
        class A(B, metaclass=C):
            """Doc."""
            x: "int" = (  # c
                1)
            def f(self, *, a=lambda x, y=1: (x, y)) -> None:
                if a: return
                while True:
                  try: pass
                  except (E, F): raise
                  else:
                        break
                return {k: v for k, v in {**a}.items() if k not in v}
    ''').lstrip()
    source = Source("a.py", text.encode())
    assert not parse(source.data, "python").root_node.has_error
    for hole in holes_in(source, "python", Strategy.BODY):
        assert takes(statements(hole.indent.decode()), hole.text)
    for hole in holes_in(source, "python", Strategy.EXPRESSIONS):
        assert takes(expression("expression", bracketed=True), hole.text), hole
