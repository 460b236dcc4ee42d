"""The tests of one file: where they are, and what keeps them from running. Python, JavaScript, TypeScript.

A test's name holds the names of what encloses it, so that it can be found again at base.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from kb.source import Source
from kb.syntax.languages import language_of
from kb.syntax.parse import Node, Unparsed, parse, text_of

SCRIPTS = ("javascript", "typescript", "tsx")
_PYTHON_FILE = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_tests?|tests?)\.py$|(?:^|/)tests?/(?:[^/]+/)*[^/]+\.py$")
_SCRIPT_FILE = re.compile(
    r"[._-](?:test|tests|spec|e2e|cy)\.[cm]?[jt]sx?$|(?:^|/)(?:__tests__|tests?|specs?|e2e|cypress)/(?:[^/]+/)*[^/]+\.[cm]?[jt]sx?$"
)
_NOT_RUN = re.compile(
    r"(?:^|/)(?:__)?(?:fixtures?|snapshots?|test-?_?data|samples?|templates?|mocks?|typings?|types?|data)(?:__)?/"
    r"|\.d\.[cm]?ts$|\.test-d\.[cm]?ts$|(?:^|/)conftest\.py$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Mute:
    """What keeps a test from running. `only` mutes all the others instead."""

    line: int
    text: str
    reason: str = ""
    only: bool = False


@dataclass(frozen=True)
class Case:
    """One test, or one group of tests where `is_group`. `mute` is its own or that of what encloses it."""

    name: str
    line: int
    end_line: int
    node: Node
    mute: Mute | None = None
    is_group: bool = False
    decorators: tuple[str, ...] = ()


def is_test_file(path: str) -> bool:
    """Return whether a file of this name holds tests that a runner collects, by the usual conventions."""
    if _NOT_RUN.search(path):
        return False
    return bool((_PYTHON_FILE if path.endswith(".py") else _SCRIPT_FILE).search(path))


@lru_cache(maxsize=64)
def tests_in(source: Source) -> tuple[Case, ...]:
    """Return the tests of a file in order; none in a language that is not read here, or where nothing parses."""
    language = language_of(source.path)
    if language != "python" and language not in SCRIPTS:
        return ()
    try:
        root = parse(source.data, language).root_node
    except Unparsed:
        return ()
    if language == "python":
        return tuple(_python_cases(root.children, "", _module_mute(root)))
    return tuple(_script_cases(root))


# Python


def _python_cases(nodes: Sequence[Node], prefix: str, outer: Mute | None) -> Iterator[Case]:
    for node in nodes:
        decorated = node.type == "decorated_definition"
        inner = node.child_by_field_name("definition") if decorated else node
        if inner is None or inner.type not in ("function_definition", "class_definition"):
            continue
        marks = [child for child in node.children if child.type == "decorator"] if decorated else []
        mute = next(filter(None, map(_mark, marks)), None) or outer
        name = prefix + text_of(_field(inner, "name"))
        body = _field(inner, "body")
        if inner.type == "class_definition":
            mute = _assigned_mark(body) or mute
            bases = text_of(bases) if (bases := inner.child_by_field_name("superclasses")) else ""
            if name.startswith("Test") or "Test" in bases:
                yield from _python_cases(body.children, name + ".", mute)
        elif name.rpartition(".")[2].startswith("test"):
            texts = tuple(text_of(mark).lstrip("@").strip() for mark in marks)
            mute = mute or _first_statement_mute(body)
            yield Case(name, inner.start_point[0] + 1, inner.end_point[0] + 1, inner, mute, decorators=texts)


_SKIP = re.compile(
    r"@?\s*(?:pytest\.)?(?:mark\.skip\b(?!if)|skip(?:\(|$))|@?\s*(?:unittest|ut|case)\.skip(?:\(|\b(?!\w|\())"
    r"|@?\s*(?:pytest\.mark\.skipif|(?:unittest\.)?skipIf)\(\s*(?:True|1)\s*[,)]|@?\s*(?:unittest\.)?skipUnless\(\s*(?:False|0)\s*[,)]"
)
_XFAIL = re.compile(r"@?\s*pytest\.mark\.xfail(?:\(\s*(?:strict\s*=\s*\w+\s*,?\s*)?\)|$)")


def _mark(node: Node) -> Mute | None:
    text = text_of(node).strip()
    if _SKIP.match(text) or _XFAIL.match(text):
        return Mute(node.start_point[0] + 1, text, _strings(node))
    return None


def _module_mute(root: Node) -> Mute | None:
    for node in root.children:
        call = node.children[0] if node.type == "expression_statement" and node.children else None
        if call is not None and call.type == "call" and "allow_module_level" in text_of(call):
            return Mute(node.start_point[0] + 1, text_of(call), _strings(call))
    return _assigned_mark(root)


def _assigned_mark(block: Node) -> Mute | None:
    for node in block.children:
        inner = node.children[0] if node.type == "expression_statement" and node.children else None
        if inner is None or inner.type != "assignment" or text_of(_field(inner, "left")) != "pytestmark":
            continue
        right = inner.child_by_field_name("right")
        marks = right.named_children if right is not None and right.type in ("list", "tuple") else [right]
        found = next(filter(None, (_mark(mark) for mark in marks if mark is not None)), None)
        if found is not None:
            return found
    return None


def _first_statement_mute(body: Node) -> Mute | None:
    """Return the skip that a test opens with; one further down may depend on what was found out before."""
    statements = [child for child in body.named_children if child.type != "comment"]
    if statements and statements[0].type == "expression_statement" and statements[0].named_children[0].type == "string":
        statements = statements[1:]
    text = text_of(statements[0]) if statements else ""
    if re.match(r"(?:pytest\.skip|self\.skipTest)\(|raise\s+(?:unittest\.|pytest\.)?SkipTest\b", text):
        return Mute(statements[0].start_point[0] + 1, text, _strings(statements[0]))
    return None


def _strings(node: Node) -> str:
    """Return the text of the strings below a node: the reason given for a skip."""
    return " ".join(
        text_of(child).strip("\"'`") for child in below(node) if child.type in ("string", "template_string")
    )


# JavaScript and TypeScript

_GROUPS = frozenset(("describe", "context", "suite", "fdescribe", "xdescribe", "xcontext", "fcontext"))
_TESTS = frozenset(("it", "test", "specify", "fit", "xit", "xtest", "xspecify"))
_MUTED = re.compile(r"\.(?:skip|todo)(?:\.|$)|^x(?:it|test|describe|context|specify)\b")
_ONLY = re.compile(r"\.only(?:\.|$)|^f(?:it|describe|context)$")
_OPTION = re.compile(r"[{,]\s*(?P<what>skip|todo|only)\s*:\s*(?P<value>true|'[^']*'|\"[^\"]*\")")


def _script_cases(root: Node) -> Iterator[Case]:
    stack: list[tuple[Node, str, Mute | None]] = [(root, "", None)]
    while stack:
        node, prefix, outer = stack.pop()
        if node.type == "call_expression" and (case := _script_case(node, prefix, outer)) is not None:
            yield case
            prefix, outer = case.name + " > ", case.mute if case.mute and not case.mute.only else outer
        stack.extend((child, prefix, outer) for child in reversed(node.named_children))


def _script_case(call: Node, prefix: str, outer: Mute | None) -> Case | None:
    callee = called_name(call.child_by_field_name("function"))
    first = callee.partition(".")[0]
    arguments = call.child_by_field_name("arguments")
    if first not in _GROUPS | _TESTS or arguments is None or not arguments.named_children:
        return None
    title, *rest = [child for child in arguments.named_children if child.type != "comment"] or [arguments]
    functions = [child for child in rest if child.type in ("arrow_function", "function_expression", "function")]
    is_todo = callee.endswith((".todo", ".skip")) and not rest
    if title.type not in ("string", "template_string", "binary_expression") or not (functions or is_todo):
        return None
    mute = _script_mute(call, callee, rest) or outer
    name = prefix + text_of(title).strip("\"'`")
    return Case(name, call.start_point[0] + 1, call.end_point[0] + 1, call, mute, first in _GROUPS)


def _script_mute(call: Node, callee: str, rest: Sequence[Node]) -> Mute | None:
    line = call.start_point[0] + 1
    if _MUTED.search(callee) or _ONLY.search(callee):
        return Mute(line, callee, only=bool(_ONLY.search(callee)))
    options = _OPTION.search(text_of(rest[0])) if rest and rest[0].type == "object" else None
    if options is None:
        return None
    return Mute(
        line, options[0].strip("{, "), options["value"].strip("'\"").replace("true", ""), options["what"] == "only"
    )


def called_name(node: Node | None) -> str:
    """Return the dotted name of what is called, without arguments in between: `it.each(rows)` is "it.each".

    Empty where what is called has no name, as in `(fast ? it : it.skip)(...)`.
    """
    names: list[str] = []
    while node is not None:
        if node.type in ("identifier", "this"):
            return ".".join(reversed([*names, text_of(node)]))
        if node.type in ("member_expression", "attribute"):
            names.append(text_of(_field(node, "property" if node.type == "member_expression" else "attribute")))
            node = node.child_by_field_name("object")
        elif node.type in ("call_expression", "call"):
            node = node.child_by_field_name("function")
        elif node.type == "new_expression":
            node = node.child_by_field_name("constructor")
        else:
            return ""
    return ""


def _field(node: Node, name: str) -> Node:
    child = node.child_by_field_name(name)
    return node if child is None else child


def below(node: Node) -> Iterator[Node]:
    """Yield a node and all that is below it, in order."""
    stack = [node]
    while stack:
        found = stack.pop()
        yield found
        stack.extend(reversed(found.children))
