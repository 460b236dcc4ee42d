"""Which grammar a class of node has in a language, as Lark for llguidance."""

from __future__ import annotations

from typing import Final

from models.constraints.grammars.javascript import DIALECTS, javascript_grammar
from models.constraints.grammars.other import balanced_grammar, comment_grammar
from models.constraints.grammars.python import expression_grammar, statements_grammar
from models.constraints.ir import Grammar

_BLOCKS: Final = frozenset({"statement", "statements", "block"})


def lark_of(one: Grammar) -> str:
    """Return the Lark grammar of a grammar constraint; raises KeyError for a class that a language does not have."""
    if one.lark:
        return one.lark
    if one.language == "python":
        if one.node_class in _BLOCKS:
            return statements_grammar(one.indent, inline=one.is_inline, unit=one.unit)
        return expression_grammar(one.node_class, bracketed=one.is_bracketed)
    if one.language in DIALECTS:
        return javascript_grammar(one.language, one.node_class)
    return comment_grammar(one.language) if one.node_class == "comment" else balanced_grammar(one.language)
