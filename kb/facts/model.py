"""The facts of one file. A pure function of its bytes and of the extractor's version; no path, no clock.

Records are msgspec structures: a file has thousands, and they are stored and loaded at every review.

A *chain* is an expression written in one word: a root and what follows it.

    root     a name, `super`, `this`, a literal's type (`<str>` `<bytes>` `<int>` `<float>` `<bool>` `<none>` `<list>`
             `<dict>` `<set>` `<tuple>` `<regex>` `<function>` `<object>`), or `?` for any other expression
    then     `.name` an attribute, `()` a call, `[]` a subscript, `^` awaited

`super().save` is itself, `await f(x)[0].y` is `f()^[].y`, `(a or b).c` is `?.c`. A root `?` leads nowhere.
Positions are byte offsets into the file; lines are 1-based.
"""

from __future__ import annotations

from enum import IntFlag, StrEnum

import msgspec

VERSION = 3  # of what extractors say; raise it with every change in what any of them returns for any file


class Status(StrEnum):
    """How far the facts of a file may be trusted. Only a `whole` file can prove that something is *missing*."""

    WHOLE = "whole"
    PARTIAL = "partial"  # the grammar could not read some of it
    APPROXIMATE = "approximate"  # found by patterns, not by a grammar
    UNREAD = "unread"  # too large, too deep, or no language we know: there are no facts


class Kind(StrEnum):
    """What a definition defines."""

    MODULE = "module"  # also a namespace or package inside a file
    CLASS = "class"
    INTERFACE = "interface"  # also protocol, trait
    ENUM = "enum"
    STRUCT = "struct"
    FUNCTION = "function"
    METHOD = "method"
    VARIABLE = "variable"
    CONSTANT = "constant"
    ATTRIBUTE = "attribute"  # of a class or of its instances (`self.x = ...`, a field)
    MEMBER = "member"  # a case of an enum
    TYPE = "type"  # a type alias


class Flag(IntFlag):
    """What else is true of a definition, a reference or an import. Stored as a number: never renumber.

    Operations on enum flags are slow; where millions are looked at, use plain numbers (`ASYNC = Flag.ASYNC.value`).
    """

    ASYNC = 1 << 0
    GENERATOR = 1 << 1
    STATIC = 1 << 2
    CLASSMETHOD = 1 << 3
    PROPERTY = 1 << 4  # read without a call: property, cached_property, getter
    SETTER = 1 << 5
    OVERLOAD = 1 << 6  # a signature without a body beside others of the same name
    ABSTRACT = 1 << 7
    OVERRIDE = 1 << 8  # says so itself
    FINAL = 1 << 9
    CONDITIONAL = 1 << 10  # below `if`, `for`, `while`, `try`, `match`: may not happen
    GUARDED = (
        1 << 11
    )  # in a `try` whose handler would take a failure, or below a test for its presence (hasattr, typeof, `in`)
    FALLBACK = 1 << 12  # in the handler or `else` of such a `try`
    TYPING = 1 << 13  # below `if TYPE_CHECKING`, `import type`, or in an annotation
    DEFERRED = 1 << 14  # inside a function: runs later, or never
    EXPORTED = 1 << 15  # `export`, `pub`, `public`, a capital letter in Go
    DEFAULT = 1 << 16  # `export default`
    DECLARED = 1 << 17  # declared without a body: stub, `.d.ts`, header, interface method
    OPTIONAL = 1 << 18  # `x?: T`, `a?.b`
    READONLY = 1 << 19
    AWAITED = 1 << 20
    DISCARDED = 1 << 21  # a call that is a whole statement: nobody looks at its value
    NEW = 1 << 22  # `new C(...)`
    DECORATOR = 1 << 23
    TEST = 1 << 24  # looks like a test by its name or decorator
    STUB = 1 << 25  # the body is only `pass`, `...`, a docstring, or "not implemented"
    DATACLASS = 1 << 26  # the decorator or base writes `__init__` (dataclass, attrs, NamedTuple, pydantic model)
    PRIVATE = 1 << 27
    VARIADIC = 1 << 28  # uses `arguments`, `locals()`, `**kwargs` magic: its own signature says little
    RERAISED = 1 << 29
    MAIN = 1 << 30  # below `if __name__ == "__main__"`
    SUSPENDED = (
        1 << 31
    )  # handed on, so that something else may await it: an argument, returned, yielded, assigned, in a list
    BOUND = (
        1 << 32
    )  # of a call's edge: the receiver is passed along as the first argument (`self.m()`, `C().m()`, `C()`)


class ScopeKind(StrEnum):
    """What kind of region names are bound in."""

    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"
    BLOCK = "block"  # JavaScript's braces
    COMPREHENSION = "comprehension"


class _Record(msgspec.Struct, frozen=True, array_like=True, gc=False, omit_defaults=True):
    pass


class Scope(_Record, frozen=True):
    """A region in which names are bound. The first of a file is the module; `parent` is an index, -1 for none."""

    kind: ScopeKind
    parent: int
    start: int
    end: int
    qualified: str = ""  # of the definition whose body it is; the enclosing one's for blocks and comprehensions
    definition: int = -1  # index into `Facts.definitions`
    outer: tuple[str, ...] = ()  # names declared `global` or `nonlocal`, as `global x` / `nonlocal x`


