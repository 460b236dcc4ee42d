"""What JavaScript and TypeScript files say: scopes, definitions, bindings, calls and uses."""

from __future__ import annotations

import pytest

from kb.facts.javascript import LARGEST, extract
from kb.facts.model import Definition, Facts, Flag, Kind, ParameterKind, Role, ScopeKind, Status
from kb.syntax.parse import Unparsed


def facts(text: str, language: str = "typescript") -> Facts:
    return extract(text.encode(), language)


def one(found: Facts, qualified: str) -> Definition:
    [row] = [row for row in found.definitions if row.qualified == qualified]
    return row


def defined(text: str, language: str = "typescript") -> list[str]:
    return [f"{row.kind.value} {row.qualified}" for row in facts(text, language).definitions]


DEFINITIONS = {
    "function f() {}": ["function f"],
    "async function* f() { function g() {} }": ["function f", "function f.g"],
    "const f = () => {}, g = function h() {}, x = 1": ["function f", "function g", "constant x"],
    "let x; var y = f()": ["variable x", "variable y"],
    "const { a, b: { c = 1 }, ...d } = f(), [e, , g] = h": [
        *("constant a", "constant c", "constant d", "constant e", "constant g"),
    ],
    "function f() { const x = 1; const g = () => {} }": ["function f", "function f.g"],
    "class C extends B { m() {} static s() {} get p() {} set p(v) {} #q = 1; r; constructor() { this.t = 1 } }": [
        *("class C", "method C.m", "method C.s", "method C.p", "method C.p", "attribute C.#q", "attribute C.r"),
        *("method C.constructor", "attribute C.t"),
    ],
    "const C = class { m() {} }": ["class C", "method C.m"],
    "class C { constructor(private readonly x: T, y: U, public z?: V) {} }": [
        *("class C", "method C.constructor", "attribute C.x", "attribute C.z"),
    ],
    "const o = { m() {}, f: () => 1, x: 2, y, n: { k() {} } }": [
        *("constant o", "method o.m", "method o.f", "attribute o.x", "attribute o.y", "attribute o.n", "method o.n.k"),
    ],
    "interface I extends J { m(): void; p?: string; readonly [k: string]: any }": [
        *("interface I", "method I.m", "attribute I.p", "attribute I.[]"),
    ],
    "enum E { A, B = 2, 'C' }": ["enum E", "member E.A", "member E.B", "member E.C"],
    "namespace N.M { export function f() {} const x = 1 }": [
        *("module N", "module N.M", "function N.M.f", "constant N.M.x"),
    ],
    "type T = { a: string; m(): void } & U": ["type T", "attribute T.a", "method T.m"],
    "export default function () {}": ["function default"],
    "export default class { m() {} }": ["class default", "method default.m"],
    "export default { m() {} }": ["constant default", "method default.m"],
    "declare module 'x' { function f(): void } declare global { interface W {} }": [
        *("function <module>.f", "interface <global>.W"),
    ],
    "if (a) { var x = 1; let y = 2; function f() {} }": ["variable x", "function f"],
    "call(() => { function inner() {} })": ["function <function>.inner"],
    "function F() {} F.prototype.m = function () {}; F.s = () => 1; other.t = () => 1": [
        *("function F", "method F.m", "method F.s"),
    ],
    "module.exports = function () {}; exports.a = () => 1": ["function module.exports", "function exports.a"],
}


@pytest.mark.parametrize("text", DEFINITIONS)
def test_what_is_defined(text: str) -> None:
    assert defined(text) == DEFINITIONS[text]


FLAGS = {
    "async function f() {}": ("f", Flag.ASYNC),
    "function* f() {}": ("f", Flag.GENERATOR),
    "const f = async () => 1": ("f", Flag.ASYNC | Flag.READONLY),
    "class C { static async m() {} }": ("C.m", Flag.STATIC | Flag.ASYNC),
    "class C { get m() {} }": ("C.m", Flag.PROPERTY),
    "class C { set m(x) {} }": ("C.m", Flag.SETTER),
    "class C { private readonly x = 1 }": ("C.x", Flag.PRIVATE | Flag.READONLY),
    "class C { #x = 1 }": ("C.#x", Flag.PRIVATE),
    "class C { x?: number }": ("C.x", Flag.OPTIONAL),
    "class C { override m() {} }": ("C.m", Flag.OVERRIDE),
    "abstract class C {}": ("C", Flag.ABSTRACT),
    "abstract class C { abstract m(): void }": ("C.m", Flag.ABSTRACT | Flag.DECLARED),
    "interface I { m(): void }": ("I.m", Flag.DECLARED),
    "declare function f(): void": ("f", Flag.DECLARED),
    "export class C {}": ("C", Flag.EXPORTED),
    "export const x = 1": ("x", Flag.EXPORTED | Flag.READONLY),
    "export default class C {}": ("C", Flag.EXPORTED | Flag.DEFAULT),
    "if (x) { var y = 1 }": ("y", Flag.CONDITIONAL),
    "function f() { return arguments.length }": ("f", Flag.VARIADIC),
    "const o = { ...rest }": ("o", Flag.VARIADIC | Flag.READONLY),
    "class C { constructor(private x: T) {} }": ("C.x", Flag.PRIVATE),
}


