"""The law: on CPython's own library, our facts are what CPython's `ast` and `symtable` say."""

from __future__ import annotations

import ast
import re
import symtable
import sys
import sysconfig
import warnings
from collections import Counter
from pathlib import Path

import pytest

from kb.facts.model import Definition, Facts, Flag, Kind, ParameterKind, ScopeKind, Status
from kb.facts.python import extract

LIBRARY = Path(sysconfig.get_path("stdlib"))
EVERY = 20  # of the library's files, one in so many
OTHER_SYNTAX = "site-packages", "test", "tests", "lib2to3"  # files that are wrong on purpose, or of an older Python
FILES = [
    path
    for path in sorted(LIBRARY.glob("*.py")) + sorted(LIBRARY.glob("[a-z]*/*.py"))
    if not {*OTHER_SYNTAX} & {*path.parts} and path.stat().st_size < 200_000
][::EVERY]
SCOPES = ("lambda", "listcomp", "genexpr", "setcomp", "dictcomp")
Name = tuple[str, int, str]  # of the scope and its line, and the name bound there


def _read(path: Path) -> tuple[bytes, Facts, ast.Module]:
    data = path.read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(data)
    facts = extract(data, "python")
    assert facts.status is Status.WHOLE
    return data, facts, tree


def _parameters(arguments: ast.arguments) -> tuple[tuple[str, str], ...]:
    found = [(one.arg, ParameterKind.POSITIONAL_ONLY.value) for one in arguments.posonlyargs]
    found += [(one.arg, ParameterKind.EITHER.value) for one in arguments.args]
    found += [(arguments.vararg.arg, ParameterKind.REST.value)] if arguments.vararg else []
    found += [(one.arg, ParameterKind.KEYWORD_ONLY.value) for one in arguments.kwonlyargs]
    found += [(arguments.kwarg.arg, ParameterKind.KEYWORDS.value)] if arguments.kwarg else []
    return tuple(found)


def _defined(tree: ast.Module) -> Counter[tuple[object, ...]]:
    found: Counter[tuple[object, ...]] = Counter()
    waiting: list[tuple[ast.AST, str]] = [(tree, "")]
    while waiting:
        node, around = waiting.pop()
        outward = {name for one in ast.iter_child_nodes(node) if isinstance(one, ast.Global) for name in one.names}
        for child in ast.iter_child_nodes(node):
            inner = around
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                inner = child.name if child.name in outward else f"{around}.{child.name}".lstrip(".")
                optional = len(child.args.defaults) + sum(one is not None for one in child.args.kw_defaults)
                shape = (_parameters(child.args), optional, child.returns is not None, len(child.decorator_list))
                found[inner, child.lineno, isinstance(child, ast.AsyncFunctionDef), *shape] += 1
            elif isinstance(child, ast.ClassDef):
                inner = f"{around}.{child.name}".lstrip(".")
                found[inner, child.lineno, len(child.bases), len(child.decorator_list)] += 1
            waiting.append((child, inner))
    return found


def _row(one: Definition) -> tuple[object, ...]:
    if one.signature is None:
        bases = [base for base in one.bases if not base.startswith("metaclass=")]
        return one.qualified, one.line, len(bases), len(one.decorators)
    parameters = tuple((each.name, each.kind.value) for each in one.signature.parameters)
    optional = sum(each.optional for each in one.signature.parameters)
    shape = (parameters, optional, bool(one.signature.returns), len(one.decorators))
    return one.qualified, one.line, bool(one.flags & Flag.ASYNC), *shape


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_definitions_and_imports_are_those_of_ast(path: Path) -> None:
    _, facts, tree = _read(path)
    kinds = (Kind.FUNCTION, Kind.METHOD, Kind.CLASS, Kind.ENUM, Kind.INTERFACE)
    assert Counter(_row(one) for one in facts.definitions if one.kind in kinds) == _defined(tree)
    imports: Counter[tuple[str, str, str, int]] = Counter()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports.update((one.name, "", one.asname or one.name.partition(".")[0], 0) for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            for one in node.names:
                alias = "" if one.name == "*" else one.asname or one.name
                imports[node.module or "", one.name, alias, node.level] += 1
    assert Counter((row.module, row.name, row.alias, row.level) for row in facts.imports) == imports


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_calls_are_those_of_ast(path: Path) -> None:
    data, facts, tree = _read(path)
    wanted: Counter[tuple[object, ...]] = Counter()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            starred = [one for one in node.args if isinstance(one, ast.Starred)]
            keywords = tuple(one.arg for one in node.keywords if one.arg is not None)
            double = len(keywords) < len(node.keywords)
            wanted[len(node.args) - len(starred), keywords, bool(starred), double] += 1
    ours = Counter(  # without `@f`, which is a call for us and none for ast
        (call.positional, call.keywords, call.star, call.double_star)
        for call in facts.calls
        if not call.flags & Flag.DECORATOR or data[call.end - 1 : call.end] == b")"
    )
    assert ours == wanted


def _symbols(table: symtable.SymbolTable) -> set[Name]:
    found: set[Name] = set()
    waiting = [table]
    while waiting:
        one = waiting.pop()
        waiting.extend(one.get_children())
        module = one.get_type() == "module" and one is table
        name = "" if module else "<inner>" if one.get_name() in SCOPES else one.get_name()
        line = 0 if name in ("", "<inner>") else one.get_lineno()
        for symbol in one.get_symbols():
            bound = symbol.is_assigned() or symbol.is_parameter() or symbol.is_imported() or symbol.is_namespace()
            if symbol.get_name().startswith(".") or not bound:
                continue
            if symbol.is_local():
                found.add((name, line, symbol.get_name()))
            elif symbol.is_declared_global():
                found.add(("", 0, symbol.get_name()))
    return found


def _bound(facts: Facts, data: bytes) -> set[Name]:
    def key(scope: int) -> tuple[str, int]:
        owner = facts.scopes[scope].definition
        if owner >= 0:
            return facts.definitions[owner].name, facts.definitions[owner].line
        return ("", 0) if facts.scopes[scope].kind is ScopeKind.MODULE else ("<inner>", 0)

    rows = [(row.scope, row.name) for row in facts.bindings]
    rows += [(row.scope, row.alias) for row in facts.imports if row.alias]
    rows += [  # without `self.x`, which is no name of a scope
        (row.scope, row.name)
        for row in facts.definitions
        if not (row.kind is Kind.ATTRIBUTE and data[row.name_start - 1 : row.name_start] == b".")
    ]
    return {(*key(scope), name) for scope, name in rows}


def _unmangled(names: set[Name]) -> set[Name]:
    return {(scope, line, re.sub(r"^_\w*?(?=__\w)", "", name) if "__" in name else name) for scope, line, name in names}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_names_are_bound_where_symtable_says(path: Path) -> None:
    data, facts, _ = _read(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = symtable.symtable(data.decode(), path.name, "exec")
    assert _unmangled(_bound(facts, data)) == _unmangled(_symbols(table))


def test_the_law_saw_many_files() -> None:
    assert len(FILES) > 25, sys.version
