"""Languages compiled by module or file: where calls, bases and imports lead, and where they stay unknown."""

from __future__ import annotations

import pytest

from kb.graph.model import node_id
from tests.kb.other_trees import edges, linked, tree, unknown

# language -> (files, the file looked at, its edges, some of its calls that are not known)
CASES = {
    "c": (
        """\
== src/a.c
#include "inc/b.h"
#include <stdio.h>
static int own(int a) { return a; }
int main(void) { own(1); in_b(2); hidden(); SQ(3); printf("x"); return 0; }
== src/inc/b.h
#include "c.h"
int in_b(int);
== src/inc/c.h
#define SQ(x) ((x) * (x))
== src/b.c
#include "inc/b.h"
int in_b(int a) { return a; }
int hidden(void) { return 1; }
""",
        "src/a.c",
        [
            "imports . -> src/inc/b.h",
            "imports . -> (stdio.h)",
            "calls main -> src/a.c:own",
            "calls main -> src/b.c:in_b",
            "calls main -> src/inc/c.h:SQ",
        ],
        ["hidden", "printf"],
    ),
    "cpp": (
        """\
== a.cc
#include "b.h"
namespace n {
void A::run(B b) {
  own();
  b.go();
  this->own();
  free_one(1);
  B::stat();
  x.go();
}
}
== b.h
namespace n {
class B {
 public:
  void go() {}
  static void stat() {}
};
class A : public B {
  void run(B b);
  void own() {}
};
void free_one(int a);
}
== c.cc
#include "b.h"
namespace n {
void free_one(int a) {}
}
""",
        "a.cc",
        [
            "imports . -> b.h",
            "calls n.A.run -> b.h:n.A.own",
            "calls n.A.run -> b.h:n.B.go",
            "calls n.A.run -> b.h:n.A.own",
            "calls n.A.run -> c.cc:n.free_one",
            "calls n.A.run -> b.h:n.B.stat",
        ],
        ["x.go"],
    ),
    "go": (
        """\
== go.mod
module example.com/app
== main.go
package main

import (
	"fmt"
	"example.com/app/web"
)

func main() {
	e := web.New(1)
	e.Run()
	web.hidden()
	help()
	fmt.Println()
	x.Run()
}
== help.go
package main

func help() {}
== help_test.go
package main

func TestHelp() { help(); main() }
== web/a.go
package web

type Engine struct{ Base }

func New(a int) *Engine { return nil }
func hidden() {}
== web/b.go
package web

type Base struct{}

func (b *Base) Run() { b.stop() }
func (b Base) stop() {}
""",
        "main.go",
        [
            "imports . -> (fmt)",
            "imports . -> web/a.go",
            "imports . -> web/b.go",
            "calls main -> web/a.go:New",
            "calls main -> web/b.go:Base.Run",
            "calls main -> help.go:help",
        ],
        ["fmt.Println", "web.hidden", "x.Run"],
    ),
    "rust": (
        """\
== Cargo.toml
[package]
name = "my-app"
== src/lib.rs
mod a;
pub mod b;
pub use b::Thing;
use std::io;
fn top() {
    a::go();
    crate::b::deep::run(1);
    let t = Thing::new();
    t.stop();
    helper();
    x.stop();
    io::stdin();
}
fn helper() {}
== src/a.rs
use super::b::{Thing, Tr};
pub fn go() { super::helper(); self::own(); }
fn own() {}
struct S { t: Thing }
impl S { fn f(&self) { self.t.stop(); Self::g(); self.h(1); } fn g() {} fn h(&self, a: u8) {} }
impl Tr for S { fn req(&self) {} }
== src/b/mod.rs
pub mod deep;
pub struct Thing;
impl Thing { pub fn new() -> Self { Thing } pub fn stop(&self) {} }
pub trait Tr { fn req(&self); }
== src/b/deep.rs
pub fn run(a: u8) {}
== src/main.rs
use my_app::Thing;
fn main() { Thing::new().stop(); }
""",
        "src/lib.rs",
        [
            "imports . -> src/a.rs",
            "imports . -> src/b/mod.rs",
            "imports . -> src/b/mod.rs",
            "imports . -> src/b/mod.rs:Thing",
            "imports . -> (std.io)",
            "calls top -> src/a.rs:go",
            "calls top -> src/b/deep.rs:run",
            "calls top -> src/b/mod.rs:Thing.new",
            "calls top -> src/b/mod.rs:Thing.stop",
            "calls top -> src/lib.rs:helper",
        ],
        ["io.stdin", "x.stop"],
    ),
    "swift": (
        """\
== Package.swift
let p = Package(targets: [.target(name: "App", path: "Source"), .target(name: "Other")])
== Source/A.swift
import Foundation
class A: Base {
    let b: B
    override func run() {
        b.go(1)
        self.ext()
        super.run()
        inherited()
        top()
        B()
        hidden()
        x.go(1)
    }
}
== Source/in/B.swift
class Base {
    func run() {}
    func inherited() {}
}
struct B {
    func go(_ a: Int) {}
}
extension A {
    func ext() {}
}
func top() {}
== Sources/Other/C.swift
func hidden() {}
""",
        "Source/A.swift",
        [
            "imports . -> (Foundation)",
            "inherits A -> Source/in/B.swift:Base",
            "overrides A.run -> Source/in/B.swift:Base.run",
            "calls A.run -> Source/in/B.swift:B.go",
            "calls A.run -> Source/in/B.swift:A.ext",
            "calls A.run -> Source/in/B.swift:Base.run",
            "calls A.run -> Source/in/B.swift:Base.inherited",
            "calls A.run -> Source/in/B.swift:top",
            "calls A.run -> Source/in/B.swift:B",
        ],
        ["hidden", "x.go"],
    ),
    "zig": (
        """\
== a.zig
const std = @import("std");
const b = @import("in/b.zig");
const Bar = @import("in/b.zig").Bar;
fn run(p: *Bar) void {
    b.go(1);
    p.stop();
    own();
    std.debug.print(1);
    x.stop();
    Bar.init();
}
fn own() void {}
== in/b.zig
pub fn go(a: u32) void {}
pub const Bar = struct {
    n: u32,
    pub fn init() Bar {}
    pub fn stop(self: *Bar) void {
        self.inner();
    }
    fn inner(self: Bar) void {}
};
""",
        "a.zig",
        [
            "imports . -> (std)",
            "imports . -> in/b.zig",
            "imports . -> in/b.zig",
            "imports . -> in/b.zig:Bar",
            "calls run -> in/b.zig:go",
            "calls run -> in/b.zig:Bar.stop",
            "calls run -> a.zig:own",
            "calls run -> in/b.zig:Bar.init",
        ],
        ["std.debug.print", "x.stop"],
    ),
}


@pytest.mark.parametrize("language", CASES)
def test_where_calls_bases_and_imports_lead(language: str) -> None:
    text, path, expected, unresolved = CASES[language]
    assert sorted(edges(tree(text), path)) == sorted(expected)
    assert unknown(tree(text), path) >= set(unresolved)


@pytest.mark.parametrize("language", CASES)
def test_every_edge_ends_at_a_node_and_nothing_is_missing(language: str) -> None:
    found = linked(tree(CASES[language][0]))
    ids = {node.id for one in found.values() for node in one.nodes}
    for path, one in found.items():
        assert not one.misses
        assert {edge.dst for edge in one.edges} <= ids
        assert {edge.src for edge in one.edges} <= ids
        assert node_id(path, "") in ids
