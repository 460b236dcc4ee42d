"""Which file a module specifier leads to, and which surely leads nowhere."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from kb.graph.javascript import JavaScriptLinker
from kb.graph.javascript_config import read_json
from tests.kb.linked_javascript import misses
from tests.kb.trees_in_memory import MemoryTree

Files = Mapping[str, str]


def package(**fields: object) -> str:
    return json.dumps(fields)


def config(**options: object) -> str:
    return json.dumps({"compilerOptions": options})


LEADS: dict[str, tuple[str, Files, str]] = {
    "the file itself": ("d|./b.js", {"d/b.js": ""}, "d/b.js"),
    "an extension left out": ("d|./b", {"d/b.tsx": ""}, "d/b.tsx"),
    "TypeScript before JavaScript": ("|./b", {"b.js": "", "b.ts": ""}, "b.ts"),
    "a declaration": ("|./b", {"b.d.ts": ""}, "b.d.ts"),
    ".js that means .ts": ("|./b.js", {"b.ts": ""}, "b.ts"),
    ".js that means .tsx": ("|./b.js", {"b.tsx": ""}, "b.tsx"),
    ".mjs that means .mts": ("|./b.mjs", {"b.mts": ""}, "b.mts"),
    "above": ("d/e|../b", {"d/b.js": ""}, "d/b.js"),
    "a folder": ("|./b", {"b/index.ts": ""}, "b/index.ts"),
    "a file before a folder": ("|./b", {"b/index.ts": "", "b.ts": ""}, "b.ts"),
    "the own folder": ("d|.", {"d/index.js": ""}, "d/index.js"),
    "a folder with a package": ("|./b", {"b/package.json": package(main="x"), "b/x.js": ""}, "b/x.js"),
    "JSON": ("|./b.json", {"b.json": "{}"}, "b.json"),
    "an asset": ("|./b.vue", {"b.vue": ""}, "b.vue"),
    "out of the tree": ("d|../../b", {"b.js": ""}, ""),
    "a query": ("|./b.js?raw", {"b.js": ""}, ""),
    "paths": ("d|@/b", {"tsconfig.json": config(paths={"@/*": ["./src/*"]}), "src/b.ts": ""}, "src/b.ts"),
    "paths below baseUrl": (
        "|@/b",
        {"tsconfig.json": config(baseUrl="src", paths={"@/*": ["*"]}), "src/b.ts": ""},
        "src/b.ts",
    ),
    "a whole name in paths": (
        "|lib",
        {"tsconfig.json": config(paths={"lib": ["./src/b"]}), "src/b.ts": ""},
        "src/b.ts",
    ),
    "the second of several paths": (
        "|@/b",
        {"tsconfig.json": config(paths={"@/*": ["x/*", "y/*"]}), "y/b.ts": ""},
        "y/b.ts",
    ),
    "the longer pattern": (
        "|@/c/b",
        {"tsconfig.json": config(paths={"@/*": ["x/*"], "@/c/*": ["y/*"]}), "x/c/b.ts": "", "y/b.ts": ""},
        "y/b.ts",
    ),
    "a pattern with an end": (
        "|#b.local",
        {"tsconfig.json": config(paths={"~*.local": ["src/*"]}), "src/b.ts": ""},
        "",
    ),
    "the nearest configuration": (
        "d|@/b",
        {
            "tsconfig.json": config(paths={"@/*": ["x/*"]}),
            "d/tsconfig.json": config(paths={"@/*": ["y/*"]}),
            "x/b.ts": "",
            "d/y/b.ts": "",
        },
        "d/y/b.ts",
    ),
    "extends": (
        "d|@/b",
        {
            "tsconfig.base.json": config(paths={"@/*": ["x/*"]}),
            "d/tsconfig.json": '{"extends": "../tsconfig.base"}',
            "x/b.ts": "",
        },
        "x/b.ts",
    ),
    "a configuration that extends itself": ("|@/b", {"tsconfig.json": '{"extends": "./tsconfig.json"}'}, ""),
    "comments and commas": (
        "|@/b",
        {
            "tsconfig.json": '{ // "x"\n "compilerOptions": { /* * */ "paths": { "@/*": ["./src/*",], }, }, }',
            "src/b.ts": "",
        },
        "src/b.ts",
    ),
    "jsconfig": ("|~/b", {"jsconfig.json": config(paths={"~/*": ["./*"]}), "b.js": ""}, "b.js"),
    "a configuration beside": (
        "|@/b",
        {"tsconfig.json": "{}", "tsconfig.app.json": config(paths={"@/*": ["src/*"]}), "src/b.ts": ""},
        "src/b.ts",
    ),
    "baseUrl": ("|x/b", {"tsconfig.json": config(baseUrl="src"), "src/x/b.ts": ""}, "src/x/b.ts"),
    "a dependency before baseUrl": (
        "d|react",
        {
            "package.json": package(dependencies={"react": "1"}),
            "tsconfig.json": config(baseUrl="."),
            "react/index.ts": "",
        },
        "",
    ),
    "paths that lead out of the tree": (
        "|react",
        {"tsconfig.json": config(baseUrl=".", paths={"react": ["node_modules/react"]}), "react/index.ts": ""},
        "",
    ),
    "a package of the tree": (
        "a|@s/b",
        {"p/package.json": package(name="@s/b", main="lib.js"), "p/lib.js": ""},
        "p/lib.js",
    ),
    "exports": (
        "|b",
        {"p/package.json": package(name="b", exports={".": {"import": "./x.mjs", "default": "./y.js"}}), "p/x.mjs": ""},
        "p/x.mjs",
    ),
    "exports of a path": (
        "|b/c",
        {"p/package.json": package(name="b", exports={"./c": "./src/c.ts"}), "p/src/c.ts": ""},
        "p/src/c.ts",
    ),
    "exports with a pattern": (
        "|b/c/d",
        {"p/package.json": package(name="b", exports={"./*": "./src/*.ts"}), "p/src/c/d.ts": ""},
        "p/src/c/d.ts",
    ),
    "the source of a build": (
        "|b",
        {"p/package.json": package(name="b", main="dist/index.js"), "p/src/index.ts": ""},
        "p/src/index.ts",
    ),
    "a path in a package": ("|b/x/c", {"p/package.json": package(name="b"), "p/x/c.js": ""}, "p/x/c.js"),
    "the own package": ("test|b", {"package.json": package(name="b", exports="./x.js"), "x.js": ""}, "x.js"),
    "imports": ("src|#c", {"package.json": package(imports={"#c": "./src/c.js"}), "src/c.js": ""}, "src/c.js"),
    "two packages of one name": ("|b", {"p/package.json": package(name="b"), "q/package.json": package(name="b")}, ""),
    "another package": ("|b", {"b/index.js": ""}, ""),
    "a broken package": ("|b", {"p/package.json": "{"}, ""),
}


@pytest.mark.parametrize("name", LEADS)
def test_where_a_module_leads(name: str) -> None:
    key, files, path = LEADS[name]
    answer = JavaScriptLinker(MemoryTree(files)).answer(key)
    assert answer == path or (not path and answer.startswith("?"))


def test_an_answer_tells_apart_how_a_module_leads_nowhere() -> None:
    linker = JavaScriptLinker(MemoryTree({"a.js": ""}))
    assert [linker.answer(key) for key in ("|lib/x", "|./b", "|../b")] == ["?lib", "?missing", ""]


@pytest.mark.parametrize("data", [b"", b"{", b"[1,", b"\xff", b'{"a": "' + b"[" * 100_000, b"[" * 100_000])
def test_configuration_that_cannot_be_read_says_nothing(data: bytes) -> None:
    assert read_json(data) is None


def test_a_string_with_what_looks_like_a_comment_is_kept() -> None:
    assert read_json(b'{"a": "/* x */ // y ,}", /* z */ "b": [1, ], }') == {"a": "/* x */ // y ,}", "b": [1]}


B = "export const a = 1; export default function f() {}\n"
CLASS = "export class C { x = 1; m() { this.n() } }\n"
MISSES: dict[str, tuple[Files, list[str]]] = {
    "a module": ({"a.js": "import './b'"}, ["a.js:1 module ./b"]),
    "a module of another folder": ({"a.ts": "\nexport * from './d/b'", "d/c.ts": ""}, ["a.ts:2 module ./d/b"]),
    "a required module": ({"a.js": "const b = require('./b')"}, ["a.js:1 module ./b"]),
    "through paths": (
        {"a.ts": "import '@/b'", "tsconfig.json": config(paths={"@/*": ["./src/*"]}), "src/c.ts": ""},
        ["a.ts:1 module @/b"],
    ),
    "a member": ({"a.js": "import { b } from './b'", "b.js": B}, ["a.js:1 member b"]),
    "a re-exported member": ({"a.js": "export { b as c } from './b'", "b.js": B}, ["a.js:1 member b"]),
    "a member of a module": ({"a.js": "import * as n from './b'\nn.a; n.b()", "b.js": B}, ["a.js:2 member b"]),
    "a default": ({"a.js": "import b from './b'", "b.js": "export const a = 1"}, ["a.js:1 member default"]),
    "a member through stars": (
        {"a.js": "import { b } from './c'", "c.js": "export * from './b'", "b.js": B},
        ["a.js:1 member b"],
    ),
    "an attribute of this": ({"a.ts": CLASS}, ["a.ts:1 attribute n"]),
    "an attribute that a base lacks": (
        {"a.ts": "import { B } from './b'\nclass C extends B { m() { this.n } }", "b.ts": "export class B {}"},
        ["a.ts:2 attribute n"],
    ),
    "an attribute of a new object": ({"a.ts": "class C {}\nconst c = new C()\nc.n()"}, []),
    "an attribute of a new local object": (
        {"a.ts": "class C {}\nfunction f() { const c = new C(); c.n() }\nnew C().k"},
        ["a.ts:2 attribute n", "a.ts:3 attribute k"],
    ),
    "a static attribute": ({"a.ts": "class C { m() {} }\nC.m()"}, ["a.ts:2 attribute m"]),
    "a case of an enum": ({"a.ts": "enum E { A }\nx(E.B)"}, ["a.ts:2 attribute B"]),
}


@pytest.mark.parametrize("name", MISSES)
def test_what_is_surely_missing(name: str) -> None:
    files, expected = MISSES[name]
    assert misses(files) == expected


def test_a_folder_that_builds_fill_elsewhere_is_a_source_folder_where_sources_lie_in_it() -> None:
    files = {"lib/a.js": "import './b'; import '../dist/c'", "lib/d.js": ""}
    assert misses(files) == ["lib/a.js:1 module ./b"]


SILENT: dict[str, Files] = {
    "an asset": {"a.js": "import './b.css'; import x from './c.svg'; import y from './d.vue'"},
    "a query": {"a.js": "import './b.js?url'"},
    "built": {"a.js": "import './dist/b'; import '../lib/c'; import './generated/d'"},
    "ignored": {"a.js": "import './b'; import './x/c'", ".gitignore": "b.js\n/x/\n"},
    "ignored by a pattern": {"d/a.js": "import './b.gen'", "d/.gitignore": "*.gen.ts\n"},
    "another suffix": {"a.js": "import './b'", "b.web.js": "", "c.vue": ""},
    "a plug-in's suffix": {"a.js": "import './b'", "b.svelte": ""},
    "out of the tree": {"a.js": "import '../b'"},
    "a package": {"a.js": "import { x } from 'lib/y'; import z from '@s/t'"},
    "paths that may be a package": {"a.ts": "import 'lib'", "tsconfig.json": config(paths={"*": ["./types/*"]})},
    "CommonJS": {"a.js": "import { b } from './b'; import d from './b'", "b.js": "exports.a = 1"},
    "no module": {"a.js": "import { b } from './b'", "b.js": "const a = 1"},
    "a star of a package": {"a.js": "import { b } from './b'", "b.js": "export * from 'lib'"},
    "a broken file": {"a.js": "import { b } from './b'", "b.js": "export const a = ;;{{<"},
    "a declaration": {"a.ts": "import { b } from './b'", "b.d.ts": "export const a: 1"},
    "what a declaration beside it says": {
        "a.js": "import { b } from './b.js'",
        "b.js": "export const a = 1",
        "b.d.ts": "export const b: 1",
    },
    "a type from a comment": {"a.ts": "import { T } from './b.js'", "b.js": "/** @typedef {1} T */ export const a = 1"},
    "no code": {"a.js": "import { b } from './b.json'", "b.json": "{}"},
    "the members that every object has": {"a.js": "import * as n from './b'\nn.hasOwnProperty('a')", "b.js": B},
    "this of JavaScript": {"a.js": CLASS},
    "a base that is not known": {"a.ts": "import { B } from 'lib'\nclass C extends B { m() { this.n() } }"},
    "a mixin": {"a.ts": "class C extends mixin(B) { m() { this.n() } }\nclass B {}"},
    "a decorated class": {"a.ts": "@d class C { m() { this.n() } }"},
    "an index signature": {"a.ts": "class C { [k: string]: any; m() { this.n() } }"},
    "an interface of the same name": {"a.ts": "class C { m() { this.n() } }\ninterface C { n(): void }"},
    "members given while it runs": {"a.ts": "class C { constructor() { Object.assign(this, x) } m() { this.n() } }"},
    "guarded": {"a.ts": "class C { m() { if ('n' in this) this.n(); try { this.k() } catch {} } }"},
    "told to be ignored": {"a.ts": "class C { m() {\n// @ts-ignore\nthis.n() } }"},
    "what every object has": {
        "a.ts": "class C { m() { this.toString(); this.constructor.name } }\nC.name; C.prototype"
    },
    "a parameter, which a test may have narrowed": {"a.ts": "class C {}\nfunction f(c: C) { c.n() }"},
    "a static member of a base": {"a.ts": "class B { static s() {} }\nclass C extends B {}\nC.s()"},
    "a class with a namespace": {"a.ts": "class C {}\nnamespace C { export const n = 1 }\nC.n"},
    "the number of a case": {"a.ts": "enum E { A }\nE[0]; E.A.toString()"},
    "an unreadable member": {"a.ts": "class C { [x]() {} m() { this.n() } }"},
    "a name made by a function": {
        "a.ts": "class C { constructor() { Object.defineProperty(this, 'n', {}) } m() { this.n } }"
    },
}


@pytest.mark.parametrize("name", SILENT)
def test_what_may_be_there_is_not_missing(name: str) -> None:
    assert misses(SILENT[name]) == []
