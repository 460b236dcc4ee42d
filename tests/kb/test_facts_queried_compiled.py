"""Languages that are compiled by module or file: a source each, and everything that is in it."""

from __future__ import annotations

import pytest

from tests.kb.queried_shapes import shape

CASES = {
    "c": (
        """\
#include "dir/a.h"
#include <stdio.h>

#define MAX 3
#define SQ(x) ((x) * (x))
/* A thing. */
struct S { int x; struct S *next; };
typedef struct { int y; } Anon;
typedef struct S Alias;
enum E { ONE, TWO };
static int *helper(int a, char *b[]) {
    struct S local;
    return go(a, SQ(local.x));
}
int declared(void);
int variadic(const char *f, ...) { helper(1, 0); return MAX; }
int (*pointer)(int);
""",
        [
            "constant MAX",
            "function SQ(x)",
            "struct S",
            "attribute S.x",
            "attribute S.next",
            "struct Anon",
            "attribute Anon.y",
            "type Alias",
            "enum E",
            "member E.ONE [static]",
            "member E.TWO [static]",
            "function helper(a, b) [private]",
            "function declared() [declared]",
            "function variadic(f, *)",
            "variable pointer",
        ],
        "go/2 SQ/1 helper/2",
        [('"dir/a.h"', "*", ""), ("<stdio.h>", "*", "")],
        [],
    ),
    "cpp": (
        """\
#include "a.h"
namespace foo::bar {
// A thing.
class A : public Base<int>, private ns::Other {
public:
  A(int x = 1) : b_(x) { init(x); }
  ~A();
  virtual int go(const std::string& s) const = 0;
  int over() override { return this->go(""); }
private:
  int b_;
};
A::~A() {}
template <typename T> T make(T&& t) { A* p = new A(1); p->over(); return ns::f<T>(t, 2); }
enum class Color { Red };
}
using str = std::string;
TEST(Suite, Name) { EXPECT_EQ(1, 2); }
""",
        [
            "module foo.bar",
            "class foo.bar.A < Base, ns.Other",
            "method foo.bar.A.A(x=) [exported]",
            "method foo.bar.A.~A() [exported declared]",
            "method foo.bar.A.go(s) [abstract exported declared]",
            "method foo.bar.A.over() [override exported]",
            "attribute foo.bar.A.b_ [private]",
            "method foo.bar.A.~A()",
            "function foo.bar.make(t)",
            "enum foo.bar.Color",
            "member foo.bar.Color.Red [static]",
            "type str",
            "function TEST(, ) [test]",
        ],
        "init/1 this.go/1 A/1 p.over/0 ns.f/2 EXPECT_EQ/2",
        [('"a.h"', "*", "")],
        [],
    ),
    "go": (
        """\
package web

import (
	"fmt"
	x "example.com/a/b"
	. "example.com/dot/v2"
)

// Limit says how many.
const Limit, other = 10, 2

type Engine struct {
	Base
	*x.Other
	name string
}

type Doer interface {
	Do(a, b int, rest ...string) (int, error)
}

func (e *Engine) Run(a int) error {
	y := x.New(a)
	y.Go(a, 1)
	fmt.Println(e.name)
	panic("not implemented") // TODO later
}

func TestRun(t *testing.T) { Map[int](nil) }
""",
        [
            "constant Limit [exported]",
            "constant other [exported]",
            "struct Engine < Base, x.Other [exported]",
            "attribute Engine.name",
            "interface Doer [exported]",
            "method Doer.Do(a, b, *rest) [abstract exported declared]",
            "method Engine.Run(a) [exported]",
            "function TestRun(t) [exported test]",
        ],
        "x.New/1 y.Go/2 fmt.Println/1 panic/1 Map/0*",
        [("fmt", "", "fmt"), ("example.com/a/b", "", "x"), ("example.com/dot/v2", "*", "")],
        ["unimplemented", "todo"],
    ),
    "rust": (
        """\
use std::{io, fmt::{self, Display as D}};
pub use crate::a::*;
mod inner;

/// A thing.
pub struct Thing<T> { pub name: String, n: Vec<T> }
pub enum E { A, B(u32) }
pub trait Tr: Base { fn req(&self, a: u32) -> u32; }

impl<T> Thing<T> {
    pub fn new(name: String) -> Self { todo!() }
    async fn run(&mut self, x: &Other) {
        let t = Thing::new(x);
        self.helper(t, 1)?;
        inner::go(1);
    }
}
impl<T> Tr for Thing<T> { fn req(&self, a: u32) -> u32 { a } }
const MAX: usize = 3;
macro_rules! mac { () => {} }
mod tests {
    #[test]
    fn works() { mac!(); super::top(); }
}
""",
        [
            "struct Thing < Tr [exported]",
            "attribute Thing.name [exported]",
            "attribute Thing.n",
            "enum E [exported]",
            "member E.A [static exported]",
            "member E.B [static exported]",
            "interface Tr < Base [exported]",
            "method Tr.req(self, a) [abstract exported declared]",
            "method Thing.new(name) [static exported]",
            "method Thing.run(self, x) [async]",
            "method Thing.req(self, a)",
            "constant MAX",
            "function mac!()",
            "module tests",
            "function tests.works() [test]",
        ],
        "todo!/0* Thing.new/1 self.helper/2 inner.go/1 mac!/0* super.top/0",
        [
            ("std", "io", "io"),
            ("std", "fmt", "fmt"),
            ("std.fmt", "Display", "D"),
            ("crate.a", "*", ""),
            ("self", "inner", "inner"),
        ],
        ["unimplemented"],
    ),
    "swift": (
        """\
import Foundation
@testable import struct Mod.Thing

/// A thing.
public final class A<T>: Base<T>, P {
    public static let max = 3
    private var b: B?
    init(b: B, _ rest: Int...) { super.init(b) }
    override func go(_ a: Int, with s: String = "x") async -> Int {
        let x = B(1, z: 2)
        b?.run(x).then { q in self.call(q) }
        fatalError("not implemented")
    }
    enum E { case one, two }
}
protocol P { func k(_ a: Int) }
extension A: Z { func ext() {} }
func top() {}
""",
        [
            "class A < Base, P, Z [exported]",
            "attribute A.max [static exported]",
            "attribute A.b [private]",
            "method A.init(b, *rest)",
            "method A.go(a, s=) [async override]",
            "enum A.E",
            "member A.E.one [static]",
            "member A.E.two [static]",
            "interface P",
            "method P.k(a) [abstract declared]",
            "method A.ext()",
            "function top()",
        ],
        "super.init/1 B/2 b.run/1 b.run().then/0* self.call/1 fatalError/1",
        [("Foundation", "", ""), ("Mod", "Thing", "Thing")],
        ["unimplemented"],
    ),
    "zig": (
        """\
const std = @import("std");
const Bar = @import("dir/bar.zig").Bar;

/// A thing.
pub const A = struct {
    b: B,
    pub const max = 3;
    pub fn init(b: B) A {
        return make(b, 1);
    }
    fn own(self: *A, q: u32) void {
        self.go(q);
        @panic("not implemented");
    }
};
const E = enum { one, two };
extern fn cfun(a: c_int) void;
test "works" {
    A.init(1);
}
""",
        [
            "variable std",
            "variable Bar",
            "struct A [exported]",
            "attribute A.b [exported]",
            "attribute A.max [exported]",
            "method A.init(b) [exported]",
            "method A.own(self, q)",
            "enum E",
            "member E.one [static exported]",
            "member E.two [static exported]",
            "function cfun(a) [declared]",
            "function works() [test]",
        ],
        "make/2 self.go/1 A.init/1",
        [("std", "", "std"), ("dir/bar.zig", "Bar", "Bar")],
        ["unimplemented"],
    ),
}


@pytest.mark.parametrize("language", CASES)
def test_definitions_calls_imports_and_holes(language: str) -> None:
    source, definitions, calls, imports, holes = CASES[language]
    assert shape(source, language) == (definitions, calls, imports, holes)
