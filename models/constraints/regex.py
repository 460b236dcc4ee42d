"""Regular expressions as constraints: which are refused, and how one is written into a grammar.

llguidance matches without going back, so no expression can take exponential time; what it can is grow states. Refused
is what grows them, and what the dialect does not have.
"""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 500  # characters
MOST_REPEATS: Final = 1000  # of one counted repetition, and of nested ones multiplied
_BACK: Final = re.compile(r"\\[1-9]|\\k[<{']|\(\?P=|\(\?[(&R0-9]")
_AROUND: Final = re.compile(r"\(\?(?:=|!|<=|<!|>|#)")
_COUNTED: Final = re.compile(r"\{(\d+)(,(\d*))?\}")


def faults_of(regex: str) -> tuple[str, ...]:
    """Return why a regular expression is refused; () for one that may be compiled."""
    if not regex:
        return ("it is empty",)
    if len(regex) > LONGEST:
        return (f"it is longer than {LONGEST} characters",)
    if not all(char.isprintable() or char in "\n\t" for char in regex):
        return ("it has control characters",)
    found = []
    if _BACK.search(_without_pairs(regex)):
        found.append("it refers back to a group")
    if _AROUND.search(_without_classes(regex)):
        found.append("it looks ahead or behind, or comments")
    found += _repetitions(_without_classes(regex))
    return tuple(found) or _refused(regex)


def lark_of_regex(regex: str) -> str:
    """Return the grammar of texts that match a regular expression whole; the expression cannot end its own quotes."""
    text, at = "", 0
    while at < len(regex):
        if regex[at] == "\\" and at + 1 < len(regex):
            text += regex[at : at + 2] if regex[at + 1] != "\n" else "\\n"
            at += 2
            continue
        text += {"/": "\\/", "\n": "\\n", "\t": "\\t"}.get(regex[at], regex[at])
        at += 1
    return f"start: /{text}/\n"


def _without_pairs(regex: str) -> str:
    """Return an expression without escaped backslashes, so that `\\\\1` is not read as a reference."""
    return regex.replace("\\\\", "__")


def _without_classes(regex: str) -> str:
    """Return an expression with every character class and every escape replaced by a letter."""
    text, at = "", 0
    while at < len(regex):
        if regex[at] == "\\":
            text, at = text + "x", at + 2
        elif regex[at] == "[":
            end = at + 2 if regex[at + 1 : at + 2] in ("]", "^") else at + 1
            while end < len(regex) and regex[end] != "]":
                end += 2 if regex[end] == "\\" else 1
            text, at = text + "x", end + 1
        else:
            text, at = text + regex[at], at + 1
    return text


def _repetitions(text: str) -> list[str]:
    """Return what is wrong with the repetitions of an expression: one unbounded inside another, or too many."""
    unbounded, product = [False], [1]  # of each open group: whether it repeats without bound, how often at most
    at = 0
    while at < len(text):
        char = text[at]
        at += 1
        if char == "(":
            unbounded.append(False)
            product.append(1)
            continue
        inner, times = False, 1
        if char == ")" and len(unbounded) > 1:
            inner, times = unbounded.pop(), product.pop()
        count = _COUNTED.match(text, at)
        if text[at : at + 1] in ("*", "+") or (count and count[2] and not count[3]):
            if inner:
                return ["it repeats a repetition without bound"]
            inner = True
        if count:
            times *= max(int(count[1]), int(count[3] or 0))
            at = count.end()
        if times > MOST_REPEATS:
            return [f"it repeats something more than {MOST_REPEATS} times"]
        unbounded[-1] = unbounded[-1] or inner
        product[-1] = max(product[-1], times)
    return []


def _refused(regex: str) -> tuple[str, ...]:
    from models.constraints.check import grammar_fault  # lazily: loads llguidance

    fault = grammar_fault(lark_of_regex(regex))
    return (fault,) if fault else ()
