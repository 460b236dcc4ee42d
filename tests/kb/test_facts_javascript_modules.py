"""What JavaScript and TypeScript files import and export."""

from __future__ import annotations

import pytest

from kb.facts.javascript import extract
from kb.facts.model import Facts, Flag

TYPING, DEFERRED, DEFAULT, GUARDED = Flag.TYPING, Flag.DEFERRED, Flag.DEFAULT, Flag.GUARDED


def facts(text: str, language: str = "typescript") -> Facts:
    return extract(text.encode(), language)


Row = tuple[str, str, str, int]
IMPORTS: dict[str, list[Row]] = {
    "import 'm'": [("m", "", "", 0)],
    "import d, { a, b as c } from 'm'": [("m", "default", "d", 0), ("m", "a", "a", 0), ("m", "b", "c", 0)],
    "import * as n from 'm'": [("m", "", "n", 0)],
    "import { default as d, 'a b' as c } from 'm'": [("m", "default", "d", 0), ("m", "a b", "c", 0)],
    "import type { T } from 'm'": [("m", "T", "T", TYPING)],
    "import { type T, a } from 'm'": [("m", "T", "T", TYPING), ("m", "a", "a", 0)],
    "import type D from 'm'": [("m", "default", "D", TYPING)],
    "import x = require('m')": [("m", "", "x", 0)],
    "import j from './a.json' with { type: 'json' }": [("./a.json", "default", "j", 0)],
    "const x = require('m')": [("m", "", "x", 0)],
    "const { a, b: c } = require('m')": [("m", "a", "a", 0), ("m", "b", "c", 0)],
    "const x = require('m').a": [("m", "a", "x", 0)],
    "require('m').a()": [("m", "", "", 0)],
    "import('m')": [("m", "", "", DEFERRED)],
    "const x = await import('m')": [("m", "", "x", DEFERRED)],
    "async () => { const { a } = await import('m') }": [("m", "a", "a", DEFERRED)],
    "try { require('m') } catch {}": [("m", "", "", GUARDED | Flag.CONDITIONAL)],
    "// @ts-ignore\nimport a from 'm'": [("m", "default", "a", GUARDED)],
    "import(`m`)": [("m", "", "", DEFERRED)],
    "import(`m/${x}`)": [],
    "require(x)": [],
    "function bundled(require) { require('m'); const x = require('m') }": [],
}


@pytest.mark.parametrize("text", IMPORTS)
def test_what_is_imported(text: str) -> None:
    found = [(row.module, row.name, row.alias, Flag(row.flags)) for row in facts(text).imports]
    assert found == [(module, name, alias, Flag(flags)) for module, name, alias, flags in IMPORTS[text]]


EXPORTS: dict[str, list[Row]] = {
    "export const a = 1, b = 2; export function f() {}": [("a", "a", "", 0), ("b", "b", "", 0), ("f", "f", "", 0)],
    "export { a, b as c }": [("a", "a", "", 0), ("c", "b", "", 0)],
    "export { a as default }": [("default", "a", "", DEFAULT)],
    "export { a, default as b } from 'm'": [("a", "a", "m", 0), ("b", "default", "m", 0)],
    "export * from 'm'": [("*", "", "m", 0)],
    "export * as n from 'm'": [("n", "*", "m", 0)],
    "export type { T } from 'm'": [("T", "T", "m", TYPING)],
    "export interface I {}": [("I", "I", "", TYPING)],
    "export default function f() {}": [("default", "f", "", DEFAULT)],
    "export default () => 1": [("default", "default", "", DEFAULT)],
    "export default f(x)": [("default", "f()", "", DEFAULT)],
    "export = x": [("default", "x", "", 0)],
    "export const { a, b: [c] } = x": [("a", "a", "", 0), ("c", "c", "", 0)],
    "function f(): void; export function f() {}": [("f", "f", "", 0)],
    "module.exports = f": [("default", "f", "", 0)],
    "module.exports = class {}": [("default", "module.exports", "", 0)],
    "module.exports = require('m')": [("default", "*", "m", 0)],
    "module.exports.a = b; exports.c = () => 1": [("a", "b", "", 0), ("c", "exports.c", "", 0)],
    "exports.a = require('m').b": [("a", "b", "m", 0)],
    "module.exports = { a, b: c, d() {}, e: require('m') }": [
        *(("default", "module.exports", "", 0), ("a", "a", "", 0), ("b", "c", "", 0)),
        *(("d", "module.exports.d", "", 0), ("e", "*", "m", 0)),
    ],
    "declare module 'x' { export const a: 1 }": [],
    "namespace N { export const a = 1 }": [],
}


@pytest.mark.parametrize("text", EXPORTS)
def test_what_is_exported(text: str) -> None:
    found = [(row.name, row.local, row.module, Flag(row.flags)) for row in facts(text).exports]
    assert found == [(name, local, module, Flag(flags)) for name, local, module, flags in EXPORTS[text]]


KNOWN = {
    "export const a = 1": True,
    "import 'm'": True,
    "export * from 'm'": True,
    "const a = 1": False,
    "module.exports = { a: 1 }": False,
    "export = a": False,
    "export const a = ;\n<<<<<<<": False,
}


@pytest.mark.parametrize("text", KNOWN)
def test_only_a_module_that_parses_is_known_to_export_nothing_else(text: str) -> None:
    assert facts(text).exports_known is KNOWN[text]
