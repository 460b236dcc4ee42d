"""Grammars as GBNF, the dialect of llama.cpp, for use outside of Prudent.

GBNF has no lexer, no parameters of rules, and neither `&` nor `~`. So names may be keywords in what is exported, and
Python's indentation is written out to a fixed depth, four columns a level.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from models.constraints.gbnf_regex import gbnf_of_regex

LEVELS: Final = 6
STEP: Final = 4  # columns a level
_RULE: Final = re.compile(r"^([A-Za-z_][\w]*)(::_)?:[ \t]?", re.MULTILINE)
_PIECE: Final = re.compile(
    r'"(?:[^"\\]|\\.)*"|/(?:[^/\\\[]|\\.|\[(?:[^\]\\]|\\.)*\])+/|[A-Za-z_]\w*(?:::[\w()]+)?|%if .*|\s+|.'
)


_SET: Final = re.compile(r"::set_bit\((\d+)\)")
_BIT: Final = re.compile(r"bit_set\((\d+)\)")


def gbnf_of(lark: str) -> tuple[str, tuple[str, ...]]:
    """Return a grammar as GBNF with its root first, and notes on what it allows more than the Lark grammar does."""
    notes = ["a JSON schema is not exported"] if "%json" in lark else []
    rules = dict(_rules(lark))
    ignored = re.findall(r"^%ignore (\w+)$", lark, re.MULTILINE)
    if "block::_" in rules:
        notes.append(f"blocks may be nested {LEVELS} deep, {STEP} columns each")
        rules = _written_out(rules)
    if ignored and "SPACES" in rules:
        rules["SPACES"] = f"({rules['SPACES']} | {' | '.join(ignored)})*"
    if any("~" in body for body in rules.values()):
        notes.append("a name may be a keyword")
    made = {_name(head): _unrolled(_name(head), _body(body)) for head, body in rules.items()}
    lines, waiting, seen = [], ["root"], {"root"}
    while waiting:
        head = waiting.pop(0)
        lines.append(f"{head} ::= {made[head]}")
        for name in re.findall(r"(?<![\w\"\\\[-])[A-Za-z][\w-]*", _without_literals(made[head])):
            if name in made and name not in seen:
                seen.add(name)
                waiting.append(name)
    return "\n".join(lines) + "\n", tuple(notes)


def _rules(lark: str) -> Iterator[tuple[str, str]]:
    heads = list(_RULE.finditer(lark))
    for at, head in enumerate(heads):
        end = heads[at + 1].start() if at + 1 < len(heads) else len(lark)
        body = re.sub(r"^(%ignore|//).*$", "", lark[head.end() : end], flags=re.MULTILINE)
        yield head[1] + (head[2] or ""), body.strip()


def _name(head: str) -> str:
    return "root" if head == "start" else head.replace("_", "-").strip("-")


def _written_out(rules: dict[str, str]) -> dict[str, str]:
    """Return rules in which those with a parameter stand once for each level of nesting."""
    made: dict[str, str] = {}
    for head, body in rules.items():
        if head == "below":
            levels = range(1, LEVELS)
            made[head] = " | ".join(f"NEWLINE{level * STEP} statements_{level}" for level in levels)
        elif not head.endswith("::_"):
            made[head] = re.sub(r"::\d+", "_0", body)
        else:
            for level in range(LEVELS):
                made[f"{head[:-3]}_{level}"] = _at_level(body, level)
    return made


def _at_level(body: str, level: int) -> str:
    """Return a rule's body at a level: of what depends on a column, what holds at that level's."""
    kept = []
    for alternative in body.split("\n  | "):
        text, _, condition = alternative.partition(" %if ")
        column = _SET.search(text)
        asked = _BIT.search(condition)
        if column is not None:  # opens a deeper block
            if int(column[1]) != (level + 1) * STEP:
                continue
            text = _SET.sub(f"_{level + 1}", text) if level + 1 < LEVELS else f"{text.split()[0]} line"
        elif asked is not None and int(asked[1]) != level * STEP:
            continue
        kept.append(text.replace("::_", f"_{level}"))
    return " | ".join(kept)


def _body(body: str) -> str:
    parts, skip = [], False
    for found in _PIECE.finditer(body):
        piece = found[0]
        if skip:  # what comes after `& ~`
            skip = bool(not piece.strip() or piece == "~")
        elif piece == "&":
            skip = True
        elif piece.startswith("%"):
            continue
        elif piece.startswith("/") and len(piece) > 1:
            parts.append(f"({gbnf_of_regex(piece[1:-1])})")
        elif piece.startswith('"') and len(piece) > 1:
            parts.append(piece)
        elif piece[0].isalpha() or piece[0] == "_":
            parts.append(_name(piece))
        else:
            parts.append(" " if piece.isspace() else piece)
    return " ".join("".join(parts).split()) or '""'


def _unrolled(head: str, body: str) -> str:
    """Return a rule that does not begin with itself: `a ::= a x | b` is `a ::= (b) (x)*`."""
    first: list[str] = []
    more: list[str] = []
    for alternative in _alternatives(body):
        begins = alternative == head or alternative.startswith(f"{head} ")
        (more if begins else first).append(alternative[len(head) :].strip() if begins else alternative)
    more = [one for one in more if one]
    return f"({' | '.join(first)}) ({' | '.join(more)})*" if more else body


def _alternatives(body: str) -> list[str]:
    """Return the alternatives of a rule, those inside brackets left together."""
    found, depth = [""], 0
    for piece in re.findall(r'"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|.', body, re.DOTALL):
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if piece == "|" and not depth:
            found.append("")
        else:
            found[-1] += piece
    return [one.strip() for one in found]


def _without_literals(body: str) -> str:
    return re.sub(r'"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]', " ", body)
