"""New syntax errors in files that did not parse before: Python 2, mostly, which ruff does not read.

What ruff says about such a file is told where a second reader agrees, one that knows the old syntax too:
tree-sitter's grammar for what a statement is, Python's tokenizer for how deep it stands. It has to find
nothing wrong at base and something wrong at head, at the line that the change wrote.
"""

from __future__ import annotations

import io
import re
import tokenize
from functools import lru_cache

from checks.change import Change
from checks.static.engine import Diagnostic
from kb.errors import CorruptObject

NEAR = 2  # lines between where two parsers notice one mistake
OF_OLD_NAMES = re.compile(r"\b(async|await|nonlocal|True|False|None|exec|print)\b")
OPENS_BLOCK = frozenset(
    ("if", "elif", "else", "for", "while", "try", "except", "finally", "with", "def", "class", "async")
)
LARGEST = 500_000  # bytes; larger sources are generated
Places = tuple[tuple[int, int], ...]  # first and last line of each
QUIET = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.NEWLINE})


def is_new_break(change: Change, said: Diagnostic) -> bool:
    """Return whether a syntax error came with the change, though base had others."""
    file = change.by_path.get(said.path)
    if file is None or file.old is None or not {said.line, said.end_line} & file.added:
        return False
    try:
        source, base = change.source(said.path), change.base_source(file.old_path)
    except (KeyError, CorruptObject):
        return False
    if OF_OLD_NAMES.search(source.line(said.line)):
        return False
    readers = (_misread, _misplaced)
    return any(reader(base.data) == () and _is_near(said.line, reader(source.data)) for reader in readers)


def _is_near(line: int, places: Places | None) -> bool:
    return any(first - NEAR <= line <= last + NEAR for first, last in places or ())


@lru_cache(maxsize=32)
def _misread(data: bytes) -> Places | None:
    """Return the places that the grammar for Python 2 and 3 cannot read; None if it was not asked."""
    from kb.source import Source
    from kb.syntax.parse import Unparsed, parse, troubles_in  # lazily: loads the grammars

    if len(data) > LARGEST:
        return None
    try:
        troubles = troubles_in(parse(data, "python"))
    except Unparsed:
        return None
    source = Source("", data)
    return tuple((source.line_of(one.span.start), source.line_of(one.span.end)) for one in troubles)


@lru_cache(maxsize=32)
def _misplaced(data: bytes) -> Places | None:
    """Return the lines that stand too deep or not deep enough, by tokens alone; None where there are no tokens."""
    if len(data) > LARGEST:
        return None
    wrong: list[int] = []
    first = last = ""  # of the statement before
    ended = False
    try:
        for token in tokenize.generate_tokens(io.StringIO(data.decode("utf-8", "replace")).readline):
            if token.type == tokenize.INDENT and last != ":":
                wrong.append(token.start[0])
            if token.type == tokenize.NEWLINE:
                ended = True
            if token.type == tokenize.INDENT:
                first = ""
            if token.type in QUIET:
                continue
            if ended and last == ":" and first in OPENS_BLOCK:
                wrong.append(token.start[0])
            if ended or not first:
                first = token.string
            ended, last = False, token.string
    except IndentationError as error:
        wrong.append(error.lineno or 0)
    except (tokenize.TokenError, SyntaxError):
        return None
    return tuple((line, line) for line in wrong)
