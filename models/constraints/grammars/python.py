"""Python as a grammar: expressions in and outside of brackets, statements by the column at which they begin.

Source: The Python Language Reference 3.14, chapter 10 "Full Grammar specification". It accepts somewhat more (an
operator without spaces after a keyword, any expression as a target) and is meant to reject nothing that Python takes;
`docs/constraints.md` has the figures.

A column is a parameter of the rules of statements: a line of a block begins with a lexeme that holds the end of the
line before, blank and comment lines, and exactly as much white space as the block is indented. So no line can stand
between two blocks, and leaving a block leads to one of those around it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from models.constraints.grammars.template import quoted, rules_of

_KEYWORDS: Final = """
and as assert async await break class continue def del elif else except finally for from global if import in is lambda
nonlocal not or pass raise return try while with yield
"""
KEYWORDS: Final = tuple(_KEYWORDS.split())
COLUMNS: Final = 48  # deepest indentation within a hole, in columns (spaces or tabs); a parameter has 64 bits
_PLAIN: Final = r"([rR]|[uU]|[bB]|[rR][bB]|[bB][rR])?"
_FORMATTED: Final = r"([fFtT]|[fFtT][rR]|[rR][fFtT])"
_BRACED: Final = r"\{([^{}\r\n]([^{}]|\{([^{}]|\{[^{}]*\})*\})*)?\}"  # {expression:{width}}, two levels deep
_BRACED_LONG: Final = r"\{([^{}]([^{}]|\{([^{}]|\{[^{}]*\})*\})*)?\}"


def _string(prefix: str, quote: str, braced: str = "") -> str:
    """Return a regular expression of a string on one line; `braced` is what formats may stand in it."""
    opened = "{" if braced else ""
    extra = rf"|\{{\{{|{braced}" if braced else ""
    return rf"{prefix}{quote}([^{quote}\\\r\n{opened}]|\\(\r\n|[^\r]){extra})*{quote}"


def _long_string(prefix: str, quote: str, braced: str = "") -> str:
    """Return a regular expression of a string in three quotes: two of them may stand in it side by side."""
    opened = "{" if braced else ""
    extra = rf"|\{{\{{|{braced}" if braced else ""
    return rf"{prefix}{quote * 3}({quote}{{0,2}}([^{quote}\\{opened}]|\\(\r\n|[^\r]){extra}))*{quote * 3}"


STRINGS: Final = "|".join(
    one
    for quote in "'\""
    for one in (
        _string(_PLAIN, quote),
        _long_string(_PLAIN, quote),
        _string(_FORMATTED, quote, _BRACED),
        _long_string(_FORMATTED, quote, _BRACED_LONG),
    )
)
_NUMBER: Final = (
    r"0[xX](_?[0-9a-fA-F])+|0[bB](_?[01])+|0[oO](_?[0-7])+"
    r"|([0-9](_?[0-9])*(\.([0-9](_?[0-9])*)?)?|\.[0-9](_?[0-9])*)([eE][+\-]?[0-9](_?[0-9])*)?[jJ]?"
)
_BINARY: Final = r"\+|-|\*\*?|\/\/?|%|@|<<|>>|&|\||\^|==|!=|<=?|>=?|and|or|in|not([ \t\f]|\\\r?\n)+in|is"
_HEADER: Final = rf"""
WORD: /[\p{{L}}\p{{Nl}}_][\p{{L}}\p{{Nl}}\p{{Mn}}\p{{Mc}}\p{{Nd}}\p{{Pc}}·]*/
KEYWORD: /{"|".join(KEYWORDS)}/
NAME: WORD & ~KEYWORD
NUMBER: /{_NUMBER}/
STRING: /{STRINGS}/
BINARY: /{_BINARY}/
SIGN: /[+\-~]/
AUGMENTED: /(\+|-|\*\*?|\/\/?|%|@|<<|>>|&|\||\^)=/
DOTS: /(\.([ \t\f]|\\\r?\n)*)+/
SPACE: /([ \t\f]|\\\r?\n)*/
SPACES: /([ \t\f\r\n]|\\\r?\n|#[^\r\n]*)*/
COMMENT: /#[^\r\n]*/
"""
_EXPRESSIONS: Final = """
test@: or@ | or@ `if` or@ `else` test@
or@: operand@ | or@ BINARY@ operand@
operand@: primary@ | `not` operand@ | SIGN@ operand@ | `await` operand@ | lambda@
primary@: atom@ | primary@ `.` NAME@ | primary@ arguments@ | primary@ `[`i subscripts_i `]`
atom@: value@ | NUMBER@ | strings@ | `...` | `(`i `)` | `(`i group_i `)` | `[`i `]` | `[`i group_i `]`
  | `{`i `}` | `{`i entries_i `}`
strings@: STRING@ | strings@ STRING@
star@: named@ | `*` or@
stars@: star@ | stars@ `,` star@
list@: stars@ | stars@ `,`
yield@: `yield` | `yield` list@ | `yield` `from` test@
group@: list@ | yield@ | star^ loops^
loops@: loop@ | loops@ loop@
loop@: `for` targets@ `in` or@ | `async` `for` targets@ `in` or@ | loop@ `if` condition@
condition@: or@ | NAME@ `:=` or@ | or@ `if` or@ `else` test@
targets@: listed_targets@ | listed_targets@ `,`
listed_targets@: target@ | listed_targets@ `,` target@
target@: primary@ | `*` primary@
entries@: list@ | star^ loops^ | pairs@ | pairs@ `,` | pair^ loops^
pairs@: pair@ | pairs@ `,` pair@
pair@: test@ `:` test@ | `**` or@
arguments@: `(`i `)` | `(`i passed_i `)` | `(`i passed_i `,`i `)`
passed@: argument@ | passed@ `,` argument@
argument@: named@ | named^ loops^ | NAME@ `=` test@ | `*` test@ | `**` test@
subscripts@: several@ | several@ `,`
several@: subscript@ | several@ `,` subscript@
subscript@: star@ | slice@
slice@: test@? `:` test@? | test@? `:` test@? `:` test@?
lambda@: `lambda` `:` test@ | `lambda` bare@ `:` test^ | `lambda` bare@ `,` `:` test^
generator@: star^ loops^
bare@: bare_one@ | bare@ `,` bare_one@
bare_one@: NAME@ | NAME@ `=` test@ | `*` | `*` NAME@ | `**` NAME@ | `/`
parameters@: `(`i `)` | `(`i declared_i `)` | `(`i declared_i `,`i `)`
declared@: parameter@ | declared@ `,` parameter@
parameter@: named_parameter@ | named_parameter@ `=` test@ | `*` | `/`
named_parameter@: NAME@ | NAME@ `:` star@ | `*` NAME@ | `*` NAME@ `:` star@ | `**` NAME@ | `**` NAME@ `:` test@
pattern@: choice@ | choice@ `as` NAME@ | `*` NAME@
patterns@: listed_patterns@ | listed_patterns@ `,`
listed_patterns@: pattern@ | listed_patterns@ `,` pattern@
choice@: shape@ | choice@ `|` shape@
shape@: SIGN@? NUMBER@ | SIGN@? NUMBER@ SIGN@ NUMBER@ | strings@ | dotted@ | dotted@ `(`i `)`
  | dotted@ `(`i inner_patterns_i `)` | `(`i `)` | `(`i patterns_i `)` | `[`i `]` | `[`i patterns_i `]`
  | `{`i `}` | `{`i keyed_i `}`
inner_patterns@: listed_inner@ | listed_inner@ `,`
listed_inner@: inner_pattern@ | listed_inner@ `,` inner_pattern@
inner_pattern@: pattern@ | NAME@ `=` pattern@
keyed@: keys@ | keys@ `,`
keys@: key@ | keys@ `,` key@
key@: shape@ `:` pattern@ | `**` NAME@
dotted@: NAME@ | dotted@ `.` NAME@
"""
_STATEMENTS: Final = """
line: simples | simples `;`
simples: simple | simples `;` simple
simple: list@ | assigned | list@ AUGMENTED@ value | primary@ `:` test@ | primary@ `:` test@ `=` value
  | `return` | `return` list@ | `raise` | `raise` test@ | `raise` test@ `from` test@ | `pass` | `break` | `continue`
  | `del` targets@ | `global` words | `nonlocal` words | `assert` test@ | `assert` test@ `,` test@ | yield@ | import
  | `type` NAME@ `=` test@ | `type` NAME@ type_parameters `=` test@
value: list@ | yield@
assigned: list@ `=` value | list@ `=` assigned
words: NAME@ | words `,` NAME@
import: `import` modules | `from` DOTS@ `import` imported | `from` DOTS@? dotted@ `import` imported
modules: module | modules `,` module
module: dotted@ | dotted@ `as` NAME@
imported: `*` | members_o | `(`i members_i `)` | `(`i members_i `,`i `)`
members@: member@ | members@ `,` member@
member@: NAME@ | NAME@ `as` NAME@
type_parameters: `[`i declared_types_i `]` | `[`i declared_types_i `,`i `]`
declared_types@: declared_type@ | declared_types@ `,` declared_type@
declared_type@: type_name@ | type_name@ `=` star@
type_name@: NAME@ | NAME@ `:` test@ | `*` NAME@ | `**` NAME@
statements::_: statement::_ | statements::_ NEXT statement::_
statement::_: line | compound::_ | decorated::_ | definition::_
decorators::_: `@` named@ | decorators::_ NEXT `@` named@
decorated::_: decorators::_ NEXT definition::_
definition::_: `def` NAME@ type_parameters? parameters@ suite::_
  | `def` NAME@ type_parameters? parameters@ `->` list@ suite::_ | `async` definition::_
  | `class` NAME@ type_parameters? suite::_ | `class` NAME@ type_parameters? arguments@ suite::_
compound::_: if::_ | if_else::_ | loop::_ | loop_else::_ | handled::_ | tried::_ | with::_ | matched::_
if::_: `if` named@ suite::_ | if::_ NEXT `elif` named@ suite::_
if_else::_: if::_ NEXT `else` suite::_
loop::_: `while` named@ suite::_ | `for` targets@ `in` list@ suite::_ | `async` `for` targets@ `in` list@ suite::_
loop_else::_: loop::_ NEXT `else` suite::_
with::_: `with` withs suite::_ | `async` `with` withs suite::_
withs: entered@ | `(`i entered_i `)` | `(`i entered_i `,`i `)`
entered@: entry@ | entered@ `,` entry@
entry@: test@ | test@ `as` target@
try::_: `try` suite::_
handled::_: try::_ NEXT handler suite::_ | handled::_ NEXT handler suite::_
handler: `except` | `except` caught | `except` caught `as` NAME@
caught: list@ | `*` list@
handled_else::_: handled::_ NEXT `else` suite::_
tried::_: handled_else::_ | try::_ NEXT `finally` suite::_ | handled::_ NEXT `finally` suite::_
  | handled_else::_ NEXT `finally` suite::_
suite::_: `:` line | `:` block::_
matched::_: `match` list@ `:` cases::_
case::_: `case` patterns@ suite::_ | `case` patterns@ `if` named@ suite::_
listed::_: case::_ | listed::_ NEXT case::_
"""
_SPACES: Final = {"o": "SPACE", "i": "SPACES"}
_STARTS: Final = {
    "expression": "named@ | yield@ | `*` or@",
    "expressions": "list@ | yield@ | targets@",
    "identifier": "NAME",
    "type": "star@",
    "argument_list": "arguments@ | `(`i generator_i `)`",
    "argument": "argument@",
    "parameters": "parameters@ | bare@ | bare@ `,`",
    "parameter": "parameter@",
    "string": "strings@",
    "number": "NUMBER",
    "comment": "COMMENT",
    "pattern": "patterns@",
    "pair": "pair@ | pair^ loops^",
    "clause": "loops^ | `if` condition@",
    "import": "import",
    "operator": "BINARY@ | SIGN@ | AUGMENTED@ | `not`",
}
BLOCKS: Final = frozenset({"statement", "statements", "block", "body"})


def expression_grammar(node_class: str, *, bracketed: bool = False, names: Collection[str] | None = None) -> str:
    """Return the Lark grammar of a part of a line; `bracketed` where a bracket around it lets it go over lines.

    With `names`, what is read is one of them; inside comprehensions and lambdas, which bind names of their own, it
    may be any. No other name is bound by `:=` then: whoever begins with an unknown name would have to. Raises
    KeyError for an unknown class.
    """
    start = _STARTS[node_class]
    mode = "i" if bracketed else "o"
    template = _EXPRESSIONS + (_IMPORTS if node_class == "import" else "") + f"whole@{mode}: {start}\n"
    if names is None:
        rules = rules_of(template + _ANY_NAME, _SPACES if mode == "o" else {"i": "SPACES", "o": "SPACE"})
        return f"start: whole_{mode}\n{rules}{_HEADER}"
    spaces = {mode: _SPACES[mode], **_SPACES, "p": "SPACE", "f": "SPACES"}
    rules = rules_of(template + _KNOWN_NAME, spaces, free={"o": "p", "i": "f"})
    known = " | ".join(quoted(name) for name in names)
    if node_class == "identifier":
        return f"start: KNOWN\nKNOWN: {known}\n"
    return f"start: whole_{mode}\n{rules}{_HEADER}KNOWN: {known}\n"


_ANY_NAME: Final = "value@: NAME@\nnamed@: test@ | NAME@ `:=` test@\n"
_KNOWN_NAME: Final = "value@oi: KNOWN@\nvalue@pf: NAME@\nnamed@oi: test@\nnamed@pf: test@ | NAME@ `:=` test@\n"
_IMPORTS: Final = "".join(
    line + "\n"
    for line in _STATEMENTS.splitlines()
    if line.startswith(("import:", "modules:", "module:", "imported:", "members@", "member@"))
)


def statements_grammar(indent: str, *, inline: bool = False, unit: str = " ") -> str:
    """Return the Lark grammar of statements whose first line is indented already, by `indent`.

    `inline` says that they stand behind a colon on the line of their header: one line, or a block of its own below
    it. `unit` is the character by which deeper blocks are indented.
    """
    rules = _at_columns(rules_of(_EXPRESSIONS + _ANY_NAME + _STATEMENTS, _SPACES))
    return "\n".join([*_columns(indent, unit, inline=inline), rules + _HEADER])


def _at_columns(rules: str) -> str:
    """Return rules in which every alternative with NEXT stands once for each column at which the next line may begin.

    The line break is written into each of them, in rules that begin where their statement begins, because 1.9.1 of
    llguidance does not tell apart by its parameter what several rules wait for at one place: a rule "next line at
    this column" that both a block and the one around it waited for would lead on in both.
    """
    made = []
    for rule in rules.splitlines():
        head, colon, body = rule.partition(": ")
        if "NEXT" not in body:
            made.append(rule)
            continue
        alternatives = []
        for one in body.split(" | "):
            if "NEXT" not in one:
                alternatives.append(one)
                continue
            here = ((at, f"and(bit_set({at}), is_zeros([{at + 1}:64]))") for at in range(COLUMNS))
            alternatives += [f"{one.replace('NEXT', f'NEWLINE{at}')} %if {condition}" for at, condition in here]
        made.append(head + colon + "\n  | ".join(alternatives))
    return "\n".join(made) + "\n"


def _columns(indent: str, unit: str, *, inline: bool) -> list[str]:
    """Return the rules by which a line begins at a column, and a block at any deeper one; columns are relative.

    The parameter of a rule is the set of the columns of all blocks around a line, one bit each: the highest is the
    column of the line itself. (A number would have to be set to a constant between two rules, which 1.9.1 of
    llguidance does in the wrong place or not at all.)
    """
    deeper = range(1, COLUMNS)
    lines = ["start: statements::1 END?"]
    if inline:
        below = "\n  | ".join(f"NEWLINE{at} statements::{1 << at}" for at in deeper)
        lines = ["start: (line | below) END?", f"below: {below}"]
    for name, content in (("block", "statements"), ("cases", "listed")):
        opened = (f"NEWLINE{at} {content}::set_bit({at}) %if is_zeros([{at}:64])" for at in deeper)
        lines.append(f"{name}::_: " + "\n  | ".join(opened))
    blank = r"(#[^\r\n]*)?\r?\n([ \t\f]*(#[^\r\n]*)?\r?\n)*"
    lines += [f"NEWLINE{at}: /{blank}/ {quoted(indent + unit * at)}" for at in range(COLUMNS) if indent or at]
    if not indent:
        lines.append(f"NEWLINE0: /{blank}/")
    lines.append(r"END: /(#[^\r\n]*)?(\r?\n[ \t\f]*(#[^\r\n]*)?)*/")
    return lines
