"""Does a text hold to compiled constraints? Asked of llguidance over bytes: no model is needed."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from models.constraints.model import Compiled

if TYPE_CHECKING:
    from llguidance import LLMatcher, LLParserLimits, LLTokenizer

MOST_ITEMS: Final = 20_000  # Earley items after one lexeme; deeply nested statements have 2,000
_SHOWN: Final = 30  # bytes of the text on either side of where it goes wrong


def satisfies(compiled: Compiled, text: bytes) -> tuple[str, ...]:
    """Return why a text does not hold to its hard constraints, one reason a domain; () if it does."""
    reasons = (_reason(one.domain.value, one.lark, text) for one in compiled.hard)
    return tuple(reason for reason in reasons if reason)


def grammar_fault(lark: str) -> str:
    """Return what is wrong with a Lark grammar, "" if llguidance takes it."""
    from llguidance import LLMatcher

    if len(lark) > 2_000_000:
        return "larger than 2,000,000 characters"
    is_error, messages = LLMatcher.validate_grammar_with_warnings(
        LLMatcher.grammar_from_lark(lark), _tokenizer(), limits=_limits()
    )
    if not is_error:
        return ""
    return next((line.strip() for line in "\n".join(messages).splitlines() if line.strip()), "no grammar")[:300]


def _reason(domain: str, lark: str, text: bytes) -> str:
    matcher = _matcher(lark).deep_copy()
    if matcher.is_error():
        return f"{domain}: the grammar is none: {matcher.get_error().splitlines()[0][:200]}"
    taken = matcher.try_consume_tokens(list(text))
    if matcher.is_error():
        return f"{domain}: not decided, {matcher.get_error().splitlines()[0][:200]}"
    if taken < len(text):
        before = text[max(0, taken - _SHOWN) : taken].decode("utf-8", "replace")
        after = text[taken : taken + _SHOWN].decode("utf-8", "replace")
        return f"{domain}: at byte {taken}, after {before!r}, {after!r} may not stand"
    return "" if matcher.is_accepting() else f"{domain}: at byte {taken}, it may not end here"


@lru_cache(maxsize=128)
def _matcher(lark: str) -> LLMatcher:
    from llguidance import LLMatcher

    return LLMatcher(_tokenizer(), LLMatcher.grammar_from_lark(lark), log_level=0, limits=_limits())


def _limits() -> LLParserLimits:
    from llguidance import LLParserLimits

    return LLParserLimits(max_items_in_row=MOST_ITEMS, step_max_items=1_000_000)


@lru_cache(maxsize=1)
def _tokenizer() -> LLTokenizer:
    from llguidance import LLTokenizer

    return LLTokenizer("byte")
