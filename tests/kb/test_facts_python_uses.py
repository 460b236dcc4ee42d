from __future__ import annotations

import pytest

from kb.facts.extract import facts_of
from kb.facts.model import Facts, Flag, Role, Status
from kb.facts.python import extract


def facts(text: str) -> Facts:
    return extract(text.encode(), "python")


def flags_of(number: int) -> set[str]:
    return {flag.name or "" for flag in Flag if flag.value & number}


def call_flags(text: str, chain: str) -> set[str]:
    return next(flags_of(one.flags) for one in facts(text).calls if one.chain == chain)


@pytest.mark.parametrize(
    ("text", "names", "known"),
    [
        ("__all__ = ['a', \"b\"]", ["a", "b"], True),
        ("__all__ = ('a',) + ['b']\n__all__ += ['c']\n__all__.extend(['d'])\n__all__.append('e')", list("abcde"), True),
        ("__all__ = ['a'] + x.__all__", ["a"], False),
        ("__all__ = [n for n in dir()]", [], False),
        ("__all__ = ['a']\n__all__.remove('a')", ["a"], False),
        ("__all__ = ['a']\ndef f(): __all__.append('b')", ["a"], False),
        ("x = 1", [], False),
    ],
)
def test_exports_are_known_only_where_they_are_written_out(text: str, names: list[str], known: bool) -> None:
    one = facts(text)
    assert ([row.name for row in one.exports], one.exports_known) == (names, known)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f(1, a, k=2, *b, **c)", ("f", 2, ("k",), True, True)),
        ("f(x for x in y)", ("f", 1, (), False, False)),
        ("a.b().c(  # note\n)", ("a.b().c", 0, (), False, False)),
        ("f(a(), *b())", ("f", 1, (), True, False)),
        ("(a or b)(1)", ("?", 1, (), False, False)),
    ],
)
def test_calls_count_their_arguments(text: str, expected: tuple[object, ...]) -> None:
    call = max(facts(text).calls, key=lambda one: one.end - one.start)
    assert (call.chain, call.positional, call.keywords, call.star, call.double_star) == expected


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("f()", {"DISCARDED"}),
        ("await f()", {"AWAITED"}),
        ("x = f()", {"SUSPENDED"}),
        ("g(f())", {"SUSPENDED"}),
        ("g(k=f())", {"SUSPENDED"}),
        ("[f()]", {"SUSPENDED"}),
        ("x = a if b else f()", {"SUSPENDED"}),
        ("f().x", set()),
        ("if f(): pass", set()),
        ("f() + 1", set()),
        ("@f()\ndef x(): pass", {"DECORATOR"}),
        ("@f\ndef x(): pass", {"DECORATOR"}),
        ("hasattr(a, 'b') and f()", {"GUARDED", "DISCARDED"}),
        ("f() and g()", set()),
        ("x = f() and g()", set()),
        ("x = f() or g()", {"SUSPENDED"}),
        ("f() or g()", set()),
        ("x = y if f() else z", set()),
        ("if 'f' in globals():\n  f()", {"GUARDED", "CONDITIONAL", "DISCARDED"}),
        ("if not hasattr(a, 'b'):\n  raise X\nf()", {"GUARDED", "DISCARDED"}),
        ("with pytest.raises(TypeError):\n  f()", {"GUARDED", "DISCARDED"}),
        ("try:\n  f()\n  g()\nexcept Exception: pass", {"CONDITIONAL", "DISCARDED"}),
        ("try:\n  f()\nexcept Exception: pass", {"CONDITIONAL", "GUARDED", "DISCARDED"}),
        ("def g():\n  return f()", {"DEFERRED", "SUSPENDED"}),
    ],
)
def test_calls_tell_what_becomes_of_their_value(text: str, flags: set[str]) -> None:
    assert call_flags(text, "f") == flags


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b.c\na.b.c", [("a.b.c", Role.READ)]),
        ("a.b = c", [("a.b", Role.WRITE), ("c", Role.READ)]),
        ("del a, b.c", [("a", Role.DELETE), ("b.c", Role.DELETE)]),
        ("f(x).y", [("f().y", Role.READ), ("x", Role.READ)]),
        ("def f(a: B, c: 'D[e.F]' = g): pass", [(n, Role.TYPE) for n in ("B", "D", "e.F")] + [("g", Role.READ)]),
        ("x: Literal['A', b.C]", [("Literal", Role.TYPE), ("b.C", Role.READ)]),
        ("x: Annotated['A', 'B']", [("Annotated", Role.TYPE), ("A", Role.TYPE)]),
        ("x: 'some prose here'", []),
        ("f'{a!r:>{b}} {c.d}'", [("a", Role.READ), ("b", Role.READ), ("c.d", Role.READ)]),
        ("cast('A', b)", [("A", Role.TYPE), ("b", Role.READ)]),
        ("x += y", [("x", Role.READ), ("x", Role.WRITE), ("y", Role.READ)]),
        ("def f[T: B](x: T) -> T: pass", [("B", Role.TYPE), ("T", Role.TYPE)]),
    ],
)
def test_uses_tell_what_is_done_with_a_name(text: str, expected: list[tuple[str, Role]]) -> None:
    found = [(row.chain, row.role) for row in facts(text).uses]
    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("def __getattr__(n): pass", ("__getattr__",)),
        ("globals()['x'] = 1", ("globals()",)),
        ("globals().update(x)", ("globals()",)),
        ("f(globals())", ("globals()",)),
        ("globals()['x']", ()),
        ("def f():\n  locals()['x'] = 1", ()),
        ("exec(x)", ("exec",)),
        ("exec(x, {})", ()),
        ("exec 'x'", ("exec",)),
        ("setattr(sys.modules[__name__], 'x', 1)", ("setattr",)),
        ("setattr(self, 'x', 1)", ()),
        ("m.__dict__.update(x)", ("__dict__",)),
        ("class C:\n  def m(self): self.__dict__.update(x)", ()),
        ("sys.modules[__name__] = X()", ("sys.modules",)),
        ("sys.modules['x'] = X()", ()),
        ("sys.meta_path.append(X())", ("sys.meta_path",)),
        ("sys.path_hooks.insert(0, x)", ("sys.meta_path",)),
        ("sys.path.append(x)", ()),
    ],
)
def test_dynamic_names_are_owned_up_to(text: str, reasons: tuple[str, ...]) -> None:
    assert facts(text).dynamic == reasons


