from __future__ import annotations

import pytest

from kb.facts.model import Definition, Facts, Flag, Kind, ParameterKind, ScopeKind
from kb.facts.python import extract


def facts(text: str) -> Facts:
    return extract(text.encode(), "python")


def definition(text: str, qualified: str, number: int = 0) -> Definition:
    return [one for one in facts(text).definitions if one.qualified == qualified][number]


def flags_of(number: int) -> set[str]:
    return {flag.name or "" for flag in Flag if flag.value & number}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(): pass", [("f", Kind.FUNCTION)]),
        ("class C:\n  def m(self): pass", [("C", Kind.CLASS), ("C.m", Kind.METHOD)]),
        ("def f():\n  def g(): pass\n  x = 1", [("f", Kind.FUNCTION), ("f.g", Kind.FUNCTION)]),
        ("x = 1\nY_Z = 2\nz: Final = 3", [("x", Kind.VARIABLE), ("Y_Z", Kind.CONSTANT), ("z", Kind.CONSTANT)]),
        ("a, (b, *c) = d = f()", [(n, Kind.VARIABLE) for n in "abcd"]),
        ("class C:\n  x = 1\n  y: int", [("C", Kind.CLASS), ("C.x", Kind.ATTRIBUTE), ("C.y", Kind.ATTRIBUTE)]),
        ("class C(enum.Enum):\n  A = 1\n  _b = 2", [("C", Kind.ENUM), ("C.A", Kind.MEMBER), ("C._b", Kind.ATTRIBUTE)]),
        ("class P(Protocol[T]): pass", [("P", Kind.INTERFACE)]),
        ("type A[T] = list[T]\nB: TypeAlias = int", [("A", Kind.TYPE), ("B", Kind.TYPE)]),
        ("if a:\n  def f(): pass\nelse:\n  def f(): pass", [("f", Kind.FUNCTION), ("f", Kind.FUNCTION)]),
        (
            "def f():\n  global g\n  g = 1\n  def g(): pass",
            [("f", Kind.FUNCTION), ("g", Kind.VARIABLE), ("g", Kind.FUNCTION)],
        ),
        ("type(x).y = 1", []),
    ],
)  # fmt: skip
def test_definitions_have_a_kind_and_a_qualified_name(text: str, expected: list[tuple[str, Kind]]) -> None:
    assert [(one.qualified, one.kind) for one in facts(text).definitions] == expected


def test_attributes_set_on_the_receiver_belong_to_the_class() -> None:
    text = "class C:\n  def m(this, v):\n    this.a = D(v)\n    this.b, v.c = v, 1\n    def inner(): this.d: int = 3\n"
    found = [one for one in facts(text).definitions if one.kind is Kind.ATTRIBUTE]
    assert [(one.qualified, one.value, one.annotation) for one in found] == [
        ("C.a", "D()", ""), ("C.b", "v", ""), ("C.d", "<int>", "int")
    ]  # fmt: skip
    assert {facts(text).scopes[one.scope].kind for one in found} == {ScopeKind.CLASS}
    assert all(one.flags & Flag.DEFERRED for one in found)


def test_static_methods_have_no_receiver() -> None:
    text = "class C:\n  @staticmethod\n  def m(x):\n    x.a = 1\n"
    assert [one.qualified for one in facts(text).definitions] == ["C", "C.m"]


def test_a_signature_tells_kinds_defaults_and_types() -> None:
    signature = definition('def f(a, b: "X" = 1, /, c=2, *d: int, e, g=[1], **h) -> Y[int]: ...', "f").signature
    assert signature is not None
    assert [(p.name, p.kind, p.default, p.annotation, p.optional) for p in signature.parameters] == [
        ("a", ParameterKind.POSITIONAL_ONLY, "", "", False),
        ("b", ParameterKind.POSITIONAL_ONLY, "1", '"X"', True),
        ("c", ParameterKind.EITHER, "2", "", True),
        ("d", ParameterKind.REST, "", "int", False),
        ("e", ParameterKind.KEYWORD_ONLY, "", "", False),
        ("g", ParameterKind.KEYWORD_ONLY, "[1]", "", True),
        ("h", ParameterKind.KEYWORDS, "", "", False),
    ]
    assert signature.returns == "Y[int]"