@pytest.mark.parametrize("text", FLAGS)
def test_what_is_true_of_a_definition(text: str) -> None:
    name, flags = FLAGS[text]
    assert Flag(one(facts(text), name).flags) == flags


def test_overloads_are_signatures_beside_an_implementation() -> None:
    rows = facts("function f(a: string): void;\nfunction f(a: any) {}\n").definitions
    assert [bool(row.flags & Flag.OVERLOAD) for row in rows] == [True, False]
    assert not facts("declare function f(): void").definitions[0].flags & Flag.OVERLOAD


def test_a_signature_has_every_parameter() -> None:
    text = "function f(this: T, a: A, b?: B, c = new C(), { d }: D = {}, ...e: E[]): Promise<R> {}"
    signature = one(facts(text), "f").signature
    assert signature is not None
    assert [(p.name, p.kind, p.annotation, p.optional) for p in signature.parameters] == [
        ("a", ParameterKind.POSITIONAL_ONLY, "A", False),
        ("b", ParameterKind.POSITIONAL_ONLY, "B", True),
        ("c", ParameterKind.POSITIONAL_ONLY, "", True),
        ("", ParameterKind.POSITIONAL_ONLY, "D", True),
        ("e", ParameterKind.REST, "E[]", False),
    ]
    assert signature.returns == "Promise<R>"


def test_an_arrow_functions_only_parameter_needs_no_parentheses() -> None:
    signature = one(facts("const f = x => x"), "f").signature
    assert signature is not None
    assert [p.name for p in signature.parameters] == ["x"]


def test_bases_are_chains_without_arguments() -> None:
    assert one(facts("class C extends a.B<T> implements I, J<K> {}"), "C").bases == (
        *("a.B", "implements=I", "implements=J"),
    )
    assert one(facts("class C extends mixin(A) {}", "javascript"), "C").bases == ("mixin()",)
    assert one(facts("interface I extends J<T>, N.K {}"), "I").bases == ("J", "N.K")
    assert one(facts("type T = A & { x: 1 } & B<C>"), "T").bases == ("A", "B")


def test_decorators_are_chains() -> None:
    found = facts("@a.b() class C { @Input() x; @Host() m() {} }")
    assert one(found, "C").decorators == ("a.b()",)
    assert one(found, "C.x").decorators == ("Input()",)
    assert one(found, "C.m").decorators == ("Host()",)


def test_documentation_and_what_is_thrown() -> None:
    row = one(facts("/**\n * Does it.\n * More.\n */\nexport function f() { throw new E.X('no') }"), "f")
    assert row.doc == "Does it."
    assert row.raises == ("E.X",)


VALUES = {
    "const x = new C(1)": "C()",
    "const x = await f()": "f()^",
    "const x = a?.b!.c[0]": "a.b.c[]",
    "const x = a['b']": "a.b",
    "const x = (a)": "a",
    "const x = a || b": "",
    "const x = a ? b : c": "",
    "const x = 'text'": "<str>",
    "const x = [1]": "<list>",
    "const x = a as const": "a",
    "const x = a satisfies T": "a",
    "const x = (f)().g": "f().g",
}


@pytest.mark.parametrize("text", VALUES)
def test_the_value_of_a_variable(text: str) -> None:
    assert one(facts(text), "x").value == VALUES[text]


def test_a_cast_is_an_annotation() -> None:
    assert one(facts("const x = y as Foo"), "x").annotation == "Foo"


BINDINGS = {
    "function f(a: T, { b, c: [d] }, ...e) {}": ["a", "b", "d", "e"],
    "function f() { let x = 1; { const y = x } }": ["x", "y"],
    "for (const x of xs) {} for (let i = 0; ;) {} for (const k in o) {}": ["x", "i", "k"],
    "try {} catch ({ message }) {}": ["message"],
    "function f<T extends U>() {}": ["T"],
    "type T = U extends infer R ? R : { [K in keyof U]: K }": ["R", "K"],
    "call(function named() {})": ["named"],
}


@pytest.mark.parametrize("text", BINDINGS)
def test_what_is_bound(text: str) -> None:
    assert [row.name for row in facts(text).bindings] == BINDINGS[text]


def test_var_is_bound_in_the_function_and_let_in_the_block() -> None:
    found = facts("function f() { { var a = 1; let b = 2 } }")
    kinds = {row.name: found.scopes[row.scope].kind for row in found.bindings}
    assert kinds == {"a": ScopeKind.FUNCTION, "b": ScopeKind.BLOCK}


def test_an_element_of_a_loop_says_what_it_is_of() -> None:
    assert [row.value for row in facts("for (const x of f().xs) {}").bindings] == ["for f().xs"]


