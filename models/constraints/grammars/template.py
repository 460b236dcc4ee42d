"""From a grammar written once to Lark for llguidance, in which every token carries the white space that follows it.

llguidance has one set of ignored characters for a whole grammar, while Python's white space is one thing inside of
brackets and another outside. A template says it by modes:

    rule@: `(`i rest_i? `)`      a rule made once for each mode: `rule_o`, `rule_i`; `@` in its body is that mode
    rule@os: ...                 a rule made for these modes only
    `if`                         a token: these characters, then white space of the rule's mode
    `(`i                         a token followed by the white space of mode `i`
    NAME@                        a terminal of the header, then white space of the mode
    rule^                        the rule in the mode's counterpart in which names are free (itself if there is none)

A rule without `@` is made once, in the first mode. Tokens that carry their white space also halve the number of
lexemes, and with it the parser's work.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

_NONE: Final[Mapping[str, str]] = MappingProxyType({})
_TOKEN: Final = re.compile(r"`([^`\n]+)`(@|[a-z](?![a-z_]))?")
_TERMINAL: Final = re.compile(r"\b([A-Z][A-Z0-9]*)@")
_MODED: Final = re.compile(r"^([a-z_]+)@([a-z]*)(?=[:])")
_LETTERS: Final = re.compile(r"[^A-Za-z0-9]")
_DIALECT: Final = re.compile(r"^([a-z]+)\| ")


def quoted(text: str) -> str:
    """Return a text as a Lark string literal: whatever it holds, the literal stands for exactly that text."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def rules_of(
    template: str, spaces: Mapping[str, str], dialects: Collection[str] = (), free: Mapping[str, str] = _NONE
) -> str:
    """Return Lark rules made from a template.

    `spaces` has the terminal of white space for each mode's letter, "" for none; `free` the counterparts of modes. A
    line that begins with `word| ` belongs to that dialect, and is left out where it is not one of `dialects`.
    """
    rules, tokens = [], {}
    for rule in _joined(template, dialects):
        head = _MODED.match(rule)
        modes = list(head[2] or spaces) if head else list(spaces)[:1]
        body = rule[: head.end(1)] + "@" + rule[head.end() :] if head else rule
        for mode in modes:
            text, made = _in_mode(body, mode, spaces)
            rules.append(text.replace("^", f"_{free.get(mode, mode)}"))
            tokens.update(made)
    return "\n".join([*rules, *(f"{name}: {body}" for name, body in sorted(tokens.items()))]) + "\n"


def _joined(template: str, dialects: Collection[str]) -> list[str]:
    """Return the rules of a template, one a string; lines that begin with white space go on with the one before."""
    rules: list[str] = []
    for line in template.splitlines():
        said = _DIALECT.match(line)
        if said and said[1] not in dialects:
            continue
        text = line[said.end() :] if said else line
        if text[:1] in (" ", "\t") and rules:
            rules[-1] += " " + text.strip()
        elif text.strip():
            rules.append(text)
    return rules


def _in_mode(rule: str, mode: str, spaces: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    tokens: dict[str, str] = {}

    def letter(mode: str) -> str:
        """Return the first mode with the same white space: its tokens are the same."""
        return next(one for one in spaces if spaces[one] == spaces[mode]).upper()

    def token(found: re.Match[str]) -> str:
        wanted = mode if found[2] in (None, "@") else found[2]
        name = f"T{_LETTERS.sub(lambda one: f'_{ord(one[0]):X}', found[1]).upper()}_{letter(wanted)}"
        tokens[name] = f"{quoted(found[1])} {spaces[wanted]}".rstrip()
        return name

    def terminal(found: re.Match[str]) -> str:
        name = f"{found[1]}_{letter(mode)}"
        tokens[name] = f"{found[1]} {spaces[mode]}".rstrip()
        return name

    text = _TERMINAL.sub(terminal, _TOKEN.sub(token, rule))
    return text.replace("@", f"_{mode}"), tokens
