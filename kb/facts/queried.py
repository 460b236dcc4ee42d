"""Facts by queries: one data file a language, `queries/LANGUAGE.scm`, and one reading of what they capture.

To add a language: its grammar in `kb/syntax/languages.py`, its name in `kb/facts/extract.py`, a query file. Each
pattern captures one *subject*, named for what it is, and beside it what belongs to the subject. All but `@name`,
`@callee` and `@of` may be left out.

    subject          beside it
    @class and the other words of `Kind` (@module @interface @enum @struct @function @method @variable @constant
                     @attribute @member @type): a whole definition
                     @name; @receiver, a type named beside a method; @returns @annotation @value; @of, any other node
                     by which later patterns may mean this definition
    @members         a place that lends its name to what is in it without being a definition: `impl`, `extension`
    @base            one base of the definition @of
    @parameter       one parameter of the definition @of (of a function without a name: a binding);
                     @name @annotation @default
    @mark            anything that gives its flags to the definition @of
    @section         a line that gives its flags to what follows it in its scope, until the next: `private:`
    @decorator       one decorator of @of
    @binding         the name of a local variable; @annotation @value
    @import          an import statement; its text is read by `kb.facts.queried_imports`
    @package         the name that the file gives to its package or namespace
    @call            @callee, @receiver of a callee that is one name, @arguments
    @ignore          a name that is no use: a key, a label
    @use @use.type   a name or a chain that is read, or read as a type
    @comment         searched for TODO and FIXME; above a definition it is its documentation
    @hole            a place left open: `todo!()`

`(#set! flag "exported static")` after a pattern gives its subject these flags of `Flag`, in small letters; a private
definition is not exported whatever else says so. Other settings:

    (#set! name "init")          the name of what has none in its source
    (#set! around "nothing")     belongs to the file whatever it stands in: a macro
    (#set! suffix "!")           put behind a name or callee
    (#set! parameter "rest")     a parameter's kind where it is not `either`
    (#set! arguments "unknown")  the arguments of a call cannot be counted; "rest": all but the call's first child

A place of the same name and extent may be captured by several patterns; what they say is added up. Definitions nest
by their extent. A variable in a function is a binding, in a class an attribute.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from kb.facts.model import Facts, Status
from kb.facts.patterns import by_patterns
from kb.facts.queried_read import Patterns, Reading
from kb.facts.queried_rows import rows_of
from kb.syntax.parse import Tree, Unparsed, grammar_of, parse, troubles_in, widest_error
from kb.syntax.query import Query, QueryCursor

_UNDECODABLE = re.compile("[\udc80-\udcff]")  # what surrogateescape makes of one byte
_WIDEST = 1000  # children of one ERROR node; what a query costs grows with their square
_SMALL = 10_000  # bytes
_DEPTHS = 100_000_000  # the depths of all nodes added up; a real file of 2 MB has a tenth of it
_BROKEN = 0.5  # share of a file's bytes in errors from which on patterns may say more than the tree


def extract(data: bytes, language: str) -> Facts:
    """Return the facts of a file. What the grammar refuses or cannot make sense of is read by patterns.

    Status `partial` where some of it was not understood, `approximate` where patterns read it. Never raises, except
    Unparsed for a language without a query file.
    """
    (query, patterns), data = _query(language), _decodable(data)
    try:
        tree = parse(data, language)
    except Unparsed as reason:
        return by_patterns(data, language, str(reason))
    if widest_error(tree) > _WIDEST:
        return by_patterns(data, language, "mostly not understood by its grammar")
    if len(data) > _SMALL and _is_too_deep(tree):
        return by_patterns(data, language, "nested too deeply")
    reading = _read(query, patterns, tree, data, language)
    if not tree.root_node.has_error:
        return rows_of(reading, Status.WHOLE)
    facts = rows_of(reading, Status.PARTIAL)
    broken = sum(trouble.span.end - trouble.span.start for trouble in troubles_in(tree))
    if broken > _BROKEN * len(data):
        simple = by_patterns(data, language, "mostly not understood by its grammar")
        if len(simple.definitions) > 2 * len(facts.definitions):
            return simple
    return facts


def _decodable(data: bytes) -> bytes:
    """Return the bytes with a `?` for each that is no UTF-8: tree-sitter's text predicates crash the process on one."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return _UNDECODABLE.sub("?", data.decode("utf-8", "surrogateescape")).encode()
    return data


def _is_too_deep(tree: Tree) -> bool:
    """Return whether a query would take too long: it keeps its matches open all the way down."""
    cursor = tree.walk()
    depth = total = 0
    while total <= _DEPTHS:
        if cursor.goto_first_child():
            depth += 1
        else:
            while not cursor.goto_next_sibling():
                if not cursor.goto_parent():
                    return False
                depth -= 1
        total += depth
    return True


def _read(query: Query, patterns: Patterns, tree: Tree, data: bytes, language: str) -> Reading:
    reading = Reading(data, language, patterns)
    for pattern, captures in QueryCursor(query).matches(tree.root_node):
        reading.add(pattern, captures)
    return reading


@cache
def _query(language: str) -> tuple[Query, Patterns]:
    file = Path(__file__).parent / "queries" / f"{language}.scm"
    if not file.is_file():
        raise Unparsed(f"no queries for {language}")
    query = Query(grammar_of(language), file.read_text("utf-8"))
    return query, Patterns([query.pattern_settings(index) for index in range(query.pattern_count)])
