"""Small random projects, and random edits of them: what links them may change in every way there is."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from kb.view import Entry, blob_id

Choose = random.Random


@dataclass(frozen=True)
class FilesView:
    """A `kb.view.View` of files in memory."""

    files: Mapping[str, bytes]

    @cached_property
    def id(self) -> str:
        digest = hashlib.sha256()
        for path, data in sorted(self.files.items()):
            digest.update(f"{path}\0{blob_id(data)}\0".encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        return {path: Entry(path, 0o100644, blob_id(data)) for path, data in sorted(self.files.items())}

    def read(self, path: str) -> bytes:
        return self.files[path]

    def size(self, path: str) -> int:
        return len(self.files[path])


def view_of(files: Mapping[str, str]) -> FilesView:
    return FilesView({path: text.encode() for path, text in files.items()})


@dataclass(frozen=True)
class Kind:
    """What projects of one language are made of."""

    paths: tuple[str, ...]
    chunk: Callable[[Choose, str], str]
    configs: Mapping[str, tuple[str, ...]]  # path -> texts that it may have


@dataclass
class World:
    """A project that edits itself; each file is a list of pieces."""

    kind: Kind
    choose: Choose
    pieces: dict[str, list[str]] = field(default_factory=dict)
    configs: dict[str, str] = field(default_factory=dict)

    @classmethod
    def begin(cls, kind: Kind, seed: int) -> World:
        world = cls(kind, Choose(seed))
        for path in world.choose.sample(kind.paths, min(7, len(kind.paths))):
            world.pieces[path] = [kind.chunk(world.choose, path) for _ in range(world.choose.randint(1, 6))]
        world._configure()
        return world

    def view(self) -> FilesView:
        return view_of({**{path: "\n".join(pieces) for path, pieces in self.pieces.items()}, **self.configs})

    def edit(self) -> None:
        """Change the project in one to three ways."""
        for _ in range(self.choose.randint(1, 3)):
            self.choose.choice(
                [
                    self._add,
                    self._add,
                    self._drop,
                    self._drop,
                    self._swap,
                    self._move,
                    self._appear,
                    self._vanish,
                    self._rename,
                    self._configure,
                ]
            )()

    def _path(self) -> str | None:
        return self.choose.choice(sorted(self.pieces)) if self.pieces else None

    def _add(self) -> None:
        if (path := self._path()) is not None:
            pieces = self.pieces[path]
            pieces.insert(self.choose.randint(0, len(pieces)), self.kind.chunk(self.choose, path))

    def _drop(self) -> None:
        if (path := self._path()) is not None and self.pieces[path]:
            self.pieces[path].pop(self.choose.randrange(len(self.pieces[path])))

    def _swap(self) -> None:
        if (path := self._path()) is not None:
            self.choose.shuffle(self.pieces[path])

    def _move(self) -> None:
        if (path := self._path()) is not None:
            self.pieces[self.choose.choice(self.kind.paths)] = self.pieces.pop(path)

    def _appear(self) -> None:
        path = self.choose.choice(self.kind.paths)
        self.pieces.setdefault(path, [self.kind.chunk(self.choose, path) for _ in range(self.choose.randint(0, 3))])

    def _vanish(self) -> None:
        if (path := self._path()) is not None:
            del self.pieces[path]

    def _rename(self) -> None:
        """Rename a name everywhere in a few files, or in all."""
        one, other = self.choose.sample(["f", "g", "C", "D", "x"], 2)
        for path in sorted(self.pieces):
            if self.choose.random() < 0.6:
                self.pieces[path] = [
                    piece.replace(f" {one}(", f" {other}(").replace(f"{{ {one} }}", f"{{ {other} }}")
                    for piece in self.pieces[path]
                ]

    def _configure(self) -> None:
        for path, texts in self.kind.configs.items():
            text = self.choose.choice((*texts, ""))
            self.configs.pop(path, None)
            if text:
                self.configs[path] = text


def _python(choose: Choose, path: str) -> str:
    names = {"f": choose.choice("fgx"), "g": choose.choice("fgx"), "C": choose.choice("CDE"), "D": choose.choice("CDE")}
    module = choose.choice(
        ["pkg", "pkg.a", "pkg.b", "pkg.sub", "pkg.sub.c", "ns.d", "lib", "lib.e", "app", "os", "gone"]
    )
    near = choose.choice([".", ".a", ".b", ".c", ".sub", "..", "..a", ".sub.c"])
    template = choose.choice(
        [
            "def {f}(a, b=1):\n    return {g}(a)",
            "def {f}(p: {C}, q: '{D}') -> {D}:\n    p.m()\n    q.y.n()\n    return p.x\n{f}(1, 2).m()",
            "class {C}({D}):\n    def m(self):\n        return self.n()\n    def n(self):\n        return super().n()",
            "class {C}:\n    z = {f}()\n    def __init__(self, x: {D}):\n        t = 1\n        self.x, self.y = x, t",
            "class {C}:\n    def __init__(self, x: {D}):\n        t = {D}()\n        self.x = x\n        self.y = t",
            "class {C}({D}):\n    def n(self):\n        self.x.m()\n        self.y.m()\n        self.gone()",
            "class {C}({module}.{D}):\n    pass",
            "from {module} import {f}, {C}",
            "from {module} import {C} as {D}",
            "from {module} import *",
            "from {near} import {f}, {C}",
            "from {near} import *",
            "from {near} import a, b, sub",
            "import {module}\n{module}.{f}()\n{module}.{C}().m()",
            "import {module} as {g}\n{g}.{f}(1, k=2)",
            "{f} = {C}()\n{f}.m()\n{f}.x.n()",
            "{f} = {g}",
            "__all__ = ['{f}', '{C}']",
            "def __getattr__(name):\n    return 1",
            "try:\n    from {module} import {f}\nexcept ImportError:\n    {f} = None",
            "if TYPE_CHECKING:\n    from {module} import {C}",
            "del {f}",
            "setattr({C}, '{f}', 1)",
            "{C}.y = {D}()",
            "def outer():\n    global {f}\n    {f} = {C}()\n    from {module} import {D}\n    return {D}().m()",
            "with {C}() as {f}:\n    {f}.m()",
            "@{f}\ndef {g}(): pass\n{g}()",
            "{f}()\n{C}().n()\n{C}.m(1)\n{g}.unknown()",
            "def (:",
            "async def {f}():\n    await {g}()",
            "exec('{f} = 1')",
        ]
    )
    return template.format(module=module, near=near, **names)


PYTHON = Kind(
    (
        "app.py",
        "pkg/__init__.py",
        "pkg/a.py",
        "pkg/b.py",
        "pkg/a/__init__.py",
        "pkg/sub/__init__.py",
        "pkg/sub/c.py",
        "pkg/b.pyi",
        "ns/d.py",
        "src/lib/__init__.py",
        "src/lib/e.py",
        "lib/e.py",
        "tests/conftest.py",
        "tests/test_a.py",
        "setup.py",
    ),
    _python,
    {
        "pyproject.toml": (
            "[project]\nname = 'lib'\ndependencies = ['gone']\n",
            "[project]\nname = 'lib'\nrequires-python = '>=3.12'\n[tool.setuptools]\npackage-dir = {'' = 'src'}\n",
        ),
        "pkg/data.json": ("{}",),
    },
)


def _typescript(choose: Choose, path: str) -> str:
    names = {"f": choose.choice("fgx"), "g": choose.choice("fgx"), "C": choose.choice("CDE"), "D": choose.choice("CDE")}
    module = choose.choice(
        [
            "./a",
            "./b",
            "../a",
            "./sub",
            "./sub/c",
            "../b.js",
            "@/a",
            "@/sub/c",
            "lib/e",
            "@org/two",
            "@org/two/x",
            "react",
            "./style.css",
            ".",
            "..",
        ]
    )
    template = choose.choice(
        [
            "export function {f}(a: {C}, b?: number): {D} {{ a.m(); return {g}(a) }}",
            "function {f}() {{ return new {C}().m() }}",
            "export class {C} extends {D} {{ m() {{ return this.n() }} n() {{ return super.n() }} }}",
            "export class {C} {{ x: {D}; y = new {D}(); constructor(private z: {D}) {{ this.x.m() }} n() {{}} }}",
            "class {C} {{ n() {{ this.z.m(); this.gone() }} }}",
            "export interface {C} extends {D} {{ m(): void; x: {D} }}",
            "import {{ {f}, {C} }} from '{module}'",
            "import {{ {C} as {D} }} from '{module}'",
            "import {f} from '{module}'\n{f}()",
            "import * as {g} from '{module}'\n{g}.{f}(1); new {g}.{C}().m()",
            "export {{ {f}, {C} }} from '{module}'",
            "export * from '{module}'",
            "export * as {g} from '{module}'",
            "export default {f}",
            "export default class {C} {{ m() {{}} }}",
            "export {{ {f} as {g} }}",
            "const {f} = new {C}()\n{f}.m(); {f}.x.n()",
            "export const {f} = () => {g}()",
            "export const {f}: {C} = {g}()",
            "const {{ {f} }} = require('{module}')\n{f}()",
            "module.exports = {{ {f}, {C} }}",
            "exports.{f} = {g}",
            "export enum {C} {{ A, B }}\n{C}.A",
            "export type {C} = {D}",
            "import type {{ {C} }} from '{module}'",
            "async function {f}() {{ const m = await import('{module}'); m.{g}() }}",
            "{f}(1, 2); new {C}(1).n(); {g}.unknown()",
            "Object.assign({C}.prototype, {{ z: 1 }})",
            "export class {{ (",
        ]
    )
    return template.format(module=module, **names)


TYPESCRIPT = Kind(
    (
        "a.ts",
        "b.ts",
        "index.ts",
        "src/a.ts",
        "src/a.d.ts",
        "src/b.js",
        "src/b.tsx",
        "src/index.ts",
        "src/sub/index.ts",
        "src/sub/c.ts",
        "src/sub/a.mjs",
        "lib/e.ts",
        "packages/two/index.ts",
        "packages/two/x.ts",
    ),
    _typescript,
    {
        "tsconfig.json": (
            '{"compilerOptions": {"baseUrl": ".", "paths": {"@/*": ["src/*"]}}}',
            '{"compilerOptions": {"paths": {"@/*": ["./src/sub/*", "./src/*"]}}}',
            '{"extends": "./base.json"}',
        ),
        "base.json": ('{"compilerOptions": {"baseUrl": "src"}}',),
        "packages/two/package.json": (
            '{"name": "@org/two", "main": "index.ts"}',
            '{"name": "@org/two", "exports": {".": "./x.ts", "./x": "./index.ts"}}',
        ),
        "package.json": ('{"workspaces": ["packages/*"]}',),
        "src/style.css": ("a {}",),
    },
)


def _go(choose: Choose, path: str) -> str:
    names = {"f": choose.choice("FGX"), "g": choose.choice("fgx"), "C": choose.choice("CDE"), "D": choose.choice("CDE")}
    module = choose.choice(["one", "two", "two/three"])
    template = choose.choice(
        [
            "package {package}",
            'import "example.com/app/{module}"',
            'import k "example.com/app/{module}"\nfunc {g}() {{ k.{f}() }}',
            "func {f}(a int) int {{ return {g}(a) }}",
            "func {g}() {{ {f}(1); v := {C}{{}}; v.M() }}",
            "type {C} struct {{ {D}; x int }}",
            "func (c {C}) M() {{ c.N() }}",
            "func (c *{C}) N() {{ {f}(2) }}",
            "type {C} interface {{ M() }}",
            "const {f} = 1",
            "var {f} = {g}()",
            "func (",
        ]
    )
    return template.format(module=module, package=path.split("/")[-2] if "/" in path else "main", **names)


GO = Kind(
    ("main.go", "more.go", "one/a.go", "one/b.go", "two/a.go", "two/three/a.go", "two/three/b.go", "two/a_test.go"),
    _go,
    {"go.mod": ("module example.com/app\n", "module example.com/other\n")},
)


def _java(choose: Choose, path: str) -> str:
    names = {"f": choose.choice("fgx"), "g": choose.choice("fgx"), "C": choose.choice("CDE"), "D": choose.choice("CDE")}
    package = ".".join(path.split("/")[2:-1]) if path.startswith("src/") else choose.choice(["one", "two"])
    template = choose.choice(
        [
            "package {package};",
            "import {other}.{C};",
            "import {other}.*;",
            "import static {other}.{C}.{f};",
            "class {C} extends {D} {{ void m() {{ this.n(); super.n(); }} void n() {{ {f}(); }} }}",
            "public class {C} {{ {D} x = new {D}(); static int {f}(int a) {{ {g}(a); }} void n() {{ x.m(); }} }}",
            "interface {C} {{ void m(); }}",
            "class {C} implements {D} {{ public void m() {{ {D}.{f}(1); }} }}",
            "enum {C} {{ A, B }}",
            "class {C} {{ {D} {f}({C} a) {{ return a.{g}().x; }} }}",
            "class {{",
        ]
    )
    return template.format(package=package, other=choose.choice(["one", "two", "two.three"]), **names)


JAVA = Kind(
    (
        "src/main/one/C.java",
        "src/main/one/D.java",
        "src/main/two/C.java",
        "src/main/two/E.java",
        "src/main/two/three/D.java",
        "test/one/CTest.java",
    ),
    _java,
    {"pom.xml": ("<project/>",)},
)


def _rust(choose: Choose, path: str) -> str:
    names = {"f": choose.choice("fgx"), "g": choose.choice("fgx"), "C": choose.choice("CDE"), "D": choose.choice("CDE")}
    template = choose.choice(
        [
            "mod {module};",
            "pub mod {module};",
            "use crate::{module}::{f};",
            "use super::{module}::*;",
            "pub use {module}::{C};",
            "pub fn {f}(a: {C}) -> {D} {{ a.m(); {g}(a) }}",
            "pub struct {C} {{ pub x: {D} }}",
            "impl {C} {{ pub fn m(&self) {{ self.n(); {D}::n(); }} }}",
            "impl {D} for {C} {{ fn n(&self) {{ crate::{module}::{f}(1); }} }}",
            "pub trait {D} {{ fn n(&self); }}",
            "fn {{",
        ]
    )
    return template.format(module=choose.choice(["one", "two", "three"]), **names)


RUST = Kind(
    ("src/lib.rs", "src/main.rs", "src/one.rs", "src/two/mod.rs", "src/two/three.rs", "src/three.rs", "tests/it.rs"),
    _rust,
    {"Cargo.toml": ("[package]\nname = 'app'\n", "[package]\nname = 'other'\n[lib]\npath = 'src/one.rs'\n")},
)