@pytest.mark.parametrize(
    ("text", "name", "flags"),
    [
        ("async def f():\n  yield 1", "f", {"ASYNC", "GENERATOR"}),
        ("def f():\n  lambda: (yield)", "f", set()),
        ("def f():\n  return locals()", "f", {"VARIADIC"}),
        ("def f():\n  raise", "f", {"RERAISED"}),
        ("class C:\n  @staticmethod\n  def f(): 1", "C.f", {"STATIC"}),
        ("class C:\n  @classmethod\n  @abc.abstractmethod\n  def f(c): 1", "C.f", {"CLASSMETHOD", "ABSTRACT"}),
        ("class C:\n  @functools.cached_property\n  def f(s): 1", "C.f", {"PROPERTY"}),
        ("class C:\n  @f.setter\n  def f(s, v): 1", "C.f", {"SETTER"}),
        ("class C:\n  @overload\n  def f(s): ...", "C.f", {"OVERLOAD", "STUB"}),
        ("class C:\n  @override\n  @final\n  def f(s): 1", "C.f", {"OVERRIDE", "FINAL"}),
        ("class C:\n  def __init_subclass__(cls): 1", "C.__init_subclass__", {"CLASSMETHOD"}),
        ("@dataclass(frozen=True)\nclass C: x: int", "C", {"DATACLASS"}),
        ("@attr.s\nclass C: pass", "C", {"DATACLASS"}),
        ("class C(NamedTuple): pass", "C", {"DATACLASS"}),
        ("class C(metaclass=ABCMeta): pass", "C", {"ABSTRACT"}),
        ("class TestX(TestCase): pass", "TestX", {"TEST"}),
        ("def test_x(): 1", "test_x", {"TEST"}),
        ("def _f():\n  'doc'", "_f", {"PRIVATE", "STUB"}),
        ("def f():\n  'doc'\n  raise NotImplementedError('x')", "f", {"STUB"}),
        ("def f():\n  x()\n  pass", "f", set()),
        ("if x:\n  def f(): 1", "f", {"CONDITIONAL"}),
        ("if __name__ == '__main__':\n  def f(): 1", "f", {"CONDITIONAL", "MAIN"}),
        ("if TYPE_CHECKING:\n  def f(): 1", "f", {"CONDITIONAL", "TYPING"}),
        ("if not typing.TYPE_CHECKING:\n  pass\nelse:\n  def f(): 1", "f", {"CONDITIONAL", "TYPING"}),
        ("def g():\n  def f(): 1", "g.f", {"DEFERRED"}),
        ("x: Final = 1", "x", {"FINAL"}),
        ("x: int", "x", {"DECLARED"}),
    ],
)
def test_flags_of_definitions(text: str, name: str, flags: set[str]) -> None:
    assert flags_of(definition(text, name).flags) == flags


def test_definitions_tell_decorators_bases_docs_and_raises() -> None:
    one = definition("@a.b(1)\n@c\nclass C(D[int], e.F, metaclass=M, x=1):\n  '''First.\n\n  Second.'''\n", "C")
    assert (one.decorators, one.bases, one.doc) == (("a.b()", "c"), ("D", "e.F", "metaclass=M"), "First.")
    assert (one.start, one.line, one.end_line) == (0, 3, 6)
    assert definition("def f():\n  raise a.E(1) from x\n  raise F\n  raise", "f").raises == ("a.E", "F")


@pytest.mark.parametrize(
    ("value", "chain"),
    [
        ("a.b.C(1)", "a.b.C()"),
        ("super().x", "super().x"),
        ("(await f(x))[0].y", "f()^[].y"),
        ("await f(x)", "f()^"),
        ("(a or b).c", ""),
        ("a + b", ""),
        ("'x' 'y'", "<str>"),
        ("b'x'", "<bytes>"),
        ("'x'.join(y)", "<str>.join()"),
        ("[i for i in x]", "<list>"),
        ("lambda: 1", "<function>"),
        ("None", "<none>"),
        ("(y := f())", "f()"),
    ],
)
def test_values_are_chains(value: str, chain: str) -> None:
    assert definition(f"x = {value}", "x").value == chain


def test_names_are_bound_in_their_scopes() -> None:
    text = (
        "def f(a, *b):\n"
        "  for c, d in e: pass\n"
        "  with g() as h, i: pass\n"
        "  try: pass\n"
        "  except E as j: pass\n"
        "  k = [l for l in m() if (n := l)]\n"
        "  del o\n"
        "  p += 1\n"
        "  q: int\n"
        "  def r():\n"
        "    nonlocal k\n"
        "    k = 2\n"
        "  match x:\n"
        "    case [y, D(z=w), *v] | a.B: pass\n"
        "    case {'u': t, **s} as u: pass\n"
    )
    one = facts(text)
    bound = [(row.name, one.scopes[row.scope].kind.value) for row in one.bindings]
    names = "abcdhjknopqkywvtsu"
    assert sorted(bound) == sorted([*((name, "function") for name in names), ("l", "comprehension")])
    values = {row.name: row.value for row in one.bindings if row.value}
    assert values == {"h": "g().__enter__()", "k": "<int>", "l": "for m()", "n": "l"}
    assert [row.annotation for row in one.bindings if row.name == "j"] == ["E"]
    assert one.scopes[3].outer == ("nonlocal k",)


def test_imports_have_one_row_a_name() -> None:
    text = (
        "import a.b, c as d\nfrom ..e.f import g as h, i\nfrom . import j\nfrom k import *\nfrom __future__ import l\n"
    )
    assert [(row.module, row.name, row.alias, row.level) for row in facts(text).imports] == [
        ("a.b", "", "a", 0), ("c", "", "d", 0), ("e.f", "g", "h", 2), ("e.f", "i", "i", 2), ("", "j", "j", 1),
        ("k", "*", "", 0), ("__future__", "l", "l", 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("try:\n  import x\nexcept ImportError:\n  y = 1", {"CONDITIONAL", "GUARDED"}),
        ("try:\n  import x\nexcept:\n  y = 1", {"CONDITIONAL", "GUARDED"}),
        ("try:\n  import x\nexcept KeyError:\n  y = 1", {"CONDITIONAL"}),
        ("try:\n  y\nexcept (A, NameError):\n  import x", {"CONDITIONAL", "FALLBACK"}),
        ("try:\n  y\nfinally:\n  import x", set()),
        ("if TYPE_CHECKING:\n  import x", {"CONDITIONAL", "TYPING"}),
        ("if sys.version_info >= (3, 8):\n  import x", {"CONDITIONAL", "GUARDED"}),
        ("with suppress(ImportError):\n  import x", {"GUARDED"}),
        ("def f():\n  import x", {"DEFERRED"}),
        ("for i in y:\n  import x", {"CONDITIONAL"}),
    ],
)
def test_imports_tell_what_is_around_them(text: str, flags: set[str]) -> None:
    (row,) = facts(text).imports
    assert flags_of(row.flags) == flags
