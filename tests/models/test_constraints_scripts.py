"""What the grammars of JavaScript, TypeScript and of every other language accept and reject."""

from __future__ import annotations

from functools import cache

import pytest

from models.constraints.grammars.javascript import javascript_grammar
from models.constraints.grammars.other import balanced_grammar, comment_grammar
from tests.models.constraining import takes

script = cache(javascript_grammar)

JAVASCRIPT = [
    "x = a / b / c",
    "let r = /a[/]b/g.test(x) ? y : z",
    "`a${b}c${`${d}`}`",
    "const {a, b: [c], ...d} = e",
    "a?.b?.[c]?.(d)",
    "for (const [k, v] of Object.entries(x)) { try { await k } catch { } }",
    "if (a) b(); else c()",
    "a >>= 1 >>> 2",
    "class A extends B { static #x = 1; get y() { return this.#x } async *z() {} static {} }",
    "(() => {})()",
    "x => ({a, ...b})",
    "switch (a) { case 1: b; break; default: c }",
    "do { a++ } while (b)",
    "import d, {x as y} from 'm'",
    "export default function () {}",
    "label: while (1) break label",
    "new A(b).c\n// d\n/* e */ f",
    "async function* f(a = 1, {b}) { yield* a }",
    "return <a b='c' {...d}>e {f} <g/></a>",
    "var a = b ? c : d, e;",
    "throw new Error(`a`)",
    "a ??= b ** c",
    "x = y\n/* c */\nz()",
    "delete a[b], void 0, typeof c === 'd'",
]
NO_JAVASCRIPT = [
    "x = ",
    "if (a",
    "function (",
    "`a${b`",
    "const = 1",
    "a => ",
    "{ a",
    "class { x",
    "'a",
    ")",
    "for (;;",
]
TYPESCRIPT = [
    "const a: Array<Map<string, number>> = new Map<string, Array<number>>()",
    "interface A<T extends B = C> extends D { a?: T; b(c: E): void; readonly [k: string]: F }",
    "type A = B extends infer C ? D[keyof E] : `a${F}`",
    "type M = { readonly [K in keyof T as U]?: T[K] }",
    "enum A { B = 1, C }",
    "function f(this: A, b?: string, ...c: D[]): b is string { return b as any }",
    "abstract class A<T> implements B { private constructor(readonly a: C) { super() } declare x: Y; z!: W }",
    "declare module 'a' { export = b }",
    "let x = <any>y",
    "a!.b satisfies C",
    "export type { A } from 'b'",
    "function f(a: A): B;",
    "namespace A.B { let c }",
    "let f: (a: A) => asserts a is B",
    "let t: [a: A, b?: B, ...C[]]",
    "type G = abstract new () => void",
    "@D() class A { @E f: G }",
]


@pytest.mark.parametrize("text", JAVASCRIPT)
def test_javascript_is_accepted(text):
    assert takes(script("javascript", "statements"), text)


@pytest.mark.parametrize("text", NO_JAVASCRIPT)
def test_what_is_no_javascript_is_rejected(text):
    assert not takes(script("javascript", "statements"), text)


@pytest.mark.parametrize("text", TYPESCRIPT)
def test_typescript_is_accepted(text):
    assert takes(script("typescript", "statements"), text)


def test_types_are_of_typescript_only():
    assert not takes(script("javascript", "statements"), "let a: b = c")
    assert not takes(script("javascript", "expression"), "a as b")


def test_jsx_is_of_javascript_and_tsx_only():
    text = "<A b={c}>\n  d\n</A>"
    assert takes(script("tsx", "expression"), text)
    assert takes(script("javascript", "expression"), text)
    assert not takes(script("typescript", "expression"), text)


@pytest.mark.parametrize("language", ["javascript", "typescript", "tsx"])
def test_classes_of_script_nodes(language):
    good = {"identifier": ["a", "#b"], "argument_list": ["(a, ...b)"], "string": ["'a'", "`a${b}`"], "number": ["1n"]}
    good |= {
        "comment": ["// a", "/* a\n*/"],
        "block": ["{ a }", "{}"],
        "class_body": ["{ a() {} }"],
        "parameters": ["(a, {b})"],
    }
    for node_class, texts in good.items():
        assert [text for text in texts if not takes(script(language, node_class), text)] == []
        assert not takes(script(language, node_class), "a b c (")
    with pytest.raises(KeyError):
        javascript_grammar(language, "nonsense")


OTHERS = {
    "go": (['f(a[1], "(")', "if a { b('(') }", "`(`", "// ( \nx"], ["f(a", "a)", "{(})"]),
    "rust": (["fn f<'a>(x: &'a str) -> &'a str { x }", 'r#"("#', "'('"], ["f(a]", "{"]),
    "ruby": (['a { |b| "(" } # (', "'('"], ["f(a"]),
    "java": (['"""\n(\n"""', "a(b);"], ["a(b;"]),
}


@pytest.mark.parametrize("language", OTHERS)
def test_brackets_balance_in_other_languages(language):
    good, bad = OTHERS[language]
    assert [text for text in good if not takes(balanced_grammar(language), text)] == []
    assert [text for text in bad if takes(balanced_grammar(language), text)] == []


def test_of_a_language_that_nobody_knows_any_text_is_accepted():
    assert takes(balanced_grammar("nonsense"), ")(")
    assert not takes(balanced_grammar("nonsense"), "")
    assert takes(comment_grammar("go"), "// a")
    assert not takes(comment_grammar("go"), "a")
