"""What is found around a hole. `<<` and `>>` enclose it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.source import Source, Span
from models.constraints.extract import extract
from models.constraints.importable import importable
from models.constraints.intensity import intensity_of
from models.constraints.ir import ConstraintIR, Grammar, Inhabitants, Kind, Preferences, Schema, Words
from models.constraints.model import Domain, Intensity
from models.mask.model import Hole, Scale, Strategy
from tests.kb.test_classes import code_of
from tests.models.constraining import PATHS, ir_of

STATEMENT = {"kind": "return_statement", "scale": Scale.STATEMENT, "strategy": Strategy.STATEMENTS}
NAME = {"kind": "identifier", "strategy": Strategy.IDENTIFIERS}


def grammar(ir: ConstraintIR) -> Grammar:
    return next(one for one in ir.constraints if isinstance(one, Grammar))


def words(ir: ConstraintIR, role: str = "names") -> set[str] | None:
    return next((set(one.words) for one in ir.constraints if isinstance(one, Words) and one.role == role), None)


def weights(ir: ConstraintIR) -> dict[str, float]:
    return {word: nats for one in ir.constraints if isinstance(one, Preferences) for word, nats in one.words}


def test_the_class_of_node_and_its_place():
    inner = grammar(ir_of("def f(a):\n    return g(<<a>>)\n"))
    assert (inner.language, inner.node_class, inner.is_bracketed) == ("python", "expression", True)
    assert not grammar(ir_of("def f(a):\n    return <<a>>\n")).is_bracketed
    assert not grammar(ir_of("x = (lambda: 0)\ny = <<a>>\n")).is_bracketed
    whole = grammar(ir_of("def f(a):\n\tif a:\n\t\t<<return a>>\n", **STATEMENT))
    assert (whole.node_class, whole.indent, whole.unit, whole.is_inline) == ("statements", "\t\t", "\t", False)
    assert grammar(ir_of("if a: <<return a>>\n", **STATEMENT)).is_inline


CLASSES = {
    ("argument_list", Scale.EXPRESSION, Strategy.EXPRESSIONS): "argument_list",
    ("comment", Scale.EXPRESSION, Strategy.COMMENTS): "comment",
    ("type", Scale.EXPRESSION, Strategy.TYPES): "type",
    ("identifier", Scale.EXPRESSION, Strategy.IDENTIFIERS): "identifier",
    ("identifier", Scale.EXPRESSION, Strategy.EXPRESSIONS): "expression",
    ("+", Scale.EXPRESSION, Strategy.EXPRESSIONS): "operator",
    ("block", Scale.BODY, Strategy.BODY): "statements",
}


@pytest.mark.parametrize("place", CLASSES)
def test_classes_of_nodes(place):
    kind, scale, strategy = place
    ir = ir_of("x = <<a>>\n", kind=kind, scale=scale, strategy=strategy)
    assert ir.hole.node_class == CLASSES[place]


@pytest.mark.parametrize(
    ("kind", "text", "node_class"),
    [
        ("statement_block", "{ a }", "block"),
        ("statement_block", "a; b", "statements"),
        ("class_body", "{ a }", "class_body"),
        ("class_body", "a = 1", "members"),
        ("method_definition", "a() {}", "members"),
        ("if_statement", "if (a) b", "statement"),
    ],
)
def test_classes_of_script_nodes(kind, text, node_class):
    scale = Scale.STATEMENT if node_class == "statement" else Scale.BODY
    ir = ir_of(f"function f() <<{text}>>", language="javascript", kind=kind, scale=scale, strategy=Strategy.BODY)
    assert ir.hole.node_class == node_class


def test_names_in_scope_without_those_that_only_the_hole_binds():
    found = words(ir_of("import os\ndef f(a, b):\n    c = 1\n    return <<(d := a) + d>>\n"))
    assert found is not None
    assert {"a", "b", "c", "f", "os", "len", "d"} <= found
    assert words(ir_of("from x import *\ny = <<a>>\n")) is None


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        ("x = <<a>>", True),
        ("f(<<a>>)", True),
        ("x.<<a>> = 1", False),
        ("f(<<a>>=1)", False),
        ("def <<a>>(): 0", False),
        ("<<a>> = 1", False),
        ("for <<a>> in b: 0", False),
        ("import <<a>>", False),
        ("lambda <<a>>: 0", False),
    ],
)
def test_a_name_is_held_to_the_vocabulary_where_it_is_read(text, is_read):
    assert (words(ir_of(f"{text}\n", **NAME)) is not None) is is_read


def test_script_names_are_held_to_the_vocabulary_where_they_are_read():
    assert words(ir_of("function f(b) { return <<a>> }", language="javascript", **NAME)) is not None
    assert words(ir_of("const <<a>> = 1", language="javascript", **NAME)) is None
    assert (
        words(ir_of("x.<<a>>", language="javascript", kind="property_identifier", strategy=Strategy.IDENTIFIERS))
        is None
    )


WANTED = {
    "a parameter by place": ("def g(x, y: Foo): ...\ng(1, <<a>>)\n", "Foo"),
    "a parameter by name": ("def g(x, y: 'Foo'): ...\ng(1, y=<<a>>)\n", "Foo"),
    "an optional one": ("def g(x: Optional[int] = None): ...\ng(<<a>>)\n", "int"),
    "a union with None": ("def g(x: int | None): ...\ng(<<a>>)\n", "int"),
    "another union": ("def g(x: int | str): ...\ng(<<a>>)\n", ""),
    "a return type": ("def g() -> str:\n    return <<a>>\n", "str"),
    "an annotated variable": ("x: list[int] = <<a>>\n", "list[int]"),
    "what it is compared with": ("if <<a>> == 'x': ...\n", "str"),
    "an unknown callee": ("h(<<a>>)\n", ""),
    "a bare place": ("x = <<a>>\n", ""),
    "too many arguments": ("def g(x: int): ...\ng(1, <<a>>)\n", ""),
}


@pytest.mark.parametrize(("text", "wanted"), WANTED.values(), ids=list(WANTED))
def test_the_type_that_a_place_asks_for(text, wanted):
    assert ir_of(text).hole.wanted == wanted


def test_the_type_that_a_place_asks_for_in_typescript():
    text = "function g(x: number, y: Foo) {}\ng(1, <<a>>)"
    assert ir_of(text, language="typescript").hole.wanted == "Foo"
    assert ir_of("const x: Foo = <<a>>", language="typescript").hole.wanted == "Foo"


def test_what_in_scope_has_the_wanted_type():
    text = (
        "class Foo: ...\ndef make() -> Foo: ...\ndef other() -> int: ...\nN: int = 1\ndef g(y: Foo): ...\n"
        "def f(p: Foo, q: 'mod.Foo', r):\n    s = Foo()\n    n = 1\n    g(<<r>>)\n"
    )
    (found,) = (one for one in ir_of(text).constraints if isinstance(one, Inhabitants))
    assert found.words == ("Foo(", "make(", "p", "q", "s")
    assert found.type == "Foo"
    text = text.replace("g(<<r>>)", "x: int = <<r>>")
    (found,) = (one for one in ir_of(text).constraints if isinstance(one, Inhabitants))
    assert found.words == ("N", "n", "other(")


def test_what_is_used_near_by_and_the_callees_parameters_are_preferred():
    text = "def g(alpha, beta=1): ...\ndef f(total, items):\n    total += len(items)\n    items.sort()\n"
    text += "    return g(<<total>>)\n"
    found = weights(ir_of(text))
    assert found["items"] > 0
    assert found["beta"] > 0
    assert "zzz" not in found


def test_error_handling_and_coroutines():
    text = "async def f(a):\n    if a:\n        raise ValueError(a)\n    <<return a>>\n"
    found = weights(ir_of(text, **STATEMENT))
    assert found["ValueError"] > 0
    assert found["raise"] > 0
    assert found["await"] > 0
    assert found["sleep"] < 0
    assert "await" not in weights(ir_of(text.replace("async def", "def"), **STATEMENT))


def test_what_is_dangerous_or_left_behind_is_disliked_unless_the_file_does_it():
    text = "def f(a):\n    return <<a>>\n"
    found = weights(ir_of(text))
    assert found["eval"] < 0
    assert found["print"] < 0
    assert "print" not in weights(ir_of("print(1)\n" + text))
    kinds = {one.kind for one in ir_of(text).constraints}
    assert {Kind.SECURITY, Kind.OPERATIONAL, Kind.SYNTACTIC, Kind.TYPE_SAFETY} <= kinds
    assert weights(ir_of("function f(a) { return <<a>> }", language="javascript"))["innerHTML"] < 0


def test_the_quote_that_a_file_writes():
    assert weights(ir_of("x = ['a', 'b', 'c', 'd', 'e']\ny = <<z>>\n"))["'"] > 0
    assert '"' not in weights(ir_of("x = ['a', \"b\"]\ny = <<z>>\n"))


FILES = {
    "pyproject.toml": '[project]\nname = "x"\ndependencies = ["requests"]\n',
    "app/__init__.py": "",
    "app/m.py": "import yaml\nclass A:\n  def go(self): ...\n  def m(self):\n    self.x = 1\n    return self.go\n",
    "tool.py": "",
}


def test_with_a_graph_imports_are_checked_and_members_preferred():
    with code_of(FILES) as code:
        found = importable("app/m.py", code)
        assert {"os", "app", "tool", "requests", "yaml"} <= set(found)
        assert "numpy" not in found
        source = code.source("app/m.py")
        at = source.data.rindex(b"go")
        hole = Hole(Span(at, at + 2), "identifier", Scale.EXPRESSION, Strategy.IDENTIFIERS, b"", b"go", "A.m")
        assert {"go", "m", "x"} <= weights(extract(source, "python", hole, code)).keys()
        start = source.data.index(b"import yaml")
        whole = Hole(Span(start, 11), "import_statement", Scale.STATEMENT, Strategy.STATEMENTS, b"", b"import yaml")
        ir = extract(source, "python", whole, code)
    assert words(ir, "modules") == set(found)
    assert any(one.kind is Kind.ARCHITECTURAL and one.domain is Domain.IMPORTS for one in ir.constraints)


def test_json_has_a_schema():
    ir = ir_of('{"a": <<1>>}', language="json", kind="number")
    (schema,) = (one for one in ir.constraints if isinstance(one, Schema))
    assert schema.schema == '{"type": "number"}'


def test_feasibility_falls_where_nothing_fits():
    assert ir_of("def g(x: Foo): ...\ng(<<a>>)\n").feasibility < ir_of("def g(x): ...\ng(<<a>>)\n").feasibility
    assert ir_of("from x import *\ny = <<a>>\n").feasibility < 1


def test_intensity_grows_with_salience():
    order = list(Intensity)
    for scale in Scale:
        chosen = [order.index(intensity_of(score / 20, scale)) for score in range(21)]
        assert chosen == sorted(chosen)
        assert len(set(chosen)) > 2
    assert intensity_of(None, Scale.BODY) is Intensity.STANDARD
    assert intensity_of(0.9, Scale.EXPRESSION) is Intensity.EXHAUSTIVE
    assert intensity_of(0.9, Scale.BODY) is Intensity.FULL
    assert intensity_of(0.0, Scale.EXPRESSION) is Intensity.STANDARD


@given(st.binary(max_size=50), st.integers(0, 50), st.integers(0, 20), st.sampled_from([*PATHS, "nonsense"]))
def test_any_bytes_are_answered(data, start, length, language):
    start = min(start, len(data))
    end = min(start + length, len(data))
    hole = Hole(Span(start, end), "identifier", Scale.EXPRESSION, Strategy.IDENTIFIERS, b"", data[start:end])
    ir = extract(Source(PATHS.get(language, "a"), data), language, hole, None)
    assert ir.hole.start == start