CALLS = {
    "f(1, ...a)": [("f", 1, True)],
    "a.b().c(x)": [("a.b", 0, False), ("a.b().c", 1, False)],
    "new N.C<T>(1)": [("N.C", 1, False)],
    "tag`x${y}`": [("tag", 1, True)],
    "a?.b?.(1)": [("a.b", 1, False)],
    "(await f()).g()": [("f", 0, False), ("f()^.g", 0, False)],
    "(a || b).c()": [("?.c", 0, False)],
    "class C extends B { m() { super.m(); this.n() } constructor() { super(1) } }": [
        *(("super.m", 0, False), ("this.n", 0, False), ("super", 1, False)),
    ],
    "function f() { this.x() }": [("?.x", 0, False)],
    "'a'.trim()": [("<str>.trim", 0, False)],
}


@pytest.mark.parametrize("text", CALLS)
def test_what_is_called(text: str) -> None:
    assert [(row.chain, row.positional, row.star) for row in facts(text).calls] == CALLS[text]


CALL_FLAGS = {
    "f()": Flag.DISCARDED,
    "await f()": Flag.AWAITED,
    "const x = f()": Flag.SUSPENDED,
    "void f()": Flag.SUSPENDED,
    "g; [f()]": Flag.SUSPENDED,
    "f().then": Flag(0),
    "const x = new f()": Flag.NEW | Flag.SUSPENDED,
    "f?.()": Flag.OPTIONAL | Flag.DISCARDED,
    "if (x) f()": Flag.CONDITIONAL | Flag.DISCARDED,
    "x && f()": Flag.CONDITIONAL | Flag.DISCARDED,
    "if (typeof f === 'function') f()": Flag.CONDITIONAL | Flag.GUARDED | Flag.DISCARDED,
    "try { f() } catch {}": Flag.CONDITIONAL | Flag.GUARDED | Flag.DISCARDED,
    "try {} catch { f() }": Flag.CONDITIONAL | Flag.FALLBACK | Flag.DISCARDED,
    "() => { f() }": Flag.DEFERRED | Flag.DISCARDED,
    "async () => await f()": Flag.DEFERRED | Flag.AWAITED,
    "// @ts-expect-error\nf()": Flag.GUARDED | Flag.DISCARDED,
    "@f() class C {}": Flag.DECORATOR,
}


@pytest.mark.parametrize("text", CALL_FLAGS)
def test_what_is_true_of_a_call(text: str) -> None:
    [call] = facts(text).calls
    assert Flag(call.flags) == CALL_FLAGS[text]


USES = {
    "a.b.c; a.b.c": [("a.b.c", Role.READ)],
    "a = b": [("a", Role.WRITE), ("b", Role.READ)],
    "a.b += 1": [("a.b", Role.WRITE), ("a.b", Role.READ)],
    "delete a.b": [("a.b", Role.DELETE)],
    "let x: N.T<U> = y": [("N.T", Role.TYPE), ("U", Role.TYPE), ("y", Role.READ)],
    "let x: typeof a.b": [("a.b", Role.TYPE)],
    "[a, { b: c.d }] = e": [("a", Role.WRITE), ("c.d", Role.WRITE), ("e", Role.READ)],
    "({ a, [b]: c })": [("a", Role.READ), ("b", Role.READ), ("c", Role.READ)],
    "l: while (x) { break l }": [("x", Role.READ)],
}


@pytest.mark.parametrize("text", USES)
def test_what_is_used(text: str) -> None:
    assert [(row.chain, row.role) for row in facts(text).uses] == USES[text]


def test_elements_with_capital_names_are_uses() -> None:
    found = facts("const x = <A.B c={d}><div/><E {...f}/></A.B>", "tsx")
    assert [row.chain for row in found.uses] == ["A.B", "d", "E", "f"]


def test_holes_and_dynamic_names() -> None:
    found = facts("// TODO: x\nfunction f() { throw new Error('not implemented') }\neval(x)\n", "javascript")
    assert [hole.kind for hole in found.holes] == ["todo", "unimplemented"]
    assert found.dynamic == ("eval",)
    assert facts("with (x) { y }", "javascript").dynamic == ("with",)


def test_a_file_that_the_grammar_cannot_read_whole_is_partial_and_still_says_much() -> None:
    found = facts("interface G<in out T> { x: T }\nexport function f() {}\n")
    assert found.status is Status.PARTIAL
    assert found.trouble
    assert one(found, "f").kind is Kind.FUNCTION
    assert not found.exports_known


@pytest.mark.parametrize("data", [b"x" * (LARGEST + 1), b"var a=1;" * 20_000], ids=["large", "minified"])
def test_what_nobody_wrote_is_not_read(data: bytes) -> None:
    with pytest.raises(Unparsed):
        extract(data, "javascript")


def test_positions_are_bytes_and_lines_start_at_one() -> None:
    row = one(facts("// ä\n\nfunction f() {\n}\n"), "f")
    assert (row.start, row.line, row.end_line, row.name_start) == (7, 3, 4, 16)
