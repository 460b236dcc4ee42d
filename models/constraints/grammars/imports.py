"""Python in which every import that begins a line is of a known module; all else is any text made of its lexemes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from models.constraints.grammars.python import STRINGS
from models.constraints.grammars.template import quoted

_REST: Final = rf"""
rest: item | rest item
item: WORD | PLAIN | STRING | COMMENT | GOES_ON
FIRST: WORD & ~/import|from/
WORD: /[\p{{L}}\p{{Nl}}\p{{Mn}}\p{{Mc}}\p{{Nd}}\p{{Pc}}]+/
PLAIN: /[^\p{{L}}\p{{Nl}}\p{{Mn}}\p{{Mc}}\p{{Nd}}\p{{Pc}}"'#\\\r\n]/
STRING: /{STRINGS}/
COMMENT: /#[^\r\n]*/
GOES_ON: /\\\r?\n/
GAP: /([ \t\f]|\\\r?\n)+/
BREAK: /\r?\n[ \t\f]*/
"""


def imports_grammar(modules: Collection[str]) -> str:
    """Return the Lark grammar of statements that import only these modules, what is below them, and relatives."""
    known = " | ".join(quoted(name) for name in modules)
    return (
        "start: line? | start BREAK line?\n"
        "line: other | other rest | imports\n"
        "other: FIRST | PLAIN | STRING | COMMENT | GOES_ON\n"
        'imports: "import" GAP modules | "from" GAP module GAP rest | "from" GAP? "." rest\n'
        'module: MODULE | module GAP? "." GAP? WORD\n'
        'modules: module | module tail | modules "," GAP? module | modules "," GAP? module tail\n'
        'tail: GAP | GAP "as" GAP WORD GAP? | tail COMMENT | COMMENT | ";" rest? | tail ";" rest?\n'
        f"MODULE: {known}\n{_REST}"
    )
