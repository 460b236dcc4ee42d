"""Where a file tells the members of an enum, or the words of a union, apart one by one.

Read from the syntax tree when somebody asks, for the few files that use the type: it is no part of the stored facts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kb.source import Source
from kb.syntax.languages import language_of
from kb.syntax.parse import Node, Unparsed, parse, text_of, walk

GIVES_UP = ("raise_statement", "throw_statement", "assert_statement")
NEVER = ("assert_never", "assertNever", "assertUnreachable", "unreachable", "exhaustive", "absurd")


@dataclass(frozen=True)
class CaseSet:
    """One `match`, `switch`, `if` chain or table, and which members it names.

    `of` is the chain before the members ("Color", "models.Color"), "" for plain words. `open` says that anything else
    is handled too: a default that does more than complain.
    """

    kind: str  # match, switch, if, table
    of: str
    members: frozenset[str]
    line: int
    open: bool


def cases_in(source: Source) -> tuple[CaseSet, ...]:
    """Return the case sets of a Python, JavaScript or TypeScript file, in order; none where it cannot be read."""
    language = language_of(source.path)
    if language not in ("python", "javascript", "typescript", "tsx"):
        return ()
    try:
        tree = parse(source.data, language)
    except Unparsed:
        return ()
    found = []
    for node in walk(tree):
        reader = _READERS.get(node.type)
        made = reader(node) if reader else None
        if made is not None:
            found.append(made)
    return tuple(found)


def _match(node: Node) -> CaseSet | None:
    """Read Python's `match`."""
    names: list[str] = []
    is_open = False
    body = node.child_by_field_name("body")
    for clause in body.named_children if body else ():
        if clause.type != "case_clause":
            continue
        guarded = clause.child_by_field_name("guard") is not None
        for pattern in (child for child in clause.named_children if child.type == "case_pattern"):
            words = [text_of(one) for one in _leaves(pattern, ("dotted_name", "string"))]
            if not words and text_of(pattern).strip() == "_" and not guarded:
                is_open = not _gives_up(clause.child_by_field_name("consequence"))
            elif not words or guarded:
                is_open = True
            names += words
    return _case_set("match", names, node, is_open)


def _if(node: Node) -> CaseSet | None:
    """Read Python's `if`/`elif` chain."""
    names: list[str] = []
    is_open = False
    subjects = set()
    for clause in (node, *(child for child in node.named_children if child.type == "elif_clause")):
        tested = _tested(clause.child_by_field_name("condition"))
        if tested is None:
            return None
        subjects.add(tested[0])
        names += tested[1]
    for child in node.named_children:
        if child.type == "else_clause":
            is_open = not _gives_up(child.child_by_field_name("body"))
    return _case_set("if", names, node, is_open) if len(subjects) == 1 else None


def _tested(condition: Node | None) -> tuple[str, list[str]] | None:
    """Return what `x is A.B`, `x == A.B` or `x in (A.B, A.C)` tests, and for which members."""
    if condition is None or condition.type != "comparison_operator" or condition.child_count != 3:
        return None
    subject, operator, value = condition.children
    if operator.type in ("is", "==") and value.type == "attribute":
        return text_of(subject), [text_of(value)]
    if operator.type == "in" and value.type in ("tuple", "set", "list"):
        members = [child for child in value.named_children if child.type == "attribute"]
        return (
            (text_of(subject), [text_of(one) for one in members]) if len(members) == value.named_child_count else None
        )
    return None


def _table(node: Node) -> CaseSet | None:
    """Read a dict all of whose keys are members."""
    pairs = node.named_children
    keys = [pair.child_by_field_name("key") for pair in pairs if pair.type == "pair"]
    if not keys or len(keys) != len(pairs) or any(key is None or key.type != "attribute" for key in keys):
        return None
    return _case_set("table", [text_of(key) for key in keys if key is not None], node, is_open=False)


def _switch(node: Node) -> CaseSet | None:
    """Read JavaScript's `switch`."""
    names: list[str] = []
    is_open = False
    body = node.child_by_field_name("body")
    for clause in body.named_children if body else ():
        if clause.type == "switch_default":
            is_open = not _gives_up(clause)
        elif clause.type == "switch_case":
            value = clause.child_by_field_name("value")
            if value is None or value.type not in ("member_expression", "string"):
                return None
            names.append(text_of(value))
    return _case_set("switch", names, node, is_open)


_READERS = {
    "match_statement": _match,
    "if_statement": _if,
    "dictionary": _table,
    "switch_statement": _switch,
}


def _leaves(node: Node, kinds: tuple[str, ...]) -> Iterator[Node]:
    waiting = [node]
    while waiting:
        one = waiting.pop(0)
        if one.type in kinds:
            yield one
        else:
            waiting += one.named_children


def _gives_up(body: Node | None) -> bool:
    """Return whether a default only complains that a case was forgotten."""
    if body is None:
        return False
    statements = [child for child in body.named_children if child.type not in ("comment", "break_statement")]
    if body.type == "switch_default":
        statements = [
            inner for one in statements for inner in (one.named_children if one.type == "statement_block" else [one])
        ]
    if not statements:
        return False
    last = statements[-1]
    return last.type in GIVES_UP or any(word in text_of(last) for word in NEVER)


def _case_set(kind: str, names: list[str], node: Node, is_open: bool) -> CaseSet | None:
    """Return the set if all names are members of one thing, or all are plain words."""
    quoted = [name[0] in "'\"" for name in names]
    if len(names) < 2 or (any(quoted) and not all(quoted)):
        return None
    line = node.start_point.row + 1
    if all(quoted):
        return CaseSet(kind, "", frozenset(name.strip("'\"") for name in names), line, is_open)
    owners = {name.rpartition(".")[0] for name in names}
    if len(owners) != 1 or owners == {""}:
        return None
    return CaseSet(kind, owners.pop(), frozenset(name.rpartition(".")[2] for name in names), line, is_open)
