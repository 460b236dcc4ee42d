"""No file crashes or hangs the reader of JavaScript, whatever it holds."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.facts.extract import facts_of
from kb.facts.model import Binding, Call, Definition, Facts, Import, Status, Use
from tests.strategies import unhurried

SAMPLE = b"""\
import d, * as n from './m'; export * as q from 'x'; export { a as b, default } from "y"
import x = require("z"); import type { T } from './t'
/** Doc. */ @dec({ a: 1 }) export default abstract class C<T extends U = V> extends mixin(B)<T> implements I, J<K> {
  static #p?: number = 1; declare readonly q: string; [k: string]: any; static { this.r = f() }
  constructor(private a: A, public b?: B, ...c: C[]) { super(a); this.d = { e() { return this }, ...f } }
  @on() async *m<T>(this: C, { a, b: [c = 1, , ...d] }: P = {}): Promise<T[]> { yield* await super.m?.()!.x[0].y }
  get g() { return tag`a${b}c` } set g(v) { delete this.h; typeof v === 'x' && (v as any).z() }
}
namespace A.B { export enum E { F = 1 << 2, G, 'H' } } declare module "w" { export const l: typeof import('k') }
type X<T> = T extends infer R ? { [K in keyof R as `x${K}`]-?: R[K] } : (new (...a: any[]) => q) & { y(): void }
for (const [k, v] of O.entries(o)) { label: while (k--) { if (v) continue label; else switch (v) { case 1: let z } } }
try { module.exports = { f, g: h, i() {}, ...j } } catch ({ message }) { throw new E.F(`no ${message}`) } finally { }
const { a, b: { c }, ...rest } = await import('./n'), fn = async x => x ?? (y ||= z), el = <Foo<T>>bar, re = /[/]\\/u/g
var self = this, obj = { [key]: 1, 'a-b': 2, get c() { return 3 }, async *d() {} }; self.x = function z() { arguments }
exports.a = exports.b = require('m').n; Foo.prototype.bar = () => { new.target; import.meta.url }; export = foo
"""
LANGUAGES = ("a.ts", "a.tsx", "a.js")
SECONDS = 8.0


def checked(path: str, data: bytes) -> Facts:
    found = facts_of(path, data)
    rows: list[Definition | Binding | Import | Call | Use] = [*found.definitions, *found.bindings, *found.imports]
    for row in [*rows, *found.calls, *found.uses]:
        assert 0 <= row.scope < len(found.scopes)
        assert 0 <= row.start <= len(data)
        assert 1 <= row.line <= data.count(b"\n") + 1
    for at, scope in enumerate(found.scopes):
        assert scope.parent < at
        assert scope.definition < len(found.definitions)
    assert all(row.inner < len(found.scopes) for row in found.definitions)
    return found


@pytest.mark.parametrize("path", LANGUAGES)
def test_a_sample_of_everything(path: str) -> None:
    assert len(checked(path, SAMPLE).definitions) > (5 if path == "a.js" else 20)


@unhurried
@given(st.sampled_from(LANGUAGES), st.integers(0, len(SAMPLE)), st.integers(0, len(SAMPLE)))
def test_a_piece_of_a_file(path: str, one: int, other: int) -> None:
    checked(path, SAMPLE[min(one, other) : max(one, other)])


@unhurried
@given(
    st.sampled_from(LANGUAGES),
    st.integers(0, len(SAMPLE)),
    st.text("(){}[]<>=.,;:'`\"*?@#!&|/ \n", max_size=6).map(str.encode) | st.binary(max_size=4),
)
def test_a_file_with_something_put_in(path: str, at: int, what: bytes) -> None:
    checked(path, SAMPLE[:at] + what + SAMPLE[at:])


@unhurried
@given(st.sampled_from(LANGUAGES), st.binary(max_size=200))
def test_any_bytes(path: str, data: bytes) -> None:
    checked(path, data)


DEEP = 20_000
NESTED = {
    "calls": b"f(" * DEEP + b")" * DEEP,
    "calls left open": b"f(" * DEEP,
    "chained calls": b"a" + b".b()" * DEEP,
    "arrows": b"x =>" * DEEP + b"1",
    "functions": b"function f(){" * DEEP + b"}" * DEEP,
    "classes": b"class A{static x=" * 5_000,
    "objects": b"x = " + b"{a:" * DEEP,
    "module objects": b"const x = " + b"{a:" * DEEP + b"1" + b"}" * DEEP,
    "namespaces": b"namespace a{" * DEEP + b"}" * DEEP,
    "blocks": b"{" * DEEP + b"}" * DEEP,
    "patterns": b"const " + b"[" * DEEP + b"a" + b"]" * DEEP + b"= b",
    "types": b"let x: " + b"A<" * DEEP + b"B" + b">" * DEEP,
    "parentheses": b"(" * DEEP + b"a" + b")" * DEEP,
    "signs": b"x = " + b"--- " * DEEP + b"a",
    "assignments": b"a += " * DEEP + b"b" + b"++" * DEEP,
    "assigned calls": b"f(" * 300 + b"a" + b").b += 1" * 300,
    "awaits": b"await " * DEEP + b"a",
    "templates": b"`${" * DEEP + b"}`" * DEEP,
    "else if": b"if (a) {} else " * DEEP + b"{}",
    "bases": b"class A extends " + b"(" * DEEP + b"B" + b")" * DEEP + b" {}",
}


@pytest.mark.parametrize("name", NESTED)
def test_deep_nesting_neither_recurses_nor_hangs(name: str) -> None:
    before = time.thread_time()
    found = facts_of("a.ts", NESTED[name])
    assert time.thread_time() - before < SECONDS
    assert found.status in Status


def test_a_minified_file_of_5_mb_is_left_alone_at_once() -> None:
    before = time.thread_time()
    assert facts_of("a.js", b"function a(b){return b+1};" * 200_000).status is Status.UNREAD
    assert time.thread_time() - before < 1