def test_holes_are_found() -> None:
    text = "def f():\n  pass\ndef g(): ...\ndef h():\n  raise NotImplementedError  # TODO: later\nx = 'TODO'\n"
    assert [(hole.kind, hole.line) for hole in facts(text).holes] == [
        ("pass", 2), ("ellipsis", 3), ("unimplemented", 5), ("todo", 5)
    ]  # fmt: skip


def test_a_broken_file_keeps_the_facts_that_can_be_read() -> None:
    one = facts("import a\nx = = 1\n\ndef g(y):\n  return h(y)\n")
    assert (one.status, one.trouble) == (Status.PARTIAL, "syntax error on line 2")
    assert "g" in [row.qualified for row in one.definitions]
    assert "h" in [row.chain for row in one.calls]


@pytest.mark.parametrize("prefix", [b"", b"\xef\xbb\xbf", b"# \xff\xfe\n", b"\r\n"])
def test_any_encoding_and_line_end_will_do(prefix: bytes) -> None:
    one = extract(prefix + b"d\xc3\xa9f = 1\r\nclass C:\r\n\tx = d\xc3\xa9f.b\r\n", "python")
    assert [row.qualified for row in one.definitions] == ["déf", "C", "C.x"]
    assert [row.chain for row in one.uses] == ["déf.b"]
    assert one.status is Status.WHOLE


def test_python_2_is_read_as_far_as_it_goes() -> None:
    one = facts("def f((a, b), c):\n  print >>c, a\n  exec a in b\n  print a\n")
    assert sorted(row.name for row in one.bindings) == ["a", "b", "c"]
    assert [row.chain for row in one.uses] == ["c", "a", "b"]


def test_what_is_nested_deeply_is_read_all_the_same() -> None:
    depth = 5000
    assert len(facts("f(" * depth + "a" + ")" * depth).calls) == depth
    assert len(facts("x = a" + ".b()" * depth).calls) == depth
    lambdas = facts("x = " + "[lambda: " * depth + "a" + "]" * depth)
    assert [row.parent for row in lambdas.scopes] == list(range(-1, depth))
    assert [row.chain for row in facts("x = " + "(" * depth + "a" + ")" * depth).uses] == ["a"]
    two = facts("x = [" + "(" * 200 + "lambda a: a" + ")" * 200 + ", lambda b: b]")
    assert [row.start for row in two.scopes] == sorted(row.start for row in two.scopes)
    assert [(row.chain, two.scopes[row.scope].start < row.start) for row in two.uses] == [("a", True), ("b", True)]


def test_what_has_no_facts_says_why() -> None:
    assert facts_of("a.py", b"x = 1\n" * 1_000_000).trouble == "larger than 5 MB"
    assert facts_of("a.unknown", b"x").status is Status.UNREAD
