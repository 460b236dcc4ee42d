"""Languages of classes: a source each, and everything that is in it."""

from __future__ import annotations

import pytest

from tests.kb.queried_shapes import shape

CASES = {
    "java": (
        """\
package org.x;

import java.util.List;
import static org.x.Util.help;
import org.z.*;

/** A thing. */
public abstract class A<T> extends Base<T> implements I {
  public static final int MAX = 3;
  private B b;
  public A(B b, int... rest) { super(b); }
  @Override public String go(int a) {
    B local = new B(a, 1);
    help(a).then(x -> this.own(x));
    Object o = new I() { void inner() {} };
    throw new NotImplementedException();
  }
  protected abstract void own(int q);
  enum E { ONE, TWO; }
  interface K { int k(); }
  @Test void works() {}
}
""",
        [
            "class A < Base, I [abstract exported]",
            "attribute A.MAX [static exported]",
            "attribute A.b [private]",
            "method A.<init>(b, *rest) [exported]",
            "method A.go(a) [override exported]",
            "method A.go.<object>.inner()",
            "method A.own(q) [abstract]",
            "enum A.E",
            "member A.E.ONE [static exported]",
            "member A.E.TWO [static exported]",
            "interface A.K",
            "method A.K.k() [abstract exported declared]",
            "method A.works() [test]",
        ],
        "super/1 B/2 help/1 help().then/1 this.own/1 I/0 NotImplementedException/0",
        [("java.util", "List", "List"), ("org.x.Util", "help", "help"), ("org.z", "*", "")],
        ["unimplemented"],
    ),
    "kotlin": (
        """\
package org.x

import a.b.C as D
import q.*

/** A thing. */
open class A<T>(val p: Int, private var q: String = "") : Base<T>(p), I {
    companion object {
        const val MAX = 3
        fun make(): A<Int> = A(1, "x")
    }
    override suspend fun go(a: Int, vararg rest: String): Int {
        val x = D(a)
        x.run(a, key = 1).then { call(it) }
        TODO()
    }
    abstract fun own(q: Int)
}
enum class E {
    ONE,
    TWO
}
object Single
fun String.ext(n: Int) = this.length
""",
        [
            "class A < Base, I [exported]",
            "method A.<init>(p, q=) [exported]",
            "attribute A.p [exported]",
            "attribute A.q [private]",
            "attribute A.MAX [static exported]",
            "method A.make() [static exported]",
            "method A.go(a, *rest) [async override exported]",
            "method A.own(q) [abstract exported declared]",
            "enum E [exported]",
            "member E.ONE [static exported]",
            "member E.TWO [static exported]",
            "class Single [static exported]",
            "function ext(n) [exported]",
        ],
        "Base/1 A/2 D/1 x.run/2 x.run().then/0* call/1 TODO/0",
        [("a.b", "C", "D"), ("q", "*", "")],
        ["unimplemented"],
    ),
    "csharp": (
        """\
using System;
using static System.Math;
using X = A.B.C;

namespace Foo.Bar
{
    /// A thing.
    public abstract class A<T> : Base<T>, N.J
    {
        public const int Max = 3;
        private readonly B _b;
        public string Name { get; set; }
        public A(B b, params int[] rest) : base(b) { }
        public override async Task Go(int a, string k = "x")
        {
            var x = new B(1, a);
            Help(x, k: 3);
            await _b.Run(x);
            throw new NotImplementedException();
        }
        protected abstract void Own(int q);
        enum E { One, Two }
    }
    public record P(int X);
    public interface K { int M(); }
}
""",
        [
            "module Foo.Bar",
            "class Foo.Bar.A < Base, N.J [abstract exported]",
            "attribute Foo.Bar.A.Max [exported]",
            "attribute Foo.Bar.A._b [private]",
            "attribute Foo.Bar.A.Name [exported]",
            "method Foo.Bar.A.<init>(b, *rest) [exported]",
            "method Foo.Bar.A.Go(a, k=) [async override exported]",
            "method Foo.Bar.A.Own(q) [abstract]",
            "enum Foo.Bar.A.E",
            "member Foo.Bar.A.E.One [static exported]",
            "member Foo.Bar.A.E.Two [static exported]",
            "class Foo.Bar.P [exported]",
            "method Foo.Bar.P.<init>(X) [exported]",
            "attribute Foo.Bar.P.X [exported]",
            "interface Foo.Bar.K [exported]",
            "method Foo.Bar.K.M() [abstract exported declared]",
        ],
        "base/1 B/2 Help/2 _b.Run/1 NotImplementedException/0",
        [("System", "*", ""), ("System.Math", "*", ""), ("A.B.C", "", "X")],
        ["unimplemented"],
    ),
    "php": (
        """\
<?php
namespace Foo\\Bar;

use A\\B\\C;
use A\\{D, E as F};
use function A\\fn1;
require __DIR__ . '/x.php';

/** A thing. */
abstract class K extends Base implements \\Q\\J {
    use TraitA;
    const MAX = 3;
    private ?C $c;
    public function __construct(private B $b, int ...$rest) { parent::__construct($b); }
    public static function make(int $a, $s = null): static { return new static($a); }
    abstract protected function own(int $q): void;
    function go($x) {
        $y = new F(1, ...$x);
        fn1($x, k: 3);
        $this->own(1)->then(self::make(2));
        throw new \\Exception("not implemented");
    }
}
interface I extends L, M { public function k(); }
enum Suit { case A; }
function baz() { return new class { function anon() {} }; }
""",
        [
            "class K < Base, \\Q\\J, TraitA [abstract exported]",
            "constant K.MAX [static exported]",
            "attribute K.c [private]",
            "method K.__construct($b, *$rest) [exported]",
            "attribute K.b [private]",
            "method K.make($a, $s=) [static exported]",
            "method K.own($q) [abstract private]",
            "method K.go($x) [exported]",
            "interface I < L, M [exported]",
            "method I.k() [abstract exported declared]",
            "enum Suit [exported]",
            "member Suit.A [static exported]",
            "function baz() [exported]",
            "method baz.<object>.anon() [exported]",
        ],
        "parent.__construct/1 static/1 F/1* fn1/2 $this.own/1 $this.own().then/1 self.make/1 \\Exception/1",
        [("A\\B", "C", "C"), ("A", "D", "D"), ("A", "E", "F"), ("A", "fn1", "fn1"), ("./x.php", "", "")],
        ["unimplemented"],
    ),
    "ruby": (
        """\
require "set"
require_relative 'a/b'

# A thing.
module Foo
  class A < Base::X
    include Mixin
    MAX = 3
    attr_reader :name
    def initialize(a, b = 1, *rest, k:, **kw)
      super(a)
      x = B.new(1)
      x.run(a).then { |q| call(q) }
      raise NotImplementedError
    end
    def self.make; end
    class << self
      def inner(w) = w
    end
    private
    def priv; end
  end
end
def test_top; end
""",
        [
            "module Foo [exported]",
            "class Foo.A < Base.X, Mixin [exported]",
            "constant Foo.A.MAX [exported]",
            "attribute Foo.A.name [exported]",
            "method Foo.A.initialize(a, b=, *rest, k, **kw) [exported]",
            "method Foo.A.make() [static exported]",
            "method Foo.A.inner(w) [static exported]",
            "method Foo.A.priv() [private]",
            "function test_top() [exported test]",
        ],
        "require/1 require_relative/1 include/1 attr_reader/1 super/1 B.new/1 x.run/1 x.run().then/0* call/1 raise/1",
        [("set", "", ""), ("./a/b", "", "")],
        ["unimplemented"],
    ),
}


@pytest.mark.parametrize("language", CASES)
def test_definitions_calls_imports_and_holes(language: str) -> None:
    source, definitions, calls, imports, holes = CASES[language]
    assert shape(source, language) == (definitions, calls, imports, holes)
