"""The words of masking: a hole, how large it is, and how holes are chosen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kb.source import Span


class Scale(StrEnum):
    """How much of the program a hole stands for."""

    EXPRESSION = "expression"  # also an identifier, a type, an operator, a comment: part of a line
    STATEMENT = "statement"
    BLOCK = "block"  # several statements of one body
    BODY = "body"  # the whole body of a function or class


class Strategy(StrEnum):
    """Which kinds of syntax node are opened."""

    BODY = "body"
    EXPRESSIONS = "expressions"
    STATEMENTS = "statements"
    IDENTIFIERS = "identifiers"
    TYPES = "types"
    COMMENTS = "comments"
    HYBRID = "hybrid"


@dataclass(frozen=True, slots=True)
class Hole:
    """A span of a file that something else may be written into. `kind` is the grammar's name of what stood there."""

    span: Span
    kind: str
    scale: Scale
    strategy: Strategy
    indent: bytes  # the white space that opens the line on which it starts
    text: bytes  # what stands in it now
    symbol: str = ""  # dotted name of the enclosing definition, "" at module level
