"""JavaScript and TypeScript as a grammar, with JSX where the language has it.

Source: ECMA-262, annex A; for types the TypeScript handbook and what the compiler's own libraries are written in. It
accepts more than the language does: a semicolon may always be left out, as whether a new line stands there is not
seen, and a pattern is any array or object. Where no semicolon stands before it, a statement does not begin with `/`,
`<`, `+` or `-`, for then the end of the one before could not be told.

A comment is a lexeme of its own that may stand between any two, for a lexer that does not go back has to take `/` for
an operator or for the start of a comment when it has seen no more than that.

Modes: `o` anywhere, `s` at the start of an expression that is a statement, `n` inside JSX text, where white space
counts.
"""

from __future__ import annotations

from typing import Final

from models.constraints.grammars.javascript_more import JSX, TYPES
from models.constraints.grammars.template import rules_of

_KEYWORDS: Final = """
break case catch class const continue debugger default delete do else enum export extends finally for function if
import in instanceof let new return switch throw try typeof var void while with
"""
KEYWORDS: Final = tuple(_KEYWORDS.split())
_START: Final = r"[\p{L}\p{Nl}_$]|\\u[0-9a-fA-F]{4}|\\u\{[0-9a-fA-F]+\}"
_NEXT: Final = r"[\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}$\u200c\u200d]|\\u[0-9a-fA-F]{4}|\\u\{[0-9a-fA-F]+\}"
_CLASS: Final = r"\[([^\]\\\r\n]|\\[^\r\n])*\]"
_TEMPLATE: Final = r"([^`\\$]|\\(\r\n|[^\r])|\$+[^{$`\\]|\$+\\(\r\n|[^\r]))*\$*"
_STRINGS: Final = "|".join(rf"{quote}([^{quote}\\\r\n]|\\(\r\n|[^\r]))*{quote}" for quote in "'\"")
_BINARY: Final = r"\+|-|\*\*?|\/|%|<<|<=?|>=|&&?|\|\|?|\?\?|\^|===?|!==?|in|instanceof"
_NUMBER: Final = (
    r"0[xX][0-9a-fA-F_]+n?|0[bB][01_]+n?|0[oO][0-7_]+n?"
    r"|([0-9][0-9_]*(\.[0-9_]*)?|\.[0-9][0-9_]*)([eE][+\-]?[0-9_]+)?n?"
)
_HEADER: Final = rf"""
WORD: /({_START})({_NEXT})*/
KEYWORD: /{"|".join(KEYWORDS)}/
NAME: WORD & ~KEYWORD
PRIVATE: "#" WORD
NUMBER: /{_NUMBER}/
STRING: /{_STRINGS}/
TEMPLATE: /`{_TEMPLATE}`/
HEAD: /`{_TEMPLATE}\$\{{/
MIDDLE: /\}}{_TEMPLATE}\$\{{/
TAIL: /\}}{_TEMPLATE}`/
REGEX: /\/([^\/\\\[*\r\n]|\\[^\r\n]|{_CLASS})([^\/\\\[\r\n]|\\[^\r\n]|{_CLASS})*\/[a-z]*/
BINARY: /{_BINARY}/
ASSIGN: /(\*\*?|\/|%|\+|-|<<|&&?|\^|\|\|?|\?\?)?=/
SIGN: /[+\-]/
PREFIX: /!|~|typeof|void|delete|await|new|\+\+?|--?/
PREFIXED: /!|~|typeof|void|delete|await|new|\+\+|--/
TAG: /[\p{{L}}_$][\p{{L}}\p{{Nd}}_$.:\-]*/
TEXT: /[^<{{]+/
QUOTED: /"[^"]*"|'[^']*'/
BLANKS: /[ \t\f\x0b\r\n]+/
SPACES: /[ \t\f\x0b\r\n\u00a0\ufeff\u2028\u2029]*/
COMMENT: /\/\/[^\r\n]*|\/\*([^*]|\*+[^*\/])*\*+\//
%ignore COMMENT_O
COMMENT_O: COMMENT SPACES
"""
_EXPRESSIONS: Final = """
list@os: assign@ | list@ `,` assign_o
assign@os: condition@ | condition@ ASSIGN@ assign_o | arrow@ | yield@
  | condition@ closed `>=` assign_o | condition@ closed closed `>=` assign_o
yield@os: `yield` | `yield` assign_o | `yield` `*` assign_o
condition@os: binary@ | binary@ `?` assign_o `:` assign_o
binary@os: unary@ | binary@ BINARY@ unary_o | binary@ greater unary_o
ts|   | binary@ `as` type | binary@ `satisfies` type
greater: closed | closed closed | closed closed closed
closed: `>`n | `>`n BLANKS
unary_s: postfix_s | PREFIXED@ unary_o
unary_o: postfix_o | PREFIX@ unary_o
cast|   | `<` type closed unary_o
postfix@os: member@ | member@ `++` | member@ `--`
member@os: primary@ | member@ `.` WORD@ | member@ `.` PRIVATE@ | member@ `?.` WORD@ | member@ `?.` PRIVATE@
  | member@ `?.` arguments | member@ `?.` `[` list_o `]` | member@ `[` list_o `]` | member@ arguments
  | member@ template
ts|   | member@ `!` | member@ types_given
primary_s: plain
primary_o: plain | REGEX@
jsx|   | element_o
plain: NAME@ | PRIVATE@ | NUMBER@ | STRING@ | template | array | object | function | class | `(` list_o `)`
  | `import` arguments | `import` `.` WORD@ arguments? | `new` `.` WORD@
template: TEMPLATE@ | HEAD@ TAIL@ | HEAD@ list_o TAIL@ | HEAD@ middles TAIL@ | HEAD@ middles list_o TAIL@
middles: list_o MIDDLE@ | middles list_o MIDDLE@
arrow@os: NAME@ `=>` arrow_body | signature `=>` arrow_body | `async` NAME@ `=>` arrow_body
  | `async` signature `=>` arrow_body
arrow_body: block | assign_o
signature: parameters
ts|   | parameters returned | generics parameters | generics parameters returned
arguments: `(` `)` | `(` passed `)` | `(` passed `,` `)`
passed: argument | passed `,` argument
argument: assign_o | `...` assign_o
array: `[` `]` | `[` elements `]`
elements: element_of | `,` | elements `,` | elements element_of
element_of: argument
object: `{` `}` | `{` entries `}` | `{` entries `,` `}`
entries: entry | entries `,` entry
entry: NAME@ | NAME@ `=` assign_o | key `:` assign_o | `...` assign_o | method block
key: WORD@ | STRING@ | NUMBER@ | PRIVATE@ | `[` assign_o `]`
method: key signature | words key signature | words `*` key signature | `*` key signature
ts|   | key `?` signature | words key `?` signature
words: WORD@ | words WORD@
function: `function` named_function | `function` `*` named_function | `async` `function` named_function
  | `async` `function` `*` named_function
named_function: NAME@ signature block | signature block
parameters: `(` `)` | `(` declared `)` | `(` declared `,` `)`
declared: parameter | declared `,` parameter
parameter: bound | bound `=` assign_o | `...` bound | `...` bound `=` assign_o | decorators parameter
ts|   | bound `?` | words bound | words bound `?` | words bound `=` assign_o
bound: NAME@ | array | object
ts|   | NAME@ annotation | array annotation | object annotation | NAME@ `?` annotation | array `?` annotation
ts|   | object `?` annotation
class: class_head class_body | `class` class_body | decorators class
class_head: `class` NAME@ | `class` heritage | `class` NAME@ heritage
ts|   | `class` NAME@ generics | `class` NAME@ generics heritage | `abstract` class_head
heritage: `extends` member_o
ts|   | `implements` type_list | `extends` member_o `implements` type_list
class_body: `{` `}` | `{` members `}`
members: class_member | members class_member
class_member: `;` | field | field `=` assign_o | method block | decorator | `static` block
ts|   | method `;` | signature_index
field: key | words key
ts|   | key optional | words key optional | key annotation | words key annotation | key optional annotation
ts|   | words key optional annotation
ts| optional: `?` | `!`
decorators: decorator | decorators decorator
decorator: `@` member_o
"""
_STATEMENTS: Final = """
statements: statement | statements statement
block: `{` `}` | `{` statements `}` | `{` list_o `}` | `{` list_o `;` `}` | `{` list_o `;` statements `}`
statement: `;` | `;` list_o | block | declaration `;`? | list_s `;`? | if | loop | try | switch | `return` list_o? `;`?
  | `throw` list_o `;`? | `break` NAME@? `;`? | `continue` NAME@? `;`? | `debugger` `;`? | NAME@ `:` statement
  | `with` `(` list_o `)` statement | function_statement | class | import `;`? | export
ts|   | typed
declaration: kind declarators
kind: `var` | `let` | `const` | `using` | `await` `using`
declarators: declarator | declarators `,` declarator
declarator: bound | bound `=` assign_o
ts|   | NAME@ `!` annotation
if: `if` `(` list_o `)` statement | `if` `(` list_o `)` statement `else` statement
loop: `while` `(` list_o `)` statement | `do` statement `while` `(` list_o `)` `;`? | for `(` steps `)` statement
for: `for` | `for` `await`
steps: start_of? `;` list_o? `;` list_o? | list_o | member_o `of` assign_o | kind bound `of` assign_o
  | kind bound `in` list_o | kind bound `=` assign_o `in` list_o
start_of: declaration | list_o
try: `try` block catch | `try` block `finally` block | `try` block catch `finally` block
catch: `catch` block | `catch` `(` bound `)` block
switch: `switch` `(` list_o `)` `{` cases? `}`
cases: case | cases case
case: `case` list_o `:` statements? | `default` `:` statements?
function_statement: function
ts|   | `function` NAME@ signature `;`? | `async` `function` NAME@ signature `;`?
import: `import` STRING@ with? | `import` imported `from` STRING@ with? | `import` WORD@ imported `from` STRING@ with?
ts|   | `import` NAME@ `=` assign_o | `import` WORD@ NAME@ `=` assign_o
with: `with` object | NAME@ object
imported: NAME@ | NAME@ `,` several | several
several: `*` `as` NAME@ | `{` `}` | `{` specifiers `}` | `{` specifiers `,` `}`
specifiers: specifier | specifiers `,` specifier
specifier: exported | exported `as` exported | WORD@ exported | WORD@ exported `as` exported
exported: WORD@ | STRING@
export: `export` exports `;`? | `export` exports `from` STRING@ with? `;`? | `export` declaration `;`?
  | `export` function_statement | `export` class | `export` `default` assign_o `;`? | decorators `export` class
  | `export` `default` function | `export` `default` class
ts|   | `export` typed | `export` `=` list_o `;`? | `export` `as` `namespace` NAME@ `;`?
ts|   | `export` `import` WORD@ `=` assign_o `;`?
ts|   | `export` WORD@ exports `;`? | `export` WORD@ exports `from` STRING@ with? `;`? | `export` `default` typed
ts|   | `export` `default` `function` signature `;`?
exports: several | `*` | `*` `as` exported
ts| typed: `interface` NAME@ generics? extended? object_type | `type` NAME@ generics? `=` type `;`?
ts|   | `enum` WORD@ enum_body | `const` `enum` WORD@ enum_body | `declare` statement | `declare` export
ts|   | `namespace` dotted block | `module` dotted block | `module` STRING@ block | `module` STRING@ `;`?
ts|   | `global` block | `declare` `module` STRING@ `;`?
ts| extended: `extends` type_list
ts| dotted: NAME@ | dotted `.` WORD@
ts| enum_body: `{` `}` | `{` cases_of_enum `}` | `{` cases_of_enum `,` `}`
ts| cases_of_enum: enum_case | cases_of_enum `,` enum_case
ts| enum_case: key | key `=` assign_o
"""
_MODES: Final = {"o": "SPACES", "s": "SPACES", "n": ""}
_STARTS: Final = {
    "expression": "assign_o | `...` assign_o",
    "expressions": "list_o",
    "identifier": "WORD | PRIVATE",
    "argument_list": "arguments",
    "argument": "argument",
    "parameters": "parameters",
    "parameter": "parameter",
    "string": "STRING | template",
    "number": "NUMBER",
    "comment": "COMMENT",
    "pattern": "bound | bound `=` assign_o",
    "pair": "entry",
    "operator": "BINARY | ASSIGN | PREFIX | greater",
    "statement": "SPACES? statements",
    "statements": "SPACES? statements",
    "members": "SPACES? members | decorators",
    "block": "block",
    "class_body": "class_body",
    "import": "import `;`?",
}
_TYPED_STARTS: Final = {"type": "type | annotation", "members": "SPACES? members | decorators | typed_members"}
DIALECTS: Final = {"javascript": ("jsx",), "typescript": ("ts", "cast"), "tsx": ("ts", "jsx")}


def javascript_grammar(language: str, node_class: str) -> str:
    """Return the Lark grammar of a class of nodes in "javascript", "typescript" or "tsx"; raises KeyError for others.

    Text may begin with white space and comments only where statements stand.
    """
    dialects = DIALECTS[language]
    starts = _STARTS | (_TYPED_STARTS if "ts" in dialects else {})
    parts = [_EXPRESSIONS, _STATEMENTS, f"whole: {starts[node_class]}\n"]
    parts += [TYPES] if "ts" in dialects else []
    parts += [JSX] if "jsx" in dialects else []
    return "start: whole\n" + rules_of("".join(parts), _MODES, dialects) + _HEADER
