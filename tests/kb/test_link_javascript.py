"""Where the names of JavaScript and TypeScript files lead."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest

from kb.facts.model import Flag
from kb.graph.javascript import JavaScriptLinker
from kb.graph.model import Asked, EdgeKind, NodeKind
from tests.kb.linked_javascript import edges, linked, misses, unknowns
from tests.kb.trees_in_memory import MemoryTree

Files = Mapping[str, str]
BASE = "export class B { m() {} static s() {} p: P = x; q(): B { return this } r(): this { return this } }\n"

CALLS: dict[str, tuple[Files, list[str]]] = {
    "a function of the file": ({"a.js": "function f() {}\nf()"}, ["a.js -> f local"]),
    "hoisted": ({"a.js": "f()\nfunction f() {}"}, ["a.js -> f local"]),
    "an inner function": ({"a.js": "function g() { f(); function f() {} }"}, ["g -> g.f local"]),
    "an inner function is not seen from outside": ({"a.js": "function g() { function f() {} }\nf()"}, []),
    "a parameter hides": ({"a.js": "function f() {}\nfunction g(f) { f() }"}, []),
    "a block's name hides in the block": (
        {"a.js": "function f() {}\n{ const f = x(); f() }\nf()"},
        ["a.js -> f local"],
    ),
    "a var hides in the whole function": ({"a.js": "function f() {}\nfunction g() { f(); { var f = x } }"}, []),
    "a destructured name hides": ({"a.js": "function f() {}\nfunction g() { const { f } = x; f() }"}, []),
    "a caught name hides": ({"a.js": "function f() {}\ntry {} catch (f) { f() }"}, []),
    "a class's members are not names": (
        {"a.js": "function f() {}\nclass C { f() {} g() { f() } }"},
        ["C.g -> f local"],
    ),
    "imported": ({"a.js": "import { f } from './b'\nf()", "b.js": "export function f() {}"}, ["a.js -> f import"]),
    "imported by another name": (
        {"a.js": "import { f as g } from './b'\ng()", "b.js": "const h = () => 1\nexport { h as f }"},
        ["a.js -> h import"],
    ),
    "the default": (
        {"a.js": "import g from './b'\ng()", "b.js": "export default function f() {}"},
        ["a.js -> f import"],
    ),
    "an anonymous default": (
        {"a.js": "import g from './b'\ng()", "b.js": "export default () => 1"},
        ["a.js -> default import"],
    ),
    "through a module": (
        {"a.js": "import * as n from './b'\nn.f()", "b.js": "export function f() {}"},
        ["a.js -> f import"],
    ),
    "through a barrel": (
        {
            "a.js": "import { f } from '.'\nf()",
            "index.js": "export * from './b'",
            "b.js": "export { g as f } from './c'",
            "c.js": "export function g() {}",
        },
        ["a.js -> g reexport"],
    ),
    "through a module in a module": (
        {
            "a.js": "import { n } from './b'\nn.f()",
            "b.js": "export * as n from './c'",
            "c.js": "export function f() {}",
        },
        ["a.js -> f reexport"],
    ),
    "barrels that go in a circle": (
        {"a.js": "import { f } from './b'\nf()", "b.js": "export * from './c'", "c.js": "export * from './b'"},
        [],
    ),
    "imported and exported again": (
        {
            "a.js": "import { f } from './b'\nf()",
            "b.js": "import { f } from './c'\nexport { f }",
            "c.js": "export function f() {}",
        },
        ["a.js -> f reexport"],
    ),
    "two stars with one name": (
        {
            "a.js": "import { f } from './b'\nf()",
            "b.js": "export * from './c'\nexport * from './d'",
            "c.js": "export function f() {}",
            "d.js": "export function f() {}",
        },
        [],
    ),
    "required": (
        {"a.js": "const { f } = require('./b')\nf()", "b.js": "exports.f = () => 1"},
        ["a.js -> exports.f import"],
    ),
    "required as a whole": (
        {"a.js": "const b = require('./b')\nb.f()", "b.js": "function f() {}\nmodule.exports = { f }"},
        ["a.js -> f import"],
    ),
    "what a module is": (
        {"a.js": "const b = require('./b')\nb()", "b.js": "module.exports = function () {}"},
        ["a.js -> module.exports import"],
    ),
    "a method of what a module is": (
        {"a.js": "const b = require('./b')\nb.f()", "b.js": "module.exports = { f() { this.g() }, g() {} }"},
        ["a.js -> module.exports.f import", "module.exports.f -> module.exports.g mro"],
    ),
    "a module that is another": (
        {
            "a.js": "const { f } = require('./b')\nf()",
            "b.js": "module.exports = require('./c')",
            "c.js": "exports.f = function () {}",
        },
        ["a.js -> exports.f reexport"],
    ),
    "an ES module imports CommonJS": (
        {"a.js": "import b, { f } from './b'\nb.f(); f()", "b.js": "exports.f = () => 1"},
        ["a.js -> exports.f import", "a.js -> exports.f import"],
    ),
    "export =": (
        {"a.ts": "import b = require('./b')\nb()", "b.ts": "function f() {}\nexport = f"},
        ["a.ts -> f import"],
    ),
    "awaited import": (
        {"a.js": "async function g() { const { f } = await import('./b'); f() }", "b.js": "export function f() {}"},
        ["g -> f import"],
    ),
    "this": ({"a.js": "class C { m() { this.n() } n() {} }"}, ["C.m -> C.n mro"]),
    "this in an arrow function": ({"a.js": "class C { m() { x(() => this.n()) } n() {} }"}, ["C.m -> C.n mro"]),
    "this in a function is not known": ({"a.js": "class C { m() { x(function () { this.n() }) } n() {} }"}, []),
    "static this": ({"a.js": "class C { static m() { this.n() } static n() {} n() {} }"}, ["C.m -> C.n mro"]),
    "a private method": ({"a.js": "class C { m() { this.#n() } #n() {} }"}, ["C.m -> C.#n mro"]),
    "inherited": (
        {"a.js": "import { B } from './b'\nclass C extends B { n() { this.m(); super.m() } m() {} }", "b.js": BASE},
        ["C.n -> C.m mro", "C.n -> B.m mro"],
    ),
    "the base's constructor": (
        {"a.js": "class B { constructor() {} }\nclass C extends B { constructor() { super() } }"},
        ["C.constructor -> B.constructor mro"],
    ),
    "a class": ({"a.js": "class C {}\nnew C()"}, ["a.js -> C local"]),
    "a constructor": ({"a.js": "class C { constructor() {} }\nnew C()"}, ["a.js -> C.constructor local"]),
    "an inherited constructor": (
        {"a.js": "class B { constructor() {} }\nclass C extends B {}\nnew C()"},
        ["a.js -> B.constructor local"],
    ),
    "a static method": ({"a.ts": "import { B } from './b'\nB.s()", "b.ts": BASE}, ["a.ts -> B.s import"]),
    "an inherited static method": (
        {"a.ts": "import { B } from './b'\nclass C extends B {}\nC.s()", "b.ts": BASE},
        ["a.ts -> B.s mro"],
    ),
    "an object": (
        {"a.ts": "class C { m() {} }\nconst c = new C()\nc.m(); new C().m()"},
        ["a.ts -> C local"] * 2 + ["a.ts -> C.m inferred"] * 2,
    ),
    "a local object": (
        {"a.ts": "class C { m() {} }\nfunction f() { const c = new C(); c.m() }"},
        ["f -> C local", "f -> C.m inferred"],
    ),
    "a parameter with a type": (
        {"a.ts": "import { B } from './b'\nfunction f(b?: B) { b?.m() }", "b.ts": BASE},
        ["f -> B.m inferred"],
    ),
    "a nullable type": ({"a.ts": "class C { m() {} }\nfunction f(c: C | null) { c!.m() }"}, ["f -> C.m inferred"]),
    "a union is not known": ({"a.ts": "class C { m() {} }\nclass D { m() {} }\nfunction f(c: C | D) { c.m() }"}, []),
    "a field with a type": (
        {"a.ts": "class C { m() {} }\nclass D { c: C; n() { this.c.m() } }"},
        ["D.n -> C.m inferred"],
    ),
    "a field that is set": (
        {"a.js": "class C { m() {} }\nclass D { c = new C(); n() { this.c.m() } }"},
        ["D -> C local", "D.n -> C.m inferred"],
    ),
    "a field set by the constructor": (
        {"a.ts": "class C { m() {} }\nclass D { constructor(c: C) { this.c = c } n() { this.c.m() } }"},
        ["D.n -> C.m inferred"],
    ),
    "a property of the constructor": (
        {"a.ts": "class C { m() {} }\nclass D { constructor(private c: C) {} n() { this.c.m() } }"},
        ["D.n -> C.m inferred"],
    ),
    "what a function returns": (
        {"a.ts": "class C { m() {} }\nfunction f(): C { return x }\nf().m()"},
        ["a.ts -> C.m inferred", "a.ts -> f local"],
    ),
    "what is awaited": (
        {"a.ts": "class C { m() {} }\nasync function f(): Promise<C> {}\nasync () => (await f()).m()"},
        ["a.ts -> C.m inferred", "a.ts -> f local"],
    ),
    "a chain of methods": (
        {"a.ts": "class C { m(): this { return this } n(): C {} }\nnew C().m().n().m()"},
        [
            *("a.ts -> C local", "a.ts -> C.m inferred", "a.ts -> C.n inferred", "a.ts -> C.m inferred"),
        ],
    ),
    "overloads that agree": (
        {"a.ts": "class C<T> { m() {} }\ndeclare function f(a: 1): C<1>; declare function f(): C<2>;\nf().m()"},
        ["a.ts -> C.m inferred", "a.ts -> f local"],
    ),
    "a getter": ({"a.ts": "class C { m() {} get c(): C { return x } n() { this.c.m() } }"}, ["C.n -> C.m inferred"]),
    "an element of a list": (
        {"a.ts": "class C { m() {} }\nfunction f(cs: C[]) { for (const c of cs) c.m(); cs[0].m() }"},
        ["f -> C.m inferred", "f -> C.m inferred"],
    ),
    "an interface": (
        {"a.ts": "interface I extends J { n(): void }\ninterface J { m(): void }\nfunction f(i: I) { i.m() }"},
        ["f -> J.m inferred"],
    ),
    "a type alias": (
        {"a.ts": "type T = { m(): void } & U\ninterface U { n(): void }\nfunction f(t: T) { t.m(); t.n() }"},
        [
            *("f -> T.m inferred", "f -> U.n inferred"),
        ],
    ),
    "the bound of a type parameter": (
        {"a.ts": "class C { m() {} }\nfunction f<T extends C>(t: T) { t.m() }"},
        ["f -> C.m inferred"],
    ),
    "a member of a type that is written out": (
        {"a.ts": "class C { m() {} }\nfunction f(o: { n: string; c?: C }) { o.c.m() }"},
        ["f -> C.m inferred"],
    ),
    "a parameter that is taken apart": (
        {
            "a.ts": "class C { m() {} }\ninterface P { c: C; d: { e: C } }\n"
            "function f({ c, d: { e } }: P) { c.m(); e.m() }"
        },
        ["f -> C.m inferred", "f -> C.m inferred"],
    ),
    "what a method returns, taken apart": (
        {"a.ts": "class C { m() {} n(): { c: C } {} o() { const { c } = this.n(); c.m() } }"},
        ["C.o -> C.m inferred", "C.o -> C.n mro"],
    ),
    "a type parameter hides": ({"a.ts": "class T { m() {} }\nfunction f<T>(t: T) { t.m() }"}, []),
    "an object literal": (
        {"a.js": "const o = { m() { this.n() }, n: () => 1 }\no.m()"},
        ["o.m -> o.n mro", "a.js -> o.m local"],
    ),
    "a declared object is what it was declared to be": (
        {"a.ts": "interface I { m(): void }\nconst o: I = { m() {} }\no.m()"},
        ["a.ts -> I.m inferred"],
    ),
    "a namespace": ({"a.ts": "namespace N { export function f() {} }\nN.f()"}, ["a.ts -> N.f local"]),
    "a method added to a function": (
        {"a.js": "function F() {}\nF.s = function () {}\nF.prototype.m = function () {}\nF.s()"},
        ["a.js -> F.s local"],
    ),
    "fields that refer to each other": ({"a.ts": "class C { a = this.b; b = this.a; m() { this.a.m() } }"}, []),
    "a variable set from itself": ({"a.js": "let x = x.y\nx.f()"}, []),
}


@pytest.mark.parametrize("name", CALLS)
def test_calls(name: str) -> None:
    files, expected = CALLS[name]
    assert sorted(edges(files, "calls")) == sorted(expected)


USES: dict[str, tuple[Files, list[str]]] = {
    "a name": ({"a.js": "const x = 1\nfunction f() { return x }"}, ["f -> x local"]),
    "a type": ({"a.ts": "interface I {}\nlet x: I[]"}, ["a.ts -> I local"]),
    "an element": ({"a.tsx": "function App() {}\nconst x = <App/>"}, ["a.tsx -> App local"]),
    "a case of an enum": (
        {"a.ts": "enum E { A, B = A }\nx(E.A)"},
        ["E -> E.A local", "a.ts -> E local", "a.ts -> E.A local"],
    ),
    "an attribute": ({"a.js": "class C { x = 1; m() { return this.x } }"}, ["C.m -> C.x mro"]),
    "a method that is handed on": ({"a.js": "class C { m() { on(this.n) } n() {} }"}, ["C.m -> C.n mro"]),
    "what a call goes through": (
        {"a.ts": "import { o } from './b'\no.p.f()", "b.ts": "export const o = { p: { f() {} } }"},
        ["a.ts -> o import", "a.ts -> o.p import"],
    ),
    "the class of a new object": (
        {"a.js": "class C { constructor() {} }\nnew C()"},
        ["a.js -> C local"],
    ),
}


@pytest.mark.parametrize("name", USES)
def test_uses(name: str) -> None:
    files, expected = USES[name]
    assert sorted(edges(files, "uses")) == sorted(expected)


def test_bases_and_overrides_reach_into_other_files() -> None:
    files = {
        "a.ts": "import { B, I } from './b'\nclass C extends B implements I { m() {} i() {} n() {} static s() {} }",
        "b.ts": BASE + "export interface I { i(): void }\n",
    }
    assert sorted(edges(files, "inherits")) == ["C -> B import", "C -> I import"]
    assert sorted(edges(files, "overrides")) == ["C.i -> I.i mro", "C.m -> B.m mro", "C.s -> B.s mro"]


def test_imports_and_exports() -> None:
    files = {
        "a.js": "import { f } from './b'\nimport 'x/y'\nimport fs from 'node:fs'\nexport { f as g, f as default }",
        "b.js": "export function f() {}\nexport * from './c'\nexport { h } from './c'",
        "c.js": "export const h = 1",
    }
    assert edges(files, "imports", "a.js") == [
        "a.js -> b.js import",
        "a.js -> f import",
        "a.js -> x import",
        "a.js -> fs import",
    ]
    assert edges(files, "exports", "a.js") == ["a.js -> f reexport", "a.js -> f reexport"]
    assert sorted(edges(files, "imports", "b.js")) == [
        "b.js -> c.js import",
        "b.js -> c.js import",
        "b.js -> h reexport",
    ]
    assert sorted(edges(files, "exports", "b.js")) == ["b.js -> c.js reexport", "b.js -> f local", "b.js -> h reexport"]
    [outside, _] = [node for node in linked(files)["a.js"].nodes if node.kind is NodeKind.IMPORT]
    assert outside.path == ""


def test_imports_that_only_types_need_say_so() -> None:
    files = {
        "a.ts": "import { I, C, D, f } from './b'\nlet x: C\nexport class E extends D implements I {}\nf()\n"
        "export { I, f } from './b'",
        "b.ts": "export interface I {}\nexport class C {}\nexport class D {}\nexport function f() {}",
    }
    names = {node.id: node.qualified for node in linked(files)["b.ts"].nodes}
    found = [edge for edge in linked(files)["a.ts"].edges if edge.kind is EdgeKind.IMPORTS and names.get(edge.dst)]
    assert [(names[edge.dst], bool(edge.flags & Flag.TYPING)) for edge in found] == [
        *(("I", True), ("C", True), ("D", False), ("f", False), ("I", True), ("f", False)),
    ]


def test_a_call_of_a_method_is_bound_and_says_its_arguments() -> None:
    found = linked({"a.ts": "class C { m(...x) {} static s() {} }\nfunction f(c: C) { c.m(1, ...y); C.s(2) }"})
    calls = [edge for edge in found["a.ts"].edges if edge.kind is EdgeKind.CALLS]
    assert [(edge.shape, bool(edge.flags & Flag.BOUND)) for edge in calls] == [("1,*", True), ("1", False)]


UNKNOWN = {
    "function f(x) { x.m() }": ["x.m type"],
    "function f(x: any) { x.m() }": ["x.m type"],
    "import { f } from 'lib'\nf()": ["f external"],
    "import * as n from 'lib'\nn.a.b()": ["n.a.b external"],
    "const o = { [k]: 1 }\no.m()": ["o.m dynamic"],
    "class C extends mixin(X) { m() { this.n() } }": ["mixin() type", "mixin external", "this.n type"],
    "class C { x = f(); y = this.x.z() }": ["f external", "this.x.z external"],
    "let x = a(); x[0].m()": ["a external", "x[].m dynamic"],
}


@pytest.mark.parametrize("text", UNKNOWN)
def test_what_cannot_be_known_is_unknown_and_no_edge(text: str) -> None:
    assert sorted(unknowns({"a.ts": text})) == sorted(UNKNOWN[text])


def test_what_was_looked_up_is_asked() -> None:
    files = {
        "d/a.ts": "import { C } from './b'\nfunction f(c: C) { c.m() }",
        "d/b.ts": "export * from './c'",
        "d/c.ts": "import { B } from './e'\nexport class C extends B {}",
        "d/e.ts": BASE,
    }
    asked = linked(files)["d/a.ts"].asked
    assert asked >= {
        *(Asked("", "d|./b"), Asked("", "d|./c"), Asked("", "d|./e")),
        *(Asked("d/b.ts", "C"), Asked("d/c.ts", "C"), Asked("d/e.ts", "B")),
    }
    assert JavaScriptLinker(MemoryTree(files)).answer("d|./b") == "d/b.ts"


def test_linking_in_another_order_gives_the_same() -> None:
    files = {
        "a.ts": "import { C } from './b'\nexport class D extends C { m() { super.m() } }",
        "b.ts": "import { D } from './a'\nexport class C { d?: D; m() { this.d?.m() } }",
    }
    tree = MemoryTree(files)
    first, second = JavaScriptLinker(tree), JavaScriptLinker(tree)
    forwards = {path: first.link(path) for path in files}
    assert forwards == {path: second.link(path) for path in reversed(files)}


@pytest.mark.parametrize(
    "text", ["", "\xff\xfe", "<<<<<<< x", "export * from './a'", "import { x } from './a'\nexport { x }"]
)
def test_linking_never_raises(text: str) -> None:
    assert linked({"a.ts": text.encode("latin-1")})["a.ts"].nodes
    assert JavaScriptLinker(MemoryTree({})).link("absent.ts").nodes


def test_many_modules_that_export_each_other_are_linked_at_once() -> None:
    names = [f"m{at}" for at in range(30)]
    stars = "".join(f"export * from './{name}'\n" for name in names)
    files = {f"{name}.js": stars for name in names} | {"m0.js": stars + "export function f() {}"}
    files["a.js"] = "import { f, g } from './m7'\nf()"
    before = time.thread_time()
    assert edges(files, "calls") == ["a.js -> f reexport"]
    assert misses(files) == ["a.js:1 member g"]
    assert time.thread_time() - before < 5


def test_long_ways_do_not_break_the_linker() -> None:
    files = {f"m{at}.ts": f"export {{ f }} from './m{at + 1}'" for at in range(3000)}
    files["m3000.ts"] = "export function f() {}"
    assert linked(files)["m0.ts"].nodes
    values = "".join(f"const x{at} = x{at + 1}.y\n" for at in range(3000))
    assert linked({"a.ts": values + "x0.z()"})["a.ts"].nodes
    notes = "Promise<" * 30 + "C[]" + ">" * 30
    assert linked({"a.ts": f"class C {{ m() {{}} }}\ndeclare function f(): {notes}\nf().m()"})["a.ts"].nodes


def test_files_with_classes_that_extend_each_other_are_linked() -> None:
    files = {
        "a.ts": "import { B } from './b'\nexport class A extends B { m() { this.x() } }",
        "b.ts": "import { A } from './a'\nexport class B extends A {}",
    }
    assert edges(files, "inherits") == ["A -> B import", "B -> A import"]
    chain = "\n".join(f"class C{at} extends C{at + 1} {{}}" for at in range(60))
    assert edges({"a.ts": f"{chain}\nclass C60 {{ m() {{}} }}\nnew C0().m()"}, "calls")