class ParameterKind(StrEnum):
    """How an argument reaches a parameter."""

    POSITIONAL_ONLY = "positional_only"
    EITHER = "either"
    KEYWORD_ONLY = "keyword_only"
    REST = "rest"  # *args, ...rest
    KEYWORDS = "keywords"  # **kwargs


class Parameter(_Record, frozen=True):
    """One parameter. `default` is its source text (at most 80 characters), "" for none."""

    name: str
    kind: ParameterKind = ParameterKind.EITHER
    default: str = ""
    annotation: str = ""
    optional: bool = False  # may be left out: has a default, or is `x?: T`


class Signature(_Record, frozen=True):
    """How something is called, `self`/`cls` included where the source writes them."""

    parameters: tuple[Parameter, ...] = ()
    returns: str = ""  # source text of the annotation


class Definition(_Record, frozen=True):
    """Something with a name that others can refer to. Local variables are bindings, not definitions.

    `qualified` joins the names of the definitions around it with dots ("Class.method", "make.inner"). A name may
    be defined more than once (overloads, `if`/`else`): each is a row.
    """

    name: str
    qualified: str
    kind: Kind
    scope: int  # index of the scope in which the name is bound
    start: int  # of the whole definition, decorators included
    end: int
    line: int  # of the name
    end_line: int
    name_start: int
    inner: int = -1  # index of the scope of its body
    flags: int = 0
    decorators: tuple[str, ...] = ()  # chains
    bases: tuple[str, ...] = ()  # chains, type arguments cut off; `metaclass=M` as "metaclass=M"
    signature: Signature | None = None
    annotation: str = ""  # source text of a variable's type
    value: str = ""  # chain of what a variable is set to; "" if it is none
    doc: str = ""  # first line of the docstring
    raises: tuple[str, ...] = ()  # chains of what its own body raises


class Binding(_Record, frozen=True):
    """A name bound in a scope and not a definition: parameter, local variable, loop or handler target."""

    name: str
    scope: int
    start: int
    line: int
    value: str = ""  # chain of what it is set to; "for x" for an element of x; "" if unknown
    annotation: str = ""
    flags: int = 0
    parameter: bool = False


class Import(_Record, frozen=True):
    """One imported name, or one imported module.

    Python: `import a.b` is module "a.b", name "", alias "a". `import a.b as c` has alias "c". `from ..a import b as c`
    is level 2, module "a", name "b", alias "c". `from a import *` has name "*", alias "".
    JavaScript: `module` is the specifier; `import d from "m"` has name "default"; `import * as n` and
    `n = require("m")` have name "" and alias "n"; an import for its effect has name "" and alias "".
    `export ... from` is an Export, not an Import.
    """

    module: str
    scope: int
    start: int
    end: int
    line: int
    name: str = ""
    alias: str = ""
    level: int = 0
    flags: int = 0


class Export(_Record, frozen=True):
    """One name that a file says it offers: `__all__`, `export`, `module.exports`, `export ... from`.

    `name` is what importers ask for ("default", "*"); `local` the chain it stands for here; `module` where it comes
    from ("" for this file). `export * from "m"` has name "*"; `export * as n from "m"` has name "n", local "*".
    """

    name: str
    start: int
    line: int
    local: str = ""
    module: str = ""
    flags: int = 0


class Call(_Record, frozen=True):
    """One call, its arguments counted: the callee's chain leaves out the final `()`."""

    chain: str
    scope: int
    start: int
    end: int
    line: int
    positional: int = 0
    keywords: tuple[str, ...] = ()
    star: bool = False  # passes *args or ...spread
    double_star: bool = False
    flags: int = 0


class Role(StrEnum):
    """What is done with a name or an attribute."""

    READ = "read"
    WRITE = "write"
    DELETE = "delete"
    TYPE = "type"  # read as a type, in an annotation


class Use(_Record, frozen=True):
    """A name or attribute chain and its first place with this role in its scope. Callees are calls, not uses.

    Every prefix that matters is there: `a.b.c` read is one use with chain "a.b.c".
    """

    chain: str
    scope: int
    start: int
    line: int
    role: Role = Role.READ
    flags: int = 0


class Hole(_Record, frozen=True):
    """A place left open: `TODO`, `FIXME`, a body of `pass` or `...`, "not implemented"."""

    kind: str  # todo, fixme, pass, ellipsis, unimplemented
    scope: int
    start: int
    end: int
    line: int


class Facts(_Record, frozen=True):
    """Everything one file says. Rows are in order of their place."""

    language: str
    status: Status
    lines: int = 0
    scopes: tuple[Scope, ...] = ()
    definitions: tuple[Definition, ...] = ()
    bindings: tuple[Binding, ...] = ()
    imports: tuple[Import, ...] = ()
    exports: tuple[Export, ...] = ()
    calls: tuple[Call, ...] = ()
    uses: tuple[Use, ...] = ()
    holes: tuple[Hole, ...] = ()
    doc: str = ""  # first line of the module's docstring
    exports_known: bool = False  # whether `exports` is the whole list: a literal `__all__`, an ES module
    package: str = ""  # what the file says it belongs to: `package`, `namespace`
    dynamic: tuple[
        str, ...
    ] = ()  # why names may be there that nobody wrote: "globals()", "__getattr__", "exec", "setattr", "eval"
    trouble: str = ""  # why it is not whole
