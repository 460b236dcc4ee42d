"""Languages of classes: where calls, bases and imports of small trees lead, and where they stay unknown."""

from __future__ import annotations

import pytest

from kb.graph.model import node_id
from tests.kb.other_trees import edges, linked, tree, unknown

# language -> (files, the file looked at, its edges, some of its calls that are not known)
CASES = {
    "java": (
        """\
== src/org/x/A.java
package org.x;
import org.y.B;
import static org.y.Util.help;
import java.util.List;
class A extends Base implements Runs {
  private B b;
  A() { super(1); }
  public void run(int a) { b.go(1); b.go(); own(); inherited(a); help(); new B(2); gone(); Peer.stat(); }
  void own() { Object o = new Runs() { public void run(int a) { own(); } }; }
}
== src/org/x/Base.java
package org.x;
class Base {
  Base(int a) {}
  void inherited(int a) {}
}
== src/org/x/Runs.java
package org.x;
interface Runs { void run(int a); }
== src/org/x/Peer.java
package org.x;
class Peer { static void stat() {} }
== src/org/y/B.java
package org.y;
public class B { public B(int a) {} public void go(int a) {} }
== src/org/y/Util.java
package org.y;
public class Util { public static void help() {} }
""",
        "src/org/x/A.java",
        [
            "imports . -> src/org/y/B.java",
            "imports . -> src/org/y/B.java:B",
            "imports . -> src/org/y/Util.java",
            "imports . -> src/org/y/Util.java:Util.help",
            "imports . -> (java.util.List)",
            "inherits A -> src/org/x/Base.java:Base",
            "inherits A -> src/org/x/Runs.java:Runs",
            "calls A.<init> -> src/org/x/Base.java:Base",
            "overrides A.run -> src/org/x/Runs.java:Runs.run",
            "calls A.run -> src/org/y/B.java:B.go",
            "calls A.run -> src/org/x/A.java:A.own",
            "calls A.run -> src/org/x/Base.java:Base.inherited",
            "calls A.run -> src/org/y/Util.java:Util.help",
            "calls A.run -> src/org/y/B.java:B",
            "calls A.run -> src/org/x/Peer.java:Peer.stat",
            "calls A.own -> src/org/x/Runs.java:Runs",
        ],
        ["b.go", "gone", "own"],
    ),
    "kotlin": (
        """\
== A.kt
package org.x

import org.y.B
import org.y.help
import org.z.*

class A(val b: B) : Base() {
    fun run() {
        b.go(1)
        help()
        starred()
        own()
        ext()
        peer()
        listOf(1)
    }
    fun own() {}
}
== Base.kt
package org.x

open class Base

fun peer() {}
== B.kt
package org.y

class B {
    fun go(a: Int) {}
}

fun help() {}
fun B.ext() {}
== Z.kt
package org.z

fun starred() {}
fun String.ext() {}
""",
        "A.kt",
        [
            "imports . -> B.kt",
            "imports . -> B.kt:B",
            "imports . -> B.kt",
            "imports . -> B.kt:help",
            "inherits A -> Base.kt:Base",
            "calls A -> Base.kt:Base",
            "calls A.run -> B.kt:B.go",
            "calls A.run -> B.kt:help",
            "calls A.run -> Z.kt:starred",
            "calls A.run -> A.kt:A.own",
            "calls A.run -> Base.kt:peer",
        ],
        ["ext", "listOf"],
    ),
    "csharp": (
        """\
== A.cs
using N.Other;
using Al = N.Deep.Inner;
namespace N.App
{
    class A : Base
    {
        private readonly B _b;
        public override void Run()
        {
            _b.Go(1);
            var c = new B();
            c.Go(2);
            Inherited();
            Al.Stat();
            Up.Stat();
            gone();
        }
    }
}
== Base.cs
namespace N.App;
abstract class Base {
  public abstract void Run();
  void Inherited() {}
}
== B.cs
namespace N.Other { public class B { public void Go(int a) {} } }
== C.cs
namespace N.Deep { public class Inner { public static void Stat() {} } }
namespace N { public class Up { public static void Stat() {} } }
""",
        "A.cs",
        [
            "imports . -> C.cs",
            "inherits N.App.A -> Base.cs:Base",
            "overrides N.App.A.Run -> Base.cs:Base.Run",
            "calls N.App.A.Run -> B.cs:N.Other.B.Go",
            "calls N.App.A.Run -> B.cs:N.Other.B",
            "calls N.App.A.Run -> B.cs:N.Other.B.Go",
            "calls N.App.A.Run -> Base.cs:Base.Inherited",
            "calls N.App.A.Run -> C.cs:N.Deep.Inner.Stat",
            "calls N.App.A.Run -> C.cs:N.Up.Stat",
        ],
        ["gone"],
    ),
    "php": (
        """\
== a.php
<?php
namespace App;
use Lib\\B;
use function Lib\\help;
require __DIR__ . '/c.php';
class A extends Base {
  private B $b;
  function run(B $p) {
    $this->b->go(1); $p->go(); B::make()->go();
    new B(1); help(); own(); \\Lib\\help(); $this->inherited(); parent::run($p); self::stat(); $x->go(); strlen('');
  }
  static function stat() {}
}
function own() {}
== base.php
<?php
namespace App;
class Base { function run(B $p) {} function inherited() {} }
== b.php
<?php
namespace Lib;
class B { function go() {} static function make(): static {} }
function help() {}
== c.php
<?php
""",
        "a.php",
        [
            "imports . -> b.php",
            "imports . -> b.php:B",
            "imports . -> b.php",
            "imports . -> b.php:help",
            "imports . -> c.php",
            "inherits A -> base.php:Base",
            "overrides A.run -> base.php:Base.run",
            "calls A.run -> b.php:B.go",
            "calls A.run -> b.php:B.go",
            "calls A.run -> b.php:B.make",
            "calls A.run -> b.php:B.go",
            "calls A.run -> b.php:B",
            "calls A.run -> b.php:help",
            "calls A.run -> a.php:own",
            "calls A.run -> b.php:help",
            "calls A.run -> base.php:Base.inherited",
            "calls A.run -> base.php:Base.run",
            "calls A.run -> a.php:A.stat",
        ],
        ["$x.go", "strlen"],
    ),
    "ruby": (
        """\
== lib/app.rb
require "set"
require "app/b"
require_relative "c"
module App
  class A < Base
    include Mix
    def run(x)
      B.new(1).go
      own
      own()
      mixed()
      inherited(1)
      C::D.make
      x.go
      stat()
      super
    end
    def own; end
    def self.stat; end
  end
end
== lib/app/b.rb
module App
  class B
    def go; end
  end
  module Mix
    def mixed; end
  end
end
== lib/c.rb
module App
  class Base
    def inherited(a); end
    def run(x); end
  end
end
class C
  class D
    def self.make; end
  end
end
""",
        "lib/app.rb",
        [
            "imports . -> (set)",
            "imports . -> lib/app/b.rb",
            "imports . -> lib/c.rb",
            "inherits App.A -> lib/app/b.rb:App.Mix",
            "inherits App.A -> lib/c.rb:App.Base",
            "overrides App.A.run -> lib/c.rb:App.Base.run",
            "calls App.A.run -> lib/app/b.rb:App.B",
            "calls App.A.run -> lib/app/b.rb:App.B.go",
            "calls App.A.run -> lib/app.rb:App.A.own",
            "calls App.A.run -> lib/app/b.rb:App.Mix.mixed",
            "calls App.A.run -> lib/c.rb:App.Base.inherited",
            "calls App.A.run -> lib/c.rb:C.D.make",
        ],
        ["include", "require", "require_relative", "stat", "x.go"],
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
