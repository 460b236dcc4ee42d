"""Where a file tells the members of an enum, or the words of a union, apart one by one.

Read from the syntax tree when somebody asks, for the few files that use the type: it is no part of the stored facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from kb.source import Source
from kb.syntax.languages import language_of
from kb.syntax.parse import Node, Unparsed, parse, text_of, walk

GIVES_UP = ("raise_statement", "throw_statement", "assert_statement")
LEAVES = ("return_statement", "continue_statement", *GIVES_UP)
NEVER = ("assert_never", "assertNever", "assertUnreachable", "unreachable", "exhaustive", "absurd")


@dataclass(frozen=True)
class CaseSet:
    """One `match`, `switch`, `if` chain or table, and which members it names.

    `of` is the chain before the members ("Color", "models.Color"), "" for plain words. `open` says that anything else
    is handled too: by a default, or by what follows when every branch leaves. `complete` says that there should be
    nothing else: it is met with an error, or every branch returns and nothing follows.
    """

    kind: str  # match, switch, if, table
    of: str
    members: frozenset[str]
    line: int
    open: bool
    complete: bool = False
    subject: str = ""  # source text of what is looked at; of a table the name it gets, if any
    end_line: int = 0


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
            found.append(made if made.open or not _asked_gently(made, source.text) else replace(made, open=True))
    return tuple(found)


def _asked_gently(made: CaseSet, text: str) -> bool:
    """Return whether a table is asked in a way that does without a member: `table.get(x)`, `x in table`."""
    name = re.escape(made.subject)
    return (
        made.kind == "table"
        and bool(name)
        and re.search(rf"\b{name}\.get\(|\bin (?:self\.)?{name}\b", text) is not None
    )


def _match(node: Node) -> CaseSet | None:
    """Read Python's `match`."""
    names: list[str] = []
    rest = _Rest()
    body = node.child_by_field_name("body")
    for clause in body.named_children if body else ():
        if clause.type != "case_clause":
            continue
        guarded = clause.child_by_field_name("guard") is not None
        for pattern in (child for child in clause.named_children if child.type == "case_pattern"):
            words = [text_of(one) for one in _leaves(pattern, ("dotted_name", "string"))]
            if not words and text_of(pattern).strip() == "_" and not guarded:
                rest.default(clause.child_by_field_name("consequence"))
            elif not words or guarded:
                rest.open = True
            names += words
        rest.branch(clause.child_by_field_name("consequence"))
    subject = node.child_by_field_name("subject")
    return _case_set("match", names, node, rest, text_of(subject) if subject else "")


def _if(node: Node) -> CaseSet | None:
    """Read Python's `if`/`elif` chain."""
    names: list[str] = []
    rest = _Rest()
    subjects = set()
    for clause in (node, *(child for child in node.named_children if child.type == "elif_clause")):
        tested = _tested(clause.child_by_field_name("condition"))
        if tested is None:
            return None
        subjects.add(tested[0])
        names += tested[1]
        rest.branch(clause.child_by_field_name("consequence"))
    for child in node.named_children:
        if child.type == "else_clause":
            rest.default(child.child_by_field_name("body"))
    return _case_set("if", names, node, rest, subjects.pop()) if len(subjects) == 1 else None


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
    around, rest = node.parent, _Rest()
    name = around.child_by_field_name("left") if around is not None and around.type == "assignment" else None
    if around is not None and around.type in ("attribute", "argument_list", "dictionary_splat"):
        rest.open = True  # asked on the spot, or handed on as the beginning of something
    return _case_set("table", [text_of(key) for key in keys if key is not None], node, rest, _last_name(name))


def _last_name(node: Node | None) -> str:
    return text_of(node).rpartition(".")[2] if node is not None else ""


def _switch(node: Node) -> CaseSet | None:
    """Read JavaScript's `switch`."""
    names: list[str] = []
    rest = _Rest()
    body = node.child_by_field_name("body")
    for clause in body.named_children if body else ():
        if clause.type == "switch_default":
            rest.default(clause)
        elif clause.type == "switch_case":
            value = clause.child_by_field_name("value")
            if value is None or value.type not in ("member_expression", "string"):
                return None
            names.append(text_of(value))
            if clause.children_by_field_name("body"):
                rest.branch(clause)
    subject = node.child_by_field_name("value")
    return _case_set("switch", names, node, rest, text_of(subject).strip("()") if subject else "")


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


class _Rest:
    """What becomes of anything that no branch names."""

    def __init__(self) -> None:
        self.open = False
        self.complete = False
        self.has_default = False
        self.all_leave = True
        self.returns = False

    def default(self, body: Node | None) -> None:
        """Note a default."""
        self.has_default = True
        self.complete = _gives_up(_last(body))
        self.open = self.open or not self.complete

    def branch(self, body: Node | None) -> None:
        """Note a branch that names members."""
        last = _last(body)
        self.all_leave = self.all_leave and last is not None and last.type in LEAVES
        self.returns = self.returns or (
            last is not None and last.type == "return_statement" and bool(last.named_children)
        )

    def follow(self, node: Node) -> None:
        """Note what comes after the whole statement: the default, where every branch leaves."""
        after = node.next_named_sibling
        while after is not None and after.type == "comment":
            after = after.next_named_sibling
        if self.has_default or not self.all_leave:
            return
        if after is None:
            self.complete = self.returns
            return
        self.complete = _gives_up(after)
        self.open = self.open or not self.complete


def _last(body: Node | None) -> Node | None:
    """Return the last statement of a branch, the braces around it taken off."""
    while body is not None:
        skipped = ("comment", "break_statement") if body.type == "switch_default" else ("comment",)
        inside = [child for child in body.named_children if child.type not in skipped]
        if body.type in ("switch_case", "switch_default"):
            value = body.child_by_field_name("value")
            inside = [child for child in inside if value is None or child.start_byte != value.start_byte]
        if not inside:
            return None
        last = inside[-1]
        if last.type != "statement_block":
            return last
        body = last
    return None


def _gives_up(last: Node | None) -> bool:
    """Return whether a statement only complains that a case was forgotten."""
    return last is not None and (last.type in GIVES_UP or any(word in text_of(last) for word in NEVER))


def _case_set(kind: str, names: list[str], node: Node, rest: _Rest, subject: str = "") -> CaseSet | None:
    """Return the set if all names are members of one thing, or all are plain words."""
    quoted = [name[0] in "'\"" for name in names]
    if len(names) < 2 or (any(quoted) and not all(quoted)):
        return None
    owners = {"" if is_word else name.rpartition(".")[0] for name, is_word in zip(names, quoted, strict=True)}
    if len(owners) != 1 or (owners == {""} and not all(quoted)):
        return None
    if kind != "table":
        rest.follow(node)
    members = frozenset(name.strip("'\"") if all(quoted) else name.rpartition(".")[2] for name in names)
    first, last = node.start_point.row + 1, node.end_point.row + 1
    return CaseSet(kind, owners.pop(), members, first, rest.open, rest.complete, subject, last)
